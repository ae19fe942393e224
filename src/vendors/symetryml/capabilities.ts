import type { Action } from '../../domain/index.js';

/** Of every version. */
const verbs: readonly Action[] = ['KILL_JOB', 'START_JOB', 'CANCEL_TASK'];

export const capabilitiesOf = (): readonly Action[] => verbs;
