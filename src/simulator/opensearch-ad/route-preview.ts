import { isJsonObject, type Json, type JsonObject } from '../json.js';
import type { AdRoute } from './ad-route.js';
import { type Detector, findDetector, readDetector } from './detector.js';
import { completeConfig, findConfigProblem } from './detector-config.js';
import { internalFailure, statusFailure } from './failures.js';
import { newDocumentId } from './indices.js';
import { useModel } from './models.js';
import { parseBody } from './request-body.js';
import { type Reply, reply } from './routes.js';
import { newRealTimeRun } from './runtime.js';
import { createScorer } from './scoring.js';
import { byInterval, samplesOf } from './source-data.js';
import { createTask, latestTask } from './tasks.js';
import type { World } from './world.js';

/** Intervals that a preview needs, and those it looks at at most (AD source, AnomalyDetectorRunner). */
const [fewest, most] = [400, 1000];

/** What is wrong with a preview is said in plain text. */
const badPreview = (text: string): Reply => ({ status: 400, body: null, text });

function detectorOf(world: World, id: string, body: JsonObject): Detector {
  const inline = body.detector;
  if (isJsonObject(inline)) {
    const problem = findConfigProblem(world.dialect, inline);
    if (problem !== undefined) throw problem.failure;
    return readDetector(id, completeConfig(world.dialect, inline, undefined));
  }
  const wanted = id === '' && typeof body.detector_id === 'string' ? body.detector_id : id;
  const detector = findDetector(world, wanted);
  if (detector === undefined) throw statusFailure(404, `Can't find anomaly detector with id:${wanted}`);
  return detector;
}

function results(world: World, detector: Detector, from: number, to: number): readonly JsonObject[] {
  // Before 2.15 the first shingle is left out (2.11).
  const skipped = world.dialect.modern ? 0 : 7;
  const last = Math.min(to, from + (most + skipped) * detector.intervalMs);
  const intervals = byInterval(samplesOf(world, detector, { from, to: last }), from, detector.intervalMs);
  if (intervals.size < fewest) return [];
  const scorer = createScorer(world, detector, {});
  return [...intervals.entries()].slice(skipped).flatMap(([start, samples]) => {
    const result = scorer.score(samples, start, start + detector.intervalMs);
    if (result === undefined) return [];
    const { execution_start_time: _start, execution_end_time: _end, ...shown } = result;
    return [{ ...shown, schema_version: 0 }];
  });
}

const previewRoutes: readonly AdRoute[] = (
  [
    ['/detectors/_preview', true],
    ['/detectors/{id}/_preview', false],
  ] as const
).map(([path, newOnly]) => ({
  method: 'POST',
  path,
  newOnly,
  action: 'detector/preview',
  prepare: (world, call) => {
    const id = call.params.text('id') ?? '';
    const body = parseBody(world.dialect, call.body === '' ? '{}' : call.body);
    return () => {
      const [from, to]: readonly (Json | undefined)[] = [body.period_start, body.period_end];
      if (typeof from !== 'number' || typeof to !== 'number')
        return badPreview('Must set both period start and end date with epoch of milliseconds');
      if (from >= to) return badPreview('Period start date should be before end date');
      const detector = detectorOf(world, id, body);
      return reply({ anomaly_result: results(world, detector, from, to), anomaly_detector: detector.source });
    };
  },
}));

/** The outcome of a run whose model is not there yet (2.19). */
const noOutcome = (detector: Detector): JsonObject => ({
  anomalyGrade: 'NaN',
  confidence: 'NaN',
  anomalyScore: 'NaN',
  error: null,
  features: [],
  rcfTotalUpdates: null,
  detectorIntervalInMinutes: detector.intervalMs / 60_000,
  relativeIndex: null,
  relevantAttribution: null,
  pastValues: null,
  expectedValuesList: null,
  likelihoodOfValues: null,
  threshold: 'NaN',
  task_id: null,
});

/** How long after such a run its model is there, in simulated milliseconds. */
const untilModel = 500;

/** A model that nothing uses any more. */
function leaveModel(world: World, detector: Detector): void {
  const run = world.runtime.realTime.get(detector.id) ?? newRealTimeRun(detector.id, false, () => undefined);
  world.runtime.realTime.set(detector.id, run);
  useModel(world, detector, run, undefined);
}

/** An internal endpoint: one run of real-time analysis, which leaves a task without a job behind (2.19, 3.4). */
const run: AdRoute = {
  method: 'POST',
  path: '/detectors/{id}/_run',
  action: 'detector/run',
  prepare: (world, { params, body }) => {
    const id = params.text('id') ?? '';
    parseBody(world.dialect, body === '' ? '{}' : body);
    return () => {
      const detector = findDetector(world, id);
      if (detector === undefined) throw statusFailure(404, world.dialect.wording.unknownDetector(id));
      const node = world.cluster.nodeFor(id).id;
      world.runtime.counters(node).executed += 1;
      if (!world.dialect.modern) {
        world.runtime.counters(node).failed += 1;
        throw internalFailure(noModels);
      }
      if (detector.categoryFields.length === 0) world.schedule.after(untilModel, () => leaveModel(world, detector));
      if (latestTask(world, id, 'realTime') === undefined) {
        const type = detector.categoryFields.length > 0 ? 'REALTIME_HC_DETECTOR' : 'REALTIME_SINGLE_ENTITY';
        createTask(world, detector, { state: 'CREATED', task_type: type, coordinating_node: node }, newDocumentId());
      }
      return reply(noOutcome(detector));
    };
  },
};

const noModels =
  'No RCF models are available either because RCF models are not ready or all nodes are unresponsive or the system might have bugs.';

export const tryOutRoutes: readonly AdRoute[] = [...previewRoutes, run];
