import type { GraphQLResolveInfo } from 'graphql';
import { type Backend, filterTouches, matchesTask, parseId, type Revised, type Task, type TaskState, taskStates } from '../domain/index.js';
import { type ConnectionSource, readConnection } from './connection.js';
import type { GatewayContext } from './context.js';
import { listHash } from './cursor.js';
import { parseTaskFilter } from './filters.js';
import { prefetchMessages } from './job-messages.js';
import { taskOrder } from './order.js';
import { parsePage } from './paging.js';
import { readByIds } from './read-by-ids.js';
import { settle } from './settle.js';
import type { TaskFilterInput, TaskOrderInput } from './task.input.js';
import { jobIdOf } from './task-job.js';

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
  readonly defaultFirst: number;
}

export const readTaskList = (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  args: TaskListArguments,
  scope: TaskScope,
): Promise<TaskConnectionSource> => {
  const filter = parseTaskFilter(context, args.filter);
  const order = taskOrder(args.orderBy);
  const list = listHash(scope.name, filter, { field: order.field, direction: order.direction });
  const fields = context.fields(info);
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
        : (await loaders.tasks(backend.key)).items;
      failures.addParts(backend, loaders.missing(backend.key));
      return tasks.filter(scope.holds);
    },
    matching: (rows) =>
      context.ledger.newestTasks(rows).filter((task) => matchesTask(filter, context.ownerOf(task.backendKey).vendor, task)),
    async prefetch(rows, failures) {
      await Promise.all(
        rows.map(async (task) => {
          const backend = context.ownerOf(task.backendKey);
          const jobId = jobIdOf(task);
          const [job, parent] = await Promise.all([
            jobId && fields.has('Task.job') ? settle(loaders.job(jobId)) : undefined,
            task.parentId !== null && fields.has('Task.parent') ? settle(loaders.task(parseId(task.parentId))) : undefined,
          ]);
          if (job && !job.ok) failures.add(backend, 'STATE', job.error);
          if (job?.ok && job.value) await prefetchMessages(context, info, [job.value], failures);
          if (parent && !parent.ok) failures.add(backend, 'TASKS', parent.error);
          failures.addParts(backend, loaders.missing(backend.key));
        }),
      );
    },
    stateOf: (task) => task.state,
    states: taskStates,
  });
};
