import type { EntityValue } from './values.js';
import type { Instant } from './vocabulary.js';

/** Something unusual that a job or a detector has found. */
export interface Anomaly {
  /** Unique over all backends, not an id that can be fetched: `<job or detector id>/anomalies/<vendor's own key of the result>`. */
  readonly id: string;
  readonly startAt: Instant;
  readonly endAt: Instant | null;
  /** 0..1. */
  readonly score: number;
  readonly confidence: number | null;
  readonly entity: readonly EntityValue[];
  readonly functionName: string | null;
  readonly fieldName: string | null;
  readonly actual: readonly number[];
  readonly typical: readonly number[];
  readonly interim: boolean;
  readonly raw?: unknown;
}

/** A line of the vendor's own log about a job. */
export interface JobMessage {
  readonly at: Instant;
  readonly level: string;
  readonly message: string;
  readonly nodeName: string | null;
}

/** A saved model one can revert to. */
export interface ModelSnapshot {
  readonly snapshotId: string;
  readonly description: string | null;
  readonly createdAt: Instant;
  readonly documentCount: number | null;
  readonly latestRecordAt: Instant | null;
  readonly latestResultAt: Instant | null;
  readonly retain: boolean;
}
