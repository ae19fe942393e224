import { Agent, get } from 'node:http';
import { createClient } from 'graphql-ws';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { openRaw, post, until } from './support/http.js';
import { createGate } from './support/toy-schema.js';
import { startToyServer } from './support/toy-server.js';
import { openClient, openReady, subscribe } from './support/ws.js';

/** A request over a given connection pool; resolves with status and the Connection header. */
const getOver = (
  agent: Agent,
  url: string,
): Promise<{ readonly status: number; readonly connection: string | undefined; readonly text: string }> =>
  new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, connection: response.headers.connection, text }));
    }).once('error', reject);
  });

describe('a graceful stop', () => {
  it('answers what has begun, then nobody', async () => {
    const toy = await startToyServer();
    const asked = post(toy.graphql, { query: 'mutation { act }' });
    await until(() => toy.state.began.includes('act'), 'the mutation');
    const stopped = toy.server.stop();
    await expect(fetch(`${toy.url}/health/live`)).rejects.toThrow();
    toy.state.gate.open();
    const answer = await asked;
    expect(answer.body).toEqual({ data: { act: 'act is done' } });
    expect(answer.headers.get('connection')).toBe('close');
    await stopped;
    expect(toy.state.aborted).toEqual([]);
  });

  it.each([
    ['GET /health/ready', 503, '"stopping":true'],
    ['GET /health/live', 200, '"live":true'],
    ['GET /', 503, 'BACKEND_UNAVAILABLE'],
    ['GET /graphql', 503, 'The gateway is stopping'],
  ])('answers %s, begun before on another connection, with %i and closes it', async (line, status, text) => {
    const toy = await startToyServer();
    const held = post(toy.graphql, { query: '{ slow }' });
    await until(() => toy.state.began.includes('slow'), 'the query');
    const raw = await openRaw(toy.server.port);
    raw.write(`${line} HTTP/1.1\r\nHost: localhost\r\n`);
    // Nothing tells when half a request has arrived: a whole one on a later connection is answered after it.
    await fetch(`${toy.url}/health/live`);
    const stopped = toy.server.stop();
    raw.write('\r\n');
    const answer = await raw.closed;
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain(text);
    expect(answer.toLowerCase()).toContain('connection: close');
    toy.state.gate.open();
    await held;
    await stopped;
  });

  it('closes idle keep-alive connections at once', async () => {
    const toy = await startToyServer();
    const agent = new Agent({ keepAlive: true });
    expect((await getOver(agent, `${toy.url}/health/live`)).connection).toBe('keep-alive');
    await toy.server.stop();
    agent.destroy();
  });

  it('closes subscriptions with 1001, ends their sources and refuses new sockets', async () => {
    const toy = await startToyServer();
    const client = await openReady(toy.ws);
    client.send(subscribe('s', 'subscription { never { n } }'));
    await until(() => toy.state.open === 1, 'the source');
    await toy.server.stop();
    expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' });
    expect(client.frames.map((frame) => frame.type)).toEqual(['connection_ack']);
    expect(toy.state.open).toBe(0);
    await expect(openClient(toy.ws)).rejects.toThrow('ECONNREFUSED');
  });

  it('lets a mutation on a socket be answered before that socket closes, and takes no new operation there', async () => {
    const toy = await startToyServer();
    const client = await openReady(toy.ws);
    client.send(subscribe('m', 'mutation { act }'));
    await until(() => toy.state.began.includes('act'), 'the mutation');
    const stopped = toy.server.stop();
    client.send(subscribe('late', '{ hello }'));
    expect(await client.next()).toMatchObject({
      id: 'late',
      type: 'error',
      payload: [{ extensions: { code: 'BACKEND_UNAVAILABLE', retryable: true } }],
    });
    toy.state.gate.open();
    expect(await client.next()).toMatchObject({ id: 'm', type: 'next', payload: { data: { act: 'act is done' } } });
    expect(await client.next()).toEqual({ id: 'm', type: 'complete' });
    expect((await client.closed).code).toBe(1001);
    await stopped;
  });

  it('makes graphql-ws clients connect again', async () => {
    const toy = await startToyServer();
    const closes: unknown[] = [];
    let attempts = 0;
    const client = createClient({
      url: toy.ws,
      webSocketImpl: WebSocket,
      retryAttempts: 1,
      retryWait: async () => {
        attempts += 1;
      },
      on: { closed: (event) => closes.push(event) },
    });
    const ended = client.iterate({ query: 'subscription { never { n } }' }).next();
    ended.catch(() => undefined);
    await until(() => toy.state.open === 1, 'the source');
    await toy.server.stop();
    await expect(ended).rejects.toBeDefined();
    expect(attempts).toBe(1);
    expect(closes[0]).toMatchObject({ code: 1001 });
  });

  it('waits for the gateway to have no mutation in hand', async () => {
    const gate = createGate();
    const toy = await startToyServer({ drain: () => gate.opened });
    let over = false;
    const stopped = toy.server.stop().then(() => {
      over = true;
    });
    await expect(fetch(toy.url)).rejects.toThrow();
    await until(() => toy.log.some((line) => line.msg === 'stopping'), 'the stop');
    expect(over).toBe(false);
    gate.open();
    await stopped;
  });

  it('goes on when draining fails, and logs it', async () => {
    const toy = await startToyServer({ drain: () => Promise.reject(new TypeError('drain broke')) });
    await toy.server.stop();
    expect(JSON.stringify(toy.log)).toContain('drain broke');
  });

  it('is one stop, however often it is asked for', async () => {
    const toy = await startToyServer();
    const [first, second] = [toy.server.stop(), toy.server.stop()];
    expect(second).toBe(first);
    await first;
    await toy.server.stop();
    expect(toy.log.filter((line) => line.msg === 'stopping')).toHaveLength(1);
  });

  it('leaves nothing that keeps the process alive', async () => {
    const toy = await startToyServer();
    await openReady(toy.ws);
    await toy.server.stop();
    expect(process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap')).toEqual([]);
  });
});

describe('a stop whose time is up', () => {
  it('breaks off what is left: requests, sockets, half-open connections', async () => {
    const toy = await startToyServer({ options: { shutdownTimeoutMs: 100 } });
    const raw = await openRaw(toy.server.port);
    raw.write('POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{');
    const query = post(toy.graphql, { query: '{ slow }' });
    query.catch(() => undefined);
    const client = await openReady(toy.ws);
    client.send(subscribe('m', 'mutation { act }'));
    await until(() => toy.state.began.length === 2, 'both');
    await toy.server.stop();
    await expect(query).rejects.toThrow();
    expect((await client.closed).code).toBe(1006);
    await raw.closed;
    await until(() => toy.state.aborted.toSorted().join() === 'act,slow', 'both aborted');
    expect(toy.log.some((line) => line.level === 40 && String(line.msg).includes('breaking off'))).toBe(true);
  });

  it('does not wait for a client that ignores the close', async () => {
    const toy = await startToyServer();
    const client = await openReady(toy.ws);
    client.socket.pause();
    await toy.server.stop();
    client.socket.terminate();
    expect(toy.log.some((line) => String(line.msg).includes('breaking off'))).toBe(false);
  });
});

describe('when a stop begins', () => {
  it('an upgrade may have begun: it is refused with 503', async () => {
    const toy = await startToyServer();
    const held = post(toy.graphql, { query: '{ slow }' });
    await until(() => toy.state.began.includes('slow'), 'the query');
    const raw = await openRaw(toy.server.port);
    // Begins as a request the server already knows of, and turns into an upgrade after the stop.
    raw.write('GET /graphql HTTP/1.1\r\nHost: localhost\r\n');
    await fetch(`${toy.url}/health/live`);
    const stopped = toy.server.stop();
    raw.write(
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    expect(await raw.closed).toMatch(/^HTTP\/1\.1 503 /);
    toy.state.gate.open();
    await held;
    await stopped;
  });
});
