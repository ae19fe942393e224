import type { Instant } from './vocabulary.js';

/** How much is done, of how much. */
export interface Progress {
  readonly current: number;
  readonly maximum: number | null;
  readonly unit: string | null;
}

/** One category field and its value. */
export interface EntityValue {
  readonly name: string;
  readonly value: string;
}

/** From start (included) to end (excluded). */
export interface DateRange {
  readonly start: Instant;
  readonly end: Instant;
}

/** An object with the revision the ledger gave it. */
export type Revised<T> = T & { readonly revision: number };
