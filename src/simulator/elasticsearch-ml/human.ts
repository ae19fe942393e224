import { printDuration } from '../elastic-rest/durations.js';
import { isJsonObject, type Json } from '../json.js';

/** Times that get a readable twin with `_string` before them. */
const times: ReadonlySet<string> = new Set([
  'create_time',
  'finished_time',
  'log_time',
  'earliest_record_timestamp',
  'latest_record_timestamp',
  'last_data_time',
  'latest_empty_bucket_timestamp',
  'latest_sparse_bucket_timestamp',
  'latest_bucket_timestamp',
  'latest_record_time_stamp',
  'latest_result_time_stamp',
]);

function twin(key: string, value: Json): readonly (readonly [string, Json])[] {
  if (typeof value !== 'number') return [];
  if (times.has(key)) return [[`${key}_string`, new Date(value).toISOString()]];
  if (key === 'start_time_in_millis') return [['start_time', new Date(value).toISOString()]];
  if (key === 'running_time_in_nanos') return [['running_time', printDuration(value / 1e6)]];
  return [];
}

/** `human`: readable twins of times and durations. */
export function humanise(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => humanise(item));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) =>
      member === undefined ? [] : [...twin(key, member), [key, humanise(member)] as const],
    ),
  );
}
