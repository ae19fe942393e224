import { randomUUID } from 'node:crypto';
import {
  type Backend,
  type Backends,
  type FieldSet,
  filterTouches,
  type GlobalId,
  gatewayTaskNative,
  type Instant,
  isFinal,
  isUnfinished,
  type Job,
  type JobFilter,
  type JobState,
  jobFilterFields,
  matchesJob,
  matchesTask,
  parseId,
  type Revised,
  sameObject,
  type Task,
  type TaskFilter,
  type TaskState,
  textOfId,
} from '../../domain/index.js';
import { VigilError } from '../../errors.js';
import type { ListStep, ProgressHub, TaskStep, WatchOptions } from '../hub.js';
import type { WritableTaskBook } from '../verbs/task-book.js';
import type { TaskKeeper } from '../verbs/task-keeper.js';
import type { Interest } from './interest.js';
import type { LedgerChange, ObservableLedger } from './ledger.js';
import { createListWatch, type ListWatch } from './list-watch.js';
import type { Poller } from './poller.js';

/** What the hub is made from. */
export interface HubOptions {
  readonly backends: Backends;
  readonly pollerOf: (key: string) => Poller;
  readonly ledger: ObservableLedger;
  readonly book: WritableTaskBook;
  readonly keeper: TaskKeeper;
  readonly now?: () => Instant;
}

/** The hub, and the hand that tells it of health. */
export interface ManagedHub extends ProgressHub {
  backendChanged(backend: Backend): void;
  /** Watches now open, for metrics. */
  watches(): number;
}

/** How long the first step of a list waits for a backend that does not answer. */
const patienceMs = 5_000;
const patience = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, patienceMs).unref();
  });

/** A hub's streams do not survive it: a cursor of another one is from another epoch, and gives a reset. */
const createCursors = (): (() => string) => {
  const epoch = randomUUID().slice(0, 8);
  let sequence = 0;
  return () => {
    sequence += 1;
    return Buffer.from(`${epoch}.${sequence.toString(36)}`).toString('base64url');
  };
};

/** The same set when nothing is missing: thousands of watches that share one set are asked for as one. */
const withFields = (fields: FieldSet, more: readonly string[]): FieldSet =>
  more.every((field) => fields.has(field)) ? fields : new Set([...fields, ...more]);

