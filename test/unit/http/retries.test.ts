import { afterEach, describe, expect, it } from 'vitest';
import { createRetryBudget } from '../../../src/http/retry-budget.js';
import { backoffMs, retryAfterMs } from '../../../src/http/retry-wait.js';
import { ask, cleanUp, connect, failureOf, freePort, json, serve, serveRaw } from './support.js';

afterEach(cleanUp);

describe('reads are asked again', () => {
  it.each([429, 502, 503, 504])('after a %i', async (status) => {
    const server = await serve((_, response, count) => json(response, count < 3 ? status : 200, { count }));
    const { client, seen } = connect(server.url);
    await expect(client.request(ask())).resolves.toMatchObject({ status: 200, json: { count: 3 } });
    expect(seen.answers).toMatchObject([{ status: 200 }]);
    expect(seen.failures).toEqual([]);
    expect(seen.notes).toMatchObject([
      {
        level: 'debug',
        message: 'asking again',
        facts: { backend: 'es-test', route: 'GET /thing', requestId: 'req-1', attempt: 1, status },
      },
      { level: 'debug', facts: { attempt: 2 } },
    ]);
  });

  it.each([200, 301, 400, 404, 409, 500, 501])('but not after a %i', async (status) => {
    const server = await serve((_, response) => json(response, status, {}));
    const { client } = connect(server.url);
    await client.request(ask()).catch(() => undefined);
    expect(server.received).toHaveLength(1);
  });

  it('after a reset and after an answer that was cut', async () => {
    const server = await serveRaw((socket, count) => {
      if (count === 1) socket.resetAndDestroy();
      else if (count === 2) socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"half":');
      else socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}');
    });
    const { client } = connect(server.url);
    await expect(client.request(ask())).resolves.toMatchObject({ status: 200, json: {} });
    expect(server.connections()).toBe(3);
  });

  it('after a proxy answered 502 in HTML', async () => {
    const server = await serve((_, response, count) => {
      if (count === 1) response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>');
      else json(response, 200, {});
    });
    const { client } = connect(server.url);
    await expect(client.request(ask())).resolves.toMatchObject({ status: 200 });
  });

  it('so often and no more; then the last complete answer is handed over', async () => {
    const server = await serve((_, response, count) => json(response, 429, { count }));
    const { client, seen } = connect(server.url, { http: { maxRetries: 2 } });
    await expect(client.request(ask())).resolves.toMatchObject({ status: 429, json: { count: 3 } });
    expect(seen.answers).toMatchObject([{ status: 429 }]);
  });

  it('so often and no more; then the failure is thrown, once', async () => {
    const { client, seen } = connect(`http://127.0.0.1:${await freePort()}`, { http: { maxRetries: 2 } });
    const error = await failureOf(client.request(ask()));
    expect(seen.notes).toHaveLength(2);
    expect(seen.failures).toEqual([error]);
  });

  it('tells how long to wait when the last answer was no use', async () => {
    const server = await serve((_, response) => {
      response.writeHead(503, { 'content-type': 'text/html', 'retry-after': '7' }).end('<h1>maintenance</h1>');
    });
    const { client } = connect(server.url);
    const error = await failureOf(client.request(ask({ withinMs: 5_000 })));
    expect(error).toMatchObject({ code: 'BACKEND_UNAVAILABLE', facts: { httpStatus: 503, retryAfterMs: 7_000 } });
    expect(server.received).toHaveLength(1);
  });

  it('also for a search by POST that says it may be repeated', async () => {
    const server = await serve((_, response, count) => json(response, count === 1 ? 503 : 200, {}));
    const { client } = connect(server.url);
    await expect(client.request(ask({ method: 'POST', body: {}, repeatable: true }))).resolves.toMatchObject({ status: 200 });
    expect(server.received.map((each) => each.body)).toEqual(['{}', '{}']);
  });

  it('but not a GET that says it must not be', async () => {
    const server = await serve((_, response) => json(response, 503, {}));
    const { client } = connect(server.url);
    await expect(client.request(ask({ repeatable: false }))).resolves.toMatchObject({ status: 503 });
    expect(server.received).toHaveLength(1);
  });
});

