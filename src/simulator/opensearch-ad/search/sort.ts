import { tokenOf } from '../../elastic-rest/token-of.js';
import { isJsonObject, type Json } from '../../json.js';
import { parseDate } from './dates.js';
import { type Entry, nestedEntries, type Shard, type Value, valuesOf } from './entry.js';
import type { Field } from './fields.js';
import { itemsOf, membersOf, onlyFields, type Part, parsing } from './part.js';
import { parseQuery } from './query.js';
import { unreadableDate } from './query-leaves.js';
import { asFloat, type Query } from './scoring.js';
import { illegalArgument } from './search-failure.js';
import { queryShard, type ShardFailure, shardArgument } from './shard-failure.js';

/** One key that hits are sorted by. */
export interface Order {
  readonly field: string;
  readonly descending: boolean;
  readonly missing: Json;
  readonly unmapped: boolean;
  readonly nested: string | undefined;
  readonly nestedFilter: Query | undefined;
}

/** A found entry and how well it fits. */
export interface Scored {
  readonly entry: Entry;
  readonly score: number;
}

/** A sort value; null is a keyword that is missing. */
export type Key = Value | null;

const plain = { missing: null, unmapped: false, nested: undefined, nestedFilter: undefined };

function directionOf(value: Json, field: string): boolean {
  const text = String(value).toLowerCase();
  if (text === 'asc' || text === 'desc') return text === 'desc';
  if (field === '_score') return true;
  throw illegalArgument(`No enum constant org.opensearch.search.sort.SortOrder.${String(value).toUpperCase()}`);
}

const sortKeys = ['order', 'missing', 'unmapped_type', 'mode', 'nested', 'nested_path', 'nested_filter', 'numeric_type', 'format'];

function readOrder(field: string, part: Part): Order {
  if (!isJsonObject(part.value)) return { ...plain, field, descending: directionOf(part.value, field) };
  onlyFields(field === '_score' ? '_score' : 'field_sort', part, sortKeys);
  const { order, missing = null, unmapped_type: unmapped, nested } = part.value;
  const filter = part.at('nested').at('filter');
  return {
    field,
    descending: order === undefined ? field === '_score' : directionOf(order, field),
    missing,
    unmapped: unmapped !== undefined,
    nested: isJsonObject(nested) && typeof nested.path === 'string' ? nested.path : undefined,
    nestedFilter: filter.value === null ? undefined : parseQuery(filter),
  };
}

/** Reads `sort`: names, `{field: 'desc'}` and `{field: {order: 'desc'}}`. */
export function readSort(part: Part): readonly Order[] {
  if (part.value === null) return [];
  return itemsOf(part).flatMap((item) => {
    if (typeof item.value === 'string') return [{ ...plain, field: item.value, descending: item.value === '_score' }];
    if (!isJsonObject(item.value))
      throw parsing(`malformed sort format, within the sort array, an object, or an actual string are allowed`, item);
    return membersOf(item).map((member) => readOrder(member.name, member));
  });
}

const textFields = (field: string) =>
  'Text fields are not optimised for operations that require per-document field data like aggregations and sorting, so these operations are ' +
  'disabled by default. Please use a keyword field instead. Alternatively, set fielddata=true on ' +
  `[${field}] in order to load field data by uninverting the inverted index. Note that this can use significant memory.`;

/** Sorting by and summing up analysed text is refused. */
export const refuseText = (shard: Shard, { name, kind }: Field): ShardFailure | undefined =>
  kind === 'text' ? shardArgument(shard, textFields(name)) : undefined;

const built = ['_score', '_doc', '_id', '_index', '_seq_no', '_shard_doc'];

/** Refuses orders that this index cannot have. */
export function checkSort(shard: Shard, orders: readonly Order[]): void {
  for (const { field, unmapped } of orders) {
    if (built.includes(field)) continue;
    const known = shard.fields.get(field);
    if (known === undefined && !unmapped) throw queryShard(shard, `No mapping found for [${field}] in order to sort on`);
    const refused = known && refuseText(shard, known);
    if (refused !== undefined) throw refused;
  }
}

/** The least and the greatest value of a kind: what stands for a missing one. */
function extremesOf(kind: Field['kind']): readonly [least: Key, greatest: Key] {
  if (kind === 'keyword' || kind === 'text') return [null, null];
  if (kind === 'float' || kind === 'double') return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return kind === 'integer' || kind === 'boolean' ? [-2_147_483_648, 2_147_483_647] : [-(2 ** 63), 2 ** 63];
}

