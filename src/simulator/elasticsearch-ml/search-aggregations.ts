import { similarWords } from '../elastic-rest/levenshtein.js';
import { tokenOf } from '../elastic-rest/token-of.js';
import { isJsonObject, type Json, type JsonObject } from '../json.js';
import { Failure, illegalArgument } from './failures.js';
import { fieldOf, type Hit, hitJson, inOrder, type Order, readOrder } from './search-hits.js';
import { asList, parsing } from './search-query.js';

/** Where a search runs, as failures of shards name it. */
interface Shard {
  readonly index: string;
  readonly node: string;
}

/** What a search is to sum up of what it finds. */
export interface Aggregation {
  readonly name: string;
  /** Refuses what is only looked at where the search runs, whether or not it finds anything. */
  readonly check: (shard: Shard) => void;
  readonly sum: (found: readonly Hit[]) => JsonObject;
}

type Read = (name: string, body: JsonObject, parts: readonly Aggregation[]) => Aggregation;

/** `index.max_inner_result_window`. */
const maxInnerWindow = 100;

function whole(name: string, body: JsonObject, key: string, fallback: number, least: number): number {
  const value = Number(body[key] ?? fallback);
  if (Number.isInteger(value) && value >= least) return value;
  const bound = least === 0 ? 'greater than or equal to 0' : 'greater than 0';
  throw illegalArgument(`[${key}] must be ${bound}. Found [${String(body[key])}] in [${name}]`);
}

function refuseWindow(name: string, asked: number, { index, node }: Shard): void {
  if (asked <= maxInnerWindow) return;
  const start = `Top hits result window is too large, the top hits aggregator [${name}]'s from + size must be less than or equal to`;
  const setting = 'This limit can be set by changing the [index.max_inner_result_window] index level setting.';
  const cause = { type: 'illegal_argument_exception', reason: `${start}: [${maxInnerWindow}] but was [${asked}]. ${setting}` };
  const extra = { phase: 'query', grouped: true, failed_shards: [{ shard: 0, index, node, reason: cause }] };
  const failure = { type: 'search_phase_execution_exception', reason: 'all shards failed', extra, causedBy: cause };
  throw new Failure(400, failure, { rootCause: [cause] });
}

const topHits: Read = (name, body, parts) => {
  if (parts.length > 0) {
    const reason = `Aggregator [${name}] of type [top_hits] cannot accept sub-aggregations`;
    throw new Failure(400, { type: 'aggregation_initialization_exception', reason });
  }
  const [from, size] = [whole(name, body, 'from', 0, 0), whole(name, body, 'size', 3, 0)];
  const orders = asList(body.sort).map(readOrder);
  return {
    name,
    check: (shard) => refuseWindow(name, from + size, shard),
    sum(found) {
      const hits = inOrder(found, orders).slice(from, from + size);
      const score = orders.length > 0 || found.length === 0 || size === 0 ? null : 1;
      const total = { value: found.length, relation: 'eq' };
      return { hits: { total, max_score: score, hits: hits.map((hit) => hitJson(hit, orders, body._source)) } };
    },
  };
};

interface Bucket {
  readonly key: number | string;
  readonly hits: readonly Hit[];
}

/** The buckets of a field, unordered; a document without the field is in none. */
function bucketsOf(found: readonly Hit[], field: string): readonly Bucket[] {
  const buckets = new Map<number | string, Hit[]>();
  for (const hit of found) {
    for (const value of new Set(asList(fieldOf(hit, field)))) {
      if (typeof value !== 'number' && typeof value !== 'string') continue;
      buckets.set(value, [...(buckets.get(value) ?? []), hit]);
    }
  }
  return [...buckets].map(([key, hits]) => ({ key, hits }));
}

