import { afterEach, describe, expect, it } from 'vitest';
import type { HttpStream, StreamRequest } from '../../../src/http/index.js';
import { ask, cleanUp, connect, failureOf, freePort, json, later, serve, serveRaw, until } from './support.js';

afterEach(cleanUp);

const open = (more: Partial<StreamRequest> & { readonly withinMs?: number } = {}): StreamRequest => ({
  ...ask(more),
  idleMs: 5_000,
  ...more,
});

const textOf = async ({ body }: HttpStream): Promise<string> => {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
};

const head = (fields: string): string => `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${fields}\r\n`;

describe('a stream', () => {
  it('is there with the headers, gives the bytes as they arrive, and judges neither status nor form', async () => {
    let finish = (): void => undefined;
    const server = await serve((_, response) => {
      response.writeHead(202, { 'content-type': 'text/html', 'Sym-Job-Id': '4' });
      response.write('first');
      finish = () => response.end('second');
    });
    const { client, seen } = connect(server.url);
    const stream = await client.stream(open());
    expect(stream).toMatchObject({ status: 202, headers: { 'sym-job-id': '4' } });
    const pieces = stream.body[Symbol.asyncIterator]();
    expect(Buffer.from((await pieces.next()).value).toString()).toBe('first');
    expect(seen.answers).toEqual([]);
    finish();
    expect(Buffer.from((await pieces.next()).value).toString()).toBe('second');
    expect((await pieces.next()).done).toBe(true);
    expect(seen.answers).toEqual([expect.objectContaining({ status: 202, route: 'GET /thing', read: true })]);
  });

  it('has no bound of size, and holds no more than is read', async () => {
    const piece = Buffer.alloc(65_536, 'x');
    let written = 0;
    const server = await serve(async (_, response) => {
      response.writeHead(200);
      for (let n = 0; n < 400; n += 1) {
        written += piece.length;
        if (!response.write(piece)) await new Promise((resolve) => response.once('drain', resolve));
      }
      response.end();
    });
    const { client } = connect(server.url, { http: { maxResponseBytes: 10 } });
    const stream = await client.stream(open());
    let before = -1;
    await until(() => {
      const still = written === before && written > 0;
      before = written;
      return still;
    });
    expect(written).toBeLessThan(400 * piece.length);
    expect((await textOf(stream)).length).toBe(400 * piece.length);
  });

  it('is sent with a body, signed once, and never shared', async () => {
    const server = await serve((_, response) => json(response, 200, {}));
    const { client } = connect(`${server.url}/base`, {}, { sign: ({ path, body }) => ({ 'x-signed': `${path} ${body ?? ''}` }) });
    const [one, two] = await Promise.all([client.stream(open()), client.stream(open())]);
    await Promise.all([textOf(one), textOf(two)]);
    await textOf(await client.stream(open({ method: 'POST', text: '{ }' })));
    expect(server.received.map(({ headers, body }) => [headers['x-signed'], body])).toEqual([
      ['/base/thing', ''],
      ['/base/thing', ''],
      ['/base/thing { }', '{ }'],
    ]);
  });

  it.each([429, 500, 503])('that is answered %i is not asked for again', async (status) => {
    const server = await serve((_, response) => json(response, status, { a: 1 }));
    const { client } = connect(server.url);
    expect(await textOf(await client.stream(open()))).toBe('{"a":1}');
    expect(server.received).toHaveLength(1);
  });
});

describe('a stream that waits for another to end', () => {
  it('is sent over a connection of its own, and known to be sent', async () => {
    const server = await serveRaw((socket, count) => {
      if (count < 3) socket.end(`${head('content-length: 2\r\n')}{}`);
      else socket.destroy();
    });
    const { client } = connect(server.url, { http: { maxConnections: 4 } });
    const streams = [client.stream(open()), client.stream(open())];
    const last = failureOf(client.stream(open()));
    for (const stream of streams) expect(await textOf(await stream)).toBe('{}');
    expect((await last).facts).toMatchObject({ outcomeUnknown: true });
    expect(server.connections()).toBe(3);
  });

  it('may take longer for its headers than for a connection', async () => {
    const server = await serve(async (_, response, count) => {
      if (count === 2) await new Promise((resolve) => setTimeout(resolve, 400));
      json(response, 200, {});
    });
    const { client } = connect(server.url, { http: { maxConnections: 4, connectTimeoutMs: 100 } });
    const texts = await Promise.all([1, 2].map(async () => textOf(await client.stream(open()))));
    expect(texts).toEqual(['{}', '{}']);
  });
});

