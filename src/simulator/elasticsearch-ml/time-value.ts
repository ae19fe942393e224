import { illegalArgument } from './failures.js';

/** A duration as the server takes and prints it. */
export interface TimeValue {
  readonly ms: number;
  /** As it prints it: `30m`, `1.5s`, `0s`, `-1`. */
  readonly text: string;
}

const units: readonly (readonly [suffix: string, ms: number])[] = [
  ['nanos', 1e-6],
  ['micros', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
];

/** A number of milliseconds in its largest unit, with at most one decimal that is cut, not rounded. */
export function printDuration(ms: number): string {
  if (ms < 0) return String(ms);
  if (ms === 0) return '0s';
  const [suffix, size] = units.findLast(([, unit]) => ms >= unit) ?? ['nanos', 1e-6];
  const value = Math.floor((ms / size) * 10) / 10;
  return `${value}${suffix}`;
}

/** Parses `30m`, `1ms`, `0`, `-1`; a number without unit is refused as the server refuses it. */
export function parseTimeValue(name: string, text: string): TimeValue {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === '-1') return { ms: -1, text: '-1' };
  if (trimmed === '0') return { ms: 0, text: '0s' };
  const match = /^(\d+)(nanos|micros|ms|s|m|h|d)$/.exec(trimmed);
  const unit = units.find(([suffix]) => suffix === match?.[2]);
  if (match === null || unit === undefined) {
    throw illegalArgument(`failed to parse setting [${name}] with value [${text}] as a time value: unit is missing or unrecognized`);
  }
  const ms = Number(match[1]) * unit[1];
  return { ms, text: printDuration(ms) };
}

/** How long something may be waited for: a negative duration is over at once. */
export const minutes = (count: number): TimeValue => ({ ms: count * 60_000, text: `${count}m` });

/** Seconds, as a default of a parameter. */
export const seconds = (count: number): TimeValue => ({ ms: count * 1000, text: `${count}s` });
