import { isJsonObject, type Json } from '../../json.js';
import { nestedEntries, type Shard } from './entry.js';
import { itemsOf, membersOf, onlyFields, type Part, parsing, withinField } from './part.js';
import { boostOf, commonKeys } from './query-leaves.js';
import { constant, nothing, type Query, type ReadQuery, type Scorer } from './scoring.js';
import { illegalArgument } from './search-failure.js';
import { uncreatable } from './shard-failure.js';

/** How many optional clauses must fit: a number, a negative one, or a percentage. */
function neededOf(shard: Shard, wanted: Json | undefined, count: number, otherwise: number): number {
  if (wanted === undefined) return otherwise;
  const [, number, percent] = /^(-?\d+)(%?)$/.exec(String(wanted)) ?? [];
  if (number === undefined) throw uncreatable(shard, { type: 'number_format_exception', reason: `For input string: "${String(wanted)}"` });
  const part = percent === '%' ? Math.trunc((count * Number(number)) / 100) : Number(number);
  return part < 0 ? count + part : part;
}

const occurrences = ['must', 'filter', 'should', 'must_not'] as const;

export const readBool: ReadQuery = (body, parse) => {
  onlyFields('bool', body, [...occurrences, 'mustNot', 'minimum_should_match', 'adjust_pure_negative', ...commonKeys]);
  const clauses = (name: string): readonly Query[] => {
    const part = body.at(name);
    return part.value === null ? [] : withinField('bool', part, () => itemsOf(part).map(parse));
  };
  const [must, filter, should, mustNot] = occurrences.map(clauses);
  const wanted = isJsonObject(body.value) ? body.value.minimum_should_match : undefined;
  return {
    bind(shard, scores) {
      const bound = (scored: boolean, queries: readonly Query[] = []) => queries.map((query) => query.bind(shard, scored));
      const [all, filters, some, none] = [bound(scores, must), bound(false, filter), bound(scores, should), bound(false, mustNot)];
      const needed = neededOf(shard, wanted, some.length, all.length + filters.length === 0 ? Math.min(1, some.length) : 0);
      const empty = all.length + filters.length + some.length + none.length === 0;
      return (entry) => {
        if (empty) return boostOf(body);
        if (filters.some((test) => test(entry) === undefined) || none.some((test) => test(entry) !== undefined)) return undefined;
        const required = all.map((score) => score(entry));
        const optional = some.map((score) => score(entry)).filter((score) => score !== undefined);
        if (required.includes(undefined) || optional.length < needed) return undefined;
        return boostOf(body) * [...required, ...optional].reduce<number>((sum, score) => sum + (score ?? 0), 0);
      };
    },
  };
};

export const readConstantScore: ReadQuery = (body, parse) => {
  const filter = body.at('filter');
  if (filter.value === null) throw parsing("[constant_score] requires a 'filter' element", body, 'end');
  const query = parse(filter);
  return {
    bind(shard) {
      const scorer = query.bind(shard, false);
      return constant((entry) => scorer(entry) !== undefined, boostOf(body));
    },
  };
};

type Merge = (scores: readonly number[]) => number;

const sum: Merge = (scores) => scores.reduce((total, score) => total + score, 0);

const merges: ReadonlyMap<string, Merge> = new Map<string, Merge>([
  ['avg', (scores) => sum(scores) / scores.length],
  ['sum', sum],
  ['max', (scores) => Math.max(...scores)],
  ['min', (scores) => Math.min(...scores)],
  ['none', () => 0],
]);

function requireMembers(body: Part, known: readonly string[]): void {
  const unknown = membersOf(body).find(({ name }) => !known.includes(name));
  if (unknown !== undefined) throw parsing(`[nested] query does not support [${unknown.name}]`, unknown);
}

export const readNested: ReadQuery = (body, parse) => {
  requireMembers(body, ['path', 'query', 'score_mode', 'ignore_unmapped', 'inner_hits', ...commonKeys]);
  const { path, query, score_mode: mode = 'avg', ignore_unmapped: ignore = false } = isJsonObject(body.value) ? body.value : {};
  const inner = query === undefined ? undefined : parse(body.at('query'));
  if (typeof path !== 'string') throw illegalArgument("[nested] requires 'path' field");
  if (inner === undefined) throw illegalArgument("[nested] requires 'query' field");
  const merge = merges.get(String(mode));
  if (merge === undefined) throw illegalArgument(`[nested] illegal score_mode for nested query [${String(mode)}]`);
  return {
    bind(shard, scores): Scorer {
      if (!shard.fields.isNested(path)) {
        if (ignore === true) return nothing;
        const reason = `[nested] failed to find nested object under path [${path}]`;
        throw uncreatable(shard, { type: 'illegal_state_exception', reason });
      }
      const scorer = inner.bind(shard, scores);
      return (entry) => {
        const scores = nestedEntries(entry, path)
          .map(scorer)
          .filter((score) => score !== undefined);
        return scores.length === 0 ? undefined : boostOf(body) * merge(scores);
      };
    },
  };
};
