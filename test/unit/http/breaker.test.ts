import { afterEach, describe, expect, it } from 'vitest';
import { type BreakerState, createBreaker, type Pass } from '../../../src/http/breaker.js';
import { ask, cleanUp, connect, failureOf, freePort, json, serve, until } from './support.js';

afterEach(cleanUp);

const withClock = () => {
  let at = 1_000;
  return { now: () => at, pass: (ms: number) => (at += ms) };
};

describe('a backend that fails again and again', () => {
  const strict = { breakerThreshold: 3, breakerResetMs: 5_000, maxRetries: 0 };

  it.each([501, 502, 503, 504, 429])('is left alone after consecutive %i answers, and asked again with one call', async (status) => {
    let healthy = false;
    const clock = withClock();
    const server = await serve((_, response) => json(response, healthy ? 200 : status, {}));
    const { client, seen } = connect(server.url, { http: strict }, { now: clock.now });
    const request = () => client.request(ask({ deadlineAt: clock.now() + 5_000 }));
    for (let n = 0; n < 3; n += 1) await request();
    clock.pass(1_000);
    const refused = await failureOf(request());
    expect(refused).toMatchObject({ code: 'BACKEND_UNAVAILABLE', retryable: true, facts: { retryAfterMs: 4_000 } });
    expect(refused.message).toBe(`The backend es-test answered ${status}. It has failed 3 times in a row and is left alone for 4 s.`);
    expect(refused.facts.httpStatus).toBe(status);
    expect(server.received).toHaveLength(3);
    expect(seen.failures).toEqual([refused]);

    clock.pass(4_000);
    await request();
    expect(server.received).toHaveLength(4);
    await failureOf(request());
    expect(server.received).toHaveLength(4);

    clock.pass(5_000);
    healthy = true;
    await request();
    await request();
    expect(server.received).toHaveLength(6);
    expect(seen.notes.filter((each) => each.message === 'breaker').map((each) => [each.level, each.facts.state])).toEqual([
      ['warn', 'open'],
      ['debug', 'half-open'],
      ['warn', 'open'],
      ['debug', 'half-open'],
      ['debug', 'closed'],
    ]);
  });

  it('is left alone after refused connections', async () => {
    const { client } = connect(`http://127.0.0.1:${await freePort()}`, { http: strict });
    for (let n = 0; n < 3; n += 1) expect((await failureOf(client.request(ask()))).message).toMatch(/refused the connection/);
    const error = await failureOf(client.request(ask({ method: 'POST' })));
    expect(error.message).toMatch(
      /^The backend es-test refused the connection: is it running, and is the port right\? It has failed 3 times in a row and is left alone for \d+ s\.$/,
    );
    expect(error.facts.outcomeUnknown).toBe(false);
  });

  it('is left alone after timeouts', async () => {
    const server = await serve(() => undefined);
    const { client } = connect(server.url, { http: strict });
    for (let n = 0; n < 3; n += 1) expect((await failureOf(client.request(ask({ withinMs: 20 })))).code).toBe('TIMEOUT');
    const error = await failureOf(client.request(ask()));
    expect(error.code).toBe('BACKEND_UNAVAILABLE');
    expect(error.message).toMatch(/^The backend es-test did not answer within the time allowed\. It has failed 3 times in a row/);
    expect(server.received).toHaveLength(3);
  });

  it('is not left alone because callers gave up, nor for what it refused', async () => {
    const server = await serve((request, response) => {
      if (request.url !== '/hang') json(response, 404, {});
    });
    const { client } = connect(server.url, { http: { ...strict, breakerThreshold: 1 } });
    for (let n = 1; n <= 3; n += 1) {
      const caller = new AbortController();
      const call = failureOf(client.request(ask({ path: '/hang', signal: caller.signal })));
      await until(() => server.received.length === n * 2 - 1);
      caller.abort();
      await call;
      await expect(client.request(ask())).resolves.toMatchObject({ status: 404 });
    }
  });

  it('is not left alone for a 500 in JSON: the product said no in its own words', async () => {
    const server = await serve((_, response) => json(response, 500, { error: { reason: 'AD functionality is disabled' }, status: 500 }));
    const { client } = connect(server.url, { http: { ...strict, breakerThreshold: 1 } });
    for (const _again of [1, 2, 3]) await expect(client.request(ask())).resolves.toMatchObject({ status: 500 });
    expect(server.received).toHaveLength(3);
  });

  it.each([
    ['a page', 'text/html', '<h1>Internal Server Error</h1>'],
    ['nothing', 'application/json', ''],
    ['half an answer', 'application/json', '{"error": {'],
  ])('is left alone for a 500 with %s: nobody knows who said it', async (_what, type, body) => {
    const server = await serve((_, response) => void response.writeHead(500, { 'content-type': type }).end(body));
    const { client } = connect(server.url, { http: { ...strict, breakerThreshold: 1 } });
    await client.request(ask()).catch(() => undefined);
    expect((await failureOf(client.request(ask()))).message).toMatch(/It has failed once and is left alone/);
    expect(server.received).toHaveLength(1);
  });

  it('is back with its first 500 in JSON', async () => {
    const clock = withClock();
    const server = await serve((_, response, count) => json(response, count === 1 ? 503 : 500, {}));
    const { client } = connect(server.url, { http: { ...strict, breakerThreshold: 1 } }, { now: clock.now });
    const request = () => client.request(ask({ deadlineAt: clock.now() + 5_000 }));
    await request();
    clock.pass(5_000);
    await request();
    await expect(request()).resolves.toMatchObject({ status: 500 });
  });

  it('counts each attempt of a call, and a call ends with the last answer when the breaker opens under it', async () => {
    const server = await serve((_, response, count) => json(response, 503, { count }));
    const { client } = connect(server.url, { http: { breakerThreshold: 2, maxRetries: 3 } });
    await expect(client.request(ask())).resolves.toMatchObject({ status: 503, json: { count: 2 } });
    expect(server.received).toHaveLength(2);
  });

  it('keeps the reason of its last failure, also of an answer that was no use', async () => {
    const server = await serve((_, response, count) => {
      if (count === 1) json(response, 503, {});
      else response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>');
    });
    const { client } = connect(server.url, { http: { ...strict, breakerThreshold: 2 } });
    await client.request(ask());
    await failureOf(client.request(ask()));
    const error = await failureOf(client.request(ask()));
    expect(error.message).toMatch(
      /answered 502 with text\/html, not JSON: is the URL that of the backend\? It has failed 2 times in a row and is left alone for 5 s\.$/,
    );
    expect(error.facts.httpStatus).toBe(502);
  });

  it('is not left alone because one moment broke many calls at once', async () => {
    let healthy = false;
    const server = await serve(async (_, response) => {
      if (!healthy) await until(() => server.received.length >= 4);
      json(response, healthy ? 200 : 503, {});
    });
    const { client } = connect(server.url, { http: { ...strict, breakerThreshold: 2 } });
    const paths = ['/a', '/b', '/c', '/d'];
    for (const answer of await Promise.all(paths.map((path) => client.request(ask({ path }))))) expect(answer.status).toBe(503);
    healthy = true;
    await expect(client.request(ask())).resolves.toMatchObject({ status: 200 });
  });

  it('has to fail without a success in between', async () => {
    const server = await serve((_, response, count) => json(response, count % 3 === 0 ? 200 : 503, {}));
    const { client } = connect(server.url, { http: strict });
    for (let n = 0; n < 12; n += 1) await client.request(ask());
    expect(server.received).toHaveLength(12);
  });
});

