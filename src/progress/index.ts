import { randomUUID } from 'node:crypto';
import { type Backend, type Backends, type Instant, type Ledger, parseId, type Task } from '../domain/index.js';
import { VigilError } from '../errors.js';
import type { Store } from '../store/store.js';
import type { ManagedBackend } from './backends/create-backend.js';
import { createLiveBackends } from './backends/live-backends.js';
import { createToldLedger } from './backends/told-ledger.js';
import type { VerbService } from './hub.js';
import { createInstances } from './instances/create-instances.js';
import { createLoneInstance, type Instances, type Leadership } from './instances/instances.js';
import { watchForOtherBackends } from './instances/same-backends.js';
import { createSharedPoller } from './instances/shared-poller.js';
import { shareStandings } from './instances/standings.js';
import { createJournal, type JournalLimits } from './journal/journal.js';
import type { Orphans } from './results/orphans.js';
import type { AuditEntry } from './verbs/audit.js';
import { createIdempotency } from './verbs/idempotency.js';
import { createVerbRunner } from './verbs/runner.js';
import { createVerbService } from './verbs/service.js';
import { shareTasks } from './verbs/share-tasks.js';
import { createTaskBook, type WritableTaskBook } from './verbs/task-book.js';
import { createTaskKeeper, type TaskWait } from './verbs/task-keeper.js';
import { createHub, type ManagedHub } from './watch/create-hub.js';
import { createEstimates } from './watch/estimate.js';
import { createFollower } from './watch/follower.js';
import { createLedger, type ObservableLedger } from './watch/ledger.js';
import { createPoller, type Poller, type PollerOptions } from './watch/poller.js';

export { type ArchiveKeeping, createBackend, createBackends, type ManagedBackend } from './backends/create-backend.js';
export type * from './hub.js';
export type { ArchiveTally } from './results/archive.js';
export { createByteBudget } from './results/byte-budget.js';
export { createOrphans } from './results/orphans.js';
export type { AuditEntry } from './verbs/audit.js';

/** What the hub and the verbs are made from. */
export interface ProgressOptions {
  readonly backends: Omit<Backends, 'all'> & { readonly all: readonly ManagedBackend[] };
  readonly store: Store;
  readonly audit: (entry: AuditEntry) => void;
  /** For the log: a fault of the gateway itself. */
  readonly fault: (message: string, cause: unknown) => undefined;
  /** Told after each tick, for metrics. */
  readonly ticked?: (backendKey: string, tick: { readonly durationMs: number; readonly failed: boolean }) => void;
  /**
   * Told when this instance, one of several, has begun to ask a backend for all of them, and when it does so no more. `isAlone`: the store cannot be reached,
   * and it asks for its own clients only.
   */
  readonly turned?: (backendKey: string, leads: boolean, isAlone: boolean) => void;
  /** What is kept of backends that are configured no more. Absent: it is left as it is. */
  readonly orphans?: Orphans;
  readonly now?: () => Instant;
  /** How far back streams resume. */
  readonly journal?: Partial<JournalLimits>;
  /** Objects known of each kind. */
  readonly maxObjects?: number;
  /** Tasks remembered in the book, and for estimates. */
  readonly maxTasks?: number;
}

/** Everything that watches and acts, with one owner. */
export interface Progress {
  readonly hub: ManagedHub;
  readonly verbs: VerbService;
  readonly ledger: ObservableLedger;
  readonly book: WritableTaskBook;
  /** What events of subscriptions are resolved from. */
  readonly liveBackends: Backends;
  /** What they, and all other answers, are made with. */
  readonly liveLedger: Ledger;
  /** This gateway among those that share the store. */
  readonly instances: Pick<Instances, 'self' | 'leads'>;
  /** Finds the tasks of an earlier run again. */
  start(): Promise<void>;
  /** Mutations that wait for a task answer now with what is known. */
  stopWaiting(): void;
  dispose(): Promise<void>;
}

