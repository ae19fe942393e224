import type { JsonObject } from '../json.js';
import { assignedNodeJson } from './cluster.js';
import { grow } from './growth.js';
import type { JobRecord } from './records.js';
import type { World } from './world.js';

const optional = (key: string, value: number | undefined): JsonObject => (value === undefined ? {} : { [key]: value });

/** Data counts of a job. */
export function dataCountsJson(world: World, job: JobRecord): JsonObject {
  const { counts } = job;
  return {
    job_id: job.id,
    processed_record_count: counts.records,
    processed_field_count: counts.fields,
    input_bytes: counts.bytes,
    input_field_count: counts.fields,
    invalid_date_count: 0,
    missing_field_count: counts.missingFields,
    out_of_order_timestamp_count: counts.outOfOrder,
    empty_bucket_count: counts.emptyBuckets,
    sparse_bucket_count: 0,
    bucket_count: counts.buckets,
    ...optional('earliest_record_timestamp', counts.earliestRecord),
    ...optional('latest_record_timestamp', counts.latestRecord),
    ...optional('last_data_time', counts.lastData),
    ...optional('latest_empty_bucket_timestamp', counts.latestEmptyBucket),
    input_record_count: counts.records,
    // Not yet there in 7.9.
    ...(world.dialect.resets && optional('log_time', counts.lastData)),
  };
}

/** Size of a model; in 8 with peak, limit and the memory that assignment reckons with. */
export function modelSizeJson(world: World, job: JobRecord, modelBytes: number): JsonObject {
  const seen = modelBytes > 0;
  return {
    job_id: job.id,
    result_type: 'model_size_stats',
    model_bytes: modelBytes,
    ...(world.dialect.modernNodes &&
      seen && {
        peak_model_bytes: Math.floor(modelBytes * 1.08),
        model_bytes_exceeded: 0,
        model_bytes_memory_limit: 268_435_456,
        output_memory_allocator_bytes: Math.floor(modelBytes * 0.04),
      }),
    total_by_field_count: seen ? 3 : 0,
    total_over_field_count: 0,
    total_partition_field_count: seen ? 2 : 0,
    bucket_allocation_failures_count: 0,
    memory_status: 'ok',
    ...(world.dialect.modernNodes && seen && { assignment_memory_basis: 'current_model_bytes' }),
    categorized_doc_count: 0,
    total_category_count: 0,
    frequent_category_count: 0,
    rare_category_count: 0,
    dead_category_count: 0,
    failed_category_count: 0,
    categorization_status: 'ok',
    log_time: job.logTime,
    ...(seen && optional('timestamp', job.counts.latestRecord)),
  };
}

function timingJson(job: JobRecord): JsonObject {
  // A process that has not reported its model yet has reported no times either.
  const buckets = job.modelBytes > 0 ? job.counts.buckets : 0;
  const average = 0.9 + (job.id.length % 7) / 10;
  return {
    job_id: job.id,
    bucket_count: buckets,
    total_bucket_processing_time_ms: Math.round(buckets * average * 10) / 10,
    ...(buckets > 0 && {
      minimum_bucket_processing_time_ms: 0.2,
      maximum_bucket_processing_time_ms: 41.6,
      average_bucket_processing_time_ms: average,
      exponential_average_bucket_processing_time_ms: average * 1.1,
    }),
    exponential_average_bucket_processing_time_per_hour_ms: buckets > 0 ? average * 4 : 0,
  };
}

/** A job as `_stats` shows it. Node and time open only stand there while its task is live on a node. */
export function jobStatsJson(world: World, job: JobRecord): JsonObject {
  grow(world, job);
  const node = job.nodeId === undefined ? undefined : world.cluster.find(job.nodeId);
  const openSeconds = job.openedAt === undefined ? 0 : Math.floor((world.timers.now() - job.openedAt) / 1000);
  return {
    job_id: job.id,
    data_counts: dataCountsJson(world, job),
    model_size_stats: modelSizeJson(world, job, job.modelBytes),
    forecasts_stats: { total: job.forecasts, forecasted_jobs: Math.min(1, job.forecasts) },
    state: job.state,
    ...(node !== undefined && { node: assignedNodeJson(node) }),
    ...(job.explanation !== undefined && { assignment_explanation: job.explanation }),
    ...(node !== undefined && { open_time: `${openSeconds}s` }),
    timing_stats: timingJson(job),
  };
}
