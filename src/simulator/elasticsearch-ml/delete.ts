import { settleStopped } from './datafeed-lifecycle.js';
import { removeDocuments } from './deletion-steps.js';
import { conflict, unknownJob } from './failures.js';
import { settleClosed } from './job-lifecycle.js';
import type { JobRecord } from './records.js';
import type { TaskRecord } from './tasks.js';
import { datafeedOf, type World } from './world.js';

/** From the removal of the job until the task has ended: for so long a job is gone and its task still runs (7.9). */
const afterRemovalMs = 60;

function dropDatafeed(world: World, job: JobRecord): void {
  const datafeed = datafeedOf(world, job.id);
  if (datafeed === undefined) return;
  if (!world.dialect.handlesDatafeeds) throw conflict(`Cannot delete job [${job.id}] because datafeed [${datafeed.id}] refers to it`);
  settleStopped(world, datafeed);
  world.datafeeds.delete(datafeed.id);
}

function cancelReset(world: World, job: JobRecord): void {
  if (job.blocked?.reason !== 'reset') return;
  const reset = job.blocked.taskId === undefined ? undefined : world.tasks.find(job.blocked.taskId);
  if (reset !== undefined) world.tasks.cancel(reset);
}

/** Deletes a job on the master, checked in the server's order. A delete that is under way is waited for. */
export async function deleteOnMaster(world: World, jobId: string, force: boolean, task: TaskRecord): Promise<void> {
  const job = world.jobs.get(jobId);
  if (job === undefined) throw unknownJob(jobId);
  const other = job.blocked?.reason === 'delete' ? job.blocked.taskId : undefined;
  if (other !== undefined && world.tasks.find(other) !== undefined) {
    await world.changes.until(() => world.tasks.find(other) === undefined, Number.POSITIVE_INFINITY);
    return;
  }
  if (job.state !== 'closed' && !force) throw conflict(`Cannot delete job [${jobId}] because the job is ${job.state}`);
  dropDatafeed(world, job);
  cancelReset(world, job);
  job.blocked = { reason: 'delete', taskId: task.id };
  world.audit(job.id, `Deleting job by task with id '${task.id}'`);
  if (job.state !== 'closed') settleClosed(world, job);
  world.changes.notify();
  const swept = await removeDocuments(world, job, task, job.durations.deleteMs);
  if (!swept) return;
  if (world.jobs.get(jobId) === job) world.jobs.delete(jobId);
  world.audit(job.id, 'Job deleted');
  world.changes.notify();
  await world.timers.pause(afterRemovalMs);
}
