import { describe, expect, it } from 'vitest';
import { createEstimates, type Estimates } from '../../src/progress/watch/estimate.js';
import { type ProgressReading, type RecordedRun, recordedRuns } from '../support/progress-curves.js';
import { createScriptedVendor } from '../support/scripted-vendor.js';

/*
 * How good the estimate is, on progress as real servers told it. Elasticsearch tells none of what it does, and of SymetryML there is no recorded server.
 */

const { makeTask } = createScriptedVendor();
const runs = recordedRuns();
const second = 1_000;

interface Shown {
  readonly atMs: number;
  readonly endAt: number | null;
}

const show = (readings: readonly ProgressReading[], estimates: Estimates = createEstimates()): readonly Shown[] =>
  readings.map(({ atMs, progress }) => ({
    atMs,
    endAt: estimates.fill(makeTask('t1', { progress }), atMs).estimatedEndAt ?? null,
  }));

/** As the loop of a backend sees it while something moves: once a second. */
const eachSecond = ({ readings }: RecordedRun, offsetMs = 0): readonly ProgressReading[] =>
  readings.filter(({ atMs }) => (atMs + offsetMs) % second < second / 2);

const movesOf = (shown: readonly Shown[]): number =>
  shown.filter(({ endAt }, index) => index > 0 && endAt !== shown[index - 1]?.endAt).length;

const median = (values: readonly number[]): number | null => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
const percent = (share: number | null): number | null => share && Math.round(share * 100);

/** Errors as shares of the whole run, of what was shown in its second half. */
const errorsOf = (shown: readonly Shown[], endMs: number): readonly number[] =>
  shown.flatMap(({ atMs, endAt }) => (endAt === null || atMs < endMs / 2 ? [] : [Math.abs(endAt - endMs) / endMs]));

/** Read at either half of a second. */
const accuracyOf = (run: RecordedRun) => {
  const shown = [show(eachSecond(run)), show(eachSecond(run, second / 2))];
  const errors = shown.flatMap((each) => errorsOf(each, run.endMs));
  return {
    run: run.name,
    seconds: Math.round(run.endMs / second),
    medianErrorPercent: percent(median(errors)),
    moves: Math.max(...shown.map(movesOf)),
  };
};

/** The longest that moved in steps: what an estimate can be made from. */
const long = runs.filter(({ readings, endMs }) => endMs > 20 * second && new Set(readings.map(({ progress }) => progress)).size > 3);

describe('the estimated end, on recorded runs', () => {
  it('is near the end they had, or is not told', () => {
    const table = runs.map(accuracyOf);
    const all = long.flatMap((run) => [0, second / 2].flatMap((offset) => errorsOf(show(eachSecond(run, offset)), run.endMs)));
    process.stdout.write(
      `${table.map((row) => `estimate, ${row.run}: ${row.seconds} s, median error ${row.medianErrorPercent ?? '–'} % of it, ${row.moves} moves\n`).join('')}` +
        `estimate, runs of more than 20 s: median error ${percent(median(all))} % in their second half\n`,
    );
    expect(long.map(({ name }) => name)).toEqual(['2.11.0/10-historical-single-finished 1', '2.19.4/10-historical-single-finished 1']);
    expect(median(all)).toBeLessThan(0.15);
    // A run of seconds is over in a few readings.
    for (const { medianErrorPercent } of table) expect(medianErrorPercent ?? 0).toBeLessThan(35);
    for (const { moves } of table) expect(moves).toBeLessThanOrEqual(4);
  });

  it('is not told where the run is over before it has moved twice, or moves only at its end', () => {
    const silent = runs.filter((run) => show(eachSecond(run)).every(({ endAt }) => endAt === null)).map(({ name }) => name);
    expect(silent).toEqual([
      '2.11.0/12-historical-restarted 1',
      '2.11.0/12-historical-restarted 2',
      '2.11.0/15-historical-hc-finished 1',
      '2.19.4/12-historical-restarted 1',
      '2.19.4/12-historical-restarted 2',
      '2.19.4/15-historical-hc-finished 1',
    ]);
  });

  it.each(runs.map((run) => [run.name, run] as const))('is never in the past, and stands still while the estimate does: %s', (_, run) => {
    for (const shown of [show(run.readings), show(eachSecond(run))]) {
      for (const { atMs, endAt } of shown) expect(endAt ?? Number.POSITIVE_INFINITY).toBeGreaterThan(atMs);
      expect(movesOf(shown)).toBeLessThanOrEqual(4);
    }
  });

  it.each(long.map((run) => [run.name, run] as const))('moves away while the run hangs, and comes back when it goes on: %s', (_, run) => {
    const readings = eachSecond(run);
    const half = readings.findIndex(({ progress }) => progress > 0.4);
    const hangs = 600 * second;
    const stuckAt = readings[half];
    if (!stuckAt) return expect.fail('the run never came half way');
    const stuck = Array.from({ length: hangs / second }, (_each, index) => ({ ...stuckAt, atMs: stuckAt.atMs + (index + 1) * second }));
    const after = readings.slice(half + 1).map(({ atMs, progress }) => ({ progress, atMs: atMs + hangs }));
    const shown = show([...readings.slice(0, half + 1), ...stuck, ...after]);
    for (const { atMs, endAt } of shown) expect(endAt ?? Number.POSITIVE_INFINITY).toBeGreaterThan(atMs);
    const hanging = shown.slice(half + 1, half + 1 + stuck.length);
    // One reading in six, at most.
    expect(movesOf(hanging)).toBeLessThanOrEqual(stuck.length / 6);
    expect(hanging.at(-1)?.endAt).toBeGreaterThan(run.endMs + hangs);
  });

  it.each(long.map((run) => [run.name, run] as const))(
    'begins anew with progress that fell back to nothing, and is as good then: %s',
    (_, run) => {
      const estimates = createEstimates();
      const readings = eachSecond(run);
      const first = show(readings, estimates);
      expect(first.at(-1)?.endAt).not.toBeNull();
      // The node died, and the run began again under its id.
      const againAt = run.endMs + 30 * second;
      const again = show(
        readings.map(({ atMs, progress }) => ({ progress, atMs: atMs + againAt })),
        estimates,
      ).map(({ atMs, endAt }) => ({ atMs: atMs - againAt, endAt: endAt && endAt - againAt }));
      expect(again).toEqual(first);
    },
  );
});
