import { createClient } from 'graphql-ws';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Secret } from '../../../src/domain/index.js';
import { until } from './support/http.js';
import { createGate, createToySchema } from './support/toy-schema.js';
import { createToyExecutor, startToyServer, type ToyServer } from './support/toy-server.js';
import { openClient, openReady, subscribe } from './support/ws.js';

let toy: ToyServer;
beforeAll(async () => {
  toy = await startToyServer({ options: { maxRequestBytes: 10_000 } });
});
afterAll(async () => {
  await toy.server.stop();
});
beforeEach(() => {
  toy.state.gate = createGate();
  toy.state.began.length = 0;
  toy.state.aborted.length = 0;
});

describe('cursors', () => {
  it('stand in the extensions of every frame whose document selects one', async () => {
    const client = await openReady(toy.ws);
    client.send(subscribe('c', 'subscription { count(to: 2) { cursor n } }'));
    expect(await client.next()).toMatchObject({ payload: { data: { count: { cursor: 'c1' } }, extensions: { vigil: { cursor: 'c1' } } } });
    expect(await client.next()).toMatchObject({ payload: { extensions: { vigil: { cursor: 'c2' } } } });
    client.socket.close();
  });

  it('are found under whatever alias the field has', async () => {
    const client = await openReady(toy.ws);
    client.send(subscribe('c', 'subscription { steps: count(to: 1) { cursor } }'));
    expect(await client.next()).toMatchObject({ payload: { extensions: { vigil: { cursor: 'c1' } } } });
    client.socket.close();
  });

  it('that execution put there itself stay, beside its other extensions', async () => {
    const step = { data: { count: { n: 1 } }, extensions: { vigil: { cursor: 'own' }, other: 1 } };
    const executor = createToyExecutor(createToySchema(toy.state), pino({ level: 'silent' }));
    await using own = await startToyServer({
      executor: {
        ...executor,
        subscribe: async () =>
          (async function* () {
            yield step;
          })(),
      },
    });
    const client = await openReady(own.ws);
    client.send(subscribe('c', 'subscription { count(to: 1) { n } }'));
    expect(await client.next()).toEqual({ id: 'c', type: 'next', payload: step });
    client.socket.close();
  });

  it('to resume after reach the resolver from the payload', async () => {
    const client = await openReady(toy.ws);
    client.send(subscribe('c', 'subscription { count(to: 1) { text } }', { extensions: { vigil: { after: 'c41' } } }));
    expect(await client.next()).toMatchObject({ payload: { data: { count: { text: 'c41' } } } });
    client.socket.close();
  });

  it.each([[{ vigil: { after: 7 } }], [{ vigil: 'x' }], [{ vigil: null }], [{ vigil: { after: 'x'.repeat(5_000) } }], [{}]])(
    'that are none (%j) are ignored',
    async (extensions) => {
      const client = await openReady(toy.ws);
      client.send(subscribe('c', 'subscription { count(to: 1) { text } }', { extensions }));
      expect(await client.next()).toMatchObject({ payload: { data: { count: { text: null } } } });
      client.socket.close();
    },
  );
});

describe('tokens on a WebSocket', () => {
  const auth = { kind: 'bearer', tokens: [new Secret('sesame')] } as const;
  let guarded: ToyServer;
  beforeAll(async () => {
    guarded = await startToyServer({ options: { auth } });
  });
  afterAll(async () => {
    await guarded.server.stop();
  });

  it.each<[string, Record<string, unknown> | undefined, Record<string, string>]>([
    ['token', { token: 'sesame' }, {}],
    ['authorization', { authorization: 'Bearer sesame' }, {}],
    ['Authorization', { Authorization: 'Bearer sesame' }, {}],
    ['the header of the upgrade', undefined, { authorization: 'Bearer sesame' }],
  ])('are taken from %s and name the actor', async (_, payload, headers) => {
    const client = await openReady(guarded.ws, payload, { headers });
    client.send(subscribe('1', 'subscription { count(to: 1) { by } }'));
    expect(await client.next()).toMatchObject({ payload: { data: { count: { by: expect.stringMatching(/^token:[0-9a-f]{8}$/) } } } });
    client.socket.close();
  });

  it.each<[string, Record<string, unknown> | undefined]>([
    ['are missing', undefined],
    ['are wrong', { token: 'open' }],
    ['are empty', { token: '' }],
    ['are no text', { token: ['sesame'] }],
    ['come without Bearer', { authorization: 'sesame' }],
  ])('that %s close with 4403', async (_, payload) => {
    const client = await openClient(guarded.ws);
    client.send({ type: 'connection_init', ...(payload && { payload }) });
    expect(await client.closed).toEqual({ code: 4403, reason: 'Forbidden' });
    expect(client.frames).toEqual([]);
  });

  it('that are wrong in the payload are not saved by the header', async () => {
    const client = await openClient(guarded.ws, { headers: { authorization: 'Bearer sesame' } });
    client.send({ type: 'connection_init', payload: { token: 'wrong' } });
    expect((await client.closed).code).toBe(4403);
  });

  it('never reach the log', () => {
    expect(JSON.stringify(guarded.log)).not.toContain('sesame');
  });
});

