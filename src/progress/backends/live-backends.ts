import type {
  Backend,
  Backends,
  ClusterNode,
  Detector,
  DetectorMembers,
  FieldSet,
  Job,
  Listing,
  Reading,
  Readings,
  Task,
  VendorAdapter,
} from '../../domain/index.js';
import type { View } from '../journal/view.js';
import { identityOnly, includes } from '../watch/interest.js';
import type { ObservableLedger } from '../watch/ledger.js';
import { isWhole, type PolledPart } from '../watch/polled-list.js';
import type { Poller } from '../watch/poller.js';
import type { ToldLedger } from './told-ledger.js';

/*
 * What an event of a subscription is resolved from. Thousands of clients resolve every event: each would ask the vendor for the tasks of a job or
 * the job of a task. Here they are given what the loop has just read; only what it does not read is asked of the vendor. Objects are as they were told last,
 * so that an event and what is nested in it agree; of one that has not been told yet, what was read.
 */

/** How one kind of object is answered. */
interface Live<T> {
  /** The loop's list, when it tells all the fields. */
  list(fields: FieldSet): Listing<T> | undefined;
  read(ids: readonly string[], fields: FieldSet, ask: (unknown: readonly string[]) => Promise<Readings<T>>): Promise<Readings<T>>;
}

/** Where objects are looked up. */
interface Sources {
  readonly view: View;
  readonly ledger: ObservableLedger;
  /** Told which of the objects are those of the view. */
  readonly mark: ToldLedger['mark'];
}

const tellsOf =
  ({ mark }: Sources) =>
  <T extends object>(value: T | undefined): T | undefined =>
    value && mark(value);

interface LiveOptions<T> {
  readonly part: () => PolledPart<T> | undefined;
  readonly newest: (value: T) => T;
  /** An object that need not be in the list, as far as it may be told without asking. */
  readonly known: (id: string, fields: FieldSet) => T | undefined;
  /** Whether what is not in the list does not exist. */
  readonly absentIsGone: boolean;
}

const createLive = <T extends { readonly nativeId: string | null }>({ part, newest, known, absentIsGone }: LiveOptions<T>): Live<T> => {
  const list = (fields: FieldSet): Listing<T> | undefined => {
    const polled = part();
    return polled && includes(polled.fields, fields) ? { items: polled.items.map(newest), missing: polled.missing } : undefined;
  };
  return {
    list,
    read: async (ids, fields, ask) => {
      const readings = new Map<string, Reading<T>>();
      const found = (id: string, value: T | undefined): void => {
        if (value) readings.set(id, { status: 'found', value });
      };
      for (const id of ids) found(id, known(id, fields));
      const rest = (): readonly string[] => ids.filter((id) => !readings.has(id));
      if (rest().length === 0) return { readings, missing: [] };
      const listing = list(fields);
      const byId = new Map(listing?.items.map((item) => [item.nativeId, item]));
      for (const id of rest()) found(id, byId.get(id));
      if (listing && absentIsGone && isWhole(listing)) for (const id of rest()) readings.set(id, { status: 'gone' });
      if (rest().length === 0) return { readings, missing: listing?.missing ?? [] };
      const asked = await ask(rest());
      return { readings: new Map([...readings, ...asked.readings]), missing: asked.missing };
    },
  };
};

const liveDetectors = (backend: Backend, poller: Poller, sources: Sources, members: DetectorMembers): DetectorMembers => {
  const { view, ledger } = sources;
  const told = tellsOf(sources);
  const newest = (detector: Detector): Detector => told(view.detector(detector.id)) ?? ledger.detector(detector.id) ?? detector;
  const live = createLive<Detector>({
    part: poller.parts.detectors,
    newest,
    known: (id, fields) => {
      if (!identityOnly('detectors', fields)) return undefined;
      return told(view.detectorByNativeId(backend.key, id)) ?? ledger.detectorByNativeId(backend.key, id);
    },
    absentIsGone: true,
  });
  return {
    ...members,
    list: async (query, fields, call) => live.list(fields) ?? members.list(query, fields, call),
    read: (ids, fields, call) => live.read(ids, fields, (unknown) => members.read(unknown, fields, call)),
  };
};

const liveAdapter = (backend: Backend, poller: Poller, sources: Sources): VendorAdapter => {
  const { adapter } = backend;
  const { parts } = poller;
  const { view, ledger } = sources;
  const told = tellsOf(sources);
  const newestTask = (task: Task): Task => told(view.task(task.id)) ?? ledger.task(task.id) ?? task;
  const jobs = createLive<Job>({
    part: parts.jobs,
    newest: (job) => told(view.job(job.id)) ?? ledger.job(job.id) ?? job,
    known: (id, fields) => {
      if (!identityOnly('jobs', fields)) return undefined;
      return told(view.jobByNativeId(backend.key, id)) ?? ledger.jobByNativeId(backend.key, id);
    },
    // A job that runs once is made by its start: its task is told of before any list shows it. Its adapter keeps every job it has seen, so nothing more is asked for those.
    absentIsGone: adapter.qualifiesIds !== true,
  });
  const tasks = createLive<Task>({
    part: parts.tasks,
    newest: newestTask,
    known: (id) => {
      const task = parts.tasks() ? ledger.taskByNativeId(backend.key, id) : undefined;
      return task && newestTask(task);
    },
    absentIsGone: false,
  });
  const nodes = createLive<ClusterNode>({
    part: parts.nodes,
    newest: (node) => ledger.node(node.id) ?? node,
    known: () => undefined,
    // Those that do none of the product's work are in no list.
    absentIsGone: false,
  });

  return {
    ...adapter,
    listJobs: async (fields, call) => jobs.list(fields) ?? adapter.listJobs(fields, call),
    readJobs: (ids, fields, call) => jobs.read(ids, fields, (unknown) => adapter.readJobs(unknown, fields, call)),
    discoverTasks: async (fields, call, watched) => tasks.list(fields) ?? adapter.discoverTasks(fields, call, watched),
    readTasks: (ids, fields, call) => tasks.read(ids, fields, (unknown) => adapter.readTasks(unknown, fields, call)),
    readNodes: (ids, fields, call) => nodes.read(ids, fields, (unknown) => adapter.readNodes(unknown, fields, call)),
    listNodes: async (fields, call) => nodes.list(fields) ?? adapter.listNodes(fields, call),
    ...(adapter.detectors ? { detectors: liveDetectors(backend, poller, sources, adapter.detectors) } : {}),
    // The connections are their owner's to close.
    dispose: async () => undefined,
  };
};

/** The same backends, read through what their loops have just read. */
export const createLiveBackends = (backends: Backends, pollerOf: (key: string) => Poller, sources: Sources): Backends => {
  const all = backends.all.map((backend): Backend => ({ ...backend, adapter: liveAdapter(backend, pollerOf(backend.key), sources) }));
  return { all, get: (key) => all.find((backend) => backend.key === key) ?? backends.get(key) };
};
