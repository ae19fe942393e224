import type { CallOptions, FieldSet, Task, TaskState } from '../../domain/index.js';
import type { VigilError } from '../../errors.js';
import { errorAbout } from '../../http/index.js';
import { searchTasks } from './client.js';
import type { AdapterContext } from './context.js';
import { type Found, type Hit, searchAll } from './search.js';
import { entityType, stateOf } from './task-words.js';
import { childrenSchema, taskSchema, type WireTask } from './wire.js';

/** One clause of the query language. */
export type Clause = Readonly<Record<string, unknown>>;

export const allOf = (...filter: readonly Clause[]): Clause => ({ bool: { filter } });
export const anyOf = (...should: readonly Clause[]): Clause => ({ bool: { should, minimum_should_match: 1 } });

/** Which tasks, and whose children are counted with them. */
export interface TaskSearch {
  readonly wanted: Clause;
  /** Which entity tasks are counted by parent and state; absent: those of every parent. */
  readonly children?: Clause;
}

type StateCounts = NonNullable<Task['stateCounts']>;

/** Tasks, and how to tell how many children of each are in which state. */
export interface FoundTasks extends Found<WireTask> {
  /** Why not every child was counted; undefined: all were, or none was to be. */
  readonly uncounted: VigilError | undefined;
  /** Undefined: not asked for, or not counted. */
  countsOf(hit: Hit<WireTask>): StateCounts | undefined;
}

export const taskPageSize = 5_000;
const mostPages = 10;
/** Parents whose children are counted; a cluster keeps two runs of each detector unless told to keep more. */
const mostParents = 1_000;
/** There are six states. */
const mostStates = 20;

const everyChild: Clause = { term: { task_type: entityType } };

const counting = (children: Clause, wanted: Clause): Readonly<Record<string, unknown>> => ({
  // The aggregation sees what the query finds, the hits are what the second filter leaves of it: one search for both.
  query: anyOf(wanted, children),
  post_filter: wanted,
  aggs: {
    children: {
      terms: { field: 'parent_task_id', size: mostParents },
      aggs: { states: { terms: { field: 'state', size: mostStates } } },
    },
  },
});

const sumByState = (buckets: readonly { readonly key: string; readonly doc_count: number }[]): StateCounts => {
  const counts = new Map<TaskState, number>();
  for (const { key, doc_count: count } of buckets) counts.set(stateOf(key), (counts.get(stateOf(key)) ?? 0) + count);
  return [...counts].map(([state, count]) => ({ state, count }));
};

const countsIn = (aggregations: unknown): { readonly byParent: ReadonlyMap<string, StateCounts>; readonly complete: boolean } => {
  const parsed = childrenSchema.safeParse(aggregations);
  if (!parsed.success) return { byParent: new Map(), complete: aggregations === undefined };
  const { buckets, sum_other_doc_count: others = 0 } = parsed.data.children;
  return { byParent: new Map(buckets.map(({ key, states }) => [key, sumByState(states.buckets)])), complete: others === 0 };
};

/** Every task that matches, in one search unless there are very many; the newest first. */
export const findTasks = async (
  context: AdapterContext,
  { wanted, children = everyChild }: TaskSearch,
  fields: FieldSet,
  call: CallOptions,
): Promise<FoundTasks> => {
  const counts = fields.has('Task.stateCounts');
  // The configuration as it was at the start is the largest part of a task, and who started it is in two fields of its own.
  const excludes = fields.has('Task.raw') ? ['user'] : ['detector', 'user'];
  const found = await searchAll({
    origin: context.origin,
    schema: taskSchema,
    send: (body) => searchTasks(context, body, call),
    body: { _source: { excludes }, ...(counts ? counting(children, wanted) : { query: wanted }) },
    by: { field: 'execution_start_time', order: 'desc' },
    what: 'tasks',
    pageSize: taskPageSize,
    mostPages,
  });
  if (!counts) return { ...found, uncounted: undefined, countsOf: () => undefined };
  const { byParent, complete } = countsIn(found.aggregations);
  return {
    ...found,
    uncounted: complete
      ? undefined
      : errorAbout(context.origin, 'BACKEND_UNAVAILABLE', 'The entity tasks of some high-cardinality runs could not be counted.'),
    countsOf: ({ id }) => byParent.get(id) ?? (complete ? [] : undefined),
  };
};
