import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/index.js';
import { ask, cleanUp, connect, failureOf, json, serve, until } from './support.js';

afterEach(cleanUp);

/** A server that answers only when told, with the number of the request. */
const gate = async () => {
  const open: (() => void)[] = [];
  const server = await serve((_, response, count) => {
    open.push(() => json(response, 200, { count }));
  });
  return { server, answerAll: () => void open.splice(0).map((each) => each()), waiting: () => open.length };
};

describe('identical reads in flight', () => {
  it('cost one request and are one call to the observer', async () => {
    const { server, answerAll, waiting } = await gate();
    const { client, seen } = connect(server.url);
    const calls = Array.from({ length: 50 }, () => client.request(ask({ query: { a: 1 } })));
    await until(() => waiting() === 1);
    answerAll();
    const answers = await Promise.all(calls);
    expect(server.received).toHaveLength(1);
    expect(new Set(answers).size).toBe(1);
    expect(seen.answers).toHaveLength(1);
  });

  it('may be searches: repeatable POSTs with the same body', async () => {
    const { server, answerAll, waiting } = await gate();
    const { client, seen } = connect(server.url);
    const search = () =>
      client.request(ask({ method: 'POST', path: '/_search', body: { query: { terms: { _id: ['a', 'b'] } } }, repeatable: true }));
    const calls = Array.from({ length: 20 }, search);
    await until(() => waiting() === 1);
    answerAll();
    expect(new Set(await Promise.all(calls)).size).toBe(1);
    expect(server.received).toHaveLength(1);
    expect(seen.answers).toEqual([expect.objectContaining({ read: true })]);
    const again = search();
    await until(() => waiting() === 1);
    answerAll();
    await again;
    expect(server.received).toHaveLength(2);
  });

  it('are never writes, however alike', async () => {
    const { server, answerAll, waiting } = await gate();
    const { client } = connect(server.url);
    const calls = [1, 2].map(() => client.request(ask({ method: 'POST', path: '/_start', body: { start_time: 1 } })));
    await until(() => waiting() === 2);
    answerAll();
    await Promise.all(calls);
    expect(server.received).toHaveLength(2);
  });

  it('are asked anew once they have ended, well or badly', async () => {
    const server = await serve((_, response, count) => {
      if (count === 1) response.destroy();
      else json(response, 200, { count });
    });
    const { client } = connect(server.url, { http: { maxRetries: 0 } });
    const failed = await Promise.all([failureOf(client.request(ask())), failureOf(client.request(ask()))]);
    expect(failed[0]).toBe(failed[1]);
    await expect(client.request(ask())).resolves.toMatchObject({ json: { count: 2 } });
    await expect(client.request(ask())).resolves.toMatchObject({ json: { count: 3 } });
  });

  it('differ by method, by path, by query, by body and by client', async () => {
    const { server, answerAll, waiting } = await gate();
    const { client } = connect(server.url, { http: { maxConnections: 10 } });
    const { client: other } = connect(server.url, { auth: { kind: 'bearer', token: new Secret('other') } });
    const calls = [
      client.request(ask()),
      client.request(ask({ query: { a: 1 } })),
      client.request(ask({ path: '/other' })),
      client.request(ask({ body: { a: 1 } })),
      client.request(ask({ body: { a: 2 } })),
      client.request(ask({ method: 'POST', body: { a: 1 }, repeatable: true })),
      client.request(ask({ repeatable: false })),
      other.request(ask()),
    ];
    await until(() => waiting() === calls.length);
    answerAll();
    await Promise.all(calls);
    expect(server.received).toHaveLength(8);
  });

  it('go on for the others when one caller gives up', async () => {
    const { server, answerAll, waiting } = await gate();
    const { client, seen } = connect(server.url);
    const quitter = new AbortController();
    const first = failureOf(client.request(ask({ signal: quitter.signal })));
    const second = client.request(ask());
    await until(() => waiting() === 1);
    quitter.abort();
    expect((await first).message).toMatch(/given up by its caller/);
    expect(server.gone()).toBe(0);
    answerAll();
    await expect(second).resolves.toMatchObject({ json: { count: 1 } });
    expect(seen.failures).toEqual([]);
  });

  it('are cancelled when the last caller gives up, and nobody joins what is cancelled', async () => {
    const { server, answerAll, waiting } = await gate();
    const { client, seen } = connect(server.url);
    const quitters = [new AbortController(), new AbortController()];
    const calls = quitters.map(({ signal }) => failureOf(client.request(ask({ signal }))));
    await until(() => waiting() === 1);
    for (const quitter of quitters) quitter.abort();
    const newcomer = client.request(ask());
    await Promise.all(calls);
    await until(() => server.gone() === 1 && waiting() === 2);
    answerAll();
    await expect(newcomer).resolves.toMatchObject({ json: { count: 2 } });
    expect(seen.failures).toEqual([]);
    expect(seen.answers).toHaveLength(1);
  });

  it('keep a deadline for each caller: the short one ends, the long one is answered', async () => {
    const { server, answerAll, waiting } = await gate();
    const { client, seen } = connect(server.url);
    const short = failureOf(client.request(ask({ withinMs: 40 })));
    const long = client.request(ask());
    expect((await short).code).toBe('TIMEOUT');
    await until(() => waiting() === 1);
    answerAll();
    await expect(long).resolves.toMatchObject({ status: 200 });
    expect(server.received).toHaveLength(1);
    expect(seen.failures).toEqual([]);
  });

  it('fail at the last deadline, which is told of once', async () => {
    const { server } = await gate();
    const { client, seen } = connect(server.url);
    const errors = await Promise.all([20, 60, 40].map((withinMs) => failureOf(client.request(ask({ withinMs })))));
    expect(errors.map((each) => each.code)).toEqual(['TIMEOUT', 'TIMEOUT', 'TIMEOUT']);
    expect(seen.failures).toEqual([errors[1]]);
    await until(() => server.gone() === 1);
  });

  it('let a later caller with more time extend the retries', async () => {
    const server = await serve((_, response, count) =>
      json(response, count === 1 ? 503 : 200, {}, count === 1 ? { 'retry-after': '1' } : {}),
    );
    const { client } = connect(server.url);
    const short = failureOf(client.request(ask({ withinMs: 300 })));
    const long = client.request(ask({ withinMs: 10_000 }));
    expect((await short).code).toBe('TIMEOUT');
    await expect(long).resolves.toMatchObject({ status: 200 });
  });

  it('are not joined by who asks after a write has ended: it would get an answer from before', async () => {
    const held: (() => void)[] = [];
    const server = await serve((request, response, count) => {
      const answer = (): void => json(response, 200, { count });
      if (request.method === 'GET') held.push(answer);
      else answer();
    });
    const { client } = connect(server.url);
    const before = client.request(ask());
    await until(() => held.length === 1);
    await client.request(ask({ method: 'POST', path: '/_close' }));
    const after = client.request(ask());
    const afterToo = client.request(ask());
    await until(() => held.length === 2);
    for (const answer of held) answer();
    await expect(before).resolves.toMatchObject({ json: { count: 1 } });
    await expect(after).resolves.toMatchObject({ json: { count: 3 } });
    await expect(afterToo).resolves.toMatchObject({ json: { count: 3 } });
  });
});
