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

/** Reads `30s`, `0`, `-1`, in milliseconds; a number without unit is refused as the server refuses it. `refuse` makes the refusal of an argument. */
export function readDuration(name: string, text: string, refuse: (reason: string) => Error): number {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === '-1' || trimmed === '0') return Number(trimmed);
  const [, number, suffix] = /^(\d+)([a-z]+)$/.exec(trimmed) ?? [];
  const unit = units.find(([known]) => known === suffix);
  if (unit !== undefined) return Number(number) * unit[1];
  throw refuse(`failed to parse setting [${name}] with value [${text}] as a time value: unit is missing or unrecognized`);
}
