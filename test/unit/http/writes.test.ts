import { afterEach, describe, expect, it } from 'vitest';
import { ask, cleanUp, connect, failureOf, freePort, json, serve, serveRaw, until } from './support.js';

afterEach(cleanUp);

const write = (more: Parameters<typeof ask>[0] = {}) => ask({ method: 'POST', body: { do: 'it' }, ...more });

describe('a write is sent once', () => {
  it.each([429, 502, 503, 504])('also when the answer is %i', async (status) => {
    const server = await serve((_, response) => json(response, status, { error: 'busy' }));
    const { client } = connect(server.url);
    await expect(client.request(write())).resolves.toMatchObject({ status, json: { error: 'busy' } });
    expect(server.received).toHaveLength(1);
  });

  it('also when the connection breaks', async () => {
    const server = await serveRaw((socket) => socket.resetAndDestroy());
    const { client } = connect(server.url);
    await failureOf(client.request(write()));
    expect(server.connections()).toBe(1);
  });

  it('and never shared with an identical one', async () => {
    const server = await serve((_, response) => json(response, 200, {}));
    const { client } = connect(server.url);
    await Promise.all([client.request(write()), client.request(write())]);
    expect(server.received).toHaveLength(2);
  });
});

describe('what is known of a write that failed', () => {
  it.each<[string, string | undefined, boolean]>([
    ['reset after it was sent', undefined, true],
    ['an answer cut in the middle', 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{', true],
    ['HTML with success', 'HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 1\r\n\r\n!', true],
    ['HTML from a proxy that timed out', 'HTTP/1.1 504 x\r\ncontent-type: text/html\r\ncontent-length: 1\r\n\r\n!', true],
    ['an answer too large to be read', 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99999999\r\n\r\n', true],
    ['HTML from a proxy that refused it', 'HTTP/1.1 413 x\r\ncontent-type: text/html\r\ncontent-length: 1\r\n\r\n!', false],
  ])('%s: outcome unknown %j %s', async (_, bytes, outcomeUnknown) => {
    const server = await serveRaw((socket) => (bytes === undefined ? socket.resetAndDestroy() : socket.end(bytes)));
    const { client } = connect(server.url);
    expect(await failureOf(client.request(write()))).toMatchObject({ code: 'BACKEND_UNAVAILABLE', facts: { outcomeUnknown } });
  });

  it('refused connection: it was never sent', async () => {
    const { client } = connect(`http://127.0.0.1:${await freePort()}`);
    expect((await failureOf(client.request(write()))).facts.outcomeUnknown).toBe(false);
  });

  it('deadline after it was sent: it may take effect', async () => {
    const server = await serve(() => undefined);
    const { client } = connect(server.url);
    const error = await failureOf(client.request(write({ withinMs: 60 })));
    expect(server.received).toHaveLength(1);
    expect(error).toMatchObject({ code: 'TIMEOUT', facts: { outcomeUnknown: true } });
  });

  it('given up by its caller after it was sent: it may take effect', async () => {
    const server = await serve(() => undefined);
    const { client } = connect(server.url);
    const caller = new AbortController();
    const call = failureOf(client.request(write({ signal: caller.signal })));
    await until(() => server.received.length === 1);
    caller.abort();
    expect(await call).toMatchObject({ code: 'BACKEND_UNAVAILABLE', facts: { outcomeUnknown: true } });
  });

  it('deadline over before, aborted before, client closed before: never sent', async () => {
    const { client } = connect('http://127.0.0.1:1');
    const over = await failureOf(client.request(write({ deadlineAt: 1 })));
    const aborted = await failureOf(client.request(write({ signal: AbortSignal.abort() })));
    await client.dispose();
    const closed = await failureOf(client.request(write()));
    expect([over, aborted, closed].map((each) => each.facts.outcomeUnknown)).toEqual([false, false, false]);
  });

  it('says nothing of the kind about reads', async () => {
    const server = await serveRaw((socket) => socket.resetAndDestroy());
    const { client } = connect(server.url, { http: { maxRetries: 0 } });
    expect((await failureOf(client.request(ask()))).facts).not.toHaveProperty('outcomeUnknown');
  });
});

describe('writes that block for long', () => {
  it('leave a quarter of the sockets to reads, and wait in line themselves', async () => {
    const held: (() => void)[] = [];
    const server = await serve((request, response) => {
      if (request.method === 'GET') json(response, 200, { read: true });
      else held.push(() => json(response, 200, {}));
    });
    const { client } = connect(server.url, { http: { maxConnections: 4 } });
    const writes = Array.from({ length: 6 }, () => client.request(write()));
    await until(() => held.length === 3);
    await expect(client.request(ask())).resolves.toMatchObject({ json: { read: true } });
    expect(held).toHaveLength(3);
    for (let answered = 0; answered < 6; answered += 1) {
      await until(() => held.length > answered);
      held[answered]?.();
    }
    await Promise.all(writes);
  });

  it('that are given up in line are never sent', async () => {
    const server = await serve(() => undefined);
    const { client, seen } = connect(server.url, { http: { maxConnections: 1 } });
    const first = failureOf(client.request(write({ withinMs: 200 })));
    await until(() => server.received.length === 1);
    const caller = new AbortController();
    const aborted = failureOf(client.request(write({ signal: caller.signal })));
    const late = failureOf(client.request(write({ withinMs: 20 })));
    caller.abort();
    expect((await aborted).facts.outcomeUnknown).toBe(false);
    expect(await late).toMatchObject({ code: 'TIMEOUT', facts: { outcomeUnknown: false } });
    expect((await first).facts.outcomeUnknown).toBe(true);
    expect(server.received).toHaveLength(1);
    expect(seen.failures.map((each) => each.code)).toEqual(['TIMEOUT', 'TIMEOUT']);
  });
});
