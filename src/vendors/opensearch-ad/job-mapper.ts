import { type ClusterNode, type Detector, formatId, type Job, type JobState, type Task, type TaskState } from '../../domain/index.js';
import type { DetectorJobDetails } from './details.js';
import { durationMs, periodMs } from './durations.js';
import { withoutSecrets } from './raw.js';
import type { WireDetectorJob } from './wire.js';

/** A job is its detector's real-time run: never started is closed as well. States of other products' jobs, and new ones, tell nothing. */
const states: Readonly<Record<TaskState, JobState>> = {
  CREATED: 'OPENING',
  QUEUED: 'UNKNOWN',
  INITIALIZING: 'OPENING',
  RUNNING: 'OPENED',
  SUCCEEDED: 'CLOSED',
  FAILED: 'FAILED',
  CANCELLED: 'CLOSED',
  LOST: 'UNKNOWN',
  UNKNOWN: 'UNKNOWN',
};

const jobStateOf = (task: Task | null): JobState => (task === null ? 'CLOSED' : states[task.state]);

const isAlive = (task: Task | null): task is Task =>
  task !== null && (task.state === 'CREATED' || task.state === 'INITIALIZING' || task.state === 'RUNNING');

/** The node that coordinates the run; told some time after the start. */
export const nodeIdOf = (task: Task | null | undefined): string | null =>
  task !== undefined && isAlive(task) ? (task.coordinatingNodeId ?? null) : null;

/** What only the latest real-time task tells. */
const runFacts = (backend: string, task: Task | null, names: ReadonlyMap<string, ClusterNode>): Partial<Job> => {
  const nodeId = nodeIdOf(task);
  const node = (nativeId: string): ClusterNode => ({ id: formatId('node', backend, nativeId), backendKey: backend, nativeId });
  return {
    state: jobStateOf(task),
    vendorState: task?.vendorState ?? null,
    stateReason: task?.error?.message ?? null,
    startedAt: task?.startedAt ?? null,
    finishedAt: task?.endedAt ?? null,
    node: nodeId === null ? null : (names.get(nodeId) ?? node(nodeId)),
  };
};

/** Everything a job is made from. */
export interface JobSource {
  readonly detector: Detector;
  /** The vendor's word: `SINGLE_ENTITY`, `MULTI_ENTITY`. */
  readonly type: string;
  /** Latest real-time task, null when it was never started; undefined: it could not be had. */
  readonly realtime: Task | null | undefined;
  /** By native id, as far as they were asked for. */
  readonly nodes: ReadonlyMap<string, ClusterNode>;
  /** Undefined: not asked for. */
  readonly details: DetectorJobDetails | null | undefined;
}

/** The detector's job, without that detector. */
export const mapJob = ({ detector, type, realtime, nodes, details }: JobSource): Job => ({
  id: formatId('job', detector.backendKey, detector.nativeId),
  backendKey: detector.backendKey,
  nativeId: detector.nativeId,
  type,
  description: detector.description ?? null,
  groups: [],
  owner: null,
  // A detector only says when it was last changed, and its task when that was last written: neither is the newest data seen.
  createdAt: null,
  lastActivityAt: null,
  processed: null,
  datafeed: null,
  ...(realtime === undefined ? {} : runFacts(detector.backendKey, realtime, nodes)),
  ...(details === undefined ? {} : { details }),
});

const detailsId = (backend: string, detectorId: string): string => `${formatId('job', backend, detectorId)}/details`;

/** Where nothing is selected that stands in the job's own document. */
export const bareDetails = (backend: string, detectorId: string): DetectorJobDetails => ({
  typename: 'DetectorJobDetails',
  id: detailsId(backend, detectorId),
});

/** `job` null: never started. */
export const mapJobDetails = (
  backend: string,
  detectorId: string,
  job: WireDetectorJob | null,
  raw: unknown,
  wantsRaw: boolean,
): DetectorJobDetails => ({
  ...bareDetails(backend, detectorId),
  enabled: job?.enabled ?? false,
  enabledAt: job?.enabled_time ?? null,
  // It stays from an earlier stop when the job is started again (recorded).
  disabledAt: job?.enabled === true ? null : (job?.disabled_time ?? null),
  intervalMs: durationMs(job?.schedule?.interval.period, job?.schedule?.interval.unit),
  windowDelayMs: periodMs(job?.window_delay),
  lockDurationMs: durationMs(job?.lock_duration_seconds, 'seconds'),
  resultIndex: job?.result_index || null,
  ...(wantsRaw ? { raw: withoutSecrets(raw ?? null) } : {}),
});
