import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../support/instances/eventually.js';
import { createInstances, type Instances } from '../../support/instances/instances.js';
import { createScene, nothingLostOrRepeated, type Scene } from '../../support/instances/scene.js';
import { redisIsMissing, withoutRedis } from '../../support/real-redis.js';

let instances: Instances;
let scene: Scene;

const short = { resetMs: 700, closeMs: 700, minutes: 300 };
const long = { resetMs: 5_000, closeMs: 4_000, minutes: 1_500 };

const untilStoresAre = (is: string) =>
  eventually(
    () => Promise.all(instances.all.map(async (each) => (await each.ready()).store)),
    (stores) => stores.every((store) => store === is),
  );

describe.skipIf(withoutRedis())(`Redis restarts under three instances (${redisIsMissing})`, { timeout: 120_000 }, () => {
  beforeAll(async () => {
    instances = await createInstances();
  });
  afterAll(() => instances.dispose());
  beforeEach(async () => {
    scene = await createScene(instances);
  });
  afterEach(() => scene.dispose());

  /** Each serves its own clients meanwhile, and says so. */
  const restart = async (end: () => Promise<void>): Promise<void> => {
    const { load, watchers } = scene;
    const begun = await load.begin(1, long);
    for (const { taskId } of begun) watchers.follow(taskId);
    await end();
    await untilStoresAre('memory');
    await load.begin(1, short);
    await instances.redis.start();
    await untilStoresAre('durable');
    await load.begin(1, short);
  };

  it('in order, and by kill -9: nobody who stays connected notices', async () => {
    await restart(() => instances.redis.stop());
    await restart(() => instances.redis.kill());
    expect(await scene.judge('Redis restarted, SIGTERM and kill -9')).toMatchObject({ ...nothingLostOrRepeated, resets: [] });
    await instances.leaderOf('es');
  });
});
