/** Elasticsearch's time units; below the millisecond it may be more exact than we are. */
const unitsMs: Readonly<Record<string, number>> = {
  nanos: 1e-6,
  micros: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds of `15m`, `97185ms`, `1.5h`; null when it is no duration (`-1` means none). */
export const parseDurationMs = (text: string | undefined): number | null => {
  const match = /^(\d+(?:\.\d+)?)(nanos|micros|ms|s|m|h|d)$/.exec(text ?? '');
  const unit = unitsMs[match?.[2] ?? ''];
  const ms = match?.[1] === undefined || unit === undefined ? Number.NaN : Math.round(Number(match[1]) * unit);
  return Number.isSafeInteger(ms) ? ms : null;
};
