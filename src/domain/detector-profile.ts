import type { EntityValue } from './values.js';
import type { Instant } from './vocabulary.js';

/** A detector's state in the cluster's memory. */
export interface DetectorProfile {
  /** `<detector id>/profile`. */
  readonly id: string;
  readonly vendorState: string | null;
  readonly error: string | null;
  /** Native id of the node that coordinates its real-time run. */
  readonly coordinatingNodeId: string | null;
  readonly totalBytes: number | null;
  /** 0..1. */
  readonly initProgress: number | null;
  readonly estimatedMinutesLeft: number | null;
  readonly neededShingles: number | null;
  readonly totalEntities: number | null;
  readonly activeEntities: number | null;
  readonly modelCount: number | null;
  /** Of the historical run under way; null when there is none. */
  readonly taskSlots: number | null;
  readonly pendingEntities: number | null;
  readonly runningEntities: number | null;
  readonly models: readonly DetectorModel[];
  readonly raw?: unknown;
}

/** What the cluster knows of one entity of a high-cardinality detector's real-time run. */
export interface EntityProfile {
  /** `<detector id>/entities/<digest of the entity>`. */
  readonly id: string;
  readonly vendorState: string | null;
  readonly active: boolean | null;
  readonly lastActiveAt: Instant | null;
  readonly lastSampleAt: Instant | null;
  /** 0..1. */
  readonly initProgress: number | null;
  readonly estimatedMinutesLeft: number | null;
  readonly neededShingles: number | null;
  readonly model: DetectorModel | null;
  readonly raw?: unknown;
}

/** A model in memory. */
export interface DetectorModel {
  readonly modelId: string;
  readonly type: string | null;
  readonly detectorNativeId: string | null;
  /** Native id of the node that holds it. */
  readonly nodeId: string | null;
  readonly sizeBytes: number | null;
  readonly entity: readonly EntityValue[];
  readonly lastUsedAt: Instant | null;
  readonly lastCheckpointAt: Instant | null;
}
