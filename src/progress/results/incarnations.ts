import type { Job } from '../../domain/index.js';
import type { Entry } from './shelf.js';

/** Both known, and not the same. */
const differ = <T>(left: T | null | undefined, right: T | null | undefined): boolean => left != null && right != null && left !== right;

const typeOf = ({ type }: Job): string | null => (type === undefined || type === 'unknown' ? null : type);

const hasBegun = (state: Job['state']): boolean => state === 'RUNNING' || state === 'FINISHED';

/**
 * Whether what is listed under the number of a known job is another one: SymetryML counts its jobs from the beginning again after a restart. `begunAt`: when
 * the list was begun; one begun before the job was known, or was known to be gone, tells nothing about that.
 */
export const isAnotherJob = ({ record, learntAt, goneAt }: Entry, listed: Job, begunAt: number): boolean => {
  // Of a restored record the moment is 0: every list is younger.
  if (begunAt < learntAt) return false;
  const { job, gone } = record;
  if (job) {
    if (differ(job.startedAt, listed.startedAt) || differ(typeOf(job), typeOf(listed)) || differ(job.owner, listed.owner)) return true;
    if (hasBegun(job.state) && listed.state === 'QUEUED') return true;
    if (job.state === 'FINISHED' && listed.state === 'RUNNING') return true;
  }
  if (!gone || begunAt < goneAt) return false;
  // A server that goes on listing what it has handed over: the start tells that it is the same.
  return !(job?.startedAt != null && job.startedAt === listed.startedAt && listed.state === 'FINISHED');
};
