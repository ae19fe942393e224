import {
  type Backend,
  type Detector,
  type GlobalId,
  gatewayTaskNative,
  isFinal,
  type Job,
  nativeOf,
  parseId,
  type Task,
  type TaskFilter,
  type TaskQuery,
} from '../domain/index.js';
import { worksOn } from './task-job.js';
import type { TaskScope } from './task-list.js';

const nativesOn = (ids: readonly GlobalId[] | undefined, { key, adapter }: Backend): readonly string[] | undefined =>
  ids?.filter(({ backend, native }) => backend === key && native !== gatewayTaskNative).map((id) => nativeOf(id, adapter));

/**
 * What a vendor that remembers ended tasks is asked for a filter; undefined when the list of its unfinished ones holds all that can match. What the
 * gateway's mutations began is in the book, whatever has become of it.
 */
const queryOf = (filter: TaskFilter, backend: Backend): TaskQuery | undefined => {
  const { kinds, states, idempotencyKeys } = filter;
  const [detectors, jobs, parents] = [filter.detectors, filter.jobs, filter.parents].map((ids) => nativesOn(ids, backend));
  const wanted = [kinds, states, detectors, jobs, parents];
  if (idempotencyKeys !== undefined || wanted.some((list) => list?.length === 0)) return undefined;
  const narrowed = detectors !== undefined || parents !== undefined || kinds !== undefined;
  const isEnough = states !== undefined && !states.some(isFinal) && !narrowed && filter.includeEntities !== true;
  if (isEnough) return undefined;
  return {
    ...(detectors ? { detectors } : {}),
    ...(jobs ? { jobs } : {}),
    ...(parents ? { parents } : {}),
    ...(kinds ? { kinds } : {}),
    ...(states ? { states } : {}),
    includeEntities: filter.includeEntities ?? (parents !== undefined || kinds !== undefined),
  };
};

export const allTasks = (backends: readonly Backend[]): TaskScope => ({
  name: 'tasks',
  backends,
  holds: () => true,
  async read(loaders, backend, filter) {
    const query = queryOf(filter, backend);
    const { items } = await (query ? loaders.tasksMatching(backend.key, query) : loaders.tasks(backend.key));
    return items;
  },
  defaultFirst: 50,
});

export const tasksOfJob = (job: Job, backend: Backend): TaskScope => ({
  name: `tasks of ${job.id}`,
  backends: [backend],
  holds: (task) => worksOn(task, job),
  read: (loaders) => loaders.tasksOfJob(parseId(job.id)),
  defaultFirst: 20,
});

export const tasksOfDetector = (detector: Detector, backend: Backend): TaskScope => ({
  name: `tasks of ${detector.id}`,
  backends: [backend],
  holds: (task) => task.backendKey === detector.backendKey && task.detectorNativeId === detector.nativeId,
  read: (loaders, _backend, { includeEntities, kinds, parents }) =>
    loaders.tasksOfDetector(parseId(detector.id), includeEntities ?? (kinds !== undefined || parents !== undefined)),
  defaultFirst: 20,
});

export const childrenOf = (task: Task, backend: Backend): TaskScope => ({
  name: `children of ${task.id}`,
  backends: [backend],
  holds: ({ parentId }) => parentId === task.id,
  read: (loaders) => loaders.childrenOf(parseId(task.id)),
  includeEntities: true,
  defaultFirst: 20,
});
