import { isJsonObject } from '../../json.js';
import { termsOf } from './entry.js';
import { boostOf, fieldPart, onlyParameters } from './query-leaves.js';
import { constant, nothing, type ReadQuery } from './scoring.js';
import { illegalArgument } from './search-failure.js';

const literal = (text: string) => text.replace(/[.+?^${}()|[\]\\*]/g, '\\$&');

/** `*` for anything, `?` for one character, a backslash before what is meant as it is. */
export function wildcardPattern(pattern: string): string {
  const pieces = pattern.match(/\\.|[*?]|[^\\*?]+|\\$/gs) ?? [];
  return pieces
    .map((piece) => {
      if (piece === '*') return '.*';
      if (piece === '?') return '.';
      return literal(piece.startsWith('\\') ? piece.slice(1) : piece);
    })
    .join('');
}

/** A query for terms that fit a pattern as a whole; texts are cut into words first. */
const readPattern =
  (kind: string, keys: readonly string[], patternOf: (value: string) => string): ReadQuery =>
  (body) => {
    const field = fieldPart(kind, body);
    onlyParameters(kind, field, [...keys, 'case_insensitive', 'rewrite', 'flags', 'flags_value', 'max_determinized_states']);
    const options = isJsonObject(field.value) ? field.value : { value: field.value };
    const value = keys.map((key) => options[key]).find((candidate) => candidate !== undefined);
    if (value === undefined || value === null) throw illegalArgument('value cannot be null');
    const pattern = new RegExp(`^(?:${patternOf(String(value))})$`, options.case_insensitive === true ? 'is' : 's');
    return {
      bind(shard) {
        const known = shard.fields.get(field.name);
        if (known === undefined) return nothing;
        return constant((entry) => termsOf(entry, known).some((term) => pattern.test(String(term))), boostOf(field) * boostOf(body));
      },
    };
  };

export const readPrefix = readPattern('prefix', ['value', 'prefix'], (value) => `${literal(value)}.*`);
export const readWildcard = readPattern('wildcard', ['value', 'wildcard'], wildcardPattern);
export const readRegexp = readPattern('regexp', ['value'], (value) => value);