describe('a stream that is cut short', () => {
  it.each<[string, string, 'end' | 'reset']>([
    ['of a known length', `${head('content-length: 10\r\n')}1234`, 'end'],
    ['of a known length, closing', `${head('connection: close\r\ncontent-length: 10\r\n')}1234`, 'end'],
    ['in pieces', `${head('transfer-encoding: chunked\r\n')}4\r\n1234\r\n`, 'end'],
    ['in pieces, closing', `${head('connection: close\r\ntransfer-encoding: chunked\r\n')}4\r\n1234\r\n`, 'end'],
    ['reset, in pieces, closing', `${head('connection: close\r\ntransfer-encoding: chunked\r\n')}4\r\n1234\r\n`, 'reset'],
    ['not HTTP any more', `${head('transfer-encoding: chunked\r\n')}4\r\n1234\r\nnonsense\r\n`, 'end'],
  ])('throws: %s', async (_, bytes, way) => {
    const server = await serveRaw((socket) =>
      socket.write(bytes, () => setImmediate(() => (way === 'reset' ? socket.resetAndDestroy() : socket.end()))),
    );
    const { client, seen } = connect(server.url);
    const error = await failureOf(client.stream(open()).then(textOf));
    expect(error).toMatchObject({ code: 'BACKEND_UNAVAILABLE', facts: { backend: 'es-test', outcomeUnknown: true } });
    expect(seen.failures).toEqual([error]);
    expect(server.connections()).toBe(1);
  });

  it('throws the same to a reader who was slow', async () => {
    const server = await serveRaw((socket) => {
      socket.write(`${head('connection: close\r\ntransfer-encoding: chunked\r\n')}4\r\n1234\r\n`, () => socket.end());
      socket.on('close', () => gone.push(true));
    });
    const gone: boolean[] = [];
    const { client } = connect(server.url);
    const stream = await client.stream(open());
    const pieces = stream.body[Symbol.asyncIterator]();
    await pieces.next();
    await until(() => gone.length > 0);
    expect(await failureOf(pieces.next())).toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
  });

  it('is complete where the end of the connection is its end', async () => {
    const server = await serveRaw((socket) => socket.end(`${head('connection: close\r\n')}1234`));
    const { client } = connect(server.url);
    expect(await textOf(await client.stream(open()))).toBe('1234');
  });
});

describe('how long a stream is waited for', () => {
  it('is the deadline until the headers are there, and not after', async () => {
    let finish = (): void => undefined;
    const server = await serve((_, response) => {
      response.writeHead(200).write('a');
      finish = () => response.end('b');
    });
    const { client } = connect(server.url);
    const deadlineAt = Date.now() + 400;
    const stream = await client.stream(open({ deadlineAt }));
    await until(() => Date.now() > deadlineAt + 20);
    finish();
    expect(await textOf(stream)).toBe('ab');
    const silent = await serve(() => undefined);
    const { client: other, seen } = connect(silent.url);
    expect(await failureOf(other.stream(open({ withinMs: 60 })))).toMatchObject({ code: 'TIMEOUT', facts: { outcomeUnknown: true } });
    expect(seen.failures).toHaveLength(1);
  });

  it('is the idle limit while bytes are awaited, and no limit while the reader is busy', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200).write('a');
    });
    const { client, seen } = connect(server.url);
    const stream = await client.stream(open({ idleMs: 80 }));
    const from = Date.now();
    await until(() => Date.now() > from + 120);
    const pieces = stream.body[Symbol.asyncIterator]();
    expect((await pieces.next()).done).toBe(false);
    expect(await failureOf(pieces.next())).toMatchObject({
      code: 'TIMEOUT',
      message: 'The backend es-test stopped in the middle of its answer.',
      facts: { outcomeUnknown: true, httpStatus: 200 },
    });
    expect(seen.failures).toHaveLength(1);
    await until(() => server.gone() === 1);
  });
});

