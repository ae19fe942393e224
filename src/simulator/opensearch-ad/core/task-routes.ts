import { readDuration } from '../../elastic-rest/durations.js';
import type { Json, JsonObject } from '../../json.js';
import { type Call, type Prepared, type Reply, type Route, reply } from '../routes.js';
import { type Cause, causeJson, illegalArgument, missingIndex, SearchFailure } from '../search/search-failure.js';
import type { World } from '../world.js';
import { chooseTasks, nodeOfTask, readGroupBy, readTaskFilter, taskListJson } from './task-lists.js';
import { type TaskRegistry, taskIndex } from './task-registry.js';

/**
 * The two 404s of a task that neither runs nor has a result: its node is there, or is not. As long as no result was ever
 * stored, the cause is the missing index.
 */
function unknownTask(world: World, id: string): SearchFailure {
  const cause = world.indices.exists(taskIndex) ? undefined : missingIndex(taskIndex, 'index_expression').failure;
  const type = 'resource_not_found_exception';
  const gone: Cause = { type, reason: `task [${id}] isn't running and hasn't stored its results`, ...(cause && { causedBy: cause }) };
  const node = nodeOfTask(id);
  if (world.cluster.nodes().some((one) => one.id === node)) return new SearchFailure(404, gone, [cause ?? gone]);
  const reason = `task [${id}] belongs to the node [${node}] which isn't part of the cluster and there is no record of the task`;
  return new SearchFailure(404, { type, reason, causedBy: gone }, [cause ?? gone]);
}

async function getTask(world: World, tasks: TaskRegistry, id: string, waitMs: number): Promise<Reply> {
  const task = tasks.find(id);
  const started = performance.now();
  while (waitMs > 0 && tasks.find(id) !== undefined && task !== undefined) {
    const left = waitMs - (performance.now() - started) * world.schedule.speed;
    if (left <= 0) {
      const reason = 'Timed out waiting for completion of [org.opensearch.index.reindex.BulkByScrollTask@48f48d94]';
      throw new SearchFailure(500, { type: 'timeout_exception', reason });
    }
    await Promise.race([tasks.ended(task), world.schedule.pause(left)]);
    // A cancelled one has to be waited for still: it ends in its own time.
    if (tasks.find(id) !== undefined) await world.schedule.pause(10);
  }
  if (tasks.find(id) !== undefined && task !== undefined) return reply({ completed: false, task: tasks.show(task, true) });
  const stored = tasks.stored(id);
  if (stored !== undefined) return reply(stored);
  if (task !== undefined) return reply({ completed: true, task: tasks.show(task, true) });
  throw unknownTask(world, id);
}

function prepareGet(world: World, tasks: TaskRegistry, { params }: Call): Prepared {
  const id = params.text('id') ?? '';
  nodeOfTask(id);
  const wait = params.flag('wait_for_completion', false);
  const timeout = readDuration('timeout', params.text('timeout') ?? '30s', illegalArgument);
  return { action: 'cluster:monitor/task/get', run: () => getTask(world, tasks, id, wait ? timeout : 0) };
}

/** The request itself is seen in the list, as what it sent to the node that it asked. */
function prepareList(world: World, tasks: TaskRegistry, call: Call): Prepared {
  const detailed = call.params.flag('detailed', false);
  const filter = readTaskFilter(call);
  const groupBy = readGroupBy(call);
  for (const name of ['wait_for_completion', 'timeout']) call.params.text(name);
  const opaque = call.headers['x-opaque-id'];
  const headers: JsonObject = typeof opaque === 'string' ? { 'X-Opaque-Id': opaque } : {};
  return {
    action: 'cluster:monitor/tasks/lists',
    run() {
      const own = tasks.start({ action: 'cluster:monitor/tasks/lists', headers });
      const asked = tasks.start({ action: 'cluster:monitor/tasks/lists[n]', type: 'direct', parent: own.id, headers });
      const list = taskListJson(world, tasks, chooseTasks(world, tasks, filter), { groupBy, detailed });
      tasks.finish(asked);
      tasks.finish(own);
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
function whyNot(world: World, tasks: TaskRegistry, id: string): Json | undefined {
  const node = nodeOfTask(id);
  if (!world.cluster.nodes().some((one) => one.id === node)) {
    return failedNode(node, { type: 'no_such_node_exception', reason: `No such node [${node}]`, extra: { node_id: node } });
  }
  const task = tasks.find(id);
  if (task === undefined) return failedNode(node, { type: 'resource_not_found_exception', reason: `task [${id}] is not found` });
  if (task.cancellable) return undefined;
  return failedNode(node, { type: 'illegal_argument_exception', reason: `task [${id}] doesn't support cancellation` });
}

function prepareCancel(world: World, tasks: TaskRegistry, call: Call): Prepared {
  const id = call.params.text('id');
  if (id !== undefined) nodeOfTask(id);
  const filter = readTaskFilter(call);
  const groupBy = readGroupBy(call);
  for (const name of ['wait_for_completion', 'timeout']) call.params.text(name);
  return {
    action: 'cluster:admin/tasks/cancel',
    run() {
      const failure = id === undefined ? undefined : whyNot(world, tasks, id);
      const chosen = id === undefined ? chooseTasks(world, tasks, filter) : tasks.running().filter((task) => task.id === id);
      const cancelled = chosen.filter(({ cancellable }) => cancellable);
      const listed = taskListJson(
        world,
        tasks,
        cancelled.map((task) => ({ ...task, cancelledAt: task.cancelledAt ?? world.schedule.now() })),
        { groupBy, detailed: false },
        failure === undefined ? [] : [failure],
      );
      for (const task of cancelled) tasks.cancel(task);
      return reply(listed);
    },
  };
}

/** Tasks: reading, listing, cancelling. Historical analyses are never among them (2.19). */
export const taskRoutes = (world: World, tasks: TaskRegistry): readonly Route[] => [
  { method: 'GET', template: '/_tasks', prepare: (call) => prepareList(world, tasks, call) },
  { method: 'GET', template: '/_tasks/{id}', prepare: (call) => prepareGet(world, tasks, call) },
  { method: 'POST', template: '/_tasks/_cancel', prepare: (call) => prepareCancel(world, tasks, call) },
  { method: 'POST', template: '/_tasks/{id}/_cancel', prepare: (call) => prepareCancel(world, tasks, call) },
];
