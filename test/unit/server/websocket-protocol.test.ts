import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { until } from './support/http.js';
import { startToyServer, type ToyServer } from './support/toy-server.js';
import { openClient, openReady, refusedUpgrade, subscribe } from './support/ws.js';

/*
 * What the text of the GraphQL over WebSocket protocol (graphql-transport-ws) asks of a server, clause by clause.
 */

let toy: ToyServer;
beforeAll(async () => {
  toy = await startToyServer({ timing: { connectionInitTimeoutMs: 200 } });
});
afterAll(async () => {
  await toy.server.stop();
});

const init = { type: 'connection_init' };

describe('the handshake', () => {
  it('chooses graphql-transport-ws among what is offered', async () => {
    const client = await openClient(toy.ws, {}, ['graphql-ws', 'graphql-transport-ws']);
    expect(client.socket.protocol).toBe('graphql-transport-ws');
    client.socket.close();
  });

  it('without a subprotocol closes with 4406', async () => {
    const client = await openClient(toy.ws, {}, null);
    expect(await client.closed).toEqual({ code: 4406, reason: 'Subprotocol not acceptable' });
  });

  it('chooses no other subprotocol, which ends the connection at the client', async () => {
    const socket = new WebSocket(toy.ws, 'graphql-ws');
    const error = await new Promise<Error>((resolve) => socket.once('error', resolve));
    expect(error.message).toContain('no subprotocol');
  });

  it('acknowledges connection_init', async () => {
    const client = await openClient(toy.ws);
    client.send(init);
    expect(await client.next()).toEqual({ type: 'connection_ack' });
    client.socket.close();
  });

  it('that is repeated closes with 4429', async () => {
    const client = await openReady(toy.ws);
    client.send(init);
    expect((await client.closed).code).toBe(4429);
  });

  it('that does not come closes with 4408', async () => {
    const client = await openClient(toy.ws);
    expect(await client.closed).toEqual({ code: 4408, reason: 'Connection initialisation timeout' });
  });

  it('has to come before subscribe, else 4401', async () => {
    const client = await openClient(toy.ws);
    client.send(subscribe('1', '{ hello }'));
    expect(await client.closed).toEqual({ code: 4401, reason: 'Unauthorized' });
  });
});

describe('pings of the protocol', () => {
  it('are answered before and after the handshake, with their payload', async () => {
    const client = await openClient(toy.ws);
    client.send({ type: 'ping' });
    expect(await client.next()).toEqual({ type: 'pong' });
    client.send(init);
    await client.next();
    client.send({ type: 'ping', payload: { at: 7 } });
    expect(await client.next()).toEqual({ type: 'pong', payload: { at: 7 } });
    client.socket.close();
  });

  it('may be answered unasked', async () => {
    const client = await openReady(toy.ws);
    client.send({ type: 'pong' });
    client.send({ type: 'ping' });
    expect(await client.next()).toEqual({ type: 'pong' });
    client.socket.close();
  });
});

describe('messages that are none', () => {
  it.each<[string, unknown]>([
    ['text', 'hello'],
    ['an empty message', ''],
    ['a number', 7],
    ['null', 'null'],
    ['an array', []],
    ['no type', { id: '1' }],
    ['a foreign type', { type: 'start', id: '1', payload: { query: '{ hello }' } }],
    ['a type that is no text', { type: 1 }],
    ['subscribe without id', { type: 'subscribe', payload: { query: '{ hello }' } }],
    ['subscribe with an empty id', { type: 'subscribe', id: '', payload: { query: '{ hello }' } }],
    ['subscribe without payload', { type: 'subscribe', id: '1' }],
    ['subscribe without query', { type: 'subscribe', id: '1', payload: {} }],
    ['subscribe with variables in text', { type: 'subscribe', id: '1', payload: { query: '{ hello }', variables: '{}' } }],
    ['subscribe with extensions in text', { type: 'subscribe', id: '1', payload: { query: '{ hello }', extensions: 'x' } }],
    ['complete without id', { type: 'complete' }],
    ['a payload of ping in text', { type: 'ping', payload: 'x' }],
    ['connection_ack', { type: 'connection_ack' }],
    ['next', { type: 'next', id: '1', payload: { data: null } }],
    ['error', { type: 'error', id: '1', payload: [{ message: 'x' }] }],
  ])('%s close with 4400', async (_, message) => {
    const client = await openReady(toy.ws);
    client.send(message);
    expect(await client.closed).toEqual({ code: 4400, reason: 'Invalid message received' });
  });

  it('in binary close with 4400', async () => {
    const client = await openReady(toy.ws);
    client.socket.send(Buffer.from(JSON.stringify({ type: 'ping' })), { binary: true });
    expect((await client.closed).code).toBe(4400);
  });
});

