import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../support/gateway-rig.js';
import { asIfNothingHadHappened, createScene, type Scene } from '../../support/instances/scene.js';
import { redisIsMissing, withoutRedis } from '../../support/real-redis.js';

let scene: Scene;

describe.skipIf(withoutRedis())(`the instance that asks a backend (${redisIsMissing})`, { timeout: 90_000 }, () => {
  beforeEach(async () => {
    scene = await createScene();
  });
  afterEach(() => scene.dispose());

  it('is killed with -9 while jobs are reset, closed and analysed: the others end all of it in the truth', async () => {
    const { load, watchers } = scene;
    const leader = await scene.leaderOf('es');
    // Each verb at each instance: also closes that only the one that dies was waiting for.
    const begun = await load.begin(3, { resetMs: 7_000, closeMs: 6_000, minutes: 1_500 });
    for (const { taskId } of begun) watchers.follow(taskId);
    const foreign = await load.foreignReset(8_000);
    const isTold = () => watchers.all.every(({ unended }) => [...unended.rows().keys()].some((id) => id.includes(foreign.nativeId)));
    await eventually(isTold, (told) => told);
    await leader.kill();
    // Begun and ended while nobody asks.
    await load.begin(1, { resetMs: 1_000, closeMs: 1_000, minutes: 300 });
    expect(await scene.judge('kill -9 of the leader')).toMatchObject(asIfNothingHadHappened);
    expect(await scene.leaderOf('es')).not.toBe(leader);
  });

  it('sleeps past its lease and wakes: what it had read before says nothing against the others', async () => {
    const { load, watchers } = scene;
    const leader = await scene.leaderOf('es');
    const begun = await load.begin(3, { resetMs: 4_000, closeMs: 5_000, minutes: 1_500 });
    for (const { taskId } of begun) watchers.follow(taskId);
    leader.pause();
    await load.begin(1, { resetMs: 1_000, closeMs: 1_000, minutes: 300 });
    // The others have taken over.
    const others = scene.all.filter((instance) => instance !== leader);
    const asks = () => others.some((each) => (scene.instances.sentSince('es', Date.now() - 1_000).get(each)?.length ?? 0) > 3);
    await eventually(asks, (is) => is);
    await load.begin(1, { resetMs: 2_000, closeMs: 2_000, minutes: 300 });
    leader.resume();
    await load.begin(1, { resetMs: 500, closeMs: 500, minutes: 300 });
    expect(await scene.judge('SIGSTOP of the leader past its lease')).toMatchObject(asIfNothingHadHappened);
    await scene.leaderOf('es');
  });
});
