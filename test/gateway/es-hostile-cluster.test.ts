import { expect } from 'vitest';
import { describeLies, type Json } from '../support/hostile-cluster.js';
import type { Answer, Seen } from '../vendors/support/stand-in.js';

const now = 1_795_057_200_000;
const jobs = '/_ml/anomaly_detectors';

/** Every part of every answer of the cluster. */
interface World {
  readonly job: Json;
  readonly jobStats: Json;
  readonly datafeedStats: Json;
  readonly task: Json;
  readonly child: Json;
  readonly ended: Json;
  readonly node: Json;
  readonly memory: Json;
  readonly record: Json;
  readonly snapshot: Json;
  readonly line: Json;
  readonly settings: Json;
}

const sane: World = {
  job: {
    job_type: 'anomaly_detector',
    job_version: '8.17.0',
    groups: ['g'],
    description: 'd',
    create_time: now,
    finished_time: now,
    analysis_config: { bucket_span: '15m' },
    deleting: false,
    blocked: { reason: 'reset', task_id: 'node-1:7' },
    datafeed_config: { job_id: 'bad', indices: ['i'], frequency: '150s', query_delay: '60s', authorization: { roles: ['r'] } },
  },
  jobStats: {
    state: 'failed',
    data_counts: {
      processed_record_count: 1,
      processed_field_count: 1,
      input_bytes: 1,
      input_record_count: 1,
      input_field_count: 1,
      invalid_date_count: 1,
      missing_field_count: 1,
      out_of_order_timestamp_count: 1,
      bucket_count: 1,
      empty_bucket_count: 1,
      sparse_bucket_count: 1,
      earliest_record_timestamp: now,
      latest_record_timestamp: now,
      last_data_time: now,
    },
    model_size_stats: {
      model_bytes: 1,
      peak_model_bytes: 1,
      model_bytes_memory_limit: 1,
      memory_status: 'ok',
      categorization_status: 'ok',
      bucket_allocation_failures_count: 1,
    },
    timing_stats: { bucket_count: 1, total_bucket_processing_time_ms: 0.5, average_bucket_processing_time_ms: 0.5 },
    node: { id: 'node-1', name: 'n' },
    assignment_explanation: 'a',
    open_time: '7s',
  },
  datafeedStats: {
    state: 'started',
    assignment_explanation: 'a',
    running_state: { real_time_configured: true, search_interval: { start_ms: now, end_ms: now } },
  },
  task: {
    action: 'cluster:admin/xpack/ml/job/reset',
    status: { total: 5, deleted: 1 },
    description: 'job-bad',
    start_time_in_millis: now,
    running_time_in_nanos: 5,
    cancellable: true,
    cancelled: false,
    parent_task_id: 'node-1:6',
    headers: { 'X-Opaque-Id': 'x' },
  },
  child: {
    node: 'node-1',
    id: 9,
    action: 'indices:data/write/delete/byquery',
    status: { total: 5, deleted: 1 },
    start_time_in_millis: now,
    cancellable: false,
    parent_task_id: 'node-1:8',
  },
  ended: {
    completed: true,
    task: {
      node: 'node-1',
      id: 99,
      action: 'cluster:admin/xpack/ml/job/reset',
      description: 'job-bad',
      start_time_in_millis: now,
      running_time_in_nanos: 5,
      headers: { 'X-Opaque-Id': 'x' },
    },
    response: { acknowledged: true },
    error: { type: 't', reason: 'r', caused_by: { type: 't', reason: 'r' } },
  },
  node: { name: 'n', roles: ['ml'] },
  memory: {
    name: 'n',
    roles: ['ml'],
    mem: {
      total_in_bytes: 1,
      ml: { max_in_bytes: 1, anomaly_detectors_in_bytes: 1, native_code_overhead_in_bytes: 1, new_in_bytes: 1 },
    },
    jvm: { heap_max_in_bytes: 1 },
  },
  record: {
    timestamp: now,
    bucket_span: 900,
    detector_index: 0,
    record_score: 50,
    is_interim: false,
    partition_field_name: 'host',
    partition_field_value: 'a',
    over_field_name: 'user',
    over_field_value: 'u',
    by_field_name: 'code',
    by_field_value: '500',
    function: 'mean',
    field_name: 'f',
    actual: [1],
    typical: [1],
    influencers: [{ influencer_field_name: 'host', influencer_field_values: ['a'] }],
    causes: [{ function: 'mean', field_name: 'f', actual: [1], typical: [1], by_field_name: 'x', by_field_value: 'y' }],
  },
  snapshot: {
    description: 'd',
    timestamp: now,
    snapshot_doc_count: 1,
    latest_record_time_stamp: now,
    latest_result_time_stamp: now,
    retain: true,
  },
  line: { timestamp: now, level: 'error', message: 'm', node_name: 'n' },
  settings: { upgrade_mode: false, limits: { max_model_memory_limit: '1gb', of: { more: 1 } }, defaults: { some: { deep: 1 } } },
};

