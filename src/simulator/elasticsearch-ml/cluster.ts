import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../json.js';
import type { Dialect } from './dialect.js';

/** A member of the cluster. */
export interface NodeRecord {
  readonly id: string;
  readonly name: string;
  readonly ephemeralId: string;
  readonly ip: string;
  readonly transportAddress: string;
  readonly roles: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
}

/** The nodes; the first is the elected master, requests arrive at the second, so that writes are forwarded. */
export interface Cluster {
  readonly name: string;
  readonly uuid: string;
  nodes(): readonly NodeRecord[];
  master(): NodeRecord;
  /** The node that requests arrive at. */
  entry(): NodeRecord;
  find(idOrName: string): NodeRecord | undefined;
  /** The next node in turn to run a job; undefined when there is none. */
  nextForJob(): NodeRecord | undefined;
  leave(id: string): void;
  /** With the roles of a member of this release, unless others are given. */
  join(name: string, roles?: readonly string[]): NodeRecord;
  /** Task numbers rise with every request on a node. */
  nextTaskNumber(nodeId: string): number;
}

const machineMemory = '8589934592';

const oldRoles = ['data', 'ingest', 'master', 'ml', 'remote_cluster_client'];
const tieredRoles = ['data', 'data_cold', 'data_content', 'data_hot', 'data_warm', 'ingest', 'master', 'ml', 'remote_cluster_client'];
const modernRoles = [
  'data',
  'data_cold',
  'data_content',
  'data_frozen',
  'data_hot',
  'data_warm',
  'ingest',
  'master',
  'ml',
  'remote_cluster_client',
  'transform',
];

function rolesOf(dialect: Dialect): readonly string[] {
  if (dialect.modernNodes) return modernRoles;
  return dialect.number.startsWith('7.9.') ? oldRoles : tieredRoles;
}

const attributesOf = (dialect: Dialect): Readonly<Record<string, string>> =>
  dialect.modernNodes
    ? {
        'ml.allocated_processors_double': '4.0',
        'ml.allocated_processors': '4',
        'ml.machine_memory': machineMemory,
        'ml.config_version': '12.0.0',
        'ml.max_jvm_size': '4294967296',
        'transform.config_version': '10.0.0',
        'xpack.installed': 'true',
      }
    : { 'ml.machine_memory': machineMemory, 'xpack.installed': 'true', 'ml.max_open_jobs': '20' };

const nodeId = () => randomBytes(16).toString('base64url');

/** A cluster of as many nodes. */
export function createCluster(dialect: Dialect, size: number): Cluster {
  const taskNumbers = new Map<string, number>();
  let nodes: NodeRecord[] = [];
  let turn = 0;
  const join = (name: string, roles: readonly string[] = rolesOf(dialect)) => {
    const number = Number(/\d+$/.exec(name)?.[0] ?? nodes.length + 1);
    const node: NodeRecord = {
      id: nodeId(),
      name,
      ephemeralId: nodeId(),
      ip: '127.0.0.1',
      transportAddress: `127.0.0.1:${9299 + number}`,
      roles,
      attributes: attributesOf(dialect),
    };
    nodes = [...nodes, node];
    return node;
  };
  for (let number = 1; number <= size; number += 1) join(`node-${number}`);
  const at = (index: number): NodeRecord => nodes[Math.min(index, nodes.length - 1)] ?? join('node-1');
  return {
    name: 'simulated',
    uuid: nodeId(),
    nodes: () => nodes,
    master: () => at(0),
    entry: () => at(1),
    find: (idOrName) => nodes.find(({ id, name }) => id === idOrName || name === idOrName),
    nextForJob() {
      const candidates = nodes.filter(({ roles }) => roles.includes('ml'));
      turn += 1;
      return candidates[turn % Math.max(1, candidates.length)];
    },
    leave(id) {
      nodes = nodes.filter((node) => node.id !== id);
    },
    join,
    nextTaskNumber(id) {
      const next = (taskNumbers.get(id) ?? 1000) + 1 + Math.floor(Math.random() * 5);
      taskNumbers.set(id, next);
      return next;
    },
  };
}

/** A node as job and datafeed statistics show it. */
export const assignedNodeJson = (node: NodeRecord): JsonObject => ({
  id: node.id,
  name: node.name,
  ephemeral_id: node.ephemeralId,
  transport_address: node.transportAddress,
  attributes: node.attributes,
});

/** A node as datafeed statistics show it: with the attributes of machine learning alone (7.9). */
export const mlNodeJson = (node: NodeRecord): JsonObject => ({
  ...assignedNodeJson(node),
  attributes: Object.fromEntries(Object.entries(node.attributes).filter(([key]) => key.startsWith('ml.'))),
});

/** A node as the server's messages describe it. */
export const describeNode = (node: NodeRecord): string => {
  const attributes = Object.entries(node.attributes).map((pair) => pair.join('='));
  const roles = [...new Set(node.roles.map((role) => role.charAt(0)))].sort().join('');
  return [node.name, node.id, node.ephemeralId, node.ip, node.transportAddress, roles, attributes.join(', ')]
    .map((part) => `{${part}}`)
    .join('');
};

/** A node as the task list shows it; what it is attributed comes from machine learning and its companions. */
export const listedNodeJson = (node: NodeRecord, withMl: boolean): JsonObject => ({
  name: node.name,
  transport_address: node.transportAddress,
  host: node.ip,
  ip: node.transportAddress,
  roles: node.roles,
  ...(withMl && { attributes: node.attributes }),
});
