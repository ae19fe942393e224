import type { Action, Job, JobState, Reading, VerbStanding } from '../../domain/index.js';
import { VigilError } from '../../errors.js';

const running: VerbStanding = { state: 'RUNNING' };
const succeeded: VerbStanding = { state: 'SUCCEEDED' };
const unknown: VerbStanding = { state: 'UNKNOWN' };

const failed = (code: 'NOT_FOUND' | 'WRONG_STATE', message: string): VerbStanding => ({
  state: 'FAILED',
  error: new VigilError(code, message),
});

const byState: Readonly<Partial<Record<Action, (state: JobState) => VerbStanding>>> = {
  OPEN_JOB: (state) => {
    if (state === 'OPENED') return succeeded;
    if (state === 'OPENING') return running;
    // CLOSED: the request may never have arrived, or it has been closed again.
    return state === 'FAILED' ? failed('WRONG_STATE', 'The real-time run failed while it was being started.') : unknown;
  },
  // FAILED: it was switched off, but its models could not be deleted everywhere.
  CLOSE_JOB: (state) => (state === 'CLOSED' || state === 'FAILED' ? succeeded : unknown),
};

/** How a verb stands, as far as the real-time job tells. Of a historical run it tells nothing: its task does. */
export const standingOf = (action: Action, reading: Reading<Job>): VerbStanding => {
  if (reading.status === 'undetermined') return unknown;
  const judge = byState[action];
  if (judge === undefined) return unknown;
  if (reading.status === 'gone') return failed('NOT_FOUND', 'The detector was deleted meanwhile.');
  const { state } = reading.value;
  return state === undefined || state === 'UNKNOWN' ? unknown : judge(state);
};
