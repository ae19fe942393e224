import type { JobRowFragment, TaskRowFragment } from '../../../../src/client/index.js';

/** One page of a list as a query gave it, with what came live. */
interface Page<N, S> {
  readonly totalCount: number | null;
  readonly stateCounts: readonly S[];
  readonly edges: readonly { readonly cursor: string; readonly node: N }[];
}

/** What a message says beside `changed`, which a normalised cache has applied by itself. */
interface Message<N, S> {
  readonly reset: boolean;
  readonly left: readonly { readonly id: string }[];
  readonly forgotten: readonly string[];
  readonly added: readonly N[];
  readonly stateCounts: readonly S[];
}

/** How the list is sorted, and what its edges are called. */
export interface ListKind<N> {
  readonly edge: string;
  readonly compare: (a: N, b: N) => number;
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Default order of jobs: by id. */
export const jobList: ListKind<JobRowFragment> = { edge: 'JobEdge', compare: (a, b) => byText(a.id, b.id) };
/** Default order of tasks: newest first. */
export const taskList: ListKind<TaskRowFragment> = {
  edge: 'TaskEdge',
  compare: (a, b) => byText(b.startedAt ?? '', a.startedAt ?? '') || byText(a.id, b.id),
};

/** `reset` empties, `left` and `forgotten` go, `added` come. */
export const applyMessage = <N extends { readonly id: string }, S extends { readonly count: number }, P extends Page<N, S>>(
  page: P,
  { reset, left, forgotten, added, stateCounts }: Message<N, S>,
  { edge, compare }: ListKind<N>,
): P => {
  const gone = new Set([...left.map(({ id }) => id), ...forgotten, ...added.map(({ id }) => id)]);
  const kept = reset ? [] : page.edges.filter(({ node }) => !gone.has(node.id));
  // A row that came live has no cursor of its own; paging goes on from `pageInfo.endCursor`.
  const edges = [...kept, ...added.map((node) => ({ __typename: edge, cursor: '', node }))].sort((a, b) => compare(a.node, b.node));
  return { ...page, edges, stateCounts, totalCount: stateCounts.reduce((sum, { count }) => sum + count, 0) };
};
