/** What a date is read with. */
export interface DateReading {
  readonly format: string;
  /** Fill what is left out with its end rather than its start, as `lte` and `gt` do. */
  readonly roundUp?: boolean;
  readonly now: number;
}

export const defaultFormat = 'strict_date_optional_time||epoch_millis';

const optionalTime = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?(Z|[+-]\d\d:?\d\d)?)?)?)?$/;

function offsetMinutes(zone: string | undefined): number {
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d\d):?(\d\d)$/.exec(zone ?? '') ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

/** ISO 8601, to any precision; with `whole` only to the second and with a zone. */
function parseIso(text: string, roundUp: boolean, whole: boolean): number | undefined {
  const match = optionalTime.exec(text);
  if (match === null || (whole && (match[6] === undefined || match[8] === undefined))) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const lastDay = new Date(Date.UTC(Number(year), Number(month ?? 12), 0)).getUTCDate();
  const pick = (value: string | undefined, least: number, most: number) => Number(value ?? (roundUp ? most : least));
  const millis = fraction === undefined ? (roundUp ? 999 : 0) : Math.trunc(Number(`0.${fraction}`) * 1000 + 1e-6);
  const time = Date.UTC(
    Number(year),
    pick(month, 1, 12) - 1,
    pick(day, 1, lastDay),
    pick(hour, 0, 23),
    pick(minute, 0, 59),
    pick(second, 0, 59),
    millis,
  );
  return time - offsetMinutes(zone) * 60_000;
}

function parseAs(format: string, text: string, roundUp: boolean): number | undefined {
  switch (format) {
    case 'epoch_millis':
      return /^-?\d+(\.\d+)?$/.test(text) && Math.abs(Number(text)) <= Number.MAX_SAFE_INTEGER ? Math.trunc(Number(text)) : undefined;
    case 'epoch_second':
      return /^-?\d+$/.test(text) ? Number(text) * 1000 : undefined;
    case 'strict_date_time':
    case 'date_time':
      return parseIso(text, roundUp, true);
    default:
      return parseIso(text, roundUp, false);
  }
}

const units: ReadonlyMap<string, number> = new Map([
  ['y', 0],
  ['M', 1],
  ['w', 2],
  ['d', 2],
  ['h', 3],
  ['H', 3],
  ['m', 4],
  ['s', 5],
]);

/** Adds to a moment, or cuts it down to a unit and adds one to that. */
function shift(time: number, unit: string, by: number, cut: boolean): number {
  const date = new Date(time);
  const level = units.get(unit) ?? 5;
  const fields = [
    date.getUTCFullYear(),
    date.getUTCMonth(),
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
    date.getUTCMilliseconds(),
  ];
  const weekday = (date.getUTCDay() + 6) % 7;
  const moved = fields.map((field, index) => {
    if (cut && index > level) return index === 2 ? 1 : 0;
    const step = unit === 'w' ? by * 7 - (cut ? weekday : 0) : by;
    return index === level ? field + step : field;
  });
  const [year = 0, month = 0, day = 1, hour = 0, minute = 0, second = 0, millis = 0] = moved;
  return Date.UTC(year, month, day, hour, minute, second, millis);
}

/** `now-1d/d`, `2026-01-01||+1M`. */
function applyMath(start: number, math: string, roundUp: boolean): number | undefined {
  let time = start;
  const steps = math.match(/\/[yMwdhHms]|[+-]\d*[yMwdhHms]/g) ?? [];
  if (steps.join('') !== math) return undefined;
  for (const step of steps) {
    const unit = step.slice(-1);
    if (step.startsWith('/')) time = roundUp ? shift(time, unit, 1, true) - 1 : shift(time, unit, 0, true);
    else time = shift(time, unit, Number(`${step.slice(0, 1)}${step.slice(1, -1) || '1'}`), false);
  }
  return time;
}

/** A moment in milliseconds since 1970; undefined where the text fits no format. */
export function parseDate(text: string, { format, roundUp = false, now }: DateReading): number | undefined {
  if (text.startsWith('now')) return applyMath(now, text.slice(3), roundUp);
  const [start = '', math] = text.split('||');
  for (const one of format.split('||')) {
    const time = parseAs(one, start, roundUp && math === undefined);
    if (time !== undefined) return math === undefined ? time : applyMath(time, math, roundUp);
  }
  return undefined;
}
