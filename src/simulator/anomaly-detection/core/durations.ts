import { illegalArgument } from '../search/search-failure.js';

const units: readonly (readonly [suffix: string, ms: number])[] = [
  ['nanos', 1e-6],
  ['micros', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
];

/** Milliseconds as the server prints them: in the largest unit, with one decimal that is cut, not rounded. */
export function printDuration(ms: number): string {
  if (ms <= 0) return ms === 0 ? '0s' : String(ms);
  const [suffix, size] = units.findLast(([, unit]) => ms >= unit) ?? ['nanos', 1e-6];
  return `${Math.floor((ms / size) * 10) / 10}${suffix}`;
}

/** Reads `30s`, `0`, `-1`, in milliseconds. */
export function parseDuration(name: string, text: string): number {
  if (text === '-1' || text === '0') return Number(text);
  const [, number, suffix] = /^(\d+)([a-z]+)$/i.exec(text) ?? [];
  const unit = units.find(([known]) => known === suffix?.toLowerCase());
  if (unit !== undefined) return Number(number) * unit[1];
  throw illegalArgument(`failed to parse setting [${name}] with value [${text}] as a time value: unit is missing or unrecognized`);
}
