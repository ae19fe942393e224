import { type Detector, findDetector } from './detector.js';
import { statusFailure } from './failures.js';
import type { StoredDoc } from './indices.js';
import { disableJob, enableJob, hasEnabledJob, jobOf } from './jobs.js';
import { hasCheckpoint } from './models.js';
import { runOnce } from './real-time-run.js';
import { ensureResultIndex } from './results.js';
import { newRealTimeRun } from './runtime.js';
import { createScope } from './scope.js';
import { SearchFailure } from './search/search-failure.js';
import { createTask, isUnended, latestTask, supersede, updateTask } from './tasks.js';
import { settingOf, type World } from './world.js';

/** From a start until its first run has been done, in simulated milliseconds. */
const untilFirstRun = 60;

/** The answer of the server to what is done already: an error with status 200. */
const alreadySo = (reason: string): SearchFailure => new SearchFailure(200, { type: 'status_exception', reason });

/** Runs a detector at every interval, from so much simulated time on. */
function keepRunning(world: World, detector: Detector, firstMs: number, initialised: boolean): void {
  const scope = createScope(world.schedule);
  const run = newRealTimeRun(detector.id, initialised, () => scope.close());
  world.runtime.realTime.set(detector.id, run);
  const turn = () => {
    scope.after(detector.intervalMs, turn);
    runOnce(world, detector, run, scope);
  };
  scope.after(firstMs, turn);
}

/** Starts real-time analysis: the job as it stands then. */
export function startRealTime(world: World, detector: Detector, user: string | undefined): StoredDoc {
  if (hasEnabledJob(world, detector.id)) throw alreadySo(`Anomaly detector job is already running: ${detector.id}`);
  ensureResultIndex(world, detector);
  const job = enableJob(world, detector);
  supersede(world, detector.id, 'realTime', settingOf(world, 'max_old_ad_task_docs_per_detector', 1));
  createTask(world, detector, {
    state: 'CREATED',
    task_type: detector.categoryFields.length > 0 ? 'REALTIME_HC_DETECTOR' : 'REALTIME_SINGLE_ENTITY',
    ...(user !== undefined && { started_by: user }),
  });
  keepRunning(world, detector, untilFirstRun, false);
  return job;
}

/** Goes on with every enabled job, as nodes do once they are back. */
export function resumeJobs(world: World): void {
  for (const { id } of world.indices.all(world.dialect.names.jobs)) {
    const detector = findDetector(world, id);
    if (detector === undefined || !hasEnabledJob(world, id)) continue;
    const enabled = Number(jobOf(world, id)?.source.enabled_time);
    const sinceTurn = ((world.schedule.now() - enabled) * world.schedule.speed) % detector.intervalMs;
    keepRunning(world, detector, detector.intervalMs - sinceTurn, hasCheckpoint(world, id));
  }
}

/** Stops real-time analysis. What it says of a detector never started differs: a success since 2.15. */
export function stopRealTime(world: World, detectorId: string, user: string | undefined): void {
  const { dialect, indices, runtime } = world;
  const job = jobOf(world, detectorId);
  if (job === undefined) {
    if (dialect.modern) return;
    if (!indices.exists(dialect.names.jobs)) throw missingJobs(dialect.names.jobs);
    throw statusFailure(400, `Anomaly detector job not exist: ${detectorId}`);
  }
  if (job.source.enabled !== true) throw alreadySo(dialect.wording.alreadyStopped(detectorId));
  disableJob(world, detectorId);
  runtime.realTime.get(detectorId)?.abandon();
  runtime.realTime.delete(detectorId);
  const task = latestTask(world, detectorId, 'realTime');
  if (task === undefined) return;
  // The error stays, and there is no end time (2.19).
  updateTask(world, task.id, { state: 'STOPPED', ...(user !== undefined && { stopped_by: user }) });
}

const missingJobs = (name: string): SearchFailure =>
  new SearchFailure(404, {
    type: 'index_not_found_exception',
    reason: `no such index [${name}]`,
    extra: { index: name, 'resource.id': name, 'resource.type': 'index_expression', index_uuid: '_na_' },
  });

/** Ends a real-time task whose job is not enabled (2.19: `GET ?task=true`). */
export function resetRealTimeOrphan(world: World, task: StoredDoc): boolean {
  if (hasEnabledJob(world, String(task.source.detector_id)) || !isUnended(task)) return false;
  updateTask(world, task.id, { state: 'STOPPED' });
  return true;
}
