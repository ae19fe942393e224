import type { Job, JobState, Verb } from '../../domain/index.js';
import type { JobVerbRequest } from '../hub.js';

/** Closed already, or held by something that a close would not end. */
const needsNoClose: ReadonlySet<JobState> = new Set(['CLOSED', 'RESETTING', 'REVERTING', 'DELETING']);

/** The vendor's verbs a request comes to, in order. More than one: only a reset that closes the job first. */
export const plan = (request: JobVerbRequest, job: Job): readonly [Verb, ...Verb[]] => {
  const jobId = job.nativeId;
  switch (request.action) {
    case 'OPEN_JOB':
      return [{ action: 'OPEN_JOB', jobId, ...given('timeoutMs', request.timeoutMs) }];
    case 'CLOSE_JOB':
      return [{ action: 'CLOSE_JOB', jobId, ...given('force', request.force), ...given('timeoutMs', request.timeoutMs) }];
    case 'DELETE_JOB':
      return [
        { action: 'DELETE_JOB', jobId, ...given('force', request.force), ...given('deleteUserAnnotations', request.deleteUserAnnotations) },
      ];
    case 'REVERT_JOB':
      return [
        {
          action: 'REVERT_JOB',
          jobId,
          snapshotId: request.snapshotId,
          ...given('deleteInterveningResults', request.deleteInterveningResults),
        },
      ];
    case 'KILL_JOB':
    case 'COLLECT_JOB_RESULT':
      return [{ action: request.action, jobId }];
    case 'RESET_JOB': {
      const reset: Verb = { action: 'RESET_JOB', jobId, ...given('deleteUserAnnotations', request.deleteUserAnnotations) };
      const closes = request.closeFirst === true && job.state !== undefined && !needsNoClose.has(job.state);
      return closes ? [{ action: 'CLOSE_JOB', jobId, ...given('force', request.force) }, reset] : [reset];
    }
  }
};

const given = <K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]: V });
