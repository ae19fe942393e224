import pLimit from 'p-limit';
import {
  type CallOptions,
  type ClusterNode,
  type FieldSet,
  formatId,
  type Listing,
  type PartFailure,
  type Reading,
  type Readings,
  settle,
  wantsAny,
  wantsType,
} from '../../domain/index.js';
import { errorAbout, isNodeId } from '../../http/index.js';
import { hasMemoryStats } from './capabilities.js';
import type { AdapterContext } from './context.js';
import { partsAtOnce } from './id-lists.js';
import { flatten, mapNodeMetrics } from './metrics.js';
import { bytesForIds, cutByBytes } from './request-line.js';
import type { WireMemoryNode } from './wire-results.js';

const nodesPath = '_nodes.failed,cluster_name,nodes.*.name,nodes.*.roles';
const memoryPath = '_nodes.failed,cluster_name,nodes.*.name,nodes.*.roles,nodes.*.mem,nodes.*.jvm';

export const wantsMetrics = (fields: FieldSet): boolean =>
  wantsAny(fields, 'NodeStats.metrics', 'NodeStats.rawMetrics') || wantsType(fields, 'ElasticsearchNodeMetrics');

/** Nodes as one of the two endpoints tells of them. */
export interface NodesAnswer {
  readonly nodes: Readonly<Record<string, WireMemoryNode>>;
  /** Nodes that gave no answer. */
  readonly failed: number;
  readonly clusterName: string | undefined;
  /** Metrics were asked for, and not refused: a version without them has none, which is no failure. */
  readonly withMetrics: boolean;
  /** What the other endpoint, which was asked first, could not tell. */
  readonly missing: readonly PartFailure[];
}

/** `_ml/memory` gives names and roles as well, so one call is enough where it exists; when it fails there are still the names. */
export const askNodes = async (
  { client }: AdapterContext,
  ids: readonly string[] | undefined,
  withMetrics: boolean,
  call: CallOptions,
): Promise<NodesAnswer> => {
  const selection = ids ? { ids } : {};
  const memory =
    withMetrics && hasMemoryStats(call.profile.version)
      ? await settle(client.memory({ ...selection, filterPath: memoryPath }, call), call)
      : undefined;
  const answer = memory?.ok ? memory.value : await client.nodes({ ...selection, filterPath: nodesPath }, call);
  return {
    nodes: Object.fromEntries(Object.entries(answer.nodes ?? {}).filter(([id]) => isNodeId(id))),
    failed: answer._nodes?.failed ?? 0,
    clusterName: answer.cluster_name,
    withMetrics: withMetrics && memory?.ok !== false,
    missing: memory && !memory.ok ? [{ part: 'STATISTICS', error: memory.error }] : [],
  };
};

const silent = (context: AdapterContext, failed: number) =>
  errorAbout(context.origin, 'BACKEND_UNAVAILABLE', `${failed} of the nodes gave no answer.`);

const mapNode = (backend: string, nativeId: string, node: WireMemoryNode, withMetrics: boolean): ClusterNode => ({
  id: formatId('node', backend, nativeId),
  backendKey: backend,
  nativeId,
  name: node.name ?? null,
  roles: node.roles ?? [],
  ...(withMetrics
    ? {
        metrics: node.mem || node.jvm ? mapNodeMetrics(backend, nativeId, node) : null,
        rawMetrics: flatten({ mem: node.mem, jvm: node.jvm }),
      }
    : {}),
});

/** Unknown ids are left out of the answer without a word: that means gone, unless nodes failed to answer. */
export const readNodes = async (
  context: AdapterContext,
  nativeIds: readonly string[],
  fields: FieldSet,
  call: CallOptions,
): Promise<Readings<ClusterNode>> => {
  const { origin, basePath } = context;
  const withMetrics = wantsMetrics(fields);
  const readings = new Map<string, Reading<ClusterNode>>(nativeIds.map((id) => [id, { status: 'gone' }]));
  const missing: PartFailure[] = [];
  const possible = [...readings.keys()].filter(isNodeId);
  const budget = bytesForIds('/_ml/memory//_stats', basePath, { filter_path: memoryPath });
  await pLimit(partsAtOnce).map(cutByBytes(possible, budget), async (ids) => {
    const answer = await settle(askNodes(context, ids, withMetrics, call), call);
    if (answer.ok) missing.push(...answer.value.missing);
    for (const id of ids) {
      const node = answer.ok && Object.hasOwn(answer.value.nodes, id) ? answer.value.nodes[id] : undefined;
      if (node) readings.set(id, { status: 'found', value: mapNode(origin.backend, id, node, answer.ok && answer.value.withMetrics) });
      else if (!answer.ok) readings.set(id, { status: 'undetermined', cause: answer.error });
      else if (answer.value.failed > 0) readings.set(id, { status: 'undetermined', cause: silent(context, answer.value.failed) });
    }
  });
  return { readings, missing: missing.slice(0, 1) };
};

/** Nodes that run machine learning, by role; one whose roles are not told counts. */
export const mlNodesOf = (context: AdapterContext, answer: NodesAnswer): Listing<ClusterNode> => ({
  items: Object.entries(answer.nodes)
    .filter(([, { roles }]) => roles === undefined || roles.includes('ml'))
    .map(([id, node]) => mapNode(context.origin.backend, id, node, answer.withMetrics)),
  missing: [...answer.missing, ...(answer.failed > 0 ? [{ part: 'STATE' as const, error: silent(context, answer.failed) }] : [])],
});

export const listNodes = async (context: AdapterContext, fields: FieldSet, call: CallOptions): Promise<Listing<ClusterNode>> =>
  mlNodesOf(context, await askNodes(context, undefined, wantsMetrics(fields), call));
