import {
  type Anomaly,
  type AnomalyQuery,
  type Backend,
  type CallOptions,
  type ClusterNode,
  type ClusterStats,
  type FieldSet,
  type GlobalId,
  type JobMessage,
  type Listing,
  type ModelSnapshot,
  type Reading,
  type Slice,
  type Sliced,
} from '../domain/index.js';
import { asVigilError, VigilError } from '../errors.js';
import { type BackendLoader, type BatchOptions, batchByBackend } from './batch-by-backend.js';
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

/** What the side reads share with the others. */
export interface SideReadOptions {
  readonly shared: Pick<BatchOptions<unknown>, 'backendOf' | 'onMissing' | 'onFault'>;
  readonly fields: FieldSet;
  readonly messagesFirst: number;
  readonly call: (backend: Backend) => CallOptions;
  /** Reads a list, and notes the parts it lacks. */
  readonly listed: <T>(backendKey: string, read: (backend: Backend) => Promise<Listing<T>>) => Promise<Listing<T>>;
  /** What a list told need not be read by id. */
  readonly primeNodes: (nodes: readonly ClusterNode[]) => void;
}

export const createSideReads = (options: SideReadOptions): SideReads & { clear(): void } => {
  const { shared, fields, messagesFirst, call, listed, primeNodes } = options;

  const messageLoader: BackendLoader<readonly JobMessage[]> = batchByBackend({
    ...shared,
    read: async (backend, ids) => {
      const lines = await backend.adapter.readJobMessages(ids, messagesFirst, call(backend));
      const found = (id: string): Reading<readonly JobMessage[]> => ({ status: 'found', value: lines.get(id) ?? [] });
      return { readings: new Map(ids.map((id) => [id, found(id)])), missing: [] };
    },
  });

  const ask = async <T>(backendKey: string, read: (backend: Backend) => Promise<T>): Promise<T> => {
    try {
      const backend = shared.backendOf(backendKey);
      if (!backend) throw new VigilError('NOT_FOUND', `There is no backend "${backendKey}".`);
      return await read(backend);
    } catch (error) {
      const known = asVigilError(error);
      if (known !== error) shared.onFault(error);
      throw known;
    }
  };

  const nodeLists = memoiseLists<ClusterNode>(async (backendKey) => {
    const listing = await listed(backendKey, (backend) => backend.adapter.listNodes(fields, call(backend)));
    primeNodes(listing.items);
    return listing;
  });
  const clusters = new Map<string, Promise<ClusterStats | null>>();

  return {
    messages: async (id) => (await messageLoader.load(id)) ?? [],
    anomalies: (id, query) => ask(id.backend, (backend) => backend.adapter.readAnomalies(id.native, query, fields, call(backend))),
    modelSnapshots: (id, { skip, first }) =>
      ask(id.backend, (backend) => backend.adapter.readModelSnapshots(id.native, { skip, first }, call(backend))),
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
