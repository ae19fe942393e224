import { type Backend, type FieldSet, type Instant, isFinal, type Job, type PartFailure, type Task, unionOf } from '../../domain/index.js';
import { isVigilError, type VigilError } from '../../errors.js';
import type { TaskKeeper } from '../verbs/task-keeper.js';
import type { Follower } from './follower.js';
import { type Interest, jobsWanted, tasksWanted } from './interest.js';
import type { ObservableLedger } from './ledger.js';

/** What the last tick read. */
export interface PolledPart<T> {
  readonly items: readonly T[];
  readonly missing: readonly PartFailure[];
  readonly fields: FieldSet;
}

/** The one loop that asks a backend, for everybody who watches. Runs while somebody watches or a task is followed; then not at all. */
export interface Poller {
  readonly backend: Backend;
  /** Adds a watcher. Returns the way out. */
  watch(interest: Interest): () => void;
  /** Something was begun: look now. */
  wake(): void;
  /** Asks about this task until it has ended, should the vendor's list not show it; as long as anybody watches. */
  track(task: Task): void;
  /** Resolves once a tick that is no older than one fast interval has covered the interest; with the failure when the backend did not answer. */
  fresh(interest: Interest): Promise<VigilError | undefined>;
  /** What the last tick read; undefined when nobody watches it or it failed. */
  jobs(): PolledPart<Job> | undefined;
  tasks(): PolledPart<Task> | undefined;
  dispose(): Promise<void>;
}

/** How to make one. */
export interface PollerOptions {
  readonly backend: Backend;
  readonly fastMs: number;
  readonly slowMs: number;
  readonly ledger: ObservableLedger;
  readonly follower: Follower;
  readonly keeper: TaskKeeper;
  readonly now?: () => Instant;
  readonly random?: () => number;
  /** Re-learns what the backend is, unless that was done less than so long ago: the whole tick when only its health is watched. */
  readonly probe: (maxAgeMs: number) => Promise<void>;
  /** Told after each tick, for metrics. */
  readonly ticked: (tick: { readonly durationMs: number; readonly failed: boolean }) => void;
  /** For the log: a fault of the gateway itself. */
  readonly fault: (message: string, cause: unknown) => void;
}

