import { isJsonObject } from '../../json.js';
import { type Shard, termsOf } from './entry.js';
import type { Field } from './fields.js';
import { itemsOf, membersOf, type Part, parsing } from './part.js';
import { boostOf, commonKeys } from './query-leaves.js';
import { wildcardPattern } from './query-patterns.js';
import { matchScorer, namedFields } from './query-text.js';
import { constant, type ReadQuery, type Scorer } from './scoring.js';

/** One clause of the text: `field:word`, a word, or words in quotes. */
interface Clause {
  readonly field: string | undefined;
  readonly text: string;
  readonly negated: boolean;
  /** Joined to what stands before by AND. */
  readonly required: boolean;
}

const clausePattern = /(?:(AND|OR|NOT|&&|\|\||!)\s+)|([-+!]?)(?:([\w.*-]+):)?("(?:[^"\\]|\\.)*"|[^\s"()]+)/g;

/** Reads what this simulator knows of the syntax: words, quotes, fields, wildcards, AND, OR, NOT, plus and minus; no brackets. */
function readClauses(text: string, defaultAnd: boolean): readonly Clause[] {
  const clauses: Clause[] = [];
  let joined: string | undefined;
  let negated = false;
  for (const [, word, sign, field, quoted = ''] of text.matchAll(clausePattern)) {
    if (word === 'NOT' || word === '!') {
      negated = true;
    } else if (word !== undefined) {
      joined = word;
    } else {
      const required = sign === '+' || joined === 'AND' || joined === '&&' || (defaultAnd && joined === undefined);
      const previous = clauses.at(-1);
      // AND binds both sides.
      if (required && previous !== undefined && sign !== '+') clauses[clauses.length - 1] = { ...previous, required: true };
      clauses.push({ field, text: quoted.replace(/^"|"$/g, ''), negated: negated || sign === '-' || sign === '!', required });
      [joined, negated] = [undefined, false];
    }
  }
  return clauses;
}

function clauseScorer(shard: Shard, field: Field, text: string, how: { boost: number; scores: boolean }): Scorer {
  const { boost } = how;
  if (text === '*') return constant((entry) => termsOf(entry, field).length > 0, boost);
  if (!/[*?]/.test(text)) {
    // Fields that cannot hold the text are passed over when nobody named them.
    if (field.kind !== 'text' && field.kind !== 'keyword' && Number.isNaN(Number(text))) return () => undefined;
    return matchScorer(shard, field, text, false, how);
  }
  const pattern = new RegExp(`^${wildcardPattern(text)}$`, field.kind === 'text' ? 'is' : 's');
  return constant((entry) => termsOf(entry, field).some((term) => pattern.test(String(term))), boost);
}

function fieldNames(body: Part): readonly string[] {
  const { fields, default_field: only } = isJsonObject(body.value) ? body.value : {};
  if (fields !== undefined) return itemsOf(body.at('fields')).map(({ value }) => String(value));
  return [typeof only === 'string' ? only : '*'];
}

const known = ['query', 'fields', 'default_field', 'default_operator', 'analyze_wildcard', 'allow_leading_wildcard', 'lenient', 'flags'];

export const readQueryString: ReadQuery = (body) => {
  const unknown = membersOf(body).find(({ name }) => ![...known, 'analyzer', 'minimum_should_match', ...commonKeys].includes(name));
  if (unknown !== undefined) throw parsing(`[${body.name}] query does not support [${unknown.name}]`, unknown);
  const { query, default_operator: operator } = isJsonObject(body.value) ? body.value : {};
  if (typeof query !== 'string') throw parsing(`[${body.name}] must be provided with a [query]`, body, 'end');
  const names = fieldNames(body);
  const clauses = readClauses(query, String(operator ?? 'or').toLowerCase() === 'and');
  return {
    bind(shard, scores) {
      const how = { boost: boostOf(body), scores };
      const bound = clauses.map((clause) => {
        const fields = namedFields(shard, clause.field === undefined ? names : [clause.field]);
        return { clause, scorers: fields.map((field) => clauseScorer(shard, field, clause.text, how)) };
      });
      return (entry) => {
        if (query === '*' || query === '*:*') return boostOf(body);
        const scores = bound.map(({ clause, scorers }) => {
          const found = scorers.map((score) => score(entry)).filter((score) => score !== undefined);
          return { clause, score: found.length === 0 ? undefined : Math.max(...found) };
        });
        const wanted = scores.filter(({ clause }) => !clause.negated);
        const refused = scores.some(({ clause, score }) => (clause.negated ? score !== undefined : clause.required && score === undefined));
        if (refused || (wanted.length > 0 && wanted.every(({ score }) => score === undefined))) return undefined;
        return wanted.reduce((total, { score }) => total + (score ?? 0), 0);
      };
    },
  };
};
