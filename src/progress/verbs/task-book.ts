import { LRUCache } from 'lru-cache';
import { type AnyVerb, type Instant, isFinal, type Job, parseId, type Task, type TaskBook } from '../../domain/index.js';
import type { Store } from '../../store/store.js';

/** A task the gateway knows by itself, as it is kept. */
export interface TaskRecord {
  readonly task: Task;
  /** The verb it stands for; null for a parent of several verbs. */
  readonly verb: AnyVerb | null;
  /** The vendor's own id, where the vendor runs it. */
  readonly vendorTaskId: string | null;
  /** The job as it was when the verb was sent, by its global id: a job of the same name made later is another one. Null for a detector's task. */
  readonly jobId: Job['id'] | null;
  /** Nobody looks after it any longer than this; absent: until it has ended. */
  readonly followUntil?: Instant;
}

/** The book as the verbs write it. */
export interface WritableTaskBook extends TaskBook {
  record(id: string): TaskRecord | undefined;
  /** Those that somebody has to follow, of all backends: not ended, and not at rest. */
  unfinished(): readonly TaskRecord[];
  /** Returns when it is durable. Intent comes before the deed: write first, then send the verb. */
  write(record: TaskRecord): Promise<void>;
  /** Holds what a task is like by now, until the next write: steps on the way are not worth a write each. */
  note(record: TaskRecord): void;
  /** Adds what the gateway knows of a vendor's task: who began it, under which key, for which parent. */
  decorate(task: Task): Task;
  /** Reads what an earlier run of the gateway left behind. */
  load(): Promise<void>;
  /** Drops ended tasks older than the retention, and the oldest beyond the bound. Returns their ids. */
  prune(): Promise<readonly string[]>;
}

/** Bounds of the book. */
export interface TaskBookOptions {
  readonly store: Store;
  readonly now?: () => Instant;
  /** How long the end of a task is remembered. */
  readonly retentionMs?: number;
  /** Tasks remembered over all backends. */
  readonly maxTasks?: number;
  /** Told of each ended task that is dropped because there are too many. */
  readonly dropped: (id: string) => void;
  /** Told of an entry that cannot be read; it is left in the store as it is. */
  readonly damaged: (key: string, cause: unknown) => void;
}

/**
 * Whether a task has come to where it stays: a real-time run that runs, for months perhaps. Nobody waits for its end, and a vendor that has such runs
 * tells of them by itself.
 */
export const isResting = (task: Task): boolean => task.continuous === true && task.state === 'RUNNING';

/** How long a real-time run is given to come to run: with too little data or an index that is not there it may try for months. */
export const startLastsMs = 2 * 60_000;

/** A real-time run that has not ended is its vendor's to tell of; the book only adds to it. */
const isVendorsToTell = (task: Task): boolean => task.continuous === true && !isFinal(task.state);

/** A task whose start could not be read when it began was given the gateway's own time: clocks and the network may differ by so much. */
const startToleranceMs = 60_000;

/** Native task ids are handed out again when a node restarts: only the start tells two of them apart. */
const sameRun = (known: Task, seen: Task): boolean =>
  known.id === seen.id ||
  (known.startedAt !== null && seen.startedAt !== null && Math.abs(known.startedAt - seen.startedAt) < startToleranceMs);

const prefix = 'tasks/';
const page = 500;
/** How far the bound may be passed before the book is pruned on the spot: pruning looks at every record. */
const slack = 100;

