import { tokenOf } from '../../elastic-rest/token-of.js';
import { paramsOf, type ReadAggregation } from './aggregation.js';
import { type HitShape, hitJson, maxScore, ranked } from './hits.js';
import { membersOf, type Part, parsing } from './part.js';
import { illegalArgument, SearchFailure } from './search-failure.js';
import { shardArgument } from './shard-failure.js';
import { checkSort, readSort } from './sort.js';
import { readSource } from './source-filter.js';

/** `index.max_inner_result_window`. */
const maxInnerWindow = 100;

const keys = ['from', 'size', 'sort', '_source', 'version', 'seq_no_primary_term', 'track_scores', 'explain'];

function wholeOf(name: string, body: Part, key: string, fallback: number): number {
  const value = Number(paramsOf(body)[key] ?? fallback);
  if (value >= 0) return value;
  throw illegalArgument(`[${key}] must be greater than or equal to 0. Found [${value}] in [${name}]`);
}

export const topHits: ReadAggregation = (name, body, parts) => {
  if (parts.length > 0) {
    const reason = `Aggregator [${name}] of type [top_hits] cannot accept sub-aggregations`;
    throw new SearchFailure(500, { type: 'aggregation_initialization_exception', reason });
  }
  const unknown = membersOf(body).find((member) => !keys.includes(member.name));
  if (unknown !== undefined) throw parsing(`Unknown key for a ${tokenOf(unknown.value)} in [${unknown.name}].`, unknown);
  const [from, size] = [wholeOf(name, body, 'from', 0), wholeOf(name, body, 'size', 3)];
  const { version, seq_no_primary_term: seqNo, track_scores: scores } = paramsOf(body);
  const orders = readSort(body.at('sort'));
  const shape: HitShape = {
    orders,
    source: readSource(body.at('_source'), []),
    version: version === true,
    seqNo: seqNo === true,
    scores: scores === true,
  };
  return {
    name,
    check(shard) {
      checkSort(shard, orders);
      if (from + size === 0) {
        throw shardArgument(shard, 'numHits must be > 0; please use TotalHitCountCollectorManager if you just need the total hit count');
      }
      if (from + size <= maxInnerWindow) return;
      const start = `Top hits result window is too large, the top hits aggregator [${name}]'s from + size must be less than or equal to`;
      const setting = 'This limit can be set by changing the [index.max_inner_result_window] index level setting.';
      throw shardArgument(shard, `${start}: [${maxInnerWindow}] but was [${from + size}]. ${setting}`);
    },
    sum(found) {
      const hits = ranked(found, orders).slice(from, from + size);
      return {
        hits: {
          total: { value: found.length, relation: 'eq' },
          max_score: maxScore(found, hits.length > 0, shape),
          hits: hits.map((hit) => hitJson(hit, shape)),
        },
      };
    },
  };
};
