import { randomBytes } from 'node:crypto';
import type { Store } from '../../store/store.js';
import type { LedgerChange, ObservableLedger } from '../watch/ledger.js';
import { createCheckpoints } from './checkpoints.js';
import { type Cursors, createCursors } from './cursors.js';
import { createView, type Shown, type View } from './view.js';
import { isLasting, parseChange, writeChange } from './wire.js';

/** A change with what was shown of the object before it. */
export interface Published {
  readonly change: LedgerChange;
  readonly before: Shown | undefined;
}

/**
 * Every change of the ledger in one order that survives a restart: a client that says up to where it has heard is told the rest. A change is told once it is
 * in the store, so that no cursor names what a restart could lose.
 */
export interface Journal {
  readonly view: View;
  readonly cursors: Cursors;
  /** Of the last change that was told. */
  position(): number;
  /** What was told after that, oldest first; undefined when it reaches back too far, or was never given out. */
  since(sequence: number): readonly Published[] | undefined;
  /** Called in the order of the journal. Returns the way out. */
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
  readonly ledger: ObservableLedger;
  readonly store: Store;
  /** Whether such a backend is configured: what is kept of another one concerns nobody. */
  readonly isKnown: (backendKey: string) => boolean;
  /** For the log. */
  readonly fault: (message: string, cause: unknown) => void;
  readonly limits?: Partial<JournalLimits>;
}

/** Bounds. */
export interface JournalLimits {
  /** Objects shown of each kind. */
  readonly maxObjects: number;
  /** Changes held in memory for clients that come back. */
  readonly maxChanges: number;
  /** Entries, and bytes of them, after which the whole view is written. */
  readonly checkpointEntries: number;
  readonly checkpointBytes: number;
}

const defaults: JournalLimits = { maxObjects: 50_000, maxChanges: 20_000, checkpointEntries: 512, checkpointBytes: 8 * 1024 * 1024 };

const stream = 'changes';
const epochKey = 'changes-epoch';
const page = 100;

interface Entry {
  readonly sequence: number;
  readonly changes: readonly Published[];
}