describe('subscribe', () => {
  it('streams next, then complete', async () => {
    const client = await openReady(toy.ws);
    client.send(subscribe('a', 'subscription { count(to: 2) { n } }'));
    expect(await client.next()).toEqual({ id: 'a', type: 'next', payload: { data: { count: { n: 1 } } } });
    expect(await client.next()).toEqual({ id: 'a', type: 'next', payload: { data: { count: { n: 2 } } } });
    expect(await client.next()).toEqual({ id: 'a', type: 'complete' });
    client.socket.close();
  });

  it('runs queries and mutations too: one next, then complete', async () => {
    const client = await openReady(toy.ws);
    client.send(subscribe('q', 'query Q($n: String) { hello(name: $n) }', { variables: { n: 'WS' }, operationName: 'Q' }));
    expect(await client.next()).toEqual({ id: 'q', type: 'next', payload: { data: { hello: 'hello WS' } } });
    expect(await client.next()).toEqual({ id: 'q', type: 'complete' });
    toy.state.gate.open();
    client.send(subscribe('m', 'mutation { act }'));
    expect(await client.next()).toEqual({ id: 'm', type: 'next', payload: { data: { act: 'act is done' } } });
    expect(await client.next()).toEqual({ id: 'm', type: 'complete' });
    client.socket.close();
  });

  it('under an id that is in use closes with 4409', async () => {
    const client = await openReady(toy.ws);
    client.send(subscribe('same', 'subscription { never { n } }'));
    client.send(subscribe('same', 'subscription { never { n } }'));
    expect(await client.closed).toEqual({ code: 4409, reason: 'Subscriber for same already exists' });
    await until(() => toy.state.open === 0, 'the source');
  });

  it('under an id that is too long closes with 4400: it stands in every message', async () => {
    const client = await openReady(toy.ws);
    const longest = 'x'.repeat(256);
    client.send(subscribe(longest, '{ hello }'));
    expect(await client.next()).toMatchObject({ id: longest, type: 'next' });
    client.send(subscribe(`${longest}x`, '{ hello }'));
    expect(await client.closed).toEqual({ code: 4400, reason: 'The id of an operation is longer than 256 characters' });
  });

  it('may use an id again after complete', async () => {
    const client = await openReady(toy.ws);
    client.send(subscribe('again', 'subscription { count(to: 1) { n } }'));
    await client.next();
    await client.next();
    client.send(subscribe('again', 'subscription { count(to: 1) { n } }'));
    expect(await client.next()).toMatchObject({ id: 'again', type: 'next' });
    expect(await client.next()).toEqual({ id: 'again', type: 'complete' });
    client.socket.close();
  });

  it('may use an id again in the same breath as completing it, and the new one is not ended with the old', async () => {
    const client = await openReady(toy.ws);
    client.send(subscribe('x', 'subscription { never { n } }'));
    await until(() => toy.state.open === 1, 'the source');
    client.send({ id: 'x', type: 'complete' });
    client.send(subscribe('x', 'subscription { count(to: 2) { n } }'));
    const frames = [await client.next(), await client.next(), await client.next()];
    expect(frames).toEqual([
      { id: 'x', type: 'next', payload: { data: { count: { n: 1 } } } },
      { id: 'x', type: 'next', payload: { data: { count: { n: 2 } } } },
      { id: 'x', type: 'complete' },
    ]);
    client.socket.close();
  });

  it('runs several at once, each under its id', async () => {
    const client = await openReady(toy.ws);
    for (const id of ['1', '2', '3']) client.send(subscribe(id, 'subscription { count(to: 1) { n } }'));
    await until(() => client.frames.filter((frame) => frame.type === 'complete').length === 3, 'three ends');
    for (const id of ['1', '2', '3'])
      expect(client.frames.filter((frame) => frame.id === id).map((frame) => frame.type)).toEqual(['next', 'complete']);
    client.socket.close();
  });
});

