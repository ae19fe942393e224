import { Failure } from './failures.js';

/** A date as `start` and `end` take it: `now`, epoch milliseconds or ISO 8601; in the terms of the server when it is none. */
export function parseDate(name: string, text: string, now: number): number {
  if (text === 'now') return now;
  if (/^\d+$/.test(text)) return Number(text);
  const parsed = /^\d{4}(-\d{2}(-\d{2}(T.*)?)?)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(parsed)) return parsed;
  const format = `failed to parse date field [${text}] with format [strict_date_optional_time||epoch_millis]`;
  const inner = { type: 'parse_exception', reason: `${format}: [${format}]` };
  const reason = `Query param [${name}] with value [${text}] cannot be parsed as a date or converted to a number (epoch).`;
  const deepest = { type: 'date_time_parse_exception', reason: 'Failed to parse with all enclosed parsers' };
  const causedBy = { ...inner, causedBy: { type: 'illegal_argument_exception', reason: format, causedBy: deepest } };
  throw new Failure(400, { type: 'parse_exception', reason, causedBy }, { rootCause: [inner] });
}
