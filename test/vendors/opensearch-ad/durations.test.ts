import { describe, expect, it } from 'vitest';
import { durationMs, periodMs } from '../../../src/vendors/opensearch-ad/durations.js';

describe('a duration of anomaly detection', () => {
  it.each([
    [10, 'Minutes', 600_000],
    [30, 'Seconds', 30_000],
    [1, 'HOURS', 3_600_000],
    [2, 'days', 172_800_000],
    [0, 'Minutes', 0],
    [5, 'Fortnights', null],
    [undefined, 'Minutes', null],
    [5, undefined, null],
  ])('of %s %s is %s ms', (amount, unit, expected) => {
    expect(durationMs(amount, unit)).toBe(expected);
  });

  it('that was not told is none', () => {
    expect(periodMs(undefined)).toBeNull();
    expect(periodMs({ period: { interval: 1, unit: 'Minutes' } })).toBe(60_000);
  });
});
