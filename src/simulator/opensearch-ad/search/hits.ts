import type { Json, JsonObject } from '../../json.js';
import { asFloat } from './scoring.js';
import { compareKeys, type Key, keyJson, keysOf, type Order, type Scored } from './sort.js';
import type { SourceFilter } from './source-filter.js';

/** Which members a hit has beyond the usual ones. */
export interface HitShape {
  readonly orders: readonly Order[];
  readonly source: SourceFilter;
  readonly version: boolean;
  readonly seqNo: boolean;
  /** Scores although sorted. */
  readonly scores: boolean;
}

/** Something found, with what it is sorted by. */
export interface Ranked extends Scored {
  readonly keys: readonly Key[];
}

/** Found entries in order: by the sort, or the best first. What is found earlier wins where that leaves it open. */
export function ranked(found: readonly Scored[], orders: readonly Order[]): readonly Ranked[] {
  const keyed = found.map((one) => ({ ...one, keys: keysOf(one, orders) }));
  const byKeys = (left: Ranked, right: Ranked) => compareKeys(left.keys, right.keys, orders);
  const byScore = (left: Ranked, right: Ranked) => right.score - left.score;
  return keyed.sort(orders.length > 0 ? byKeys : byScore);
}

/** Whether hits have a score: unless they are sorted by something else. */
export const scored = ({ orders, scores }: HitShape) => scores || orders.length === 0 || orders.some(({ field }) => field === '_score');

/** A hit as answered. */
export function hitJson({ entry, score, keys }: Ranked, shape: HitShape): JsonObject {
  const { doc, shard } = entry;
  const source = shape.source(doc.source);
  return {
    _index: shard.index,
    _id: doc.id,
    ...(shape.version && { _version: doc.version }),
    ...(shape.seqNo && { _seq_no: doc.seqNo, _primary_term: doc.primaryTerm }),
    _score: scored(shape) ? asFloat(score) : null,
    ...(source !== undefined && { _source: source }),
    ...(keys.length > 0 && {
      sort: keys.map((key, index) => shape.orders.slice(index, index + 1).map((order) => keyJson(key, order, shard))[0] ?? null),
    }),
  };
}

/** The best score among hits; null where nothing is scored or nothing is listed. */
export function maxScore(found: readonly Scored[], listed: boolean, { orders, scores }: HitShape): Json {
  if (!listed || found.length === 0 || (orders.length > 0 && !scores)) return null;
  return asFloat(found.reduce((best, { score }) => Math.max(best, score), Number.NEGATIVE_INFINITY));
}
