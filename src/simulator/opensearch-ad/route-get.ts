import type { Json, JsonObject } from '../json.js';
import type { AdRoute } from './ad-route.js';
import { statusFailure } from './failures.js';
import { isOrphan, isStale, resetOrphan } from './historical.js';
import type { StoredDoc } from './indices.js';
import { jobOf } from './jobs.js';
import { resetRealTimeOrphan } from './real-time.js';
import type { Call } from './routes.js';
import { reply } from './routes.js';
import { taskJson } from './task-json.js';
import { type AnalysisKind, latestTask } from './tasks.js';
import type { World } from './world.js';

/** Resets a task that runs nowhere, where asking does that (2.19; 3.4 does not): the answer only shows the new state. */
function shownTask(world: World, id: string, kind: AnalysisKind): Json {
  const task = latestTask(world, id, kind);
  if (task === undefined) return null;
  return taskJson(
    world.dialect.resetsOnGet && wasReset(world, task, kind) ? { ...task, source: { ...task.source, state: 'STOPPED' } } : task,
  );
}

function wasReset(world: World, task: StoredDoc, kind: AnalysisKind): boolean {
  if (kind === 'realTime') return resetRealTimeOrphan(world, task);
  if (!isOrphan(world, task) || !isStale(world, task)) return false;
  resetOrphan(world, task);
  return true;
}

function prepareGet(world: World, { params, headers }: Call) {
  const id = params.text('id') ?? '';
  const [withJob, withTask] = [params.flag('job', false), params.flag('task', false)];
  params.text('version');
  const dashboards = String(headers['user-agent'] ?? '').includes('OpenSearch Dashboards');
  return () => {
    const { names, wording, modern } = world.dialect;
    const doc = world.indices.get(names.detectors, id);
    if (doc === undefined) throw statusFailure(404, wording.unknownDetector(id));
    const { ui_metadata: metadata, ...detector } = doc.source;
    const job = jobOf(world, id);
    const body: JsonObject = {
      _id: id,
      _version: doc.version,
      _primary_term: doc.primaryTerm,
      _seq_no: doc.seqNo,
      anomaly_detector: dashboards && metadata !== undefined ? { ...detector, ui_metadata: metadata } : detector,
      ...(withJob && { anomaly_detector_job: job?.source ?? null }),
      ...(withTask && {
        [modern ? 'realtime_task' : 'realtime_detection_task']: shownTask(world, id, 'realTime'),
        historical_analysis_task: shownTask(world, id, 'historical'),
      }),
    };
    return reply(body);
  };
}

export const getRoutes: readonly AdRoute[] = ['GET', 'HEAD'].map((method) => ({
  method,
  path: '/detectors/{id}',
  action: 'detectors/get',
  prepare: prepareGet,
}));
