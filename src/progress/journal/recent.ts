import type { LedgerChange } from '../watch/ledger.js';
import { sameFields } from '../watch/merge-readings.js';
import type { Place } from './cursors.js';
import type { Shown } from './view.js';
import { idOf } from './wire.js';

/** A moment that the journal has a name for. */
export type Point = Omit<Place, 'own'>;

/** A change with what was shown of the object before it. */
export interface Published {
  readonly change: LedgerChange;
  readonly before: Shown | undefined;
}

/** Changes that were written as one. */
export interface Entry extends Point {
  /** Of what is in the store. */
  readonly bytes: number;
  readonly changes: readonly Published[];
  /** These changes lead from what was told while the journal could not be reached back to what it says: nobody has been told them. */
  readonly seam?: true;
}

/** The latest entries, in memory: what clients that come back are told. */
export interface RecentEntries {
  add(entry: Entry): void;
  /** What came after that, oldest first; undefined when it is not the place of an entry that is held, or of the one before them. */
  since(point: Point): readonly Published[] | undefined;
  /** All that is held, and the point before it. */
  held(): { readonly from: Point; readonly entries: readonly Entry[] };
  /** Holds nothing any more: entries after that point follow. */
  restart(point: Point): void;
}

/** How much is held. */
export interface RecentLimits {
  readonly maxChanges: number;
  readonly maxBytes: number;
}

/** Answers that are kept for others who stand at the same point: after an outage many come back at once. */
const mostShared = 64;

const nameOf = ({ epoch, sequence }: Point): string => `${epoch} ${sequence}`;

const isSame = (before: Shown | undefined, change: LedgerChange): boolean =>
  'value' in change ? before !== undefined && sameFields(before, change.value) : before === undefined;

/** Who was told of something while the journal could not be reached must not be told of it again because the journal says so later. */
const withoutRepeats = (changes: readonly Published[]): readonly Published[] => {
  const first = new Map<string, Shown | undefined>();
  const last = new Map<string, LedgerChange>();
  for (const { change, before } of changes) {
    const id = idOf(change);
    if (!first.has(id)) first.set(id, before);
    last.set(id, change);
  }
  const isNothing = (id: string): boolean => {
    const change = last.get(id);
    return change !== undefined && isSame(first.get(id), change);
  };
  return changes.filter(({ change }) => !isNothing(idOf(change)));
};

export const createRecentEntries = ({ maxChanges, maxBytes }: RecentLimits): RecentEntries => {
  let entries: Entry[] = [];
  /** The point before the entries held. */
  let from: Point = { epoch: '', sequence: 0 };
  /** How many entries were let go so far; and the number of each one held, counted from the first ever. */
  let gone = 0;
  const numbers = new Map<string, number>();
  let held = { changes: 0, bytes: 0 };
  const shared = new Map<number, readonly Published[]>();

  const forget = (point: Point, number: number): void => {
    if (numbers.get(nameOf(point)) === number) numbers.delete(nameOf(point));
  };

  return {
    add: (entry) => {
      shared.clear();
      entries.push(entry);
      numbers.set(nameOf(entry), gone + entries.length);
      held = { changes: held.changes + entry.changes.length, bytes: held.bytes + entry.bytes };
      let dropped = 0;
      for (const oldest of entries) {
        if (held.changes <= maxChanges && held.bytes <= maxBytes) break;
        held = { changes: held.changes - oldest.changes.length, bytes: held.bytes - oldest.bytes };
        forget(from, gone + dropped);
        from = oldest;
        dropped += 1;
      }
      if (dropped === 0) return;
      gone += dropped;
      entries = entries.slice(dropped);
    },
    since: (point) => {
      const number = numbers.get(nameOf(point));
      if (number === undefined) return undefined;
      const known = shared.get(number);
      if (known) return known;
      const after = entries.slice(number - gone);
      const changes = after.flatMap((entry) => entry.changes);
      const answer = after.some(({ seam }) => seam) ? withoutRepeats(changes) : changes;
      if (shared.size < mostShared) shared.set(number, answer);
      return answer;
    },
    held: () => ({ from, entries }),
    restart: (point) => {
      entries = [];
      held = { changes: 0, bytes: 0 };
      gone = 0;
      from = point;
      numbers.clear();
      numbers.set(nameOf(point), 0);
      shared.clear();
    },
  };
};
