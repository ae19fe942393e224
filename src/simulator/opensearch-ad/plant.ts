import { isJsonObject, type Json, type JsonObject } from '../json.js';
import { SimulatorError } from '../simulator-error.js';
import { type Detector, findDetector } from './detector.js';
import { newDocumentId } from './indices.js';
import { putResults } from './results.js';
import { storeDetector } from './route-detectors.js';
import { createScorer } from './scoring.js';
import { createTask, latestTask, rewriteTask } from './tasks.js';
import type { World } from './world.js';

/** What data to make up. */
export interface DataPlan {
  readonly index: string;
  readonly from: number;
  readonly to: number;
  readonly intervalMs: number;
  /** Values of the field `host`. */
  readonly entities: readonly string[];
  /** Every how many intervals a value is far off; 0 for never. */
  readonly spikeEvery: number;
}

const mappings: JsonObject = {
  properties: { timestamp: { type: 'date' }, value: { type: 'double' }, host: { type: 'keyword' } },
};

/** A value with a daily wave and a little noise, the same whenever it is asked for; far off where it is to spike. */
function valueAt(at: number, entity: number, spike: boolean): number {
  const wave = 50 + 10 * Math.sin((at / 86_400_000) * 2 * Math.PI) + 5 * entity;
  const noise = Math.sin(at / 60_000 + entity * 7) * Math.cos(at / 37_000);
  return Math.round((wave + noise + (spike ? 45 : 0)) * 1000) / 1000;
}

/** Puts one document for each entity. */
export function putSamples(world: World, index: string, at: number, entities: readonly string[], spike: boolean): void {
  if (!world.indices.exists(index)) world.indices.create(index, { mappings, settings: { number_of_shards: '1', number_of_replicas: '0' } });
  for (const [number, host] of entities.entries()) {
    world.indices.put(index, newDocumentId(), { timestamp: at, value: valueAt(at, number, spike), host });
  }
}

/** Fills an index; the number of documents. */
export function plantData(world: World, plan: DataPlan): number {
  let documents = 0;
  for (let at = plan.from; at < plan.to; at += plan.intervalMs) {
    const number = Math.round((at - plan.from) / plan.intervalMs) + 1;
    putSamples(world, plan.index, at, plan.entities, plan.spikeEvery > 0 && number % plan.spikeEvery === 0);
    documents += plan.entities.length;
  }
  return documents;
}

/** A detector over made-up data, with what is given instead of the usual. */
export function plantDetector(world: World, name: string, index: string, more: JsonObject = {}): Detector {
  const minutes = (interval: number): JsonObject => ({ period: { interval, unit: 'Minutes' } });
  const { id, source } = storeDetector(world, {
    name,
    description: '',
    time_field: 'timestamp',
    indices: [index],
    feature_attributes: [
      { feature_name: 'avg_value', feature_enabled: true, aggregation_query: { avg_value: { avg: { field: 'value' } } } },
    ],
    filter_query: { match_all: {} },
    detection_interval: minutes(1),
    window_delay: minutes(0),
    ...more,
  });
  const detector = findDetector(world, id);
  if (detector === undefined) throw new SimulatorError(`detector ${String(source.name)} was not stored`);
  return detector;
}

/** A task as it may stand in the index, whatever runs: an orphan, a half-way run. Without an id a new one, latest of its kind. */
export function plantTask(world: World, id: string | undefined, fields: JsonObject): string {
  if (id !== undefined && world.indices.get(world.dialect.names.state, id) !== undefined) {
    rewriteTask(world, id, fields);
    return id;
  }
  const detector = findDetector(world, String(fields.detector_id));
  if (detector === undefined) throw new SimulatorError(`no detector "${String(fields.detector_id)}"`);
  const kind = String(fields.task_type ?? '').startsWith('REALTIME') ? 'realTime' : 'historical';
  const before = fields.parent_task_id === undefined ? latestTask(world, detector.id, kind) : undefined;
  if (before !== undefined) rewriteTask(world, before.id, { is_latest: false });
  const type = detector.categoryFields.length > 0 ? 'HISTORICAL_HC_DETECTOR' : 'HISTORICAL_SINGLE_ENTITY';
  return createTask(world, detector, { task_type: type, state: 'RUNNING', ...fields }, id ?? newDocumentId()).id;
}

/** Results as given, with what is not given made up: an anomaly of the last interval. */
export function plantResults(world: World, detectorId: string, list: readonly Json[]): number {
  const detector = findDetector(world, detectorId);
  if (detector === undefined) throw new SimulatorError(`no detector "${detectorId}"`);
  const results = list.filter(isJsonObject).map((given) => {
    const to = world.schedule.now();
    const base = createScorer(world, detector, {}).score([], to - detector.intervalMs, to) ?? {
      detector_id: detectorId,
      schema_version: world.dialect.resultSchema,
      anomaly_score: 2.3,
      anomaly_grade: 1,
      confidence: 0.98,
      threshold: 0.95,
      data_start_time: to - detector.intervalMs,
      data_end_time: to,
      execution_start_time: to,
      execution_end_time: to,
      feature_data: detector.features.map(({ id, name }) => ({ feature_id: id, feature_name: name, data: 0 })),
    };
    return { ...base, ...given };
  });
  putResults(world, detector, results);
  return results.length;
}
