import { type CallOptions, isInstant, type JobMessage } from '../../domain/index.js';
import { isVigilError } from '../../errors.js';
import { errorAbout } from '../../http/index.js';
import { notificationIndices } from './client.js';
import type { AdapterContext } from './context.js';
import { strange } from './errors.js';
import { hitSchema, type WireSearchAnswer } from './wire-results.js';

/** How many lines, of which jobs. */
export interface LineQuery {
  readonly jobIds: readonly string[];
  /** Of each job. */
  readonly first: number;
  readonly level?: 'error';
}

/** `index.max_inner_result_window`: what a search gives of each group, unless the index says otherwise. */
const mostOfEach = 100;

// The same index holds lines about other work, whose ids may be those of jobs.
const othersWork = ['data_frame_analytics', 'inference', 'system'];

const newestFirst = [{ timestamp: { order: 'desc', unmapped_type: 'date' } }];
const shown = ['timestamp', 'level', 'message', 'node_name'];

const searchOf = ({ jobIds, first, level }: LineQuery): unknown => {
  const query = {
    bool: {
      filter: [{ terms: { job_id: jobIds } }, ...(level ? [{ term: { level } }] : [])],
      must_not: [{ terms: { job_type: othersWork } }],
    },
  };
  if (jobIds.length === 1) return { size: first, query, sort: newestFirst, _source: shown, track_total_hits: false };
  const newest = { top_hits: { size: Math.min(first, mostOfEach), sort: newestFirst, _source: shown } };
  return { size: 0, query, track_total_hits: false, aggs: { jobs: { terms: { field: 'job_id', size: jobIds.length }, aggs: { newest } } } };
};

const mapLine = (hit: unknown): readonly JobMessage[] => {
  const parsed = hitSchema.safeParse(hit);
  if (!parsed.success) return [];
  const wire = parsed.data._source;
  const at = typeof wire.timestamp === 'number' ? wire.timestamp : Date.parse(wire.timestamp);
  return !isInstant(at) ? [] : [{ at, level: wire.level ?? 'info', message: wire.message, nodeName: wire.node_name ?? null }];
};

const linesIn = (hits: WireSearchAnswer['hits']): readonly JobMessage[] => (hits?.hits ?? []).flatMap(mapLine);

const lacking = (context: AdapterContext, cause: unknown) =>
  errorAbout(context.origin, 'FORBIDDEN', `The credentials configured for this backend may not read the index ${notificationIndices}.`, {
    missing: [`read on ${notificationIndices}`],
    cause,
  });

/**
 * No index was searched. A pattern silently stands for the indices one may read: either there are none, and so no lines, or they are out of reach.
 * Without security there is nobody to ask, and nothing out of reach.
 */
const nothingThere = async (context: AdapterContext, call: CallOptions): Promise<void> => {
  try {
    const { has_all_requested: allowed } = await context.client.mayReadNotifications(call);
    if (!allowed) throw lacking(context, undefined);
  } catch (error) {
    const status = isVigilError(error) ? error.facts.httpStatus : undefined;
    if (status !== 400 && status !== 404 && status !== 405) throw error;
  }
};

const search = async (context: AdapterContext, query: LineQuery, call: CallOptions): Promise<WireSearchAnswer | undefined> => {
  try {
    const answer = await context.client.searchNotifications(searchOf(query), call);
    // Lines that could not be looked at are not lines that are not there.
    if (answer._shards?.failed) throw errorAbout(context.origin, 'BACKEND_UNAVAILABLE', 'A part of the log of jobs gave no answer.');
    if (query.jobIds.length > 1 && answer._shards?.total !== 0 && !answer.aggregations) throw strange(context.origin, 200, false);
    if (answer._shards?.total !== 0) return answer;
  } catch (error) {
    if (!isVigilError(error)) throw error;
    if (error.code === 'FORBIDDEN' && error.facts.httpStatus !== 401) throw lacking(context, error);
    // An alias or a server that does not expand the pattern: no such index.
    if (error.code !== 'NOT_FOUND') throw error;
  }
  await nothingThere(context, call);
  return undefined;
};

/** One search however many jobs there are; at most 100 lines of each where there are several. */
export const readLines = async (
  context: AdapterContext,
  query: LineQuery,
  call: CallOptions,
): Promise<ReadonlyMap<string, readonly JobMessage[]>> => {
  const lines = new Map<string, readonly JobMessage[]>(query.jobIds.map((id) => [id, []]));
  const [only, ...others] = lines.keys();
  if (only === undefined || query.first < 1) return lines;
  const answer = await search(context, { ...query, jobIds: [...lines.keys()] }, call);
  if (others.length === 0) lines.set(only, linesIn(answer?.hits));
  for (const { key, newest } of answer?.aggregations?.jobs.buckets ?? []) if (lines.has(key)) lines.set(key, linesIn(newest.hits));
  return lines;
};
