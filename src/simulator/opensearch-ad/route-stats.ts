import type { Json, JsonObject } from '../json.js';
import type { AdRoute } from './ad-route.js';
import type { NodeRecord } from './cluster.js';
import { countedModelJson } from './models.js';
import { type Call, reply } from './routes.js';
import { globOf } from './search/index-names.js';
import { illegalArgument } from './search/search-failure.js';
import type { World } from './world.js';

type Suppliers<T> = ReadonlyMap<string, (of: T) => Json>;

/** `green` when every copy of an index can be on a node of its own. */
function healthOf(world: World, name: string | undefined): string {
  const index = name === undefined ? undefined : world.indices.index(name);
  if (index === undefined) return 'non-existent';
  const replicas = Number(index.settings?.number_of_replicas ?? 1);
  return replicas === 0 || world.cluster.dataNodes().length > replicas ? 'green' : 'yellow';
}

/** Detectors by kind; the numbers stay as they were while there is no index (AD source, StatsAnomalyDetectorTransportAction). */
function count({ indices, dialect, counted }: World) {
  if (!indices.exists(dialect.names.detectors)) return counted;
  const docs = indices.all(dialect.names.detectors);
  counted.all = docs.length;
  counted.highCardinality = docs.filter(({ source }) => source.detector_type === 'MULTI_ENTITY').length;
  counted.single = counted.all - counted.highCardinality;
  return counted;
}

/** Statistics of the whole cluster, under the names of the release. */
function clusterStats({ dialect }: World): Suppliers<World> {
  const { names, modern, statNames, forecastStat } = dialect;
  const odd = statNames === 'of 2.15';
  const entries: (readonly [string, (world: World) => Json])[] = [
    [odd ? 'config_index_status' : 'anomaly_detectors_index_status', (world) => healthOf(world, names.detectors)],
    [
      'anomaly_results_index_status',
      (world) =>
        healthOf(
          world,
          world.indices.names().find((name) => name.startsWith(names.results)),
        ),
    ],
    [odd ? 'anomaly_models_checkpoint_index_status' : 'models_checkpoint_index_status', (world) => healthOf(world, names.checkpoints)],
    ['anomaly_detection_state_status', (world) => healthOf(world, names.state)],
    [odd ? 'job_index_status' : 'anomaly_detection_job_index_status', (world) => healthOf(world, names.jobs)],
    ['detector_count', (world) => count(world).all],
    [modern ? 'single_stream_detector_count' : 'single_entity_detector_count', (world) => count(world).single],
    [modern ? 'hc_detector_count' : 'multi_entity_detector_count', (world) => count(world).highCardinality],
  ];
  if (forecastStat) entries.push(['forecast_config_index_status', () => 'non-existent']);
  return new Map(entries);
}

interface OnNode {
  readonly world: World;
  readonly node: NodeRecord;
}

const modelsOn = ({ world, node }: OnNode): readonly JsonObject[] =>
  [...world.runtime.realTime.values()].flatMap((run) =>
    [...run.models.values()].filter((model) => model.node === node.id).map((model) => countedModelJson(world, run.detectorId, model)),
  );

const executing = ({ world, node }: OnNode): number =>
  [...world.runtime.historical.values()].flatMap(({ streams }) => [...streams.values()]).filter((stream) => stream.node === node.id).length;

const counterOf = ({ world, node }: OnNode) => world.runtime.counters(node);

/** Statistics of a node since it started. */
function nodeStats({ dialect }: World): Suppliers<OnNode> {
  const entries: (readonly [string, (of: OnNode) => Json])[] = [
    ['ad_execute_request_count', (of) => counterOf(of).executed],
    ['ad_execute_failure_count', (of) => counterOf(of).failed],
    ['ad_hc_execute_request_count', (of) => counterOf(of).executedHc],
    ['ad_hc_execute_failure_count', (of) => counterOf(of).failedHc],
    ['ad_executing_batch_task_count', executing],
    ['ad_total_batch_task_execution_count', (of) => counterOf(of).batchStarted],
    ['ad_canceled_batch_task_count', (of) => counterOf(of).batchCancelled],
    ['ad_batch_task_failure_count', (of) => counterOf(of).batchFailed],
    ['model_count', (of) => modelsOn(of).length],
    // At most as many as `max_model_size_per_node` (AD source).
    ['models', (of) => modelsOn(of).slice(0, 100)],
  ];
  if (dialect.corruptionStat !== undefined) entries.push([dialect.corruptionStat, () => 0]);
  return new Map(entries);
}

/** The statistics asked for; undefined is all of them. */
function readStats(world: World, { params, path }: Call): ReadonlySet<string> | undefined {
  const asked = params.text('stat')?.split(',') ?? ['_all'];
  if (asked.includes('_all')) {
    if (asked.length > 1) throw illegalArgument(`Request ${path} contains _all and individual stats`);
    return undefined;
  }
  const known = new Set([...clusterStats(world).keys(), ...nodeStats(world).keys()]);
  const unknown = asked.filter((name) => !known.has(name)).sort();
  if (unknown.length === 0) return new Set(asked);
  const listed = unknown.map((name) => `[${name}]`).join(', ');
  throw illegalArgument(`request [${path}] contains unrecognized stat${unknown.length > 1 ? 's' : ''}: ${listed}`);
}

/** Nodes by ids, names, wildcards and words; without, those that hold data. */
function readNodes({ cluster }: World, filter: string | undefined): readonly NodeRecord[] {
  if (filter === undefined) return cluster.dataNodes();
  const wanted = filter.split(',').flatMap((word): readonly NodeRecord[] => {
    if (word === '_all') return cluster.nodes();
    if (word === '_local' || word === '_master' || word === '_cluster_manager') return [cluster.manager()];
    const fits = globOf(word);
    return cluster.nodes().filter(({ id, name }) => fits(id) || fits(name));
  });
  return [...new Set(wanted)];
}

const supply = <T>(suppliers: Suppliers<T>, of: T, asked: ReadonlySet<string> | undefined): JsonObject =>
  Object.fromEntries([...suppliers].flatMap(([name, value]) => (asked === undefined || asked.has(name) ? [[name, value(of)]] : [])));

export const statsRoutes: readonly AdRoute[] = ['/stats', '/stats/{stat}', '/{nodeId}/stats', '/{nodeId}/stats/{stat}'].map((path) => ({
  method: 'GET',
  path,
  action: 'detector/stats',
  prepare: (world, call) => {
    call.params.text('timeout');
    const nodes = readNodes(world, call.params.text('nodeId'));
    const asked = readStats(world, call);
    return () =>
      reply({
        ...supply(clusterStats(world), world, asked),
        nodes: Object.fromEntries(nodes.map((node) => [node.id, supply(nodeStats(world), { world, node }, asked)])),
      });
  },
}));