const pruneEveryMs = 3_600_000;
/** Refusals come in bulk: a backend is asked about itself once for all of them. */
const refusalsApartMs = 1_000;

export const createProgress = ({
  backends,
  store,
  audit,
  fault,
  ticked,
  turned,
  orphans,
  now = Date.now,
  journal: limits,
  maxObjects,
  maxTasks,
}: ProgressOptions): Progress => {
  const remembersEnds = (key: string): boolean => backends.all.find((backend) => backend.key === key)?.adapter.listTasks !== undefined;
  /** What the book lets go of is gone, unless its vendor still tells of it. */
  const letGo = (id: string): void => {
    if (!remembersEnds(parseId(id).backend)) ledger.forgetTask(id);
  };
  const book = createTaskBook({
    store,
    now,
    ...(maxTasks === undefined ? {} : { maxTasks }),
    announce: (topic, body) => journal.announce(topic, body),
    dropped: letGo,
    damaged: (key, cause) => fault(`the kept task ${key} cannot be read`, cause),
  });
  /** Names this process in the log. */
  const instance = randomUUID();
  const estimates = createEstimates(maxTasks);
  const ledger = createLedger({
    now,
    ...(maxObjects === undefined ? {} : { maxObjects }),
    // What comes out of the book is no reading: nothing can be learnt from it about how fast things go.
    decorate: (task, readAt) => estimates.fill(book.decorate(task), book.record(task.id)?.task === task ? undefined : readAt),
    adopted: estimates.adopt,
  });
  const journal = createJournal({
    ledger,
    store,
    instance,
    isKnown: (key) => backends.all.some((backend) => backend.key === key),
    fault,
    ...(limits ? { limits } : {}),
  });
  const leadership: Leadership | undefined = store.shared
    ? createInstances({
        instance,
        store,
        backendKeys: backends.all.map(({ key }) => key),
        channel: journal,
        replaced: (key) => journal.discard(key, (taskId) => runner.isAtWork(taskId)),
        now,
        fault,
      })
    : undefined;
  // To the very end: the lead is given back last.
  if (leadership && turned) leadership.turned(turned);
  const instances: Instances = leadership ?? createLoneInstance(instance);
  const keeper = createTaskKeeper({ book, ledger, remembersEnds, now });
  const relearn = async ({ key }: Backend): Promise<void> =>
    backends.all.find((backend) => backend.key === key)?.learnIfOlder(refusalsApartMs);
  const track = (backend: Backend, task: Task, wait: TaskWait): void => {
    const poller = pollerOf(backend.key);
    const leave = poller.watch({ fields: new Set(), lists: ['tasks'], awaited: true });
    poller.track(task);
    poller.wake();
    void keeper.waitFor(task.id, wait).finally(leave);
  };
  const runner = createVerbRunner({
    keeper,
    ledger,
    instances,
    track,
    now,
    fault,
    refused: (backend) => void relearn(backend),
    wake: (backend) => pollerOf(backend.key).wake(),
  });
  const follower = createFollower({ book, keeper, ledger, instances, isAtWork: runner.isAtWork, now });
  const idempotency = createIdempotency(store, now, instances);

  const loopOf = (backend: ManagedBackend, more: Partial<PollerOptions> = {}): Poller =>
    createPoller({
      backend,
      ...backend.connection.poll,
      ledger,
      follower,
      keeper,
      ...(backend.archive ? { archive: backend.archive } : {}),
      now,
      fault,
      probe: backend.learnIfOlder,
      ticked: (tick) => ticked?.(backend.key, tick),
      ...more,
    });
  const sharedLoopOf = (backend: ManagedBackend, leaders: Leadership): Poller =>
    createSharedPoller({
      backend,
      fastMs: backend.connection.poll.fastMs,
      instance,
      instances: leaders,
      channel: journal,
      view: journal.view,
      settled: journal.settled,
      now,
      createLoop: (more) => loopOf(backend, more),
    });
  const pollers = new Map<string, Poller>(
    backends.all.map((backend) => [backend.key, leadership ? sharedLoopOf(backend, leadership) : loopOf(backend)]),
  );
  const pollerOf = (key: string): Poller => {
    const poller = pollers.get(backends.get(key).key);
    if (poller) return poller;
    throw new VigilError('INTERNAL', `Backend ${key} has no loop.`);
  };

  /** Wakes the loops of the backends, or of that one, where something has to be followed, whether anybody watches or not; who leads it follows it. */
  const follow = (backendKey?: string): void => {
    for (const backend of backends.all) {
      if ((backendKey !== undefined && backend.key !== backendKey) || !instances.leads(backend.key)) continue;
      if (follower.tasksToFollow(backend).length > 0 || backend.archive?.isNeeded()) pollerOf(backend.key).wake();
    }
  };
  const stopSharing = [
    shareTasks({ book, keeper, ledger, journal, instances, follow, fault }),
    ...(leadership
      ? [
          shareStandings(backends.all, leadership, journal),
          watchForOtherBackends({
            connections: backends.all.map(({ connection }) => connection),
            instances: leadership,
            channel: journal,
            fault,
          }),
        ]
      : []),
  ];

  // What becomes of a job that nobody has read is told as if it had been read now.
  const waysOut = backends.all.map(({ archive, key }) =>
    archive?.listen((change) => {
      if (change.kind === 'stirred') follow(key);
      else if (change.kind === 'changed') {
        ledger.stampJobs([change.job], now());
        ledger.stampTasks([change.task], now());
      } else {
        ledger.forgetJob(change.jobId);
        ledger.forgetTask(change.taskId);
      }
    }),
  );

  const liveLedger = createToldLedger(ledger, journal.view);
  const hub = createHub({ backends, pollerOf, ledger, journal, book, keeper, now });
  const verbs = createVerbService({
    backends,
    ledger,
    book,
    keeper,
    runner,
    idempotency,
    instances,
    audit,
    fault,
    track,
    now,
    // A verb is not refused for what was true some time ago.
    renew: async (backend) => (backend.profile().notice === null ? undefined : relearn(backend)),
    wake: (backend) => pollerOf(backend.key).wake(),
  });

  const prune = async (): Promise<void> => {
    for (const id of await book.prune()) letGo(id);
    await idempotency.prune();
    // First: what they take counts when it is judged what has to go.
    await orphans?.prune();
    for (const { archive } of backends.all) await archive?.prune();
  };
  const pruning = setInterval(() => {
    prune().catch((cause: unknown) => fault('old tasks could not be dropped', cause));
  }, pruneEveryMs);
  pruning.unref();

  return {
    hub,
    verbs,
    ledger,
    book,
    liveBackends: createLiveBackends(backends, pollerOf, { view: journal.view, ledger, mark: liveLedger.mark }),
    liveLedger,
    instances,
    start: async () => {
      await journal.load();
      await instances.start();
      await book.load();
      await idempotency.load();
      // Written into the journal, and not yet into the book when the process died: an end is final.
      for (const task of ledger.endedTasks()) await keeper.absorb(task);
      for (const { archive } of backends.all) await archive?.load();
      await prune();
      for (const backend of backends.all) {
        // The ledger knows most of them as they were last told, here or by another instance.
        for (const task of book.tasksOf(backend.key)) {
          const known = ledger.task(task.id);
          if (!known || (known.updatedAt ?? 0) < (task.updatedAt ?? 0)) ledger.stampTasks([task], task.updatedAt ?? 0);
        }
      }
      follow();
    },
    stopWaiting: () => {
      keeper.release();
      idempotency.release();
    },
    dispose: async () => {
      clearInterval(pruning);
      idempotency.release();
      for (const leave of [...stopSharing, ...waysOut]) leave?.();
      await runner.dispose();
      await hub.dispose();
      await instances.dispose();
      await journal.dispose();
    },
  };
};
