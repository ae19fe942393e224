import { type Entry, entriesOf, nestedEntries, type Shard, termsOf, type Value } from './entry.js';
import type { Field } from './fields.js';
import type { Part } from './part.js';

/** How well an entry fits; undefined where it does not. */
export type Scorer = (entry: Entry) => number | undefined;

/** A query as read from a request, for any index. */
export interface Query {
  /** Throws a ShardFailure where the mapping of the index does not allow it. Without scores, any number will do for what fits. */
  bind(shard: Shard, scores: boolean): Scorer;
}

/** Reads the body of one kind of query; `parse` reads queries within. */
export type ReadQuery = (body: Part, parse: (part: Part) => Query) => Query;

/** A query that all it finds fits equally well. */
export const constant =
  (fits: (entry: Entry) => boolean, boost = 1): Scorer =>
  (entry) =>
    fits(entry) ? boost : undefined;

/** What finds nothing: a field that is not mapped. */
export const nothing: Scorer = () => undefined;

const single = Math.fround;
const [k1, b] = [single(1.2), single(0.75)];

interface Statistics {
  /** Of all documents that have the field. */
  readonly documents: number;
  readonly averageLength: number;
  /** How many of them hold the term. */
  readonly frequency: number;
}

function statisticsOf(shard: Shard, field: Field, term: Value): Statistics {
  const scope = entriesOf(shard).flatMap((entry) => (field.nested === undefined ? [entry] : nestedEntries(entry, field.nested)));
  const lists = scope.map((entry) => termsOf(entry, field)).filter((terms) => terms.length > 0);
  const length = lists.reduce((sum, terms) => sum + terms.length, 0);
  return {
    documents: lists.length,
    averageLength: single(length / Math.max(1, lists.length)),
    frequency: lists.filter((terms) => terms.includes(term)).length,
  };
}

/** Finds a term and scores it as Lucene's LegacyBM25Similarity does, in single precision; only texts have a length. */
export function termScorer(shard: Shard, field: Field, term: Value, { boost, scores }: { boost: number; scores: boolean }): Scorer {
  if (!scores) return constant((entry) => termsOf(entry, field).includes(term));
  let known: Statistics | undefined;
  return (entry) => {
    const terms = termsOf(entry, field);
    const times = terms.filter((candidate) => candidate === term).length;
    if (times === 0) return undefined;
    known ??= statisticsOf(shard, field, term);
    const inverse = single(Math.log(1 + (known.documents - known.frequency + 0.5) / (known.frequency + 0.5)));
    const weight = single(single(boost * single(k1 + 1)) * inverse);
    const length = field.kind === 'text' ? terms.length : 1;
    const norm = single(1 / single(k1 * single(single(1 - b) + single(single(b * length) / known.averageLength))));
    return single(weight - single(weight / single(1 + single((field.kind === 'text' ? times : 1) * norm))));
  };
}

/** A number as the server prints one of single precision: as few digits as tell it apart. */
export function asFloat(value: number): number {
  const exact = single(value);
  for (let digits = 1; digits <= 9; digits += 1) {
    const short = Number(exact.toPrecision(digits));
    if (single(short) === exact) return short;
  }
  return exact;
}
