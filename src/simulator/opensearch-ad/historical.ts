import type { JsonObject } from '../json.js';
import { type Detector, findDetector } from './detector.js';
import { statusFailure } from './failures.js';
import { startHighCardinality } from './historical-hc.js';
import type { StoredDoc } from './indices.js';
import { ensureResultIndex } from './results.js';
import type { HistoricalRun } from './runtime.js';
import { createScope, type Scope } from './scope.js';
import type { TimeRange } from './source-data.js';
import { runStream } from './streams.js';
import {
  childrenOf,
  createTask,
  ensureStateIndex,
  isUnended,
  latestTask,
  removeLeftovers,
  rewriteTask,
  supersede,
  updateTask,
} from './tasks.js';
import { settingOf, type World } from './world.js';

/** How long slots are looked at, in simulated milliseconds, and at least in real ones, so that others can meet it. */
const [checkMs, checkRealMs] = [60, 4];

/** Slots of the cluster, and of one run. */
const slotsPerNode = (world: World) => settingOf(world, 'max_batch_task_per_node', 10);
const slotsPerRun = (world: World) => settingOf(world, 'max_running_entities_per_detector_for_historical_analysis', 10);

/** Slots that nobody holds. */
function freeSlots(world: World): number {
  const held = [...world.runtime.historical.values()].reduce((sum, { slots }) => sum + slots, 0);
  return world.cluster.dataNodes().length * slotsPerNode(world) - held;
}

/** Whether a task goes on in the index only: the node that ran it has forgotten it. */
export const isOrphan = (world: World, task: StoredDoc): boolean =>
  isUnended(task) && world.runtime.historical.get(String(task.source.detector_id))?.taskId !== task.id;

/** Whether an orphan is old enough to be told from a task about to start (AD source, TaskManager). */
export function isStale(world: World, task: StoredDoc): boolean {
  const limitMs = Math.max(2 * settingOf(world, 'batch_task_piece_interval_seconds', 5), 10) * 1000;
  return (world.schedule.now() - Number(task.source.last_update_time)) * world.schedule.speed > limitMs;
}

/** Ends a task that runs nowhere. */
export function resetOrphan(world: World, task: StoredDoc): void {
  updateTask(world, task.id, { state: 'STOPPED' });
}

/** Starts a historical analysis: the document of its task as first written. */
export async function startHistorical(world: World, detector: Detector, range: TimeRange, user: string | undefined): Promise<StoredDoc> {
  const { runtime, schedule, dialect } = world;
  // One semaphore on the lead node, whatever the detector (AD source, ADTaskManager).
  if (runtime.checkingSlots) throw statusFailure(403, 'Too many historical analysis requests in short time. Please retry later.');
  runtime.checkingSlots = true;
  try {
    await schedule.pause(Math.max(checkMs, checkRealMs * schedule.speed));
    if (runtime.historical.has(detector.id)) throw statusFailure(400, dialect.wording.historicalRunning);
    if (freeSlots(world) < 1) throw statusFailure(400, 'No available task slot');
    const latest = latestTask(world, detector.id, 'historical');
    if (latest !== undefined && isUnended(latest)) {
      if (!isStale(world, latest)) throw statusFailure(400, dialect.wording.historicalRunning);
      resetOrphan(world, latest);
      // Since 2.15; before, entity tasks are stopped like their parent (AD source, TaskManager).
      for (const child of childrenOf(world, latest.id).filter(isUnended)) {
        rewriteTask(world, child.id, { state: dialect.modern ? 'INACTIVE' : 'STOPPED' });
      }
    }
    return begin(world, detector, range, user);
  } finally {
    runtime.checkingSlots = false;
  }
}

function begin(world: World, detector: Detector, range: TimeRange, user: string | undefined): StoredDoc {
  ensureStateIndex(world);
  ensureResultIndex(world, detector);
  supersede(world, detector.id, 'historical', settingOf(world, 'max_old_ad_task_docs_per_detector', 1));
  const highCardinality = detector.categoryFields.length > 0;
  const coordinatingNode = world.cluster.nodeFor(detector.id).id;
  const common: JsonObject = {
    detection_date_range: { start_time: range.from, end_time: range.to },
    ...(user !== undefined && { started_by: user }),
  };
  const scope = createScope(world.schedule);
  const plan = { detector, range, scope, common };
  if (highCardinality) {
    const fields = { state: 'CREATED', task_type: 'HISTORICAL_HC_DETECTOR', coordinating_node: coordinatingNode, ...common };
    const task = createTask(world, detector, fields);
    const run = register(world, { detector, task, scope, coordinatingNode, slots: Math.min(slotsPerRun(world), freeSlots(world)) });
    startHighCardinality(world, { ...plan, run });
    return task;
  }
  const task = createTask(world, detector, { state: 'CREATED', task_type: 'HISTORICAL_SINGLE_ENTITY', ...common });
  const run = register(world, { detector, task, scope, coordinatingNode, slots: 1 });
  updateTask(world, task.id, { state: 'INIT', coordinating_node: coordinatingNode });
  const stream = { taskId: task.id, node: world.cluster.nodeFor(task.id).id, entity: undefined, updates: 0 };
  runStream(world, { ...plan, run, stream }, () => world.runtime.historical.delete(detector.id));
  return task;
}

interface Registration {
  readonly detector: Detector;
  readonly task: StoredDoc;
  readonly scope: Scope;
  readonly coordinatingNode: string;
  readonly slots: number;
}

function register(world: World, { detector, task, scope, coordinatingNode, slots }: Registration): HistoricalRun {
  const run: HistoricalRun = {
    detectorId: detector.id,
    taskId: task.id,
    coordinatingNode,
    highCardinality: detector.categoryFields.length > 0,
    slots,
    cancelled: false,
    streams: new Map(),
    pending: [],
    totalEntities: undefined,
    abandon: () => scope.close(),
  };
  world.runtime.historical.set(detector.id, run);
  return run;
}

/** Cancels the historical analysis of a detector, which then ends by itself: the id of its task. */
export function stopHistorical(world: World, detectorId: string, user: string | undefined): string {
  const latest = latestTask(world, detectorId, 'historical');
  if (latest === undefined) throw statusFailure(400, 'Detector not started');
  const run = world.runtime.historical.get(detectorId);
  if (run?.taskId === latest.id && isUnended(latest)) {
    run.cancelled = true;
    if (user !== undefined) rewriteTask(world, latest.id, { stopped_by: user });
    return latest.id;
  }
  if (isOrphan(world, latest)) {
    if (!isStale(world, latest)) return latest.id;
    // Refused, and yet what ran nowhere is stopped (3.4).
    resetOrphan(world, latest);
  }
  throw statusFailure(400, 'No running task found');
}

/** What the server does every hour: ends tasks that run nowhere, and clears up after those that are gone. */
export function maintainHourly(world: World): void {
  world.schedule.after(3_600_000, () => {
    const { state } = world.dialect.names;
    for (const task of world.indices.all(state)) {
      const whole = ['HISTORICAL_SINGLE_ENTITY', 'HISTORICAL_HC_DETECTOR'].includes(String(task.source.task_type));
      if (whole && isOrphan(world, task) && findDetector(world, String(task.source.detector_id)) !== undefined) resetOrphan(world, task);
    }
    removeLeftovers(world);
    maintainHourly(world);
  });
}
