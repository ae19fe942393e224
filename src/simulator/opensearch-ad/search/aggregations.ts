import { tokenOf } from '../../elastic-rest/token-of.js';
import { isJsonObject } from '../../json.js';
import { filter, filters, global, missing, nested, reverseNested } from './agg-filters.js';
import { avg, cardinality, max, min, sum, valueCount } from './agg-metrics.js';
import { terms } from './agg-terms.js';
import { topHits } from './agg-top-hits.js';
import type { Aggregation, ReadAggregation } from './aggregation.js';
import { membersOf, notSimulated, type Part, parsing, unknownName } from './part.js';

const kinds: ReadonlyMap<string, ReadAggregation> = new Map([
  ['terms', terms],
  ['top_hits', topHits],
  ['max', max],
  ['min', min],
  ['avg', avg],
  ['sum', sum],
  ['value_count', valueCount],
  ['cardinality', cardinality],
  ['filter', filter],
  ['filters', filters],
  ['global', global],
  ['missing', missing],
  ['nested', nested],
  ['reverse_nested', reverseNested],
]);

/** Aggregations of the server that are not here. */
const others: readonly string[] = [
  'adjacency_matrix',
  'auto_date_histogram',
  'composite',
  'date_histogram',
  'date_range',
  'diversified_sampler',
  'extended_stats',
  'geo_bounds',
  'geo_centroid',
  'histogram',
  'ip_range',
  'median_absolute_deviation',
  'multi_terms',
  'percentile_ranks',
  'percentiles',
  'range',
  'rare_terms',
  'sampler',
  'scripted_metric',
  'significant_terms',
  'significant_text',
  'stats',
  'variable_width_histogram',
  'weighted_avg',
];

function readAggregation(part: Part): Aggregation {
  if (!isJsonObject(part.value)) {
    throw parsing(`Aggregation definition for [${part.name} starts with a [${tokenOf(part.value)}], expected a [START_OBJECT].`, part);
  }
  const members = membersOf(part);
  const [typed, second] = members.filter(({ name }) => !['aggs', 'aggregations', 'meta'].includes(name));
  if (typed === undefined) throw parsing(`Missing definition for aggregation [${part.name}]`, part, 'end');
  if (!isJsonObject(typed.value)) {
    throw parsing(`Expected [START_OBJECT] under [${typed.name}], but got a [${tokenOf(typed.value)}] in [${part.name}]`, typed);
  }
  const read = kinds.get(typed.name);
  if (read === undefined) {
    throw others.includes(typed.name) ? notSimulated(`the aggregation [${typed.name}]`) : unknownName('Unknown aggregation type', typed);
  }
  if (second !== undefined) {
    throw parsing(`Found two aggregation type definitions in [${part.name}]: [${typed.name}] and [${second.name}]`, second);
  }
  const inner = members.find(({ name }) => name === 'aggs' || name === 'aggregations');
  const aggregation = read(part.name, typed, inner === undefined ? [] : readAggregations(inner));
  const { meta } = part.value;
  if (meta === undefined) return aggregation;
  return { ...aggregation, sum: (found, everything) => ({ meta, ...aggregation.sum(found, everything) }) };
}

/** Reads `aggs`. */
export const readAggregations = (part: Part): readonly Aggregation[] => membersOf(part).map(readAggregation);
