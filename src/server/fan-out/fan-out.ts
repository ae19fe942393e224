import type { ExecutionResult } from 'graphql';
import type { OperationRequest, ResultStream } from '../../execution/executor.js';
import { createGroup, type Follower, type Group } from './group.js';
import { groupKey } from './group-key.js';
import type { FanOutMetrics } from './metrics.js';
import type { SlowSockets } from './slow-sockets.js';

/** A subscription as one client asked for it. */
export interface Subscriber extends Follower {
  readonly request: OperationRequest;
  readonly requestId: string;
  readonly actor: string | null;
}

/** Executes identical subscriptions once. */
export interface FanOut {
  /**
   * Begins a subscription, or lets it follow one that is open already. Its messages go to the subscriber's outlet; the iterator that is handed back gives
   * nothing and ends after the last of them, and its `return()` is the way out. Where the source cannot be shared, the iterator gives the results instead. One
   * result: it cannot begin.
   */
  subscribe(subscriber: Subscriber): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult>;
}

/** What it needs. */
export interface FanOutOptions {
  /** Starts executing for one subscriber; the signal aborts when nobody follows any more. */
  readonly open: (
    subscriber: Pick<Subscriber, 'request' | 'requestId' | 'actor' | 'after'>,
    signal: AbortSignal,
  ) => Promise<ResultStream | ExecutionResult>;
  /** Operations running now; whoever stops hard aborts them. */
  readonly running: Set<AbortController>;
  readonly metrics: FanOutMetrics;
  readonly slow: SlowSockets;
}

/** Objects kept for the slow followers of one subscription. */
const maxBacklog = 100_000;

type Opening = { readonly group: Group } | { readonly alone: AsyncIterableIterator<ExecutionResult> | ExecutionResult };

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** For graphql-ws: holds the place of a subscription whose messages go by another way. */
const placeOf = (follower: Follower, group: Group): AsyncIterableIterator<ExecutionResult> | undefined => {
  let end: () => void = () => undefined;
  const ended = new Promise<IteratorReturnResult<undefined>>((resolve) => {
    end = () => resolve(done);
  });
  const leave = group.enter(follower, end);
  return (
    leave && {
      [Symbol.asyncIterator]() {
        return this;
      },
      next: () => ended,
      return: async () => {
        leave();
        end();
        return done;
      },
    }
  );
};

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

export const createFanOut = ({ open, running, metrics, slow }: FanOutOptions): FanOut => {
  const openings = new Map<string, Promise<Opening>>();

  /** Opens a subscription; `over` is called when it is not shared any more, or never was. */
  const begin = async (subscriber: Subscriber, over: () => void): Promise<Opening> => {
    const controller = new AbortController();
    running.add(controller);
    const letGo = (): void => {
      running.delete(controller);
      controller.abort();
    };
    try {
      const result = await open(subscriber, controller.signal);
      if (isStream(result) && result.followed) {
        metrics.opened();
        const group = createGroup({
          events: result.followed,
          metrics,
          slow,
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

  /** Undefined: the group came to its end while this one was on its way in. */
  const take = (opened: Opening, subscriber: Subscriber): AsyncIterableIterator<ExecutionResult> | ExecutionResult | undefined =>
    'group' in opened ? placeOf(subscriber, opened.group) : opened.alone;

  return {
    subscribe: async (subscriber) => {
      const key = groupKey(subscriber.request, subscriber);
      for (;;) {
        const known = openings.get(key);
        const opening = known ?? begin(subscriber, () => openings.delete(key));
        if (!known) {
          openings.set(key, opening);
          opening.catch(() => openings.delete(key));
        }
        const opened = await opening;
        // What cannot be shared, or cannot begin, is everybody's own.
        const mine = known && 'alone' in opened ? await begin(subscriber, () => undefined) : opened;
        const taken = take(mine, subscriber);
        if (taken) return taken;
      }
    },
  };
};
