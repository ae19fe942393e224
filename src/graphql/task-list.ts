import type { GraphQLResolveInfo } from 'graphql';
import {
  type Backend,
  filterTouches,
  matchesTask,
  type Revised,
  type Task,
  type TaskFilter,
  type TaskState,
  taskStates,
} from '../domain/index.js';
import type { Loaders } from '../loaders/index.js';
import { type ConnectionSource, readConnection } from './connection.js';
import type { GatewayContext } from './context.js';
import { listHash } from './cursor.js';
import { parseTaskFilter } from './filters.js';
import { taskOrder } from './order.js';
import { parsePage } from './paging.js';
import { readByIds } from './read-by-ids.js';
import type { TaskFilterInput, TaskOrderInput } from './task.input.js';
import { prefetchTaskRelations } from './task-relations.js';

export type TaskConnectionSource = ConnectionSource<Revised<Task>, TaskState>;

/** Arguments of a list of tasks. */
export interface TaskListArguments {
  readonly filter: TaskFilterInput | null | undefined;
  readonly orderBy: TaskOrderInput | null | undefined;
  readonly first: number | null | undefined;
  readonly after: string | null | undefined;
}

/** Which of a backend's tasks a list is about before its filter is looked at: all, a job's, a task's children. */
export interface TaskScope {
  readonly name: string;
  readonly backends: readonly Backend[];
  readonly holds: (task: Task) => boolean;
  /** Tasks of one backend, at least all that the list is about. Throws when there are none to be had. */
  readonly read: (loaders: Loaders, backend: Backend, filter: TaskFilter) => Promise<readonly Revised<Task>[]>;
  /** Whether tasks of single entities are in it where the filter does not say; absent: as in any list. */
  readonly includeEntities?: boolean;
  readonly defaultFirst: number;
}

export const readTaskList = (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  args: TaskListArguments,
  scope: TaskScope,
): Promise<TaskConnectionSource> => {
  const filter: TaskFilter = {
    ...(scope.includeEntities === undefined ? {} : { includeEntities: scope.includeEntities }),
    ...parseTaskFilter(context, args.filter),
  };
  const order = taskOrder(args.orderBy);
  const list = listHash(scope.name, filter, { field: order.field, direction: order.direction });
  const loaders = context.loaders(info);

  return readConnection({
    context,
    list,
    page: parsePage(list, args.first, args.after, scope.defaultFirst),
    order,
    backends: scope.backends.filter((backend) => filterTouches(filter, backend)),
    async read(backend, failures) {
      const tasks = filter.ids
        ? await readByIds(backend, filter.ids, loaders.task, { loaders, failures })
        : await scope.read(loaders, backend, filter);
      failures.addParts(backend, loaders.missing(backend.key));
      return tasks.filter(scope.holds);
    },
    matching: (rows) =>
      context.shown.newestTasks(rows).filter((task) => matchesTask(filter, context.ownerOf(task.backendKey).vendor, task)),
    prefetch: (rows, failures) => prefetchTaskRelations(context, info, rows, failures),
    counted: { stateOf: (task) => task.state, states: taskStates },
  });
};
