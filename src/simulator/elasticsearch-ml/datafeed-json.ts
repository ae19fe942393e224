import type { JsonObject } from '../json.js';
import { mlNodeJson } from './cluster.js';
import { bucketSpanMs } from './growth.js';
import type { DatafeedRecord } from './records.js';
import type { World } from './world.js';

const indicesOptions = { expand_wildcards: ['open'], ignore_unavailable: false, allow_no_indices: true, ignore_throttled: true };

/** A datafeed's configuration; `portable` without ids and what the server generated. */
export function datafeedConfigJson(datafeed: DatafeedRecord, portable = false): JsonObject {
  const { config } = datafeed;
  const optional = ['aggregations', 'runtime_mappings', 'script_fields', 'max_empty_searches'];
  return {
    ...(!portable && { datafeed_id: datafeed.id, job_id: datafeed.jobId }),
    query_delay: config.query_delay ?? '60s',
    ...(config.frequency !== undefined && { frequency: config.frequency }),
    indices: datafeed.indices,
    query: config.query ?? { match_all: {} },
    ...Object.fromEntries(optional.flatMap((key) => (config[key] === undefined ? [] : [[key, config[key]]]))),
    scroll_size: config.scroll_size ?? 1000,
    chunking_config: config.chunking_config ?? { mode: 'auto' },
    delayed_data_check_config: config.delayed_data_check_config ?? { enabled: true },
    indices_options: config.indices_options ?? indicesOptions,
  };
}

function runningStateJson(world: World, datafeed: DatafeedRecord): JsonObject {
  // What the last search looked at: it stands still until the next one.
  const end = Math.floor(world.timers.now() / 60_000) * 60_000 - 60_000;
  return {
    running_state: {
      real_time_configured: datafeed.realTime,
      real_time_running: datafeed.realTime,
      ...(world.dialect.modernNodes && { search_interval: { start_ms: end - 60_000, end_ms: end } }),
    },
  };
}

/** A datafeed as `_stats` shows it. */
export function datafeedStatsJson(world: World, datafeed: DatafeedRecord): JsonObject {
  const node = datafeed.nodeId === undefined ? undefined : world.cluster.find(datafeed.nodeId);
  const job = world.jobs.get(datafeed.jobId);
  const buckets = datafeed.searches === 0 ? 0 : (job?.counts.buckets ?? 0);
  const totalMs = datafeed.searches * 1.8;
  const perHour = job === undefined ? 0 : (totalMs / Math.max(1, buckets)) * (3_600_000 / bucketSpanMs(job));
  return {
    datafeed_id: datafeed.id,
    state: datafeed.state,
    ...(node !== undefined && { node: mlNodeJson(node) }),
    ...(datafeed.explanation !== undefined && { assignment_explanation: datafeed.explanation }),
    timing_stats: {
      job_id: datafeed.jobId,
      search_count: datafeed.searches,
      bucket_count: buckets,
      total_search_time_ms: totalMs,
      ...(buckets > 0 && { average_search_time_per_bucket_ms: totalMs / buckets }),
      exponential_average_search_time_per_hour_ms: perHour,
    },
    ...(world.dialect.resets && datafeed.state === 'started' && runningStateJson(world, datafeed)),
  };
}
