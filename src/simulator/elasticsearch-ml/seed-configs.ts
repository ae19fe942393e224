import type { JsonObject } from '../json.js';

/** What a seeded job analyses. */
export interface Analysis {
  readonly description: string;
  readonly bucketSpan: string;
  readonly function: string;
  readonly field?: string;
  readonly by?: string;
  readonly partition?: string;
  readonly influencers: readonly string[];
  readonly module: string;
}

const detector = (analysis: Analysis, index: number, name: string): JsonObject => ({
  detector_description: analysis.field === undefined ? name : `${name}(${analysis.field})`,
  function: name,
  ...(analysis.field !== undefined && { field_name: analysis.field }),
  ...(analysis.by !== undefined && { by_field_name: analysis.by }),
  ...(analysis.partition !== undefined && { partition_field_name: analysis.partition }),
  detector_index: index,
});

/** A job's configuration the way Kibana's wizards write them: about a kilobyte. */
export const jobConfig = (analysis: Analysis): JsonObject => ({
  description: analysis.description,
  analysis_config: {
    bucket_span: analysis.bucketSpan,
    detectors: [detector(analysis, 0, analysis.function), detector(analysis, 1, `high_${analysis.function}`)],
    influencers: analysis.influencers,
    model_prune_window: '30d',
  },
  analysis_limits: { model_memory_limit: '256mb', categorization_examples_limit: 4 },
  data_description: { time_field: '@timestamp', time_format: 'epoch_ms' },
  model_plot_config: { enabled: true, annotations_enabled: true },
  model_snapshot_retention_days: 10,
  daily_model_snapshot_retention_after_days: 1,
  custom_settings: {
    created_by: 'multi-metric-wizard',
    module: analysis.module,
    custom_urls: [{ url_name: 'Dashboard', url_value: `dashboards#/view/${analysis.module}?_g=(time:(from:'$earliest$',to:'$latest$'))` }],
  },
  results_index_name: `custom-${analysis.module}`,
  allow_lazy_open: false,
});

/** A datafeed's configuration. */
export const datafeedConfig = (dataset: string): JsonObject => ({
  query: { bool: { filter: [{ term: { 'event.dataset': dataset } }], must_not: [{ term: { 'labels.synthetic': true } }] } },
  scroll_size: 1000,
  chunking_config: { mode: 'auto' },
  delayed_data_check_config: { enabled: true },
});
