import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually, pause } from '../../support/instances/eventually.js';
import type { Instance } from '../../support/instances/instance.js';
import { createInstances, type Instances } from '../../support/instances/instances.js';
import { createScene, nothingLostOrRepeated, type Scene } from '../../support/instances/scene.js';
import { redisIsMissing, withoutRedis } from '../../support/real-redis.js';

let instances: Instances;
let scene: Scene;

const short = { resetMs: 700, closeMs: 700, minutes: 300 };
const long = { resetMs: 6_000, closeMs: 5_000, minutes: 1_500 };
/** Longer than the lease of who leads: another one has taken over by then. */
const outageMs = 6_500;

const untilStoreIs = (instance: Instance, is: string) =>
  eventually(
    () => instance.ready(),
    ({ store }) => store === is,
  );

describe.skipIf(withoutRedis())(`the instance that asks a backend, cut off from Redis (${redisIsMissing})`, { timeout: 120_000 }, () => {
  beforeAll(async () => {
    instances = await createInstances();
  });
  afterAll(() => instances.dispose());
  beforeEach(async () => {
    scene = await createScene(instances);
  });
  afterEach(() => scene.dispose());

  /** It serves on by itself meanwhile, the others go on without it, and afterwards all know all. */
  const cutOff = async (leader: Instance, cut: () => void | Promise<void>): Promise<void> => {
    const { load, watchers } = scene;
    const begun = await load.begin(1, long);
    for (const { taskId } of begun) watchers.follow(taskId);
    await cut();
    const end = Date.now() + outageMs;
    await untilStoreIs(leader, 'memory');
    await load.begin(1, short);
    // Those at the one that is cut off: its clients are told by itself.
    await load.reset(500, leader);
    await load.close(500, leader);
    await pause(Math.max(0, end - Date.now()));
    await load.reset(1_500, leader);
    await leader.redis.open();
    await untilStoreIs(leader, 'durable');
    await load.begin(1, short);
  };

  it('without a word (a black hole): it goes on alone, and all are told the same in the end', async () => {
    const leader = await instances.leaderOf('es');
    await cutOff(leader, () => leader.redis.hold());
    expect(await scene.judge('the leader in a black hole')).toMatchObject({ ...nothingLostOrRepeated, resets: [] });
    await instances.leaderOf('es');
  });

  it('with its connections refused: a client that leaves it meanwhile may begin anew, nobody else does', async () => {
    const leader = await instances.leaderOf('es');
    const leaving = scene.watchers.all.find((watcher) => watcher.at() === leader);
    await cutOff(leader, async () => {
      await leader.redis.refuse();
      await untilStoreIs(leader, 'memory');
      await scene.load.reset(500, leader);
      leaving?.cut();
    });
    const verdict = await scene.judge('the leader refused by Redis');
    expect(verdict).toMatchObject(nothingLostOrRepeated);
    expect(verdict.resets.filter((name) => !name.startsWith(`${leaving?.name},`))).toEqual([]);
  });
});
