import type { ExecutionResult } from 'graphql';
import type { ResultStream } from '../../execution/executor.js';
import { createGroup, type Group } from './group.js';
import { groupKey, type Subscription } from './group-key.js';
import type { FanOutMetrics } from './metrics.js';
import type { Outlet } from './outlet.js';

/** Executes identical subscriptions once. */
export interface FanOut<F> {
  /**
   * Begins a subscription, or lets the follower into the group of one that is open already: its messages go to the outlet, and `leave` is the way out. Where the
   * source cannot be shared: the results. One result: it cannot begin.
   */
  subscribe(follower: F, subscription: Subscription): Promise<Group<F> | AsyncIterableIterator<ExecutionResult> | ExecutionResult>;
}

/** What it needs. */
export interface FanOutOptions<F> {
  /** Starts executing for one subscriber; the signal aborts when nobody follows any more. */
  readonly open: (subscription: Subscription, signal: AbortSignal) => Promise<ResultStream | ExecutionResult>;
  /** Operations running now; whoever stops hard aborts them. */
  readonly running: Set<AbortController>;
  readonly metrics: FanOutMetrics;
  readonly outlet: Outlet<F>;
}

/** Objects kept for the slow followers of one subscription. */
const maxBacklog = 100_000;

type Opening<F> = { readonly group: Group<F> } | { readonly alone: AsyncIterableIterator<ExecutionResult> | ExecutionResult };

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** A stream nobody shares, which lets go when it ends. */
const ownStream = (stream: ResultStream, letGo: () => void): AsyncIterableIterator<ExecutionResult> => ({
  [Symbol.asyncIterator]() {
    return this;
  },
  next: async () => {
    const step = await stream.next();
    if (step.done) letGo();
    return step;
  },
  return: async () => {
    letGo();
    await stream.return?.();
    return done;
  },
});

const isStream = (result: ResultStream | ExecutionResult): result is ResultStream => Symbol.asyncIterator in result;

export const createFanOut = <F>({ open, running, metrics, outlet }: FanOutOptions<F>): FanOut<F> => {
  const openings = new Map<string, Promise<Opening<F>>>();

  /** Opens a subscription; `over` is called when it is not shared any more, or never was. */
  const begin = async (subscription: Subscription, over: () => void): Promise<Opening<F>> => {
    const controller = new AbortController();
    running.add(controller);
    const letGo = (): void => {
      running.delete(controller);
      controller.abort();
    };
    try {
      const result = await open(subscription, controller.signal);
      if (isStream(result) && result.followed) {
        metrics.opened();
        const group = createGroup<F>({
          events: result.followed,
          metrics,
          outlet,
          maxBacklog,
          over: () => {
            metrics.over();
            letGo();
            over();
          },
        });
        return { group };
      }
      over();
      if (isStream(result)) return { alone: ownStream(result, letGo) };
      letGo();
      return { alone: result };
    } catch (error) {
      over();
      letGo();
      throw error;
    }
  };

  return {
    subscribe: async (follower, subscription) => {
      const key = groupKey(subscription);
      for (;;) {
        const known = openings.get(key);
        const opening = known ?? begin(subscription, () => openings.delete(key));
        if (!known) {
          openings.set(key, opening);
          opening.catch(() => openings.delete(key));
        }
        const opened = await opening;
        // What cannot be shared, or cannot begin, is everybody's own.
        const mine = known && 'alone' in opened ? await begin(subscription, () => undefined) : opened;
        if ('alone' in mine) return mine.alone;
        // Else it came to its end while this one was on its way in.
        if (mine.group.enter(follower, subscription.after)) return mine.group;
      }
    },
  };
};
