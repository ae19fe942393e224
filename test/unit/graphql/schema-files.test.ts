import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { firstDifference } from '../../../src/cli/first-difference.js';
import { schemaFiles } from '../../../src/graphql/print.js';

const schema = buildSchema(`
  type Query { b: Node a: Either }
  interface Node { id: ID! }
  "A thing."
  type Thing implements Node { id: ID! }
  type Other implements Node { id: ID! }
  union Either = Thing | Other
`);

describe('the files printed from a schema', () => {
  it('are sorted, so that only real changes show', () => {
    const text = schemaFiles(schema).get('schema.graphql') ?? '';
    expect(text.indexOf('a: Either')).toBeLessThan(text.indexOf('b: Node'));
    expect(text).toContain('"""A thing."""');
    expect(text.endsWith('}\n')).toBe(true);
    expect(schemaFiles(buildSchema(text)).get('schema.graphql')).toBe(text);
  });

  it('name the members of every interface and union', () => {
    expect(JSON.parse(schemaFiles(schema).get('possibleTypes.json') ?? '')).toEqual({
      Either: ['Other', 'Thing'],
      Node: ['Other', 'Thing'],
    });
  });
});

describe('the first difference', () => {
  it.each([
    ['a\nb\n', 'a\nb\n', undefined],
    ['a\nb\n', 'a\nc\n', 'line 2: committed "b", the code says "c"'],
    ['a\n', 'a\nb\n', 'line 2: committed "", the code says "b"'],
    ['a\nb\nc', 'a\nb', 'line 3: committed "c", the code says ""'],
    ['', 'a', 'line 1: committed "", the code says "a"'],
  ])('between %j and %j is %s', (committed, printed, difference) => {
    expect(firstDifference(committed, printed)).toBe(difference);
  });
});
