import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRaw, post, until } from './support/http.js';
import { startToyServer, type ToyServer } from './support/toy-server.js';

const maxRequestBytes = 2_000;
let toy: ToyServer;
beforeAll(async () => {
  toy = await startToyServer({ options: { maxRequestBytes }, timing: { headersTimeoutMs: 150, requestTimeoutMs: 300 } });
});
afterAll(async () => {
  await toy.server.stop();
});

const padded = (bytes: number): string => {
  const body = { query: '{ hello }', operationName: null, extensions: { pad: '' } };
  return JSON.stringify({ ...body, extensions: { pad: 'x'.repeat(bytes - JSON.stringify(body).length) } });
};

describe('bodies', () => {
  it('of exactly the limit pass', async () => {
    expect((await post(toy.graphql, padded(maxRequestBytes))).body).toEqual({ data: { hello: 'hello world' } });
  });

  it.each([
    ['one byte more than the limit', maxRequestBytes + 1],
    ['several times the limit', maxRequestBytes * 7],
    ['more than a megabyte', 1_500_000],
  ])('of %s get 413 with a code', async (_, bytes) => {
    const answer = await post(toy.graphql, padded(bytes));
    expect(answer.status).toBe(413);
    expect(answer.headers.get('connection')).toBe('close');
    expect(answer.body.errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', requestId: answer.headers.get('x-request-id') });
    expect(answer.body.errors?.[0]?.message).toContain('2000 bytes');
  });

  it('without a declared length are counted as they come', async () => {
    const raw = await openRaw(toy.server.port);
    raw.write('POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (let sent = 0; sent < 10; sent += 1) raw.write(`400\r\n${'x'.repeat(1024)}\r\n`);
    raw.write('0\r\n\r\n');
    expect(await raw.closed).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('that never end are cut off, and answered before', async () => {
    const raw = await openRaw(toy.server.port);
    raw.write('POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n');
    const timer = setInterval(() => raw.write(`400\r\n${'x'.repeat(1024)}\r\n`), 1);
    expect(await raw.closed).toMatch(/^HTTP\/1\.1 413 /);
    clearInterval(timer);
  });

  it('announced with Expect are refused before they are sent', async () => {
    const raw = await openRaw(toy.server.port);
    raw.write(
      `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: ${maxRequestBytes + 1}\r\n\r\n`,
    );
    const received = await raw.closed;
    expect(received).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('announced with Expect are asked for when they fit', async () => {
    const body = JSON.stringify({ query: '{ hello }' });
    const raw = await openRaw(toy.server.port);
    raw.write(
      `POST /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    await until(() => raw.received().includes('100 Continue'), '100 Continue');
    raw.write(body);
    expect(await raw.closed).toContain('hello world');
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/graphql',
    'application/json; charset=utf-16',
    'application/jsonx',
  ])('of type %s get 415', async (type) => {
    const answer = await post(toy.graphql, '{"query":"{ hello }"}', { 'content-type': type });
    expect(answer.status).toBe(415);
    expect(answer.body.errors?.[0]?.extensions.code).toBe('INVALID_INPUT');
  });

  it.each(['application/json', 'application/json;charset=utf-8', 'Application/JSON; Charset="UTF-8"'])('of type %s pass', async (type) => {
    expect((await post(toy.graphql, '{"query":"{ hello }"}', { 'content-type': type })).status).toBe(200);
  });

  it('that are compressed get 415: a small one could unpack to gigabytes', async () => {
    expect((await post(toy.graphql, 'x', { 'content-encoding': 'gzip' })).status).toBe(415);
  });

  it('that are not JSON are refused without repeating them', async () => {
    const answer = await post(toy.graphql, '{"query": hunter2');
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).not.toContain('hunter2');
  });

  it('that are not UTF-8 are refused', async () => {
    const bytes = new Uint8Array([...Buffer.from('{"query":"{ hello }","a":"'), 0xff, 0xfe, ...Buffer.from('"}')]);
    const response = await fetch(toy.graphql, { method: 'POST', headers: { 'content-type': 'application/json' }, body: bytes });
    expect(response.status).toBe(400);
  });

  it('cannot reach prototypes', async () => {
    const answer = await post(
      toy.graphql,
      '{"query":"query($n:String){hello(name:$n)}","variables":{"__proto__":{"n":"x"}},"__proto__":{"query":"{ crash }"}}',
    );
    expect(answer.body).toEqual({ data: { hello: 'hello world' } });
  });
});

describe('clients that keep the server waiting', () => {
  it('with half a request line get 408', async () => {
    const raw = await openRaw(toy.server.port);
    raw.write('POST /graphql HTTP/1.1\r\nHost: local');
    expect(await raw.closed).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('with half a body get 408, and the log knows', async () => {
    const raw = await openRaw(toy.server.port);
    raw.write(
      'POST /graphql HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: half\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"query":',
    );
    expect(await raw.closed).toMatch(/^HTTP\/1\.1 408 /);
    await until(() => toy.log.some((line) => line.requestId === 'half' && line.status === 499), 'the log line');
  });

  it('and speak no HTTP get 400', async () => {
    const raw = await openRaw(toy.server.port);
    raw.write('\x16\x03\x01\x02\x00 hello\r\n\r\n');
    expect(await raw.closed).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('with endless headers get 431', async () => {
    const raw = await openRaw(toy.server.port);
    raw.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(40_000)}\r\n\r\n`);
    expect(await raw.closed).toMatch(/^HTTP\/1\.1 431 /);
  });
});

describe('clients that leave', () => {
  it('take their query with them', async () => {
    const controller = new AbortController();
    const asked = post(toy.graphql, { query: '{ slow }' }, {}, controller.signal);
    await until(() => toy.state.began.includes('slow'), 'the query');
    controller.abort();
    await expect(asked).rejects.toThrow();
    await until(() => toy.state.aborted.includes('slow'), 'the abort');
  });

  it('leave their mutation behind, which goes on', async () => {
    const controller = new AbortController();
    const asked = post(toy.graphql, { query: 'mutation Act { act }' }, { 'x-request-id': 'left' }, controller.signal);
    await until(() => toy.state.began.includes('act'), 'the mutation');
    controller.abort();
    await expect(asked).rejects.toThrow();
    await until(() => toy.log.some((line) => line.requestId === 'left' && line.status === 499), 'the server seeing it');
    expect(toy.state.aborted).not.toContain('act');
    toy.state.gate.open();
    await until(
      async () => (await toy.metrics.metrics()).includes('kind="mutation",transport="http",outcome="ok"'),
      'the end of the mutation',
    );
  });
});
