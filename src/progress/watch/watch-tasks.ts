import {
  type Backend,
  type Backends,
  filterTouches,
  gatewayTaskNative,
  isFinal,
  matchesTask,
  nativeOf,
  parseId,
  type Task,
  type TaskFilter,
  type TaskState,
  textOfId,
} from '../../domain/index.js';
import type { WatchOptions } from '../hub.js';
import type { Interest } from './interest.js';
import { knownTasks, type WatchSources } from './known-tasks.js';
import type { ListWatch } from './list-watch.js';
import type { WatchLists } from './watch-lists.js';

/** What a watch of tasks needs. */
export interface TaskWatchOptions extends WatchSources {
  readonly backends: Backends;
  readonly lists: WatchLists;
}

/** Watches tasks; without `asksVendor` only what the gateway itself knows of them. */
export type WatchTasks = (filter: TaskFilter, watching: WatchOptions, asksVendor?: boolean) => ListWatch<Task, TaskState>;

/** Whether single entities are asked for: by the filter's word, by their parents, or by a kind that only they have. */
const asksForEntities = ({ includeEntities, parents, kinds }: TaskFilter, touched: readonly Backend[]): boolean =>
  includeEntities ??
  (parents !== undefined || touched.some(({ adapter }) => adapter.entityTaskKinds?.some((kind) => kinds?.includes(kind)) ?? false));

/** What a loop reads for the filter. Entities cost a call of their own: only who asks for them pays. */
const interestOf = (
  filter: TaskFilter,
  touched: readonly Backend[],
  { fields, snapshot = true }: WatchOptions,
  { book }: WatchSources,
): Interest => {
  const { parents, detectors, ids } = filter;
  // Who wants no snapshot knows what there was. What the book has to the end, no vendor tells better.
  const named = snapshot
    ? ids?.filter((id) => id.native !== gatewayTaskNative && !isFinal(book.find(textOfId(id))?.state ?? 'UNKNOWN'))
    : undefined;
  const ofParents = parents && { parents: parents.filter(({ native }) => native !== gatewayTaskNative) };
  return {
    fields,
    lists: ['tasks'],
    ...(asksForEntities(filter, touched) ? { entities: ofParents ?? {} } : {}),
    ...(detectors ? { pastOf: detectors } : {}),
    ...(named ? { named } : {}),
  };
};

export const createTaskWatches = (sources: TaskWatchOptions): WatchTasks => {
  const { backends, lists, pollerOf } = sources;

  return (filter, watching, asksVendor = true) => {
    const touched = backends.all.filter((backend) => filterTouches(filter, backend));
    const interest = interestOf(filter, touched, watching, sources);
    return lists.watch<Task, TaskState>({
      // Nobody asks how single entities' tasks end that nobody looks at, as many as there are: unless their parents are named, which lists them all.
      ...(interest.entities && !filter.parents ? {} : { kind: 'task', name: JSON.stringify(['tasks', filter]) }),
      touched,
      ...(asksVendor ? { interest } : {}),
      matches: (task) => matchesTask(filter, backends.get(task.backendKey).vendor, task),
      stateOf: (task) => task.state,
      current: (backend) =>
        knownTasks(sources, backend, filter.parents ? sources.view.tasksOf(backend.key) : pollerOf(backend.key).parts.tasksFor(interest)),
      feed: (watch, change) => {
        if (change.kind === 'task') watch.touch(change.value);
        if (change.kind === 'task-gone') watch.forget(change.id);
        // Its tasks lead to it: a cache that follows `Task.job` or `Task.detector` has to hear that it leads nowhere now.
        const leads =
          (change.kind === 'job-gone' && watching.fields.has('Task.job') && 'jobNativeId') ||
          (change.kind === 'detector-gone' && watching.fields.has('Task.detector') && 'detectorNativeId');
        if (!leads || !('id' in change)) return;
        const backend = backends.get(change.backendKey);
        const id = parseId(change.id);
        const native = leads === 'jobNativeId' ? nativeOf(id, backend.adapter) : id.native;
        for (const task of knownTasks(sources, backend)) if (task[leads] === native) watch.touch(task);
      },
      options: watching,
    });
  };
};
