import pLimit from 'p-limit';
import {
  type CallOptions,
  type ClusterNode,
  type FieldSet,
  type Listing,
  type PartFailure,
  type Reading,
  type Readings,
  type Settled,
  settle,
} from '../../domain/index.js';
import type { VigilError } from '../../errors.js';
import { errorAbout, isNodeId } from '../../http/index.js';
import { chunksOf } from './by-id.js';
import { getStats } from './client.js';
import type { AdapterContext } from './context.js';
import { mapModel } from './model-mapper.js';
import { bareNode, type Identities, readIdentities } from './node-identity.js';
import { mapNodeMetrics, nodeMetricsOf, nodeStatsFor, spelled, wantsMetrics, wantsModels } from './stats.js';
import type { WireNodeStats, WireStats } from './wire-results.js';

/** Of one request, so that its line stays short. */
const idsAtOnce = 100;
const partsAtOnce = 4;

/** Names and statistics stand at two endpoints, behind two privileges. */
export interface NodesRead {
  readonly identities: Settled<Identities>;
  /** Undefined: not asked for. */
  readonly stats: Settled<WireStats> | undefined;
}

/** `cluster`: statistics of the cluster that are wanted along with those of its nodes, by their present names. */
export const askNodes = async (
  context: AdapterContext,
  ids: readonly string[] | undefined,
  fields: FieldSet,
  call: CallOptions,
  cluster: readonly string[] = [],
): Promise<NodesRead> => {
  const present = [...cluster, ...nodeStatsFor(fields)];
  const names = spelled(present, context.dialectOf(call));
  const [identities, stats] = await Promise.all([
    settle(readIdentities(context, ids, call), call),
    present.length === 0 ? undefined : settle(getStats(context, { nodes: ids, names }, call), call),
  ]);
  return { identities, stats };
};

const silent = (context: AdapterContext, failed: number): VigilError =>
  errorAbout(context.origin, 'BACKEND_UNAVAILABLE', `${failed} of the nodes gave no answer.`);

const nodesMissing = (context: AdapterContext, { identities, stats }: NodesRead): readonly PartFailure[] => {
  const failed = identities.ok ? identities.value.failed : 0;
  const error = stats?.ok === false ? stats.error : !identities.ok ? identities.error : failed > 0 ? silent(context, failed) : undefined;
  // A node that is silent is left out.
  return error === undefined ? [] : [{ part: failed > 0 ? 'STATE' : 'STATISTICS', error }];
};

const statsOf = ({ stats }: NodesRead, id: string): WireNodeStats | null =>
  stats?.ok && Object.hasOwn(stats.value.nodes, id) ? (stats.value.nodes[id] ?? null) : null;

/** A node that does not do this work has no statistics. */
const mapNode = (backend: string, id: string, read: NodesRead, fields: FieldSet): ClusterNode => {
  const identity = read.identities.ok ? read.identities.value.nodes.get(id) : undefined;
  const node: ClusterNode = identity ?? { ...bareNode(backend, id), name: null };
  if (!read.stats?.ok) return node;
  const own = statsOf(read, id);
  return {
    ...node,
    ...(wantsMetrics(fields) ? { metrics: own && mapNodeMetrics(backend, id, own) } : {}),
    ...(fields.has('NodeStats.rawMetrics') ? { rawMetrics: own ? nodeMetricsOf(own) : [] } : {}),
    ...(wantsModels(fields) ? { models: (own?.models ?? []).map((model) => mapModel(model, id)) } : {}),
  };
};

/** Nodes that hold data; only they analyse it (AD source, DiscoveryNodeFilterer). Roles may be told apart by tier. */
const doesTheWork = ({ roles }: ClusterNode): boolean => roles === undefined || roles.some((role) => /^data(?:_|$)/.test(role));

/** Who gives statistics does the work, whatever its roles; one that gives none may just not have answered in time. */
const idsOf = ({ identities, stats }: NodesRead): readonly string[] => {
  const working = identities.ok ? [...identities.value.nodes.values()].filter(doesTheWork).map(({ nativeId }) => nativeId) : [];
  return [...new Set([...working, ...(stats?.ok ? Object.keys(stats.value.nodes).filter(isNodeId) : [])])];
};

/** The nodes that do the work, as far as one of the two endpoints lets itself be read. */
export const workingNodes = (context: AdapterContext, read: NodesRead, fields: FieldSet): readonly ClusterNode[] => {
  const { identities, stats } = read;
  if (!identities.ok && stats?.ok !== true) throw identities.error;
  return idsOf(read).map((id) => mapNode(context.origin.backend, id, read, fields));
};

export const listNodes = async (context: AdapterContext, fields: FieldSet, call: CallOptions): Promise<Listing<ClusterNode>> => {
  const read = await askNodes(context, undefined, fields, call);
  return { items: workingNodes(context, read, fields), missing: nodesMissing(context, read) };
};

const readingOf = (context: AdapterContext, id: string, read: NodesRead, fields: FieldSet): Reading<ClusterNode> => {
  const { identities } = read;
  const isKnown = (identities.ok && identities.value.nodes.has(id)) || statsOf(read, id) !== null;
  if (isKnown) return { status: 'found', value: mapNode(context.origin.backend, id, read, fields) };
  // Nodes that do not answer are left out of the statistics without a word: only the list of nodes can say that there is none.
  if (!identities.ok) return { status: 'undetermined', cause: identities.error };
  return identities.value.failed > 0 ? { status: 'undetermined', cause: silent(context, identities.value.failed) } : { status: 'gone' };
};

export const readNodes = async (
  context: AdapterContext,
  nativeIds: readonly string[],
  fields: FieldSet,
  call: CallOptions,
): Promise<Readings<ClusterNode>> => {
  const readings = new Map<string, Reading<ClusterNode>>(nativeIds.map((id) => [id, { status: 'gone' }]));
  const parts = chunksOf([...readings.keys()].filter(isNodeId), idsAtOnce);
  const missing = await pLimit(partsAtOnce).map(parts, async (ids) => {
    const read = await askNodes(context, ids, fields, call);
    for (const id of ids) readings.set(id, readingOf(context, id, read, fields));
    return nodesMissing(context, read);
  });
  return { readings, missing: missing.flat().slice(0, 1) };
};
