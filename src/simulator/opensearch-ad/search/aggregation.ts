import { isJsonObject, type JsonObject } from '../../json.js';
import type { Shard } from './entry.js';
import type { Part } from './part.js';
import type { Query, Scorer } from './scoring.js';
import type { Scored } from './sort.js';

/** What a search is to sum up of what it finds. */
export interface Aggregation {
  readonly name: string;
  /** Refuses, with a ShardFailure, what this index does not allow, whether or not it finds anything. */
  readonly check: (shard: Shard) => void;
  /** `everything` is what a query for all would find. */
  readonly sum: (found: readonly Scored[], everything: readonly Scored[]) => JsonObject;
  /** The one number that buckets may be ordered by. */
  readonly measure?: (found: readonly Scored[]) => number;
}

/** Reads one kind of aggregation; `parts` are those within it. */
export type ReadAggregation = (name: string, body: Part, parts: readonly Aggregation[]) => Aggregation;

/** What aggregations say, by name. */
export const aggregate = (parts: readonly Aggregation[], found: readonly Scored[], everything: readonly Scored[]): JsonObject =>
  Object.fromEntries(parts.map(({ name, sum }) => [name, sum(found, everything)]));

/** A check that passes on to parts. */
export const checkAll = (parts: readonly Aggregation[]) => (shard: Shard) => {
  for (const part of parts) part.check(shard);
};

/** A query that remembers how it was bound to each index. */
export function filterOf(query: Query): { readonly bind: (shard: Shard) => Scorer; readonly fits: (found: Scored) => boolean } {
  const bound = new Map<Shard, Scorer>();
  const bind = (shard: Shard) => {
    const scorer = bound.get(shard) ?? query.bind(shard, false);
    bound.set(shard, scorer);
    return scorer;
  };
  return { bind, fits: ({ entry }) => bind(entry.shard)(entry) !== undefined };
}

/** The object that an aggregation's parameters are in. */
export const paramsOf = (body: Part): JsonObject => (isJsonObject(body.value) ? body.value : {});
