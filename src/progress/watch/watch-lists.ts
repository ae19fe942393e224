import { randomUUID } from 'node:crypto';
import type { Backend, FieldSet, Revised } from '../../domain/index.js';
import type { WatchOptions } from '../hub.js';
import type { Interest } from './interest.js';
import type { LedgerChange, ObservableLedger } from './ledger.js';
import { createListWatch, type ListWatch } from './list-watch.js';
import type { Poller } from './poller.js';

/** A list somebody wants to watch. */
export interface WatchedList<T, S> {
  readonly touched: readonly Backend[];
  /** Absent: nothing has to be asked of the vendor for it. */
  readonly interest?: Interest;
  readonly matches: (value: Revised<T>) => boolean;
  readonly stateOf: (value: Revised<T>) => S;
  /** What is known of it now. */
  readonly current: (backend: Backend) => readonly Revised<T>[];
  /** Tells the watch what a change means for it. */
  readonly feed: (watch: ListWatch<T, S>, change: LedgerChange) => void;
  readonly options: WatchOptions;
}

/** All watches that are open, over whatever they are of. */
export interface WatchLists {
  /** Follows a list on the backends it touches; the loops begin with the first watch and end with the last. */
  watch<T extends { readonly id: string }, S>(list: WatchedList<T, S>): ListWatch<T, S>;
  nextCursor(): string;
  backendChanged(backend: Backend): void;
  open(): number;
  endAll(): void;
}

/** How long the first step of a list waits for a backend that does not answer. */
const patienceMs = 5_000;
const patience = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, patienceMs).unref();
  });

/** A hub's streams do not survive it: a cursor of another one is from another epoch, and gives a reset. */
const createCursors = (): (() => string) => {
  const epoch = randomUUID().slice(0, 8);
  let sequence = 0;
  return () => {
    sequence += 1;
    return Buffer.from(`${epoch}.${sequence.toString(36)}`).toString('base64url');
  };
};

/** The same set when nothing is missing: thousands of watches that share one set are asked for as one. */
export const withFields = (fields: FieldSet, more: readonly string[]): FieldSet =>
  more.every((field) => fields.has(field)) ? fields : new Set([...fields, ...more]);

export const createWatchLists = ({
  pollerOf,
  ledger,
}: {
  readonly pollerOf: (key: string) => Poller;
  readonly ledger: ObservableLedger;
}): WatchLists => {
  const nextCursor = createCursors();
  const healthListeners = new Set<(backend: Backend) => void>();
  const openWatches = new Set<{ end(): void }>();

  return {
    watch: <T extends { readonly id: string }, S>(list: WatchedList<T, S>): ListWatch<T, S> => {
      const ways: (() => void)[] = [];
      const watch: ListWatch<T, S> = createListWatch<T, S>({
        matches: list.matches,
        stateOf: list.stateOf,
        snapshot: list.options.snapshot ?? true,
        cursor: nextCursor,
        backends: () => list.touched,
        current: () => list.touched.flatMap((backend) => list.current(backend)),
        begin: async () => {
          ways.push(ledger.listen((change) => list.feed(watch, change)));
          const health = (backend: Backend): void => {
            if (list.touched.some((each) => each.key === backend.key)) watch.touchBackend(backend);
          };
          healthListeners.add(health);
          ways.push(() => healthListeners.delete(health));
          const { interest } = list;
          if (!interest) return;
          const pollers = list.touched.map((backend) => pollerOf(backend.key));
          for (const poller of pollers) ways.push(poller.watch(interest));
          if (interest.lists.length === 0) return;
          // A backend that hangs must not keep the others' objects from the client: its own come as `added` when it answers.
          await Promise.race([Promise.all(pollers.map((poller) => poller.fresh(interest))), patience()]);
        },
        end: () => {
          openWatches.delete(entry);
          for (const leave of ways.splice(0)) leave();
        },
      });
      const entry = { end: () => void watch.return?.() };
      openWatches.add(entry);
      return watch;
    },
    nextCursor,
    backendChanged: (backend) => {
      for (const listener of healthListeners) listener(backend);
    },
    open: () => openWatches.size,
    endAll: () => {
      for (const watch of [...openWatches]) watch.end();
    },
  };
};
