import { getIntrospectionQuery } from 'graphql';
import { describe, expect, it } from 'vitest';
import { codes, harness, messages, seen } from './harness.js';

const nested = (depth: number): string => `{ job(id: "1") ${'{ parent '.repeat(depth - 2)}{ id }${' }'.repeat(depth - 2)} }`;

describe('limits on the document', () => {
  it('allows the depth of the limit and refuses one more, naming both figures', async () => {
    const { executor, run } = harness();
    expect(executor.check({ query: nested(8) })).toMatchObject({ ok: true });
    expect(messages(await run(nested(9)))).toEqual(['The document nests fields 9 deep; limits.maxDepth allows 8.']);
    expect(codes(await run(nested(9)))).toEqual(['INVALID_INPUT']);
  });

  it('counts depth through fragments, named and inline', async () => {
    const query =
      '{ job(id: "1") { ...A } } fragment A on Job { parent { ...B } } fragment B on Job { ... on Job { parent { parent { parent { parent { parent { parent { id } } } } } } } }';
    expect(messages(await harness().run(query))).toEqual(['The document nests fields 9 deep; limits.maxDepth allows 8.']);
  });

  it('counts aliases, those of a fragment once per use', async () => {
    const aliases = (count: number) => `{ job(id: "1") { ${Array.from({ length: count }, (_each, index) => `a${index}: id`).join(' ')} } }`;
    const { executor, run } = harness();
    expect(executor.check({ query: aliases(10) })).toMatchObject({ ok: true });
    expect(messages(await run(aliases(11)))).toEqual(['The document has 11 aliases; limits.maxAliases allows 10.']);
    const spread = '{ a: job(id: "1") { ...F } b: job(id: "2") { ...F } c: job(id: "3") { ...F } } fragment F on Job { x: id y: id z: id }';
    expect(messages(await run(spread))).toEqual(['The document has 12 aliases; limits.maxAliases allows 10.']);
  });

  it('counts root fields with fragments spread out', async () => {
    const query =
      'mutation { a: closeJob(id: "1") { id } ...R ... on Mutation { d: closeJob(id: "4") { id } e: closeJob(id: "5") { id } } } fragment R on Mutation { b: closeJob(id: "2") { id } c: closeJob(id: "3") { id } }';
    expect(messages(await harness().run(query))).toEqual(['The operation has 5 root fields; limits.maxRootFields allows 4.']);
  });

  it('takes the same root field twice for one, as execution does', () => {
    expect(harness().executor.check({ query: '{ hello hello hello hello hello }' })).toMatchObject({ ok: true });
  });

  it('names every limit a document exceeds', async () => {
    const parts = Array.from(
      { length: 12 },
      (_each, index) => `a${index}: job(id: "1") { parent { parent { parent { parent { parent { parent { parent { id } } } } } } } }`,
    );
    expect(messages(await harness().run(`{ ${parts.join(' ')} }`))).toEqual([
      'The document nests fields 9 deep; limits.maxDepth allows 8.',
      'The document has 12 aliases; limits.maxAliases allows 10.',
      'The operation has 12 root fields; limits.maxRootFields allows 4.',
    ]);
  });

  it('stops reading at the token limit and names it', async () => {
    const result = await harness({}, { limits: { maxTokens: 50 } }).run(`{ ${'hello '.repeat(60)} }`);
    expect(messages(result)).toEqual(['The document has more tokens than the 50 that limits.maxTokens allows.']);
    expect(codes(result)).toEqual(['INVALID_INPUT']);
  });

  it('refuses fragments that spread each other in a circle', async () => {
    const result = await harness().run(
      '{ job(id: "1") { ...A } } fragment A on Job { parent { ...B } } fragment B on Job { parent { ...A } }',
    );
    expect(messages(result)[0]).toContain('Cannot spread fragment "A" within itself');
    expect(codes(result)).toEqual(['INVALID_INPUT']);
  });

  it('judges fragments that double thirty times without walking a billion uses', async () => {
    const fragments = Array.from(
      { length: 30 },
      (_each, index) => `fragment F${index} on Job { ...F${index + 1} x${index}: parent { id ...F${index + 1} } }`,
    );
    const query = `{ job(id: "1") { ...F0 } } ${fragments.join(' ')} fragment F30 on Job { id y: id }`;
    const result = await harness({}, { limits: { maxDepth: 100 } }).run(query);
    expect(messages(result)).toEqual(['The document has more than 1000000000 aliases; limits.maxAliases allows 10.']);
  });

  it('estimates the cost of doubling fragments as well', async () => {
    const fragments = Array.from(
      { length: 30 },
      (_each, index) => `fragment F${index} on Job { parent { ...F${index + 1} } ... on Job { parent { ...F${index + 1} } } }`,
    );
    const query = `{ job(id: "1") { ...F0 } } ${fragments.join(' ')} fragment F30 on Job { id }`;
    const result = await harness({}, { limits: { maxDepth: 100 } }).run(query);
    expect(messages(result)).toEqual([
      'The answer may hold more than 1000000000 fields; limits.maxCost allows 1000. Ask for smaller pages or fewer fields.',
    ]);
  });

  it.each([
    ['selections', `{ job(id: "1") ${'{ parent '.repeat(40_000)}`],
    ['list values', `{ nodes(ids: ${'['.repeat(90_000)}`],
    ['object values', `{ jobs(filter: ${'{a:'.repeat(90_000)}`],
  ])('refuses %s nested so deeply that no parser can read them', async (_name, query) => {
    const result = await harness({}, { limits: { maxTokens: 1_000_000 } }).run(query);
    expect(messages(result)).toEqual(['The document nests deeper than can be read; limits.maxDepth allows 8.']);
    expect(codes(result)).toEqual(['INVALID_INPUT']);
  });

  it('explains why it gave up on a document that repeats one field endlessly', async () => {
    const result = await harness({}, { limits: { maxTokens: 10_000 } }).run(`{ ${'hello '.repeat(5_000)} }`);
    expect(messages(result)).toEqual(['The document repeats fields too often to compare them with each other. Ask for each field once.']);
    expect(codes(result)).toEqual(['INVALID_INPUT']);
  });

  it('lets the introspection query of the usual tools through', async () => {
    const result = seen(await harness().run(getIntrospectionQuery({ inputValueDeprecation: true })));
    expect(result.errors).toBeUndefined();
    expect(result.data).toHaveProperty('__schema.types');
  });

  it.each([
    ['twice', '{ a: __schema { types { name } } b: __schema { types { name } } }'],
    ['by two fields', '{ __schema { queryType { name } } __type(name: "Job") { name } }'],
    ['by aliases below it', '{ __schema { types { name } more: types { name } } }'],
    [
      'by aliases below it in a fragment',
      '{ __type(name: "Job") { ...T } } fragment T on __Type { fields { name } more: fields { name } }',
    ],
    ['in fragments', '{ ...F } fragment F on Query { __schema { types { name } } ... { a: __type(name: "Job") { name } } }'],
  ])('refuses a document that asks for the schema %s', async (_name, query) => {
    const result = await harness().run(query);
    expect(messages(result)).toEqual([
      'The document asks for the schema more than once: ask for `__schema` or `__type` once, without aliases below it.',
    ]);
    expect(codes(result)).toEqual(['INVALID_INPUT']);
  });

  it('allows introspection once in each operation of a document, under an alias too', () => {
    const { executor } = harness();
    const query = 'query A { s: __schema { types { name } } x: hello } query B { __type(name: "Job") { name } __typename y: __typename }';
    for (const operationName of ['A', 'B']) expect(executor.check({ query, operationName })).toMatchObject({ ok: true });
  });

  it('refuses introspection that walks in circles', async () => {
    const circles = '{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }';
    expect(codes(await harness({}, { limits: { maxDepth: 100 } }).run(circles))).toEqual(['INVALID_INPUT']);
  });
});
