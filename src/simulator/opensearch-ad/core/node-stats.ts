import type { Json, JsonObject } from '../../json.js';
import type { NodeRecord } from '../cluster.js';
import type { World } from '../world.js';
import { attributesOf } from './node-choice.js';
import { machine } from './node-info.js';
import { allIndices } from './shards.js';

/** A share between 0 and 1 that differs from node to node and moves slowly, as loads do. */
function wave(world: World, node: NodeRecord, periodMs: number): number {
  const shift = [...node.id].reduce((sum, character) => sum + character.charCodeAt(0), 0);
  return (1 + Math.sin(world.schedule.now() / periodMs + shift)) / 2;
}

const percentOf = (part: number, whole: number) => Math.floor((part * 100) / whole);

function osJson(world: World, node: NodeRecord): JsonObject {
  const cpu = wave(world, node, 60_000);
  const used = Math.round(machine.memory * (0.4 + 0.2 * wave(world, node, 600_000)));
  const load = Math.round(cpu * machine.processors * 100) / 100;
  return {
    timestamp: world.schedule.now(),
    cpu: { percent: Math.round(5 + 60 * cpu), load_average: { '1m': load, '5m': load, '15m': load } },
    mem: {
      total_in_bytes: machine.memory,
      free_in_bytes: machine.memory - used,
      used_in_bytes: used,
      free_percent: 100 - percentOf(used, machine.memory),
      used_percent: percentOf(used, machine.memory),
    },
    swap: { total_in_bytes: 0, free_in_bytes: 0, used_in_bytes: 0 },
  };
}

const processJson = (world: World, node: NodeRecord): JsonObject => ({
  timestamp: world.schedule.now(),
  open_file_descriptors: 300,
  max_file_descriptors: 65_536,
  cpu: { percent: Math.round(40 * wave(world, node, 60_000)), total_in_millis: Math.round(performance.now()) },
  mem: { total_virtual_in_bytes: 3_764_211_712 },
});

function jvmJson(world: World, node: NodeRecord): JsonObject {
  const used = Math.round(machine.heapMax * (0.1 + 0.4 * wave(world, node, 120_000)));
  return {
    timestamp: world.schedule.now(),
    uptime_in_millis: Math.round(performance.now()),
    mem: {
      heap_used_in_bytes: used,
      heap_used_percent: percentOf(used, machine.heapMax),
      heap_committed_in_bytes: machine.heapMax,
      heap_max_in_bytes: machine.heapMax,
      non_heap_used_in_bytes: 110_905_336,
      non_heap_committed_in_bytes: 113_311_744,
    },
    threads: { count: 60, peak_count: 64 },
    gc: {
      collectors: {
        young: { collection_count: 14, collection_time_in_millis: 250 },
        old: { collection_count: 3, collection_time_in_millis: 197 },
      },
    },
  };
}

const poolJson = (threads: number, active: number, completed: number): JsonObject => ({
  threads,
  queue: 0,
  active,
  rejected: 0,
  largest: threads,
  completed,
});

/** The plugin has a pool for real-time runs and one for historical pieces. */
function poolsJson(world: World, node: NodeRecord): JsonObject {
  const { executed, batchStarted } = world.runtime.counters(node);
  const own = {
    'ad-batch-task-threadpool': poolJson(Math.min(1, batchStarted), 0, batchStarted),
    'ad-threadpool': poolJson(Math.min(1, executed), 0, executed),
  };
  return { ...(world.plugin && own), search: poolJson(4, 0, 100), write: poolJson(2, 0, 20), generic: poolJson(8, 0, 200) };
}

function fsJson(world: World): JsonObject {
  const total = { total_in_bytes: machine.disk, free_in_bytes: machine.disk * 0.75, available_in_bytes: machine.disk * 0.7 };
  return {
    timestamp: world.schedule.now(),
    total,
    data: [{ path: '/usr/share/opensearch/data/nodes/0', mount: '/', type: 'ext4', ...total }],
  };
}

const indicesJson = (world: World): JsonObject => {
  const count = allIndices(world).reduce((sum, { docs }) => sum + docs.size, 0);
  return { docs: { count, deleted: 0 }, store: { size_in_bytes: count * 250, reserved_in_bytes: 0 } };
};

const parts: ReadonlyMap<string, (world: World, node: NodeRecord) => Json> = new Map<string, (world: World, node: NodeRecord) => Json>([
  ['indices', indicesJson],
  ['os', osJson],
  ['process', processJson],
  ['jvm', jvmJson],
  ['thread_pool', poolsJson],
  ['fs', fsJson],
  [
    'transport',
    () => ({ server_open: 0, total_outbound_connections: 0, rx_count: 0, rx_size_in_bytes: 0, tx_count: 0, tx_size_in_bytes: 0 }),
  ],
  ['http', () => ({ current_open: 1, total_opened: 1 })],
]);

/** Metrics of the server that have nothing here; asking for them is fine. */
const empty: readonly string[] = ['breaker', 'script', 'discovery', 'ingest', 'adaptive_selection', 'indexing_pressure', 'search_pipeline'];

/** Whether the server knows a metric of node statistics: it refuses others. */
export const isStatsMetric = (name: string): boolean => name === '_all' || parts.has(name) || empty.includes(name);

/** One node as `_nodes/stats` shows it. */
export function nodeStatsJson(world: World, node: NodeRecord, metrics: readonly string[]): JsonObject {
  const all = metrics.length === 0 || metrics.includes('_all');
  const shown = [...parts].filter(([name]) => all || metrics.includes(name)).map(([name, print]) => [name, print(world, node)] as const);
  return {
    timestamp: world.schedule.now(),
    name: node.name,
    transport_address: node.transportAddress,
    host: node.ip,
    ip: node.transportAddress,
    roles: node.roles,
    attributes: attributesOf(world),
    ...Object.fromEntries(shown),
  };
}
