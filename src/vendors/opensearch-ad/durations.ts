import type { WirePeriod } from './wire.js';

/** Units as `java.time` prints them. AD itself takes minutes and seconds (AD source, IntervalTimeConfiguration). */
const unitMs: ReadonlyMap<string, number> = new Map([
  ['millis', 1],
  ['seconds', 1_000],
  ['minutes', 60_000],
  ['hours', 3_600_000],
  ['days', 86_400_000],
]);

/** Milliseconds of so many units; null for what cannot be told. */
export const durationMs = (amount: number | undefined, unit: string | undefined): number | null => {
  const factor = unitMs.get((unit ?? '').toLowerCase());
  const ms = amount === undefined || factor === undefined ? Number.NaN : amount * factor;
  return Number.isSafeInteger(ms) && ms >= 0 ? ms : null;
};

export const periodMs = (period: WirePeriod | undefined): number | null => durationMs(period?.period.interval, period?.period.unit);
