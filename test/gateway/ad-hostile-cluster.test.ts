import { expect } from 'vitest';
import { describeLies, type Json } from '../support/hostile-cluster.js';
import type { Answer, Seen } from '../vendors/support/stand-in.js';

const base = '/_plugins/_anomaly_detection';
const now = 1_795_057_200_000;

/** Every part of every answer of the cluster. */
interface World {
  readonly detector: Json;
  readonly task: Json;
  readonly job: Json;
  readonly profile: Json;
  readonly entityProfile: Json;
  readonly result: Json;
  readonly stats: Json;
  readonly node: Json;
  readonly bucket: Json;
}

const model = {
  model_id: 'bad_entity_x',
  model_type: 'rcf',
  detector_id: 'good',
  node_id: 'node-1',
  model_size_in_bytes: 5,
  entity: [{ name: 'host', value: 'a' }],
  last_used_time: now,
  last_checkpoint_time: now,
};

const sane: World = {
  detector: {
    name: 'bad',
    description: 'd',
    detector_type: 'MULTI_ENTITY',
    time_field: 't',
    indices: ['i'],
    category_field: ['host'],
    feature_attributes: [{ feature_id: 'f', feature_name: 'f', feature_enabled: true, aggregation_query: { a: 1 } }],
    filter_query: { match_all: {} },
    detection_interval: { period: { interval: 1, unit: 'Minutes' } },
    window_delay: { period: { interval: 1, unit: 'Minutes' } },
    shingle_size: 8,
    result_index: 'opensearch-ad-plugin-result-x',
    last_update_time: now,
  },
  task: {
    detector_id: 'bad',
    task_type: 'HISTORICAL_HC_DETECTOR',
    state: 'FINISHED',
    is_latest: true,
    task_progress: 0.5,
    init_progress: 0.5,
    estimated_minutes_left: 3,
    execution_start_time: now,
    execution_end_time: now,
    last_update_time: now,
    error: 'e',
    started_by: 'u',
    stopped_by: 'u',
    coordinating_node: 'node-1',
    worker_node: 'node-1',
    parent_task_id: 'parent',
    entity: [{ name: 'host', value: 'a' }],
    detection_date_range: { start_time: now, end_time: now },
  },
  job: {
    enabled: true,
    enabled_time: now,
    disabled_time: now,
    schedule: { interval: { period: 1, unit: 'Minutes' } },
    window_delay: { period: { interval: 1, unit: 'Minutes' } },
    lock_duration_seconds: 60,
    result_index: 'r',
  },
  profile: {
    state: 'RUNNING',
    error: 'e',
    models: [model],
    model_count: 1,
    coordinating_node: 'node-1',
    total_size_in_bytes: 5,
    init_progress: { percentage: '50%', estimated_minutes_left: 1, needed_shingles: 1 },
    total_entities: 1,
    active_entities: 1,
    ad_task: { detector_task_slots: 1, pending_entities_count: 1, running_entities_count: 1 },
  },
  entityProfile: {
    state: 'RUNNING',
    is_active: true,
    last_active_timestamp: now,
    last_sample_timestamp: now,
    init_progress: { percentage: '50%', estimated_minutes_left: 1, needed_shingles: 1 },
    model,
  },
  result: {
    data_start_time: now,
    data_end_time: now,
    anomaly_grade: 0.5,
    confidence: 0.5,
    entity: [{ name: 'host', value: 'a' }],
    feature_data: [{ feature_id: 'f', feature_name: 'f', data: 1 }],
    expected_values: [{ likelihood: 1, value_list: [{ feature_id: 'f', data: 1 }] }],
    relevant_attribution: [{ feature_id: 'f', data: 1 }],
  },
  stats: { ad_execute_request_count: 1, model_count: 1, models: [model] },
  node: { name: 'n', roles: ['data'] },
  bucket: { key: 'FINISHED', doc_count: 1 },
};

const search = (hits: readonly { readonly _id: unknown; readonly _source: unknown }[], more: Json = {}): Answer => ({
  body: {
    timed_out: false,
    _shards: { failed: 0 },
    hits: { total: { value: hits.length, relation: 'eq' }, hits: hits.map((hit) => ({ ...hit, sort: [1] })) },
    ...more,
  },
});

interface Ids {
  readonly detector: unknown;
  readonly task: unknown;
  readonly result: unknown;
  readonly node: string;
  readonly cluster: unknown;
}
const saneIds: Ids = { detector: 'bad', task: 'bad-task', result: 'bad-result', node: 'node-1', cluster: 'c' };