describe('limits of a socket', () => {
  it('refuse one operation too many, under its id alone', async () => {
    const client = await openReady(toy.ws);
    for (const id of ['1', '2', '3', '4', '5', '6']) client.send(subscribe(id, 'subscription { never { n } }'));
    expect(await client.next()).toMatchObject({
      id: '6',
      type: 'error',
      payload: [{ message: expect.stringContaining('maxSubscriptionsPerSocket'), extensions: { code: 'INVALID_INPUT' } }],
    });
    await until(() => toy.state.open === 5, 'five sources');
    client.send({ id: '1', type: 'complete' });
    await until(() => toy.state.open === 4, 'four sources');
    client.send(subscribe('7', 'subscription { never { n } }'));
    await until(() => toy.state.open === 5, 'the fifth again');
    client.socket.close();
    await until(() => toy.state.open === 0, 'no source');
  });

  it('close with 1009 when a message is too large', async () => {
    const client = await openReady(toy.ws);
    client.send(subscribe('big', `{ hello } # ${'x'.repeat(20_000)}`));
    expect((await client.closed).code).toBe(1009);
  });

  it('close with 1009 when a message of megabytes comes in pieces', async () => {
    const client = await openReady(toy.ws);
    for (let n = 0; n < 40; n += 1) client.socket.send('x'.repeat(50_000), { fin: false });
    expect([1006, 1009]).toContain((await client.closed).code);
    const next = await openReady(toy.ws);
    next.socket.close();
  });

  it('hold against frames that break the WebSocket protocol itself', async () => {
    const client = await openReady(toy.ws);
    // An unmasked frame, which only servers may send.
    Reflect.get(client.socket, '_socket').write(Buffer.from([0x81, 0x02, 0x7b, 0x7d]));
    expect((await client.closed).code).toBe(1002);
  });
});

describe('a client that goes away', () => {
  it('takes subscriptions and queries with it, and leaves mutations to end', async () => {
    const client = await openReady(toy.ws);
    client.send(subscribe('s', 'subscription { never { n } }'));
    client.send(subscribe('q', '{ slow }'));
    client.send(subscribe('m', 'mutation { act }'));
    await until(() => toy.state.open === 1 && toy.state.began.length === 2, 'all three');
    client.socket.terminate();
    await until(() => toy.state.open === 0 && toy.state.aborted.includes('slow'), 'two ends');
    expect(toy.state.aborted).not.toContain('act');
    toy.state.gate.open();
    await until(async () => (await toy.metrics.metrics()).includes('vigil_websocket_operations 0'), 'the mutation');
    expect(toy.state.aborted).not.toContain('act');
  });

  it('from one query ends that query', async () => {
    const client = await openReady(toy.ws);
    client.send(subscribe('q', '{ slow }'));
    await until(() => toy.state.began.includes('slow'), 'the query');
    client.send({ id: 'q', type: 'complete' });
    await until(() => toy.state.aborted.includes('slow'), 'the abort');
    client.send({ type: 'ping' });
    expect(await client.next()).toEqual({ type: 'pong' });
    client.socket.close();
  });

  it('without a word is found out by pings', async () => {
    await using impatient = await startToyServer({ timing: { pingIntervalMs: 30 } });
    const client = await openReady(impatient.ws, undefined, { autoPong: false });
    expect((await client.closed).code).toBe(1006);
  });

  it('is not suspected while it answers pings', async () => {
    await using impatient = await startToyServer({ timing: { pingIntervalMs: 20 } });
    const client = await openReady(impatient.ws);
    let pings = 0;
    await new Promise<void>((resolve) =>
      client.socket.on('ping', () => {
        pings += 1;
        if (pings === 5) resolve();
      }),
    );
    expect(client.socket.readyState).toBe(WebSocket.OPEN);
    client.socket.close();
  });
});

