import type { LedgerChange } from '../watch/ledger.js';
import type { Shown } from './view.js';

/** A change with what was shown of the object before it. */
export interface Published {
  readonly change: LedgerChange;
  readonly before: Shown | undefined;
}

/** Changes that were written as one. */
export interface Entry {
  readonly sequence: number;
  /** Of what is in the store. */
  readonly bytes: number;
  readonly changes: readonly Published[];
}

/** The latest entries, in memory: what clients that come back are told. */
export interface RecentEntries {
  add(entry: Entry): void;
  /** What came after that, oldest first; undefined when it is not the number of an entry that is held, or of the one before them. */
  since(sequence: number): readonly Published[] | undefined;
  /** Holds nothing any more: entries after that number follow. */
  restart(sequence: number): void;
}

/** How much is held. */
export interface RecentLimits {
  readonly maxChanges: number;
  readonly maxBytes: number;
}

export const createRecentEntries = ({ maxChanges, maxBytes }: RecentLimits): RecentEntries => {
  let entries: Entry[] = [];
  /** Number of the entry before those held. */
  let horizon = 0;
  let held = { changes: 0, bytes: 0 };

  /** Where the number stands; -1: it is no entry's. What was never given out, or lost with a disk, must not pass for a place between two. */
  const indexOf = (sequence: number): number => {
    let [low, high] = [0, entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((entries[middle]?.sequence ?? 0) < sequence) low = middle + 1;
      else high = middle;
    }
    return entries[low]?.sequence === sequence ? low : -1;
  };

  return {
    add: (entry) => {
      entries.push(entry);
      held = { changes: held.changes + entry.changes.length, bytes: held.bytes + entry.bytes };
      let dropped = 0;
      for (const oldest of entries) {
        if (held.changes <= maxChanges && held.bytes <= maxBytes) break;
        held = { changes: held.changes - oldest.changes.length, bytes: held.bytes - oldest.bytes };
        horizon = oldest.sequence;
        dropped += 1;
      }
      if (dropped > 0) entries = entries.slice(dropped);
    },
    since: (sequence) => {
      const index = sequence === horizon ? -1 : indexOf(sequence);
      if (index < 0 && sequence !== horizon) return undefined;
      return entries.slice(index + 1).flatMap(({ changes }) => changes);
    },
    restart: (sequence) => {
      entries = [];
      held = { changes: 0, bytes: 0 };
      horizon = sequence;
    },
  };
};
