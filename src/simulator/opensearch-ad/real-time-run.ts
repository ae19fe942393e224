import type { JsonObject } from '../json.js';
import type { Detector } from './detector.js';
import { useModel } from './models.js';
import { hasHistory, isFirstUntrained, lackOfShingle, shingleOf, startColdLater } from './older-real-time.js';
import { putResults } from './results.js';
import type { Entity, RealTimeRun } from './runtime.js';
import type { Scope } from './scope.js';
import { createScorer, minSamples } from './scoring.js';
import { SearchFailure } from './search/search-failure.js';
import { byInterval, entitiesOf, featureValue, type Sample, samplesOf } from './source-data.js';
import { latestTask, updateTask } from './tasks.js';
import type { World } from './world.js';

/** Intervals that a cold start looks back (`history`), and after how much simulated time a good run is written down. */
const [historyLength, writeDelayMs] = [40, 60_000];

const trace = '\n\tat org.opensearch.timeseries.transport.ResultProcessor.convertedQueryFailureException(ResultProcessor.java:609)';

/** Why the index of a detector cannot be read: a stack trace the first time, a sentence afterwards (2.19). */
function troubleOf(detector: Detector, run: RealTimeRun, failure: SearchFailure): string {
  const sentence = `Having trouble querying data: ${failure.message}`;
  if (run.runs > 1) return sentence;
  return `${detector.id} org.opensearch.timeseries.common.exception.EndRunException: ${sentence}${trace}`;
}

/** One run of a real-time analysis over the interval that has just ended. */
export function runOnce(world: World, detector: Detector, run: RealTimeRun, scope: Scope): void {
  run.runs += 1;
  run.coordinatingNode = world.cluster.nodeFor(detector.id).id;
  const counters = world.runtime.counters(run.coordinatingNode);
  counters.executed += 1;
  if (detector.categoryFields.length > 0) counters.executedHc += 1;
  const to = world.schedule.now() - detector.windowDelayMs;
  const window = { from: to - detector.intervalMs, to };
  try {
    const past = samplesOf(world, detector, { from: to - (historyLength + 1) * detector.intervalMs, to });
    run.shingle = shingleOf(past, to, detector.intervalMs);
    const current = past.filter(({ at }) => at >= window.from);
    const error = current.length === 0 ? emptyError(world, detector, run, window) : lackOfShingle(world, run);
    if (error === undefined) {
      const untrained = current.length > 0 && isFirstUntrained(world, detector, run, past, to);
      if (untrained) noteError(world, detector, run, 'Cannot get training data');
      analyse(world, detector, run, past, window);
      scope.after(writeDelayMs, () => noteSuccess(world, detector, run));
      return;
    }
    noteError(world, detector, run, error);
    putResults(world, detector, [failedResult(world, detector, window, current, error)]);
    if (current.length === 0 && !world.dialect.modern && hasHistory(past, to, detector)) startColdLater(world, detector, run, scope);
  } catch (cause) {
    if (!(cause instanceof SearchFailure)) throw cause;
    noteError(world, detector, run, troubleOf(detector, run, cause));
  }
}

interface Window {
  readonly from: number;
  readonly to: number;
}

/** Older releases find other words once a model could not be trained (2.11). */
function emptyError(world: World, detector: Detector, run: RealTimeRun, { from, to }: Window): string {
  if (!world.dialect.modern && run.runs > 1 && !run.initialised) return 'Error while cold start';
  return world.dialect.wording.emptyWindow(detector.id, from, to);
}

/** The result of a run that scored nothing. */
const failedResult = (world: World, detector: Detector, window: Window, current: readonly Sample[], error: string): JsonObject => ({
  detector_id: detector.id,
  schema_version: world.dialect.resultSchema,
  execution_start_time: world.schedule.now(),
  execution_end_time: world.schedule.now(),
  data_start_time: window.from,
  data_end_time: window.to,
  feature_data: detector.features.flatMap((feature) => {
    const data = featureValue(feature, current);
    return data === undefined ? [] : [{ feature_id: feature.id, feature_name: feature.name, data }];
  }),
  error,
});

/** Scores the interval with every model there is enough history for; the first time, all of that history. */
function analyse(world: World, detector: Detector, run: RealTimeRun, past: readonly Sample[], window: Window): void {
  const entities: readonly (Entity | undefined)[] = detector.categoryFields.length > 0 ? entitiesOf(detector, past) : [undefined];
  let trained = run.initialised;
  for (const entity of entities) {
    const own = entity === undefined ? past : samplesOf(world, detector, { from: past[0]?.at ?? 0, to: window.to }, entity);
    const start = window.to - (historyLength + 1) * detector.intervalMs;
    const intervals = byInterval(own, start, detector.intervalMs);
    // 38 minutes of history were enough at once, 5 were not (2.19).
    if (intervals.size < minSamples && !run.initialised) {
      // Before 2.15 there is a model before it knows enough (2.11).
      if (!world.dialect.modern) useModel(world, detector, run, entity);
      continue;
    }
    trained = true;
    const cold = !run.initialised;
    const model = useModel(world, detector, run, entity);
    const scorer = createScorer(world, detector, { modelId: model.id, entity });
    const results = [...intervals.entries()]
      .sort(([left], [right]) => left - right)
      .flatMap(([from, samples]) => {
        const result = scorer.score(samples, from, from + detector.intervalMs);
        return result === undefined || (!cold && from < window.from - 1) ? [] : [result];
      });
    putResults(world, detector, results);
  }
  run.initialised = trained;
}

/** An error is written at once, with the coordinating node; since 3.x that write makes the task INIT. */
function noteError(world: World, detector: Detector, run: RealTimeRun, error: string): void {
  const task = latestTask(world, detector.id, 'realTime');
  if (task === undefined || task.source.error === error) return;
  updateTask(world, task.id, {
    error,
    coordinating_node: run.coordinatingNode,
    ...(world.dialect.initAtFirstWrite && task.source.state === 'CREATED' && { state: 'INIT' }),
  });
}

/** A good run is written down a minute later, and only if that changes anything. */
function noteSuccess(world: World, detector: Detector, run: RealTimeRun): void {
  const task = latestTask(world, detector.id, 'realTime');
  if (task === undefined) return;
  const minutes = detector.intervalMs / 60_000;
  const fields: JsonObject = run.initialised
    ? { state: 'RUNNING', init_progress: 1, estimated_minutes_left: 0, error: '' }
    : { state: 'INIT', init_progress: 0, estimated_minutes_left: minSamples * minutes, error: '' };
  const written: JsonObject = { ...fields, coordinating_node: run.coordinatingNode };
  if (Object.entries(written).every(([key, value]) => task.source[key] === value)) return;
  // What runs never goes back to INIT (AD source, forbidOverrideChange).
  updateTask(world, task.id, task.source.state === 'RUNNING' ? { error: '' } : written);
}
