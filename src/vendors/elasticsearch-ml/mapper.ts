import { type Datafeed, type FieldSet, formatId } from '../../domain/index.js';
import type { ElasticsearchDataCounts, ElasticsearchModelSize, ElasticsearchTiming } from './details.js';
import { parseDurationMs } from './durations.js';
import { datafeedStateOf } from './job-state.js';
import { withoutSecrets } from './raw.js';
import type { Sent, WireDatafeed, WireDatafeedStats, WireJob, WireJobStats } from './wire.js';

/** Job ids can be used again after a delete: the time of creation tells them apart. */
export const jobIdOf = (backend: string, config: WireJob): string => formatId('job', backend, config.job_id, config.create_time);

export const mapDataCounts = (jobId: string, stats: WireJobStats): ElasticsearchDataCounts | null => {
  const counts = stats.data_counts;
  if (counts === undefined) return null;
  return {
    id: `${jobId}/data-counts`,
    processedRecordCount: counts.processed_record_count,
    processedFieldCount: counts.processed_field_count,
    inputBytes: counts.input_bytes,
    inputRecordCount: counts.input_record_count,
    inputFieldCount: counts.input_field_count,
    invalidDateCount: counts.invalid_date_count,
    missingFieldCount: counts.missing_field_count,
    outOfOrderTimestampCount: counts.out_of_order_timestamp_count,
    bucketCount: counts.bucket_count,
    emptyBucketCount: counts.empty_bucket_count,
    sparseBucketCount: counts.sparse_bucket_count,
    earliestRecordAt: counts.earliest_record_timestamp ?? null,
    latestRecordAt: counts.latest_record_timestamp ?? null,
    lastDataAt: counts.last_data_time ?? null,
  };
};

export const mapModelSize = (jobId: string, stats: WireJobStats): ElasticsearchModelSize | null => {
  const size = stats.model_size_stats;
  if (size === undefined) return null;
  return {
    id: `${jobId}/model-size`,
    modelBytes: size.model_bytes,
    peakModelBytes: size.peak_model_bytes ?? null,
    memoryLimitBytes: size.model_bytes_memory_limit ?? null,
    categorizationStatus: size.categorization_status ?? null,
    bucketAllocationFailureCount: size.bucket_allocation_failures_count,
  };
};

export const mapTiming = (jobId: string, stats: WireJobStats): ElasticsearchTiming | null => {
  const timing = stats.timing_stats;
  if (timing === undefined) return null;
  return {
    id: `${jobId}/timing`,
    bucketCount: timing.bucket_count,
    totalBucketProcessingMs: timing.total_bucket_processing_time_ms ?? null,
    averageBucketProcessingMs: timing.average_bucket_processing_time_ms ?? null,
  };
};

/** What of a datafeed's statistics is not wanted is not told: it moves while the datafeed runs, and would be taken for news. */
const mapDatafeedStats = (stats: WireDatafeedStats | undefined, fields: FieldSet): Partial<Datafeed> => {
  const interval = stats?.running_state?.search_interval;
  return {
    ...datafeedStateOf(stats?.state),
    ...(fields.has('Datafeed.stateReason') ? { stateReason: stats?.assignment_explanation || null } : {}),
    ...(fields.has('Datafeed.realtime') ? { realtime: stats?.running_state?.real_time_configured ?? null } : {}),
    ...(fields.has('Datafeed.searchInterval')
      ? { searchInterval: interval ? { start: interval.start_ms, end: interval.end_ms } : null }
      : {}),
  };
};

/** `stats`: absent when they were not asked for; null when they were and are not there. */
export const mapDatafeed = (
  backend: string,
  config: Sent<WireDatafeed>,
  stats: Sent<WireDatafeedStats> | null | undefined,
  fields: FieldSet,
): Datafeed => ({
  id: formatId('datafeed', backend, config.wire.datafeed_id),
  backendKey: backend,
  nativeId: config.wire.datafeed_id,
  jobNativeId: config.wire.job_id ?? null,
  indices: config.wire.indices ?? [],
  frequencyMs: parseDurationMs(config.wire.frequency),
  queryDelayMs: parseDurationMs(config.wire.query_delay),
  ...(stats === undefined ? {} : mapDatafeedStats(stats?.wire, fields)),
  ...(fields.has('Datafeed.raw') ? { raw: withoutSecrets({ config: config.raw, stats: stats?.raw ?? null }) } : {}),
});
