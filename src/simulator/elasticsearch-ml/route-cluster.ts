import type { JsonObject } from '../json.js';
import { assignedNodeJson, type NodeRecord } from './cluster.js';
import { tokenize } from './expression.js';
import { type Call, type Prepared, type Route, reply } from './routes.js';
import { chooseNodes } from './task-lists.js';
import { seconds } from './time-value.js';
import { setUpgradeMode } from './upgrade-mode.js';
import type { World } from './world.js';

const gigabyte = 1024 ** 3;

function prepareRoot({ world }: Call): Prepared {
  const { dialect, cluster } = world;
  const version = {
    number: dialect.number,
    build_flavor: 'default',
    build_type: dialect.modernNodes ? 'docker' : 'tar',
    build_hash: dialect.buildHash,
    build_date: dialect.buildDate,
    build_snapshot: false,
    lucene_version: dialect.luceneVersion,
    minimum_wire_compatibility_version: dialect.wireVersion,
    minimum_index_compatibility_version: dialect.indexVersion,
  };
  return {
    action: 'cluster:monitor/main',
    run: () =>
      reply({
        name: cluster.entry().name,
        cluster_name: cluster.name,
        cluster_uuid: cluster.uuid,
        version,
        tagline: 'You Know, for Search',
      }),
  };
}

function limitsJson(world: World): JsonObject {
  if (!world.cluster.nodes().some(({ roles }) => roles.includes('ml'))) return {};
  if (!world.dialect.modernNodes) return { effective_max_model_memory_limit: '7191mb' };
  return {
    max_single_ml_node_processors: 4,
    total_ml_processors: 4 * world.cluster.nodes().length,
    total_ml_memory: `${2457 * world.cluster.nodes().length}mb`,
    effective_max_model_memory_limit: '2423mb',
  };
}

function prepareInfo({ world }: Call): Prepared {
  const { dialect } = world;
  const defaults = {
    anomaly_detectors: {
      categorization_analyzer: {
        tokenizer: dialect.modernNodes ? 'ml_standard' : 'ml_classic',
        filter: [{ type: 'stop', stopwords: ['Monday', 'Mon', 'January', 'Jan', 'GMT', 'UTC'] }],
      },
      model_memory_limit: '1gb',
      categorization_examples_limit: 4,
      model_snapshot_retention_days: 10,
      daily_model_snapshot_retention_after_days: 1,
    },
    datafeeds: { scroll_size: 1000 },
  };
  return {
    action: 'cluster:monitor/xpack/ml/info/get',
    run: () =>
      reply({
        defaults,
        upgrade_mode: world.settings.upgradeMode,
        native_code: { version: dialect.number, build_hash: dialect.buildHash.slice(0, 14) },
        limits: limitsJson(world),
      }),
  };
}

function countsJson(nodes: readonly NodeRecord[]): JsonObject {
  return { total: nodes.length, successful: nodes.length, failed: 0 };
}

function prepareNodes({ world, path, params }: Call): Prepared {
  params.time('timeout', seconds(30));
  const { dialect, cluster } = world;
  return {
    action: 'cluster:monitor/nodes/info',
    run() {
      const nodes = chooseNodes(world, tokenize(path.ids ?? ''));
      const shown = nodes.map((node) => [
        node.id,
        {
          name: node.name,
          transport_address: node.transportAddress,
          host: node.ip,
          ip: node.ip,
          version: dialect.number,
          build_flavor: 'default',
          build_type: dialect.modernNodes ? 'docker' : 'tar',
          build_hash: dialect.buildHash,
          roles: node.roles,
          attributes: node.attributes,
        },
      ]);
      return reply({ _nodes: countsJson(nodes), cluster_name: cluster.name, nodes: Object.fromEntries(shown) });
    },
  };
}