describe('error', () => {
  it.each([
    ['a syntax error', '{'],
    ['an unknown field', '{ nope }'],
    ['a missing variable', 'query($id: ID!) { one(id: $id) }'],
    ['too many tokens', `{ ${'hello '.repeat(600)} }`],
    ['too many aliases', `{ ${Array.from({ length: 20 }, (_, n) => `a${n}: hello`).join(' ')} }`],
    ['no operation', 'fragment F on Query { hello }'],
    ['an empty document', ''],
  ])('answers %s under its id, with no complete after it, and the socket lives on', async (_, query) => {
    const client = await openReady(toy.ws);
    client.send(subscribe('bad', query));
    const refused = await client.next();
    expect(refused).toMatchObject({ id: 'bad', type: 'error', payload: expect.any(Array) });
    expect(refused.payload).toContainEqual(
      expect.objectContaining({ extensions: { code: 'INVALID_INPUT', retryable: false, requestId: expect.any(String) } }),
    );
    client.send(subscribe('bad', '{ hello }'));
    expect(await client.next()).toMatchObject({ id: 'bad', type: 'next', payload: { data: { hello: 'hello world' } } });
    expect(await client.next()).toEqual({ id: 'bad', type: 'complete' });
    expect(client.frames.map((frame) => frame.type)).toEqual(['connection_ack', 'error', 'next', 'complete']);
    client.socket.close();
  });

  it('carries errors of resolvers in next, formatted, and faults without their words', async () => {
    const client = await openReady(toy.ws);
    client.send(subscribe('r', '{ hello refused crash }'));
    expect(await client.next()).toMatchObject({
      id: 'r',
      type: 'next',
      payload: {
        data: { hello: 'hello world', refused: null, crash: null },
        errors: [{ extensions: { code: 'INTERNAL' } }, { message: 'No such thing.', extensions: { code: 'NOT_FOUND', backend: 'es' } }],
      },
    });
    expect(JSON.stringify(client.frames)).not.toContain('hunter2');
    client.socket.close();
  });

  it('tells why a subscription cannot begin', async () => {
    const client = await openReady(toy.ws);
    client.send(subscribe('r', 'subscription { refused { n } }'));
    expect(await client.next()).toMatchObject({
      id: 'r',
      type: 'next',
      payload: { errors: [{ message: 'No such task.', extensions: { code: 'NOT_FOUND' } }] },
    });
    expect(await client.next()).toEqual({ id: 'r', type: 'complete' });
    client.socket.close();
  });

  it('tells that a subscription broke off, without its words, under its id alone', async () => {
    const client = await openReady(toy.ws);
    client.send(subscribe('b', 'subscription { breaks { n } }'));
    await client.next();
    const broke = await client.next();
    expect(broke.id).toBe('b');
    expect(JSON.stringify(broke)).toContain('INTERNAL');
    client.send({ type: 'ping' });
    await until(() => client.frames.at(-1)?.type === 'pong', 'pong');
    expect(JSON.stringify(client.frames)).not.toContain('hunter2');
    client.socket.close();
  });
});

describe('complete from the client', () => {
  it('ends the source, and nothing comes under that id any more', async () => {
    const client = await openReady(toy.ws);
    client.send(subscribe('n', 'subscription { never { n } }'));
    await until(() => toy.state.open === 1, 'the source');
    client.send({ id: 'n', type: 'complete' });
    await until(() => toy.state.open === 0, 'the end of the source');
    client.send({ type: 'ping' });
    expect(await client.next()).toEqual({ type: 'pong' });
    client.socket.close();
  });

  it('of an id that never was changes nothing', async () => {
    const client = await openReady(toy.ws);
    client.send({ id: 'ghost', type: 'complete' });
    client.send({ type: 'ping' });
    expect(await client.next()).toEqual({ type: 'pong' });
    client.socket.close();
  });
});

describe('the upgrade', () => {
  it('elsewhere is 404', async () => {
    expect(await refusedUpgrade(`${toy.ws}/other`)).toMatchObject({ status: 404, body: expect.stringContaining('NOT_FOUND') });
  });

  it.each(['http://evil.example.com', 'null', 'http://localhost.evil.com', 'nonsense'])('from a page of %s is 403', async (origin) => {
    expect(await refusedUpgrade(toy.ws, { headers: { origin } })).toMatchObject({
      status: 403,
      body: expect.stringContaining('allowedOrigins'),
    });
  });

  it('from its own page, or from no page, is accepted', async () => {
    (await openReady(toy.ws, undefined, { headers: { origin: toy.url } })).socket.close();
    (await openReady(toy.ws)).socket.close();
  });

  it('from an allowed page is accepted', async () => {
    await using friendly = await startToyServer({ options: { allowedOrigins: ['https://ui.example.com/'] } });
    (await openReady(friendly.ws, undefined, { headers: { origin: 'https://UI.example.com' } })).socket.close();
    expect((await refusedUpgrade(friendly.ws, { headers: { origin: 'http://ui.example.com' } })).status).toBe(403);
  });

  it('from anywhere is accepted with *', async () => {
    await using open = await startToyServer({ options: { allowedOrigins: ['*'] } });
    (await openReady(open.ws, undefined, { headers: { origin: 'https://anything.example' } })).socket.close();
  });

  it('under a name that was rebound to loopback is 403', async () => {
    const rebound = { origin: 'http://evil.example.com', host: 'evil.example.com' };
    expect((await refusedUpgrade(toy.ws, { headers: rebound })).status).toBe(403);
  });

  it('beyond the number of connections is 503', async () => {
    await using small = await startToyServer({ options: { maxConnections: 1 } });
    const first = await openReady(small.ws);
    expect(await refusedUpgrade(small.ws)).toMatchObject({ status: 503, body: expect.stringContaining('maxConnections') });
    first.socket.close();
  });
});
