import { randomBytes } from 'node:crypto';
import { type ClusterSettings, createClusterSettings } from './cluster-settings.js';
import type { Dialect } from './dialect.js';

/** A member of the cluster. */
export interface NodeRecord {
  readonly id: string;
  readonly name: string;
  readonly ephemeralId: string;
  readonly ip: string;
  readonly transportAddress: string;
  readonly roles: readonly string[];
}

/** The nodes; the first is the elected manager and the one that requests arrive at. */
export interface Cluster {
  readonly name: string;
  readonly uuid: string;
  readonly settings: ClusterSettings;
  nodes(): readonly NodeRecord[];
  /** Where anomaly detection may run. */
  dataNodes(): readonly NodeRecord[];
  manager(): NodeRecord;
  find(idOrName: string): NodeRecord | undefined;
  /** The node that a key is assigned to, as long as there are the same nodes (the hash ring of anomaly detection). */
  nodeFor(key: string): NodeRecord;
  join(name: string, roles?: readonly string[]): NodeRecord;
  leave(id: string): void;
}

const newNodeId = () => randomBytes(16).toString('base64url');

const hashOf = (text: string) => [...text].reduce((hash, character) => (hash * 31 + character.charCodeAt(0)) >>> 0, 7);

/** A cluster of as many nodes. */
export function createCluster(dialect: Dialect, size: number): Cluster {
  let nodes: NodeRecord[] = [];
  const join = (name: string, roles: readonly string[] = dialect.nodeRoles) => {
    const number = Number(/\d+$/.exec(name)?.[0] ?? nodes.length + 1);
    const transportAddress = `127.0.0.1:${9299 + number}`;
    const node: NodeRecord = { id: newNodeId(), name, ephemeralId: newNodeId(), ip: '127.0.0.1', transportAddress, roles };
    nodes = [...nodes, node];
    return node;
  };
  for (let number = 1; number <= size; number += 1) join(`node-${number}`);
  const dataNodes = () => nodes.filter(({ roles }) => roles.includes('data'));
  const manager = () => nodes[0] ?? join('node-1');
  return {
    name: 'simulated',
    uuid: newNodeId(),
    settings: createClusterSettings(),
    nodes: () => nodes,
    dataNodes,
    manager,
    find: (idOrName) => nodes.find(({ id, name }) => id === idOrName || name === idOrName),
    nodeFor(key) {
      const candidates = dataNodes();
      return candidates[hashOf(key) % Math.max(1, candidates.length)] ?? manager();
    },
    join,
    leave(id) {
      nodes = nodes.filter((node) => node.id !== id);
    },
  };
}
