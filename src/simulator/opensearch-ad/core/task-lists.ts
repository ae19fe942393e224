import type { Json, JsonObject } from '../../json.js';
import type { Call } from '../routes.js';
import { globOf } from '../search/index-names.js';
import { illegalArgument } from '../search/search-failure.js';
import type { World } from '../world.js';
import { attributesOf, chooseNodes } from './node-choice.js';
import type { TaskRecord, TaskRegistry } from './task-registry.js';

/** How a list is put together. */
type GroupBy = 'nodes' | 'parents' | 'none';

/** Which tasks are asked for. */
export interface TaskFilter {
  readonly nodes: string | undefined;
  readonly actions: readonly string[];
  readonly parent: string | undefined;
}

/** Refuses what is no task id; answers the node it names. */
export function nodeOfTask(id: string): string {
  const [, node] = /^([^:]+):-?\d+$/.exec(id) ?? [];
  if (node === undefined) throw illegalArgument(`malformed task id ${id}`);
  return node;
}

export function readGroupBy({ params }: Call): GroupBy {
  const text = params.text('group_by') ?? 'nodes';
  if (text === 'nodes' || text === 'parents' || text === 'none') return text;
  throw illegalArgument(`[group_by] must be one of [nodes], [parents] or [none] but was [${text}]`);
}

export function readTaskFilter({ params }: Call): TaskFilter {
  const parent = params.text('parent_task_id');
  if (parent !== undefined) nodeOfTask(parent);
  const actions = (params.text('actions') ?? '').split(',').filter((name) => name !== '');
  return { nodes: params.text('nodes'), actions, parent };
}

/** The running tasks that a filter lets through. */
export function chooseTasks(world: World, tasks: TaskRegistry, { nodes, actions, parent }: TaskFilter): readonly TaskRecord[] {
  const ids = new Set(chooseNodes(world, nodes).map(({ id }) => id));
  const globs = actions.map(globOf);
  return tasks
    .running()
    .filter(({ node }) => ids.has(node.id))
    .filter(({ action }) => globs.length === 0 || globs.some((fits) => fits(action)))
    .filter((task) => parent === undefined || task.parent === parent);
}

/** A list of tasks, after the failures of nodes that could not be asked. */
export function taskListJson(
  world: World,
  tasks: TaskRegistry,
  listed: readonly TaskRecord[],
  { groupBy, detailed }: { readonly groupBy: GroupBy; readonly detailed: boolean },
  nodeFailures: readonly Json[] = [],
): JsonObject {
  const failures = nodeFailures.length > 0 ? { node_failures: nodeFailures } : {};
  const show = (task: TaskRecord) => tasks.show(task, detailed);
  if (groupBy === 'none') return { ...failures, tasks: listed.map(show) };
  if (groupBy === 'parents') {
    const known = new Set(listed.map(({ id }) => id));
    const withChildren = (task: TaskRecord): JsonObject => {
      const children = listed.filter(({ parent }) => parent === task.id).map(withChildren);
      return { ...show(task), ...(children.length > 0 && { children }) };
    };
    const roots = listed.filter(({ parent }) => parent === undefined || !known.has(parent));
    return { ...failures, tasks: Object.fromEntries(roots.map((task) => [task.id, withChildren(task)])) };
  }
  const nodes = world.cluster.nodes().flatMap((node) => {
    const own = listed.filter((task) => task.node.id === node.id).map((task) => [task.id, show(task)] as const);
    const about = {
      name: node.name,
      transport_address: node.transportAddress,
      host: node.ip,
      ip: node.transportAddress,
      roles: node.roles,
    };
    return own.length === 0 ? [] : [[node.id, { ...about, attributes: attributesOf(world), tasks: Object.fromEntries(own) }] as const];
  });
  return { ...failures, nodes: Object.fromEntries(nodes) };
}