const answerOf = (world: World, ids: Ids) => {
  const routes: Readonly<Record<string, () => Answer>> = {
    'GET /': () => ({ body: { version: { number: '2.19.4', distribution: 'opensearch' } } }),
    [`GET ${base}/detectors/count`]: () => ({ body: { count: 2 } }),
    [`POST ${base}/detectors/_search`]: () =>
      search([
        { _id: 'good', _source: { ...sane.detector, name: 'good' } },
        { _id: ids.detector, _source: world.detector },
      ]),
    [`POST ${base}/detectors/tasks/_search`]: () =>
      search(
        [
          { _id: 'good-task', _source: { ...sane.task, detector_id: 'good', parent_task_id: undefined, entity: undefined } },
          { _id: ids.task, _source: world.task },
        ],
        {
          aggregations: {
            children: {
              buckets: [{ key: 'good-task', doc_count: 1, states: { buckets: [{ ...world.bucket }] } }],
            },
          },
        },
      ),
    [`GET ${base}/stats`]: () => ({
      body: { nodes: { [ids.node]: world.stats, 'good-node': sane.stats }, detector_count: world.stats?.model_count },
    }),
    'GET /_nodes': () => ({
      body: { cluster_name: ids.cluster, nodes: { [ids.node]: world.node, 'good-node': { name: 'good', roles: ['data'] } } },
    }),
  };
  return ({ method, path }: Seen): Answer | undefined => {
    const route = `${method} ${path}`;
    const found = routes[route] ?? Object.entries(routes).find(([key]) => route.startsWith(`${key}/`) && /stats|_nodes$/.test(key))?.[1];
    if (found) return found();
    if (/results\/_search/.test(path)) return search([{ _id: ids.result, _source: world.result }]);
    if (/\/_profile/.test(path)) return { body: method === 'POST' ? world.entityProfile : world.profile };
    if (/\/stats/.test(path)) return routes[`GET ${base}/stats`]?.();
    if (/\/detectors\/[^/]+$/.test(path)) return { body: { _id: 'x', anomaly_detector_job: world.job } };
    return undefined;
  };
};

const task = `id nativeId kind vendorType state vendorState progress initProgress stateCounts { state count } estimatedEndAt startedAt endedAt updatedAt
  error { code message detail } startedBy stoppedBy entity { name value } dateRange { start end } coordinatingNode { id name } workerNode { id name } parent { id } raw`;
const models = 'modelId type sizeBytes lastUsedAt lastCheckpointAt entity { name value } detector { id name } node { id name }';
const everything = `{
  detectors(first: 10) { unavailable { code message } nodes {
    id name description highCardinality indices timeField categoryFields intervalMs windowDelayMs shingleSize filterQuery resultIndex updatedAt
    features { id name enabled aggregationQuery }
    job { id state stateReason startedAt finishedAt node { id name } details { id raw ... on DetectorJobDetails { enabled enabledAt disabledAt intervalMs windowDelayMs lockDurationMs resultIndex } } }
    realtimeTask { ${task} } historicalTask { ${task} }
    profile { id vendorState error totalBytes initProgress estimatedMinutesLeft neededShingles totalEntities activeEntities modelCount taskSlots pendingEntities
      runningEntities raw coordinatingNode { id name } models { ${models} } }
    entityProfile(entity: [{ name: "host", value: "a" }]) { id vendorState active lastActiveAt lastSampleAt initProgress estimatedMinutesLeft neededShingles raw model { ${models} } }
    anomalies { totalCount unavailable { code } nodes { id startAt endAt score confidence entity { name value } fieldName actual typical raw } }
    tasks(filter: { includeEntities: true }) { nodes { ${task} } }
  } }
  tasks(filter: { includeEntities: true }) { unavailable { code message } nodes { ${task} detector { id } job { id } } }
  nodeStats(backend: "backend:os") { id name roles rawMetrics { name text number } metrics { ... on AdNodeMetrics { executeRequestCount modelCount } } models { totalCount nodes { ${models} } } }
  clusterStats(backend: "backend:os") { id detectorCount rawMetrics { name number } }
}`;

interface Page {
  readonly detectors: { readonly nodes: readonly { readonly name: string }[] };
  readonly tasks: { readonly nodes: readonly { readonly id: string }[] };
}

describeLies({
  backend: { id: 'os', vendor: 'opensearch-ad' },
  sane,
  ids: saneIds,
  answerOf,
  keys: ['node'],
  required: [
    'detector_id',
    'data_start_time',
    'anomaly_grade',
    'models.0.model_id',
    'model.model_id',
    'feature_attributes.0.feature_id',
    'feature_data.0.feature_id',
    'feature_data.0.data',
    'detection_interval.period.unit',
    'window_delay.period.unit',
    'schedule.interval.unit',
  ],
  incarnated: [],
  isOwnTarget: (target) => /^[\w/?=,.*%-]*$/.test(target) && !/\.\.|%2f|\/\//i.test(target),
  everything,
  believed: (data) => {
    const { detectors, tasks } = data as Page;
    expect(detectors.nodes.map(({ name }) => name)).toContain('good');
    expect(tasks.nodes.map(({ id }) => id)).toContain('task:os:good-task');
  },
});
