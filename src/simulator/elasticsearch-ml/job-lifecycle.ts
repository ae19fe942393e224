import { describeNode } from './cluster.js';
import { conflict, Failure, serverError } from './failures.js';
import { grow } from './growth.js';
import { endPersistentTask, startPersistentTask } from './persistent-tasks.js';
import type { JobRecord } from './records.js';
import type { TimeValue } from './time-value.js';
import type { World } from './world.js';

/** Takes a job over: what was under way on it stops. Returns whether this is still the latest thing done to it. */
export function takeOver(job: JobRecord): () => boolean {
  job.generation += 1;
  const mine = job.generation;
  return () => job.generation === mine;
}

/** The job has no persistent task any more. */
export function settleClosed(world: World, job: JobRecord): void {
  takeOver(job);
  grow(world, job);
  endPersistentTask(world, job.taskId);
  job.state = 'closed';
  job.nodeId = undefined;
  job.taskId = undefined;
  job.explanation = undefined;
  job.openedAt = undefined;
  job.finishedTime = world.timers.now();
  job.timesClosed += 1;
  world.changes.notify();
}

/** Puts a job onto a node. */
export function assignJob(world: World, job: JobRecord): void {
  const node = world.cluster.nextForJob();
  if (node === undefined) return;
  job.nodeId = node.id;
  job.explanation = '';
  job.openedAt = world.timers.now();
  job.countedUntil = job.openedAt;
  // Cancelling a job's persistent task closes the job and leaves its datafeed as it is (7.9).
  job.taskId = startPersistentTask(world, 'job', job.id, node, () => settleClosed(world, job)).id;
  world.audit(job.id, `Opening job on node [${describeNode(node)}]`);
  world.changes.notify();
}

/** The analysis has failed: no node any more, but its persistent task stays. */
export function failJob(world: World, job: JobRecord, reason: string): void {
  takeOver(job);
  grow(world, job);
  if (job.taskId === undefined) assignJob(world, job);
  job.state = 'failed';
  job.nodeId = undefined;
  job.openedAt = undefined;
  job.explanation = '';
  world.audit(job.id, reason, 'error');
  world.changes.notify();
}

async function runOpening(world: World, job: JobRecord, current: () => boolean): Promise<void> {
  await world.timers.pause(job.durations.openMs * 0.3);
  if (!current()) return;
  assignJob(world, job);
  await world.timers.pause(job.durations.openMs * 0.7);
  if (!current()) return;
  job.state = 'opened';
  job.countedUntil = world.timers.now();
  world.audit(job.id, `Loading model snapshot [${job.snapshotId ?? 'N/A'}], job latest_record_timestamp [N/A]`);
  world.changes.notify();
}

/** Begins to open a job that may be opened; `lazily` without a node to run it on. */
export function beginOpen(world: World, job: JobRecord, lazily: boolean): () => boolean {
  const current = takeOver(job);
  job.state = 'opening';
  job.finishedTime = undefined;
  job.nodeId = undefined;
  job.explanation = lazily ? 'persistent task is awaiting node assignment.' : '';
  world.changes.notify();
  if (!lazily) void runOpening(world, job, current);
  return current;
}

/** Waits until an opening job has been opened, and says on which node. */
export async function awaitOpened(world: World, job: JobRecord, current: () => boolean, timeout: TimeValue): Promise<string> {
  const settled = await world.changes.until(() => !current() || job.state !== 'opening', timeout.ms);
  if (!settled) {
    const status = world.dialect.openTimeoutStatus;
    const type = status === 500 ? 'exception' : 'status_exception';
    throw new Failure(status, { type, reason: `Opening job [${job.id}] timed out after [${timeout.text}]` });
  }
  if (job.state === 'opened') return job.nodeId ?? '';
  if (job.state === 'failed') {
    throw serverError('Unexpected job state [failed] with reason [failed] while waiting for job to be opened');
  }
  throw conflict('The job has been closed while waiting to be opened');
}

async function runClosing(world: World, job: JobRecord, current: () => boolean): Promise<void> {
  await world.timers.pause(job.durations.closeMs * 0.6);
  if (!current()) return;
  grow(world, job);
  endPersistentTask(world, job.taskId);
  job.taskId = undefined;
  job.nodeId = undefined;
  job.openedAt = undefined;
  world.changes.notify();
  await world.timers.pause(job.durations.closeMs * 0.4);
  if (current()) settleClosed(world, job);
}

/** Begins to close a job; without a node there is nothing to end, and nothing to do where it is closing already. */
export function beginClose(world: World, job: JobRecord): void {
  if (job.state === 'closed' || job.state === 'closing') return;
  if (job.nodeId === undefined) {
    settleClosed(world, job);
    return;
  }
  const current = takeOver(job);
  grow(world, job);
  job.state = 'closing';
  world.audit(job.id, 'Job is closing');
  world.changes.notify();
  void runClosing(world, job, current);
}
