import { InvalidArgumentError } from 'commander';

const integer = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It has to be a whole number.');
  return Number(text);
};

export const parsePort = (text: string): number => {
  const port = integer(text);
  if (port > 65_535) throw new InvalidArgumentError('A port is at most 65535.');
  return port;
};

export const parseSpeed = (text: string): number => {
  const speed = Number(text);
  if (!(speed > 0 && speed <= 10_000)) throw new InvalidArgumentError('It has to be a number above 0, at most 10000.');
  return speed;
};

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `90s`, `5m`, `1500ms`, or milliseconds alone. */
export const parseDurationMs = (text: string): number => {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  const ms = match ? Number(match[1]) * (unitsMs[match[2] ?? 'ms'] ?? 1) : Number.NaN;
  if (!Number.isInteger(ms) || ms > 2_147_483_647) throw new InvalidArgumentError('Durations look like 30s, 5m or 1500ms.');
  return ms;
};

/** A number of things to show. */
export const parseCount = (text: string): number => integer(text);

/** Any way to write an instant that JavaScript understands; as the API writes it. */
export const parseInstant = (text: string): string => {
  const instant = Date.parse(text);
  if (Number.isNaN(instant)) throw new InvalidArgumentError('Instants look like 2026-01-31T09:05:00Z.');
  return new Date(instant).toISOString();
};

/** Options that may be given several times, or as a comma list. */
export const collect = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...text
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean),
];

/** As `collect`, for words of the API. */
export const collectUpperCase = (text: string, before: readonly string[] = []): readonly string[] => collect(text.toUpperCase(), before);

/** `backend:es-prod` or, shorter, `es-prod`. */
export const backendIdOf = (text: string): string => (text.startsWith('backend:') ? text : `backend:${text}`);

/** `job:es-prod:total-requests` or, shorter, `es-prod:total-requests`. */
export const jobIdOf = (text: string): string => (text.startsWith('job:') ? text : `job:${text}`);

/** `datafeed:es-prod:datafeed-total-requests` or, shorter, `es-prod:datafeed-total-requests`. */
export const datafeedIdOf = (text: string): string => (text.startsWith('datafeed:') ? text : `datafeed:${text}`);

/** `detector:os-prod:dGhyZWUgd29yZHM` or, shorter, `os-prod:dGhyZWUgd29yZHM`. */
export const detectorIdOf = (text: string): string => (text.startsWith('detector:') ? text : `detector:${text}`);
