import { LRUCache } from 'lru-cache';
import { type Instant, isFinal, parseId, type Task, type TaskBook } from '../../domain/index.js';
import type { Store } from '../../store/store.js';
import { createKeptRecords, type TaskRecord, taskRecordOf } from './kept-records.js';

/** What instances tell one another of their books: a record as it was written, and the ids of those that were let go. */
export const bookTopics = ['record', 'dropped'] as const;
type BookTopic = (typeof bookTopics)[number];

/** The book as the verbs write it. */
export interface WritableTaskBook extends TaskBook {
  record(id: string): TaskRecord | undefined;
  /** Those that somebody has to follow, of all backends: not ended, and not at rest. */
  unfinished(): readonly TaskRecord[];
  /**
   * Returns when it is durable, with what stands: of several ends the first one counts, whichever instance wrote it. Intent comes before the deed: write
   * first, then send the verb.
   */
  write(record: TaskRecord): Promise<TaskRecord>;
  /** Holds what a task is like by now, until the next write: steps on the way are not worth a write each, and what another instance tells it writes itself. */
  note(record: TaskRecord): void;
  /** Adds what the gateway knows of a vendor's task: who began it, under which key, for which parent. */
  decorate(task: Task): Task;
  /** As the store knows it, where it is not known here: another instance may have written it a moment ago. */
  lookUp(id: string): Promise<TaskRecord | undefined>;
  /** Takes in what another instance has announced. Returns the record that is news. */
  hear(topic: BookTopic, body: unknown): TaskRecord | undefined;
  /** Other instances cannot be reached (true), or can be again: then what was written meanwhile is taken in, here and there. */
  detached(isDetached: boolean): Promise<void>;
  /** Reads what an earlier run of the gateway, or other instances, have written. */
  load(): Promise<void>;
  /** Writes down the ends that others have told of and perhaps not written: one of them is dead. */
  settle(): Promise<void>;
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
  /** Tells the other instances; absent: there are none. */
  readonly announce?: (topic: BookTopic, body: unknown) => void;
  /** Told of each ended task that is dropped because there are too many. */
  readonly dropped: (id: string) => void;
  /** Told of an entry that cannot be read, and is left in the store as it is. */
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

/** A guessed start is the gateway's own time: clocks and the network may differ by so much. */
const startToleranceMs = 60_000;

/** Native task ids are handed out again, when a node restarts or sooner: only the start tells two of them apart. */
const sameRun = ({ task: known, startGuessed }: TaskRecord, seen: Task): boolean => {
  if (known.id === seen.id) return true;
  if (known.startedAt === null || seen.startedAt === null) return false;
  return known.startedAt === seen.startedAt || (startGuessed === true && Math.abs(known.startedAt - seen.startedAt) < startToleranceMs);
};

/** What is said of a task that has not ended counts unless more is known here. */
const isOlder = (told: Task, known: Task): boolean => !isFinal(told.state) && (told.updatedAt ?? 0) < (known.updatedAt ?? 0);

/** How far the bound may be passed before the book is pruned on the spot: pruning looks at every record. */
const slack = 100;
const droppedAtOnce = 200;
/** What was told may be on its way to the others for so long, and be lost when they can be reached no longer. */
const underWayMs = 60_000;
/** Dropped records whose late steps are known for what they are. */
const dropsRemembered = 1_000;

export const createTaskBook = ({
  store,
  now = Date.now,
  retentionMs = 7 * 86_400_000,
  maxTasks = 10_000,
  announce = () => undefined,
  dropped,
  damaged,
}: TaskBookOptions): WritableTaskBook => {
  const kept = createKeptRecords({ store, damaged });
  const records = new Map<string, TaskRecord>();
  /** Latest task of a backend and native id: what vendors list is matched by it. */
  const byNative = new LRUCache<string, string>({ max: maxTasks * 2 });
  /** Ended, as was noted and not written. */
  const unwritten = new Set<string>();
  const droppedLately = new LRUCache<string, true>({ max: dropsRemembered });
  /** When each record was last told to the others; whether they have heard it is not known once the way to them was cut. */
  const told = new LRUCache<string, Instant>({ max: maxTasks });
  let cutAt: Instant | undefined;

  const hold = (record: TaskRecord): void => {
    records.set(record.task.id, record);
    if (record.vendorTaskId !== null) byNative.set(`${record.task.backendKey} ${record.vendorTaskId}`, record.task.id);
  };

  /** What was read in the store, or another instance has written there: an end that stands there stands. Returns whether it was taken. */
  const take = (record: TaskRecord): boolean => {
    const { task } = record;
    const known = records.get(task.id);
    if (isFinal(task.state)) unwritten.delete(task.id);
    else if (known ? isFinal(known.task.state) : droppedLately.has(task.id)) return false;
    hold(known && isOlder(task, known.task) ? { ...record, task: known.task } : record);
    return true;
  };

  const newestFirst = (left: TaskRecord, right: TaskRecord): number =>
    (right.task.startedAt ?? 0) - (left.task.startedAt ?? 0) || (left.task.id < right.task.id ? 1 : -1);

  const forget = (id: string): void => {
    records.delete(id);
    unwritten.delete(id);
    told.delete(id);
    droppedLately.set(id, true);
  };

  const drop = async (leaving: readonly TaskRecord[]): Promise<readonly string[]> => {
    const ids = leaving.map(({ task }) => task.id);
    for (const id of ids) forget(id);
    for (let from = 0; from < ids.length; from += droppedAtOnce) {
      const some = ids.slice(from, from + droppedAtOnce);
      announce('dropped', some);
      await Promise.all(some.map((id) => kept.drop(id)));
    }
    return ids;
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

  const tell = (record: TaskRecord): void => {
    told.set(record.task.id, now());
    if (cutAt === undefined) announce('record', record);
  };

  const shrink = async (): Promise<void> => {
    for (const id of await drop(surplus())) dropped(id);
  };

  const write = async (record: TaskRecord): Promise<TaskRecord> => {
    hold(record);
    const [standing] = await Promise.all([kept.write(record), records.size > maxTasks + slack ? shrink() : undefined]);
    // Dropped while it was written.
    if (!records.has(record.task.id)) {
      await kept.drop(record.task.id);
      return standing;
    }
    if (standing !== record) take(standing);
    if (isFinal(standing.task.state)) unwritten.delete(standing.task.id);
    tell(standing);
    // Another one may have told of the end meanwhile.
    return records.get(record.task.id) ?? standing;
  };

  const load = async (): Promise<void> => {
    for await (const record of kept.all()) take(record);
  };

  const hearDropped = (ids: readonly unknown[]): void => {
    for (const id of ids) {
      if (typeof id !== 'string') continue;
      forget(id);
      kept.dropOwn(id).catch((cause: unknown) => damaged(`of ${id}`, cause));
    }
  };

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
    note: (record) => {
      hold(record);
      if (isFinal(record.task.state)) unwritten.add(record.task.id);
    },
    write,
    decorate: (task) => {
      const id = task.nativeId === null ? undefined : byNative.get(`${task.backendKey} ${task.nativeId}`);
      const known = id === undefined ? undefined : records.get(id);
      // Without the privilege to list tasks a vendor's job only names one entry of the task that holds it, perhaps not the one it handed out.
      if (task.startedAt === null && task.jobNativeId !== null && known?.task.id !== task.id) return holderOf(task) ?? task;
      if (!known || !sameRun(known, task)) return task;
      // A vendor that forgets, or lists a moment too long, must not bring an ended task back to life.
      if (isFinal(known.task.state) && !isFinal(task.state)) return known.task;
      const { startedBy, parentId, idempotencyKey } = known.task;
      return { ...task, id: known.task.id, startedBy: startedBy ?? task.startedBy, parentId: parentId ?? task.parentId, idempotencyKey };
    },
    lookUp: async (id) => {
      const known = records.get(id);
      if (known || !store.shared) return known;
      const found = await kept.read(id);
      if (found) take(found);
      return records.get(id);
    },
    hear: (topic, body) => {
      try {
        if (topic === 'dropped') {
          hearDropped(body as readonly unknown[]);
          return undefined;
        }
        const record = taskRecordOf(body);
        return take(record) ? record : undefined;
      } catch (cause) {
        damaged(`announced as ${topic}`, cause);
        return undefined;
      }
    },
    detached: async (isDetached) => {
      if (isDetached) {
        cutAt ??= now();
        return;
      }
      const since = (cutAt ?? now()) - underWayMs;
      cutAt = undefined;
      await load();
      for (const [id, at] of [...told.entries()]) {
        const record = at < since ? undefined : records.get(id);
        if (record) tell(record);
      }
    },
    load,
    settle: async () => {
      for (const id of [...unwritten]) {
        const record = records.get(id);
        if (record) await write(record);
      }
    },
    prune: () => {
      const oldest = now() - retentionMs;
      const tooOld = [...records.values()].filter(
        (record) => isFinal(record.task.state) && (record.task.endedAt ?? record.task.updatedAt ?? 0) < oldest,
      );
      return drop([...new Set([...tooOld, ...surplus()])]);
    },
  };
};
