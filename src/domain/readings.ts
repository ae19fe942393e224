import type { VigilError } from '../errors.js';
import type { FailedPart } from './vocabulary.js';

/**
 * What a read learnt about one id. Absence of proof is not proof of absence: `gone` only when the vendor said so for this very id
 * and every part of its answer was there; else `undetermined` with the reason.
 */
export type Reading<T> =
  | { readonly status: 'found'; readonly value: T }
  | { readonly status: 'gone' }
  | { readonly status: 'undetermined'; readonly cause: VigilError };

/** A part of an answer that could not be had. The rest of the answer stands. */
export interface PartFailure {
  readonly part: FailedPart;
  readonly error: VigilError;
}

/** Answer to a batch read: one reading for every id asked for, and the parts missing of those found. */
export interface Readings<T> {
  readonly readings: ReadonlyMap<string, Reading<T>>;
  readonly missing: readonly PartFailure[];
}

/**
 * Answer to a list read. A list that cannot be had at all is thrown as VigilError. What it does not show counts as gone (but for tasks, which are asked for by
 * id): where some of its objects did not come, `missing` names ALL.
 */
export interface Listing<T> {
  readonly items: readonly T[];
  readonly missing: readonly PartFailure[];
}
