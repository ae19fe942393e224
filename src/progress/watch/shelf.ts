import { LRUCache } from 'lru-cache';
import type { Instant, Revised } from '../../domain/index.js';
import { knowsMore, merge, sameButEstimates, sameFields, withRawOf } from './merge-readings.js';

/** What every object of the ledger has. */
export interface Kept {
  readonly id: string;
  readonly backendKey: string;
  readonly nativeId: string | null;
}

/** The newest readings of the objects of one kind. */
export interface Shelf<T extends Kept> {
  get(id: string): Revised<T> | undefined;
  /** The latest of that native id. */
  byNativeId(backendKey: string, nativeId: string): Revised<T> | undefined;
  /** Takes a reading in and gives it its revision; `readAt`: when the read began. */
  stamp(seen: T, readAt: Instant): Revised<T>;
  /** Puts in what became known of a held object without a reading of it: a part of it was read on its own, by a read that began then. */
  amend(id: string, news: Partial<T>, readAt: Instant): void;
  /** The stamped object as it is known by now; undefined when it was forgotten since. */
  newest(stamped: Revised<T>): Revised<T> | undefined;
  all(): readonly Revised<T>[];
  /** Takes it up as it was in an earlier run; any reading outdoes it. */
  restore(value: Revised<T>): void;
  /** Holds exactly this from now on, but for what the vendor sent as it was: somebody else has read it then. Returns what is held. */
  adopt(value: Revised<T>, readAt: Instant): Revised<T>;
  /** Drops it; undefined when it was not held. */
  forget(id: string): Revised<T> | undefined;
}

/** How to make one. */
export interface ShelfOptions<T extends Kept> {
  /** Objects held at most; the least recently seen go first. */
  readonly max: number;
  readonly now: () => Instant;
  /** Called in the same turn as the change. `stirs`: more than an estimate has moved. `readAt`: when the read began that told of it. */
  readonly changed: (value: Revised<T>, stirs: boolean, readAt: Instant) => void;
  /** Called when nothing has changed, but more of it is known: somebody has asked for more fields. */
  readonly filled: (value: Revised<T>, readAt: Instant) => void;
  /** Told of what had to go because there are too many: nobody is told of it any more. */
  readonly dropped: (value: Revised<T>, readAt: Instant) => void;
}

interface Entry<T> {
  value: Revised<T>;
  /** When the read began that this value comes from. */
  readAt: Instant;
}

export const createShelf = <T extends Kept>({ max, now, changed, filled, dropped }: ShelfOptions<T>): Shelf<T> => {
  const held = new LRUCache<string, Entry<T>>({
    max,
    disposeAfter: ({ value, readAt }, _id, reason) => {
      if (reason === 'evict') dropped(value, readAt);
    },
  });
  /** `<backend> <native>` → global id of the latest. */
  const latest = new LRUCache<string, string>({ max });

  const replace = (entry: Entry<T>, seen: T, readAt: Instant): Revised<T> => {
    const same = sameFields(entry.value, seen);
    const revision = same ? entry.value.revision : Math.max(entry.value.revision + 1, now());
    const before = entry.value;
    const value = { ...merge<T>(before, seen), revision };
    entry.value = value;
    if (!same) changed(value, !sameButEstimates(before, seen), readAt);
    else if (knowsMore(before, seen)) filled(value, readAt);
    return value;
  };

  return {
    get: (id) => held.get(id)?.value,
    byNativeId: (backendKey, nativeId) => held.get(latest.get(`${backendKey} ${nativeId}`) ?? '')?.value,
    stamp: (seen, readAt) => {
      if (seen.nativeId !== null) latest.set(`${seen.backendKey} ${seen.nativeId}`, seen.id);
      const entry = held.get(seen.id);
      // What came from here is no new reading: it must not outdo one that is on its way.
      if (entry?.value === seen) return entry.value;
      if (!entry) {
        const value = { ...seen, revision: now() };
        held.set(seen.id, { value, readAt });
        changed(value, true, readAt);
        return value;
      }
      // A read that began before the one we know of may be older than an event already sent: what we know wins, what only it asked for is added.
      if (readAt < entry.readAt) return merge<Revised<T>>({ ...seen, revision: entry.value.revision }, entry.value);
      entry.readAt = readAt;
      return replace(entry, seen, readAt);
    },
    amend: (id, news, readAt) => {
      const entry = held.peek(id);
      if (entry) replace(entry, { ...entry.value, ...news }, Math.max(entry.readAt, readAt));
    },
    newest: (stamped) => {
      const entry = held.get(stamped.id);
      return entry && merge<Revised<T>>(stamped, entry.value);
    },
    all: () => [...held.values()].map(({ value }) => value),
    restore: (value) => {
      held.set(value.id, { value, readAt: 0 });
      if (value.nativeId !== null) latest.set(`${value.backendKey} ${value.nativeId}`, value.id);
    },
    adopt: (value, readAt) => {
      const entry = held.get(value.id);
      const kept = entry ? withRawOf(entry.value, value) : value;
      if (entry) Object.assign(entry, { value: kept, readAt });
      else held.set(value.id, { value: kept, readAt });
      if (value.nativeId !== null) latest.set(`${value.backendKey} ${value.nativeId}`, value.id);
      return kept;
    },
    forget: (id) => {
      const entry = held.get(id);
      if (entry) held.delete(id);
      return entry?.value;
    },
  };
};
