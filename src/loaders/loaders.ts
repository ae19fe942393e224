import {
  type Backend,
  type Backends,
  type CallOptions,
  type ClusterNode,
  type Datafeed,
  type FieldSet,
  type GlobalId,
  gatewayTaskNative,
  type Instant,
  isFinal,
  type Job,
  type Ledger,
  type Listing,
  type PartFailure,
  parseId,
  type Revised,
  sameObject,
  type Task,
  type TaskBook,
  textOfId,
} from '../domain/index.js';
import { asVigilError } from '../errors.js';
import { type BackendLoader, batchByBackend } from './batch-by-backend.js';
import { mergeTasks } from './merge-tasks.js';
import { memoiseLists, type ReadList } from './read-list.js';
import { createSideReads, type SideReads } from './side-reads.js';
import { stampReadings } from './stamp-readings.js';

/** What the reads of one operation need. */
export interface LoaderDependencies {
  readonly backends: Backends;
  readonly ledger: Ledger;
  readonly book: TaskBook;
  /** Everything the operation selects: every read asks for all of it, so that reads can be shared. */
  readonly fields: FieldSet;
  /** Lines of a job's log that the operation wants at most. */
  readonly messagesFirst: number;
  readonly signal: AbortSignal;
  readonly requestId: string;
  /** Told about whatever an adapter threw that is no VigilError; the reader only learns INTERNAL. */
  readonly report: (fault: unknown) => void;
  readonly now?: () => Instant;
}

/**
 * The reads of one operation (or of one event of a subscription): nothing is read twice, ids asked for in one tick share a call for each backend,
 * and whatever was read carries its revision. Single reads give the object, null when there is none, and throw VigilError when that is not known now.
 */
export interface Loaders extends SideReads {
  job(id: GlobalId): Promise<Revised<Job> | null>;
  task(id: GlobalId): Promise<Revised<Task> | null>;
  datafeed(id: GlobalId): Promise<Datafeed | null>;
  node(id: GlobalId): Promise<ClusterNode | null>;
  /** Every job of a backend. Throws when the backend gives no list. */
  jobs(backendKey: string): Promise<ReadList<Revised<Job>>>;
  /** Every unfinished task of a backend, and the ends the gateway remembers. Throws when the backend gives no list. */
  tasks(backendKey: string): Promise<ReadList<Revised<Task>>>;
  /** Parts that reads of this backend lacked so far. */
  missing(backendKey: string): readonly PartFailure[];
  /** What is known already and need not be read. */
  primeJobs(jobs: Iterable<Revised<Job>>): void;
  /** Forgets everything: after a verb nothing read before it is true any more. */
  clear(): void;
}

