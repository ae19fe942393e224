import { randomBytes } from 'node:crypto';
import type { Store } from '../../store/store.js';
import type { LedgerChange, ObservableLedger } from '../watch/ledger.js';
import { createCheckpoints } from './checkpoints.js';
import { type Cursors, createCursors } from './cursors.js';
import { createRecentEntries, type Published } from './recent.js';
import { createSavedEntries } from './saved.js';
import { createView, type View } from './view.js';
import { backendKeyOf, isLasting, isNews, parseEntry, writeEntry } from './wire.js';

/**
 * Every change of the ledger in one order that survives a restart: a client that says up to where it has heard is told the rest. A change is told once it is
 * in the store, so that no cursor names what a restart could lose.
 */
export interface Journal {
  readonly view: View;
  readonly cursors: Cursors;
  /** Number of the last entry that was told. */
  position(): number;
  /** What was told after that, oldest first; undefined when it reaches back too far, or was never given out. */
  since(sequence: number): readonly Published[] | undefined;
  /** Called in the order of the journal, when the view shows the change already. Returns the way out. */
  listen(listener: (change: LedgerChange) => void): () => void;
  /** Resolves when everything that the ledger knows by now has been told. */
  settled(): Promise<void>;
  /** Takes up what an earlier run has left; the ledger knows it then, too. */
  load(): Promise<void>;
  /** Tells nothing more, and returns when what is under way is written. */
  dispose(): Promise<void>;
}

/** How to make one. */
export interface JournalOptions {
  readonly ledger: Pick<ObservableLedger, 'listen' | 'restore'>;
  readonly store: Store;
  /** Whether such a backend is configured: what is kept of another one concerns nobody. */
  readonly isKnown: (backendKey: string) => boolean;
  /** For the log. */
  readonly fault: (message: string, cause: unknown) => void;
  readonly limits?: Partial<JournalLimits>;
}

/** Bounds. */
export interface JournalLimits {
  /** Changes held in memory for clients that come back, and bytes of them in the store. */
  readonly maxChanges: number;
  readonly maxBytes: number;
  /** Entries, and bytes of them, after which the whole view is written. */
  readonly checkpointEntries: number;
  readonly checkpointBytes: number;
}

const mebibyte = 1024 * 1024;
const defaults: JournalLimits = { maxChanges: 20_000, maxBytes: 32 * mebibyte, checkpointEntries: 512, checkpointBytes: 8 * mebibyte };

/** Changes written as one: those of one reading, as long as they are not too many. */
const batch = 500;

const newEpoch = (): string => randomBytes(6).toString('base64url');

