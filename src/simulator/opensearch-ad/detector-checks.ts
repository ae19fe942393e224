import { isJsonObject, type JsonObject } from '../json.js';
import { type Detector, type Feature, readDetector } from './detector.js';
import { type ConfigProblem, completeConfig, findConfigProblem } from './detector-config.js';
import { invalidConfig, statusFailure } from './failures.js';
import { resolveNames } from './search/index-names.js';
import { SearchFailure } from './search/search-failure.js';
import { aggregationOf, featureValue, samplesOf } from './source-data.js';
import type { World } from './world.js';

const runtimeTrouble = 'Feature has an invalid query causing a runtime exception';
const emptyTrouble = 'Feature has an invalid query returning empty aggregated data';

/** A detector whose configuration can be read, or why it cannot. */
export function tryConfig(world: World, config: JsonObject): Detector | ConfigProblem {
  return findConfigProblem(world.dialect, config) ?? readDetector('', completeConfig(world.dialect, config, undefined));
}

/** Whether a reading failed. */
export const isProblem = (value: Detector | ConfigProblem): value is ConfigProblem => 'failure' in value;

function fieldType(world: World, index: string, field: string): string | undefined {
  const properties = world.indices.index(index)?.mappings?.properties;
  const mapped = isJsonObject(properties) ? properties[field] : undefined;
  return isJsonObject(mapped) && typeof mapped.type === 'string' ? mapped.type : undefined;
}

/** What is wrong with a feature over the documents there are. */
export function featureTrouble(world: World, detector: Detector, feature: Feature): string | undefined {
  const aggregation = aggregationOf(feature);
  if (aggregation === undefined) return runtimeTrouble;
  const types = resolveNames(detector.indices, world.indices.names()).map((index) => fieldType(world, index, aggregation.field));
  const wordy = types.some((type) => type === 'keyword' || type === 'text');
  if (wordy && aggregation.kind !== 'value_count' && aggregation.kind !== 'cardinality') return runtimeTrouble;
  return featureValue(feature, samplesOf(world, detector)) === undefined ? emptyTrouble : undefined;
}

/** The detector, another one if given, that has a name. */
export const namesake = (world: World, name: string, except?: string): string | undefined =>
  world.indices.all(world.dialect.names.detectors).find(({ id, source }) => source.name === name && id !== except)?.id;

const noDocuments = (detector: Detector) =>
  `Can't create anomaly detector as no document is found in the indices: [${detector.indices.join(', ')}]`;

/** The first thing the server would refuse a readable configuration for; `except` is the detector it replaces. */
export function findIndexProblem(world: World, detector: Detector, except?: string): ConfigProblem | undefined {
  try {
    resolveNames(detector.indices, world.indices.names());
  } catch (cause) {
    if (cause instanceof SearchFailure) return { part: 'indices', failure: cause };
    throw cause;
  }
  if (samplesOf(world, { ...detector, filterQuery: { match_all: {} } }).length === 0) {
    return { part: 'indices', failure: statusFailure(400, noDocuments(detector)) };
  }
  const other = namesake(world, detector.name, except);
  if (other !== undefined) {
    const { status, reason } = world.dialect.wording.duplicateName(detector.name, other);
    return { part: 'name', failure: statusFailure(status, reason) };
  }
  const bad = detector.features
    .filter(({ enabled }) => enabled)
    .flatMap((feature) => {
      const trouble = featureTrouble(world, detector, feature);
      return trouble === undefined ? [] : [`${trouble}: ${feature.name}`];
    });
  if (bad.length === 0) return undefined;
  const reason = `Validation failed for feature(s) of detector ${detector.name} Exceptions: [${bad.join(', ')}]`;
  return { part: 'feature_attributes', failure: invalidConfig('status_exception', reason) };
}