const compareBuckets =
  (orders: readonly Order[]) =>
  (left: Bucket, right: Bucket): number => {
    for (const { field, descending } of orders) {
      const [first, second] = field === '_count' ? [left.hits.length, right.hits.length] : [left.key, right.key];
      if (first !== second) return (first < second ? -1 : 1) * (descending ? -1 : 1);
    }
    return 0;
  };

/** By count, the most first, and by key where that leaves it open. */
function readBucketOrders(value: Json | undefined): readonly Order[] {
  const orders = value === undefined ? [{ field: '_count', descending: true }] : asList(value).map(readOrder);
  const unknown = orders.find(({ field }) => field !== '_count' && field !== '_key');
  if (unknown === undefined) return [...orders, { field: '_key', descending: false }];
  const why = `The provided aggregation [${unknown.field}] either does not exist, or is a pipeline aggregation and cannot be used to sort`;
  const reason = `Invalid aggregator order path [${unknown.field}]. ${why} the buckets.`;
  throw new Failure(400, { type: 'aggregation_execution_exception', reason });
}

const terms: Read = (name, body, parts) => {
  const { field } = body;
  if (typeof field !== 'string') throw illegalArgument('Required one of fields [field, script], but none were specified. ');
  const size = whole(name, body, 'size', 10, 1);
  const order = compareBuckets(readBucketOrders(body.order));
  return {
    name,
    check(shard) {
      for (const part of parts) part.check(shard);
    },
    sum(found) {
      const buckets = [...bucketsOf(found, field)].sort(order);
      return {
        doc_count_error_upper_bound: 0,
        sum_other_doc_count: buckets.slice(size).reduce((sum, { hits }) => sum + hits.length, 0),
        buckets: buckets.slice(0, size).map(({ key, hits }) => ({ key, doc_count: hits.length, ...aggregate(parts, hits) })),
      };
    },
  };
};

const kinds: ReadonlyMap<string, Read> = new Map([
  ['terms', terms],
  ['top_hits', topHits],
]);

function unknownKind(kind: string): Failure {
  const similar = similarWords(kind, kinds.keys());
  const meant = similar.length === 1 ? `[${similar[0]}]` : `any of [${similar.join(', ')}]`;
  return parsing(`Unknown aggregation type [${kind}]${similar.length === 0 ? '' : ` did you mean ${meant}?`}`);
}

function readAggregation(name: string, definition: Json): Aggregation {
  if (!isJsonObject(definition)) {
    throw parsing(`Aggregation definition for [${name} starts with a [${tokenOf(definition)}], expected a [START_OBJECT].`);
  }
  const { aggs, aggregations, meta, ...typed } = definition;
  const [first, second] = Object.entries(typed);
  if (first === undefined) throw parsing(`Missing definition for aggregation [${name}]`);
  const [kind, body = null] = first;
  if (!isJsonObject(body)) throw parsing(`Expected [START_OBJECT] under [${kind}], but got a [${tokenOf(body)}] in [${name}]`);
  const read = kinds.get(kind);
  if (read === undefined) throw unknownKind(kind);
  if (second !== undefined) throw parsing(`Found two aggregation type definitions in [${name}]: [${kind}] and [${second[0]}]`);
  const inner = aggs ?? aggregations;
  const aggregation = read(name, body, inner === undefined ? [] : readAggregations(inner));
  return meta === undefined ? aggregation : { ...aggregation, sum: (found) => ({ meta, ...aggregation.sum(found) }) };
}

/** Reads `aggs`; the kinds there are here: `terms` and `top_hits`. */
export function readAggregations(value: Json): readonly Aggregation[] {
  if (!isJsonObject(value)) throw parsing(`Unknown key for a ${tokenOf(value)} in [aggs].`);
  return Object.entries(value).map(([name, definition]) => readAggregation(name, definition ?? null));
}

/** What aggregations say of hits, by name. */
export const aggregate = (aggregations: readonly Aggregation[], found: readonly Hit[]): JsonObject =>
  Object.fromEntries(aggregations.map(({ name, sum }) => [name, sum(found)]));