export const createLoaders = (dependencies: LoaderDependencies): Loaders => {
  const { backends, ledger, book, fields, messagesFirst, signal, requestId, report } = dependencies;
  const now = dependencies.now ?? Date.now;
  const byKey = new Map(backends.all.map((backend) => [backend.key, backend]));
  const missing = new Map<string, Map<string, PartFailure>>();

  const call = (backend: Backend): CallOptions => backend.call({ signal, requestId });
  const backendOf = (key: string): Backend | undefined => byKey.get(key);
  const onMissing = (backendKey: string, parts: readonly PartFailure[]): void => {
    const known = missing.get(backendKey) ?? new Map<string, PartFailure>();
    for (const failure of parts) known.set(failure.part, failure);
    missing.set(backendKey, known);
  };

  const shared = { backendOf, onMissing, onFault: report };
  const jobLoader: BackendLoader<Revised<Job>> = batchByBackend({
    ...shared,
    read: async (backend, ids) => {
      const readAt = now();
      return stampReadings(await backend.adapter.readJobs(ids, fields, call(backend)), readAt, ledger.stampJobs.bind(ledger));
    },
  });
  const taskLoader: BackendLoader<Revised<Task>> = batchByBackend({
    ...shared,
    read: async (backend, ids) => {
      const readAt = now();
      return stampReadings(await backend.adapter.readTasks(ids, fields, call(backend)), readAt, ledger.stampTasks.bind(ledger));
    },
  });
  const datafeedLoader: BackendLoader<Datafeed> = batchByBackend({
    ...shared,
    read: (backend, ids) => backend.adapter.readDatafeeds(ids, fields, call(backend)),
  });
  const nodeLoader: BackendLoader<ClusterNode> = batchByBackend({
    ...shared,
    read: (backend, ids) => backend.adapter.readNodes(ids, fields, call(backend)),
  });

  const listed = async <T>(backendKey: string, read: (backend: Backend) => Promise<Listing<T>>): Promise<Listing<T>> => {
    try {
      const listing = await read(backends.get(backendKey));
      onMissing(backendKey, listing.missing);
      return listing;
    } catch (error) {
      const known = asVigilError(error);
      if (known !== error) report(error);
      throw known;
    }
  };
  const prime = <T extends { readonly id: string }>(loader: BackendLoader<T>, values: Iterable<T>): void => {
    for (const value of values) {
      const key = parseId(value.id);
      loader.clear(key).prime(key, value);
    }
  };

  const jobLists = memoiseLists<Revised<Job>>(async (backendKey) => {
    const readAt = now();
    const listing = await listed(backendKey, (backend) => backend.adapter.listJobs(fields, call(backend)));
    const items = ledger.stampJobs(listing.items, readAt);
    prime(jobLoader, items);
    return { items, missing: listing.missing };
  });
  const taskLists = memoiseLists<Revised<Task>>(async (backendKey) => {
    const readAt = now();
    const listing = await listed(backendKey, (backend) => backend.adapter.discoverTasks(fields, call(backend)));
    const live = ledger.stampTasks(listing.items, readAt);
    prime(taskLoader, live);
    // The book is looked into after the read: what it says is of this moment, not of the read's beginning.
    return { items: mergeTasks(live, ledger.stampTasks(book.tasksOf(backendKey), now())), missing: listing.missing };
  });

  const sideReads = createSideReads({
    shared,
    fields,
    messagesFirst,
    call,
    listed,
    primeNodes: (nodes) => prime(nodeLoader, nodes),
  });

  const found = async <T extends { readonly id: string }>(loader: BackendLoader<T>, id: GlobalId): Promise<T | null> => {
    const value = await loader.load(id);
    // An id with another incarnation names an object that is no more, though its native id is in use again.
    return value !== null && sameObject(id, parseId(value.id)) ? value : null;
  };
  const booked = (id: GlobalId): Revised<Task> | undefined => {
    // The store may remember tasks of a backend that has left the configuration.
    const task = backendOf(id.backend) && book.find(textOfId(id));
    return task && ledger.stampTasks([task], now())[0];
  };
  const readTask = async (id: GlobalId): Promise<Revised<Task> | null> => {
    const known = booked(id);
    if (id.native === gatewayTaskNative || (known && isFinal(known.state))) return known ?? null;
    if (!known) return found(taskLoader, id);
    // What the gateway follows itself stays known while its backend is silent or has forgotten it.
    const live = await found(taskLoader, id).catch(() => null);
    const after = booked(id) ?? known;
    return live === null || isFinal(after.state) ? after : live;
  };

  return {
    ...sideReads,
    job: (id) => found(jobLoader, id),
    task: readTask,
    datafeed: (id) => found(datafeedLoader, id),
    node: (id) => found(nodeLoader, id),
    jobs: (backendKey) => jobLists.get(backendKey),
    tasks: (backendKey) => taskLists.get(backendKey),
    missing: (backendKey) => [...(missing.get(backendKey)?.values() ?? [])],
    primeJobs: (jobs) => prime(jobLoader, jobs),
    clear() {
      for (const loader of [jobLoader, taskLoader, datafeedLoader, nodeLoader]) loader.clearAll();
      jobLists.clear();
      taskLists.clear();
      sideReads.clear();
      missing.clear();
    },
  };
};
