import type { Detector } from './detector.js';
import { useModel } from './models.js';
import type { RealTimeRun } from './runtime.js';
import type { Scope } from './scope.js';
import { minSamples } from './scoring.js';
import { byInterval, type Sample } from './source-data.js';
import type { World } from './world.js';

/** Intervals that one look of a model spans. */
const shingleLength = 8;

/** When a model trained on past data alone is known, and when it is loaded, in simulated milliseconds (2.11). */
const [untilTrained, untilLoaded] = [8000, 15_000];

const intervalsIn = (samples: readonly Sample[], to: number, length: number, intervalMs: number): number => {
  const from = to - length * intervalMs;
  const inside = samples.filter(({ at }) => at >= from);
  return byInterval(inside, from, intervalMs).size;
};

/** How many of the last intervals have data. */
export const shingleOf = (past: readonly Sample[], to: number, intervalMs: number): number =>
  intervalsIn(past, to, shingleLength, intervalMs);

/** Whether there is data enough to train a model. */
export const hasHistory = (past: readonly Sample[], to: number, { intervalMs }: Detector): boolean =>
  intervalsIn(past, to, 40, intervalMs) >= minSamples;

/** Why releases before 2.15 do not score an interval although it has data (2.11). */
export const lackOfShingle = ({ dialect }: World, { initialised, shingle }: RealTimeRun): string | undefined =>
  !dialect.modern && initialised && shingle < shingleLength ? 'No full shingle in current detection window' : undefined;

/** Whether a model cannot be trained for the first time: said once, and forgotten with the next good write (2.11). */
export function isFirstUntrained(world: World, detector: Detector, run: RealTimeRun, past: readonly Sample[], to: number): boolean {
  if (world.dialect.modern || run.initialised || run.untrained || run.runs === 1) return false;
  run.untrained = !hasHistory(past, to, detector);
  return run.untrained;
}

/** Trains a model although the interval has no data: what newer releases leave to the next run (2.11). */
export function startColdLater(world: World, detector: Detector, run: RealTimeRun, scope: Scope): void {
  scope.after(untilTrained, () => {
    run.initialised = true;
  });
  if (detector.categoryFields.length === 0) scope.after(untilLoaded, () => void useModel(world, detector, run, undefined));
}
