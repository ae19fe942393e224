import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../support/gateway-rig.js';
import { createScene, nothingLostOrRepeated, type Scene } from '../../support/instances/scene.js';
import { redisIsMissing, withoutRedis } from '../../support/real-redis.js';

let scene: Scene;

const short = { resetMs: 700, closeMs: 700, minutes: 300 };
const long = { resetMs: 5_000, closeMs: 4_000, minutes: 1_500 };

const stores = async (): Promise<readonly string[]> => Promise.all(scene.all.map(async (each) => (await each.ready()).store));

describe.skipIf(withoutRedis())(`Redis restarts under three instances (${redisIsMissing})`, { timeout: 90_000 }, () => {
  beforeEach(async () => {
    scene = await createScene();
  });
  afterEach(() => scene.dispose());

  /** Each serves its own clients meanwhile, and says so. */
  const restart = async (end: () => Promise<void>): Promise<void> => {
    const { load, watchers, redis } = scene;
    const begun = await load.begin(1, long);
    for (const { taskId } of begun) watchers.follow(taskId);
    await end();
    await eventually(stores, (all) => all.every((store) => store === 'memory'));
    await load.begin(1, short);
    await redis.start();
    await eventually(stores, (all) => all.every((store) => store === 'durable'));
    await load.begin(1, short);
  };

  it('in order, and by kill -9: nobody who stays connected notices', async () => {
    await restart(() => scene.redis.stop());
    await restart(() => scene.redis.kill());
    expect(await scene.judge('Redis restarted, SIGTERM and kill -9')).toMatchObject({ ...nothingLostOrRepeated, resets: [] });
    await scene.leaderOf('es');
  });
});