interface Ids {
  readonly job: unknown;
  readonly datafeed: unknown;
  readonly task: unknown;
  readonly taskNode: unknown;
  readonly snapshot: unknown;
  readonly node: string;
  readonly cluster: unknown;
}
const saneIds: Ids = { job: 'bad', datafeed: 'df-bad', task: 8, taskNode: 'node-1', snapshot: '1', node: 'node-1', cluster: 'c' };

/** Members beside those of the part, when that is an object at all. */
const beside = (part: unknown, more: Json): unknown =>
  typeof part === 'object' && part !== null && !Array.isArray(part) ? { ...part, ...more } : part;

const answerOf = (world: World, ids: Ids) => {
  const goodFeed = { ...(sane.job.datafeed_config as Json), job_id: 'good', datafeed_id: 'df-good' };
  const badFeed = beside((beside(world.job, {}) as Json | null)?.datafeed_config, { datafeed_id: ids.datafeed });
  const lines = { hits: [{ _source: world.line }, { _source: sane.line }] };
  const nodesOf = (good: Json, bad: unknown): Answer => ({
    body: { _nodes: { failed: 0 }, cluster_name: ids.cluster, nodes: { [ids.node]: bad, 'good-node': { ...good, name: 'good' } } },
  });
  const routes: Readonly<Record<string, () => unknown>> = {
    'GET /_ml/info': () => beside(world.settings, { native_code: { version: '8.17.0' } }),
    [`GET ${jobs}`]: () => ({
      count: 2,
      jobs: [
        { ...sane.job, blocked: undefined, job_id: 'good', datafeed_config: goodFeed },
        beside(world.job, { job_id: ids.job, datafeed_config: badFeed }),
      ],
    }),
    [`GET ${jobs}/_stats`]: () => ({
      jobs: [{ ...sane.jobStats, job_id: 'good' }, beside(world.jobStats, { job_id: ids.job })],
    }),
    'GET /_ml/datafeeds/_stats': () => ({
      datafeeds: [{ ...sane.datafeedStats, datafeed_id: 'df-good' }, beside(world.datafeedStats, { datafeed_id: ids.datafeed })],
    }),
    'GET /_tasks': () => ({
      tasks: [
        { ...sane.task, node: 'good-node', id: 1, description: 'job-good', parent_task_id: undefined },
        beside(world.task, { node: ids.taskNode, id: ids.task }),
        world.child,
      ],
    }),
    'GET /_tasks/node-1:99': () => world.ended,
    'GET /_nodes': () => nodesOf(sane.node, world.node).body,
    'GET /_ml/memory/_stats': () => nodesOf(sane.memory, world.memory).body,
    'POST /.ml-notifications*/_search': () => ({
      _shards: { total: 1, failed: 0 },
      hits: lines,
      aggregations: {
        jobs: {
          buckets: [
            { key: ids.job, newest: { hits: lines } },
            { key: 'good', newest: { hits: { hits: [{ _source: sane.line }] } } },
          ],
        },
      },
    }),
  };
  return ({ method, path }: Seen): Answer | undefined => {
    if (/\/results\/records$/.test(path)) return { body: { count: 2, records: [sane.record, world.record] } };
    if (/\/model_snapshots$/.test(path))
      return {
        body: {
          count: 2,
          model_snapshots: [{ ...sane.snapshot, snapshot_id: '2' }, beside(world.snapshot, { snapshot_id: ids.snapshot })],
        },
      };
    const answer = routes[`${method} ${path}`] ?? routes[`${method} ${path.replace(/\/[^/]*(?=\/_stats$)|\/[^/]*$/, '')}`];
    return answer && { body: answer() };
  };
};