export const createJournal = ({ ledger, store, isKnown, fault, limits }: JournalOptions): Journal => {
  const { maxObjects, maxChanges, checkpointEntries, checkpointBytes } = { ...defaults, ...limits };
  const view = createView(maxObjects);
  const checkpoints = createCheckpoints(store);
  const listeners = new Set<(change: LedgerChange) => void>();
  let epoch = randomBytes(6).toString('base64url');
  let position = 0;
  /** Where the entries held begin: of what is older only the outcome is known. */
  let horizon = 0;
  let entries: Entry[] = [];
  let held = 0;
  let pending: LedgerChange[] = [];
  let pumping: Promise<void> | undefined;
  /** Changes heard of, and those of them that were told. */
  const count = { heard: 0, told: 0 };
  let waiting: { readonly until: number; readonly resolve: () => void }[] = [];
  let writingView: Promise<void> | undefined;
  /** Since the last checkpoint. */
  let unsaved = { entries: 0, bytes: 0 };

  const hold = (entry: Entry): void => {
    entries.push(entry);
    held += entry.changes.length;
    let dropped = 0;
    while (held > maxChanges && dropped < entries.length - 1) {
      const oldest = entries[dropped];
      if (!oldest) break;
      held -= oldest.changes.length;
      horizon = oldest.sequence;
      dropped += 1;
    }
    if (dropped > 0) entries = entries.slice(dropped);
  };

  const take = (changes: readonly LedgerChange[]): readonly Published[] =>
    changes.map((change) => ({ change, before: view.apply(change) }));

  const saveView = (): void => {
    if (writingView || (unsaved.entries < checkpointEntries && unsaved.bytes < checkpointBytes)) return;
    unsaved = { entries: 0, bytes: 0 };
    writingView = checkpoints
      .write(position, view.lasting())
      .catch((cause: unknown) => fault('the view of the journal could not be written', cause))
      .finally(() => {
        writingView = undefined;
      });
  };

  /** Entries that a restart needs: those after the base. Sequence numbers may skip, so this is the least. */
  const keep = (): number => Math.max(checkpointEntries * 2, position - (checkpoints.base() ?? 0) + 1);

  /** What cannot be written is told all the same: whoever comes back may hear it twice. */
  const append = async (changes: readonly LedgerChange[]): Promise<number | undefined> => {
    const text = `[${changes.map(writeChange).join(',')}]`;
    unsaved = { entries: unsaved.entries + 1, bytes: unsaved.bytes + text.length };
    try {
      return await store.append(stream, text, { keep: keep() });
    } catch (cause) {
      fault('changes could not be written into the journal', cause);
      return undefined;
    }
  };

  const publish = async (changes: readonly LedgerChange[]): Promise<void> => {
    const lasting = changes.filter(isLasting);
    const sequence = lasting.length > 0 ? await append(lasting) : undefined;
    const published = take(changes);
    if (sequence !== undefined) {
      position = sequence;
      hold({ sequence, changes: published.filter(({ change }) => isLasting(change)) });
    }
    for (const change of changes) for (const listener of listeners) listener(change);
    count.told += changes.length;
    const served = waiting.filter(({ until }) => until <= count.told);
    waiting = waiting.filter(({ until }) => until > count.told);
    for (const { resolve } of served) resolve();
    saveView();
  };

  const pump = async (): Promise<void> => {
    // What one reading changes is written as one.
    await Promise.resolve();
    while (pending.length > 0) {
      const changes = pending;
      pending = [];
      await publish(changes);
    }
  };

  const wake = (): void => {
    pumping ??= pump()
      .catch((cause: unknown) => fault('changes could not be told', cause))
      .finally(() => {
        pumping = undefined;
        if (pending.length > 0) wake();
      });
  };

  const stopListening = ledger.listen((change) => {
    pending.push(change);
    count.heard += 1;
    wake();
  });

  const settled = (): Promise<void> =>
    count.told >= count.heard
      ? Promise.resolve()
      : new Promise((resolve) => {
          waiting.push({ until: count.heard, resolve });
        });

  const known = (changes: readonly LedgerChange[]): readonly LedgerChange[] =>
    changes.filter((change) => isKnown('value' in change ? change.value.backendKey : change.backendKey));

  const loadEntries = async (after: number): Promise<void> => {
    for (let from = after; ; ) {
      const { entries: found, truncated } = await store.read(stream, { after: from, limit: page });
      for (const { sequence, value } of found) {
        const parsed: unknown = JSON.parse(value);
        hold({ sequence, changes: take(known((Array.isArray(parsed) ? parsed : []).map(parseChange))) });
        position = sequence;
      }
      // What is missing in between can be told to nobody.
      if (truncated) [entries, held, horizon] = [[], 0, position];
      from = found.at(-1)?.sequence ?? from;
      if (found.length < page) return;
    }
  };

  const load = async (): Promise<void> => {
    if (!(await store.putIfAbsent(epochKey, epoch))) epoch = (await store.get(epochKey)) ?? epoch;
    const base = await checkpoints.load();
    if (base) take(known(base.changes));
    position = base?.sequence ?? 0;
    horizon = position;
    await loadEntries(position);
    ledger.restore(view.lasting());
  };

  return {
    view,
    cursors: createCursors(() => epoch),
    position: () => position,
    since: (sequence) => {
      if (sequence < horizon || sequence > position) return undefined;
      return entries.filter((entry) => entry.sequence > sequence).flatMap(({ changes }) => changes);
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    settled,
    load: async () => {
      try {
        await load();
      } catch (cause) {
        // A journal that cannot be read is begun anew: clients begin anew, too.
        fault('the journal of changes cannot be read; clients that come back begin anew', cause);
        epoch = randomBytes(6).toString('base64url');
        await store.put(epochKey, epoch);
        [entries, held, horizon] = [[], 0, position];
      }
    },
    dispose: async () => {
      stopListening();
      await pumping;
      await writingView;
    },
  };
};
