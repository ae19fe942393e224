import { LRUCache } from 'lru-cache';
import type { ClusterNode, Detector, Job, Revised, Task } from '../../domain/index.js';
import type { LedgerChange } from '../watch/ledger.js';

/** An object of any kind, as it was published. */
export type Shown = Revised<Job> | Revised<Task> | Revised<Detector> | Revised<ClusterNode>;

/** What has been published of every object: what a watch begins with, so that it agrees with the changes that follow. */
export interface View {
  job(id: string): Revised<Job> | undefined;
  task(id: string): Revised<Task> | undefined;
  detector(id: string): Revised<Detector> | undefined;
  node(id: string): Revised<ClusterNode> | undefined;
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
}

interface Cabinet<T> {
  get(id: string): T | undefined;
  byNativeId(backendKey: string, nativeId: string): T | undefined;
  put(value: T): T | undefined;
  drop(id: string): T | undefined;
  values(): Iterable<T>;
}

const createCabinet = <T extends Shown>(max: number): Cabinet<T> => {
  const held = new LRUCache<string, T>({ max });
  const latest = new LRUCache<string, string>({ max });
  return {
    get: (id) => held.get(id),
    byNativeId: (backendKey, nativeId) => held.get(latest.get(`${backendKey} ${nativeId}`) ?? ''),
    put: (value) => {
      const before = held.get(value.id);
      held.set(value.id, value);
      if (value.nativeId !== null) latest.set(`${value.backendKey} ${value.nativeId}`, value.id);
      return before;
    },
    drop: (id) => {
      const before = held.get(id);
      held.delete(id);
      return before;
    },
    values: () => held.values(),
  };
};

/** `max`: objects shown of each kind; the least recently seen go first. */
export const createView = (max: number): WritableView => {
  const jobs = createCabinet<Revised<Job>>(max);
  const tasks = createCabinet<Revised<Task>>(max);
  const detectors = createCabinet<Revised<Detector>>(max);
  const nodes = createCabinet<Revised<ClusterNode>>(max);

  return {
    job: jobs.get,
    task: tasks.get,
    detector: detectors.get,
    node: nodes.get,
    jobByNativeId: jobs.byNativeId,
    detectorByNativeId: detectors.byNativeId,
    apply: (change) => {
      switch (change.kind) {
        case 'job':
          return jobs.put(change.value);
        case 'task':
          return tasks.put(change.value);
        case 'detector':
          return detectors.put(change.value);
        case 'node':
          return nodes.put(change.value);
        case 'job-gone':
          return jobs.drop(change.id);
        case 'task-gone':
          return tasks.drop(change.id);
        case 'detector-gone':
          return detectors.drop(change.id);
        case 'node-gone':
          return nodes.drop(change.id);
      }
    },
    lasting: () => [
      ...[...jobs.values()].map((value): LedgerChange => ({ kind: 'job', value, stirs: false })),
      ...[...tasks.values()].map((value): LedgerChange => ({ kind: 'task', value, stirs: false })),
      ...[...detectors.values()].map((value): LedgerChange => ({ kind: 'detector', value, stirs: false })),
    ],
  };
};
