import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../support/gateway-rig.js';
import type { Instance } from '../../support/instances/instance.js';
import { createScene, nothingLostOrRepeated, type Scene } from '../../support/instances/scene.js';
import { redisIsMissing, withoutRedis } from '../../support/real-redis.js';

let scene: Scene;

const short = { resetMs: 700, closeMs: 700, minutes: 300 };
const long = { resetMs: 6_000, closeMs: 5_000, minutes: 1_500 };
/** Longer than any lease: the others have taken over by then. */
const outageMs = 7_000;

describe.skipIf(withoutRedis())(`the instance that asks a backend, cut off from Redis (${redisIsMissing})`, { timeout: 90_000 }, () => {
  beforeEach(async () => {
    scene = await createScene();
  });
  afterEach(() => scene.dispose());

  /** The outage of one: it serves on by itself, the others go on without it, and afterwards all know all. */
  const cutOff = async (leader: Instance, cut: () => void | Promise<void>): Promise<void> => {
    const { load, watchers } = scene;
    const begun = await load.begin(1, long);
    for (const { taskId } of begun) watchers.follow(taskId);
    await cut();
    const end = Date.now() + outageMs;
    await eventually(
      () => leader.ready(),
      ({ store }) => store === 'memory',
    );
    await load.begin(1, short);
    // One at the one that is cut off: its clients are told by itself.
    await load.reset(500, leader);
    await load.close(500, leader);
    await pause(Math.max(0, end - Date.now()));
    await load.reset(1_500, leader);
    await leader.redis.open();
    await eventually(
      () => leader.ready(),
      ({ store }) => store === 'durable',
    );
    await load.begin(1, short);
  };

  it('without a word (a black hole)', async () => {
    const leader = await scene.leaderOf('es');
    await cutOff(leader, () => leader.redis.hold());
    expect(await scene.judge('the leader in a black hole')).toMatchObject({ ...nothingLostOrRepeated, resets: [] });
    await scene.leaderOf('es');
  });

  it('with its connections refused; a client that leaves it meanwhile may begin anew, nobody else does', async () => {
    const leader = await scene.leaderOf('es');
    const leaving = scene.watchers.all.find((watcher) => watcher.at() === leader);
    await cutOff(leader, async () => {
      await leader.redis.refuse();
      await eventually(
        () => leader.ready(),
        ({ store }) => store === 'memory',
      );
      await scene.load.reset(500, leader);
      leaving?.cut();
    });
    const verdict = await scene.judge('the leader refused by Redis');
    expect(verdict).toMatchObject(nothingLostOrRepeated);
    expect(verdict.resets.filter((name) => !name.startsWith(`${leaving?.name},`))).toEqual([]);
  });
});