describe('a client that reads slowly', () => {
  it('holds back its own source, and goes on where it was when it reads again', async () => {
    const client = await openReady(toy.ws);
    client.send(subscribe('f', 'subscription { flood(bytes: 100000) { n text } }'));
    await client.next();
    client.socket.pause();
    let before = -1;
    await until(async () => {
      const same = before === toy.state.pulled;
      before = toy.state.pulled;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return same;
    }, 'the source standing still');
    const stalledAt = toy.state.pulled;
    expect(stalledAt).toBeLessThan(500);
    client.socket.resume();
    await until(() => toy.state.pulled > stalledAt + 20, 'the source going on');
    const numbers = client.frames.flatMap((frame) =>
      frame.type === 'next' ? [Number(JSON.stringify(frame.payload).match(/"n":(\d+)/)?.[1])] : [],
    );
    expect(numbers).toEqual(numbers.map((_, index) => index + 1 + (numbers[0] ?? 1) - 1));
    client.socket.terminate();
    await until(() => toy.state.open === 0, 'the end of the source');
  });

  it('and keeps asking is not read from until it is cut', async () => {
    await using toyer = await startToyServer({ timing: { pingIntervalMs: 300 } });
    const client = await openReady(toyer.ws);
    client.socket.pause();
    const payload = { pad: 'x'.repeat(50_000) };
    for (let n = 0; n < 500 && client.socket.readyState === WebSocket.OPEN; n += 1) {
      client.send({ type: 'ping', payload });
      if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await until(async () => (await toyer.metrics.metrics()).includes('vigil_websocket_connections 0'), 'the cut');
    client.socket.terminate();
  });
});

describe('the WebSocket door in numbers and in the log', () => {
  it('counts sockets and operations, and tells how each operation ended', async () => {
    await using fresh = await startToyServer();
    const client = await openReady(fresh.ws, undefined, { headers: { 'x-request-id': 'sock-1' } });
    client.send(subscribe('s', 'subscription Watch { never { n } }'));
    await until(() => fresh.state.open === 1, 'the source');
    const text = await fresh.metrics.metrics();
    expect(text).toContain('vigil_websocket_connections 1');
    expect(text).toContain('vigil_websocket_operations 1');
    client.send({ id: 's', type: 'complete' });
    await until(() => fresh.log.some((line) => line.operation === 'Watch'), 'the log line');
    expect(fresh.log.find((line) => line.operation === 'Watch')).toMatchObject({
      requestId: 'sock-1.1',
      kind: 'subscription',
      outcome: 'ok',
    });
    client.send(subscribe('bad', '{'));
    await client.next();
    expect(await fresh.metrics.metrics()).toContain('vigil_graphql_refused_total{transport="ws"} 1');
    client.socket.close();
    await until(async () => (await fresh.metrics.metrics()).includes('vigil_websocket_connections 0'), 'no socket');
  });
});

describe('the graphql-ws client', () => {
  it('runs a query, a mutation and a subscription', async () => {
    toy.state.gate.open();
    const client = createClient({ url: toy.ws, webSocketImpl: WebSocket });
    const take = async (query: string): Promise<unknown[]> => {
      const results: unknown[] = [];
      for await (const result of client.iterate({ query })) results.push(result.data);
      return results;
    };
    expect(await take('{ hello }')).toEqual([{ hello: 'hello world' }]);
    expect(await take('mutation { act }')).toEqual([{ act: 'act is done' }]);
    expect(await take('subscription { count(to: 2) { n } }')).toEqual([{ count: { n: 1 } }, { count: { n: 2 } }]);
    await client.dispose();
  });
});
