import type { JsonObject } from '../json.js';
import type { Detector } from './detector.js';
import type { Entity, HistoricalRun } from './runtime.js';
import type { Scope } from './scope.js';
import { SearchFailure } from './search/search-failure.js';
import { entitiesOf, samplesOf, type TimeRange } from './source-data.js';
import { cancelledByUser, runStream, type StreamEnd } from './streams.js';
import { asFloat, createTask, updateTask } from './tasks.js';
import { settingOf, type World } from './world.js';

/** A high-cardinality analysis whose task has been created. */
export interface HighCardinalityPlan {
  readonly detector: Detector;
  readonly run: HistoricalRun;
  readonly range: TimeRange;
  readonly scope: Scope;
  /** What every task of it has. */
  readonly common: JsonObject;
}

interface Progress {
  readonly ends: StreamEnd[];
  settled: boolean;
}

/** Durations in simulated milliseconds, as between the writes of recorded tasks (2.19). */
const [untilCounted, betweenEntities, untilRunning] = [780, 60, 700];

/** The first search for entities takes its time, all the more after a restart (2.11, 2.19). */
const firstCount = (world: World): number => (world.restarts === 0 ? 1700 : 3500);

/** Finds the entities, analyses each in a task of its own, as many at a time as there are slots, and ends the parent after the last. */
export function startHighCardinality(world: World, plan: HighCardinalityPlan): void {
  const { run, detector, range, scope } = plan;
  const first = !world.runtime.countedEntities;
  world.runtime.countedEntities = true;
  scope.after(first ? firstCount(world) : untilCounted, () => {
    try {
      const limit = settingOf(world, 'max_top_entities_for_historical_analysis', 1000);
      run.pending = entitiesOf(detector, samplesOf(world, detector, range)).slice(0, limit);
    } catch (cause) {
      if (!(cause instanceof SearchFailure)) throw cause;
      endParent(world, run, { state: 'FAILED', error: `[${detector.indices[0]}] IndexNotFoundException[${cause.message}]` });
      return;
    }
    if (run.pending.length === 0) {
      endParent(world, run, { state: 'FAILED', error: 'No entity found' });
      return;
    }
    run.totalEntities = run.pending.length;
    run.slots = Math.min(run.slots, run.pending.length);
    const progress: Progress = { ends: [], settled: false };
    for (let slot = 0; slot < run.slots; slot += 1) scope.after(slot * betweenEntities, () => startNext(world, plan, progress));
    scope.after(untilRunning, () => {
      // Stopped meanwhile: what has ended stays ended.
      if (!progress.settled) updateTask(world, run.taskId, { state: 'RUNNING' });
    });
  });
}

function startNext(world: World, plan: HighCardinalityPlan, progress: Progress): void {
  const { detector, run, scope, range, common } = plan;
  if (run.cancelled) run.pending = [];
  const entity: Entity | undefined = run.pending.shift();
  if (entity === undefined) {
    if (run.streams.size === 0 && !progress.settled) settle(world, plan, progress);
    return;
  }
  const task = createTask(world, detector, {
    state: 'INIT',
    task_type: 'HISTORICAL_HC_ENTITY',
    parent_task_id: run.taskId,
    coordinating_node: run.coordinatingNode,
    entity,
    ...common,
  });
  const stream = { taskId: task.id, node: world.cluster.nodeFor(task.id).id, entity, updates: 0 };
  runStream(world, { detector, run, stream, range, scope }, (end) => {
    progress.ends.push(end);
    if (run.pending.length === 0 && !run.cancelled) run.slots = run.streams.size;
    const left = run.pending.length + run.streams.size;
    if (left > 0 && !run.cancelled) {
      const error = end.error ?? '';
      updateTask(world, run.taskId, { task_progress: asFloat(1 - Math.fround(left / (run.totalEntities ?? left))), error });
    }
    startNext(world, plan, progress);
  });
}

/** Ends the parent as soon as its last entity has ended (2.11, 2.19). */
function settle(world: World, { run }: HighCardinalityPlan, progress: Progress): void {
  progress.settled = true;
  const { ends } = progress;
  const finished = ends.some(({ state }) => state === 'FINISHED');
  const error = ends.find((end) => end.error !== undefined)?.error ?? '';
  if (run.cancelled) endParent(world, run, { state: 'STOPPED', error: cancelledByUser });
  else endParent(world, run, { state: finished ? 'FINISHED' : 'FAILED', error });
}

function endParent(world: World, run: HistoricalRun, { state, error = '' }: StreamEnd): void {
  world.runtime.historical.delete(run.detectorId);
  updateTask(world, run.taskId, {
    state,
    error,
    execution_end_time: world.schedule.now(),
    ...(state === 'FINISHED' && { task_progress: 1 }),
  });
}
