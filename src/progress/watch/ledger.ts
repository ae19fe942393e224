import { LRUCache } from 'lru-cache';
import { type Instant, isFinal, type Job, type Ledger, type Revised, type Task } from '../../domain/index.js';

/** A change of one object, told to whoever watches. */
export type LedgerChange =
  | { readonly kind: 'job'; readonly value: Revised<Job> }
  | { readonly kind: 'task'; readonly value: Revised<Task> }
  /** The vendor no longer has it. */
  | { readonly kind: 'job-gone' | 'task-gone'; readonly id: string; readonly backendKey: string };

/** The ledger as the hub sees it. */
export interface ObservableLedger extends Ledger {
  job(id: string): Revised<Job> | undefined;
  task(id: string): Revised<Task> | undefined;
  /** The latest of that native id. */
  jobByNativeId(backendKey: string, nativeId: string): Revised<Job> | undefined;
  taskByNativeId(backendKey: string, nativeId: string): Revised<Task> | undefined;
  /** Drops an object and tells the watchers; nothing happens when it is not held. */
  forgetJob(id: string): void;
  forgetTask(id: string): void;
  /** Called in the same turn as the change. Returns the way out. */
  listen(listener: (change: LedgerChange) => void): () => void;
}

/** How to make one. */
export interface LedgerOptions {
  /** Objects remembered of each kind; the least recently seen go first. */
  readonly maxObjects?: number;
  readonly now?: () => Instant;
  /** Adds what the gateway itself knows about a task (who began it, under which key). */
  readonly decorate?: (task: Task) => Task;
}

interface Entry<T> {
  value: Revised<T>;
  /** When the read began that this value comes from. */
  readAt: Instant;
}

/** Not facts but renderings of one answer: `raw`, and elapsed times (`…ForMs`), which move with the clock. `updatedAt` follows from the rest. */
const isVolatile = (key: string): boolean => key === 'raw' || key === 'updatedAt' || key === 'revision' || key.endsWith('ForMs');

const sameFact = (left: unknown, right: unknown): boolean => {
  if (Object.is(left, right)) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    return (
      Array.isArray(left) &&
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((each, index) => sameFact(each, right[index]))
    );
  }
  return sameFields(left, right);
};

/** Whether two objects agree in every field that both have; a field that one read did not ask for says nothing. */
const sameFields = (known: object, seen: object): boolean => {
  const before: Record<string, unknown> = { ...known };
  return Object.entries(seen).every(
    ([key, value]) => isVolatile(key) || value === undefined || before[key] === undefined || sameFact(before[key], value),
  );
};

const merge = <T extends object>(known: T, seen: T): T => {
  const merged: T = { ...known };
  for (const key of Object.keys(seen) as (keyof T)[]) if (seen[key] !== undefined) merged[key] = seen[key];
  return merged;
};

/** The newest that was seen of every object. Revisions are epoch milliseconds at least, so that they also grow over restarts. */
export const createLedger = (options: LedgerOptions = {}): ObservableLedger => {
  const now = options.now ?? Date.now;
  const decorate = options.decorate ?? ((task: Task) => task);
  const max = options.maxObjects ?? 50_000;
  const jobs = new LRUCache<string, Entry<Job>>({ max });
  const tasks = new LRUCache<string, Entry<Task>>({ max });
  /** `job <backend> <native>` → global id of the latest. */
  const latest = new LRUCache<string, string>({ max: max * 2 });
  const listeners = new Set<(change: LedgerChange) => void>();

  const tell = (change: LedgerChange): void => {
    for (const listener of listeners) listener(change);
  };

  const stamp = <T extends { readonly id: string }>(
    held: LRUCache<string, Entry<T>>,
    seen: T,
    readAt: Instant,
    changed: (value: Revised<T>) => void,
  ): Revised<T> => {
    const entry = held.get(seen.id);
    // What came from here is no new reading: it must not outdo one that is on its way.
    if (entry?.value === seen) return entry.value;
    if (!entry) {
      const value = { ...seen, revision: now() };
      held.set(seen.id, { value, readAt });
      changed(value);
      return value;
    }
    // A read that began before the one we know of may be older than an event already sent: what we know wins, what only it asked for is added.
    if (readAt < entry.readAt) return merge<Revised<T>>({ ...seen, revision: entry.value.revision }, entry.value);
    const same = sameFields(entry.value, seen);
    const revision = same ? entry.value.revision : Math.max(entry.value.revision + 1, now());
    const value = { ...merge<T>(entry.value, seen), revision };
    entry.value = value;
    entry.readAt = readAt;
    if (!same) changed(value);
    return value;
  };

  /** What is not held any more was forgotten since it was stamped. */
  const newest = <T extends { readonly id: string }>(
    held: LRUCache<string, Entry<T>>,
    stamped: readonly Revised<T>[],
  ): readonly Revised<T>[] =>
    stamped.flatMap((value) => {
      const entry = held.get(value.id);
      return entry ? [merge<Revised<T>>(value, entry.value)] : [];
    });

  /** `updatedAt` is when the last change was seen, unless the vendor says it better. */
  const settle = (seen: Task, readAt: Instant): Task => {
    const task = decorate(seen);
    const known = tasks.get(task.id)?.value;
    // An end is final, whoever read it: the book learns of it a tick later and must not bring the task back to life meanwhile.
    if (known && isFinal(known.state) && !isFinal(task.state)) return known;
    const same = known !== undefined && sameFields(known, task);
    return { ...task, updatedAt: same ? known.updatedAt : (task.updatedAt ?? readAt) };
  };

  return {
    stampJobs: (seen, readAt) =>
      seen.map((job) => {
        latest.set(`job ${job.backendKey} ${job.nativeId}`, job.id);
        return stamp(jobs, job, readAt, (value) => tell({ kind: 'job', value }));
      }),
    stampTasks: (seen, readAt) =>
      seen.map((task) => {
        const held = tasks.get(task.id)?.value;
        if (held === task) return held;
        const settled = settle(task, readAt);
        if (settled.nativeId !== null) latest.set(`task ${settled.backendKey} ${settled.nativeId}`, settled.id);
        return stamp(tasks, settled, readAt, (value) => tell({ kind: 'task', value }));
      }),
    jobByNativeId: (backendKey, nativeId) => jobs.get(latest.get(`job ${backendKey} ${nativeId}`) ?? '')?.value,
    taskByNativeId: (backendKey, nativeId) => tasks.get(latest.get(`task ${backendKey} ${nativeId}`) ?? '')?.value,
    newestJobs: (stamped) => newest(jobs, stamped),
    newestTasks: (stamped) => newest(tasks, stamped),
    job: (id) => jobs.get(id)?.value,
    task: (id) => tasks.get(id)?.value,
    forgetJob: (id) => {
      const entry = jobs.get(id);
      if (!entry) return;
      jobs.delete(id);
      tell({ kind: 'job-gone', id, backendKey: entry.value.backendKey });
    },
    forgetTask: (id) => {
      const entry = tasks.get(id);
      if (!entry) return;
      tasks.delete(id);
      tell({ kind: 'task-gone', id, backendKey: entry.value.backendKey });
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};
