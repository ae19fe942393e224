import { masterLost, removeDocuments } from './deletion-steps.js';
import { conflict, serverError, unknownJob } from './failures.js';
import { type JobRecord, noCounts } from './records.js';
import type { TaskRecord } from './tasks.js';
import { pauseUnless, type World } from './world.js';

function finishReset(world: World, job: JobRecord): void {
  job.counts = noCounts();
  job.modelBytes = 0;
  job.snapshots = [];
  job.anomalies = [];
  job.forecasts = 0;
  job.snapshotId = undefined;
  job.finishedTime = undefined;
  job.blocked = undefined;
  job.logTime = world.timers.now();
  world.audit(job.id, 'Job has been reset');
  world.changes.notify();
}

async function sweepAndFinish(world: World, job: JobRecord, task: TaskRecord): Promise<boolean> {
  job.blocked = { reason: 'reset', taskId: task.id };
  world.changes.notify();
  const ms = job.durations.resetMs;
  if (job.resetFailure !== undefined) {
    await pauseUnless(world, () => task.cancelled || task.lost, ms / 2);
    if (task.lost) throw masterLost(task);
    if (task.cancelled) return false;
    // What fails half-way leaves the job blocked, as does a cancelled reset: only success clears it.
    throw serverError(job.resetFailure);
  }
  const swept = await removeDocuments(world, job, task, ms);
  if (swept && world.jobs.get(job.id) === job) finishReset(world, job);
  return swept;
}

async function awaitOther(world: World, job: JobRecord, task: TaskRecord): Promise<boolean> {
  const other = job.blocked?.taskId;
  const ended = () => other === undefined || world.tasks.find(other) === undefined;
  await world.changes.until(() => ended() || task.cancelled || task.lost, Number.POSITIVE_INFINITY);
  if (job.blocked?.reason !== 'reset') return true;
  return task.cancelled || task.lost ? false : sweepAndFinish(world, job, task);
}

/**
 * Resets a job on the master, checked in the server's order; false when it was cancelled. A reset that is under way is
 * waited for, one whose task has vanished is run again.
 */
export async function resetOnMaster(world: World, jobId: string, task: TaskRecord): Promise<boolean> {
  if (world.settings.upgradeMode) throw conflict('cannot reset job while indices are being upgraded');
  const job = world.jobs.get(jobId);
  if (job === undefined) throw unknownJob(jobId);
  if (job.state !== 'closed') throw conflict('Can only reset a job when it is closed.');
  const reason = job.blocked?.reason;
  if (reason === 'delete' || reason === 'revert') throw conflict(`cannot reset job while it is blocked with [${reason}]`);
  const other = job.blocked?.taskId;
  if (other !== undefined && world.tasks.find(other) !== undefined) return awaitOther(world, job, task);
  return sweepAndFinish(world, job, task);
}
