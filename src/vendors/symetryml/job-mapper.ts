import {
  formatId,
  isInstant,
  type Job,
  type JobDetails,
  type JobState,
  type Progress,
  rawCleaner,
  type Task,
  type TaskState,
} from '../../domain/index.js';
import { isSecretName } from './results/secret-names.js';
import type { WireJobInfo } from './wire.js';

/** One entry of a map. */
export interface Property {
  readonly key: string;
  readonly text: string;
  /** Null for words, and for what JSON cannot carry. */
  readonly number: number | null;
}

/** What only SymetryML tells of a job; an absent property was not asked for. */
export interface SymetryJobDetails extends JobDetails {
  readonly typename: 'SymetryJobDetails';
  readonly onBoundedExecutor: boolean | null;
  readonly properties: readonly Property[];
}

type State = 'QUEUED' | 'RUNNING' | 'FINISHED' | 'UNKNOWN';

/** Made from three flags: the API has no word for it. Where they are missing, what only a running job has tells. */
const stateOf = ({ isStarted, isDone, startingDate = 0, current = 0 }: Partial<WireJobInfo>): State => {
  if (isDone === true) return 'FINISHED';
  if (isStarted !== undefined) return isStarted ? 'RUNNING' : 'QUEUED';
  return startingDate > 0 || current > 0 ? 'RUNNING' : 'UNKNOWN';
};

const jobStates = { QUEUED: 'QUEUED', RUNNING: 'RUNNING', FINISHED: 'FINISHED', UNKNOWN: 'UNKNOWN' } as const satisfies Record<
  State,
  JobState
>;
/** How a job that is done ended, only its result tells. */
const taskStates = { QUEUED: 'QUEUED', RUNNING: 'RUNNING', FINISHED: 'UNKNOWN', UNKNOWN: 'UNKNOWN' } as const satisfies Record<
  State,
  TaskState
>;

/** Later than any date in milliseconds could be in seconds (the year 5138), earlier than any in milliseconds (1973). */
const secondsBelow = 1e11;

/** "Starting date of a job that has started", in a unit that is not told: other dates of the API are milliseconds. */
const startedAtOf = (info: WireJobInfo): number | null => {
  const { startingDate: date } = info;
  if (date === undefined || !Number.isFinite(date) || date <= 0 || stateOf(info) === 'QUEUED') return null;
  const instant = Math.round(date < secondsBelow ? date * 1_000 : date);
  return isInstant(instant) ? instant : null;
};

/**
 * Documented for jobs over data sources (bytes of the file) and reducers (iterations) alone (6.3, JSON API objects). Names of types are documented nowhere
 * as they are sent: "DSUpdateJob" is the manual's, "Project Update" the vendor's own page's.
 */
const unitOf = (type: string): string | null => {
  if (/reduc/i.test(type)) return 'ITERATIONS';
  return /project\s*update|ds\s*update|ds\s*predict(?!\s*data\s*frame)/i.test(type) ? 'BYTES' : null;
};

/** That is all a number of the schema can carry. */
const isCount = (value: number | undefined): value is number => value !== undefined && value >= 0 && value <= Number.MAX_SAFE_INTEGER;

const countsOf = (info: WireJobInfo): Progress | null => {
  const { current, maximum, jobType = '' } = info;
  if (!isCount(current) || stateOf(info) === 'QUEUED') return null;
  const known = isCount(maximum) && maximum > 0;
  // Nothing done of nothing: the kind does not count.
  if (!known && current === 0) return null;
  // Whether they are whole is documented nowhere.
  return { current: Math.floor(current), maximum: known ? Math.ceil(maximum) : null, unit: unitOf(jobType) };
};

/** 0..1; the server promises neither that it ends at its maximum nor that it never goes back. */
const progressOf = (counts: Progress | null): number | null =>
  counts === null || counts.maximum === null ? null : Math.min(1, counts.current / counts.maximum);

const numberOf = (text: string): number | null => {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(number) && /^[\s\d.eE+-]+$/.test(text) ? number : null;
};

/** They are kept with every job that is remembered. */
const longestText = 8_000;
const mostCharacters = 64_000;

const shown = (text: string): string => (text.length > longestText ? `${text.slice(0, longestText)}…` : text);

const propertiesOf = ({ details }: WireJobInfo): readonly Property[] => {
  let left = mostCharacters;
  return Object.entries(details ?? {}).flatMap(([key, sent]) => {
    const text = shown(sent);
    // The room of an entry counts too: there may be many of next to nothing.
    left -= key.length + text.length + 32;
    return left < 0 || isSecretName(key) ? [] : [{ key, text, number: numberOf(text) }];
  });
};

/** What the vendor sent, without what may be a secret. */
const withoutSecrets = rawCleaner((name) => (isSecretName(name) ? [] : undefined));

const longestType = 200;
const typeOf = ({ jobType }: WireJobInfo): string | null => jobType?.slice(0, longestType) ?? null;

/** A job as the server tells of it: without its incarnation, because the server hands numbers out again and says nothing of it. */
export interface JobSource {
  readonly info: WireJobInfo;
  /** As it came. */
  readonly raw: unknown;
}

export const mapJob = (backend: string, { info, raw }: JobSource, wantsRaw: boolean): Job => {
  const id = formatId('job', backend, info.jobId);
  const details: SymetryJobDetails = {
    typename: 'SymetryJobDetails',
    id: `${id}/details`,
    onBoundedExecutor: info.isOnBoundedExecutor ?? null,
    properties: propertiesOf(info),
    ...(wantsRaw ? { raw: withoutSecrets(raw) } : {}),
  };
  return {
    id,
    backendKey: backend,
    nativeId: info.jobId,
    type: typeOf(info) ?? 'unknown',
    state: jobStates[stateOf(info)],
    vendorState: null,
    stateReason: null,
    description: null,
    groups: [],
    owner: info.owner ?? null,
    createdAt: null,
    startedAt: startedAtOf(info),
    finishedAt: null,
    lastActivityAt: null,
    processed: countsOf(info),
    node: null,
    datafeed: null,
    details,
  };
};

/** The run of a job. Of one that is done no end is claimed: that is told by whoever collects it. */
export const mapTask = (backend: string, { info, raw }: JobSource, wantsRaw: boolean): Task => {
  const counts = countsOf(info);
  const state = stateOf(info);
  return {
    id: formatId('task', backend, info.jobId),
    backendKey: backend,
    nativeId: info.jobId,
    kind: 'RUN',
    vendorType: typeOf(info),
    state: taskStates[state],
    vendorState: state === 'FINISHED' ? 'done' : null,
    progress: progressOf(counts),
    counts,
    startedAt: startedAtOf(info),
    endedAt: null,
    updatedAt: null,
    error: null,
    // Which kinds can be killed is documented nowhere: the server's answer tells.
    cancellable: state !== 'FINISHED',
    startedBy: info.owner ?? null,
    jobNativeId: info.jobId,
    parentId: null,
    idempotencyKey: null,
    ...(wantsRaw ? { raw: withoutSecrets(raw) } : {}),
  };
};
