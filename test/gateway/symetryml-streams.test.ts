import { print } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  JobListLiveDocument,
  type JobListLiveSubscription,
  TaskListLiveDocument,
  type TaskListLiveSubscription,
} from '../../src/client/index.js';
import type { GatewayRig } from '../support/gateway-rig.js';
import { begin } from '../support/symetry-documents.js';
import { createSymetryWorld, type SymetryWorld } from '../support/symetry-world.js';

let world: SymetryWorld;
let rig: GatewayRig;
beforeAll(async () => {
  world = await createSymetryWorld({ speed: 0.0001 });
  rig = await world.start();
});
afterAll(() => world.dispose());

describe('a live list of tasks', () => {
  it('names the job of one that was begun since the jobs were listed last', async () => {
    const jobs = rig.subscribe<JobListLiveSubscription>(print(JobListLiveDocument));
    await jobs.until(({ jobsChanged }) => jobsChanged.synced);
    const tasks = rig.subscribe<TaskListLiveSubscription>(print(TaskListLiveDocument));
    await tasks.until(({ tasksProgress }) => tasksProgress.synced);
    const { job, task } = await begin(rig);
    const { tasksProgress } = await tasks.until((event) => event.tasksProgress.added.some(({ id }) => id === task.id));
    expect(tasksProgress.added).toMatchObject([{ id: task.id, job: { id: job.id, nativeId: job.nativeId } }]);
  });
});