describe('a stream nobody wants any more', () => {
  const endless = () =>
    serve((_, response) => {
      response.writeHead(200).write('a');
    });

  it('is cut by its signal, before the headers and after, read or not', async () => {
    const silent = await serve(() => undefined);
    const { client, seen } = connect(silent.url);
    const early = new AbortController();
    const opening = failureOf(client.stream(open({ signal: early.signal })));
    await until(() => silent.received.length === 1);
    early.abort();
    expect(await opening).toMatchObject({ code: 'BACKEND_UNAVAILABLE', facts: { outcomeUnknown: true } });

    const server = await endless();
    const { client: other } = connect(server.url, { http: { maxConnections: 8 } });
    const caller = new AbortController();
    const [unread, read] = await Promise.all(
      [open({ signal: caller.signal }), open({ signal: caller.signal })].map((each) => other.stream(each)),
    );
    const reading = failureOf(read ? textOf(read) : Promise.resolve());
    caller.abort();
    expect(await reading).toMatchObject({ message: 'The request was given up by its caller.' });
    await until(() => server.gone() === 2);
    expect(await failureOf(unread ? textOf(unread) : Promise.resolve())).toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
    expect(seen.failures).toEqual([]);
  });

  it('is cut by cancel, and by leaving the loop', async () => {
    const server = await endless();
    const { client, seen } = connect(server.url, { http: { maxConnections: 8 } });
    const left = await client.stream(open());
    for await (const _ of left.body) break;
    const cancelled = await client.stream(open());
    cancelled.cancel();
    cancelled.cancel();
    await until(() => server.gone() === 2);
    expect([seen.failures, seen.answers]).toEqual([[], []]);
  });

  it('is cut when the client is closed', async () => {
    const server = await endless();
    const { client } = connect(server.url);
    const stream = await client.stream(open());
    const reading = failureOf(textOf(stream));
    await client.dispose();
    expect((await reading).message).toContain('the gateway is stopping');
    expect(await failureOf(client.stream(open()))).toMatchObject({ facts: { outcomeUnknown: false } });
  });
});

describe('what is known of a stream that did not open', () => {
  it('refused connection, deadline over, aborted before: the backend has not heard of it', async () => {
    const { client } = connect(`http://127.0.0.1:${await freePort()}`);
    for (const request of [open(), open({ deadlineAt: 1 }), open({ signal: AbortSignal.abort() })])
      expect((await failureOf(client.stream(request))).facts.outcomeUnknown).toBe(false);
  });

  it('reset after it was sent: it may have', async () => {
    const server = await serveRaw((socket) => socket.resetAndDestroy());
    const { client } = connect(server.url);
    expect(await failureOf(client.stream(open()))).toMatchObject({ code: 'BACKEND_UNAVAILABLE', facts: { outcomeUnknown: true } });
    expect(server.connections()).toBe(1);
  });

  it('answered with another protocol: it may have, and nobody waits on', async () => {
    const server = await serveRaw((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    );
    const { client } = connect(server.url);
    const error = await failureOf(client.stream(open({ withinMs: 60_000 })));
    expect(error).toMatchObject({ code: 'BACKEND_UNAVAILABLE', facts: { outcomeUnknown: true } });
  });

  it('opens the breaker, and is held back by it', async () => {
    const { client } = connect(`http://127.0.0.1:${await freePort()}`, { http: { breakerThreshold: 2 } });
    await failureOf(client.stream(open()));
    await failureOf(client.stream(open()));
    expect(await failureOf(client.stream(open()))).toMatchObject({
      message: expect.stringContaining('left alone'),
      facts: { outcomeUnknown: false },
    });
    expect((await failureOf(client.request(ask()))).message).toContain('left alone');
  });

  it('waits for a socket no longer than its deadline', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200).write('a');
    });
    const { client } = connect(server.url, { http: { maxConnections: 4 } });
    const first = await client.stream(open());
    later(async () => first.cancel());
    expect(await failureOf(client.stream(open({ withinMs: 60 })))).toMatchObject({ code: 'TIMEOUT', facts: { outcomeUnknown: false } });
    expect(server.received).toHaveLength(1);
    first.cancel();
    (await client.stream(open())).cancel();
  });
});
