import { tokenOf } from '../../elastic-rest/token-of.js';
import { isJsonObject, type Json } from '../../json.js';
import type { Aggregation } from './aggregation.js';
import { readAggregations } from './aggregations.js';
import type { HitShape } from './hits.js';
import { membersOf, notSimulated, type Part, parsing } from './part.js';
import { parseQuery } from './query.js';
import type { Query } from './scoring.js';
import { illegalArgument, SearchFailure } from './search-failure.js';
import { readAfter, readSort } from './sort.js';
import { readSource } from './source-filter.js';

/** What the endpoint adds to a search by itself. */
export interface SearchOptions {
  readonly seqNoPrimaryTerm?: boolean;
  readonly version?: boolean;
  /** Left out of sources whatever the request says. */
  readonly excludes?: readonly string[];
  /** The body exactly as sent, which places in refusals refer to; absent: as a client that sends no spaces would have sent it. */
  readonly text?: string;
}

/** A search as read from its body. */
export interface SearchRequest {
  readonly query: Query | undefined;
  readonly postFilter: Query | undefined;
  readonly from: number;
  readonly size: number;
  readonly after: readonly Part[] | undefined;
  /** Up to how many hits are counted: infinity for all, undefined for not at all. */
  readonly tracked: number | undefined;
  readonly leastScore: number | undefined;
  readonly shape: HitShape;
  readonly aggregations: readonly Aggregation[] | undefined;
}

type Tokens = 'scalar' | 'object' | 'list';

/** The keys of a search, and what may stand behind them. */
const keys: ReadonlyMap<string, readonly Tokens[]> = new Map<string, readonly Tokens[]>([
  ['query', ['object']],
  ['post_filter', ['object']],
  ['from', ['scalar']],
  ['size', ['scalar']],
  ['timeout', ['scalar']],
  ['min_score', ['scalar']],
  ['version', ['scalar']],
  ['seq_no_primary_term', ['scalar']],
  ['track_scores', ['scalar']],
  ['track_total_hits', ['scalar']],
  ['_source', ['scalar', 'object', 'list']],
  ['sort', ['scalar', 'object', 'list']],
  ['search_after', ['list']],
  ['aggs', ['object']],
  ['aggregations', ['object']],
]);

/** Keys of the server that are not here. */
const others: readonly string[] = [
  'collapse',
  'derived',
  'docvalue_fields',
  'explain',
  'ext',
  'fields',
  'highlight',
  'indices_boost',
  'pit',
  'profile',
  'rescore',
  'script_fields',
  'search_pipeline',
  'slice',
  'stats',
  'stored_fields',
  'suggest',
  'terminate_after',
];

function tokensOf(value: Json): Tokens {
  if (Array.isArray(value)) return 'list';
  return isJsonObject(value) ? 'object' : 'scalar';
}

function checkKeys(body: Part): void {
  for (const member of membersOf(body)) {
    if (others.includes(member.name)) throw notSimulated(`[${member.name}] in searches`);
    if (keys.get(member.name)?.includes(tokensOf(member.value)) === true) continue;
    throw parsing(`Unknown key for a ${tokenOf(member.value)} in [${member.name}].`, member);
  }
}

function wholeOf(body: Part, key: string, fallback: number): number {
  const { value } = body.at(key);
  if (value === null) return fallback;
  const number = Number(value);
  if (!Number.isInteger(number))
    throw new SearchFailure(400, { type: 'number_format_exception', reason: `For input string: "${String(value)}"` });
  if (number < 0) throw illegalArgument(`[${key}] parameter cannot be negative, found [${number}]`);
  return number;
}

/** How many hits are counted unless asked. */
const usuallyTracked = 10_000;

function trackedOf({ value }: Part): number | undefined {
  if (value === null) return usuallyTracked;
  if (value === true || value === 'true') return Number.POSITIVE_INFINITY;
  if (value === false || value === 'false' || Number(value) === -1) return undefined;
  return Number(value);
}

/** Sorting by score alone, the best first, is what happens anyway, and shows no sort values. */
function ordersOf(part: Part): HitShape['orders'] {
  const orders = readSort(part);
  return orders.length === 1 && orders[0]?.field === '_score' && orders[0].descending ? [] : orders;
}

/** Reads the body of a search. */
export function readRequest(body: Part, options: SearchOptions): SearchRequest {
  checkKeys(body);
  const { version, seq_no_primary_term: seqNo, track_scores: scores, min_score: leastScore } = isJsonObject(body.value) ? body.value : {};
  const aggregations = membersOf(body).find(({ name }) => name === 'aggs' || name === 'aggregations');
  const queryOf = (part: Part) => (part.value === null ? undefined : parseQuery(part));
  return {
    query: queryOf(body.at('query')),
    postFilter: queryOf(body.at('post_filter')),
    from: wholeOf(body, 'from', 0),
    size: wholeOf(body, 'size', 10),
    after: readAfter(body.at('search_after')),
    tracked: trackedOf(body.at('track_total_hits')),
    leastScore: leastScore === undefined ? undefined : Number(leastScore),
    shape: {
      orders: ordersOf(body.at('sort')),
      source: readSource(body.at('_source'), options.excludes ?? []),
      version: version === true || (version === undefined && options.version === true),
      seqNo: seqNo === true || (seqNo === undefined && options.seqNoPrimaryTerm === true),
      scores: scores === true,
    },
    aggregations: aggregations === undefined ? undefined : readAggregations(aggregations),
  };
}
