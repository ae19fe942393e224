import { type ClusterNode, type Detector, type Instant, isFinal, type Job, type Revised, type Task } from '../../domain/index.js';
import type { LedgerChange } from '../watch/ledger.js';
import { type Kind, kindOf } from './wire.js';

/** An object of any kind, as it was published. */
export type Shown = Revised<Job> | Revised<Task> | Revised<Detector> | Revised<ClusterNode>;

/**
 * What has been published of every object: what a watch begins with, so that it agrees with the changes that follow. A backend that does not answer is
 * shown as it was; its health says since when.
 */
export interface View {
  job(id: string): Revised<Job> | undefined;
  task(id: string): Revised<Task> | undefined;
  detector(id: string): Revised<Detector> | undefined;
  /** Everything of that kind of a backend. */
  jobsOf(backendKey: string): readonly Revised<Job>[];
  tasksOf(backendKey: string): readonly Revised<Task>[];
  detectorsOf(backendKey: string): readonly Revised<Detector>[];
  nodesOf(backendKey: string): readonly Revised<ClusterNode>[];
  /** Tasks that have not ended, but those of single entities: however it was learnt of them, somebody asks how they end. */
  unfinishedTasksOf(backendKey: string): readonly Revised<Task>[];
  /** The latest of that native id. */
  jobByNativeId(backendKey: string, nativeId: string): Revised<Job> | undefined;
  detectorByNativeId(backendKey: string, nativeId: string): Revised<Detector> | undefined;
}

/** The view as the journal keeps it. */
export interface WritableView extends View {
  /** Takes a change in. Returns the object as it was shown before. */
  apply(change: LedgerChange): Shown | undefined;
  held(kind: Kind, id: string): Shown | undefined;
  /** The change that leads to what is shown of an object now; `backendKey`: where it was, should it be shown no more. */
  changeTo(kind: Kind, id: string, backendKey: string): LedgerChange;
  /** Everything that survives a restart, as changes that lead to it. */
  lasting(): readonly LedgerChange[];
  /** The same with the nodes. What embeds others comes after them. */
  all(): readonly LedgerChange[];
  /** Another one that shows the same. */
  copy(): WritableView;
  clear(): void;
}

interface Cabinet<T> {
  get(id: string): T | undefined;
  of(backendKey: string): readonly T[];
  byNativeId(backendKey: string, nativeId: string): T | undefined;
  put(value: T): T | undefined;
  drop(id: string): T | undefined;
  all(): readonly T[];
  copy(): Cabinet<T>;
  clear(): void;
}

interface Drawers<T> {
  readonly held: Map<string, T>;
  readonly byBackend: Map<string, Map<string, T>>;
  /** `<backend> <native>` → id of the latest. */
  readonly latest: Map<string, string>;
}

/** `isListed`: what `of` tells. Holds as much as the ledger does: what that lets go, it tells. */
const createCabinet = <T extends Shown>(
  isListed: (value: T) => boolean = () => true,
  { held, byBackend, latest }: Drawers<T> = { held: new Map(), byBackend: new Map(), latest: new Map() },
): Cabinet<T> => {
  const nameOf = ({ backendKey, nativeId }: T): string => `${backendKey} ${nativeId}`;
  return {
    get: (id) => held.get(id),
    of: (backendKey) => [...(byBackend.get(backendKey)?.values() ?? [])],
    byNativeId: (backendKey, nativeId) => held.get(latest.get(`${backendKey} ${nativeId}`) ?? ''),
    put: (value) => {
      const before = held.get(value.id);
      held.set(value.id, value);
      const siblings = byBackend.get(value.backendKey) ?? new Map<string, T>();
      byBackend.set(value.backendKey, siblings);
      if (isListed(value)) siblings.set(value.id, value);
      else siblings.delete(value.id);
      if (value.nativeId !== null) latest.set(nameOf(value), value.id);
      return before;
    },
    drop: (id) => {
      const before = held.get(id);
      if (!before) return undefined;
      held.delete(id);
      byBackend.get(before.backendKey)?.delete(id);
      if (latest.get(nameOf(before)) === id) latest.delete(nameOf(before));
      return before;
    },
    all: () => [...held.values()],
    copy: () =>
      createCabinet(isListed, {
        held: new Map(held),
        byBackend: new Map([...byBackend].map(([key, siblings]) => [key, new Map(siblings)])),
        latest: new Map(latest),
      }),
    clear: () => {
      held.clear();
      byBackend.clear();
      latest.clear();
    },
  };
};

