import type { Json, JsonObject } from '../../json.js';
import type { NodeRecord } from '../cluster.js';
import type { World } from '../world.js';
import { attributesOf, pluginsOf } from './node-choice.js';
import { buildType } from './root.js';

const bootedAt = Date.now();

/** What JVM and machine of every simulated node are like. */
export const machine = { heapMax: 1_037_959_168, memory: 8_589_934_592, disk: 107_374_182_400, processors: 2 };

const osJson: JsonObject = {
  refresh_interval_in_millis: 1000,
  name: 'Linux',
  pretty_name: 'Debian GNU/Linux 12 (bookworm)',
  arch: 'amd64',
  version: '6.1.0',
  available_processors: machine.processors,
  allocated_processors: machine.processors,
};

const jvmJson = (node: NodeRecord): JsonObject => ({
  pid: 1000 + node.name.length,
  version: '17.0.15',
  vm_name: 'OpenJDK 64-Bit Server VM',
  vm_version: '17.0.15+6',
  vm_vendor: 'Debian',
  start_time_in_millis: bootedAt,
  mem: {
    heap_init_in_bytes: 396_361_728,
    heap_max_in_bytes: machine.heapMax,
    non_heap_init_in_bytes: 7_667_712,
    non_heap_max_in_bytes: 0,
    direct_max_in_bytes: 0,
  },
  gc_collectors: ['Copy', 'MarkSweepCompact'],
});

const pluginsJson = (world: World): Json =>
  pluginsOf(world).map(({ name, version, extends: extended }) => ({
    name,
    version,
    [world.dialect.product === 'opensearch' ? 'opensearch_version' : 'elasticsearch_version']: world.dialect.number,
    java_version: '11',
    extended_plugins: extended,
    has_native_controller: false,
  }));

const addressJson = (address: string) => ({ bound_address: [address], publish_address: address });

const parts: ReadonlyMap<string, (world: World, node: NodeRecord) => Json> = new Map<string, (world: World, node: NodeRecord) => Json>([
  ['settings', (world, node) => ({ cluster: { name: world.cluster.name }, node: { name: node.name } })],
  ['os', () => osJson],
  ['process', (_, node) => ({ refresh_interval_in_millis: 1000, id: 1000 + node.name.length, mlockall: false })],
  ['jvm', (_, node) => jvmJson(node)],
  ['transport', (_, node) => ({ ...addressJson(node.transportAddress), profiles: {} })],
  ['http', (_, node) => ({ ...addressJson(node.transportAddress.replace(/:\d+$/, ':9200')), max_content_length_in_bytes: 104_857_600 })],
  ['plugins', pluginsJson],
]);

const modules = ['lang-painless', 'reindex', 'transport-netty4'].map((name) => ({ name }));

/** Metrics of node information that there are, and those this simulator knows but has nothing to say of. */
export const infoMetrics: readonly string[] = [
  ...parts.keys(),
  'thread_pool',
  'ingest',
  'aggregations',
  'indices',
  'search_pipelines',
  '_all',
  '_none',
];

/** One node as `_nodes` shows it; metrics nobody knows are passed over. */
export function nodeInfoJson(world: World, node: NodeRecord, metrics: readonly string[]): JsonObject {
  const { dialect } = world;
  const all = metrics.length === 0 || metrics.includes('_all');
  const shown = [...parts].filter(([name]) => all || metrics.includes(name)).map(([name, print]) => [name, print(world, node)] as const);
  return {
    name: node.name,
    transport_address: node.transportAddress,
    host: node.ip,
    ip: node.ip,
    version: dialect.number,
    ...(dialect.product === 'elasticsearch' && { build_flavor: 'default' }),
    build_type: dialect.product === 'elasticsearch' ? 'docker' : buildType,
    build_hash: dialect.buildHash,
    ...(all && { total_indexing_buffer: Math.floor(machine.heapMax / 10) }),
    roles: node.roles,
    attributes: attributesOf(world),
    ...Object.fromEntries(shown),
    // Modules come with the metric of plugins.
    ...((all || metrics.includes('plugins')) && { modules }),
  };
}