const task = `id nativeId kind vendorType state vendorState counts { current maximum unit } startedAt endedAt updatedAt error { code message detail }
  cancellable parent { id } job { id } raw`;
const everything = `{
  jobs(first: 10) { unavailable { code message } nodes {
    id nativeId type description groups createdAt startedAt finishedAt state vendorState stateReason lastActivityAt processed { current maximum unit }
    allowedActions node { id name }
    datafeed { id nativeId state vendorState stateReason indices frequencyMs queryDelayMs realtime searchInterval { start end } raw }
    messages { at level message nodeName }
    anomalies { totalCount unavailable { code } nodes { id startAt endAt score entity { name value } functionName fieldName actual typical interim raw } }
    currentTask { ${task} }
    details { id raw ... on ElasticsearchJobDetails {
      jobVersion bucketSpanMs assignmentExplanation blockedReason openForMs memoryStatus
      dataCounts { id processedRecordCount processedFieldCount inputBytes inputRecordCount inputFieldCount invalidDateCount missingFieldCount
        outOfOrderTimestampCount bucketCount emptyBucketCount sparseBucketCount earliestRecordAt latestRecordAt lastDataAt }
      modelSize { id modelBytes peakModelBytes memoryLimitBytes categorizationStatus bucketAllocationFailureCount }
      timing { id bucketCount totalBucketProcessingMs averageBucketProcessingMs }
      modelSnapshots { totalCount nodes { snapshotId description createdAt documentCount latestRecordAt latestResultAt retain } }
    } }
  } }
  tasks { unavailable { code message } nodes { ${task} } }
  ended: task(id: "task:es:node-1:99") { ${task} }
  nodeStats(backend: "backend:es") { id name roles rawMetrics { name text number }
    metrics { ... on ElasticsearchNodeMetrics { id totalBytes mlMaxBytes anomalyDetectorsBytes nativeCodeOverheadBytes jvmHeapMaxBytes } } }
  clusterStats(backend: "backend:es") { id rawMetrics { name text number } nodes { id name } }
}`;

interface Page {
  readonly jobs: {
    readonly nodes: readonly {
      readonly nativeId: string;
      readonly details: { readonly modelSnapshots: { readonly nodes: readonly { readonly snapshotId: string }[] } };
      readonly datafeed: { readonly nativeId: string; readonly state: string };
      readonly anomalies: { readonly nodes: readonly unknown[] };
      readonly messages: readonly unknown[];
      readonly state: string;
    }[];
  };
  readonly tasks: { readonly nodes: readonly { readonly nativeId: string }[] };
  readonly nodeStats: readonly { readonly name: string; readonly metrics: { readonly mlMaxBytes: number } }[];
}

describeLies({
  backend: { id: 'es', vendor: 'elasticsearch-ml' },
  sane,
  ids: saneIds,
  answerOf,
  keys: ['node'],
  required: [
    'action',
    'start_time_in_millis',
    'completed',
    'task.action',
    'task.start_time_in_millis',
    'timestamp',
    'record_score',
    'message',
  ],
  incarnated: ['job', 'task'],
  isOwnTarget: (target) => /^[\w/?=,.*%&:-]*$/.test(target) && !/\.\.|%2f|\/\//i.test(target.split('?', 1)[0] ?? ''),
  everything,
  believed: (data) => {
    const { jobs: found, tasks, nodeStats } = data as Page;
    const good = found.nodes.find(({ nativeId }) => nativeId === 'good');
    expect(good).toMatchObject({ state: 'FAILED', datafeed: { nativeId: 'df-good', state: 'STARTED' } });
    expect(good?.anomalies.nodes).not.toEqual([]);
    expect(good?.messages).not.toEqual([]);
    expect(good?.details.modelSnapshots.nodes.map(({ snapshotId }) => snapshotId)).toContain('2');
    expect(tasks.nodes.map(({ nativeId }) => nativeId)).toContain('good-node:1');
    expect(nodeStats.find(({ name }) => name === 'good')?.metrics.mlMaxBytes).toBe(1);
  },
});
