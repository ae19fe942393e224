import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expand } from '../../../../src/simulator/elasticsearch-ml/expression.js';

const named = (expression: string, ...ids: readonly string[]) =>
  expand(
    expression,
    ids.map((id) => ({ id })),
    true,
  ).items.map(({ id }) => id);

describe('an expression with wildcards', () => {
  it('matches what the pattern it stands for matches', () => {
    const token = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), minLength: 1, maxLength: 8 }).filter((text) => text.includes('*'));
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 });
    fc.assert(
      fc.property(token, name, (glob, id) => {
        const pattern = new RegExp(`^${glob.replaceAll('.', '\\.').replace(/\*+/g, '.*')}$`);
        expect(named(glob, id)).toEqual(pattern.test(id) ? [id] : []);
      }),
      { numRuns: 1000 },
    );
  });

  it('of many stars takes no longer than one of few', () => {
    const id = 'a'.repeat(64);
    expect(named(`${'*'.repeat(2000)}by-host`, id, 'errors-by-host')).toEqual(['errors-by-host']);
    expect(named(`${'*a'.repeat(40)}*b`, id)).toEqual([]);
  });
});
