import { type Backend, type Backends, type FieldSet, type Revised, within } from '../../domain/index.js';
import type { WatchOptions } from '../hub.js';
import type { Place } from '../journal/cursors.js';
import type { Journal } from '../journal/journal.js';
import type { Published } from '../journal/recent.js';
import type { Interest } from './interest.js';
import type { LedgerChange } from './ledger.js';
import type { ListFeed } from './list-changes.js';
import { createListWatch, type ListWatch, type Resumption } from './list-watch.js';
import type { Poller } from './poller.js';

/** A list somebody wants to watch. */
export interface WatchedList<T, S> {
  readonly touched: readonly Backend[];
  /** Of which kind its objects are, and what tells it from other watches; absent: a client that comes back begins anew. */
  readonly kind?: 'job' | 'task' | 'detector';
  readonly name?: string;
  /** Absent: nothing has to be asked of the vendor for it. */
  readonly interest?: Interest;
  readonly matches: (value: Revised<T>) => boolean;
  readonly stateOf: (value: Revised<T>) => S;
  /** What is known of it now. */
  readonly current: (backend: Backend) => readonly Revised<T>[];
  /** Tells a list what a change means for it. */
  readonly feed: (list: ListFeed<T>, change: LedgerChange) => void;
  readonly options: WatchOptions;
}

/** What a client that comes back has not heard of. */
export interface News {
  readonly changes: readonly Published[];
  /** It was told of this watch before; false: it comes from a query. */
  readonly own: boolean;
}

/** All watches that are open, over whatever they are of. */
export interface WatchLists {
  /** Follows a list on the backends it touches; the loops begin with the first watch and end with the last. */
  watch<T extends { readonly id: string }, S>(list: WatchedList<T, S>): ListWatch<T, S>;
  /** Names this moment, for any watch. */
  liveCursor(): string;
  /** The same for the watch of that name. */
  cursorOf(name: string): string;
  /** What was told since the cursor of the watch of that name; undefined: its client begins anew. */
  since(cursor: string | undefined, name: string): News | undefined;
  /** Resolves when what the cursor names can be told; of one that names nothing at once. */
  reach(cursor: string | undefined, name: string): Promise<void>;
  backendChanged(backend: Backend): void;
  open(): number;
  endAll(): void;
}

/** How long the first step of a list waits for a backend that does not answer. */
const patienceMs = 5_000;

/** The same set when nothing is missing: thousands of watches that share one set are asked for as one. */
export const withFields = (fields: FieldSet, more: readonly string[]): FieldSet =>
  more.every((field) => fields.has(field)) ? fields : new Set([...fields, ...more]);

/** What is known of other backends than these is not known to the one who has the cursor. */
const nameOf = (name: string, touched: readonly Backend[]): string => JSON.stringify([name, ...touched.map(({ key }) => key).sort()]);

export const createWatchLists = ({
  backends,
  pollerOf,
  journal,
}: {
  readonly backends: Pick<Backends, 'all'>;
  readonly pollerOf: (key: string) => Poller;
  readonly journal: Journal;
}): WatchLists => {
  const { cursors } = journal;
  /** What a query's cursors are named by. */
  const query = nameOf('*', backends.all);
  const healthListeners = new Set<(backend: Backend) => void>();
  const openWatches = new Set<{ end(): void }>();

  const cursorOf = (name: string): string => cursors.encode(journal.position(), name);
  const placeOf = (cursor: string | undefined, name: string): Place | undefined =>
    cursor === undefined ? undefined : cursors.decode(cursor, name, query);
  const reach = async (cursor: string | undefined, name: string): Promise<void> => {
    const place = placeOf(cursor, name);
    if (place) await journal.reach(place);
  };
  const since = (cursor: string | undefined, name: string): News | undefined => {
    const place = placeOf(cursor, name);
    const changes = place && journal.since(place);
    return changes && { changes, own: place.own };
  };

  return {
    watch: <T extends { readonly id: string }, S>(list: WatchedList<T, S>): ListWatch<T, S> => {
      const { kind } = list;
      const name = list.name === undefined ? undefined : nameOf(list.name, list.touched);
      const resume = (after: string): Resumption<T> | undefined => {
        const news = name === undefined ? undefined : since(after, name);
        return (
          news && {
            joins: !news.own,
            rewind: (tell) => {
              for (const { change, before } of news.changes.toReversed())
                if (change.kind === kind) tell(change.value.id, before);
                else if (change.kind === `${kind}-gone` && 'id' in change) tell(change.id, before);
            },
            replay: (missed) => {
              for (const { change } of news.changes) list.feed(missed, change);
            },
          }
        );
      };
      const ways: (() => void)[] = [];
      const watch: ListWatch<T, S> = createListWatch<T, S>({
        matches: list.matches,
        stateOf: list.stateOf,
        snapshot: list.options.snapshot ?? true,
        cursor: () => (name === undefined ? cursors.unfinished() : cursorOf(name)),
        unfinished: cursors.unfinished,
        after: list.options.after,
        reach: async (after) => (name === undefined ? undefined : reach(after, name)),
        resume,
        backends: () => list.touched,
        current: () => list.touched.flatMap((backend) => list.current(backend)),
        begin: async () => {
          ways.push(journal.listen((change) => list.feed(watch, change)));
          const health = (backend: Backend): void => {
            if (list.touched.some((each) => each.key === backend.key)) watch.touchBackend(backend);
          };
          healthListeners.add(health);
          ways.push(() => healthListeners.delete(health));
          const { interest } = list;
          if (!interest) return journal.settled();
          const pollers = list.touched.map((backend) => pollerOf(backend.key));
          for (const poller of pollers) ways.push(poller.watch(interest));
          if (interest.lists.length === 0) return;
          // A backend that hangs must not keep the others' objects from the client: its own come as `added` when it answers.
          await within(Promise.all(pollers.map((poller) => poller.fresh(interest))), patienceMs);
          // What the loops have just read is told by now, and so part of what the watch begins with.
          await journal.settled();
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
    liveCursor: () => cursors.encode(journal.position(), query),
    cursorOf,
    since,
    reach,
    backendChanged: (backend) => {
      for (const listener of healthListeners) listener(backend);
    },
    open: () => openWatches.size,
    endAll: () => {
      for (const watch of [...openWatches]) watch.end();
    },
  };
};
