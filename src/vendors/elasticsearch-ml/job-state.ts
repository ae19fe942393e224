import type { DatafeedState, JobState } from '../../domain/index.js';
import type { WireJob, WireJobStats } from './wire.js';

const states = {
  opening: 'OPENING',
  opened: 'OPENED',
  closing: 'CLOSING',
  closed: 'CLOSED',
  failed: 'FAILED',
} as const satisfies Record<string, JobState>;

const blocked = { reset: 'RESETTING', revert: 'REVERTING', delete: 'DELETING' } as const satisfies Record<string, JobState>;

const datafeeds = {
  starting: 'STARTING',
  started: 'STARTED',
  stopping: 'STOPPING',
  stopped: 'STOPPED',
} as const satisfies Record<string, DatafeedState>;

const lookUp = <T>(map: Readonly<Record<string, T>>, word: string | undefined): T | undefined =>
  word !== undefined && Object.hasOwn(map, word) ? map[word] : undefined;

/** What holds the job, in the vendor's word; null when nothing does. Before 7.14 there is only `deleting`. */
export const blockedReasonOf = (config: WireJob): string | null => {
  const reason = config.blocked?.reason;
  if (reason !== undefined && reason !== 'none') return reason;
  return config.deleting === true ? 'delete' : null;
};

/** `blocked` lives in the configuration, the state in the statistics; a job that is held shows by what. A word never seen before is UNKNOWN. */
export const jobStateOf = (
  config: WireJob,
  stats: WireJobStats | undefined,
): { readonly state: JobState; readonly vendorState: string | null } => {
  const reason = blockedReasonOf(config);
  if (reason === null) return { state: lookUp(states, stats?.state) ?? 'UNKNOWN', vendorState: stats?.state ?? null };
  const state = lookUp(blocked, reason);
  return state === undefined ? { state: 'UNKNOWN', vendorState: reason } : { state, vendorState: stats?.state ?? reason };
};

export const datafeedStateOf = (word: string | undefined): { readonly state: DatafeedState; readonly vendorState: string | null } => ({
  state: lookUp(datafeeds, word) ?? 'UNKNOWN',
  vendorState: word ?? null,
});
