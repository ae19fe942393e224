import { randomUUID } from 'node:crypto';
import type { Instant } from '../../domain/index.js';
import type { Store } from '../../store/store.js';
import type { LedgerChange, ObservableLedger } from '../watch/ledger.js';
import { createCheckpoints } from './checkpoints.js';
import { type Cursors, createCursors } from './cursors.js';
import type { CheckpointLimits, LogOptions } from './log.js';
import { createEars } from './notices.js';
import { createOwnLog } from './own-log.js';
import { createPending } from './pending.js';
import type { Point, Published, RecentLimits } from './recent.js';
import { createSavedEntries } from './saved.js';
import { createSharedLog } from './shared-log.js';
import { createTold } from './told.js';
import type { View } from './view.js';
import { backendKeyOf } from './wire.js';

/**
 * Every change of the ledger in one order that survives a restart: a client that says up to where it has heard is told the rest. A change is told once it is
 * in the store, so that no cursor names what a restart could lose.
 */
export interface Journal {
  readonly view: View;
  readonly cursors: Cursors;
  /** Number of the last entry that was told. */
  position(): number;
  /** What was told after that, oldest first; undefined when it reaches back too far, or was never given out. Not to be changed: many share it. */
  since(point: Point): readonly Published[] | undefined;
  /** Resolves when what was told up to there has been read, should a client have heard it at another instance; after a short while in any case. */
  reach(point: Point): Promise<void>;
  /** Called in the order of the journal, when the view shows the change already. Returns the way out. */
  listen(listener: (change: LedgerChange) => void): () => void;
  /** Tells all other instances, in the order of the journal. Nothing is written where the store is not shared. `body` is JSON. */
  announce(topic: string, body: unknown): void;
  /** Called for what other instances announce, in the order of the journal, after this one began. Returns the way out. */
  hear(topic: string, listener: (body: unknown, from: string) => void): () => void;
  /**
   * Drops what this instance has read of the backend and told nobody yet: somebody else leads it now. But for how tasks have ended, which stays true; for
   * tasks that run and that nobody else has told of, so that it is found out how they end; and for those that are to be kept (those it runs itself).
   */
  discard(backendKey: string, keep: (taskId: string) => boolean): void;
  /**
   * Called when the shared store could not be reached (true): what is announced from then on is not told. And when the log goes on (false), also after
   * some of it was missed: whoever announces has to do so again, and may have missed what others did.
   */
  detached(listener: (isDetached: boolean) => void): () => void;
  /** Resolves when everything that the ledger knows by now has been told. */
  settled(): Promise<void>;
  /** Takes up what an earlier run has left; the ledger knows it then, too. */
  load(): Promise<void>;
  /** Tells nothing more, and returns when what is under way is written. */
  dispose(): Promise<void>;
}

/** How to make one. */
export interface JournalOptions {
  readonly ledger: Pick<ObservableLedger, 'listen' | 'restore' | 'adopt' | 'agreeBy'>;
  readonly store: Store;
  /** Names this instance among those that share the store. Default: a name of its own. */
  readonly instance?: string;
  /** Whether such a backend is configured: what is kept of another one concerns nobody. */
  readonly isKnown: (backendKey: string) => boolean;
  /** For the log. */
  readonly fault: (message: string, cause: unknown) => void;
  readonly limits?: Partial<JournalLimits>;
  readonly now?: () => Instant;
}

/**
 * Bounds: changes held in memory for clients that come back, and bytes of them in the store; entries, and bytes of them, after which the whole view is
 * written.
 */
export type JournalLimits = RecentLimits & CheckpointLimits;

const mebibyte = 1024 * 1024;
const defaults: JournalLimits = { maxChanges: 20_000, maxBytes: 32 * mebibyte, checkpointEntries: 512, checkpointBytes: 8 * mebibyte };

/** A store that takes entries but no checkpoints must not fill up: of so many times as many as lie between two of them, the oldest are let go. */
const mostCheckpointsMissed = 16;

/** Who writes the view for all instances. It is given back at once; one that died at it keeps others waiting for so long. */
const lease = 'journal';
const leaseMs = 60_000;

export const createJournal = (options: JournalOptions): Journal => {
  const { ledger, store, isKnown, fault, instance = randomUUID(), now = Date.now } = options;
  const limits = { ...defaults, ...options.limits };
  const isShared = store.shared === true;
  const told = createTold({ limits, isKnown, fault });
  const pending = createPending();
  const ears = createEars(fault);
  const parts: LogOptions = {
    ...{ instance, ledger, pending, told, limits, isKnown, fault },
    loaded: () => ledger.restore(told.view.all().filter((change) => isKnown(backendKeyOf(change)))),
    saved: createSavedEntries(store, limits.checkpointEntries * mostCheckpointsMissed),
    checkpoints: createCheckpoints(store, now),
  };
  const alone = async (work: () => Promise<number>): Promise<number | undefined> => {
    if (!(await store.acquireLease(lease, instance, leaseMs))) return undefined;
    try {
      return await work();
    } finally {
      await store.releaseLease(lease, instance);
    }
  };
  const log = isShared ? createSharedLog({ ...parts, ears, alone, now }) : createOwnLog(parts);
  if (isShared) ledger.agreeBy(pending.settled);

  const stopListening = ledger.listen(
    (change) => {
      if (change.remote) return;
      pending.add(change);
      log.wake();
    },
    { fills: true },
  );

  return {
    view: told.view,
    cursors: createCursors(() => told.point().epoch),
    position: () => told.point().sequence,
    since: told.recent.since,
    reach: log.reach,
    listen: told.listen,
    announce: (topic, body) => {
      if (!isShared) return;
      pending.announce({ topic, body });
      log.wake();
    },
    hear: ears.hear,
    detached: ears.detached,
    discard: log.discard,
    settled: pending.settled,
    load: log.load,
    dispose: async () => {
      stopListening();
      await log.dispose();
    },
  };
};
