import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/index.js';
import { post, read } from './support/http.js';
import { startToyServer, type ToyOverrides, type ToyServer } from './support/toy-server.js';

let toy: ToyServer;
beforeAll(async () => {
  toy = await startToyServer({ options: { allowedOrigins: ['https://ui.example.com'] } });
});
afterAll(async () => {
  await toy.server.stop();
});

/** `fetch` sets Host by itself; this does not. */
const withHost = (port: number, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/health/live', headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .once('error', reject)
      .end();
  });

describe('probes', () => {
  it('live answers as long as the process does', async () => {
    const answer = await read(await fetch(`${toy.url}/health/live`));
    expect([answer.status, answer.body]).toEqual([200, { live: true }]);
  });

  it('ready follows what the gateway says of itself', async () => {
    expect(await read(await fetch(`${toy.url}/health/ready`))).toMatchObject({ status: 200, body: { ready: true, backends: 'UP' } });
    toy.ready = { ready: false, report: { backends: 'DOWN' } };
    expect(await read(await fetch(`${toy.url}/health/ready`))).toMatchObject({ status: 503, body: { ready: false, backends: 'DOWN' } });
    toy.ready = { ready: true, report: {} };
  });

  it('answer HEAD without a body', async () => {
    const response = await fetch(`${toy.url}/health/live`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });
});

describe('paths', () => {
  it.each(['/nothing', '/graphql/', '/__proto__', '/constructor', '/health', '/%2e%2e/etc/passwd', '//graphql'])(
    '%s is 404 in JSON',
    async (path) => {
      const answer = await read(await fetch(toy.url + path));
      expect(answer.status).toBe(404);
      expect(answer.body.errors?.[0]?.extensions).toMatchObject({ code: 'NOT_FOUND', requestId: answer.headers.get('x-request-id') });
    },
  );

  it.each([
    ['DELETE', '/graphql', 'GET, POST, OPTIONS'],
    ['PUT', '/', 'GET, HEAD'],
    ['POST', '/metrics', 'GET, HEAD'],
    ['POST', '/health/ready', 'GET, HEAD'],
  ])('%s %s is 405 with what is allowed', async (method, path, allow) => {
    const answer = await read(await fetch(toy.url + path, { method }));
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
    expect(answer.body.errors?.[0]?.extensions.code).toBe('INVALID_INPUT');
  });

  it.each(['/', '/graphql', '/metrics', '/health/live', '/nowhere'])('%s carries the security headers', async (path) => {
    const { headers } = await fetch(toy.url + path, { redirect: 'manual' });
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-request-id')).not.toBeNull();
    expect(headers.has('x-powered-by')).toBe(false);
  });

  it('a browser that opens /graphql is sent to the page', async () => {
    const response = await fetch(toy.graphql, { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }, redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/']);
  });
});

describe('metrics', () => {
  it('count requests by route and status, and operations by kind, with no label a client chooses', async () => {
    await post(toy.graphql, { query: 'query MyVeryOwnName { hello }' });
    await post(toy.graphql, { query: '{ refused }' });
    await post(toy.graphql, { query: '{ nope }' });
    await fetch(`${toy.url}/my-very-own-path`, { method: 'PATCH' });
    const response = await fetch(`${toy.url}/metrics`);
    const text = await response.text();
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(text).toContain('vigil_http_requests_total{method="POST",route="/graphql",status="200"} 3');
    expect(text).toContain('vigil_http_requests_total{method="PATCH",route="other",status="404"} 1');
    expect(text).toContain('vigil_graphql_operation_duration_seconds_count{kind="query",transport="http",outcome="ok"} 1');
    expect(text).toContain('vigil_graphql_operation_duration_seconds_count{kind="query",transport="http",outcome="error"} 1');
    expect(text).toContain('vigil_graphql_refused_total{transport="http"} 1');
    expect(text).toContain('vigil_websocket_connections 0');
    expect(text.toLowerCase()).not.toContain('very');
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]);
    expect(names.every((name) => name?.startsWith('vigil_'))).toBe(true);
  });
});

describe('the log', () => {
  it('has one line per request, with operation and root fields, and nothing a client may keep secret', async () => {
    const query = 'query Greeting($n: String) { hello(name: $n) }';
    await post(
      toy.graphql,
      { query, variables: { n: 'hunter2' } },
      { 'x-request-id': 'logged', authorization: 'Bearer hunter3', cookie: 'hunter4' },
    );
    const lines = toy.log.filter((line) => line.requestId === 'logged');
    expect(lines).toEqual([
      expect.objectContaining({
        method: 'POST',
        route: '/graphql',
        status: 200,
        ms: expect.any(Number),
        kind: 'query',
        operation: 'Greeting',
        fields: ['hello'],
        actor: null,
      }),
    ]);
    expect(JSON.stringify(toy.log)).not.toMatch(/hunter[234]/);
  });

  it('cuts a name that is too long', async () => {
    await post(toy.graphql, { query: `query ${'N'.repeat(500)} { hello }` }, { 'x-request-id': 'long-name' });
    expect(toy.log.find((line) => line.requestId === 'long-name')?.operation).toHaveLength(80);
  });
});

