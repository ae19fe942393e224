import type { Instant } from '../../domain/index.js';

/** The server's time, as far as it is known. */
export interface Clock {
  /** `yyyy-MM-dd HH:mm:ss;nanoseconds` in UTC, no two alike: a server may well remember what it has seen. */
  stamp(): string;
  /** Learns by how much the server's clock differs from the `Date` of its answer; whether there was one. */
  learn(date: string | undefined): boolean;
}

const nanosPerMs = 1_000_000;

/** No clock is that wrong; and a date of more than four digits of a year could be neither written nor corrected by the answer to it. */
const earliest = Date.UTC(2000, 0, 1);
const latest = Date.UTC(2100, 0, 1);

/**
 * Requests are refused that are dated more than 5 minutes before or 1 minute after the server's time (SymetryML 6.3, REST API security). Starts with this
 * machine's own time: servers are only believed about theirs when they say that it differs.
 */
export const createClock = (now: () => Instant = Date.now): Clock => {
  let offsetMs = 0;
  let lastMs = 0;
  let sameMs = 0;
  return {
    stamp: () => {
      const ms = now() + offsetMs;
      sameMs = ms === lastMs ? sameMs + 1 : 0;
      lastMs = ms;
      const date = new Date(ms).toISOString();
      return `${date.slice(0, 10)} ${date.slice(11, 19)};${(ms - Math.floor(ms / 1_000) * 1_000) * nanosPerMs + sameMs}`;
    },
    learn: (date) => {
      // Date.parse takes bare numbers for years; an HTTP date names its month.
      const at = date !== undefined && /[a-z]/i.test(date) ? Date.parse(date) : Number.NaN;
      if (!(at >= earliest && at < latest)) return false;
      offsetMs = at - now();
      return true;
    },
  };
};
