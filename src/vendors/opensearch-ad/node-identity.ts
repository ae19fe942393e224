import { type CallOptions, type ClusterNode, formatId } from '../../domain/index.js';
import { isNodeId } from '../../http/index.js';
import { getNodes } from './client.js';
import type { AdapterContext } from './context.js';

/** Nodes by native id, with their names and roles, which no statistics tell. */
export interface Identities {
  readonly nodes: ReadonlyMap<string, ClusterNode>;
  /** Nodes that gave no answer. */
  readonly failed: number;
  readonly clusterName: string | null;
}

export const bareNode = (backend: string, nativeId: string): ClusterNode => ({
  id: formatId('node', backend, nativeId),
  backendKey: backend,
  nativeId,
});

/** Without ids: every node of the cluster. */
export const readIdentities = async (
  context: AdapterContext,
  ids: readonly string[] | undefined,
  call: CallOptions,
): Promise<Identities> => {
  const { nodes = {}, _nodes, cluster_name: clusterName } = await getNodes(context, ids, call);
  const { backend } = context.origin;
  return {
    nodes: new Map(
      Object.entries(nodes)
        .filter(([id]) => isNodeId(id))
        .map(([id, { name, roles }]) => [id, { ...bareNode(backend, id), name: name ?? null, ...(roles === undefined ? {} : { roles }) }]),
    ),
    failed: _nodes?.failed ?? 0,
    clusterName: clusterName ?? null,
  };
};
