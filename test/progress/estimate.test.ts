import { describe, expect, it } from 'vitest';
import type { Task } from '../../src/domain/index.js';
import { createEstimates } from '../../src/progress/watch/estimate.js';
import { createScriptedVendor } from '../support/scripted-vendor.js';

const { makeTask } = createScriptedVendor();
const running = (progress: number | null, more: Partial<Task> = {}): Task => makeTask('t1', { progress, ...more });

/** What is shown each second while progress goes along the curve: `[second, progress]`, in steps. */
const shownOver = (curve: readonly (readonly [number, number])[], until: number) => {
  const estimates = createEstimates();
  return Array.from({ length: until + 1 }, (_, second) => {
    const progress = curve.filter(([at]) => at <= second).at(-1)?.[1] ?? 0;
    const shown = estimates.fill(running(progress), second * 1_000).estimatedEndAt;
    return { second, progress, shown: shown == null ? null : shown / 1_000 };
  });
};

/** Times the shown value has moved. */
const movesOf = (steps: readonly { readonly shown: number | null }[]): number =>
  steps.filter((step, index) => index > 0 && step.shown !== steps[index - 1]?.shown).length;

// OpenSearch AD 2.19.4, recorded: 4,320 intervals of a single stream, a piece every 5 to 6 seconds, the end after 22.5.
const singleStream = [
  [0, 0],
  [6, 0.231],
  [11, 0.463],
  [17, 0.694],
] as const;
// The same, three entities: progress moves when one of them ends.
const entities = [
  [0, 0],
  [8, 0.33],
  [16, 0.67],
] as const;

describe('the end that progress promises', () => {
  it('is not told before two moves were seen', () => {
    const steps = shownOver(singleStream, 22);
    expect(steps.filter(({ shown }) => shown !== null).map(({ second }) => second)[0]).toBe(11);
  });

  it.each([
    ['in four pieces', singleStream, 22.5],
    ['in three', entities, 24],
  ] as const)('is near the truth of a recorded run %s, never in the past, and hardly moves', (_, curve, end) => {
    const steps = shownOver(curve, Math.floor(end));
    const told = steps.flatMap(({ shown, second }) => (shown === null ? [] : [{ shown, second }]));
    for (const { shown, second } of told) {
      expect(shown).toBeGreaterThan(second);
      expect(Math.abs(shown - end)).toBeLessThan(0.25 * end);
    }
    expect(movesOf(steps)).toBeLessThanOrEqual(4);
  });

  it('goes away with a stall, without a tick of its own for each second of a long wait', () => {
    const steps = shownOver(singleStream.slice(0, 3), 600);
    const after = steps.filter(({ second }) => second > 60);
    for (const { shown, second } of after) expect(shown).toBeGreaterThan(second);
    expect(movesOf(after)).toBeLessThan(80);
  });

  it('follows a change of pace', () => {
    const curve = Array.from({ length: 60 }, (_, index) => [index * 2, index < 20 ? index * 0.005 : 0.1 + (index - 20) * 0.02] as const);
    const shown = shownOver(curve, 118).at(-1)?.shown ?? 0;
    expect(shown).toBeGreaterThan(118);
    expect(shown).toBeLessThan(132);
  });

  it('is not told of progress that has begun anew until it has moved twice again', () => {
    const estimates = createEstimates();
    const at = (progress: number, readAt: number) => estimates.fill(running(progress), readAt).estimatedEndAt;
    expect([at(0.2, 0), at(0.4, 1_000), at(0.6, 2_000)]).toEqual([null, null, 4_000]);
    expect([at(0.1, 3_000), at(0.2, 5_000)]).toEqual([null, null]);
    expect(at(0.3, 7_000)).toBe(21_000);
  });

  it('moves only when it has moved by more than two seconds and a twentieth of what is left', () => {
    const estimates = createEstimates();
    const at = (progress: number, readAt: number) => estimates.fill(running(progress), readAt).estimatedEndAt;
    at(0, 0);
    at(0.01, 10_000);
    expect(at(0.02, 20_000)).toBe(1_000_000);
    expect(at(0.03, 30_200)).toBe(1_000_000);
    expect(at(0.04, 45_000)).toBe(1_165_000);
  });

  it('does not learn from a reading that was overtaken, nor from what is no reading', () => {
    const estimates = createEstimates();
    estimates.fill(running(0), 0);
    estimates.fill(running(0.25), 1_000);
    expect(estimates.fill(running(0.5), 2_000).estimatedEndAt).toBe(4_000);
    expect(estimates.fill(running(0.1), 1_500).estimatedEndAt).toBe(4_000);
    expect(estimates.fill(running(0.9), undefined).estimatedEndAt).toBe(4_000);
    expect(estimates.fill(running(0.75), 3_000).estimatedEndAt).toBe(4_000);
  });

  it('is no longer told when the task has ended', () => {
    const estimates = createEstimates();
    for (const [readAt, progress] of [0, 0.25, 0.5].entries()) estimates.fill(running(progress), readAt * 1_000);
    expect(estimates.fill(running(1, { state: 'SUCCEEDED' }), 3_000).estimatedEndAt).toBeNull();
    expect(estimates.fill(running(0.5), 4_000).estimatedEndAt).toBeNull();
  });

  it('holds on while all is done and the task has not ended', () => {
    const estimates = createEstimates();
    for (const [readAt, progress] of [0, 0.5, 1].entries()) estimates.fill(running(progress), readAt * 1_000);
    for (const second of [3, 10, 60]) {
      expect(estimates.fill(running(1), second * 1_000).estimatedEndAt).toBeGreaterThan(second * 1_000);
    }
  });

  it('is left alone where there is no progress, and where there is no end', () => {
    const estimates = createEstimates();
    expect(estimates.fill(running(null), 1)).toEqual(running(null));
    expect(estimates.fill(running(0.5, { continuous: true }), 1)).toEqual(running(0.5, { continuous: true }));
  });

  it('is the vendor’s own where it gives one, steadied', () => {
    const estimates = createEstimates();
    const at = (estimatedEndAt: number, readAt: number) =>
      estimates.fill(running(null, { continuous: true, estimatedEndAt }), readAt).estimatedEndAt;
    expect([at(600_000, 0), at(601_000, 1_000), at(602_000, 2_000)]).toEqual([600_000, 600_000, 600_000]);
    expect(at(480_000, 3_000)).toBe(480_000);
    expect(estimates.fill(running(null, { continuous: true, estimatedEndAt: 480_000 }), undefined).estimatedEndAt).toBe(480_000);
    expect(estimates.fill(running(null, { continuous: true }), 4_000).estimatedEndAt).toBeNull();
  });

  it('remembers only so many tasks', () => {
    const estimates = createEstimates(2);
    const step = (id: string, progress: number, readAt: number) =>
      estimates.fill(makeTask(id, { id, progress }), readAt).estimatedEndAt ?? null;
    for (const id of ['a', 'b', 'c']) {
      step(id, 0, 0);
      step(id, 0.25, 1_000);
    }
    expect([step('a', 0.5, 2_000), step('c', 0.5, 2_000)]).toEqual([null, 4_000]);
  });
});