function memoryJson(world: World, node: NodeRecord): JsonObject {
  const running = [...world.jobs.values()].filter(({ nodeId }) => nodeId === node.id);
  const models = running.reduce((bytes, { modelBytes }) => bytes + modelBytes, 0);
  const { id, ...shown } = assignedNodeJson(node);
  return {
    ...shown,
    roles: node.roles,
    mem: {
      total_in_bytes: 8 * gigabyte,
      adjusted_total_in_bytes: 8 * gigabyte,
      ml: {
        max_in_bytes: 2_576_980_377,
        native_code_overhead_in_bytes: running.length > 0 ? 31_457_280 : 0,
        anomaly_detectors_in_bytes: models + running.length * 10_485_760,
        data_frame_analytics_in_bytes: 0,
        native_inference_in_bytes: 0,
      },
    },
    jvm: { heap_max_in_bytes: 4 * gigabyte, java_inference_max_in_bytes: 1_717_986_918, java_inference_in_bytes: 0 },
  };
}

function prepareMemory({ world, path, params }: Call): Prepared {
  params.time('timeout', seconds(30));
  params.time('master_timeout', seconds(30));
  return {
    action: 'cluster:monitor/xpack/ml/memory/stats/get',
    run() {
      const nodes = chooseNodes(
        world,
        tokenize(path.node_id ?? '').filter((name) => name !== 'ml:true'),
      );
      const shown = nodes.map((node) => [node.id, memoryJson(world, node)] as const);
      return reply({ _nodes: countsJson(nodes), cluster_name: world.cluster.name, nodes: Object.fromEntries(shown) });
    },
  };
}

function prepareUpgrade({ world, params }: Call): Prepared {
  const enabled = params.flag('enabled', false);
  params.time('timeout', seconds(30));
  return {
    action: 'cluster:admin/xpack/ml/upgrade_mode',
    async run() {
      await setUpgradeMode(world, enabled);
      return reply({ acknowledged: true });
    },
  };
}

function prepareHealth({ world, params }: Call): Prepared {
  for (const name of ['level', 'timeout', 'master_timeout', 'local', 'wait_for_status', 'wait_for_nodes']) params.text(name);
  const nodes = world.cluster.nodes().length;
  return {
    action: 'cluster:monitor/health',
    run: () =>
      reply({
        cluster_name: world.cluster.name,
        status: 'green',
        timed_out: false,
        number_of_nodes: nodes,
        number_of_data_nodes: nodes,
        active_primary_shards: 6,
        active_shards: 6,
        relocating_shards: 0,
        initializing_shards: 0,
        unassigned_shards: 0,
        ...(world.dialect.modernNodes && { unassigned_primary_shards: 0 }),
        delayed_unassigned_shards: 0,
        number_of_pending_tasks: 0,
        number_of_in_flight_fetch: 0,
        task_max_waiting_in_queue_millis: 0,
        active_shards_percent_as_number: 100,
      }),
  };
}

/** The cluster and its nodes. */
export const clusterRoutes: readonly Route[] = [
  { method: 'GET', template: '/', prepare: prepareRoot },
  { method: 'HEAD', template: '/', prepare: prepareRoot },
  { method: 'GET', template: '/_cluster/health', prepare: prepareHealth },
  { method: 'GET', template: '/_nodes', prepare: prepareNodes },
  { method: 'GET', template: '/_nodes/{ids}', prepare: prepareNodes },
];

/** Machine learning as a whole. */
export const mlInfoRoutes: readonly Route[] = [
  { method: 'GET', template: '/_ml/info', prepare: prepareInfo },
  { method: 'POST', template: '/_ml/set_upgrade_mode', prepare: prepareUpgrade },
];

/** Memory of ML nodes, since 8.2. */
export const memoryRoutes: readonly Route[] = [
  { method: 'GET', template: '/_ml/memory/_stats', prepare: prepareMemory },
  { method: 'GET', template: '/_ml/memory/{node_id}/_stats', prepare: prepareMemory },
];
