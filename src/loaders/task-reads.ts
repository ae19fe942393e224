import {
  type Backend,
  type GlobalId,
  gatewayTaskNative,
  isFinal,
  isUnfinished,
  nativeOf,
  parseId,
  type Reading,
  type Readings,
  type Revised,
  sameObject,
  type Task,
  type TaskQuery,
  textOfId,
} from '../domain/index.js';
import { type BackendLoader, batchByBackend } from './batch-by-backend.js';
import { mergeTasks } from './merge-tasks.js';
import type { ReadContext } from './read-context.js';
import { memoiseLists, type ReadList } from './read-list.js';
import { stampReadings } from './stamp-readings.js';

/** Reads of tasks. Lists hold what the gateway remembers as well, each task once; single reads are null when there is no such task. All throw VigilError. */
export interface TaskReads {
  task(id: GlobalId): Promise<Revised<Task> | null>;
  /** Every unfinished task of a backend, and the ends the gateway remembers. Throws when the backend gives no list. */
  tasks(backendKey: string): Promise<ReadList<Revised<Task>>>;
  /** The same with the ended ones its vendor remembers, as far as they may match; of a vendor that remembers none, the same. */
  tasksMatching(backendKey: string, query: TaskQuery): Promise<ReadList<Revised<Task>>>;
  /** Tasks of a detector, ended ones included; detectors asked for in one tick share a call. */
  tasksOfDetector(id: GlobalId, includeEntities: boolean): Promise<readonly Revised<Task>[]>;
  /** The same of a job. */
  tasksOfJob(id: GlobalId): Promise<readonly Revised<Task>[]>;
  /** Tasks that are part of another, those of single entities included; parents asked for in one tick share a call. */
  childrenOf(id: GlobalId): Promise<readonly Revised<Task>[]>;
}

type Owner = 'detectors' | 'jobs' | 'parents';

/** The native id of what a task belongs to, as the adapter is asked for it. */
const ownerOf: Readonly<Record<Owner, (task: Task, adapter: Backend['adapter']) => string | null | undefined>> = {
  detectors: (task) => task.detectorNativeId,
  jobs: (task) => task.jobNativeId,
  parents: (task, adapter) => (task.parentId === null ? null : nativeOf(parseId(task.parentId), adapter)),
};

const grouped = (
  tasks: readonly Revised<Task>[],
  keyOf: (task: Task) => string | null | undefined,
): ReadonlyMap<string, Revised<Task>[]> => {
  const groups = new Map<string, Revised<Task>[]>();
  for (const task of tasks) {
    const key = keyOf(task);
    if (key === null || key === undefined) continue;
    const group = groups.get(key);
    if (group) group.push(task);
    else groups.set(key, [task]);
  }
  return groups;
};

