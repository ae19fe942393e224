import { isObject, type Json } from '../json.js';
import type { Pair, Vocabulary } from '../vocabulary.js';

/** Texts that are made up by the server or say where and how it was built. */
const madeUp: ReadonlySet<string> = new Set([
  'build_date',
  'build_hash',
  'cluster_name',
  'docs.count',
  'index_uuid',
  'ip',
  'stack_trace',
  'throttled',
  'throttled_until',
  'transport_address',
]);

/** Members that hold an id. */
const ids: ReadonlySet<string> = new Set([
  '_id',
  'cluster_uuid',
  'coordinating_node',
  'detector_id',
  'feature_id',
  'node',
  'node_id',
  'parent_task_id',
  'task',
  'task_id',
  'worker_node',
]);

/** Times, durations, sizes, counters, scores of models. */
const another: ReadonlySet<string> = new Set([
  '_seq_no',
  'active_primary_shards',
  'active_shards',
  'active_shards_percent_as_number',
  'active_threads',
  'ad_batch_task_failure_count',
  'ad_canceled_batch_task_count',
  'ad_execute_failure_count',
  'ad_execute_request_count',
  'ad_executing_batch_task_count',
  'ad_hc_execute_failure_count',
  'ad_hc_execute_request_count',
  'ad_total_batch_task_execution_count',
  'anomaly_grade',
  'anomaly_score',
  'approx_anomaly_start_time',
  'batches',
  'cancellation_time_millis',
  'completed',
  'confidence',
  'cpu_time_in_nanos',
  'created',
  'data',
  'disabled_time',
  'enabled_time',
  'execution_end_time',
  'execution_start_time',
  'heap_used_percent',
  'id',
  'largest',
  'last_active_timestamp',
  'last_checkpoint_time',
  'last_sample_timestamp',
  'last_update_time',
  'last_used_time',
  'likelihood',
  'max_anomaly_grade',
  'memory_in_bytes',
  'model_size_in_bytes',
  'percent',
  'rcf_total_updates',
  'running_time_in_nanos',
  'sort',
  'start_time_in_millis',
  'thread_executions',
  'threads',
  'threshold',
  'throttled_millis',
  'throttled_until_millis',
  'took',
  'total_in_millis',
  'total_size_in_bytes',
  'unassigned_shards',
]);

/** Times that a request or the documents gave. */
const given: ReadonlySet<string> = new Set(['current_piece', 'data_end_time', 'data_start_time', 'end_time', 'start_time']);

const lastName = (path: readonly string[]) => path.findLast((key) => !/^\d+$/.test(key)) ?? '';

const member = (item: Json, key: string): Json | undefined => (isObject(item) ? item[key] : undefined);

const memberText = (key: string) => (item: Json) => String(member(item, key) ?? '');

/** A model by its detector and its entity: the end of its id is a hash of them. */
const modelOf = (item: Json) => memberText('model_id')(item).replace(/_entity_.*/, JSON.stringify(member(item, 'entity') ?? null));

/** What anomaly detection answers, where the recorded times lie `shiftMs` before those of the replay. */
export function createAnomalyDetectionVocabulary(shiftMs: number): Vocabulary {
  return {
    tells(path) {
      const key = path.at(-1) ?? '';
      return !madeUp.has(key) && !(key === 'host' && path.includes('nodes'));
    },
    numberAt(recorded, path) {
      const key = lastName(path);
      if (path.includes('schedule') && key === 'start_time') return undefined;
      // Ranges and pieces are of whole minutes; the windows of a real-time run begin when that was started.
      if (given.has(key)) return recorded % 60_000 === 0 ? recorded + shiftMs : undefined;
      // Of a detector, which only requests write, it is exact; the server writes tasks and results by itself.
      if (key === '_version' && path.includes('hits')) return undefined;
      return another.has(key) || path.includes('aggregations.g') ? undefined : recorded;
    },
    isExactList: (key) => key !== 'running_entities',
    normalise: (text) =>
      text
        .replace(/\b1[78]\d{11}\b/g, 'TIME')
        .replace(/@[0-9a-f]{6,8}\b/g, '@hash')
        .replace(/-history-\d{4}\.\d{2}\.\d{2}-/g, '-history-DATE-')
        .replace(/_entity_[\w-]{22}/g, '_entity_HASH')
        .replace(/allowed: \[([A-Z, ]+)\]/g, (_, methods: string) => `allowed: [${methods.split(', ').sort().join(', ')}]`),
    cutText: /…\[trimmed \d+ chars\]$/,
    leftOut(item) {
      const count = member(item, '__trimmed_items');
      return typeof count === 'number' ? count : undefined;
    },
    isMap: (path) => path.at(-1) === 'nodes' || path.at(-1) === 'tasks',
    idsIn(recorded, actual, path) {
      const pairs: Pair[] = [];
      for (const [key, value] of Object.entries(recorded)) {
        const other = actual[key];
        const isId = ids.has(key) || (key === 'name' && path.length === 0 && recorded.cluster_name !== undefined);
        if (isId && typeof value === 'string' && typeof other === 'string') pairs.push([value, other]);
      }
      if (recorded.action !== undefined && typeof recorded.id === 'number')
        pairs.push([`${String(recorded.node)}:${recorded.id}`, `${String(actual.node)}:${String(actual.id)}`]);
      return pairs;
    },
    signature(value) {
      const source = member(value, '_source') ?? null;
      return JSON.stringify([
        ...['action', 'description', 'entity', 'index', 'key', 'name'].map((key) => member(value, key) ?? null),
        ...['task_type', 'entity', 'state', 'data_start_time'].map((key) => member(source, key) ?? null),
      ]);
    },
    sameness(items, path) {
      const list = lastName(path);
      if (list === 'hits') return items.some((item) => member(item, 'sort') !== undefined) ? undefined : memberText('_id');
      if (list === 'models') return modelOf;
      if (list === 'entity_task_profiles') return memberText('task_id');
      if (list === 'buckets') return memberText('key');
      if (list === '') return memberText('index');
      if (list === 'tasks') return (item) => `${String(member(item, 'node'))}:${String(member(item, 'id'))}`;
      return undefined;
    },
  };
}
