import { type CallOptions, type ClusterStats, type FieldSet, formatId } from '../../domain/index.js';
import { errorAbout } from '../../http/index.js';
import type { AdapterContext } from './context.js';
import { flatten } from './metrics.js';
import { askNodes, mlNodesOf, wantsMetrics } from './nodes.js';

/** Limits and defaults of machine learning, upgrade mode, and the nodes that run it. The cluster is known by its name, which comes with the nodes. */
export const readClusterStats = async (context: AdapterContext, fields: FieldSet, call: CallOptions): Promise<ClusterStats> => {
  const { client, origin } = context;
  const withMetrics = wantsMetrics(fields);
  const [settings, nodes] = await Promise.all([client.settings(call), askNodes(context, undefined, withMetrics, call)]);
  if (nodes.clusterName === undefined) throw errorAbout(origin, 'BACKEND_UNAVAILABLE', 'The cluster did not tell its name.');
  return {
    id: formatId('cluster', origin.backend, encodeURIComponent(nodes.clusterName)),
    backendKey: origin.backend,
    nodes: mlNodesOf(context, nodes).items,
    rawMetrics: flatten({ limits: settings.limits, defaults: settings.defaults, upgrade_mode: settings.upgrade_mode }),
  };
};
