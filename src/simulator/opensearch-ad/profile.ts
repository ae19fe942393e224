import type { Json, JsonObject } from '../json.js';
import type { Detector } from './detector.js';
import type { StoredDoc } from './indices.js';
import { hasEnabledJob, jobOf } from './jobs.js';
import { profiledModelJson } from './models.js';
import type { HistoricalRun, RealTimeRun, Stream } from './runtime.js';
import { minSamples } from './scoring.js';
import { SearchFailure } from './search/search-failure.js';
import { entitiesOf, samplesOf } from './source-data.js';
import { taskJson } from './task-json.js';
import { latestTask } from './tasks.js';
import type { World } from './world.js';

/** The parts there are. */
const allTypes: readonly string[] = [
  'state',
  'error',
  'models',
  'shingle_size',
  'coordinating_node',
  'total_size_in_bytes',
  'init_progress',
  'total_entities',
  'active_entities',
  'ad_task',
];

/** The parts a release knows; shingles are not told since 2.15. */
export const profileTypesOf = ({ dialect }: World): readonly string[] =>
  dialect.modern ? allTypes.filter((type) => type !== 'shingle_size') : allTypes;

/** Whether a real-time analysis has a model: what runs says so; without, what was written last. */
export const isInitialised = (run: RealTimeRun | undefined, task: StoredDoc | undefined): boolean =>
  run?.initialised ?? Number(task?.source.init_progress ?? 0) >= 1;

/** How far initialisation is; minutes are left out where nothing has counted them (2.11). */
export function initProgress(world: World, detector: Detector, task: StoredDoc | undefined): JsonObject {
  const run = world.runtime.realTime.get(detector.id);
  if (isInitialised(run, task)) return { percentage: '100%' };
  const left = minSamples * (detector.intervalMs / 60_000);
  const counted = world.dialect.modern || run?.untrained === true || task?.source.estimated_minutes_left !== undefined;
  return { percentage: '0%', ...(counted && { estimated_minutes_left: left }), needed_shingles: minSamples };
}

const streamJson = (world: World, stream: Stream): JsonObject => ({
  ...(!world.dialect.modern && { shingle_size: stream.updates > 0 ? 8 : 0 }),
  rcf_total_updates: stream.updates,
  threshold_model_trained: stream.updates > 0,
  threshold_model_training_data_size: 0,
  model_size_in_bytes: world.dialect.modelBytes.historical,
  node_id: stream.node,
});

/** An entity as running ones are listed: its value, or all of it where there are several fields. */
const runningEntity = ({ entity = [] }: Stream): string => {
  const [only] = entity;
  return entity.length === 1 && only !== undefined ? only.value : JSON.stringify(entity);
};

function highCardinalityJson(world: World, run: HistoricalRun): JsonObject {
  const streams = [...run.streams.values()];
  return {
    node_id: run.coordinatingNode,
    task_id: run.taskId,
    task_type: 'HISTORICAL_HC_DETECTOR',
    detector_task_slots: run.slots,
    ...(run.totalEntities !== undefined && { total_entities_count: run.totalEntities }),
    pending_entities_count: run.pending.length,
    running_entities_count: streams.length,
    running_entities: streams.map(runningEntity),
    ...(streams.length > 0 && {
      entity_task_profiles: streams.map((stream) => ({
        ...streamJson(world, stream),
        entity: stream.entity ?? [],
        task_id: stream.taskId,
        task_type: 'HISTORICAL_HC_ENTITY',
      })),
    }),
  };
}

/** The latest historical task, and what its nodes know of it while it runs. */
function taskProfile(world: World, detector: Detector): JsonObject | undefined {
  const task = latestTask(world, detector.id, 'historical');
  if (task === undefined) return undefined;
  const run = world.runtime.historical.get(detector.id);
  const [stream] = run?.streams.values() ?? [];
  const own = run?.taskId === task.id ? run : undefined;
  return {
    ad_task: taskJson(task),
    ...(own?.highCardinality === true && highCardinalityJson(world, own)),
    ...(own?.highCardinality === false &&
      stream !== undefined && { ...streamJson(world, stream), task_id: task.id, detector_task_slots: own.slots }),
  };
}

function countEntities(world: World, detector: Detector): number {
  try {
    return entitiesOf(detector, samplesOf(world, detector)).length;
  } catch (cause) {
    if (cause instanceof SearchFailure) return 0;
    throw cause;
  }
}

/** The profile of a detector: the parts asked for, as far as there is something to say. */
export function profileOf(world: World, detector: Detector, asked: ReadonlySet<string>): JsonObject {
  const part = (name: string, value: Json | undefined): JsonObject => (asked.has(name) && value !== undefined ? { [name]: value } : {});
  // Without any task ever, everything but a plain state is empty (2.19).
  if (asked.has('ad_task') && !world.indices.exists(world.dialect.names.state)) return {};
  const adTask = part('ad_task', asked.has('ad_task') ? taskProfile(world, detector) : undefined);
  if (jobOf(world, detector.id) === undefined) return { ...part('state', 'DISABLED'), ...adTask };
  const run = world.runtime.realTime.get(detector.id);
  const task = latestTask(world, detector.id, 'realTime');
  const enabled = hasEnabledJob(world, detector.id);
  const initialised = isInitialised(run, task);
  const models = [...(run?.models.values() ?? [])].map((model) => profiledModelJson(world, model));
  const highCardinality = detector.categoryFields.length > 0;
  return {
    ...part('state', enabled ? (initialised ? 'RUNNING' : 'INIT') : 'DISABLED'),
    ...part('error', task?.source.error),
    ...part('models', models.length > 0 ? models : undefined),
    ...part('shingle_size', world.dialect.modern || highCardinality || !enabled ? undefined : (run?.shingle ?? 0)),
    ...part('coordinating_node', run?.coordinatingNode),
    ...part('total_size_in_bytes', models.length * world.dialect.modelBytes.realTime),
    ...part('init_progress', enabled ? initProgress(world, detector, task) : undefined),
    ...part('total_entities', enabled && highCardinality ? countEntities(world, detector) : undefined),
    ...part('active_entities', enabled && highCardinality ? models.length : undefined),
    ...adTask,
    ...(world.dialect.modern && asked.has('models') && models.length > 0 && { model_count: models.length }),
  };
}