function missingKey({ missing, descending }: Order, kind: Field['kind']): Key {
  if (missing !== null && missing !== '_last' && missing !== '_first') return typeof missing === 'number' ? missing : String(missing);
  const [least, greatest] = extremesOf(kind);
  return (missing === '_first') === descending ? greatest : least;
}

function keyOf({ entry, score }: Scored, order: Order): Key {
  switch (order.field) {
    case '_score':
      return score;
    case '_doc':
    case '_shard_doc':
      return entry.order;
    case '_id':
      return entry.doc.id;
    case '_index':
      return entry.shard.index;
    case '_seq_no':
      return entry.doc.seqNo;
    default:
  }
  const field = entry.shard.fields.get(order.field);
  if (field === undefined) return missingKey(order, 'long');
  const filter = order.nestedFilter?.bind(entry.shard, false);
  const scope =
    order.nested === undefined ? [entry] : nestedEntries(entry, order.nested).filter((one) => filter?.(one) !== undefined || !filter);
  const values = [...scope.flatMap((one) => valuesOf(one, field))].sort((left, right) => (left < right ? -1 : 1));
  return (order.descending ? values.at(-1) : values[0]) ?? missingKey(order, field.kind);
}

/** The sort values of what was found. */
export const keysOf = (found: Scored, orders: readonly Order[]): readonly Key[] => orders.map((order) => keyOf(found, order));

/** Compares sort values; a missing keyword is last, unless `_first` was asked for. */
export function compareKeys(left: readonly Key[], right: readonly Key[], orders: readonly Order[]): number {
  for (const [index, { descending, missing }] of orders.entries()) {
    const [first, second] = [left[index] ?? null, right[index] ?? null];
    if (first === second) continue;
    if (first === null || second === null) return (first === null ? 1 : -1) * (missing === '_first' ? -1 : 1);
    return (first < second ? -1 : 1) * (descending ? -1 : 1);
  }
  return 0;
}

/** A sort value as printed. */
export function keyJson(key: Key, order: Order, shard: Shard): Json {
  if (typeof key !== 'number') return key;
  if (!Number.isFinite(key)) return String(key);
  return order.field === '_score' || shard.fields.get(order.field)?.kind === 'float' ? asFloat(key) : key;
}

const [leastLong, greatestLong] = ['-9223372036854775808', '9223372036854775807'];

function afterKey(shard: Shard, { field }: Order, part: Part): Key {
  const known = shard.fields.get(field);
  const { value } = part;
  if (value === null) return null;
  if (known?.kind === 'date') {
    // What stands for a missing date is taken as printed; what a client made of it by rounding is refused (2.19.4).
    const text = typeof value === 'number' ? part.raw() : String(value);
    if (text === leastLong || text === greatestLong) return Number(text);
    const time = parseDate(text, { format: known.format, now: shard.now });
    if (time === undefined) throw unreadableDate(shard, known, text);
    return time;
  }
  if (known === undefined || known.kind === 'keyword') return typeof value === 'number' && known === undefined ? value : String(value);
  if (known.kind === 'boolean' && typeof value === 'boolean') return Number(value);
  const number = Number(value);
  if (!Number.isNaN(number)) return known.kind === 'float' ? Math.fround(number) : number;
  const causedBy = { type: 'number_format_exception', reason: `For input string: "${String(value)}"` };
  throw shardArgument(shard, `Failed to parse search_after value for field [${field}].`, causedBy);
}

/** Reads `search_after`; absent, undefined. */
export function readAfter(part: Part): readonly Part[] | undefined {
  if (part.value === null) return undefined;
  if (Array.isArray(part.value)) return itemsOf(part);
  throw parsing(`Unknown key for a ${tokenOf(part.value)} in [search_after].`, part);
}

/** `search_after` as sort values of this index. */
export function afterKeys(shard: Shard, orders: readonly Order[], after: readonly Part[]): readonly Key[] {
  if (orders.length === 0) throw shardArgument(shard, 'Sort must contain at least one field.');
  if (after.length !== orders.length)
    throw shardArgument(shard, `search_after has ${after.length} value(s) but sort has ${orders.length}.`);
  return after.flatMap((part, index) => orders.slice(index, index + 1).map((order) => afterKey(shard, order, part)));
}
