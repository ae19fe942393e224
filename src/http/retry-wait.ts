import type { Instant } from '../domain/index.js';

/** Full jitter between nothing and a ceiling that doubles: clients that failed together do not come back together. */
const firstCeilingMs = 100;
const highestCeilingMs = 5_000;

export const backoffMs = (attempt: number, random: () => number): number =>
  Math.floor(random() * Math.min(highestCeilingMs, firstCeilingMs * 2 ** attempt));

/** Who asks for more is asked again sooner: a proxy's slip must not silence a backend for months, nor overflow a timer or a GraphQL Int. */
const longestWaitMs = 600_000;

/** `Retry-After`: seconds or an HTTP date (RFC 9110, 10.2.3), at most ten minutes. Undefined when absent or unreadable. */
export const retryAfterMs = (header: string | undefined, now: Instant): number | undefined => {
  const text = header?.trim();
  if (!text) return undefined;
  if (/^\d+$/.test(text)) return Math.min(longestWaitMs, Number(text) * 1_000);
  // Date.parse takes bare numbers for years; an HTTP date names its month.
  const at = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.min(longestWaitMs, Math.max(0, at - now));
};
