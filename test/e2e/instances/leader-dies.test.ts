import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../support/instances/eventually.js';
import { createInstances, type Instances } from '../../support/instances/instances.js';
import { asIfNothingHadHappened, createScene, type Scene } from '../../support/instances/scene.js';
import { redisIsMissing, withoutRedis } from '../../support/real-redis.js';

let instances: Instances;
let scene: Scene;

describe.skipIf(withoutRedis())(`the instance that asks a backend (${redisIsMissing})`, { timeout: 120_000 }, () => {
  beforeAll(async () => {
    instances = await createInstances();
  });
  afterAll(() => instances.dispose());
  beforeEach(async () => {
    scene = await createScene(instances);
  });
  afterEach(() => scene.dispose());

  it('is killed with -9 while jobs are reset, closed and analysed: the others end all of it in the truth', async () => {
    const { load, watchers } = scene;
    const leader = await instances.leaderOf('es');
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
    expect(await instances.leaderOf('es')).not.toBe(leader);
  });

  it('sleeps past its lease and wakes: what it had read before says nothing against the others', async () => {
    const { load, watchers } = scene;
    const leader = await instances.leaderOf('es');
    const begun = await load.begin(2, { resetMs: 4_000, closeMs: 5_000, minutes: 1_500 });
    for (const { taskId } of begun) watchers.follow(taskId);
    // Answers that come before, while and after the one that waits for them falls asleep.
    await Promise.all([100, 300, 500, 700, 900, 1_100, 2_000].map((ms) => load.close(ms, leader)));
    leader.pause();
    await load.begin(1, { resetMs: 1_000, closeMs: 1_000, minutes: 300 });
    const others = instances.all.filter((instance) => instance !== leader);
    const haveTakenOver = () => others.some((each) => (instances.sentSince('es', Date.now() - 1_000).get(each)?.length ?? 0) > 3);
    await eventually(haveTakenOver, (have) => have);
    leader.resume();
    await load.begin(1, { resetMs: 500, closeMs: 500, minutes: 300 });
    expect(await scene.judge('SIGSTOP of the leader past its lease')).toMatchObject(asIfNothingHadHappened);
    await instances.leaderOf('es');
  });
});
