import { afterEach, describe, expect, it } from 'vitest';
import { ask, cleanUp, connect, failureOf, freePort, json, serve, serveRaw, until } from './support.js';

afterEach(cleanUp);

describe('the deadline of a call', () => {
  it('ends a call the backend never answers, and the connection with it', async () => {
    const server = await serve(() => undefined);
    const { client, seen } = connect(server.url);
    const error = await failureOf(client.request(ask({ withinMs: 50 })));
    expect(error).toMatchObject({ code: 'TIMEOUT', retryable: true, facts: { backend: 'es-test', vendor: 'ELASTICSEARCH_ML' } });
    expect(error.facts.outcomeUnknown).toBeUndefined();
    expect(seen.failures).toEqual([error]);
    await until(() => server.gone() === 1);
  });

  it('covers headers that trickle', async () => {
    const server = await serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => socket.write('x-more: y\r\n'), 5);
      socket.on('close', () => clearInterval(timer));
    });
    const { client } = connect(server.url);
    expect((await failureOf(client.request(ask({ withinMs: 60 })))).code).toBe('TIMEOUT');
  });

  it('covers a body that trickles', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write(' '), 5);
      response.on('close', () => clearInterval(timer));
    });
    const { client } = connect(server.url);
    expect((await failureOf(client.request(ask({ withinMs: 60 })))).code).toBe('TIMEOUT');
  });

  it('covers the wait for a free socket, and what waited is never sent', async () => {
    const server = await serve(() => undefined);
    const { client } = connect(server.url, { http: { maxConnections: 1 } });
    const first = failureOf(client.request(ask({ path: '/first', withinMs: 150 })));
    await until(() => server.received.length === 1);
    expect((await failureOf(client.request(ask({ path: '/second', withinMs: 30 })))).code).toBe('TIMEOUT');
    await first;
    expect(server.received.map((each) => each.url)).toEqual(['/first']);
  });

  it('sends nothing when it is over already', async () => {
    const server = await serve((_, response) => json(response, 200, {}));
    const { client, seen } = connect(server.url);
    expect((await failureOf(client.request(ask({ deadlineAt: Date.now() - 1 })))).code).toBe('TIMEOUT');
    expect(server.received).toHaveLength(0);
    expect(seen.failures).toHaveLength(0);
  });

  it('may be half an hour away: nothing else cuts a call that blocks', async () => {
    let answer = (): void => undefined;
    const server = await serve((_, response) => {
      answer = () => json(response, 200, { closed: true });
    });
    const { client } = connect(server.url, { http: { connectTimeoutMs: 20, requestTimeoutMs: 20 } });
    const call = client.request(ask({ method: 'POST', withinMs: 1_800_000 }));
    await until(() => server.received.length === 1);
    setTimeout(() => answer(), 60);
    await expect(call).resolves.toMatchObject({ json: { closed: true } });
  });

  it('may lie beyond what a timer can count', async () => {
    const server = await serve((_, response) => json(response, 200, {}));
    const { client } = connect(server.url);
    await expect(client.request(ask({ withinMs: 1e12 }))).resolves.toMatchObject({ status: 200 });
  });
});

describe('the signal of a call', () => {
  it('ends it without counting it as a failure of the backend', async () => {
    const server = await serve(() => undefined);
    const { client, seen } = connect(server.url, { http: { breakerThreshold: 1 } });
    const caller = new AbortController();
    const call = failureOf(client.request(ask({ signal: caller.signal })));
    await until(() => server.received.length === 1);
    caller.abort();
    const error = await call;
    expect(error).toMatchObject({ code: 'BACKEND_UNAVAILABLE', message: 'The request was given up by its caller.' });
    await until(() => server.gone() === 1);
    expect(seen.failures).toEqual([]);
    expect(seen.answers).toEqual([]);
  });

  it('keeps a call from being sent when it was aborted before', async () => {
    const server = await serve((_, response) => json(response, 200, {}));
    const { client } = connect(server.url);
    expect((await failureOf(client.request(ask({ signal: AbortSignal.abort() })))).message).toMatch(/given up/);
    expect(server.received).toHaveLength(0);
  });

  it('ends the wait before a retry', async () => {
    const server = await serve((_, response) => json(response, 503, {}, { 'retry-after': '5' }));
    const { client, seen } = connect(server.url);
    const caller = new AbortController();
    const call = failureOf(client.request(ask({ signal: caller.signal })));
    await until(() => seen.notes.length === 1);
    caller.abort();
    expect((await call).message).toMatch(/given up/);
    expect(server.received).toHaveLength(1);
  });

  it('of the gateway stopping ends calls in flight, also those that wait for a socket', async () => {
    const server = await serve(() => undefined);
    const { client, seen } = connect(server.url, { http: { maxConnections: 1 } });
    const calls = ['/a', '/b'].map((path) => failureOf(client.request(ask({ path }))));
    await until(() => server.received.length === 1);
    await client.dispose();
    for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code: 'BACKEND_UNAVAILABLE', retryable: false });
    await until(() => server.gone() === 1);
    expect(seen.failures).toEqual([]);
  });
});

describe('a backend that cannot be reached', () => {
  it('is reported in words, without its address', async () => {
    const { client, seen } = connect(`http://127.0.0.1:${await freePort()}`, { http: { maxRetries: 0 } });
    const error = await failureOf(client.request(ask()));
    expect(error).toMatchObject({ code: 'BACKEND_UNAVAILABLE', retryable: true });
    expect(error.message).toBe('The backend es-test refused the connection: is it running, and is the port right?');
    expect(error.cause).toMatchObject({ code: 'ECONNREFUSED' });
    expect(seen.failures).toEqual([error]);
  });

  it('has a host name that does not resolve', async () => {
    const { client } = connect('http://nowhere.invalid', { http: { maxRetries: 0 } });
    expect((await failureOf(client.request(ask()))).message).toMatch(/its host name (does not resolve|cannot be resolved now)/);
  });
});
