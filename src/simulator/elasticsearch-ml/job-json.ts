import type { JsonObject } from '../json.js';
import { datafeedConfigJson } from './datafeed-json.js';
import type { JobRecord } from './records.js';
import { datafeedOf, type World } from './world.js';

/** Members of a configuration that stand before `create_time`, and those that stand after it, in the server's order. */
const leading = ['description'];
const trailing = [
  'analysis_config',
  'analysis_limits',
  'data_description',
  'model_plot_config',
  'renormalization_window_days',
  'background_persist_interval',
  'model_snapshot_retention_days',
  'daily_model_snapshot_retention_after_days',
  'results_retention_days',
  'custom_settings',
];

const pick = (config: JsonObject, keys: readonly string[]): JsonObject =>
  Object.fromEntries(keys.flatMap((key) => (config[key] === undefined ? [] : [[key, config[key]]])));

/** A job as `GET _ml/anomaly_detectors` shows it; `portable` without what the server generated. */
export function jobJson(world: World, job: JobRecord, portable = false): JsonObject {
  const { dialect } = world;
  const { config } = job;
  const datafeed = datafeedOf(world, job.id);
  const deleting = job.blocked?.reason === 'delete';
  return {
    job_id: job.id,
    ...(!portable && { job_type: config.job_type ?? 'anomaly_detector', job_version: dialect.jobVersion }),
    ...(job.groups.length > 0 && { groups: job.groups }),
    ...pick(config, leading),
    ...(!portable && { create_time: job.createTime }),
    ...(!portable && job.finishedTime !== undefined && { finished_time: job.finishedTime }),
    ...(!portable && deleting && { deleting: true }),
    ...(datafeed !== undefined && dialect.embedsDatafeed && { datafeed_config: datafeedConfigJson(datafeed, portable) }),
    ...pick(config, trailing),
    ...(!portable && job.snapshotId !== undefined && { model_snapshot_id: job.snapshotId }),
    results_index_name: config.results_index_name ?? 'shared',
    allow_lazy_open: config.allow_lazy_open ?? false,
    ...(!portable &&
      dialect.resets &&
      job.blocked !== undefined && {
        blocked: { reason: job.blocked.reason, ...(job.blocked.taskId !== undefined && { task_id: job.blocked.taskId }) },
      }),
  };
}