describe('Retry-After', () => {
  it('is obeyed when given in seconds', async () => {
    const server = await serve((_, response, count) => {
      json(response, count === 1 ? 503 : 200, {}, count === 1 ? { 'retry-after': '1' } : {});
    });
    const { client, seen } = connect(server.url);
    await client.request(ask());
    expect(seen.notes).toMatchObject([{ facts: { waitMs: 1_000, status: 503 } }]);
    expect(server.received).toHaveLength(2);
  });

  it('is obeyed when given as a date', async () => {
    const now = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT');
    const server = await serve((_, response, count) =>
      json(response, count === 1 ? 429 : 200, {}, count === 1 ? { 'retry-after': 'Wed, 21 Oct 2026 07:28:01 GMT' } : {}),
    );
    const { client, seen } = connect(server.url, {}, { now: () => now });
    await expect(client.request(ask({ deadlineAt: now + 10_000 }))).resolves.toMatchObject({ status: 200 });
    expect(seen.notes).toMatchObject([{ facts: { waitMs: 1_000 } }]);
  });

  it('beyond the deadline ends the call at once with the answer there is', async () => {
    const server = await serve((_, response) => json(response, 429, { error: 'busy' }, { 'retry-after': '60' }));
    const { client } = connect(server.url);
    await expect(client.request(ask({ withinMs: 5_000 }))).resolves.toMatchObject({
      status: 429,
      json: { error: 'busy' },
      headers: { 'retry-after': '60' },
    });
    expect(server.received).toHaveLength(1);
  });

  it.each<[string | undefined, number | undefined]>([
    [undefined, undefined],
    ['', undefined],
    ['soon', undefined],
    ['-1', undefined],
    ['0', 0],
    [' 12 ', 12_000],
    ['600', 600_000],
    ['9999999', 600_000],
    ['9'.repeat(400), 600_000],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 600_000],
    ['Thu, 01 Jan 1970 00:00:10 GMT', 9_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ])('%j is read as %j ms', (header, ms) => {
    expect(retryAfterMs(header, 1_000)).toEqual(ms);
  });
});

describe('the wait before a retry', () => {
  it('lies anywhere below a ceiling that doubles up to five seconds', () => {
    expect([0, 1, 2, 5, 6, 50].map((attempt) => backoffMs(attempt, () => 1))).toEqual([100, 200, 400, 3_200, 5_000, 5_000]);
    expect(backoffMs(3, () => 0)).toBe(0);
    expect(backoffMs(1, () => 0.5)).toBe(100);
  });
});

describe('the retry budget', () => {
  it('is shared by all calls to a backend: an outage is not multiplied', async () => {
    const server = await serve((_, response) => json(response, 503, {}));
    const { client } = connect(server.url);
    for (let call = 0; call < 10; call += 1) await client.request(ask());
    // 10 first attempts, 10 retries at once, and what 10 calls earned.
    expect(server.received.length).toBeLessThanOrEqual(22);
    const before = server.received.length;
    await client.request(ask());
    expect(server.received.length - before).toBeLessThanOrEqual(2);
  });

  it('is earned again by calls, never beyond its capacity', () => {
    const budget = createRetryBudget({ capacity: 2, perCall: 0.5 });
    const spend = (): boolean[] => [budget.spend(), budget.spend(), budget.spend()];
    expect(spend()).toEqual([true, true, false]);
    budget.earn();
    expect(budget.spend()).toBe(false);
    budget.earn();
    expect(budget.spend()).toBe(true);
    for (let n = 0; n < 100; n += 1) budget.earn();
    expect(spend()).toEqual([true, true, false]);
  });
});
