import { isFinal } from '../../domain/index.js';
import type { LedgerChange } from '../watch/ledger.js';
import { rebase } from './rebase.js';
import type { Shown } from './view.js';
import { idOf, type Notice } from './wire.js';

/** What this instance knows and has not written yet, in order. */
export interface Pending {
  add(change: LedgerChange): void;
  /** What was told already, and has to be written before all else that is known of the same object. */
  addTold(changes: readonly LedgerChange[]): void;
  announce(notice: Notice): void;
  /** What is to be written next. It is on its way until `written` or `back` is called. */
  take(): { readonly changes: readonly LedgerChange[]; readonly notices: readonly Notice[] };
  written(): void;
  /** It was not written: it comes first again. */
  back(): void;
  /** Others have written of an object, of which `before` was known: what is known here is put on top. Returns what comes last by then. */
  rebase(theirs: LedgerChange, before: Shown | undefined): LedgerChange | undefined;
  /** What is known last of an object. */
  top(id: string): LedgerChange | undefined;
  /** One change of every object of which something is pending. */
  objects(): readonly LedgerChange[];
  /** Lets go what was not told of objects; `goes` is asked with the last that is known of each. Returns that of those that went. */
  drop(goes: (last: LedgerChange) => boolean): readonly LedgerChange[];
  /** Everything is told, though it is not written. Returns what was not told before. */
  tellAll(): readonly LedgerChange[];
  /** Whether something was told before it is written. */
  hasTold(): boolean;
  hasUntold(): boolean;
  isEmpty(): boolean;
  dropNotices(): void;
  /** Resolves when everything that is known by now has been told, or is not worth it any more. */
  settled(): Promise<void>;
}

interface Item {
  readonly number: number;
  change: LedgerChange;
  told: boolean;
}

/** Changes written as one: those of one reading, as long as they are not too many. */
const batch = 500;
/** A store that hangs: beyond so many, of each object only the latest is kept. */
const mostInFull = 10_000;
/** Of one object: how it stood, how it ended, that it went, that it came back. */
const mostOfOne = 4;
/** Nobody announces as much in the time a store may take to answer. */
const mostNotices = 10_000;

const phaseOf = (change: LedgerChange): string => {
  if (!('value' in change)) return 'gone';
  return change.kind === 'task' && isFinal(change.value.state) ? 'ended' : 'there';
};

/** The later one, which tells what the earlier one would have told. */
const joined = (earlier: LedgerChange, later: LedgerChange): LedgerChange => {
  if (!('value' in earlier) || !('value' in later) || earlier.fills) return later;
  const { fills: _fills, ...news } = later;
  return { ...news, stirs: earlier.stirs || later.stirs };
};

export const createPending = (): Pending => {
  let queue = new Set<Item>();
  let taken: readonly Item[] = [];
  const byObject = new Map<string, Item[]>();
  let notices: Notice[] = [];
  let takenNotices: readonly Notice[] = [];
  /** Numbers of what was not told yet, ascending. */
  const untold = new Set<number>();
  let latest = 0;
  let waiting: { readonly until: number; readonly resolve: () => void }[] = [];
  let told = 0;

  const serve = (): void => {
    const first = untold.values().next().value ?? Number.POSITIVE_INFINITY;
    const served = waiting.filter(({ until }) => until < first);
    if (served.length === 0) return;
    waiting = waiting.filter(({ until }) => until >= first);
    for (const { resolve } of served) resolve();
  };

  const remove = (item: Item): void => {
    queue.delete(item);
    untold.delete(item.number);
    if (item.told) told -= 1;
    item.told = false;
    const siblings = byObject.get(idOf(item.change)) ?? [];
    if (siblings.at(-1) === item) siblings.pop();
    else siblings.splice(siblings.indexOf(item), 1);
    if (siblings.length === 0) byObject.delete(idOf(item.change));
  };

  const itemOf = (change: LedgerChange): Item => {
    latest += 1;
    return { number: latest, change, told: false };
  };

  const markTold = (item: Item): void => {
    if (item.told) return;
    item.told = true;
    told += 1;
    untold.delete(item.number);
  };

  /** Keeps of an object what counts. */
  const shorten = (id: string): void => {
    const items = byObject.get(id) ?? [];
    const [older, newer] = items.slice(-2);
    // What is on its way stays as it is.
    if (!older || !queue.has(older)) return;
    if (newer && older.told === newer.told && phaseOf(older.change) === phaseOf(newer.change)) {
      older.change = joined(older.change, newer.change);
      remove(newer);
    } else if (items.length > mostOfOne && items[0] && queue.has(items[0])) remove(items[0]);
  };

  return {
    add: (change) => {
      const item = itemOf(change);
      queue.add(item);
      untold.add(item.number);
      const id = idOf(change);
      const siblings = byObject.get(id);
      if (siblings) siblings.push(item);
      else byObject.set(id, [item]);
      if (queue.size > mostInFull) shorten(id);
    },
    addTold: (changes) => {
      const items = changes.map(itemOf);
      for (const item of items) {
        markTold(item);
        byObject.set(idOf(item.change), [item, ...(byObject.get(idOf(item.change)) ?? [])]);
      }
      queue = new Set([...items, ...queue]);
    },
    announce: (notice) => {
      notices.push(notice);
      if (notices.length > mostNotices) notices.shift();
    },
    take: () => {
      const items: Item[] = [];
      for (const item of queue) {
        if (items.length === batch) break;
        items.push(item);
      }
      for (const item of items) queue.delete(item);
      taken = items;
      takenNotices = notices;
      notices = [];
      return { changes: taken.map(({ change }) => change), notices: takenNotices };
    },
    written: () => {
      for (const item of taken) remove(item);
      taken = [];
      takenNotices = [];
      serve();
    },
    back: () => {
      queue = new Set([...taken, ...queue]);
      notices = [...takenNotices, ...notices];
      taken = [];
      takenNotices = [];
    },
    rebase: (theirs, before) => {
      const items = byObject.get(idOf(theirs));
      if (!items) return undefined;
      const remains = rebase(
        items.map(({ change }) => change),
        before,
        theirs,
      );
      for (const [index, item] of [...items].entries()) {
        const change = remains[index];
        if (change) item.change = change;
        else remove(item);
      }
      serve();
      return byObject.get(idOf(theirs))?.at(-1)?.change;
    },
    top: (id) => byObject.get(id)?.at(-1)?.change,
    objects: () => [...byObject.values()].flatMap((items) => items.at(-1)?.change ?? []),
    drop: (goes) => {
      const gone: LedgerChange[] = [];
      for (const items of [...byObject.values()]) {
        const last = items.at(-1);
        if (!last || last.told || !goes(last.change)) continue;
        gone.push(last.change);
        // What is on its way cannot be called back.
        for (const item of [...items]) if (queue.has(item) && !item.told) remove(item);
      }
      serve();
      return gone;
    },
    tellAll: () => {
      const news = [...queue].filter((item) => !item.told);
      const changes = news.map(({ change }) => change);
      for (const item of news) markTold(item);
      for (const change of changes) shorten(idOf(change));
      serve();
      return changes;
    },
    hasTold: () => told > 0,
    hasUntold: () => untold.size > 0,
    isEmpty: () => queue.size + notices.length === 0,
    dropNotices: () => {
      notices = [];
    },
    settled: () =>
      untold.size === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push({ until: latest, resolve });
          }),
  };
};
