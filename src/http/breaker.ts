import type { Instant } from '../domain/index.js';

/** Why a call failed, in words fit for a client. */
export interface FailureReason {
  readonly message: string;
  readonly httpStatus?: number;
}

/** Leave to make one call; its owner says what came of it, once. */
export interface Pass {
  succeeded(): void;
  failed(reason: FailureReason): void;
  /** Nothing was learnt: the caller gave up. */
  abandoned(): void;
}

/** No leave, and why. */
export interface Refusal {
  /** How long to stay away. */
  readonly retryAfterMs: number;
  /** Failures counted in a row. */
  readonly failures: number;
  /** The latest of them. */
  readonly last: FailureReason;
  /** Settles when the trial under way is over, however it went; asking again is worth it then. Absent when there is none. */
  readonly trial?: Promise<void>;
}

export type BreakerState = 'closed' | 'open' | 'half-open';

/**
 * Keeps calls away from a backend that fails every time, and finds out with one call at a time whether it is back. Calls that were under way at the same
 * time fail together: they count as one failure, so that one question of many calls does not use up the patience that is meant for several moments.
 */
export interface Breaker {
  enter(): Pass | Refusal;
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

interface Trial {
  readonly since: Instant;
  readonly over: Promise<void>;
  readonly end: () => void;
}

const beginTrial = (since: Instant): Trial => {
  let end = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { since, over, end };
};

export const createBreaker = ({ threshold, resetMs, now, onChange }: BreakerOptions): Breaker => {
  let state: BreakerState = 'closed';
  let failures = 0;
  let last: FailureReason = { message: '' };
  let openedAt = 0;
  let trial: Trial | undefined;
  // Grows with every change: what comes of a call that began before says nothing about the state after.
  let era = 0;
  // Grows with every failure that counts: a call that began before the last of them failed for the same reason.
  let moment = 0;

  const endTrial = (): void => {
    trial?.end();
    trial = undefined;
  };
  const become = (next: BreakerState): void => {
    state = next;
    era += 1;
    if (next === 'open') openedAt = now();
    if (next === 'closed') failures = 0;
    onChange(next, failures);
    endTrial();
  };
  const refusal = (retryAfterMs: number): Refusal => ({ retryAfterMs, failures, last });

  const pass = (): Pass => {
    const mine = era;
    const began = moment;
    const current = (): boolean => mine === era;
    return {
      succeeded: () => {
        if (!current()) return;
        if (state === 'half-open') become('closed');
        failures = 0;
      },
      failed: (reason) => {
        if (!current() || began < moment) return;
        moment += 1;
        failures += 1;
        last = reason;
        if (state === 'half-open' || failures >= threshold) become('open');
      },
      abandoned: () => {
        if (current()) endTrial();
      },
    };
  };

  return {
    enter: () => {
      const at = now();
      if (state === 'open') {
        const left = openedAt + resetMs - at;
        if (left > 0) return refusal(left);
        become('half-open');
      }
      if (state === 'half-open') {
        // A trial may be a call that blocks for half an hour by nature: after a while another one may try.
        const left = trial === undefined ? 0 : trial.since + resetMs - at;
        if (trial !== undefined && left > 0) return { ...refusal(left), trial: trial.over };
        endTrial();
        trial = beginTrial(at);
      }
      return pass();
    },
    state: () => state,
  };
};
