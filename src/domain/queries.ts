import type { TaskKind } from './task.js';
import type { EntityValue } from './values.js';
import type { Instant, TaskState } from './vocabulary.js';

/** A part of a longer list that the vendor pages itself. */
export interface Slice {
  /** Entries to leave out before the first. */
  readonly skip: number;
  /** Entries wanted at most. */
  readonly first: number;
}

/** Answer to a slice: its entries, and how many there are in all where the vendor says so. */
export interface Sliced<T> {
  readonly items: readonly T[];
  readonly totalCount: number | null;
}

/** Which anomalies of a job or detector; highest score first, then newest. */
export interface AnomalyQuery extends Slice {
  readonly from?: Instant;
  readonly to?: Instant;
  /** 0..1. */
  readonly minScore?: number;
  /** Every pair has to be there. */
  readonly entity?: readonly EntityValue[];
}

/** A vendor's own way to name many jobs. */
export interface JobExpression {
  readonly expression: string;
  /** Whether a wildcard that matches nothing is fine. Default true. */
  readonly allowNoMatch?: boolean;
}

/**
 * Tasks of a vendor that remembers them, ended ones included. Fields are ANDed, a list is ORed, ids are native. The answer may hold more than
 * was asked for, never less: the gateway filters again.
 */
export interface TaskQuery {
  readonly detectors?: readonly string[];
  readonly jobs?: readonly string[];
  readonly parents?: readonly string[];
  readonly kinds?: readonly TaskKind[];
  readonly states?: readonly TaskState[];
  /** Whether tasks of single entities are wanted. */
  readonly includeEntities: boolean;
}

/** Which detectors, as far as the vendor may be asked. Read like TaskQuery. */
export interface DetectorQuery {
  readonly indices?: readonly string[];
  readonly highCardinality?: boolean;
  /** Part of the native id, name or description, in any case. */
  readonly text?: string;
}