describe('pages of other origins', () => {
  const origin = 'https://ui.example.com';

  it('are told they are welcome when they are', async () => {
    const preflight = await fetch(toy.graphql, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('content-type');
    expect(preflight.headers.has('access-control-allow-credentials')).toBe(false);
    const answer = await post(toy.graphql, { query: '{ hello }' }, { origin });
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    expect(answer.headers.get('vary')).toContain('origin');
  });

  it('are told nothing otherwise', async () => {
    for (const stranger of ['https://evil.example.com', 'null', 'https://ui.example.com.evil.com']) {
      const preflight = await fetch(toy.graphql, {
        method: 'OPTIONS',
        headers: { origin: stranger, 'access-control-request-method': 'POST' },
      });
      expect(preflight.headers.has('access-control-allow-origin')).toBe(false);
    }
  });
});

describe('names of this host', () => {
  it.each(['localhost:4000', '127.0.0.1', '[::1]:4000', 'vigil.localhost', 'ui.example.com'])('%s is answered', async (host) => {
    expect(await withHost(toy.server.port, host)).toBe(200);
  });

  it.each(['evil.example.com', 'localhost.evil.com', '127.0.0.1.evil.com'])('%s, rebound to loopback, is not', async (host) => {
    expect(await withHost(toy.server.port, host)).toBe(421);
  });

  it('are not looked at when everybody has to show a token', async () => {
    await using guarded = await startToyServer({ options: { auth: { kind: 'bearer', tokens: [new Secret('t0ken')] } } });
    expect(await withHost(guarded.server.port, 'vigil.example.com')).toBe(200);
  });
});

describe('who may come in', () => {
  const token = 'correct horse'.replace(' ', '-');
  const auth = { kind: 'bearer', tokens: [new Secret('another-token'), new Secret(token)] } as const;

  it('shows a token, and gets a name from it that is no secret', async () => {
    await using guarded = await startToyServer({ options: { auth } });
    const answer = await post(guarded.graphql, { query: '{ actor }' }, { authorization: `Bearer ${token}` });
    const digest = createHash('sha256').update(token).digest('hex');
    expect(answer.body.data).toEqual({ actor: `token:${digest.slice(0, 8)}` });
    expect(JSON.stringify(guarded.log)).not.toContain(token);
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer wrong',
    `Basic ${token}`,
    token,
    `Bearer ${token}x`,
    `Bearer ${token.slice(1)}`,
    `Bearer ${token} extra`,
  ])('is not let in with %s', async (authorization) => {
    await using guarded = await startToyServer({ options: { auth } });
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const answer = await post(guarded.graphql, { query: '{ actor }' }, headers);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="vigil"');
    expect(answer.body.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    expect(answer.body).not.toHaveProperty('data');
  });

  it('needs the token for metrics, and none for the page and the probes', async () => {
    await using guarded = await startToyServer({ options: { auth } });
    const status = async (path: string, headers: Record<string, string> = {}) => (await fetch(guarded.url + path, { headers })).status;
    expect(await status('/metrics')).toBe(401);
    expect(await status('/metrics', { authorization: `Bearer ${token}` })).toBe(200);
    expect(await status('/')).toBe(200);
    expect(await status('/health/live')).toBe(200);
    expect(await status('/health/ready')).toBe(200);
  });

  it('is refused before the body is read', async () => {
    await using guarded = await startToyServer({ options: { auth } });
    expect((await post(guarded.graphql, 'not json')).status).toBe(401);
  });
});

describe('listening', () => {
  it.each(['0.0.0.0', '::', '192.0.2.1', 'example.com', '128.0.0.1'])('on %s for everybody is refused', async (host) => {
    await expect(startToyServer({ options: { host } })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('server.auth'),
    });
  });

  it.each<[string, ToyOverrides['options']]>([
    ['a token', { host: '0.0.0.0', auth: { kind: 'bearer', tokens: [new Secret('t')] } }],
    ['insecure: true', { host: '0.0.0.0', insecure: true }],
  ])('beyond loopback is fine with %s', async (_, options) => {
    await using open = await startToyServer({ options: options ?? {} });
    expect(open.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${open.url}/health/live`)).status).toBe(200);
  });

  it('on IPv6 loopback needs nothing, and has a URL that can be opened', async (context) => {
    const open = await startToyServer({ options: { host: '::1' } }).catch((error: unknown) => {
      if (error instanceof Error && error.message.includes('EADDRNOTAVAIL')) return undefined;
      throw error;
    });
    if (open === undefined) return context.skip('this machine has no IPv6 loopback');
    expect(open.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect((await fetch(`${open.url}/health/live`)).status).toBe(200);
    await open.server.stop();
  });

  it('on a taken port says so', async () => {
    await expect(startToyServer({ options: { port: toy.server.port } })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: `Cannot listen on 127.0.0.1 port ${toy.server.port}: the port is in use.`,
    });
  });
});

describe('too many connections', () => {
  it('are answered 503, and served again when others have left', async () => {
    await using small = await startToyServer({ options: { maxConnections: 1 } });
    const held = post(small.graphql, { query: '{ slow }' });
    while (!small.state.began.includes('slow')) await new Promise((resolve) => setImmediate(resolve));
    const refused = await post(small.graphql, { query: '{ hello }' });
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.body.errors?.[0]?.extensions).toMatchObject({ code: 'BACKEND_UNAVAILABLE', retryable: true });
    small.state.gate.open();
    expect((await held).body.data).toEqual({ slow: 'slow is done' });
  });
});
