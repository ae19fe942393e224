import { isJsonObject, type JsonObject } from '../../json.js';
import { allValues, requireField } from './agg-metrics.js';
import { type Aggregation, aggregate, checkAll, filterOf, paramsOf, type ReadAggregation } from './aggregation.js';
import { nestedEntries } from './entry.js';
import { itemsOf, membersOf, onlyFields } from './part.js';
import { parseQuery } from './query.js';
import { illegalArgument } from './search-failure.js';
import type { Scored } from './sort.js';

const bucket = (found: readonly Scored[], parts: readonly Aggregation[], everything: readonly Scored[]): JsonObject => ({
  doc_count: found.length,
  ...aggregate(parts, found, everything),
});

export const filter: ReadAggregation = (name, body, parts) => {
  const { bind, fits } = filterOf(parseQuery(body));
  return {
    name,
    check(shard) {
      bind(shard);
      checkAll(parts)(shard);
    },
    sum: (found, everything) => bucket(found.filter(fits), parts, everything),
  };
};

export const filters: ReadAggregation = (name, body, parts) => {
  onlyFields('filters', body, ['filters', 'other_bucket', 'other_bucket_key']);
  const { filters: asked, other_bucket: other, other_bucket_key: otherKey } = paramsOf(body);
  if (asked === undefined) throw illegalArgument('[filters] cannot be null: [filters]');
  const named = isJsonObject(asked);
  const tests = (named ? membersOf(body.at('filters')) : itemsOf(body.at('filters'))).map((part) => ({
    key: part.name,
    ...filterOf(parseQuery(part)),
  }));
  const rest = other === true || otherKey !== undefined;
  return {
    name,
    check(shard) {
      for (const { bind } of tests) bind(shard);
      checkAll(parts)(shard);
    },
    sum(found, everything) {
      const others = found.filter((one) => !tests.some(({ fits }) => fits(one)));
      const listed = [
        ...tests.map(({ key, fits }) => [key, found.filter(fits)] as const),
        ...(rest ? [[String(otherKey ?? '_other_'), others] as const] : []),
      ].map(([key, inside]) => [key, bucket(inside, parts, everything)] as const);
      return { buckets: named ? Object.fromEntries(listed) : listed.map(([, inside]) => inside) };
    },
  };
};

export const global: ReadAggregation = (name, _body, parts) => ({
  name,
  check: checkAll(parts),
  sum: (_found, everything) => bucket(everything, parts, everything),
});

export const missing: ReadAggregation = (name, body, parts) => {
  onlyFields('missing', body, ['field', 'missing']);
  const field = requireField(paramsOf(body).field);
  return {
    name,
    check: checkAll(parts),
    sum: (found, everything) =>
      bucket(
        found.filter((one) => allValues([one], field).length === 0),
        parts,
        everything,
      ),
  };
};

export const nested: ReadAggregation = (name, body, parts) => {
  onlyFields('nested', body, ['path']);
  const { path } = paramsOf(body);
  if (typeof path !== 'string') throw illegalArgument(`Missing [path] field for nested aggregation [${name}]`);
  return {
    name,
    check: checkAll(parts),
    sum: (found, everything) =>
      bucket(
        found.flatMap(({ entry, score }) =>
          (entry.shard.fields.isNested(path) ? nestedEntries(entry, path) : []).map((inner) => ({ entry: inner, score })),
        ),
        parts,
        everything,
      ),
  };
};

export const reverseNested: ReadAggregation = (name, body, parts) => {
  onlyFields('reverse_nested', body, ['path']);
  return {
    name,
    check: checkAll(parts),
    sum(found, everything) {
      const documents = new Map(found.map((one) => [one.entry.doc, one]));
      const outside = [...documents.values()].map(({ entry, score }) => ({
        entry: { ...entry, object: entry.doc.source, path: undefined },
        score,
      }));
      return bucket(outside, parts, everything);
    },
  };
};
