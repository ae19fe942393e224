import type { Action, BackendProfile } from '../../domain/index.js';
import type { Flavour } from './dialect.js';

/** Verbs of every version and product, so also of one whose version may not be read. */
const verbs: readonly Action[] = ['OPEN_JOB', 'CLOSE_JOB', 'START_DETECTOR', 'STOP_DETECTOR', 'CANCEL_TASK'];

export const capabilitiesOf = (): readonly Action[] => verbs;

export const profileOf = (flavour: Flavour, version: string | null, notice: string | null): BackendProfile => ({
  version,
  capabilities: verbs,
  notice,
  dialect: flavour,
});
