import type { JsonObject } from '../json.js';

/** States of a job, as `_stats` shows them. */
export type JobState = 'opening' | 'opened' | 'closing' | 'closed' | 'failed';

/** States of a datafeed. */
export type DatafeedState = 'starting' | 'started' | 'stopping' | 'stopped';

/** What holds a job. */
export interface Blocked {
  readonly reason: 'delete' | 'reset' | 'revert';
  /** The task on the master. */
  readonly taskId?: string;
}

/** What a job has read so far. */
export interface DataCounts {
  records: number;
  fields: number;
  bytes: number;
  buckets: number;
  emptyBuckets: number;
  missingFields: number;
  outOfOrder: number;
  earliestRecord?: number | undefined;
  latestRecord?: number | undefined;
  lastData?: number | undefined;
  latestBucket?: number | undefined;
  latestEmptyBucket?: number | undefined;
}

/** A model snapshot. */
export interface SnapshotRecord {
  readonly id: string;
  description: string;
  retain: boolean;
  readonly takenAt: number;
  readonly documents: number;
  readonly modelBytes: number;
  readonly latestRecord?: number;
  readonly latestResult?: number;
}

/** An anomaly record, as it is answered. */
export interface AnomalyRecord {
  readonly timestamp: number;
  readonly score: number;
  readonly body: JsonObject;
}

/** How long things take, in simulated milliseconds. */
export interface Durations {
  openMs: number;
  closeMs: number;
  resetMs: number;
  deleteMs: number;
  revertMs: number;
}

/** A job. */
export interface JobRecord {
  readonly id: string;
  /** The configuration as stored: no ids, times, datafeed or `blocked`. */
  config: JsonObject;
  groups: readonly string[];
  readonly createTime: number;
  finishedTime?: number | undefined;
  snapshotId?: string | undefined;
  state: JobState;
  nodeId?: string | undefined;
  /** Shown whenever a persistent task exists, also when empty. */
  explanation?: string | undefined;
  openedAt?: number | undefined;
  blocked?: Blocked | undefined;
  /** The persistent task that runs it on its node. */
  taskId?: string | undefined;
  counts: DataCounts;
  modelBytes: number;
  logTime: number;
  /** How fast a started datafeed brings records, per simulated second. */
  recordsPerSecond: number;
  /** Until when records have been counted. */
  countedUntil: number;
  durations: Durations;
  /** A reset fails half-way with this reason. */
  resetFailure?: string | undefined;
  snapshots: SnapshotRecord[];
  anomalies: AnomalyRecord[];
  forecasts: number;
  /** Rises whenever something new is done to the job, so that what was under way stops. */
  generation: number;
  /** Rises whenever its persistent task ends: what a close waits for. */
  timesClosed: number;
}

/** A datafeed. */
export interface DatafeedRecord {
  readonly id: string;
  readonly jobId: string;
  config: JsonObject;
  indices: readonly string[];
  state: DatafeedState;
  nodeId?: string | undefined;
  explanation?: string | undefined;
  taskId?: string | undefined;
  /** Reads up to now and goes on, instead of ending at a date. */
  realTime: boolean;
  searches: number;
  /** How long a lookback takes, in simulated milliseconds. */
  lookbackMs: number;
  generation: number;
}

/** A line of the notifications index. */
export interface AuditMessage {
  readonly jobId: string;
  readonly message: string;
  readonly level: 'info' | 'warning' | 'error';
  readonly timestamp: number;
  readonly nodeName: string;
}

/** Counts of a job that has read nothing. */
export const noCounts = (): DataCounts => ({
  records: 0,
  fields: 0,
  bytes: 0,
  buckets: 0,
  emptyBuckets: 0,
  missingFields: 0,
  outOfOrder: 0,
});
