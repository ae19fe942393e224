import { type FieldSet, type Listing, opaqueId, type Progress, type Task } from '../../domain/index.js';
import { errorAbout, type Origin } from '../../http/index.js';
import type { AdapterContext } from './context.js';
import type { Call } from './endpoint.js';
import { deleteByQueryAction, jobActions, jobOfTask, kindOf, mapCounts, mapRunningTask, nativeIdOf } from './task-mapper.js';
import { type Sent, taskSchema, type WireNodeFailure, type WireTask } from './wire.js';

/** One `_tasks` answer, taken apart. */
export interface TaskList {
  /** Every task of a job, also the second entry of one that was handed on to the master; by native id. */
  readonly byId: ReadonlyMap<string, Sent<WireTask>>;
  readonly listing: Listing<Task>;
  countsOf(id: string): Progress | null;
}

const wantsCounts = (fields: FieldSet): boolean => fields.has('Task.counts');

/** The same text for the same fields, so that identical reads in flight are one. */
const actionsFor = (fields: FieldSet): string =>
  [...jobActions, ...(wantsCounts(fields) ? [deleteByQueryAction] : [])].map((action) => `${action}*`).join(',');

/** Of the nodes that gave no answer. */
const mostNamed = 10;

const nodeFailure = (origin: Origin, failures: readonly WireNodeFailure[], others: number) => {
  const nodes = failures.flatMap((failure) => failure.node_id ?? []);
  const more = nodes.length > mostNamed ? ` and ${nodes.length - mostNamed} more` : '';
  const who =
    nodes.length > 0
      ? `nodes ${nodes.slice(0, mostNamed).join(', ')}${more} gave no answer`
      : `${failures.length + others} tasks could not be read`;
  return errorAbout(origin, 'BACKEND_UNAVAILABLE', `The list of tasks is not complete: ${who}.`, { cause: failures });
};

/**
 * Open and close show here as long as a request waits for them, leave no result, and (7.9 to 9.1) do not say whose they are: shown without their job they
 * could only ever end as lost, while the job's own state tells the same. Should a version name the job, they are shown, but for those this gateway itself
 * waits for: they are tasks of its own already.
 */
const isShown = (task: WireTask): boolean => {
  const kind = kindOf(task.action);
  if (kind !== 'OPEN' && kind !== 'CLOSE') return true;
  const isOurs = Object.entries(task.headers ?? {}).some(([name, value]) => name.toLowerCase() === 'x-opaque-id' && value === opaqueId);
  return jobOfTask(task) !== null && !isOurs;
};

const parseTasks = (elements: readonly unknown[]): readonly Sent<WireTask>[] =>
  elements.flatMap((raw) => {
    const parsed = taskSchema.safeParse(raw);
    return parsed.success ? [{ wire: parsed.data, raw }] : [];
  });

export const listTasks = async ({ client, origin }: AdapterContext, fields: FieldSet, call: Call): Promise<TaskList> => {
  const answer = await client.tasks(actionsFor(fields), call);
  const tasks = parseTasks(answer.tasks ?? []);
  const byId = new Map(tasks.flatMap((sent) => (kindOf(sent.wire.action) === 'UNKNOWN' ? [] : [[nativeIdOf(sent.wire), sent] as const])));
  const failures = answer.node_failures ?? [];
  const silent = new Set(failures.map((failure) => failure.node_id));
  const unread = (answer.tasks?.length ?? 0) - tasks.length + (answer.task_failures?.length ?? 0);

  /**
   * The node that is asked makes a task and hands the work on to the master, which makes a second one below it. Only the first leaves a result, so
   * that is the one shown; also when its node is silent just now, rather than showing the second for a moment.
   */
  const roots = new Map<WireTask, string>();
  const rootOf = (task: WireTask): string => {
    const way = new Set<WireTask>();
    let at = task;
    // Each step is taken once, however long the line is; one that leads back to itself ends where it closes.
    for (;;) {
      way.add(at);
      const parent = byId.get(at.parent_task_id ?? '')?.wire;
      if (roots.has(at) || parent === undefined || parent.action !== task.action || way.has(parent)) break;
      at = parent;
    }
    const root = roots.get(at) ?? nativeIdOf(at);
    for (const each of way) roots.set(each, root);
    return root;
  };
  const isSecond = (task: WireTask): boolean => rootOf(task) !== nativeIdOf(task) || silent.has(task.parent_task_id?.split(':')[0] ?? '');

  const children = new Map<string, WireTask[]>();
  for (const { wire } of tasks) {
    const parent = wire.action === deleteByQueryAction ? byId.get(wire.parent_task_id ?? '') : undefined;
    if (parent === undefined) continue;
    const root = rootOf(parent.wire);
    const others = children.get(root);
    if (others) others.push(wire);
    else children.set(root, [wire]);
  }
  const countsOf = (id: string): Progress | null => {
    const task = byId.get(id);
    return task === undefined ? null : mapCounts(children.get(rootOf(task.wire)) ?? []);
  };

  const wantsRaw = fields.has('Task.raw');
  const shown = [...byId.values()].filter(({ wire }) => !isSecond(wire) && isShown(wire));
  return {
    byId,
    countsOf,
    listing: {
      items: shown.map((sent) => mapRunningTask(origin, sent, countsOf(nativeIdOf(sent.wire)), wantsRaw)),
      missing: failures.length + unread > 0 ? [{ part: 'TASKS', error: nodeFailure(origin, failures, unread) }] : [],
    },
  };
};
