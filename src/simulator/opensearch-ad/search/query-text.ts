import { isJsonObject, type Json } from '../../json.js';
import { tokensOf } from './analysis.js';
import { rawValues, type Shard, termsOf } from './entry.js';
import type { Field } from './fields.js';
import { itemsOf, membersOf, parsing } from './part.js';
import { boostOf, commonKeys, fieldPart, onlyParameters, soughtValue } from './query-leaves.js';
import { constant, nothing, type ReadQuery, type Scorer, termScorer } from './scoring.js';
import { illegalArgument } from './search-failure.js';

const sum = (scores: readonly (number | undefined)[]) => scores.reduce<number>((total, score) => total + (score ?? 0), 0);

/** Looks for the words of a text in one field: any of them, or all. */
export function matchScorer(
  shard: Shard,
  field: Field | undefined,
  value: Json,
  all: boolean,
  how: { boost: number; scores: boolean },
): Scorer {
  if (field === undefined) return nothing;
  if (field.kind !== 'text') {
    const term = soughtValue(shard, field, value);
    const counted = field.kind === 'keyword' || field.kind === 'boolean';
    return counted ? termScorer(shard, field, term, how) : constant((entry) => termsOf(entry, field).includes(term), how.boost);
  }
  const scorers = tokensOf(String(value)).map((token) => termScorer(shard, field, token, how));
  return (entry) => {
    const scores = scorers.map((score) => score(entry));
    const hits = scores.filter((score) => score !== undefined).length;
    return hits === 0 || (all && hits < scores.length) ? undefined : sum(scores);
  };
}

const wantsAll = (operator: Json | undefined) => String(operator ?? 'or').toLowerCase() === 'and';

export const readMatch: ReadQuery = (body) => {
  const field = fieldPart('match', body);
  onlyParameters('match', field, ['query', 'operator', 'minimum_should_match', 'analyzer', 'lenient', 'fuzziness', 'zero_terms_query']);
  const { query = null, operator } = isJsonObject(field.value) ? field.value : { query: field.value, operator: undefined };
  if (query === null) throw illegalArgument('[match] requires query value');
  const boost = boostOf(field);
  return { bind: (shard, scores) => matchScorer(shard, shard.fields.get(field.name), query, wantsAll(operator), { boost, scores }) };
};

/** Whether words stand next to each other, in this order. */
const follows = (words: readonly string[], phrase: readonly string[]) =>
  words.some((_, start) => phrase.every((word, index) => words[start + index] === word));

export const readMatchPhrase: ReadQuery = (body) => {
  const field = fieldPart('match_phrase', body);
  onlyParameters('match_phrase', field, ['query', 'analyzer', 'slop', 'zero_terms_query']);
  const { query = null } = isJsonObject(field.value) ? field.value : { query: field.value };
  if (query === null) throw illegalArgument('[match_phrase] requires query value');
  const phrase = tokensOf(String(query));
  return {
    bind(shard, scores) {
      const known = shard.fields.get(field.name);
      const scorer = matchScorer(shard, known, query, true, { boost: boostOf(field), scores });
      if (known?.kind !== 'text') return scorer;
      return (entry) => (rawValues(entry, known).some((text) => follows(tokensOf(String(text)), phrase)) ? scorer(entry) : undefined);
    },
  };
};

/** Fields that a list of names and wildcards stands for; those that cannot hold the text are left out. */
export function namedFields(shard: Shard, names: readonly string[]): readonly Field[] {
  const wanted = names.map((name) => {
    const parts = name.replace(/\^.*$/, '').split('*');
    return new RegExp(`^${parts.map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`);
  });
  return [...shard.fields.all()].filter(({ name }) => wanted.some((pattern) => pattern.test(name)));
}

export const readMultiMatch: ReadQuery = (body) => {
  const known = ['query', 'fields', 'type', 'operator', 'minimum_should_match', 'analyzer', 'lenient', 'tie_breaker', 'fuzziness'];
  const unknown = membersOf(body).find(({ name }) => ![...known, ...commonKeys].includes(name));
  if (unknown !== undefined) throw parsing(`[multi_match] query does not support [${unknown.name}]`, unknown);
  const { query = null, operator, fields } = isJsonObject(body.value) ? body.value : {};
  if (query === null) throw parsing('No text specified for multi_match query', body, 'end');
  const names = fields === undefined ? ['*'] : itemsOf(body.at('fields')).map(({ value }) => String(value));
  return {
    bind(shard, scores) {
      const how = { boost: boostOf(body), scores };
      const scorers = namedFields(shard, names).map((field) => matchScorer(shard, field, query, wantsAll(operator), how));
      return (entry) => {
        const scores = scorers.map((score) => score(entry)).filter((score) => score !== undefined);
        return scores.length === 0 ? undefined : Math.max(...scores);
      };
    },
  };
};
