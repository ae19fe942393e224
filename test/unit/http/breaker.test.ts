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

  it.each([500, 503, 429])('is left alone after consecutive %i answers, and asked again with one call', async (status) => {
    let healthy = false;
    const clock = withClock();
    const server = await serve((_, response) => json(response, healthy ? 200 : status, {}));
    const { client, seen } = connect(server.url, { http: strict }, { now: clock.now });
    const request = () => client.request(ask({ deadlineAt: clock.now() + 5_000 }));
    for (let n = 0; n < 3; n += 1) await request();
    clock.pass(1_000);
    const refused = await failureOf(request());
    expect(refused).toMatchObject({ code: 'BACKEND_UNAVAILABLE', retryable: true, facts: { retryAfterMs: 4_000 } });
    expect(refused.message).toMatch(/has failed again and again/);
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
    expect(error.message).toMatch(/again and again/);
    expect(error.facts.outcomeUnknown).toBe(false);
  });

  it('is left alone after timeouts', async () => {
    const server = await serve(() => undefined);
    const { client } = connect(server.url, { http: strict });
    for (let n = 0; n < 3; n += 1) expect((await failureOf(client.request(ask({ withinMs: 20 })))).code).toBe('TIMEOUT');
    expect((await failureOf(client.request(ask()))).message).toMatch(/again and again/);
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

  it('counts each attempt of a call, and a call ends with the last answer when the breaker opens under it', async () => {
    const server = await serve((_, response, count) => json(response, 503, { count }));
    const { client } = connect(server.url, { http: { breakerThreshold: 2, maxRetries: 3 } });
    await expect(client.request(ask())).resolves.toMatchObject({ status: 503, json: { count: 2 } });
    expect(server.received).toHaveLength(2);
  });

  it('has to fail without a success in between', async () => {
    const server = await serve((_, response, count) => json(response, count % 3 === 0 ? 200 : 500, {}));
    const { client } = connect(server.url, { http: strict });
    for (let n = 0; n < 12; n += 1) await client.request(ask());
    expect(server.received).toHaveLength(12);
  });
});

describe('the breaker by itself', () => {
  const build = () => {
    const clock = withClock();
    const changes: BreakerState[] = [];
    const breaker = createBreaker({ threshold: 2, resetMs: 100, now: clock.now, onChange: (state) => changes.push(state) });
    const enter = (): Pass | undefined => {
      const pass = breaker.enter();
      return 'retryAfterMs' in pass ? undefined : pass;
    };
    const open = (): void => {
      enter()?.failed();
      enter()?.failed();
    };
    return { breaker, clock, changes, enter, open };
  };

  it('lets one trial through at a time', () => {
    const { clock, enter, open, breaker } = build();
    open();
    expect(enter()).toBeUndefined();
    clock.pass(100);
    const trial = enter();
    expect(trial).toBeDefined();
    expect(breaker.enter()).toEqual({ retryAfterMs: 100 });
    trial?.succeeded();
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
    next?.failed();
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
    stuck?.failed();
    expect(breaker.state()).toBe('closed');
  });

  it('ignores what comes of calls that began before it opened', () => {
    const { clock, enter, open, breaker, changes } = build();
    const [old, older] = [enter(), enter()];
    open();
    old?.succeeded();
    older?.failed();
    expect(breaker.state()).toBe('open');
    clock.pass(99);
    expect(breaker.enter()).toEqual({ retryAfterMs: 1 });
    expect(changes).toEqual(['open']);
  });
});
