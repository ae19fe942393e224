import type { Instant } from '../domain/index.js';

/** Leave to make one call; its owner says what came of it, once. */
export interface Pass {
  succeeded(): void;
  failed(): void;
  /** Nothing was learnt: the caller gave up. */
  abandoned(): void;
}

export type BreakerState = 'closed' | 'open' | 'half-open';

/** Keeps calls away from a backend that fails every time, and finds out with one call at a time whether it is back. */
export interface Breaker {
  /** A pass, or how long to stay away. */
  enter(): Pass | { readonly retryAfterMs: number };
  state(): BreakerState;
}

export interface BreakerOptions {
  /** Consecutive failures after which it opens. */
  readonly threshold: number;
  /** How long it stays open before one call may try. */
  readonly resetMs: number;
  readonly now: () => Instant;
  /** Told after every change. */
  readonly onChange: (state: BreakerState, failures: number) => void;
}

export const createBreaker = ({ threshold, resetMs, now, onChange }: BreakerOptions): Breaker => {
  let state: BreakerState = 'closed';
  let failures = 0;
  let openedAt = 0;
  let trialSince: Instant | undefined;
  // Grows with every change: what comes of a call that began before says nothing about the state after.
  let era = 0;

  const become = (next: BreakerState): void => {
    state = next;
    era += 1;
    trialSince = undefined;
    if (next === 'open') openedAt = now();
    if (next === 'closed') failures = 0;
    onChange(next, failures);
  };

  const pass = (): Pass => {
    const mine = era;
    const current = (): boolean => mine === era;
    return {
      succeeded: () => {
        if (!current()) return;
        if (state === 'half-open') become('closed');
        failures = 0;
      },
      failed: () => {
        if (!current()) return;
        failures += 1;
        if (state === 'half-open' || failures >= threshold) become('open');
      },
      abandoned: () => {
        if (current()) trialSince = undefined;
      },
    };
  };

  return {
    enter: () => {
      const at = now();
      if (state === 'open') {
        const left = openedAt + resetMs - at;
        if (left > 0) return { retryAfterMs: left };
        become('half-open');
      }
      if (state === 'half-open') {
        // A trial may be a call that blocks for half an hour by nature: after a while another one may try.
        const left = trialSince === undefined ? 0 : trialSince + resetMs - at;
        if (left > 0) return { retryAfterMs: left };
        trialSince = at;
      }
      return pass();
    },
    state: () => state,
  };
};
