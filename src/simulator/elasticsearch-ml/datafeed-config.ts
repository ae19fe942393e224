import { isJsonObject, type Json, type JsonObject } from '../json.js';
import { parseBodyFields } from './body-fields.js';
import { alreadyExists, badRequest, conflict, Failure, illegalArgument } from './failures.js';
import { plainMembers } from './input.js';
import { findJob, invalidId, isValidId } from './naming.js';
import { addDatafeed } from './new-records.js';
import type { DatafeedRecord } from './records.js';
import { queries } from './search-query.js';
import { datafeedOf, type World } from './world.js';

/** What a PUT of a datafeed asks for. */
export interface NewDatafeed {
  readonly id: string;
  readonly jobId: string;
  readonly indices: readonly string[];
  readonly config: JsonObject;
}

/** What an `_update` of one changes. */
export interface DatafeedChange {
  readonly jobId: string | undefined;
  readonly indices: readonly string[] | undefined;
  readonly config: JsonObject;
}

const members = [
  'datafeed_id',
  'job_id',
  'indices',
  'indexes',
  'query',
  'query_delay',
  'frequency',
  'aggregations',
  'aggs',
  'script_fields',
  'runtime_mappings',
  'scroll_size',
  'chunking_config',
  'delayed_data_check_config',
  'max_empty_searches',
  'indices_options',
];

const textsOf = (value: Json | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter((item: Json): item is string => typeof item === 'string') : [];

/** A query nobody knows fails the whole parser, and its own failure is the root. */
function checkQuery(parser: string, body: string): void {
  const field = parseBodyFields(parser, body).find(({ key }) => key === 'query');
  if (field === undefined || !isJsonObject(field.value)) return;
  const unknown = Object.keys(field.value).find((name) => !queries.has(name));
  if (unknown === undefined) return;
  const text = JSON.stringify({ [unknown]: 0 });
  const inner = { type: 'named_object_not_found_exception', reason: `[1:${text.indexOf(':') + 2}] unknown field [${unknown}]` };
  const cause = { type: 'status_exception', reason: 'Datafeed query is not parsable', causedBy: inner };
  throw new Failure(
    400,
    { type: 'x_content_parse_exception', reason: `[${field.endPlace}] [${parser}] failed to parse field [query]`, causedBy: cause },
    { rootCause: [{ type: cause.type, reason: cause.reason }] },
  );
}

/** Reads a datafeed from the body of its PUT, checked in the server's order. */
export function readNewDatafeed(id: string, body: string): NewDatafeed {
  const { datafeed_id, job_id, indices, indexes, ...config } = plainMembers('datafeed_config', body, members);
  checkQuery('datafeed_config', body);
  if (datafeed_id !== undefined && datafeed_id !== id) {
    const inconsistent = `Inconsistent datafeed_id; '${String(datafeed_id)}' specified in the body`;
    throw illegalArgument(`${inconsistent} differs from '${id}' specified as a URL argument`);
  }
  if (typeof job_id !== 'string') throw illegalArgument('[job_id] must not be null.');
  if (!isValidId(id)) throw badRequest(invalidId('datafeed_id', id));
  const named = textsOf(indices ?? indexes);
  if (named.length === 0) throw badRequest("Invalid indices value '[]' in datafeed configuration");
  return { id, jobId: job_id, indices: named, config };
}

/** Reads the changes of an `_update`. */
export function readDatafeedUpdate(body: string): DatafeedChange {
  const { datafeed_id: _ignored, job_id, indices, indexes, ...config } = plainMembers('datafeed_update', body, members);
  checkQuery('datafeed_update', body);
  const named = indices ?? indexes;
  return { jobId: typeof job_id === 'string' ? job_id : undefined, indices: named === undefined ? undefined : textsOf(named), config };
}

/** Adds a datafeed to a job that has none. */
export function addNewDatafeed(world: World, asked: NewDatafeed): DatafeedRecord {
  findJob(world, asked.jobId);
  const other = datafeedOf(world, asked.jobId);
  if (other !== undefined) throw conflict(`A datafeed [${other.id}] already exists for job [${asked.jobId}]`);
  if (world.datafeeds.has(asked.id)) throw alreadyExists(`A datafeed with id [${asked.id}] already exists`);
  return addDatafeed(world, asked.id, asked.jobId, asked.config, asked.indices);
}
