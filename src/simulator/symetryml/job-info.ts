import type { Json, JsonObject } from '../json.js';
import { jobKind } from './job-kinds.js';
import { progressOf } from './job-progress.js';
import type { JobRecord } from './job-record.js';
import type { World } from './world.js';

function startingDate(world: World, job: JobRecord): Json | undefined {
  const { beforeStart, dateUnit, clockOffsetMs } = world.settings;
  if (job.startedAt === undefined) return { zero: 0, absent: undefined, null: null }[beforeStart];
  const date = job.startedAt + clockOffsetMs;
  return dateUnit === 's' ? Math.floor(date / 1000) : date;
}

/** The literal job type, in the words this server is set to. */
export const jobTypeOf = (world: World, job: JobRecord): string =>
  job.jobType ?? (world.settings.jobTypes === 'names' ? jobKind(job.kind).name : jobKind(job.kind).label);

/** JobInfo, with the ten fields of its schema (Appendix A; the same in 5.x and 6.3). */
export const jobInfo = (world: World, job: JobRecord): JsonObject => ({
  jobId: job.id,
  jobType: jobTypeOf(world, job),
  owner: job.owner,
  startingDate: startingDate(world, job),
  current: progressOf(world, job),
  maximum: { known: job.maximum, zero: 0, absent: undefined }[world.settings.maximum],
  isOnBoundedExecutor: jobKind(job.kind).bounded,
  isStarted: job.startedAt !== undefined,
  isDone: job.doneAt !== undefined,
  details: { full: job.details, empty: {}, absent: undefined }[world.settings.details],
});