export const createHub = (options: HubOptions): ManagedHub => {
  const { backends, pollerOf, ledger, book, keeper } = options;
  const now = options.now ?? Date.now;
  const nextCursor = createCursors();
  const healthListeners = new Set<(backend: Backend) => void>();
  const openWatches = new Set<{ end(): void }>();

  /** Follows a list on the backends it touches; the loops begin with the first watch and end with the last. */
  const watchList = <T extends Job | Task, S>(list: {
    readonly touched: readonly Backend[];
    /** Absent: nothing has to be asked of the vendor for it. */
    readonly interest?: Interest;
    readonly matches: (value: Revised<T>) => boolean;
    readonly stateOf: (value: Revised<T>) => S;
    readonly current: (backend: Backend) => readonly Revised<T>[];
    readonly feed: (watch: ListWatch<T, S>, change: LedgerChange) => void;
    readonly options: WatchOptions;
  }): ListWatch<T, S> => {
    const ways: (() => void)[] = [];
    const watch: ListWatch<T, S> = createListWatch<T, S>({
      matches: list.matches,
      stateOf: list.stateOf,
      snapshot: list.options.snapshot ?? true,
      cursor: nextCursor,
      backends: () => list.touched,
      current: () => list.touched.flatMap((backend) => list.current(backend)),
      begin: async () => {
        ways.push(ledger.listen((change) => list.feed(watch, change)));
        const health = (backend: Backend): void => {
          if (list.touched.some((each) => each.key === backend.key)) watch.touchBackend(backend);
        };
        healthListeners.add(health);
        ways.push(() => healthListeners.delete(health));
        const { interest } = list;
        if (!interest) return;
        const pollers = list.touched.map((backend) => pollerOf(backend.key));
        for (const poller of pollers) ways.push(poller.watch(interest));
        // A backend that hangs must not keep the others' objects from the client: its own come as `added` when it answers.
        if (interest.jobs || interest.tasks) await Promise.race([Promise.all(pollers.map((poller) => poller.fresh(interest))), patience()]);
      },
      end: () => {
        openWatches.delete(entry);
        for (const leave of ways.splice(0)) leave();
      },
    });
    const entry = { end: () => void watch.return?.() };
    openWatches.add(entry);
    return watch;
  };

  const vendorOf = (key: string): string => backends.get(key).vendor;
  const busyJobs = (backendKey: string): ReadonlySet<string> =>
    new Set(tasksOf(backends.get(backendKey)).flatMap((task) => (isUnfinished(task) && task.jobNativeId ? [task.jobNativeId] : [])));

  const tasksOf = (backend: Backend): readonly Revised<Task>[] => {
    const all = new Map<string, Revised<Task>>();
    for (const task of [...(pollerOf(backend.key).tasks()?.items ?? []), ...book.tasksOf(backend.key)]) {
      const known = ledger.task(book.decorate(task).id);
      if (known) all.set(known.id, known);
    }
    return [...all.values()];
  };

  const jobsOf = (backend: Backend): readonly Revised<Job>[] =>
    (pollerOf(backend.key).jobs()?.items ?? []).flatMap((job) => ledger.job(job.id) ?? []);

  const watchJobs = (filter: JobFilter, watching: WatchOptions): ListWatch<Job, JobState> => {
    const wantsBusy = filter.busy !== undefined;
    const wantsTasks = wantsBusy || watching.fields.has('Job.currentTask') || watching.fields.has('Job.tasks');
    return watchList<Job, JobState>({
      touched: backends.all.filter((backend) => filterTouches(filter, backend)),
      interest: { fields: withFields(watching.fields, jobFilterFields(filter)), jobs: true, tasks: wantsTasks },
      matches: (job) => matchesJob(filter, vendorOf(job.backendKey), job, wantsBusy && busyJobs(job.backendKey).has(job.nativeId)),
      stateOf: (job) => job.state ?? 'UNKNOWN',
      current: jobsOf,
      feed: (watch, change) => {
        if (change.kind === 'job') watch.touch(change.value);
        if (change.kind === 'job-gone') watch.forget(change.id);
        if (change.kind === 'task' && wantsTasks && change.value.jobNativeId !== null) {
          const job = ledger.jobByNativeId(change.value.backendKey, change.value.jobNativeId);
          if (job) watch.touch(job);
        }
      },
      options: watching,
    });
  };

  const watchTasks = (filter: TaskFilter, watching: WatchOptions, asksVendor = true): ListWatch<Task, TaskState> =>
    watchList<Task, TaskState>({
      touched: backends.all.filter((backend) => filterTouches(filter, backend)),
      ...(asksVendor ? { interest: { fields: watching.fields, jobs: false, tasks: true } } : {}),
      matches: (task) => matchesTask(filter, vendorOf(task.backendKey), task),
      stateOf: (task) => task.state,
      current: tasksOf,
      feed: (watch, change) => {
        if (change.kind === 'task') watch.touch(change.value);
        if (change.kind === 'task-gone') watch.forget(change.id);
        // Its tasks lead to it: a cache that follows `Task.job` has to hear that it leads nowhere now.
        if (change.kind === 'job-gone' && watching.fields.has('Task.job')) {
          const { native } = parseId(change.id);
          for (const task of tasksOf(backends.get(change.backendKey))) if (task.jobNativeId === native) watch.touch(task);
        }
      },
      options: watching,
    });

  /** The task an id names, from what is known or from its vendor. Throws NOT_FOUND. */
  const findTask = async (id: GlobalId, watching: WatchOptions): Promise<Revised<Task>> => {
    const backend = backends.get(id.backend);
    const text = textOfId(id);
    const kept = book.find(text);
    if (kept) return ledger.task(kept.id) ?? { ...kept, revision: now() };
    const unknown = new VigilError('NOT_FOUND', `There is no task ${text}, or its backend has forgotten it.`, {
      backend: id.backend,
      vendor: backend.vendor,
    });
    if (id.native === gatewayTaskNative) throw unknown;
    const readAt = now();
    const ending = new AbortController();
    const { readings } = await backend.adapter.readTasks(
      [id.native],
      watching.fields,
      backend.call({ signal: ending.signal, requestId: 'watch' }),
    );
    const reading = readings.get(id.native);
    if (reading?.status === 'undetermined') throw reading.cause;
    if (reading?.status !== 'found') throw unknown;
    const [task] = ledger.stampTasks([reading.value], readAt);
    if (!task || !sameObject(id, parseId(task.id))) throw unknown;
    return task;
  };

  const watchTask = (id: GlobalId, watching: WatchOptions): AsyncIterableIterator<TaskStep> => {
    let list: ListWatch<Task, TaskState> | undefined;
    let shown: Revised<Task> | undefined;
    let over = false;

    const finish = async (): Promise<IteratorResult<TaskStep>> => {
      over = true;
      await list?.return?.();
      return { done: true, value: undefined };
    };

    const begin = async (): Promise<IteratorResult<TaskStep>> => {
      const task = await findTask(id, watching);
      if (over) return finish();
      shown = task;
      if (!isFinal(task.state)) {
        list = watchTasks({ ids: [parseId(task.id)] }, { ...watching, snapshot: false }, task.nativeId !== null);
      }
      return { done: false, value: { cursor: nextCursor(), task } };
    };

    const proceed = async (last: Revised<Task>): Promise<IteratorResult<TaskStep>> => {
      while (!over && list && !isFinal(last.state)) {
        const { done, value: step } = await list.next();
        if (done) break;
        // What the vendor's list does not show by now has to be asked for by name.
        if (step.reset && last.nativeId !== null) pollerOf(last.backendKey).track(last);
        const task = ledger.task(last.id) ?? last;
        const healthChanged = !step.reset && step.backends.length > 0;
        if (task.revision === last.revision && !healthChanged) continue;
        shown = task;
        return { done: false, value: { cursor: step.cursor, task } };
      }
      return finish();
    };

    return {
      next: async () => {
        if (over) return { done: true, value: undefined };
        return shown ? proceed(shown) : begin();
      },
      return: finish,
      throw: async (error) => {
        await finish();
        throw error;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  };

  const watchBackends = (): AsyncIterableIterator<ListStep<never>> =>
    watchList<never, never>({
      touched: backends.all,
      interest: { fields: new Set(), jobs: false, tasks: false },
      matches: () => false,
      stateOf: (value) => value,
      current: () => [],
      feed: () => undefined,
      options: { fields: new Set() },
    });

  return {
    watchTask,
    watchTasks: (filter, watching) => watchTasks(filter, watching),
    watchJobs,
    watchBackends,
    liveCursor: nextCursor,
    backendChanged: (backend) => {
      for (const listener of healthListeners) listener(backend);
    },
    watches: () => openWatches.size,
    dispose: async () => {
      keeper.release();
      for (const watch of [...openWatches]) watch.end();
      await Promise.all(backends.all.map((backend) => pollerOf(backend.key).dispose()));
    },
  };
};
