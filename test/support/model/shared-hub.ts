import { Registry } from 'prom-client';
import type { FollowedStream, Revised } from '../../../src/domain/index.js';
import type { ResultStream } from '../../../src/execution/executor.js';
import type { ListStep, TaskStep } from '../../../src/progress/hub.js';
import type { ManagedHub } from '../../../src/progress/watch/create-hub.js';
import { createFanOut } from '../../../src/server/fan-out/fan-out.js';
import { createFanOutMetrics } from '../../../src/server/fan-out/metrics.js';
import type { Outlet } from '../../../src/server/fan-out/outlet.js';

/** What one client has been sent and has not read. */
interface Follower {
  readonly unread: object[];
  wake: () => void;
  /** Called when it has read. */
  drained: (() => void) | undefined;
  isCompleted: boolean;
}

/** How long an event takes to be made into a message, now and then: things happen on meanwhile, and clients come in. */
const resolveMs = 400;

/** Messages that wait for a client before it is told the rest as one. */
const mostUnread = 2;

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };

const outlet: Outlet<Follower> = {
  hasRoom: ({ unread }) => unread.length < mostUnread,
  whenRoom: (follower, callback) => {
    follower.drained = callback;
  },
  send: (follower, { rest }) => {
    const { payload } = JSON.parse(`{"id":""${rest}`) as { payload: { errors?: readonly object[]; data?: { step: object } } };
    follower.unread.push(payload.data?.step ?? new TypeError('cannot begin'));
    follower.wake();
  },
  completed: (follower) => {
    follower.isCompleted = true;
    follower.wake();
  },
  drop: () => undefined,
};

/** The same in JSON as in memory: what belongs to a backend is left out. */
const plain = (event: object): object =>
  'task' in event ? (event as TaskStep) : { ...(event as ListStep<Revised<object>>), backends: [], raw: undefined };

/** The hub as the server shows it: identical subscriptions share one watch, and slow clients are told several steps as one. */
export const shareHub = (hub: ManagedHub): ManagedHub => {
  const opening = new Map<string, (after: string | undefined) => FollowedStream<object>>();
  let executed = 0;
  const fanOut = createFanOut<Follower>({
    running: new Set(),
    metrics: createFanOutMetrics(new Registry()),
    outlet,
    open: async ({ request, after }) => {
      const stream = opening.get(request.query)?.(after);
      if (!stream) throw new TypeError('nobody opens that');
      const followed = {
        stream,
        resultOf: async (event: object) => {
          executed += 1;
          if (executed % 3 === 0) await new Promise((resolve) => setTimeout(resolve, resolveMs));
          return { data: { step: plain(event) } };
        },
        failureOf: () => ({ errors: [] }),
      };
      return { ...stream, [Symbol.asyncIterator]: () => stream, followed } as unknown as ResultStream;
    },
  });

  const follow = <T>(
    name: string,
    after: string | undefined,
    open: (after: string | undefined) => AsyncIterableIterator<T>,
  ): AsyncIterableIterator<T> => {
    opening.set(name, open as unknown as (after: string | undefined) => FollowedStream<object>);
    const follower: Follower = { unread: [], wake: () => undefined, drained: undefined, isCompleted: false };
    let over = false;
    let entering: Promise<{ leave?: (follower: Follower) => void }> | undefined;
    const enter = async (): Promise<{ leave?: (follower: Follower) => void }> => {
      const group = await fanOut.subscribe(follower, {
        request: { query: name },
        requestId: 'r',
        actor: null,
        after,
        cursorVariable: undefined,
      });
      if (!('leave' in group)) throw new TypeError('it is not shared');
      if (over) group.leave(follower);
      return group;
    };
    const watch: AsyncIterableIterator<T> = {
      next: async () => {
        entering ??= enter();
        await entering;
        for (;;) {
          if (over) return done;
          const step = follower.unread.shift();
          if (step instanceof TypeError) throw step;
          if (step) {
            const { drained } = follower;
            follower.drained = undefined;
            drained?.();
            return { done: false, value: step as T };
          }
          if (follower.isCompleted) return done;
          await new Promise<void>((resolve) => {
            follower.wake = resolve;
          });
        }
      },
      return: async () => {
        over = true;
        follower.wake();
        (await entering)?.leave?.(follower);
        return done;
      },
      [Symbol.asyncIterator]: () => watch,
    };
    return watch;
  };

  const afterOf = (after: string | undefined) => (after === undefined ? {} : { after });
  return {
    ...hub,
    watchTask: (id, { after, ...options }) =>
      follow(JSON.stringify(['task', id]), after, (at) => hub.watchTask(id, { ...options, ...afterOf(at) })),
    watchTasks: (filter, { after, ...options }) =>
      follow(JSON.stringify(['tasks', filter]), after, (at) => hub.watchTasks(filter, { ...options, ...afterOf(at) })),
    watchJobs: (filter, { after, ...options }) =>
      follow(JSON.stringify(['jobs', filter]), after, (at) => hub.watchJobs(filter, { ...options, ...afterOf(at) })),
  };
};
