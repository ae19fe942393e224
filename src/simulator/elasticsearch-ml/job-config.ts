import { isJsonObject, type Json, type JsonObject } from '../json.js';
import { illegalArgument } from './failures.js';
import { plainMembers } from './input.js';
import { invalidId, isValidId } from './naming.js';
import type { World } from './world.js';

/** What a PUT of a job asks for. */
export interface NewJob {
  readonly config: JsonObject;
  readonly groups: readonly string[];
  /** The embedded datafeed, as sent (since 7.14). */
  readonly datafeed: JsonObject | undefined;
}

/** The longest id a job may have. */
const longestId = 64;

/** Members that may be changed later on. */
const changeable = [
  'groups',
  'description',
  'analysis_limits',
  'model_plot_config',
  'renormalization_window_days',
  'background_persist_interval',
  'model_snapshot_retention_days',
  'daily_model_snapshot_retention_after_days',
  'results_retention_days',
  'custom_settings',
  'allow_lazy_open',
];

const members = ['job_id', 'job_type', 'analysis_config', 'data_description', 'results_index_name', ...changeable];

const asObject = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});

/** The groups a member names. */
const groupsOf = (value: Json | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter((group: Json): group is string => typeof group === 'string') : [];

/** What the server calls a detector that was given no description. */
function describeDetector(detector: JsonObject): string {
  const named = (text: string, key: string) => (detector[key] === undefined ? '' : `${text}${String(detector[key])}`);
  const field = detector.field_name === undefined ? '' : `(${String(detector.field_name)})`;
  const split = `${named(' by ', 'by_field_name')}${named(' over ', 'over_field_name')}${named(' partitionfield=', 'partition_field_name')}`;
  return `${String(detector.function)}${field}${split}`;
}

function completeAnalysis(value: Json | undefined): JsonObject {
  if (!isJsonObject(value)) throw illegalArgument('An analysis_config must be set');
  const detectors = Array.isArray(value.detectors) ? value.detectors.filter((detector: Json) => isJsonObject(detector)) : [];
  if (detectors.length === 0) throw illegalArgument('No detectors configured');
  const complete = (detector: JsonObject, index: number): JsonObject => ({
    detector_description: describeDetector(detector),
    ...detector,
    detector_index: index,
  });
  const { bucket_span = '5m', influencers = [], ...rest } = value;
  return { bucket_span, ...rest, detectors: detectors.map(complete), influencers };
}

function checkId(id: string, given: Json | undefined): void {
  if (given !== undefined && given !== id) {
    throw illegalArgument(`Inconsistent job_id; '${String(given)}' specified in the body differs from '${id}' specified as a URL argument`);
  }
  if (!isValidId(id)) throw illegalArgument(invalidId('job_id', id));
  if (id.length > longestId) throw illegalArgument(`The job id cannot contain more than ${longestId} characters.`);
}

/** Reads a job from the body of its PUT, checked in the server's order and completed with its defaults. */
export function readNewJob(world: World, id: string, body: string): NewJob {
  const known = world.dialect.embedsDatafeed ? [...members, 'datafeed_config'] : members;
  const { job_id, groups, datafeed_config, ...given } = plainMembers('job_details', body, known);
  checkId(id, job_id);
  const analysis = completeAnalysis(given.analysis_config);
  if (!isJsonObject(given.data_description)) throw illegalArgument('A data_description must be set');
  const index = given.results_index_name;
  return {
    groups: groupsOf(groups),
    datafeed: isJsonObject(datafeed_config) ? datafeed_config : undefined,
    config: {
      model_snapshot_retention_days: 10,
      daily_model_snapshot_retention_after_days: 1,
      allow_lazy_open: false,
      ...given,
      analysis_config: analysis,
      analysis_limits: { model_memory_limit: '1gb', categorization_examples_limit: 4, ...asObject(given.analysis_limits) },
      data_description: { time_field: 'time', time_format: 'epoch_ms', ...given.data_description },
      results_index_name: typeof index === 'string' && index !== 'shared' ? `custom-${index}` : 'shared',
    },
  };
}

/** Reads the changes of an `_update`. */
export function readJobUpdate(body: string): { readonly config: JsonObject; readonly groups: readonly string[] | undefined } {
  const { groups, ...config } = plainMembers('job_update', body, changeable);
  return { config, groups: groups === undefined ? undefined : groupsOf(groups) };
}
