import { type FieldSet, formatId, type IndexStatus, type Metric, wantsAny } from '../../domain/index.js';
import type { AdNodeMetrics } from './details.js';
import { type Dialect, presentStatName, statNameIn } from './dialect.js';
import type { WireNodeStats, WireStats } from './wire-results.js';

type Counter = Exclude<keyof AdNodeMetrics, 'typename' | 'id'>;

/** By the names of 2.17 and later. */
const nodeStats: Readonly<Record<Counter, string>> = {
  executeRequestCount: 'ad_execute_request_count',
  executeFailureCount: 'ad_execute_failure_count',
  hcExecuteRequestCount: 'ad_hc_execute_request_count',
  hcExecuteFailureCount: 'ad_hc_execute_failure_count',
  executingBatchTaskCount: 'ad_executing_batch_task_count',
  totalBatchTaskExecutionCount: 'ad_total_batch_task_execution_count',
  canceledBatchTaskCount: 'ad_canceled_batch_task_count',
  batchTaskFailureCount: 'ad_batch_task_failure_count',
  modelCorruptionCount: 'ad_model_corruption_count',
  modelCount: 'model_count',
};

const clusterCounts = {
  detectorCount: 'detector_count',
  singleStreamDetectorCount: 'single_stream_detector_count',
  highCardinalityDetectorCount: 'hc_detector_count',
} as const;

/** The last one is of 3.0. */
const indexStatuses = [
  'anomaly_detectors_index_status',
  'anomaly_results_index_status',
  'models_checkpoint_index_status',
  'anomaly_detection_state_status',
  'anomaly_detection_job_index_status',
  'forecast_config_index_status',
] as const;

export const wantsMetrics = (fields: FieldSet): boolean =>
  wantsAny(fields, 'NodeStats.metrics', 'NodeStats.rawMetrics') || [...fields].some((field) => field.startsWith('AdNodeMetrics.'));

export const wantsModels = (fields: FieldSet): boolean => fields.has('NodeStats.models');

const countersFor = (fields: FieldSet): readonly string[] => {
  if (fields.has('NodeStats.rawMetrics')) return Object.values(nodeStats);
  const chosen = Object.entries(nodeStats).flatMap(([counter, name]) => (fields.has(`AdNodeMetrics.${counter}`) ? [name] : []));
  // Without a counter only the metrics' own id is wanted; one of them tells whether there are any.
  return wantsMetrics(fields) && chosen.length === 0 ? [nodeStats.modelCount] : chosen;
};

/** Statistics of nodes these fields need, by their present names. Models are long: only where they are selected. */
export const nodeStatsFor = (fields: FieldSet): readonly string[] => [...countersFor(fields), ...(wantsModels(fields) ? ['models'] : [])];

/** Statistics of the whole cluster these fields need. */
export const clusterStatsFor = (fields: FieldSet): readonly string[] => {
  const all = fields.has('ClusterStats.rawMetrics');
  const counts = Object.entries(clusterCounts).flatMap(([field, name]) => (all || fields.has(`ClusterStats.${field}`) ? [name] : []));
  return [...counts, ...(all || fields.has('ClusterStats.indexStatuses') ? indexStatuses : [])];
};

/** In this version's words; undefined: one of them may be unknown to it, which would be a 400 for all, so that all are asked for without names. */
export const spelled = (present: readonly string[], dialect: Dialect): readonly string[] | undefined => {
  const names: string[] = [];
  for (const name of present) {
    const own = statNameIn(dialect, name);
    if (own !== null) names.push(own);
    else if (name !== 'forecast_config_index_status') return undefined;
  }
  return names;
};

const metricOf = (name: string, value: unknown): readonly Metric[] =>
  typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean'
    ? [{ name, text: String(value), number: typeof value === 'number' && Number.isFinite(value) ? value : null }]
    : [];

const isScalarEntry = ([name]: readonly [string, unknown]): boolean => name !== 'models' && name !== 'nodes';

const metricsOf = (stats: Readonly<Record<string, unknown>>): readonly Metric[] =>
  Object.entries(stats)
    .filter(isScalarEntry)
    .flatMap(([name, value]) => metricOf(name, value));

/** Whatever the version calls them, under their present names. */
const presentOf = (stats: Readonly<Record<string, unknown>>): ReadonlyMap<string, unknown> =>
  new Map(Object.entries(stats).map(([name, value]) => [presentStatName(name), value]));

const numberIn = (stats: ReadonlyMap<string, unknown>, name: string): number | null => {
  const value = stats.get(name);
  return Number.isSafeInteger(value) ? Number(value) : null;
};

export const mapNodeMetrics = (backend: string, nativeId: string, stats: WireNodeStats): AdNodeMetrics => {
  const present = presentOf(stats);
  const counters = Object.fromEntries(Object.entries(nodeStats).map(([counter, name]) => [counter, numberIn(present, name)])) as Readonly<
    Record<Counter, number | null>
  >;
  return { typename: 'AdNodeMetrics', id: `${formatId('node', backend, nativeId)}/metrics`, ...counters };
};

export const nodeMetricsOf = (stats: WireNodeStats): readonly Metric[] => metricsOf(stats);

/** What an answer tells of the cluster. */
export const mapClusterCounts = (stats: WireStats) => {
  const present = presentOf(stats);
  const statuses = [...present].flatMap(([name, status]): readonly IndexStatus[] =>
    (indexStatuses as readonly string[]).includes(name) && typeof status === 'string' ? [{ name, status }] : [],
  );
  return {
    detectorCount: numberIn(present, clusterCounts.detectorCount),
    singleStreamDetectorCount: numberIn(present, clusterCounts.singleStreamDetectorCount),
    highCardinalityDetectorCount: numberIn(present, clusterCounts.highCardinalityDetectorCount),
    indexStatuses: statuses,
    rawMetrics: metricsOf(stats),
  };
};