export const createPoller = (options: PollerOptions): Poller => {
  const { backend, fastMs, slowMs, ledger, follower, keeper, probe, ticked, fault } = options;
  const now = options.now ?? Date.now;
  const random = options.random ?? Math.random;
  const interests = new Set<Interest>();
  const ending = new AbortController();
  /** Unfinished tasks seen so far: one that is missing from a later list has to be asked about. */
  const open = new Map<string, Task>();
  let known = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let delay = fastMs;
  let polledJobs: PolledPart<Job> | undefined;
  let polledTasks: PolledPart<Task> | undefined;
  /** When the last tick ended, and how, if badly. */
  let last: { readonly at: Instant; readonly error?: VigilError } = { at: 0 };
  let waiters: { readonly since: number; readonly resolve: () => void }[] = [];
  let ticks = 0;

  const needed = (): boolean => interests.size > 0 || follower.tasksToFollow(backend).length > 0;

  const readJobs = async (fields: FieldSet, requestId: string): Promise<void> => {
    const readAt = now();
    const listing = await backend.adapter.listJobs(fields, backend.call({ signal: ending.signal, requestId }));
    // Before the watchers are told: what they resolve next is answered from here.
    polledJobs = { ...listing, fields };
    const stamped = ledger.stampJobs(listing.items, readAt);
    const present = new Set(stamped.map((job) => job.id));
    for (const id of known) if (!present.has(id)) ledger.forgetJob(id);
    known = present;
  };

  const readTasks = async (fields: FieldSet, requestId: string): Promise<ReadonlySet<string>> => {
    const readAt = now();
    const listing = await backend.adapter.discoverTasks(fields, backend.call({ signal: ending.signal, requestId }));
    polledTasks = { ...listing, fields };
    const stamped = ledger.stampTasks(listing.items, readAt);
    for (const task of stamped) {
      open.set(task.id, task);
      await keeper.absorb(task);
    }
    return new Set(listing.items.flatMap((task) => (task.nativeId === null ? [] : [task.nativeId])));
  };

  const read = async (): Promise<void> => {
    const requestId = `poll-${backend.key}-${ticks}`;
    const fields = unionOf(new Set([...interests].map((interest) => interest.fields)));
    const wanted = [...interests];
    const wantJobs = wanted.some(jobsWanted);
    const wantTasks = wanted.some(tasksWanted) || follower.tasksToFollow(backend).some((record) => record.vendorTaskId !== null);
    if (!wantJobs) polledJobs = undefined;
    if (!wantTasks) polledTasks = undefined;
    const [, listed] = await Promise.all([
      wantJobs ? readJobs(fields, requestId) : undefined,
      wantTasks ? readTasks(fields, requestId) : new Set<string>(),
    ]);
    await follower.follow(backend, [...open.values()], listed, fields, backend.call({ signal: ending.signal, requestId }));
    for (const task of open.values()) if (isFinal(ledger.task(task.id)?.state ?? 'LOST')) open.delete(task.id);
    // Beside the reads, and slowly: it changes when somebody upgrades the backend, or prepares to.
    if (wantJobs || wantTasks) void probe(slowMs);
    else await probe(0);
  };

  const tick = async (): Promise<void> => {
    const begun = ++ticks;
    const startedAt = now();
    let changes = 0;
    const stopListening = ledger.listen(() => {
      changes += 1;
    });
    let failure: VigilError | undefined;
    try {
      await read();
    } catch (error) {
      if (isVigilError(error)) failure = error;
      else fault('a poll met a fault', error);
    } finally {
      stopListening();
    }
    if (failure) {
      polledJobs = undefined;
      polledTasks = undefined;
    }
    last = { at: now(), ...(failure ? { error: failure } : {}) };
    ticked({ durationMs: now() - startedAt, failed: failure !== undefined });
    const moving = changes > 0 || open.size > 0 || follower.tasksToFollow(backend).length > 0;
    // Never faster on errors; what the backend asks for is a lower bound.
    delay = failure
      ? Math.max(Math.min(slowMs, delay * 2), failure.facts.retryAfterMs ?? 0)
      : moving
        ? fastMs
        : Math.min(slowMs, delay * 1.5);
    serve(begun);
  };

  /** Lets those go who have waited for a tick up to this one. */
  const serve = (begun: number): void => {
    const served = waiters.filter((waiter) => waiter.since < begun);
    waiters = waiters.filter((waiter) => waiter.since >= begun);
    for (const waiter of served) waiter.resolve();
  };

  const schedule = (inMs: number): void => {
    clearTimeout(timer);
    timer = undefined;
    if (ending.signal.aborted || !needed()) {
      rest();
      return;
    }
    timer = setTimeout(run, inMs);
  };

  const rest = (): void => {
    delay = fastMs;
    open.clear();
    known = new Set();
    polledJobs = undefined;
    polledTasks = undefined;
    last = { at: 0 };
    serve(Number.POSITIVE_INFINITY);
  };

  const run = (): void => {
    if (running) return;
    running = tick().finally(() => {
      running = undefined;
      schedule(waiters.length > 0 ? 0 : delay * (0.9 + random() * 0.2));
    });
  };

  const soon = (): void => {
    delay = fastMs;
    if (!running) schedule(0);
  };

  const covers = (interest: Interest): boolean => {
    const includes = (part: { readonly fields: FieldSet } | undefined): boolean =>
      part !== undefined && (part.fields === interest.fields || [...interest.fields].every((field) => part.fields.has(field)));
    return (!jobsWanted(interest) || includes(polledJobs)) && (!tasksWanted(interest) || includes(polledTasks));
  };

  return {
    backend,
    watch: (interest) => {
      interests.add(interest);
      if (!timer && !running) schedule(0);
      return () => {
        if (interests.delete(interest) && !needed() && !running) schedule(0);
      };
    },
    wake: soon,
    track: (task) => {
      open.set(task.id, task);
    },
    fresh: async (interest) => {
      if (last.at + fastMs >= now() && (last.error !== undefined || covers(interest))) return last.error;
      await new Promise<void>((resolve) => {
        waiters.push({ since: ticks, resolve });
        soon();
      });
      return last.error;
    },
    jobs: () => polledJobs,
    tasks: () => polledTasks,
    dispose: async () => {
      ending.abort();
      clearTimeout(timer);
      timer = undefined;
      interests.clear();
      await running;
      clearTimeout(timer);
      rest();
    },
  };
};
