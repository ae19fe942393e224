import { missingIndex, SearchFailure } from './search-failure.js';

/** A test of names by an expression in which `*` stands for anything. */
export function globOf(expression: string): (name: string) => boolean {
  const parts = expression.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`^${parts.join('.*')}$`, 's');
  return (name) => pattern.test(name);
}

/** Refuses a name that no index can have, where one is read. */
export function refuseReserved(expressions: readonly string[]): void {
  const name = expressions.find((expression) => expression.startsWith('_') && expression !== '_all');
  if (name === undefined) return;
  const reason = `Invalid index name [${name}], must not start with '_'.`;
  throw new SearchFailure(400, { type: 'invalid_index_name_exception', reason, extra: { index: name, index_uuid: '_na_' } });
}

/** The indices that expressions stand for; a wildcard may stand for none and passes over hidden ones, a plain name must exist. */
export function resolveNames(expressions: readonly string[], known: readonly string[]): readonly string[] {
  const wanted = expressions.length === 0 ? ['_all'] : expressions;
  const resolved = wanted.flatMap((expression) => {
    const pattern = expression === '_all' ? '*' : expression;
    if (!pattern.includes('*')) {
      if (known.includes(pattern)) return [pattern];
      throw missingIndex(pattern);
    }
    const fits = globOf(pattern);
    return known.filter((name) => fits(name));
  });
  return [...new Set(resolved)];
}
