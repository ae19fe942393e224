import { printDuration, readDuration } from '../elastic-rest/durations.js';
import { illegalArgument } from './failures.js';

/** A duration as the server takes and prints it. */
export interface TimeValue {
  readonly ms: number;
  /** As it prints it: `30m`, `1.5s`, `0s`, `-1`. */
  readonly text: string;
}

/** Parses `30m`, `1ms`, `0`, `-1`. */
export function parseTimeValue(name: string, text: string): TimeValue {
  const ms = readDuration(name, text, illegalArgument);
  return { ms, text: printDuration(ms) };
}

/** How long something may be waited for: a negative duration is over at once. */
export const minutes = (count: number): TimeValue => ({ ms: count * 60_000, text: `${count}m` });

/** Seconds, as a default of a parameter. */
export const seconds = (count: number): TimeValue => ({ ms: count * 1000, text: `${count}s` });
