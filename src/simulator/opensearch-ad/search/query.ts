import { isJsonObject } from '../../json.js';
import { membersOf, notSimulated, type Part, parsing, placeOf, unknownName } from './part.js';
import { readBool, readConstantScore, readNested } from './query-compound.js';
import { readExists, readIds, readMatchAll, readMatchNone, readTerm, readTerms } from './query-leaves.js';
import { readPrefix, readRegexp, readWildcard } from './query-patterns.js';
import { readRange } from './query-range.js';
import { readQueryString } from './query-string.js';
import { readMatch, readMatchPhrase, readMultiMatch } from './query-text.js';
import type { Query, ReadQuery } from './scoring.js';
import { illegalArgument } from './search-failure.js';

const kinds: ReadonlyMap<string, ReadQuery> = new Map<string, ReadQuery>([
  ['match_all', readMatchAll],
  ['match_none', readMatchNone],
  ['ids', readIds],
  ['term', readTerm],
  ['terms', readTerms],
  ['range', readRange],
  ['exists', readExists],
  ['prefix', readPrefix],
  ['wildcard', readWildcard],
  ['regexp', readRegexp],
  ['match', readMatch],
  ['match_phrase', readMatchPhrase],
  ['multi_match', readMultiMatch],
  ['query_string', readQueryString],
  ['simple_query_string', readQueryString],
  ['bool', readBool],
  ['constant_score', readConstantScore],
  ['nested', readNested],
]);

/** Queries of the server that are not here. */
const others: readonly string[] = [
  'boosting',
  'combined_fields',
  'dis_max',
  'distance_feature',
  'function_score',
  'fuzzy',
  'geo_bounding_box',
  'geo_distance',
  'geo_shape',
  'has_child',
  'has_parent',
  'hybrid',
  'intervals',
  'knn',
  'match_bool_prefix',
  'match_phrase_prefix',
  'more_like_this',
  'neural',
  'parent_id',
  'percolate',
  'pinned',
  'rank_feature',
  'script',
  'script_score',
  'span_near',
  'span_or',
  'span_term',
  'template',
  'terms_set',
  'wrapper',
];

/** Reads a query. */
export function parseQuery(part: Part): Query {
  if (!isJsonObject(part.value)) throw parsing('[_na] query malformed, must start with start_object', part);
  const [body, second] = membersOf(part);
  if (body === undefined) throw illegalArgument(`query malformed, empty clause found at ${placeOf(part, 'end')}`);
  if (!isJsonObject(body.value)) throw parsing(`[${body.name}] query malformed, no start_object after query name`, body);
  const read = kinds.get(body.name);
  if (read === undefined) throw others.includes(body.name) ? notSimulated(`the query [${body.name}]`) : unknownName('unknown query', body);
  const query = read(body, parseQuery);
  if (second !== undefined) {
    throw parsing(`[${body.name}] malformed query, expected [END_OBJECT] but found [FIELD_NAME]`, second, 'name');
  }
  return query;
}
