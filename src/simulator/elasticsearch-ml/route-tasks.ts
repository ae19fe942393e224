import type { Json } from '../json.js';
import { type Cause, causeJson } from './failures.js';
import { type Call, type Prepared, type Reply, type Route, reply } from './routes.js';
import { parseTaskId, type TaskId, taskTimeout, unknownTask } from './task-ids.js';
import { chooseTasks, readGroupBy, readTaskFilter, taskListJson } from './task-lists.js';
import { storedJson, type TaskRecord } from './tasks.js';
import { seconds, type TimeValue } from './time-value.js';
import type { World } from './world.js';

/** Longest wait of a list or a cancel that gives no timeout. */
const unlimited: TimeValue = { ms: Number.POSITIVE_INFINITY, text: '-1' };

async function getTask(world: World, id: TaskId, wait: boolean, timeout: TimeValue): Promise<Reply> {
  const task = world.tasks.find(id.text);
  if (task === undefined || !wait) {
    if (task !== undefined) return reply({ completed: false, task: world.tasks.show(task, true) });
    const stored = world.tasks.stored(id.text);
    if (stored !== undefined) return reply(storedJson(stored));
    const known = { node: world.cluster.find(id.node)?.id === id.node, index: world.tasks.allStored().length > 0 };
    throw unknownTask(world.dialect, id, known);
  }
  const ended = await world.changes.until(() => world.tasks.find(id.text) !== task, timeout.ms);
  if (!ended) throw taskTimeout(world.dialect, task.action, timeout.text);
  const stored = world.tasks.stored(id.text);
  // A task that stored nothing is shown completed, with neither response nor error.
  return reply(stored === undefined ? { completed: true, task: world.tasks.show(task, true) } : storedJson(stored));
}

function prepareGet(call: Call): Prepared {
  const id = parseTaskId(call.path.id ?? '');
  const wait = call.params.flag('wait_for_completion', false);
  const timeout = call.params.time('timeout', seconds(30));
  return {
    action: 'cluster:monitor/task/get',
    cancellable: call.world.dialect.modernNodes,
    run: () => getTask(call.world, id, wait, timeout),
  };
}

/** The tasks by which the nodes are asked for theirs; they are seen in the list as well. */
function askNodes(world: World, task: TaskRecord): readonly TaskRecord[] {
  return world.cluster.nodes().map((node) =>
    world.tasks.start({
      node,
      type: world.dialect.modernNodes ? 'transport' : 'direct',
      action: `${task.action}[n]`,
      description: '',
      parent: task.id,
      cancellable: world.dialect.modernNodes,
      headers: task.headers,
    }),
  );
}

function prepareList(call: Call): Prepared {
  const { world, params } = call;
  const detailed = params.flag('detailed', false);
  const filter = readTaskFilter(call);
  const wait = params.flag('wait_for_completion', false);
  const timeout = params.time('timeout', unlimited);
  const groupBy = readGroupBy(call);
  return {
    action: 'cluster:monitor/tasks/lists',
    cancellable: world.dialect.modernNodes,
    async run(task) {
      const others = () => chooseTasks(world, filter).filter(({ id, parent }) => id !== task.id && parent !== task.id);
      if (wait) await world.changes.until(() => others().length === 0, timeout.ms);
      const asked = askNodes(world, task);
      const list = taskListJson(world, chooseTasks(world, filter), { groupBy, detailed });
      for (const one of asked) world.tasks.finish(one);
      return reply(list);
    },
  };
}

const failedNode = (node: string, cause: Cause): Json => ({
  type: 'failed_node_exception',
  reason: `Failed node [${node}]`,
  node_id: node,
  caused_by: causeJson(cause),
});

/** Why one task cannot be cancelled: told as a failure of its node, in a 200. */
function whyNot(world: World, id: TaskId): Json | undefined {
  if (world.cluster.find(id.node)?.id !== id.node) {
    return failedNode(id.node, { type: 'no_such_node_exception', reason: `No such node [${id.node}]`, extra: { node_id: id.node } });
  }
  const task = world.tasks.find(id.text);
  if (task?.cancellable === true) return undefined;
  if (task === undefined) return failedNode(id.node, { type: 'resource_not_found_exception', reason: `task [${id.text}] is not found` });
  return failedNode(id.node, { type: 'illegal_argument_exception', reason: `task [${id.text}] doesn't support cancellation` });
}

function prepareCancel(call: Call): Prepared {
  const { world, params } = call;
  const id = call.path.id === undefined ? undefined : parseTaskId(call.path.id);
  const filter = readTaskFilter(call);
  const wait = params.flag('wait_for_completion', false);
  const groupBy = readGroupBy(call);
  return {
    action: 'cluster:admin/tasks/cancel',
    async run(own) {
      const failure = id === undefined ? undefined : whyNot(world, id);
      const chosen = id === undefined ? chooseTasks(world, filter) : world.tasks.running().filter((task) => task.id === id.text);
      const cancelled = chosen.filter((task) => task.cancellable && task.id !== own.id);
      for (const task of cancelled) world.tasks.cancel(task);
      if (wait) await world.changes.until(() => cancelled.every((task) => world.tasks.find(task.id) === undefined), unlimited.ms);
      return reply(taskListJson(world, cancelled, { groupBy, detailed: false }, failure === undefined ? [] : [failure]));
    },
  };
}

/** Tasks: reading, listing, cancelling. */
export const taskRoutes: readonly Route[] = [
  { method: 'GET', template: '/_tasks', prepare: prepareList },
  { method: 'GET', template: '/_tasks/{id}', prepare: prepareGet },
  { method: 'POST', template: '/_tasks/_cancel', prepare: prepareCancel },
  { method: 'POST', template: '/_tasks/{id}/_cancel', prepare: prepareCancel },
];