export const createTaskBook = ({
  store,
  now = Date.now,
  retentionMs = 7 * 86_400_000,
  maxTasks = 10_000,
  dropped,
  damaged,
}: TaskBookOptions): WritableTaskBook => {
  const records = new Map<string, TaskRecord>();
  /** Latest task of a backend and native id: what vendors list is matched by it. */
  const byNative = new LRUCache<string, string>({ max: maxTasks * 2 });

  const hold = (record: TaskRecord): void => {
    records.set(record.task.id, record);
    if (record.vendorTaskId !== null) byNative.set(`${record.task.backendKey} ${record.vendorTaskId}`, record.task.id);
  };

  const newestFirst = (left: TaskRecord, right: TaskRecord): number =>
    (right.task.startedAt ?? 0) - (left.task.startedAt ?? 0) || (left.task.id < right.task.id ? 1 : -1);

  const drop = async (record: TaskRecord): Promise<void> => {
    records.delete(record.task.id);
    await store.delete(prefix + record.task.id);
  };

  /** Whether somebody has to look after it: it has not ended, is not at rest, and has not been tried for too long. */
  const isFollowed = ({ task, followUntil = Number.POSITIVE_INFINITY }: TaskRecord): boolean =>
    !isFinal(task.state) && !isResting(task) && followUntil > now();

  /** The oldest beyond the bound that nobody waits for. */
  const surplus = (): readonly TaskRecord[] => {
    const left = [...records.values()].filter((record) => !isFollowed(record)).sort(newestFirst);
    return left.slice(Math.max(0, maxTasks - (records.size - left.length)));
  };

  const holderOf = (task: Task): Task | undefined =>
    [...records.values()].find(
      (record) =>
        record.vendorTaskId !== null &&
        !isFinal(record.task.state) &&
        !isResting(record.task) &&
        record.task.backendKey === task.backendKey &&
        record.task.kind === task.kind &&
        record.task.jobNativeId === task.jobNativeId,
    )?.task;

  return {
    tasksOf: (backendKey) =>
      [...records.values()]
        .filter(({ task }) => task.backendKey === backendKey && !isVendorsToTell(task))
        .sort(newestFirst)
        .map((record) => record.task),
    find: (id) => {
      const { backend, native, incarnation } = parseId(id);
      const latest = incarnation === undefined ? byNative.get(`${backend} ${native}`) : undefined;
      const task = (records.get(id) ?? records.get(latest ?? ''))?.task;
      return task && !isVendorsToTell(task) ? task : undefined;
    },
    record: (id) => records.get(id),
    unfinished: () => [...records.values()].filter(isFollowed),
    note: hold,
    write: async (record) => {
      hold(record);
      if (records.size > maxTasks + slack) for (const each of surplus()) void drop(each).then(() => dropped(each.task.id));
      await store.put(prefix + record.task.id, JSON.stringify(record));
    },
    decorate: (task) => {
      const id = task.nativeId === null ? undefined : byNative.get(`${task.backendKey} ${task.nativeId}`);
      const known = id === undefined ? undefined : records.get(id);
      // Without the privilege to list tasks a vendor's job only names one entry of the task that holds it, perhaps not the one it handed out.
      if (task.startedAt === null && task.jobNativeId !== null && known?.task.id !== task.id) return holderOf(task) ?? task;
      if (!known || !sameRun(known.task, task)) return task;
      // A vendor that forgets, or lists a moment too long, must not bring an ended task back to life.
      if (isFinal(known.task.state) && !isFinal(task.state)) return known.task;
      const { startedBy, parentId, idempotencyKey } = known.task;
      return { ...task, id: known.task.id, startedBy: startedBy ?? task.startedBy, parentId: parentId ?? task.parentId, idempotencyKey };
    },
    load: async () => {
      let after: string | undefined;
      for (;;) {
        const entries = await store.list(prefix, { limit: page, ...(after === undefined ? {} : { after }) });
        for (const { key, value } of entries) {
          try {
            hold(JSON.parse(value) as TaskRecord);
          } catch (cause) {
            damaged(key, cause);
          }
        }
        after = entries.at(-1)?.key;
        if (entries.length < page) return;
      }
    },
    prune: async () => {
      const oldest = now() - retentionMs;
      const tooOld = [...records.values()].filter(
        (record) => isFinal(record.task.state) && (record.task.endedAt ?? record.task.updatedAt ?? 0) < oldest,
      );
      const leaving = [...new Set([...tooOld, ...surplus()])];
      for (const record of leaving) await drop(record);
      return leaving.map((record) => record.task.id);
    },
  };
};
