import type { Json, JsonObject } from '../json.js';
import { listedNodeJson, type NodeRecord } from './cluster.js';
import { tokenize } from './expression.js';
import { illegalArgument } from './failures.js';
import type { Call } from './routes.js';
import { parseTaskId } from './task-ids.js';
import type { TaskRecord } from './tasks.js';
import type { World } from './world.js';

/** How a list of tasks is grouped. */
export type GroupBy = 'nodes' | 'parents' | 'none';

/** Which tasks are meant. */
export interface TaskFilter {
  readonly nodes: readonly string[];
  readonly actions: readonly string[];
  readonly parent: string | undefined;
}

/** Reads the parameters that choose tasks. */
export function readTaskFilter(call: Call): TaskFilter {
  const parent = call.params.text('parent_task_id');
  if (parent !== undefined) parseTaskId(parent);
  return { nodes: tokenize(call.params.text('nodes') ?? ''), actions: tokenize(call.params.text('actions') ?? ''), parent };
}

/** Reads how to group. */
export function readGroupBy(call: Call): GroupBy {
  const value = call.params.text('group_by') ?? 'nodes';
  if (value === 'nodes' || value === 'parents' || value === 'none') return value;
  throw illegalArgument(`[group_by] must be one of [nodes], [parents] or [none] but was [${value}]`);
}

const asGlob = (pattern: string) =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  );

/** Nodes that a list of ids, names, `_local`, `_master` and `_all` names; all where it names none. */
export function chooseNodes(world: World, names: readonly string[]): readonly NodeRecord[] {
  const { cluster } = world;
  if (names.length === 0) return cluster.nodes();
  const isChosen = (node: NodeRecord) =>
    names.some((name) => {
      if (name === '_all') return true;
      if (name === '_local') return node.id === cluster.entry().id;
      if (name === '_master') return node.id === cluster.master().id;
      return node.id === name || asGlob(name).test(node.name);
    });
  return cluster.nodes().filter(isChosen);
}

/** The running tasks that a filter lets through. */
export function chooseTasks(world: World, filter: TaskFilter): readonly TaskRecord[] {
  const nodes = new Set(chooseNodes(world, filter.nodes).map(({ id }) => id));
  const globs = filter.actions.map(asGlob);
  return world.tasks
    .running()
    .filter((task) => nodes.has(task.node.id))
    .filter(({ action }) => globs.length === 0 || globs.some((glob) => glob.test(action)))
    .filter(({ parent }) => filter.parent === undefined || parent === filter.parent);
}

function byNodes(world: World, tasks: readonly TaskRecord[], detailed: boolean): JsonObject {
  const nodes = world.cluster.nodes().flatMap((node) => {
    const own = tasks.filter((task) => task.node.id === node.id).map((task) => [task.id, world.tasks.show(task, detailed)] as const);
    return own.length === 0 ? [] : [[node.id, { ...listedNodeJson(node, world.settings.ml), tasks: Object.fromEntries(own) }] as const];
  });
  return { nodes: Object.fromEntries(nodes) };
}

function byParents(world: World, tasks: readonly TaskRecord[], detailed: boolean): JsonObject {
  const known = new Set(tasks.map(({ id }) => id));
  const withChildren = (task: TaskRecord): JsonObject => {
    const children = tasks.filter(({ parent }) => parent === task.id).map(withChildren);
    return { ...world.tasks.show(task, detailed), ...(children.length > 0 && { children }) };
  };
  const roots = tasks.filter(({ parent }) => parent === undefined || !known.has(parent));
  return { tasks: Object.fromEntries(roots.map((task) => [task.id, withChildren(task)])) };
}

/** A list of tasks, after the failures of nodes that could not be asked. */
export function taskListJson(
  world: World,
  tasks: readonly TaskRecord[],
  grouping: { readonly groupBy: GroupBy; readonly detailed: boolean },
  nodeFailures: readonly Json[] = [],
): JsonObject {
  const failures = nodeFailures.length > 0 ? { node_failures: nodeFailures } : {};
  const { groupBy, detailed } = grouping;
  if (groupBy === 'parents') return { ...failures, ...byParents(world, tasks, detailed) };
  if (groupBy === 'none') return { ...failures, tasks: tasks.map((task) => world.tasks.show(task, detailed)) };
  return { ...failures, ...byNodes(world, tasks, detailed) };
}