interface Cabinets {
  readonly job: Cabinet<Revised<Job>>;
  readonly task: Cabinet<Revised<Task>>;
  readonly unfinished: Cabinet<Revised<Task>>;
  readonly detector: Cabinet<Revised<Detector>>;
  readonly node: Cabinet<Revised<ClusterNode>>;
  /** When the readings were begun that the objects come from, by id. */
  readonly readAt: Map<string, Instant>;
}

const emptyCabinets = (): Cabinets => ({
  job: createCabinet(),
  task: createCabinet(),
  unfinished: createCabinet((task) => !isFinal(task.state) && (task.entity?.length ?? 0) === 0),
  detector: createCabinet(),
  node: createCabinet(),
  readAt: new Map(),
});

const viewOf = (cabinets: Cabinets): WritableView => {
  const { job: jobs, task: tasks, unfinished, detector: detectors, node: nodes, readAt } = cabinets;

  const put = (change: LedgerChange): Shown | undefined => {
    switch (change.kind) {
      case 'job':
        return jobs.put(change.value);
      case 'task':
        unfinished.put(change.value);
        return tasks.put(change.value);
      case 'detector':
        return detectors.put(change.value);
      case 'node':
        return nodes.put(change.value);
      case 'task-gone':
        unfinished.drop(change.id);
        return tasks.drop(change.id);
      case 'job-gone':
      case 'detector-gone':
      case 'node-gone':
        return cabinets[kindOf(change)].drop(change.id);
    }
  };
  const statedAt = (id: string): Instant => readAt.get(id) ?? 0;
  const facts = <T extends Shown>(cabinet: Cabinet<T>) =>
    cabinet.all().map((value) => ({ value, stirs: false, readAt: statedAt(value.id) }));
  const lasting = (): readonly LedgerChange[] => [
    ...facts(tasks).map((fact) => ({ kind: 'task', ...fact }) as const),
    ...facts(jobs).map((fact) => ({ kind: 'job', ...fact }) as const),
    ...facts(detectors).map((fact) => ({ kind: 'detector', ...fact }) as const),
  ];

  return {
    job: jobs.get,
    task: tasks.get,
    detector: detectors.get,
    jobsOf: jobs.of,
    tasksOf: tasks.of,
    detectorsOf: detectors.of,
    nodesOf: nodes.of,
    unfinishedTasksOf: unfinished.of,
    jobByNativeId: jobs.byNativeId,
    detectorByNativeId: detectors.byNativeId,
    apply: (change) => {
      if ('value' in change) readAt.set(change.value.id, change.readAt);
      else readAt.delete(change.id);
      return put(change);
    },
    held: (kind, id) => cabinets[kind].get(id),
    changeTo: (kind, id, backendKey) => {
      const fact = { stirs: true, readAt: statedAt(id) };
      const [job, task, detector, node] = [jobs.get(id), tasks.get(id), detectors.get(id), nodes.get(id)];
      if (kind === 'job' && job) return { kind, value: job, ...fact };
      if (kind === 'task' && task) return { kind, value: task, ...fact };
      if (kind === 'detector' && detector) return { kind, value: detector, ...fact };
      if (kind === 'node' && node) return { kind, value: node, ...fact };
      return { kind: `${kind}-gone`, id, backendKey, readAt: fact.readAt };
    },
    lasting,
    all: () => [...lasting(), ...facts(nodes).map((fact) => ({ kind: 'node', ...fact }) as const)],
    copy: () =>
      viewOf({
        job: jobs.copy(),
        task: tasks.copy(),
        unfinished: unfinished.copy(),
        detector: detectors.copy(),
        node: nodes.copy(),
        readAt: new Map(readAt),
      }),
    clear: () => {
      for (const cabinet of [jobs, tasks, unfinished, detectors, nodes]) cabinet.clear();
      readAt.clear();
    },
  };
};

export const createView = (): WritableView => viewOf(emptyCabinets());
