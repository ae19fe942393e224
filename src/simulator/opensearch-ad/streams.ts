import type { Detector } from './detector.js';
import { putResults } from './results.js';
import type { HistoricalRun, Stream } from './runtime.js';
import type { Scope } from './scope.js';
import { createScorer, minSamples, scored } from './scoring.js';
import { SearchFailure } from './search/search-failure.js';
import { byInterval, type Sample, samplesOf, type TimeRange } from './source-data.js';
import { asFloat, updateTask } from './tasks.js';
import { settingOf, type World } from './world.js';

/** What the analysis of one series needs. */
export interface StreamPlan {
  readonly detector: Detector;
  readonly run: HistoricalRun;
  readonly stream: Stream;
  readonly range: TimeRange;
  readonly scope: Scope;
}

/** How the analysis of one series ended. */
export interface StreamEnd {
  readonly state: 'FINISHED' | 'FAILED' | 'STOPPED';
  readonly error?: string;
}

/** What a cancelled analysis says of itself. */
export const cancelledByUser = 'Historical analysis cancelled by user';

/** Durations in simulated milliseconds, as between the writes of recorded tasks (2.19). */
const [untilFirstPiece, untilLooked, untilEnded] = [90, 60, 40];

/** Of work on one interval. */
const perInterval = 0.35;

/** Of the first piece of entities that share a node: the later one starts, the longer (2.11, 2.19). */
const firstShared = (world: World, { streams }: HistoricalRun, { taskId }: Stream): number =>
  world.dialect.modern ? 1000 + 300 * [...streams.keys()].indexOf(taskId) : 700;

/** The part of a range that has data, on whole intervals; or why there is nothing to analyse (AD source, ADBatchTaskRunner). */
function clip(all: readonly Sample[], range: TimeRange, intervalMs: number): TimeRange | string {
  const [first, last] = [all[0]?.at, all.at(-1)?.at];
  if (first === undefined || last === undefined) return 'There is no data in the time field';
  if (first >= range.to || last <= range.from) return 'There is no data in the detection date range';
  const floor = (time: number) => time - (time % intervalMs);
  const clipped = { from: floor(Math.max(first, range.from)), to: floor(Math.min(last, range.to)) };
  return clipped.to - clipped.from < minSamples * intervalMs ? 'There is not enough data to train model' : clipped;
}

/** Analyses one series piece by piece, as the schedule allows, and says how it ended. Its task has been created. */
export function runStream(world: World, plan: StreamPlan, ended: (end: StreamEnd) => void): void {
  const { detector, stream, range, scope, run } = plan;
  const counters = world.runtime.counters(stream.node);
  counters.batchStarted += 1;
  run.streams.set(stream.taskId, stream);
  const finish = (end: StreamEnd) => {
    run.streams.delete(stream.taskId);
    if (end.state === 'STOPPED') counters.batchCancelled += 1;
    updateTask(world, stream.taskId, {
      state: end.state,
      execution_end_time: world.schedule.now(),
      ...(end.error !== undefined && { error: end.error }),
    });
    ended(end);
  };
  const look = () => {
    try {
      const all = samplesOf(world, detector, undefined, stream.entity);
      const clipped = clip(all, range, detector.intervalMs);
      if (typeof clipped === 'string') finish({ state: 'FAILED', error: clipped });
      else walk(world, plan, { all, clipped }, finish);
    } catch (cause) {
      if (!(cause instanceof SearchFailure)) throw cause;
      // Only failures of this sort are counted: too little data is none (2.19).
      counters.batchFailed += 1;
      const [index] = detector.indices;
      finish({ state: 'FAILED', error: `[${index}] IndexNotFoundException[${cause.message}]` });
    }
  };
  scope.after(untilFirstPiece, () => {
    updateTask(world, stream.taskId, { current_piece: range.from, worker_node: stream.node });
    scope.after(untilLooked, look);
  });
}

interface Found {
  readonly all: readonly Sample[];
  readonly clipped: TimeRange;
}

/** Works off the pieces; whether it was cancelled is looked at between them. */
function walk(world: World, { detector, run, stream, scope }: StreamPlan, found: Found, finish: (end: StreamEnd) => void): void {
  const { from, to } = found.clipped;
  const inside = found.all.filter(({ at }) => at >= from && at < to);
  const intervals = byInterval(inside, from, detector.intervalMs);
  // Results of entities name the task of the whole analysis (AD source, getConfigLevelTaskId).
  const scorer = createScorer(world, detector, { taskId: run.taskId, entity: stream.entity });
  const firstMs = run.highCardinality ? firstShared(world, run, stream) : undefined;
  const shingleRest = world.dialect.modern ? 0 : 6;
  const work = (start: number) => {
    const end = Math.min(to, start + settingOf(world, 'batch_task_piece_size', 1000) * detector.intervalMs);
    const count = Math.round((end - start) / detector.intervalMs);
    scope.after((start === from ? firstMs : undefined) ?? count * perInterval, () => {
      const starts = Array.from({ length: count }, (_, index) => start + index * detector.intervalMs);
      putResults(
        world,
        detector,
        starts.flatMap((at) => scored(scorer, intervals.get(at) ?? [], at, at + detector.intervalMs)),
      );
      stream.updates += count - (start === from ? shingleRest : 0);
      if (end >= to) conclude();
      else scope.after(settingOf(world, 'batch_task_piece_interval_seconds', 5) * 1000, () => next(end));
    });
  };
  const next = (start: number) => {
    updateTask(world, stream.taskId, {
      state: 'RUNNING',
      init_progress: 1,
      current_piece: start,
      task_progress: asFloat((start - from) / (to - from)),
    });
    if (run.cancelled) finish({ state: 'STOPPED', error: cancelledByUser });
    else work(start);
  };
  const conclude = () => {
    updateTask(world, stream.taskId, { state: 'RUNNING', init_progress: 1, current_piece: to, task_progress: 1 });
    scope.after(untilEnded, () => finish({ state: 'FINISHED' }));
  };
  work(from);
}
