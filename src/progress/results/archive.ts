import { randomUUID } from 'node:crypto';
import {
  type Action,
  type CallOptions,
  type Connection,
  formatId,
  type Instant,
  type Job,
  type KeptResults,
  type ResultMembers,
  type ResultState,
  type Task,
  type VendorAdapter,
} from '../../domain/index.js';
import type { Store } from '../../store/store.js';
import { createArchivedAdapter, withCollecting } from './archived-adapter.js';
import { createArchivedVerbs } from './archived-verbs.js';
import { createBodies } from './bodies.js';
import type { ByteBudget } from './byte-budget.js';
import { createCollector } from './collector.js';
import { createEnds, losses } from './ends.js';
import { createKeptResults } from './kept-results.js';
import { createReadOnce } from './read-once.js';
import { nameOf } from './record.js';
import { createRender, resultStateOf } from './render.js';
import { createRetention } from './retention.js';
import { createShelfOfRecords, type Entry } from './shelf.js';
import { createSightings } from './sightings.js';
import { settleTwins } from './twins.js';

/** What has become of a job without anybody having read it, or that its record was let go. */
export type ArchiveChange =
  | { readonly kind: 'changed'; readonly job: Job; readonly task: Task }
  | { readonly kind: 'dropped'; readonly jobId: string; readonly taskId: string }
  /** Another instance has brought a job whose end has to be learnt. */
  | { readonly kind: 'stirred' };

/** A result that nobody can have any more. */
export interface LostResult {
  /** Native id, with the incarnation. */
  readonly job: string;
  /** A word for it, and what it means. */
  readonly loss: string;
  readonly reason: string;
}

/** How much there is of what, for metrics. */
export interface ArchiveTally {
  /** Jobs that are remembered. */
  readonly states: Readonly<Record<ResultState, number>>;
  /** Of the results that are kept, as they were sent. */
  readonly bytes: number;
  /** Being read from the server just now. */
  readonly underWay: number;
  /** Done and ours, and still at the server. */
  readonly waiting: number;
}

/** What a backend hands over once, for good: its jobs by names that stay, how they ended, and their results. */
export interface JobArchive {
  /** In place of the vendor's own. */
  readonly adapter: VendorAdapter;
  readonly results: KeptResults;
  /** What the archive adds to what the vendor can do. */
  capabilities(vendors: readonly Action[]): readonly Action[];
  /** Reads what an earlier run has left; also what other instances have written unnoticed. */
  load(): Promise<void>;
  /** Whether there are jobs whose end has to be learnt, whether anybody watches or not. */
  isNeeded(): boolean;
  /** Asks, in the background, for the jobs that are due by the list just read. Nobody but the loop calls it. */
  collect(): void;
  /** Lets go of what is beyond its bounds. */
  prune(): Promise<void>;
  tally(): ArchiveTally;
  /** Returns the way out. */
  listen(listener: (change: ArchiveChange) => void): () => void;
  /** Begins no new read and lets those under way end, for some time: they cannot be repeated. Idempotent. */
  dispose(): Promise<void>;
}

/** What one is made from. */
export interface ArchiveOptions {
  readonly backendKey: string;
  /** Member of the GraphQL enum. */
  readonly vendor: string;
  readonly adapter: VendorAdapter & { readonly results: ResultMembers };
  readonly store: Store;
  readonly consume: NonNullable<Connection['consume']>;
  readonly limits: ArchiveLimits;
  /** What results may take, shared with the archives of other backends. */
  readonly budget: ByteBudget;
  /** Options for one question of the archive's own. */
  readonly call: (requestId: string, signal: AbortSignal) => CallOptions;
  /** For the log. */
  readonly noted: (level: 'debug' | 'warn', message: string, facts: Readonly<Record<string, unknown>>) => void;
  /** Told once of each result of ours that is lost. */
  readonly lost: (result: LostResult) => void;
  /** For the log: a fault of the gateway itself, or of its store. */
  readonly fault: (message: string, cause: unknown) => void;
  readonly now?: () => Instant;
}

/** Bounds and intervals. */
export interface ArchiveLimits {
  /** How long a result is kept. Default 7 days. */
  readonly retentionMs?: number;
  /** Jobs remembered. Default 10,000. */
  readonly maxRecords?: number;
  /** How long the right to read a result lasts without being renewed, and how often it is. Defaults 10 s and 3 s. */
  readonly leaseMs?: number;
  readonly renewMs?: number;
  /** First pause after a job could not be asked for twice; doubles up to a minute. Default 1 s. */
  readonly retryMs?: number;
  /** What reads under way are given when the gateway stops. Default 15 s. */
  readonly lastReadsMs?: number;
}

