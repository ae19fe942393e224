/** Words shared by all vendors. Const tuples, so that GraphQL enums, config and mappers are made from one list. */

export const jobStates = [
  'OPENING',
  'OPENED',
  'CLOSING',
  'CLOSED',
  'FAILED',
  'RESETTING',
  'REVERTING',
  'DELETING',
  'QUEUED',
  'RUNNING',
  'FINISHED',
  'KILLED',
  'UNKNOWN',
] as const;
export type JobState = (typeof jobStates)[number];

export const taskStates = ['CREATED', 'QUEUED', 'INITIALIZING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'LOST', 'UNKNOWN'] as const;
export type TaskState = (typeof taskStates)[number];

/** States after which a task never changes again. */
export const finalTaskStates: ReadonlySet<TaskState> = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED', 'LOST']);
export const isFinal = (state: TaskState): boolean => finalTaskStates.has(state);

export const datafeedStates = ['STARTING', 'STARTED', 'STOPPING', 'STOPPED', 'UNKNOWN'] as const;
export type DatafeedState = (typeof datafeedStates)[number];

/** Which of a detector's two runs: over new data as it comes, or once over a range of the past. */
export const detectorRuns = ['REALTIME', 'HISTORICAL'] as const;
export type DetectorRun = (typeof detectorRuns)[number];

/** A verb: one name for capability, button, mutation and error. */
export const actions = [
  'OPEN_JOB',
  'CLOSE_JOB',
  'RESET_JOB',
  'DELETE_JOB',
  'REVERT_JOB',
  'KILL_JOB',
  'COLLECT_JOB_RESULT',
  'START_JOB',
  'START_DATAFEED',
  'STOP_DATAFEED',
  'START_DETECTOR',
  'STOP_DETECTOR',
  'CANCEL_TASK',
] as const;
export type Action = (typeof actions)[number];

export const healthStatuses = ['UP', 'DEGRADED', 'DOWN', 'UNKNOWN'] as const;
export type HealthStatus = (typeof healthStatuses)[number];

/** The part of a backend's answer that is missing. */
export const failedParts = ['ALL', 'STATE', 'STATISTICS', 'TASKS', 'DATAFEEDS', 'PROFILE', 'ANOMALIES', 'MESSAGES'] as const;
export type FailedPart = (typeof failedParts)[number];

/** Epoch milliseconds. Printed as RFC 3339 in UTC by the DateTime scalar. */
export type Instant = number;

const earliest = Date.parse('0000-01-01T00:00:00.000Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');
/** Whether it is a date with a year of four digits: that is as far as RFC 3339 reaches. */
export const isInstant = (value: number): value is Instant => value >= earliest && value <= latest;
