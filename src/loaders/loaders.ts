import {
  type Backend,
  type Backends,
  type CallOptions,
  type ClusterNode,
  type Datafeed,
  type Detector,
  type FieldSet,
  type GlobalId,
  type Instant,
  type Job,
  type Ledger,
  type PartFailure,
  parseId,
  type Revised,
  sameObject,
  type Task,
  type TaskBook,
} from '../domain/index.js';
import { asVigilError, VigilError } from '../errors.js';
import { type BackendLoader, batchByBackend } from './batch-by-backend.js';
import { createDetectorReads, type DetectorReads } from './detector-reads.js';
import type { ReadContext } from './read-context.js';
import { memoiseLists, type ReadList } from './read-list.js';
import { createResultReads, type ResultReads } from './result-reads.js';
import { createSideReads, type SideReads } from './side-reads.js';
import { foundIn, stampReadings } from './stamp-readings.js';
import { type CameAlong, withDetectors, withJobs } from './stamped.js';
import { createTaskReads, type TaskReads } from './task-reads.js';

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
  /** Told of tasks that had not ended when they were seen last, and that their vendor does not list any more: how they ended has to be found out. */
  readonly vanished?: (tasks: readonly Revised<Task>[]) => void;
  readonly now?: () => Instant;
}

/**
 * The reads of one operation (or of one event of a subscription): nothing is read twice, ids asked for in one tick share a call for each backend,
 * and whatever was read carries its revision. Single reads give the object, null when there is none, and throw VigilError when that is not known now.
 */
export interface Loaders extends TaskReads, DetectorReads, SideReads, ResultReads {
  job(id: GlobalId): Promise<Revised<Job> | null>;
  detector(id: GlobalId): Promise<Revised<Detector> | null>;
  datafeed(id: GlobalId): Promise<Datafeed | null>;
  node(id: GlobalId): Promise<ClusterNode | null>;
  /** Every job of a backend. Throws when the backend gives no list. */
  jobs(backendKey: string): Promise<ReadList<Revised<Job>>>;
  /** Parts that reads of this backend lacked so far. */
  missing(backendKey: string): readonly PartFailure[];
  /** What is known already and need not be read: read by a verb, with all this operation wants. */
  primeJobs(jobs: readonly Revised<Job>[]): void;
  primeDetectors(detectors: readonly Revised<Detector>[]): void;
  /** Forgets everything: after a verb nothing read before it is true any more. */
  clear(): void;
}

export const createLoaders = (dependencies: LoaderDependencies): Loaders => {
  const { backends, ledger, book, fields, messagesFirst, signal, requestId, report, vanished = () => undefined } = dependencies;
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

  const shared = { backendOf, onMissing, onFault: report, agreed: () => ledger.agreed() };
  const known = async <T>(read: () => Promise<T>): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      const told = asVigilError(error);
      if (told !== error) report(error);
      throw told;
    }
  };
  const prime = <T extends { readonly id: string }>(loader: BackendLoader<T>, values: Iterable<T>): void => {
    for (const value of values) {
      const key = parseId(value.id);
      loader.clear(key).prime(key, value);
    }
  };
  const primeAlong = ({ jobs = [], tasks = [], detectors = [] }: Partial<CameAlong>): void => {
    prime(jobLoader, jobs);
    prime(taskReads.loader, tasks);
    prime(detectorReads.loader, detectors);
  };
  const context: ReadContext = {
    ledger,
    book,
    fields,
    now,
    shared,
    vanished,
    call,
    listed: (backendKey, read) =>
      known(async () => {
        const listing = await read(backends.get(backendKey));
        onMissing(backendKey, listing.missing);
        return listing;
      }),
    ask: (backendKey, read) =>
      known(async () => {
        const backend = backendOf(backendKey);
        if (!backend) throw new VigilError('NOT_FOUND', `There is no backend "${backendKey}".`);
        return read(backend);
      }),
    primeAlong,
  };

  const jobLoader: BackendLoader<Revised<Job>> = batchByBackend({
    ...shared,
    read: async (backend, ids) => {
      const readAt = now();
      const seen = await backend.adapter.readJobs(ids, fields, call(backend));
      const answer = stampReadings(seen, readAt, ledger.stampJobs.bind(ledger));
      const { detectors, tasks } = withJobs(foundIn(answer), foundIn(seen));
      primeAlong({ detectors, tasks });
      return answer;
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
  const jobLists = memoiseLists<Revised<Job>>(async (backendKey) => {
    const readAt = now();
    const listing = await context.listed(backendKey, (backend) => backend.adapter.listJobs(fields, call(backend)));
    const items = ledger.stampJobs(listing.items, readAt);
    primeAlong(withJobs(items, listing.items));
    await ledger.agreed();
    return { items, missing: listing.missing };
  });
  const taskReads = createTaskReads(context);
  const detectorReads = createDetectorReads(context);
  const resultReads = createResultReads(context);
  const sideReads = createSideReads({ ...context, messagesFirst, primeNodes: (nodes) => prime(nodeLoader, nodes) });

  /** What was wanted of a detector that was not read here: a verb read it with the fields of this operation. */
  const asked = ({ id, backendKey, nativeId, ...facts }: Detector): Detector => ({
    ...{ id, backendKey, nativeId },
    ...Object.fromEntries(Object.entries(facts).filter(([name]) => fields.has(`Detector.${name}`))),
  });
  const found = async <T extends { readonly id: string }>(loader: BackendLoader<T>, id: GlobalId): Promise<T | null> => {
    const value = await loader.load(id);
    // An id with another incarnation names an object that is no more, though its native id is in use again.
    return value !== null && sameObject(id, parseId(value.id)) ? value : null;
  };

  return {
    ...taskReads.reads,
    ...detectorReads.reads,
    ...resultReads.reads,
    ...sideReads,
    job: (id) => found(jobLoader, id),
    detector: (id) => found(detectorReads.loader, id),
    datafeed: (id) => found(datafeedLoader, id),
    node: (id) => found(nodeLoader, id),
    jobs: (backendKey) => jobLists.get(backendKey),
    missing: (backendKey) => [...(missing.get(backendKey)?.values() ?? [])],
    primeJobs(jobs) {
      const wanted = fields.has('Job.detector') ? jobs : [];
      primeAlong(
        withJobs(
          jobs,
          wanted.map((job) => ({ ...job, detector: job.detector ? asked(job.detector) : null })),
        ),
      );
    },
    primeDetectors: (detectors) => primeAlong(withDetectors(detectors, detectors.map(asked))),
    clear() {
      for (const loader of [jobLoader, datafeedLoader, nodeLoader]) loader.clearAll();
      jobLists.clear();
      for (const reads of [taskReads, detectorReads, resultReads, sideReads]) reads.clear();
      missing.clear();
    },
  };
};
