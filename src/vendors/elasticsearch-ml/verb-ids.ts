import type { Verb } from '../../domain/index.js';
import type { VigilError } from '../../errors.js';
import { errorAbout, type Origin } from '../../http/index.js';
import { isPossibleId, isPossibleSnapshot, isPossibleTaskId } from './native-ids.js';

export const noSuchJob = (origin: Origin, jobId: string): VigilError =>
  errorAbout(origin, 'NOT_FOUND', `There is no job "${jobId}": ids have lowercase letters, digits, hyphens and underscores.`);

/**
 * Why a verb may not be sent: an id that cannot be that of one object. A close and a stop take groups and wildcards as well as ids, and would act on
 * many. That an id is a job's and not a group's has been read before.
 */
export const unsendable = (origin: Origin, verb: Verb): VigilError | undefined => {
  if ('jobId' in verb && !isPossibleId(verb.jobId)) return noSuchJob(origin, verb.jobId);
  if ('datafeedId' in verb && !isPossibleId(verb.datafeedId))
    return errorAbout(origin, 'NOT_FOUND', `There is no datafeed "${verb.datafeedId}".`);
  if ('snapshotId' in verb && !isPossibleSnapshot(verb.snapshotId))
    return errorAbout(origin, 'NOT_FOUND', `The job has no model snapshot "${verb.snapshotId}".`);
  if ('taskId' in verb && !isPossibleTaskId(verb.taskId))
    return errorAbout(origin, 'NOT_FOUND', `There is no task "${verb.taskId}": ids look like node:123.`);
  return undefined;
};
