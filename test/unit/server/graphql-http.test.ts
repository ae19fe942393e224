import { createHash } from 'node:crypto';
import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { post, read } from './support/http.js';
import { startToyServer, type ToyServer } from './support/toy-server.js';

let toy: ToyServer;
beforeAll(async () => {
  toy = await startToyServer();
});
afterAll(async () => {
  await toy.server.stop();
});

const preflight = { 'apollo-require-preflight': '1' };
const graphqlJson = { accept: 'application/graphql-response+json' };
const codeOf = (answer: Awaited<ReturnType<typeof post>>) => answer.body.errors?.[0]?.extensions.code;

describe('GraphQL over HTTP', () => {
  const audits = serverAudits({
    url: () => toy.graphql,
    fetchFn: (input: string, init: RequestInit = {}) => fetch(input, { ...init, headers: { ...init.headers, ...preflight } }),
  });

  it('is audited in 61 points', () => {
    expect(audits).toHaveLength(61);
  });

  it.each(audits.map((audit) => [audit.id, audit.name, audit] as const))('%s: %s', async (_id, _name, audit) => {
    const result = await audit.fn();
    expect(result).toMatchObject({ status: 'ok' });
  });
});

describe('an operation over HTTP', () => {
  it('answers a POST with data, the request id in the header and nothing cached', async () => {
    const answer = await post(toy.graphql, {
      query: 'query Hi($n: String) { hello(name: $n) }',
      variables: { n: 'Ada' },
      operationName: 'Hi',
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ data: { hello: 'hello Ada' } });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('takes a well-formed request id through to the resolvers, and makes its own otherwise', async () => {
    const kept = await post(toy.graphql, { query: '{ requestId }' }, { 'x-request-id': 'trace-42.a_B' });
    expect(kept.body.data).toEqual({ requestId: 'trace-42.a_B' });
    expect(kept.headers.get('x-request-id')).toBe('trace-42.a_B');
    for (const bad of ['has space', 'x'.repeat(65), 'semi;colon', '"quoted"']) {
      const made = await post(toy.graphql, { query: '{ requestId }' }, { 'x-request-id': bad });
      expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(made.body.data).toEqual({ requestId: made.headers.get('x-request-id') });
    }
  });

  it('answers a GET query when the preflight header is there', async () => {
    const answer = await read(await fetch(`${toy.graphql}?query=${encodeURIComponent('{ hello }')}`, { headers: preflight }));
    expect(answer.body).toEqual({ data: { hello: 'hello world' } });
  });

  it('refuses a GET that a page of another site could have caused', async () => {
    const answer = await read(await fetch(`${toy.graphql}?query=${encodeURIComponent('{ hello }')}`));
    expect(answer.status).toBe(400);
    expect(codeOf(answer)).toBe('INVALID_INPUT');
    expect(answer.body.errors?.[0]?.message).toContain('Cross-Site Request Forgery');
    expect(answer.body.errors?.[0]?.extensions.requestId).toBe(answer.headers.get('x-request-id'));
  });

  it('refuses a mutation by GET with 405', async () => {
    const before = toy.state.began.length;
    const answer = await read(await fetch(`${toy.graphql}?query=${encodeURIComponent('mutation { act }')}`, { headers: preflight }));
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
    expect(codeOf(answer)).toBe('INVALID_INPUT');
    expect(toy.state.began).toHaveLength(before);
  });

  it('refuses a subscription and says where it runs', async () => {
    const answer = await post(toy.graphql, { query: 'subscription { count(to: 1) { n } }' }, graphqlJson);
    expect(answer.status).toBe(400);
    expect(codeOf(answer)).toBe('INVALID_INPUT');
    expect(answer.body.errors?.[0]?.message).toContain('WebSocket');
  });

  it('accepts an empty operation name as none', async () => {
    const answer = await post(toy.graphql, { query: 'query A { hello }', operationName: '' });
    expect(answer.body).toEqual({ data: { hello: 'hello world' } });
  });
});

describe('errors over HTTP', () => {
  it.each([
    ['a syntax error', { query: '{' }],
    ['an unknown field', { query: '{ nope }' }],
    ['a missing variable', { query: 'query($id: ID!) { one(id: $id) }' }],
    ['an unknown operation', { query: 'query A { hello }', operationName: 'B' }],
    ['more tokens than allowed', { query: `{ ${'hello '.repeat(600)} }` }],
    ['more aliases than allowed', { query: `{ ${Array.from({ length: 20 }, (_, n) => `a${n}: hello`).join(' ')} }` }],
  ])('tells %s as 400 or 200 by what the client accepts, with code and request id and no data', async (_, body) => {
    const strict = await post(toy.graphql, body, graphqlJson);
    expect(strict.status).toBe(400);
    expect(strict.headers.get('content-type')).toContain('application/graphql-response+json');
    const plain = await post(toy.graphql, body);
    expect(plain.status).toBe(200);
    for (const answer of [strict, plain]) {
      expect(answer.body).not.toHaveProperty('data');
      expect(codeOf(answer)).toBe('INVALID_INPUT');
      expect(answer.body.errors?.[0]?.extensions.requestId).toBe(answer.headers.get('x-request-id'));
    }
  });

  it('tells all validation errors, not only the first', async () => {
    const answer = await post(toy.graphql, { query: '{ nope nada }' });
    expect(answer.body.errors?.map((error) => error.message)).toEqual([expect.stringContaining('nope'), expect.stringContaining('nada')]);
  });

  it('keeps what a resolver says on purpose, beside the data of the others', async () => {
    const answer = await post(toy.graphql, { query: '{ hello refused }' });
    expect(answer.status).toBe(200);
    expect(answer.body.data).toEqual({ hello: 'hello world', refused: null });
    expect(answer.body.errors).toEqual([
      expect.objectContaining({
        message: 'No such thing.',
        path: ['refused'],
        extensions: { code: 'NOT_FOUND', backend: 'es', retryable: false, requestId: answer.headers.get('x-request-id') },
      }),
    ]);
  });

  it('keeps what a resolver did not mean to say in the log', async () => {
    const answer = await post(toy.graphql, { query: '{ crash }' });
    expect(codeOf(answer)).toBe('INTERNAL');
    expect(JSON.stringify(answer.body)).not.toContain('hunter2');
    expect(JSON.stringify(toy.log)).toContain('hunter2');
  });

  it('never shows a stack', async () => {
    for (const query of ['{', '{ nope }', '{ crash }', '{ refused }']) {
      const answer = await post(toy.graphql, { query });
      expect(JSON.stringify(answer.body)).not.toMatch(/stacktrace|node_modules|\.ts:/);
    }
  });

  it('never answers with a code that is not in the catalogue', async () => {
    const bodies = [
      {},
      { query: 1 },
      [],
      [{ query: '{ hello }' }],
      { query: '{ hello }', variables: 'x' },
      { query: '{ hello }', extensions: { persistedQuery: { version: 9 } } },
    ];
    for (const body of bodies) {
      const answer = await post(toy.graphql, body, graphqlJson);
      expect(answer.status).toBe(400);
      expect(codeOf(answer)).toBe('INVALID_INPUT');
      expect(answer.body.errors?.[0]?.extensions.requestId).toBe(answer.headers.get('x-request-id'));
    }
  });

  it('answers 500 INTERNAL when the composition root fails to make a context, and logs why', async () => {
    await using broken = await startToyServer({
      createContext: () => {
        throw new TypeError('secret wiring');
      },
    });
    const answer = await post(broken.graphql, { query: '{ hello }' });
    expect(answer.status).toBe(500);
    expect(codeOf(answer)).toBe('INTERNAL');
    expect(JSON.stringify(answer.body)).not.toContain('secret wiring');
    expect(JSON.stringify(broken.log)).toContain('secret wiring');
  });
});

describe('automatic persisted queries', () => {
  const query = '{ hello(name: "APQ") }';
  const extensions = (text: string) => ({ persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(text).digest('hex') } });

  it('asks for the document once, then runs it by its hash', async () => {
    const unknown = await post(toy.graphql, { extensions: extensions(query) });
    expect(unknown.status).toBe(200);
    expect(unknown.body.errors?.[0]?.message).toBe('PersistedQueryNotFound');
    expect(codeOf(unknown)).toBe('INVALID_INPUT');
    const registered = await post(toy.graphql, { query, extensions: extensions(query) });
    expect(registered.body.data).toEqual({ hello: 'hello APQ' });
    const byHash = await post(toy.graphql, { extensions: extensions(query) });
    expect(byHash.body.data).toEqual({ hello: 'hello APQ' });
  });

  it('does not keep a document that was refused', async () => {
    const bad = '{ nope }';
    await post(toy.graphql, { query: bad, extensions: extensions(bad) });
    const again = await post(toy.graphql, { extensions: extensions(bad) });
    expect(again.body.errors?.[0]?.message).toBe('PersistedQueryNotFound');
  });

  it('refuses a document under the hash of another', async () => {
    const answer = await post(toy.graphql, { query: '{ actor }', extensions: extensions('{ somethingElse }') }, graphqlJson);
    expect(answer.status).toBe(400);
    expect(codeOf(answer)).toBe('INVALID_INPUT');
  });
});
