import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pause } from '../../support/instances/eventually.js';
import { createInstances, type Instances } from '../../support/instances/instances.js';
import { asIfNothingHadHappened, createScene, type Scene } from '../../support/instances/scene.js';
import { redisIsMissing, withoutRedis } from '../../support/real-redis.js';

let instances: Instances;
let scene: Scene;

describe.skipIf(withoutRedis())(`three instances (${redisIsMissing})`, { timeout: 120_000 }, () => {
  beforeAll(async () => {
    instances = await createInstances({ server: { shutdownTimeoutMs: 2_000 } });
  });
  afterAll(() => instances.dispose());
  beforeEach(async () => {
    scene = await createScene(instances);
  });
  afterEach(() => scene.dispose());

  it('are restarted one after the other under load: every client goes on elsewhere with its cursor', async () => {
    const { load, watchers } = scene;
    let over = false;
    const keepOn = async (): Promise<void> => {
      while (!over) {
        const [work] = await load.begin(1, { resetMs: 1_500, closeMs: 1_500, minutes: 300 });
        if (work) watchers.follow(work.taskId, 1);
        await pause(200);
      }
    };
    const working = keepOn();
    const first = await load.begin(1, { resetMs: 9_000, closeMs: 8_000, minutes: 2_500 });
    for (const { taskId } of first) watchers.follow(taskId);
    for (const instance of instances.all) {
      expect(await instance.stop()).toBe(0);
      await instance.start();
    }
    over = true;
    await working;
    const verdict = await scene.judge('rolling restart of three');
    expect(verdict).toMatchObject(asIfNothingHadHappened);
    // Everybody was thrown out at least once.
    expect(verdict.reconnects).toBeGreaterThanOrEqual(watchers.all.length);
  });
});
