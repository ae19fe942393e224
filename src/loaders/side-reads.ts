import {
  type Anomaly,
  type AnomalyQuery,
  type ClusterNode,
  type ClusterStats,
  type GlobalId,
  type JobMessage,
  type ModelSnapshot,
  nativeOf,
  type Reading,
  type Slice,
  type Sliced,
} from '../domain/index.js';
import { type BackendLoader, batchByBackend } from './batch-by-backend.js';
import type { ReadContext } from './read-context.js';
import { memoiseLists, type ReadList } from './read-list.js';

/** Reads beside those of jobs and tasks: what stands apart at the vendor, with privileges of its own. All throw VigilError. */
export interface SideReads {
  /** The newest lines of the log about a job, as many as anything in the operation wants; jobs asked for in one tick share a call. */
  messages(id: GlobalId): Promise<readonly JobMessage[]>;
  anomalies(id: GlobalId, query: AnomalyQuery): Promise<Sliced<Anomaly>>;
  modelSnapshots(id: GlobalId, slice: Slice): Promise<Sliced<ModelSnapshot>>;
  /** Every node of a backend's cluster. */
  nodes(backendKey: string): Promise<ReadList<ClusterNode>>;
  clusterStats(backendKey: string): Promise<ClusterStats | null>;
}

/** What the side reads need beside what they share with the others. */
export interface SideReadOptions extends Pick<ReadContext, 'shared' | 'fields' | 'call' | 'listed' | 'ask'> {
  readonly messagesFirst: number;
  /** What a list told need not be read by id. */
  readonly primeNodes: (nodes: readonly ClusterNode[]) => void;
}

export const createSideReads = (options: SideReadOptions): SideReads & { clear(): void } => {
  const { shared, fields, messagesFirst, call, listed, ask, primeNodes } = options;

  const messageLoader: BackendLoader<readonly JobMessage[]> = batchByBackend({
    ...shared,
    read: async (backend, ids) => {
      const lines = await backend.adapter.readJobMessages(ids, messagesFirst, call(backend));
      const found = (id: string): Reading<readonly JobMessage[]> => ({ status: 'found', value: lines.get(id) ?? [] });
      return { readings: new Map(ids.map((id) => [id, found(id)])), missing: [] };
    },
  });

  const nodeLists = memoiseLists<ClusterNode>(async (backendKey) => {
    const listing = await listed(backendKey, (backend) => backend.adapter.listNodes(fields, call(backend)));
    primeNodes(listing.items);
    return listing;
  });
  const clusters = new Map<string, Promise<ClusterStats | null>>();

  return {
    messages: async (id) => (await messageLoader.load(id)) ?? [],
    anomalies: (id, query) =>
      ask(id.backend, (backend) => backend.adapter.readAnomalies(nativeOf(id, backend.adapter), query, fields, call(backend))),
    modelSnapshots: (id, { skip, first }) =>
      ask(id.backend, (backend) => backend.adapter.readModelSnapshots(nativeOf(id, backend.adapter), { skip, first }, call(backend))),
    nodes: (backendKey) => nodeLists.get(backendKey),
    clusterStats(backendKey) {
      const known = clusters.get(backendKey);
      const reading = known ?? ask(backendKey, (backend) => backend.adapter.readClusterStats(fields, call(backend)));
      clusters.set(backendKey, reading);
      return reading;
    },
    clear() {
      messageLoader.clearAll();
      nodeLists.clear();
      clusters.clear();
    },
  };
};
