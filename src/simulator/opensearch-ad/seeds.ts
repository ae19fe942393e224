import type { JsonObject } from '../json.js';
import type { Detector } from './detector.js';
import { enableJob } from './jobs.js';
import { storeCheckpoint } from './models.js';
import { plantData, plantDetector, putSamples } from './plant.js';
import { resumeJobs } from './real-time.js';
import { putResults } from './results.js';
import type { Entity } from './runtime.js';
import { createScorer, scored } from './scoring.js';
import { byInterval, entitiesOf, samplesOf, type TimeRange } from './source-data.js';
import { createTask } from './tasks.js';
import type { World } from './world.js';

const minuteMs = 60_000;
const hosts = ['web-1', 'web-2', 'web-3'];
const shops = ['checkout', 'search'];

/** Analyses a range at once, as a run of hours ago had done. */
function analyse(world: World, detector: Detector, range: TimeRange, taskId: string, entity: Entity | undefined): void {
  const intervals = byInterval(samplesOf(world, detector, range, entity), range.from, detector.intervalMs);
  const scorer = createScorer(world, detector, { taskId, entity });
  const sorted = [...intervals.entries()].sort(([left], [right]) => left - right);
  putResults(
    world,
    detector,
    sorted.flatMap(([from, samples]) => scored(scorer, samples, from, from + detector.intervalMs)),
  );
}

/** A historical analysis that ended some hours ago. */
function plantRun(world: World, detector: Detector, range: TimeRange, fields: JsonObject): string {
  const started = world.schedule.now() - 3 * 3_600_000;
  const ended = { execution_start_time: started, execution_end_time: started + 24_000, last_update_time: started + 24_000 };
  const node = world.cluster.nodeFor(detector.id).id;
  const common = { detection_date_range: { start_time: range.from, end_time: range.to }, coordinating_node: node, ...ended };
  return createTask(world, detector, { ...common, ...fields }).id;
}

function plantFinished(world: World, detector: Detector, range: TimeRange): void {
  const done = { state: 'FINISHED', task_progress: 1 };
  const parent = plantRun(world, detector, range, { ...done, task_type: 'HISTORICAL_HC_DETECTOR', error: '' });
  for (const entity of entitiesOf(detector, samplesOf(world, detector, range))) {
    const child = { ...done, task_type: 'HISTORICAL_HC_ENTITY', parent_task_id: parent, entity, init_progress: 1, current_piece: range.to };
    plantRun(world, detector, range, { ...child, worker_node: world.cluster.nodeFor(parent).id });
    analyse(world, detector, range, parent, entity);
  }
}

/** Goes on writing documents, so that what runs in real time has something to see. */
function keepWriting(world: World, index: string, entities: readonly string[]): void {
  world.schedule.after(minuteMs / 2, () => {
    const at = world.schedule.now();
    putSamples(world, index, at, entities, Math.floor(at / minuteMs) % 47 === 0);
    keepWriting(world, index, entities);
  });
}

/** Detectors such as a team may have: one running, one analysed, one whose analysis failed, one stopped, one never started. */
export function plantSeeds(world: World): void {
  world.cluster.join('node-2');
  world.cluster.join('node-3');
  const now = Math.floor(world.schedule.now() / minuteMs) * minuteMs;
  const day = { from: now - 1440 * minuteMs, to: now };
  plantData(world, { index: 'web-logs', ...day, intervalMs: minuteMs, entities: hosts, spikeEvery: 331 });
  plantData(world, { index: 'shop-metrics', from: now - 360 * minuteMs, to: now, intervalMs: minuteMs, entities: shops, spikeEvery: 173 });

  const live = plantDetector(world, 'web-latency', 'web-logs', { description: 'Mean latency of the web tier' });
  const started = now - 6 * 3_600_000;
  createTask(world, live, {
    state: 'RUNNING',
    task_type: 'REALTIME_SINGLE_ENTITY',
    init_progress: 1,
    estimated_minutes_left: 0,
    error: '',
    execution_start_time: started,
    last_update_time: started + minuteMs,
    coordinating_node: world.cluster.nodeFor(live.id).id,
  });
  enableJob(world, live);
  storeCheckpoint(world, live, undefined);

  const byHost = plantDetector(world, 'web-latency-by-host', 'web-logs', { category_field: ['host'] });
  plantFinished(world, byHost, day);

  const failed = plantDetector(world, 'shop-orders', 'shop-metrics', { description: 'Orders per minute' });
  const lastYear = { from: now - 365 * 86_400_000, to: now - 364 * 86_400_000 };
  plantRun(world, failed, lastYear, {
    state: 'FAILED',
    task_type: 'HISTORICAL_SINGLE_ENTITY',
    error: 'There is no data in the detection date range',
    current_piece: lastYear.from,
    worker_node: world.cluster.nodeFor(failed.id).id,
  });

  const stopped = plantDetector(world, 'shop-payments', 'shop-metrics');
  createTask(world, stopped, {
    state: 'STOPPED',
    task_type: 'REALTIME_SINGLE_ENTITY',
    init_progress: 1,
    estimated_minutes_left: 0,
    error: '',
    execution_start_time: started,
    last_update_time: now - 3_600_000,
    coordinating_node: world.cluster.nodeFor(stopped.id).id,
  });

  plantDetector(world, 'shop-by-service', 'shop-metrics', { category_field: ['host'], description: 'Not started yet' });
  keepWriting(world, 'web-logs', hosts);
  keepWriting(world, 'shop-metrics', shops);
  resumeJobs(world);
}
