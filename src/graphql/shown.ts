import type { Backend, Detector, Job, Ledger, Revised, Task } from '../domain/index.js';
import type { BackendType } from './backend.type.js';
import { type DetectorView, type JobView, type TaskView, viewBackend, viewDetector, viewJob, viewTask } from './views.js';

/**
 * What one answer (of a query, or to one event) shows: each object in one version, wherever it stands. What names an object is resolved at another
 * moment than the object itself; a cache would keep a mixture of both, and Relay complains.
 */
export interface Shown {
  /** The first version of the object that comes is the one that is shown; of later ones only what that did not know. */
  job(job: Revised<Job>): JobView;
  task(task: Revised<Task>): TaskView;
  detector(detector: Revised<Detector>): DetectorView;
  /** Of a configured backend. */
  backend(key: string): BackendType;
  /** Objects that were read, as they are known by now, without those that are gone; what was shown already, as it was shown. */
  newestJobs(read: readonly Revised<Job>[]): readonly Revised<Job>[];
  newestTasks(read: readonly Revised<Task>[]): readonly Revised<Task>[];
  newestDetectors(read: readonly Revised<Detector>[]): readonly Revised<Detector>[];
  /** A verb has changed the world: what is shown after it is another answer. */
  forget(): void;
}

interface Versioned {
  readonly id: string;
  readonly backendKey: string;
}

/** What was shown of one kind. */
interface Versions<T, V> {
  show(value: T): V;
  asShown(values: readonly T[]): readonly T[];
  clear(): void;
}

/** `first`, with what only the other reading asked for; the very same object when that is nothing. */
const filledUp = <T extends object>(first: T, later: T): T => {
  const known = new Map<string, unknown>(Object.entries(first));
  const more = Object.entries(later).filter(([name, value]) => value !== undefined && known.get(name) === undefined);
  return more.length === 0 ? first : { ...first, ...Object.fromEntries(more) };
};

const createVersions = <T extends Versioned, V extends { readonly source: T }>(
  view: (value: T, owner: Backend) => V,
  ownerOf: (key: string) => Backend,
): Versions<T, V> => {
  const shown = new Map<string, V>();
  return {
    show: (value) => {
      const before = shown.get(value.id);
      const source = before ? filledUp(before.source, value) : value;
      if (before?.source === source) return before;
      const made = view(source, ownerOf(source.backendKey));
      shown.set(value.id, made);
      return made;
    },
    asShown: (values) => (shown.size === 0 ? values : values.map((value) => shown.get(value.id)?.source ?? value)),
    clear: () => shown.clear(),
  };
};

export const createShown = (ledger: Ledger, ownerOf: (key: string) => Backend): Shown => {
  const jobs = createVersions(viewJob, ownerOf);
  const tasks = createVersions(viewTask, ownerOf);
  const detectors = createVersions(viewDetector, ownerOf);
  const backends = new Map<string, BackendType>();
  return {
    job: jobs.show,
    task: tasks.show,
    detector: detectors.show,
    backend: (key) => {
      const view = backends.get(key) ?? viewBackend(ownerOf(key));
      backends.set(key, view);
      return view;
    },
    newestJobs: (read) => jobs.asShown(ledger.newestJobs(read)),
    newestTasks: (read) => tasks.asShown(ledger.newestTasks(read)),
    newestDetectors: (read) => detectors.asShown(ledger.newestDetectors(read)),
    forget: () => {
      for (const each of [jobs, tasks, detectors, backends]) each.clear();
    },
  };
};