describe('a backend that may be back', () => {
  const strict = { breakerThreshold: 1, breakerResetMs: 1_000, maxRetries: 0 };
  const paths = ['/a', '/b', '/c', '/d'];

  /** A backend that failed, was left alone, and may be asked again; `/a` is answered when the test says so. */
  const fallen = async (after: number) => {
    const clock = withClock();
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const server = await serve(async (request, response, count) => {
      if (count > 1 && request.url === '/a') await gate;
      json(response, count === 1 ? 503 : after, {});
    });
    const { client } = connect(server.url, { http: strict }, { now: clock.now });
    const request = (path: string, withinMs = 8_000, signal?: AbortSignal) =>
      client.request(ask({ path, deadlineAt: clock.now() + withinMs, ...(signal ? { signal } : {}) }));
    await request('/first');
    clock.pass(1_000);
    return { request, server, open: () => open(), clock };
  };

  it('answers all calls of its first moment: the others wait for the trial', async () => {
    const { request, server, open } = await fallen(200);
    const calls = paths.map((path) => request(path));
    await until(() => server.received.length === 2);
    open();
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  it('refuses those that waited, with the reason, when the trial fails', async () => {
    const { request, server, open } = await fallen(503);
    const [trial, ...others] = paths.map((path) => request(path));
    const failures = Promise.all(others.map(failureOf));
    await until(() => server.received.length === 2);
    open();
    await expect(trial).resolves.toMatchObject({ status: 503 });
    for (const error of await failures) {
      expect(error.message).toBe('The backend es-test answered 503. It has failed 2 times in a row and is left alone for 1 s.');
    }
    expect(server.received).toHaveLength(2);
  });

  it('is not waited for beyond a deadline, nor by callers who gave up', async () => {
    const { request, server, open } = await fallen(200);
    const trial = request('/a');
    await until(() => server.received.length === 2);
    const caller = new AbortController();
    const hurried = failureOf(request('/b', 30));
    const givenUp = failureOf(request('/c', 8_000, caller.signal));
    caller.abort();
    expect((await givenUp).message).toBe('The request was given up by its caller.');
    expect((await hurried).code).toBe('TIMEOUT');
    expect(server.received).toHaveLength(2);
    open();
    await expect(trial).resolves.toMatchObject({ status: 200 });
  });

  it('is tried by the next one when the trial is given up', async () => {
    const { request, server } = await fallen(200);
    const caller = new AbortController();
    const trial = failureOf(request('/a', 8_000, caller.signal));
    await until(() => server.received.length === 2);
    const others = ['/b', '/c'].map((path) => request(path));
    caller.abort();
    await trial;
    expect((await Promise.all(others)).map(({ status }) => status)).toEqual([200, 200]);
  });

  it('is tried by the next one when the trial takes long', async () => {
    const { request, server, open, clock } = await fallen(200);
    const trial = request('/a', 60_000);
    await until(() => server.received.length === 2);
    clock.pass(990);
    const other = request('/b', 60_000);
    clock.pass(10);
    await expect(other).resolves.toMatchObject({ status: 200 });
    open();
    await trial;
  });
});

describe('the breaker by itself', () => {
  const why = { message: 'It broke.' };
  const build = () => {
    const clock = withClock();
    const changes: BreakerState[] = [];
    const breaker = createBreaker({ threshold: 2, resetMs: 100, now: clock.now, onChange: (state) => changes.push(state) });
    const enter = (): Pass | undefined => {
      const pass = breaker.enter();
      return 'retryAfterMs' in pass ? undefined : pass;
    };
    const open = (): void => {
      enter()?.failed(why);
      enter()?.failed(why);
    };
    return { breaker, clock, changes, enter, open };
  };

  it('lets one trial through at a time, and tells when it is over', async () => {
    const { clock, enter, open, breaker } = build();
    open();
    expect(enter()).toBeUndefined();
    clock.pass(100);
    const trial = enter();
    expect(trial).toBeDefined();
    const second = breaker.enter();
    expect(second).toMatchObject({ retryAfterMs: 100, failures: 2, last: why, trial: expect.any(Promise) });
    trial?.succeeded();
    if ('trial' in second) await second.trial;
    expect(breaker.state()).toBe('closed');
    expect(enter()).toBeDefined();
  });

  it('gives the trial to the next one when it was given up', () => {
    const { clock, enter, open, breaker } = build();
    open();
    clock.pass(100);
    enter()?.abandoned();
    const next = enter();
    expect(next).toBeDefined();
    next?.failed(why);
    expect(breaker.state()).toBe('open');
  });

  it('does not wait for ever for a trial that blocks', () => {
    const { clock, enter, open, breaker } = build();
    open();
    clock.pass(100);
    const stuck = enter();
    clock.pass(100);
    enter()?.succeeded();
    expect(breaker.state()).toBe('closed');
    stuck?.failed(why);
    expect(breaker.state()).toBe('closed');
  });

  it('ignores what comes of calls that began before it opened', () => {
    const { clock, enter, open, breaker, changes } = build();
    const [old, older] = [enter(), enter()];
    open();
    old?.succeeded();
    older?.failed(why);
    expect(breaker.state()).toBe('open');
    clock.pass(99);
    expect(breaker.enter()).toEqual({ retryAfterMs: 1, failures: 2, last: why });
    expect(changes).toEqual(['open']);
  });

  it('counts failures of calls under way together once, and one that begins after them again', () => {
    const { enter, breaker } = build();
    const together = [enter(), enter(), enter()];
    for (const each of together) each?.failed(why);
    expect(breaker.state()).toBe('closed');
    enter()?.failed(why);
    expect(breaker.state()).toBe('open');
  });

  it('counts a failure after a success once more', () => {
    const { enter, breaker } = build();
    const [first, second] = [enter(), enter()];
    first?.failed(why);
    enter()?.succeeded();
    second?.failed(why);
    enter()?.failed(why);
    expect(breaker.state()).toBe('closed');
    enter()?.failed(why);
    expect(breaker.state()).toBe('open');
  });
});
