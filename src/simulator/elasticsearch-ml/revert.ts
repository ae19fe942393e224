import { conflict, notFound, unknownJob } from './failures.js';
import { bucketSpanMs } from './growth.js';
import type { JobRecord, SnapshotRecord } from './records.js';
import { emptySnapshot } from './snapshot-json.js';
import type { TaskRecord } from './tasks.js';
import type { World } from './world.js';

/** No snapshot by this id. */
export const unknownSnapshot = (id: string, jobId: string) => notFound(`No model snapshot with id [${id}] exists for job [${jobId}]`);

function requireRevertible(job: JobRecord, snapshotId: string): void {
  if (job.state !== 'closed') throw conflict('Can only revert to a model snapshot when the job is closed.');
  const reason = job.blocked?.reason;
  if (reason === undefined || reason === 'revert') return;
  throw conflict(`cannot revert job [${job.id}] to snapshot [${snapshotId}] while it is blocked with [${reason}]`);
}

function settle(job: JobRecord, snapshot: SnapshotRecord, deleteResults: boolean): void {
  const { latestRecord } = snapshot;
  job.snapshotId = snapshot.id === 'empty' ? undefined : snapshot.id;
  job.modelBytes = snapshot.modelBytes;
  if (!deleteResults) return;
  const until = snapshot.latestResult ?? 0;
  job.anomalies = job.anomalies.filter(({ timestamp }) => timestamp <= until);
  job.counts.latestRecord = latestRecord;
  if (latestRecord === undefined) job.counts.earliestRecord = undefined;
  const { earliestRecord } = job.counts;
  job.counts.buckets =
    latestRecord === undefined || earliestRecord === undefined ? 0 : Math.floor((latestRecord - earliestRecord) / bucketSpanMs(job));
}

/** Puts a closed job back to an older model, checked in the server's order; `empty` is the model of a new job. */
export async function revertOnMaster(
  world: World,
  jobId: string,
  snapshotId: string,
  deleteResults: boolean,
  task: TaskRecord,
): Promise<{ readonly job: JobRecord; readonly snapshot: SnapshotRecord }> {
  const job = world.jobs.get(jobId);
  if (job === undefined) throw unknownJob(jobId);
  requireRevertible(job, snapshotId);
  const snapshot = snapshotId === 'empty' ? emptySnapshot(world.timers.now()) : job.snapshots.find(({ id }) => id === snapshotId);
  if (snapshot === undefined) throw unknownSnapshot(snapshotId, jobId);
  job.blocked = { reason: 'revert', taskId: task.id };
  world.changes.notify();
  await world.timers.pause(job.durations.revertMs);
  settle(job, snapshot, deleteResults);
  if (job.blocked?.taskId === task.id) job.blocked = undefined;
  world.audit(jobId, `Job model snapshot reverted to '${snapshot.description}'`);
  world.changes.notify();
  return { job, snapshot };
}
