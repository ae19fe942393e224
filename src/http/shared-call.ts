import { setMaxListeners } from 'node:events';
import type { Instant } from '../domain/index.js';

/** Why nobody waits any more. */
export type GivenUp = 'caller' | 'deadline' | 'closed';

/** What the work may know of those who wait for it. */
export interface Waited {
  /** Aborted, with a GivenUp as reason, as soon as nobody waits any more. */
  readonly signal: AbortSignal;
  /** The latest moment at which anybody still waits. */
  deadlineAt(): Instant;
}

export interface Waiter {
  readonly signal: AbortSignal;
  readonly deadlineAt: Instant;
}

/** One piece of work and those who wait for it, each with a signal and a deadline of their own. */
export interface SharedCall<T> {
  /** Waits too. Must not be called once `over`. */
  join(waiter: Waiter): Promise<T>;
  /** Ends it for all. */
  close(): void;
  /** Ended, or given up by everybody. */
  readonly over: boolean;
}

/** setTimeout takes no more. */
const longestTimerMs = 2_147_483_647;

/**
 * `run` begins with the first waiter. When the last one leaves, its signal aborts and it has to end promptly by itself: what it throws then is what that
 * last waiter gets. Those who leave earlier get `leave(why)`.
 */
export const createSharedCall = <T>(
  run: (waited: Waited) => Promise<T>,
  leave: (why: GivenUp) => Error,
  now: () => Instant,
): SharedCall<T> => {
  const controller = new AbortController();
  const deadlines = new Map<symbol, Instant>();
  let over = false;
  let work: Promise<T> | undefined;
  let latest = 0;

  const end = (why: GivenUp): void => {
    if (over) return;
    over = true;
    controller.abort(why);
  };
  const start = (): Promise<T> => {
    const deadlineAt = (): Instant => Math.max(...deadlines.values(), latest);
    return run({ signal: controller.signal, deadlineAt }).finally(() => {
      over = true;
    });
  };

  return {
    join: ({ signal, deadlineAt }) =>
      new Promise<T>((resolve, reject) => {
        const me = Symbol('waiter');
        deadlines.set(me, deadlineAt);
        const depart = (why: GivenUp): void => {
          if (!deadlines.has(me)) return;
          if (deadlines.size === 1) {
            latest = deadlineAt;
            end(why);
          } else {
            stay();
            reject(leave(why));
          }
        };
        const aborted = (): void => depart('caller');
        const timer = setTimeout(() => depart('deadline'), Math.min(longestTimerMs, Math.max(0, deadlineAt - now())));
        const stay = (): void => {
          deadlines.delete(me);
          clearTimeout(timer);
          signal.removeEventListener('abort', aborted);
        };
        // One operation has as many calls under way as it likes: that is no leak to be warned of.
        setMaxListeners(0, signal);
        signal.addEventListener('abort', aborted);
        work ??= start();
        work.finally(stay).then(resolve, reject);
        if (signal.aborted) aborted();
      }),
    close: () => end('closed'),
    get over() {
      return over;
    },
  };
};
