import { isJsonObject, type Json, type JsonObject } from '../json.js';
import { asList } from './search-query.js';

/** What hits are sorted by. */
export interface Order {
  readonly field: string;
  readonly descending: boolean;
}

/** A document that a search may find. */
export interface Hit {
  readonly index: string;
  /** Of the document; absent since 8. */
  readonly type?: string;
  readonly id: string;
  readonly source: JsonObject;
}

type Key = number | string;

/** Reads `field`, `field:desc`, `{field: 'desc'}` and `{field: {order: 'desc'}}`. */
export function readOrder(value: Json): Order {
  if (!isJsonObject(value)) {
    const [field = '', direction] = String(value).split(':');
    return { field, descending: direction === 'desc' };
  }
  const [[field, how] = ['', null]] = Object.entries(value);
  const direction = isJsonObject(how) ? how.order : how;
  return { field, descending: direction === 'desc' };
}

/** What a document holds in a field; its keyword variant is the field itself. */
export const fieldOf = (hit: Hit, field: string): Json | undefined => hit.source[field.replace(/\.keyword$/, '')];

function keyOf(hit: Hit, field: string): Key {
  const value = field === '_doc' || field === '_id' ? hit.id : fieldOf(hit, field);
  return typeof value === 'number' ? value : String(value ?? '');
}

/** The sort values of a hit. */
export const keysOf = (hit: Hit, orders: readonly Order[]): readonly Key[] => orders.map(({ field }) => keyOf(hit, field));

/** Compares sort values; those of the right may have come with a request. */
export function compare(left: readonly Key[], right: readonly Json[], orders: readonly Order[]): number {
  for (const [index, { descending }] of orders.entries()) {
    const [first, second] = [left[index] ?? '', right[index] ?? ''];
    if (first === second) continue;
    const lower = typeof first === 'number' ? first < Number(second) : first < String(second);
    return (lower ? -1 : 1) * (descending ? -1 : 1);
  }
  return 0;
}

/** Hits as sorted. */
export const inOrder = (hits: readonly Hit[], orders: readonly Order[]): readonly Hit[] =>
  [...hits].sort((left, right) => compare(keysOf(left, orders), keysOf(right, orders), orders));

/** The members of a source that are asked for. */
function chosenSource(source: JsonObject, wanted: Json | undefined): JsonObject | undefined {
  if (wanted === false) return undefined;
  const includes = isJsonObject(wanted) ? wanted.includes : wanted;
  const names = asList(includes).filter((name) => typeof name === 'string' && name !== 'true');
  return names.length === 0 ? source : Object.fromEntries(Object.entries(source).filter(([key]) => names.includes(key)));
}

/** A hit as answered; one that is sorted has no score. */
export function hitJson(hit: Hit, orders: readonly Order[], wanted: Json | undefined): JsonObject {
  const source = chosenSource(hit.source, wanted);
  return {
    _index: hit.index,
    ...(hit.type !== undefined && { _type: hit.type }),
    _id: hit.id,
    _score: orders.length > 0 ? null : 1,
    ...(source !== undefined && { _source: source }),
    ...(orders.length > 0 && { sort: keysOf(hit, orders) }),
  };
}
