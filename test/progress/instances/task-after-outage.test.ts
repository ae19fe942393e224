import { afterEach, describe, expect, it } from 'vitest';
import { type FollowedStream, parseId } from '../../../src/domain/index.js';
import type { TaskStep } from '../../../src/progress/hub.js';
import { createInstancesRig, type InstancesRig } from '../../support/instances-rig.js';
import { noFields } from '../../support/progress-rig.js';

let rig: InstancesRig;
afterEach(() => rig.dispose());

describe('a task that several have read in the same outage, under revisions of their own', () => {
  it('is told once, though another client comes in when the later one counts', async () => {
    rig = createInstancesRig();
    const instances = [await rig.begin(), await rig.begin()];
    const task = rig.vendor.makeTask('n:1', { progress: 0.1 });
    const show = (progress: number): void => {
      rig.vendor.listed.set('n:1', { ...task, progress });
      rig.vendor.remembered.set('n:1', { ...task, progress });
    };
    show(0.1);
    const followers = instances.map(({ progress }) => {
      const watch = progress.hub.watchTask(parseId(task.id), { fields: noFields }) as FollowedStream<TaskStep>;
      const steps: TaskStep[] = [];
      const over = (async () => {
        for (let step = await watch.next(); !step.done; step = await watch.next()) steps.push(step.value);
      })();
      return { watch, steps, over };
    });
    const untilAllHave = (progress: number) =>
      rig.until(() => followers.every(({ steps }) => steps.at(-1)?.task.progress === progress), 60_000);
    await untilAllHave(0.1);
    await rig.time.advance(3_000);
    for (const [index, instance] of instances.entries()) {
      instance.latencyMs = 7 + 30 * index;
      instance.handle.cut();
    }
    await rig.time.advance(100);
    show(0.5);
    await untilAllHave(0.5);
    expect(new Set(followers.map(({ steps }) => steps.at(-1)?.task.revision)).size).toBe(2);
    for (const { handle } of instances) {
      handle.restore();
      await rig.time.advance(5_000);
    }
    for (const { watch } of followers) await watch.enter();
    await rig.time.advance(1_000);
    show(0.6);
    await untilAllHave(0.6);
    for (const { watch, over } of followers) {
      await watch.return?.();
      await over;
    }
    expect(followers.map(({ steps }) => steps.map((step) => step.task.progress))).toEqual([
      [0.1, 0.5, 0.6],
      [0.1, 0.5, 0.6],
    ]);
  });
});
