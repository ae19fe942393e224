import { isJsonObject, type Json, type JsonObject } from '../json.js';
import type { Dialect } from './dialect.js';
import { invalidConfig } from './failures.js';
import { newDocumentId } from './indices.js';
import type { SearchFailure } from './search/search-failure.js';

/** What is wrong with a configuration, and with which part of it: `_validate` names the part. */
export interface ConfigProblem {
  readonly part: string;
  readonly failure: SearchFailure;
}

const minutes = (interval: number): JsonObject => ({ period: { interval, unit: 'Minutes' } });

const intervalOf = (value: Json | undefined): number | undefined => {
  const period = isJsonObject(value) ? value.period : undefined;
  return isJsonObject(period) && typeof period.interval === 'number' ? period.interval : undefined;
};

/** The first thing the server would refuse a configuration for, before it looks at any index. */
export function findConfigProblem({ wording }: Dialect, config: JsonObject): ConfigProblem | undefined {
  const problem = (part: string, reason: string, type = wording.validationType) => ({ part, failure: invalidConfig(type, reason) });
  const { name, time_field: timeField, indices, detection_interval: interval, category_field: category } = config;
  if (typeof name !== 'string' || name === '') return problem('name', wording.nameMissing);
  if (typeof timeField !== 'string') return problem('time_field', 'Time field should be set');
  if (!Array.isArray(indices) || indices.length === 0) return problem('indices', 'Indices should be set');
  if ((intervalOf(interval) ?? 10) <= 0) return problem('detection_interval', 'Detection interval must be a positive integer');
  if (Array.isArray(category) && category.length > 2) return problem('category_field', 'We can have only 2 categorical field.');
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) return problem('name', wording.nameInvalid, 'status_exception');
  return undefined;
}

/** Queries come back with their boost, as the server prints them. */
function printedQuery(query: Json | undefined): JsonObject {
  if (!isJsonObject(query) || isJsonObject(query.match_all)) return { match_all: { boost: 1 } };
  return query;
}

const featuresOf = (value: Json | undefined): readonly JsonObject[] =>
  (Array.isArray(value) ? value : []).filter(isJsonObject).map((feature: JsonObject) => ({
    feature_id: feature.feature_id ?? newDocumentId(),
    feature_name: feature.feature_name ?? null,
    feature_enabled: feature.feature_enabled ?? true,
    aggregation_query: feature.aggregation_query ?? {},
  }));

/** Rules that a detector gets where none are given: small deviations are no anomalies. */
const defaultRules = (features: readonly JsonObject[]): readonly JsonObject[] =>
  features
    .filter((feature) => feature.feature_enabled === true)
    .map((feature) => ({
      action: 'IGNORE_ANOMALY',
      conditions: ['ACTUAL_OVER_EXPECTED_RATIO', 'EXPECTED_OVER_ACTUAL_RATIO'].map((type) => ({
        feature_name: feature.feature_name ?? null,
        threshold_type: type,
        operator: 'LTE',
        value: 0.2,
      })),
    }));

/** A configuration as the server keeps it: with defaults, and without what it does not know. */
export function completeConfig(dialect: Dialect, config: JsonObject, lastUpdate: number | undefined): JsonObject {
  const features = featuresOf(config.feature_attributes);
  const category: readonly Json[] = Array.isArray(config.category_field) ? config.category_field : [];
  const interval: JsonObject = { detection_interval: config.detection_interval ?? minutes(10) };
  const windowDelay: JsonObject = { window_delay: config.window_delay ?? minutes(0) };
  const kept = ['ui_metadata', 'result_index', 'imputation_option', 'flatten_custom_result_index', 'user'];
  return {
    name: config.name ?? '',
    description: config.description ?? '',
    time_field: config.time_field ?? '',
    indices: config.indices ?? [],
    filter_query: printedQuery(config.filter_query),
    ...(dialect.rules ? windowDelay : { ...interval, ...windowDelay }),
    shingle_size: config.shingle_size ?? 8,
    schema_version: config.schema_version ?? 0,
    feature_attributes: features,
    ...(dialect.rules && { recency_emphasis: config.recency_emphasis ?? 2560, history: config.history ?? 40 }),
    ...(lastUpdate !== undefined && { last_update_time: lastUpdate }),
    ...(category.length > 0 && { category_field: category }),
    ...(dialect.rules && interval),
    detector_type: category.length > 0 ? 'MULTI_ENTITY' : 'SINGLE_ENTITY',
    ...(dialect.rules && { rules: config.rules ?? defaultRules(features) }),
    ...Object.fromEntries(kept.flatMap((key) => (config[key] === undefined ? [] : [[key, config[key]]]))),
  };
}