export const createJournal = ({ ledger, store, isKnown, fault, limits }: JournalOptions): Journal => {
  const { checkpointEntries, checkpointBytes, ...held } = { ...defaults, ...limits };
  const view = createView();
  const recent = createRecentEntries(held);
  const checkpoints = createCheckpoints(store);
  const saved = createSavedEntries(store, checkpointEntries);
  const listeners = new Set<(change: LedgerChange) => void>();
  let epoch = newEpoch();
  let position = 0;
  const pending: LedgerChange[] = [];
  let pumping: Promise<void> | undefined;
  /** Changes heard of, and those of them that were told. */
  const count = { heard: 0, told: 0 };
  let waiting: { readonly until: number; readonly resolve: () => void }[] = [];
  let writingView: Promise<void> | undefined;
  /** Since the last checkpoint; `all`: nothing of what was before it counts any more. */
  let unsaved = { entries: 0, bytes: 0, all: false };

  const take = (changes: readonly LedgerChange[]): readonly Published[] =>
    changes.map((change) => ({ change, before: view.apply(change) }));

  const hold = (sequence: number, bytes: number, changes: readonly Published[]): void => {
    position = sequence;
    recent.add({ sequence, bytes, changes: changes.filter(({ change }) => isNews(change)) });
    unsaved = { ...unsaved, entries: unsaved.entries + 1, bytes: unsaved.bytes + bytes };
  };

  const writeView = async (): Promise<void> => {
    const { all } = unsaved;
    unsaved = { entries: 0, bytes: 0, all: false };
    try {
      saved.mark(position);
      await checkpoints.write({ epoch, sequence: position, changes: view.lasting() }, all);
      saved.keepSince(checkpoints.kept());
    } catch (cause) {
      unsaved = { ...unsaved, all: unsaved.all || all };
      fault('the view of the journal could not be written', cause);
    }
  };

  const saveView = (): void => {
    if (writingView || !(unsaved.all || unsaved.entries >= checkpointEntries || unsaved.bytes >= checkpointBytes)) return;
    writingView = writeView().finally(() => {
      writingView = undefined;
    });
  };

  /** Cursors handed out so far mean nothing any more: what came in between is in no entry. */
  const beginAnew = (): void => {
    epoch = newEpoch();
    recent.restart(position);
    unsaved = { ...unsaved, all: true };
  };

  /** What cannot be written is told all the same; but then nobody can be told it again. */
  const publish = async (changes: readonly LedgerChange[]): Promise<void> => {
    const lasting = changes.filter(isLasting);
    const text = writeEntry(lasting);
    let sequence: number | undefined;
    let failure: { readonly cause: unknown } | undefined;
    try {
      if (lasting.length > 0) sequence = await saved.append(text);
    } catch (cause) {
      failure = { cause };
    }
    // From here on in one turn: who asks in between would be told half of it.
    const published = take(changes);
    if (sequence !== undefined)
      hold(
        sequence,
        text.length,
        published.filter(({ change }) => isLasting(change)),
      );
    if (failure) {
      beginAnew();
      fault('changes could not be written into the journal; clients that come back begin anew', failure.cause);
    }
    for (const change of changes.filter(isNews)) for (const listener of listeners) tell(listener, change);
    count.told += changes.length;
    const served = waiting.filter(({ until }) => until <= count.told);
    waiting = waiting.filter(({ until }) => until > count.told);
    for (const { resolve } of served) resolve();
    saveView();
  };

  const tell = (listener: (change: LedgerChange) => void, change: LedgerChange): void => {
    try {
      listener(change);
    } catch (cause) {
      fault('a watch could not be told of a change', cause);
    }
  };

  const pump = async (): Promise<void> => {
    // What one reading changes is written as one.
    await Promise.resolve();
    while (pending.length > 0) await publish(pending.splice(0, batch));
  };

  const wake = (): void => {
    pumping ??= pump().finally(() => {
      pumping = undefined;
      if (pending.length > 0) wake();
    });
  };

  const hear = (change: LedgerChange): void => {
    pending.push(change);
    count.heard += 1;
    wake();
  };
  const stopListening = ledger.listen(hear, { fills: true });

  /** Returns whether clients may go on from where they were. */
  const load = async (): Promise<boolean> => {
    const base = await checkpoints.load();
    if (!base) return false;
    let isWhole = true;
    const known = (changes: readonly LedgerChange[]): readonly LedgerChange[] => {
      const found = changes.filter((change) => isKnown(backendKeyOf(change)));
      isWhole &&= found.length === changes.length;
      return found;
    };
    take(known(base.changes));
    epoch = base.epoch;
    position = base.sequence;
    recent.restart(position);
    saved.mark(position);
    for await (const { entries, gap } of saved.after(position)) {
      isWhole &&= !gap;
      for (const { sequence, value } of entries) {
        hold(sequence, value.length, take(known(parseEntry(value))));
        saved.count();
        if (checkpoints.kept().includes(sequence)) saved.mark(sequence);
      }
    }
    return isWhole;
  };

  /** Writes down that the journal begins here: what is before it in the store is not looked at again. */
  const begin = async (): Promise<void> => {
    position = await saved.append(writeEntry([]));
    beginAnew();
    await writeView();
  };

  return {
    view,
    cursors: createCursors(() => epoch),
    position: () => position,
    since: recent.since,
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    settled: () =>
      count.told >= count.heard
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push({ until: count.heard, resolve });
          }),
    load: async () => {
      let resumes = false;
      try {
        resumes = await load();
      } catch (cause) {
        fault('the journal of changes cannot be read; clients that come back begin anew', cause);
        view.clear();
      }
      if (!resumes) await begin();
      ledger.restore(view.lasting());
    },
    dispose: async () => {
      stopListening();
      await pumping;
      await writingView;
    },
  };
};
