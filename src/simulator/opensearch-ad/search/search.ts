import type { JsonObject } from '../../json.js';
import { aggregate } from './aggregation.js';
import { entriesOf, type FoundDoc, type Shard } from './entry.js';
import type { Fields } from './fields.js';
import { hitJson, maxScore, type Ranked, ranked, scored } from './hits.js';
import { wholeBody } from './part.js';
import { readRequest, type SearchOptions, type SearchRequest } from './request.js';
import type { Scorer } from './scoring.js';
import { allShardsFailed, failedShardJson, ShardFailure, shardArgument } from './shard-failure.js';
import { afterKeys, checkSort, compareKeys, type Scored } from './sort.js';

export type { SearchOptions } from './request.js';

/** An index that is searched. */
export interface SearchedIndex {
  readonly name: string;
  readonly uuid: string;
  readonly fields: Fields;
  readonly docs: ReadonlyMap<string, FoundDoc>;
}

/** `index.max_result_window`. */
const maxWindow = 10_000;

/** What one shard found. */
interface ShardFinds {
  /** By the query alone: what aggregations see. */
  readonly found: readonly Scored[];
  /** By the post filter as well. */
  readonly hits: readonly Scored[];
  /** Those after `search_after`. */
  readonly listed: readonly Ranked[];
  readonly everything: readonly Scored[];
}

function checkRequest(shard: Shard, { from, size, after, tracked, shape, aggregations }: SearchRequest): void {
  if (from + size > maxWindow) {
    const more = 'See the scroll api for a more efficient way to request large data sets.';
    const setting = 'This limit can be set by changing the [index.max_result_window] index level setting.';
    throw shardArgument(
      shard,
      `Result window is too large, from + size must be less than or equal to: [${maxWindow}] but was [${from + size}]. ${more} ${setting}`,
    );
  }
  if (tracked !== undefined && tracked < 0) throw shardArgument(shard, `totalHitsThreshold must be >= 0, got ${tracked}`);
  if (after !== undefined && from > 0) {
    const reason = '`from` parameter must be set to 0 when `search_after` is used.';
    throw new ShardFailure(shard, { type: 'search_exception', reason }, 500);
  }
  checkSort(shard, shape.orders);
  for (const aggregation of aggregations ?? []) aggregation.check(shard);
}

function searchShard(shard: Shard, request: SearchRequest): ShardFinds {
  checkRequest(shard, request);
  const { query, postFilter, after, leastScore, shape, aggregations } = request;
  const score: Scorer = query?.bind(shard, scored(shape) || leastScore !== undefined || aggregations !== undefined) ?? (() => 1);
  const filter = postFilter?.bind(shard, false);
  const everything = entriesOf(shard).map((entry) => ({ entry, score: 1 }));
  const found = everything.flatMap(({ entry }) => {
    const fit = score(entry);
    return fit === undefined || fit < (leastScore ?? Number.NEGATIVE_INFINITY) ? [] : [{ entry, score: fit }];
  });
  const hits = filter === undefined ? found : found.filter(({ entry }) => filter(entry) !== undefined);
  const start = after === undefined ? undefined : afterKeys(shard, shape.orders, after);
  const all = ranked(hits, shape.orders);
  const listed = start === undefined ? all : all.filter(({ keys }) => compareKeys(keys, start, shape.orders) > 0);
  return { found, hits, listed, everything };
}

/** Searches every index; those that refuse are told apart from those that answer. */
function searchAll(shards: readonly Shard[], request: SearchRequest) {
  const finds: ShardFinds[] = [];
  const failures: ShardFailure[] = [];
  for (const shard of shards) {
    try {
      finds.push(searchShard(shard, request));
    } catch (cause) {
      if (!(cause instanceof ShardFailure)) throw cause;
      failures.push(cause);
    }
  }
  if (failures.length > 0 && finds.length === 0) throw allShardsFailed(failures);
  return { finds, failures };
}

const totalJson = (count: number, tracked: number): JsonObject =>
  count > tracked ? { value: tracked, relation: 'gte' } : { value: count, relation: 'eq' };

/** The body of the response to a search. */
export function searchDocuments(
  indices: readonly SearchedIndex[],
  { body, now, nodeId }: { readonly body: JsonObject; readonly now: number; readonly nodeId: string },
  options: SearchOptions = {},
): JsonObject {
  const started = performance.now();
  const request = readRequest(wholeBody(body, options.text), options);
  const shards = indices.map(
    ({ name, uuid, fields, docs }): Shard => ({ index: name, uuid, node: nodeId, fields, docs: [...docs.values()], now }),
  );
  const { finds, failures } = searchAll(shards, request);
  const { from, size, tracked, shape, aggregations } = request;
  const merged = ranked(
    finds.flatMap(({ listed }) => listed.slice(0, from + size)),
    shape.orders,
  ).slice(from, from + size);
  const hits = finds.flatMap((find) => find.hits);
  const [found, everything] = [finds.flatMap((find) => find.found), finds.flatMap((find) => find.everything)];
  return {
    took: Math.floor(performance.now() - started),
    timed_out: false,
    _shards: {
      total: shards.length,
      successful: finds.length,
      skipped: 0,
      failed: failures.length,
      ...(failures.length > 0 && { failures: failures.map(failedShardJson) }),
    },
    hits: {
      ...(tracked !== undefined && { total: totalJson(hits.length, tracked) }),
      max_score: shards.length === 0 ? 0 : maxScore(hits, merged.length > 0, shape),
      hits: merged.map((hit) => hitJson(hit, shape)),
    },
    ...(aggregations !== undefined && shards.length > 0 && { aggregations: aggregate(aggregations, found, everything) }),
  };
}
