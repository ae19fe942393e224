import type { Action, BackendProfile } from '../../domain/index.js';
import { isAtLeast, isOlderThan } from './version.js';

/** Verbs every supported version has. */
const always: readonly Action[] = ['OPEN_JOB', 'CLOSE_JOB'];

/** Verbs of a version. While it is unknown, what came later (`_reset`: 7.14) is not promised. */
export const capabilitiesOf = (version: string | null): readonly Action[] => [
  ...always,
  ...(isAtLeast(version, 7, 14) ? (['RESET_JOB'] as const) : []),
  'DELETE_JOB',
  'CANCEL_TASK',
];

export const profileOf = (version: string | null): BackendProfile => ({ version, capabilities: capabilitiesOf(version) });

/** GET jobs carries the datafeed since 7.14 (seen absent in 7.9 and 7.10); while unknown it is asked for apart. */
export const embedsDatafeeds = (version: string | null): boolean => isAtLeast(version, 7, 14);

/** `allow_no_match` since 7.10; 7.9 refuses it with "did you mean [allow_no_jobs]?". */
export const allowNoMatchParameter = (version: string | null): 'allow_no_match' | 'allow_no_jobs' =>
  isOlderThan(version, 7, 10) ? 'allow_no_jobs' : 'allow_no_match';

/** `delete_user_annotations` came with 8.7; older servers answer 400 to it. */
export const lacksUserAnnotations = (version: string | null): boolean => isOlderThan(version, 8, 7);
