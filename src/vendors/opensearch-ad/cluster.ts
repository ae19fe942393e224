import { type CallOptions, type ClusterStats, type FieldSet, formatId } from '../../domain/index.js';
import type { AdapterContext } from './context.js';
import { askNodes, type NodesRead, workingNodes } from './nodes.js';
import { clusterStatsFor, mapClusterCounts } from './stats.js';
import type { WireStats } from './wire-results.js';

/** Of a cluster whose name these credentials may not read; there is but one of a backend. */
const unnamed = 'unnamed';

const nameOf = ({ identities }: NodesRead): string => {
  if (identities.ok) return identities.value.clusterName ?? unnamed;
  // A name that is there the next time would make another cluster of it.
  if (identities.error.code !== 'FORBIDDEN') throw identities.error;
  return unnamed;
};

const noStats: WireStats = { nodes: {} };

/** One answer tells of the cluster and of its nodes. Without the privilege for it there is nothing to say of the cluster. */
export const readClusterStats = async (context: AdapterContext, fields: FieldSet, call: CallOptions): Promise<ClusterStats> => {
  const { backend } = context.origin;
  const wanted = clusterStatsFor(fields);
  const read = await askNodes(context, undefined, fields, call, wanted);
  const { stats } = read;
  if (stats?.ok === false && wanted.length > 0) throw stats.error;
  return {
    id: formatId('cluster', backend, encodeURIComponent(nameOf(read))),
    backendKey: backend,
    nodes: read.identities.ok || stats?.ok ? workingNodes(context, read, fields) : [],
    ...mapClusterCounts(stats?.ok ? stats.value : noStats),
  };
};
