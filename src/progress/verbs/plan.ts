import type { Backend, Job, JobState, Task, Verb } from '../../domain/index.js';
import { VigilError } from '../../errors.js';
import type { JobVerbRequest } from '../hub.js';

/** Closed already, or held by something that a close would not end. */
const needsNoClose: ReadonlySet<JobState> = new Set(['CLOSED', 'RESETTING', 'REVERTING', 'DELETING']);

/** The vendor's verbs a request comes to, in order. More than one: only a reset that closes the job first. */
export const plan = (request: JobVerbRequest, job: Job): readonly Verb[] => {
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
    case 'RESET_JOB': {
      const reset: Verb = { action: 'RESET_JOB', jobId, ...given('deleteUserAnnotations', request.deleteUserAnnotations) };
      const closes = request.closeFirst === true && job.state !== undefined && !needsNoClose.has(job.state);
      return closes ? [{ action: 'CLOSE_JOB', jobId, ...given('force', request.force) }, reset] : [reset];
    }
  }
};

const given = <K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]: V });

/** Why a request is refused before anything is sent; null when it may be sent. Only the first step is judged: the others depend on how it ends. */
export const refusal = (backend: Backend, steps: readonly Verb[], job: Job, running: Task | undefined): VigilError | null => {
  const facts = { backend: backend.key, vendor: backend.vendor };
  if (backend.readOnly) return new VigilError('REFUSED', `Backend ${backend.key} is configured as read-only: it takes no verbs.`, facts);
  const { capabilities } = backend.profile();
  const missing = steps.find((verb) => !capabilities.includes(verb.action));
  if (missing) {
    const version = backend.profile().version ?? 'of unknown version';
    return new VigilError(
      'UNSUPPORTED',
      `${backend.vendor} ${version} has no ${missing.action}. It has: ${capabilities.join(', ') || 'none'}.`,
      {
        ...facts,
        action: missing.action,
        supported: capabilities,
      },
    );
  }
  const first = steps[0];
  const refused = first ? backend.adapter.refusalOf(first, job, backend.profile()) : null;
  // What is in the way is worth more than the state it has put the job in.
  // A vendor that names what holds the job may name another entry of the very task that is known here.
  const inTheWay = refused?.code === 'WRONG_STATE' || (refused?.code === 'CONFLICT' && running?.nativeId != null);
  if (refused && running && inTheWay) {
    return new VigilError('CONFLICT', `${refused.message} Task ${running.id} (${running.kind}) is under way on it.`, {
      ...facts,
      taskId: running.id,
      cause: refused,
    });
  }
  return refused;
};