export const createTaskReads = (
  context: ReadContext,
): { readonly reads: TaskReads; readonly loader: BackendLoader<Revised<Task>>; clear(): void } => {
  const { ledger, book, fields, now, shared, vanished, call, listed, primeAlong } = context;

  /**
   * What was seen running and is listed no more has not been found to have ended yet: it is shown as it was seen last, as those see it who watch, until that is
   * found out. A run without an end of its own is there when its vendor shows it.
   */
  const unlisted = (backendKey: string, live: readonly Revised<Task>[]): readonly Revised<Task>[] => {
    const listedIds = new Set(live.map(({ id }) => id));
    return ledger
      .unfinishedTasks(backendKey)
      .filter((task) => !listedIds.has(task.id) && task.nativeId !== null && task.continuous !== true);
  };

  /** The same where tasks are asked for by their ids: of those that are gone. */
  const withUnlisted = ({ key, adapter }: Backend, answer: Readings<Revised<Task>>): Readings<Revised<Task>> => {
    const isGone = (native: string): boolean => answer.readings.get(native)?.status === 'gone';
    if (![...answer.readings.keys()].some(isGone)) return answer;
    const gone = unlisted(key, []).filter(({ id }) => isGone(nativeOf(parseId(id), adapter)));
    if (gone.length > 0) vanished(gone);
    const shown = gone.map((value) => [nativeOf(parseId(value.id), adapter), { status: 'found', value }] as const);
    return { ...answer, readings: new Map([...answer.readings, ...shown]) };
  };

  const loader: BackendLoader<Revised<Task>> = batchByBackend({
    ...shared,
    read: async (backend, ids) => {
      const readAt = now();
      const seen = await backend.adapter.readTasks(ids, fields, call(backend));
      return withUnlisted(backend, stampReadings(seen, readAt, ledger.stampTasks.bind(ledger)));
    },
  });

  /** The book is looked into after the read: what it says is of this moment, not of the read's beginning. */
  const withBook = (backendKey: string, live: readonly Revised<Task>[]): readonly Revised<Task>[] =>
    mergeTasks(live, ledger.stampTasks(book.tasksOf(backendKey), now()));

  /** What somebody waits for. A run without an end of its own is waited for until it runs. */
  const watchedOf = (backendKey: string): readonly string[] =>
    book
      .tasksOf(backendKey)
      .flatMap((task) =>
        task.nativeId === null || !isUnfinished(task) || (task.continuous === true && task.state === 'RUNNING') ? [] : [task.nativeId],
      );

  const unfinished = memoiseLists<Revised<Task>>(async (backendKey) => {
    const watched = [...new Set([...watchedOf(backendKey), ...unlisted(backendKey, []).flatMap(({ nativeId }) => nativeId ?? [])])];
    const readAt = now();
    const listing = await listed(backendKey, (backend) => backend.adapter.discoverTasks(fields, call(backend), watched));
    const live = ledger.stampTasks(listing.items, readAt);
    const gone = unlisted(backendKey, live);
    if (gone.length > 0) vanished(gone);
    primeAlong({ tasks: live });
    const items = withBook(backendKey, [...live, ...gone]);
    await ledger.agreed();
    return { items, missing: listing.missing };
  });

  const ask = async (backend: Backend, query: TaskQuery): Promise<ReadList<Revised<Task>> | undefined> => {
    const { adapter } = backend;
    if (!adapter.listTasks) return undefined;
    const readAt = now();
    const listing = await adapter.listTasks(query, fields, call(backend));
    const live = ledger.stampTasks(listing.items, readAt);
    primeAlong({ tasks: live });
    const items = withBook(backend.key, live);
    await ledger.agreed();
    return { items, missing: listing.missing };
  };

  const matching = memoiseLists<Revised<Task>, TaskQuery>(async (backendKey, query) => {
    const backend = shared.backendOf(backendKey);
    if (!backend?.adapter.listTasks) return unfinished.get(backendKey);
    return listed(backendKey, async () => (await ask(backend, query)) ?? unfinished.get(backendKey));
  });

  const batched = (owner: Owner, includeEntities: boolean): BackendLoader<readonly Revised<Task>[]> =>
    batchByBackend({
      ...shared,
      read: async (backend, ids) => {
        const { items, missing } = (await ask(backend, { [owner]: ids, includeEntities })) ?? (await unfinished.get(backend.key));
        const groups = grouped(items, (task) => ownerOf[owner](task, backend.adapter));
        const found = (id: string): Reading<readonly Revised<Task>[]> => ({ status: 'found', value: groups.get(id) ?? [] });
        return { readings: new Map(ids.map((id) => [id, found(id)])), missing };
      },
    });
  const ofDetectors = batched('detectors', false);
  const ofDetectorsWithEntities = batched('detectors', true);
  const ofJobs = batched('jobs', false);
  const ofParents = batched('parents', true);

  const booked = (id: GlobalId): Revised<Task> | undefined => {
    // The store may remember tasks of a backend that has left the configuration.
    const task = shared.backendOf(id.backend) && book.find(textOfId(id));
    return task && ledger.stampTasks([task], now())[0];
  };
  const found = async (id: GlobalId): Promise<Revised<Task> | null> => {
    const value = await loader.load(id);
    // An id with another incarnation names an object that is no more, though its native id is in use again.
    return value !== null && sameObject(id, parseId(value.id)) ? value : null;
  };

  const task = async (id: GlobalId): Promise<Revised<Task> | null> => {
    const known = booked(id);
    await ledger.agreed();
    if (id.native === gatewayTaskNative || (known && isFinal(known.state))) return known ?? null;
    if (!known) return (await found(id)) ?? booked(id) ?? null;
    // What the gateway follows itself stays known while its backend is silent or has forgotten it; a run without an end of its own is not followed.
    const live = await (known.continuous ? found(id) : found(id).catch(() => null));
    const after = booked(id) ?? known;
    if (isFinal(after.state)) return after;
    return live ?? (known.continuous ? null : after);
  };
  const childrenOf = async (id: GlobalId): Promise<readonly Revised<Task>[]> => {
    // All tasks the gateway runs itself share one native id, and their parts are in the book.
    if (id.native !== gatewayTaskNative) return (await ofParents.load(id)) ?? [];
    const { items } = await unfinished.get(id.backend);
    return items.filter(({ parentId }) => parentId !== null && sameObject(id, parseId(parentId)));
  };

  return {
    reads: {
      task,
      tasks: (backendKey) => unfinished.get(backendKey),
      tasksMatching: (backendKey, query) => matching.get(backendKey, query),
      tasksOfDetector: async (id, includeEntities) => (await (includeEntities ? ofDetectorsWithEntities : ofDetectors).load(id)) ?? [],
      tasksOfJob: async (id) => (await ofJobs.load(id)) ?? [],
      childrenOf,
    },
    loader,
    clear() {
      loader.clearAll();
      for (const each of [ofDetectors, ofDetectorsWithEntities, ofJobs, ofParents]) each.clearAll();
      unfinished.clear();
      matching.clear();
    },
  };
};
