import { type ClusterNode, type Detector, isFinal, type Job, type Revised, type Task } from '../../domain/index.js';
import type { LedgerChange } from '../watch/ledger.js';

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
  /** Everything that survives a restart, as changes that lead to it. */
  lasting(): readonly LedgerChange[];
  clear(): void;
}

interface Cabinet<T> {
  get(id: string): T | undefined;
  of(backendKey: string): readonly T[];
  byNativeId(backendKey: string, nativeId: string): T | undefined;
  put(value: T): T | undefined;
  drop(id: string): T | undefined;
  all(): readonly T[];
  clear(): void;
}

/** `isListed`: what `of` tells. Holds as much as the ledger does: what that lets go, it tells. */
const createCabinet = <T extends Shown>(isListed: (value: T) => boolean = () => true): Cabinet<T> => {
  const held = new Map<string, T>();
  const byBackend = new Map<string, Map<string, T>>();
  /** `<backend> <native>` → id of the latest. */
  const latest = new Map<string, string>();
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
    clear: () => {
      held.clear();
      byBackend.clear();
      latest.clear();
    },
  };
};

export const createView = (): WritableView => {
  const jobs = createCabinet<Revised<Job>>();
  const tasks = createCabinet<Revised<Task>>();
  const unfinished = createCabinet<Revised<Task>>((task) => !isFinal(task.state) && (task.entity?.length ?? 0) === 0);
  const detectors = createCabinet<Revised<Detector>>();
  const nodes = createCabinet<Revised<ClusterNode>>();

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
        case 'job-gone':
          return jobs.drop(change.id);
        case 'task-gone':
          unfinished.drop(change.id);
          return tasks.drop(change.id);
        case 'detector-gone':
          return detectors.drop(change.id);
        case 'node-gone':
          return nodes.drop(change.id);
      }
    },
    lasting: () => [
      ...jobs.all().map((value): LedgerChange => ({ kind: 'job', value, stirs: false })),
      ...tasks.all().map((value): LedgerChange => ({ kind: 'task', value, stirs: false })),
      ...detectors.all().map((value): LedgerChange => ({ kind: 'detector', value, stirs: false })),
    ],
    clear: () => {
      for (const cabinet of [jobs, tasks, unfinished, detectors, nodes]) cabinet.clear();
    },
  };
};
