import { isOlder, type Listed } from './list-step.js';

/** A connection as a query gave it: what Apollo Client and graphcache keep of a list. */
export interface ListPage<N extends Listed, C extends { readonly count: number }> {
  readonly totalCount: number | null;
  /** Lists of detectors have none. */
  readonly stateCounts?: readonly C[];
  readonly edges: readonly { readonly cursor: string; readonly node: N }[];
}

/** One message of the stream of that list. `changed` may select fewer fields than `added`. */
export interface PageMessage<N extends Listed, C extends { readonly count: number }> {
  readonly reset: boolean;
  readonly added?: readonly N[];
  readonly changed?: readonly (Listed & Partial<N>)[];
  readonly left?: readonly Listed[];
  readonly forgotten: readonly string[];
  readonly stateCounts?: readonly C[];
}

/** How a list is sorted, and what the schema calls its edges. */
export interface PageKind<N> {
  readonly edge: string;
  readonly compare: (a: N, b: N) => number;
}

interface NodeOfTask extends Listed {
  readonly startedAt?: string | null;
}
interface NodeOfDetector extends Listed {
  readonly name?: string;
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Jobs as they come without `orderBy`: by id. */
export const jobPage: PageKind<Listed> = { edge: 'JobEdge', compare: (a, b) => byText(a.id, b.id) };
/** Tasks as they come without `orderBy`: the newest first. */
export const taskPage: PageKind<NodeOfTask> = {
  edge: 'TaskEdge',
  compare: (a, b) => byText(b.startedAt ?? '', a.startedAt ?? '') || byText(a.id, b.id),
};
/** Detectors as they come without `orderBy`: by name. */
export const detectorPage: PageKind<NodeOfDetector> = {
  edge: 'DetectorEdge',
  compare: (a, b) => byText(a.name ?? '', b.name ?? '') || byText(a.id, b.id),
};

const totalOf = (counts: readonly { readonly count: number }[] | undefined, otherwise: number | null): number | null =>
  counts ? counts.reduce((sum, { count }) => sum + count, 0) : otherwise;

/**
 * The page after a message, for `cache.updateQuery` of Apollo Client and of graphcache. Always in the same order: `reset` empties, `left` and `forgotten` go,
 * `added` come, `changed` are updated where they are held; a copy older than the one held is dropped. Of a stream with `snapshot: false` leave the messages
 * with `reset` out, and have the page fetched again: `onReset` of `resumable`. A row that came live has no cursor of its own: paging goes on from
 * `pageInfo.endCursor`, and may bring such a row again, so join pages by the ids of their rows. Pure.
 */
export const applyToPage = <N extends Listed, C extends { readonly count: number }, P extends ListPage<N, C>>(
  page: P,
  message: PageMessage<N, C>,
  { edge, compare }: PageKind<N>,
): P => {
  const held = new Map((message.reset ? [] : page.edges).map((each) => [each.node.id, each]));
  for (const { id } of message.left ?? []) held.delete(id);
  for (const id of message.forgotten) held.delete(id);
  for (const node of message.added ?? []) {
    const before = held.get(node.id);
    if (!isOlder(node, before?.node))
      held.set(node.id, before ? { ...before, node: { ...before.node, ...node } } : { ...{ __typename: edge }, cursor: '', node });
  }
  for (const node of message.changed ?? []) {
    const before = held.get(node.id);
    if (before && !isOlder(node, before.node)) held.set(node.id, { ...before, node: { ...before.node, ...node } });
  }
  const edges = [...held.values()];
  return {
    ...page,
    // What a list is sorted by may change, too: a task that waited begins.
    edges: message.added?.length || message.changed?.length ? edges.sort((a, b) => compare(a.node, b.node)) : edges,
    ...(message.stateCounts ? { stateCounts: message.stateCounts } : {}),
    totalCount: totalOf(message.stateCounts, page.totalCount),
  };
};