const defaults: Required<ArchiveLimits> = {
  retentionMs: 7 * 86_400_000,
  maxRecords: 10_000,
  leaseMs: 10_000,
  renewMs: 3_000,
  retryMs: 1_000,
  lastReadsMs: 15_000,
};

export const createArchive = ({
  backendKey,
  vendor,
  adapter,
  store,
  consume,
  limits,
  budget,
  call,
  noted,
  lost,
  fault,
  now = Date.now,
}: ArchiveOptions): JobArchive => {
  const bounds = { ...defaults, ...limits };
  const listeners = new Set<(change: ArchiveChange) => void>();
  const tell = (change: ArchiveChange): void => {
    for (const listener of listeners) listener(change);
  };
  const consumesAll = consume === 'all';
  const { results } = adapter;

  const render = createRender({ backendKey, taskKind: () => adapter.taskKindOf('START_JOB') });
  const show = (entry: Entry): void =>
    tell({
      kind: 'changed',
      job: render.job(entry, verbs.actionsOf(entry, call('changed', new AbortController().signal).profile)),
      task: render.task(entry),
    });
  const shelf = createShelfOfRecords({
    backendKey,
    store,
    now,
    damaged: (key, cause) => fault(`the kept job ${key} cannot be read`, cause),
    changed: show,
    dropped: ({ record: { number, incarnation } }) =>
      tell({
        kind: 'dropped',
        jobId: formatId('job', backendKey, number, incarnation),
        taskId: formatId('task', backendKey, number, incarnation),
      }),
    stirred: () => tell({ kind: 'stirred' }),
    settleTwins: (all) => settleTwins(all, shelf, ends),
    fault,
  });
  const ends = createEnds(
    shelf,
    {
      lost: ({ record }, loss) => {
        const facts: LostResult = { job: nameOf(record), loss, reason: losses[loss] };
        // What is somebody else's is theirs to take.
        if (record.ours) lost(facts);
        else noted('debug', 'a job of somebody else is gone', { ...facts });
      },
      late: ({ record }) => noted('warn', 'a result that was given up for lost has come', { job: nameOf(record) }),
    },
    now,
  );
  const bodies = createBodies({ backendKey, store, results, fault });
  const retention = createRetention({
    ...bounds,
    shelf,
    bodies,
    budget,
    now,
  });
  const readOnce = createReadOnce({
    ...bounds,
    backendKey,
    store,
    shelf,
    bodies,
    ends,
    results,
    holder: randomUUID(),
    now,
    fault,
    told: show,
  });
  const collector = createCollector({
    ...bounds,
    shelf,
    readOnce,
    store,
    consumesAll,
    call,
    now,
    noted,
    fault,
    received: retention.prune,
  });
  const sightings = createSightings({
    adapter,
    shelf,
    ends,
    consumesAll,
    isDurable: () => store.health().durable,
    grown: retention.shrink,
    now,
  });
  const verbs = createArchivedVerbs({ backendKey, vendor, adapter, store, shelf, sightings, collector, ends, now });

  const unfollow = shelf.follow();

  return {
    adapter: createArchivedAdapter({ adapter, shelf, sightings, verbs, render }),
    results: createKeptResults({ backendKey, vendor, shelf, bodies, results, render, fault }),
    capabilities: withCollecting<Action>,
    load: async () => {
      await shelf.load();
      await readOnce.recover();
    },
    isNeeded: collector.isNeeded,
    collect: collector.collect,
    prune: async () => {
      // What others have let go, or received, counts.
      await shelf.sync();
      await readOnce.recover();
      await retention.prune();
      await retention.shrink();
    },
    tally: () => {
      const states = { NONE: 0, AVAILABLE: 0, UNCLAIMED: 0, LOST: 0, EXPIRED: 0 };
      let bytes = 0;
      for (const entry of shelf.all()) {
        const state = resultStateOf(entry);
        states[state] += 1;
        if (state === 'AVAILABLE') bytes += entry.record.result.bytes ?? 0;
      }
      return { states, bytes, underWay: collector.underWay(), waiting: collector.waiting() };
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dispose: () => {
      unfollow();
      return collector.dispose();
    },
  };
};
