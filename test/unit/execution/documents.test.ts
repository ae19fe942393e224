import { describe, expect, it } from 'vitest';
import { codes, harness, messages, seen } from './harness.js';

describe('documents', () => {
  it('runs a query with variables and defaults', async () => {
    const { run } = harness({ 'Query.hello': (_source, { name }) => `hello ${name}` });
    expect(seen(await run('query Q($n: String = "you") { hello(name: $n) }'))).toEqual({ data: { hello: 'hello you' } });
    expect(seen(await run('query Q($n: String = "you") { hello(name: $n) }', { n: 'us' }))).toEqual({ data: { hello: 'hello us' } });
  });

  it('runs the operation that is named, and tells when none is', async () => {
    const { run } = harness({ 'Query.hello': (_source, { name }) => name });
    const query = 'query A { hello(name: "a") } query B { hello(name: "b") }';
    expect(seen(await run(query, {}, 'B')).data).toEqual({ hello: 'b' });
    expect(seen(await run(query, {}, 'A')).data).toEqual({ hello: 'a' });
    expect(messages(await run(query))).toEqual(['The document has several operations: say in operationName which one to run.']);
    expect(messages(await run(query, {}, 'C'))).toEqual(['The document has no operation called "C".']);
    expect(messages(await run('fragment F on Query { hello }'))[0]).toContain('never used');
  });

  it('takes an empty operation name for none, as some clients send it', async () => {
    const { run } = harness({ 'Query.hello': () => 'x' });
    expect(seen(await run('{ hello }', {}, '')).data).toEqual({ hello: 'x' });
  });

  it('tells where a syntax error is', async () => {
    const result = seen(await harness().run('{ hello('));
    expect(result).toEqual({
      errors: [
        {
          message: expect.stringContaining('Syntax Error'),
          locations: [{ line: 1, column: 9 }],
          extensions: { code: 'INVALID_INPUT', retryable: false, requestId: 'req-1' },
        },
      ],
    });
  });

  it('refuses an empty document', async () => {
    for (const query of ['', '   ', '# nothing']) expect(codes(await harness().run(query))).toEqual(['INVALID_INPUT']);
  });

  it('suggests names with introspection on and not with it off', async () => {
    const misspelt = '{ helo job(idd: 1) { id } }';
    const on = messages(await harness().run(misspelt)).join(' ');
    expect(on).toContain('Did you mean "hello"?');
    const off = messages(await harness({}, { introspection: false }).run(misspelt)).join(' ');
    expect(off).toContain('Cannot query field "helo"');
    expect(off).not.toContain('Did you mean');
  });

  it('refuses introspection when it is off, but never __typename', async () => {
    const { run } = harness({}, { introspection: false });
    expect(codes(await run('{ __schema { types { name } } }'))).toEqual(['INVALID_INPUT', 'INVALID_INPUT']);
    expect(seen(await run('{ __typename }'))).toEqual({ data: { __typename: 'Query' } });
  });

  it('reports a bounded number of errors for a document that is wrong everywhere', async () => {
    const fields = Array.from({ length: 300 }, (_each, index) => `x${index}`).join(' ');
    expect(messages(await harness().run(`{ ${fields} }`)).length).toBeLessThanOrEqual(11);
  });

  it('answers the same for a document it has seen, good or bad', async () => {
    const { run } = harness({ 'Query.hello': () => 'x' });
    for (const query of ['{ hello }', '{ nothing }', '{ hello', '{ a: hello b: hello c: hello d: hello e: hello }']) {
      const [first, second] = [seen(await run(query)), seen(await run(query))];
      const withoutRequest = (result: unknown) => JSON.stringify(result).replaceAll(/req-\d+/g, '');
      expect(withoutRequest(second)).toBe(withoutRequest(first));
    }
  });

  it('gives a remembered refusal the id of the request it answers', async () => {
    const { run } = harness();
    await run('{ nothing }');
    expect(seen(await run('{ nothing }')).errors?.[0]?.extensions?.requestId).toBe('req-2');
  });

  it('keeps operations of one document apart by name', async () => {
    const { executor } = harness();
    const query = 'query A { hello } mutation B { closeJob(id: "1") { id } }';
    expect(executor.check({ query, operationName: 'A' })).toMatchObject({ ok: true, kind: 'query' });
    expect(executor.check({ query, operationName: 'B' })).toMatchObject({ ok: true, kind: 'mutation' });
    expect(executor.check({ query })).toMatchObject({ ok: false });
  });

  it('does not take a name and a text for another name and text that read the same when joined', () => {
    const { executor } = harness();
    expect(executor.check({ query: '{ hello }', operationName: 'A' }).ok).toBe(false);
    expect(executor.check({ query: 'A\n{ hello }' }).ok).toBe(false);
    expect(executor.check({ query: '{ hello }' }).ok).toBe(true);
  });

  it('runs documents too long to be remembered', async () => {
    const { run } = harness({ 'Query.hello': () => 'x' });
    const long = `# ${'x'.repeat(70_000)}\n{ hello }`;
    for (let round = 0; round < 2; round += 1) expect(seen(await run(long)).data).toEqual({ hello: 'x' });
  });
});

describe('check', () => {
  it('tells kind, name and root fields without running anything', () => {
    let ran = false;
    const { executor, contexts } = harness({
      'Mutation.closeJob': () => {
        ran = true;
        return null;
      },
    });
    const check = executor.check({
      query:
        'mutation Stop { a: closeJob(id: "1") { id } b: closeJob(id: "2") { id } ...More } fragment More on Mutation { closeJobs(input: { jobIds: [] }) { results { id } } }',
    });
    expect(check).toEqual({ ok: true, kind: 'mutation', operationName: 'Stop', rootFields: ['closeJob', 'closeJobs'] });
    expect(ran).toBe(false);
    expect(contexts()).toBe(0);
  });

  it('gives formatted errors with the request id it is told', () => {
    const { executor } = harness();
    expect(executor.check({ query: '{ nothing }' }, 'abc')).toEqual({
      ok: false,
      errors: [
        {
          message: 'Cannot query field "nothing" on type "Query".',
          locations: [{ line: 1, column: 3 }],
          extensions: { code: 'INVALID_INPUT', retryable: false, requestId: 'abc' },
        },
      ],
    });
  });

  it('checks variables and cost as well', () => {
    const { executor } = harness();
    expect(executor.check({ query: 'query Q($id: ID!) { job(id: $id) { id } }' })).toMatchObject({ ok: false });
    expect(
      executor.check({ query: 'query Q($n: Int) { jobs(first: $n) { edges { node { id } } } }', variables: { n: 100_000 } }),
    ).toMatchObject({ ok: false });
    expect(executor.check({ query: 'query Q($n: Int) { jobs(first: $n) { edges { node { id } } } }', variables: { n: 10 } })).toMatchObject(
      { ok: true },
    );
  });
});
