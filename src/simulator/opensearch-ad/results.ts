import type { JsonObject } from '../json.js';
import type { Detector } from './detector.js';
import { resultMappings } from './index-mappings.js';
import { newDocumentId } from './indices.js';
import type { World } from './world.js';

/** The index that results of a detector go to. */
function resultIndexOf({ indices, dialect, schedule }: World, detector: Detector): string {
  if (detector.resultIndex !== undefined) return detector.resultIndex;
  const prefix = `${dialect.names.results}-history-`;
  const existing = indices.names().find((name) => name.startsWith(prefix));
  const [date = ''] = new Date(schedule.now()).toISOString().split('T');
  return existing ?? `${prefix}${date.replaceAll('-', '.')}-1`;
}

/** Result indices come with the first start that may write to them. */
export function ensureResultIndex(world: World, detector: Detector): string {
  const name = resultIndexOf(world, detector);
  const replicas = world.dialect.expandingIndices.includes('results') && world.cluster.dataNodes().length < 2 ? '0' : '1';
  const settings = { number_of_shards: '1', number_of_replicas: replicas };
  if (!world.indices.exists(name)) world.indices.create(name, { mappings: resultMappings, settings });
  return name;
}

/** Stores results. */
export function putResults(world: World, detector: Detector, results: readonly JsonObject[]): void {
  const index = ensureResultIndex(world, detector);
  for (const result of results) world.indices.put(index, newDocumentId(), result);
}
