import type { Action, Job, JobState, Reading, VerbStanding } from '../../domain/index.js';
import { VigilError } from '../../errors.js';

const running: VerbStanding = { state: 'RUNNING' };
const succeeded: VerbStanding = { state: 'SUCCEEDED' };
const unknown: VerbStanding = { state: 'UNKNOWN' };
const failed = (code: 'NOT_FOUND' | 'WRONG_STATE' | 'CONFLICT', message: string): VerbStanding => ({
  state: 'FAILED',
  error: new VigilError(code, message),
});

const byState: Readonly<Partial<Record<Action, (state: JobState, job: Job) => VerbStanding>>> = {
  OPEN_JOB: (state) => {
    if (state === 'OPENED') return succeeded;
    if (state === 'OPENING') return running;
    // CLOSED: it may not have begun yet, or have been closed again.
    return state === 'FAILED' ? failed('WRONG_STATE', 'The job failed while it was being opened.') : unknown;
  },
  CLOSE_JOB: (state) => {
    // A job can only be reset or reverted once it is closed.
    if (state === 'CLOSED' || state === 'RESETTING' || state === 'REVERTING') return succeeded;
    if (state === 'CLOSING') return running;
    // OPENED: its datafeed may be stopping first, or the request never arrived.
    return state === 'FAILED'
      ? failed('WRONG_STATE', 'The job failed while it was being closed; only a forced close ends it: use force.')
      : unknown;
  },
  RESET_JOB: (state, job) => {
    if (state === 'RESETTING') return running;
    if (state === 'OPENED' || state === 'OPENING' || state === 'CLOSING') return unknown;
    // A reset clears the counts and the time the job was last closed; that they are there shows no more than that it has not been reset yet.
    const fresh = state === 'CLOSED' && job.finishedAt === null && (job.processed === null || job.processed?.current === 0);
    return fresh ? succeeded : unknown;
  },
  DELETE_JOB: (state) => (state === 'DELETING' ? running : unknown),
  // Held since 7.14 while it lasts. Afterwards the job is as closed as before, and only the vendor's answer said what came of it.
  REVERT_JOB: (state) => (state === 'REVERTING' ? running : unknown),
  // STOPPED may be from before, or after it has come to its end.
  START_DATAFEED: (_state, { datafeed }) => {
    if (datafeed?.state === 'STARTED') return succeeded;
    return datafeed?.state === 'STARTING' ? running : unknown;
  },
  STOP_DATAFEED: (_state, { datafeed }) => {
    if (datafeed?.state === 'STOPPED') return succeeded;
    return datafeed?.state === 'STOPPING' ? running : unknown;
  },
};

/** How a verb stands, as far as its job tells. */
export const standingOf = (action: Action, reading: Reading<Job>): VerbStanding => {
  if (reading.status === 'undetermined') return unknown;
  if (reading.status === 'gone') {
    if (action === 'DELETE_JOB') return succeeded;
    return action === 'CANCEL_TASK' ? unknown : failed('NOT_FOUND', 'The job was deleted meanwhile.');
  }
  const { state } = reading.value;
  return state === undefined || state === 'UNKNOWN' ? unknown : (byState[action]?.(state, reading.value) ?? unknown);
};
