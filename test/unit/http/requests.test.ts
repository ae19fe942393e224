import { afterEach, describe, expect, it } from 'vitest';
import { type Auth, Secret } from '../../../src/domain/index.js';
import { targetOf } from '../../../src/http/index.js';
import { ask, cleanUp, connect, json, serve } from './support.js';

afterEach(cleanUp);

const echo = () => serve((_, response) => json(response, 200, { ok: true }));

describe('what a backend is sent', () => {
  it.each([
    ['', '/thing'],
    ['/', '/thing'],
    ['/prefix', '/prefix/thing'],
    ['/prefix/', '/prefix/thing'],
    ['/a/b//', '/a/b/thing'],
  ])('puts the path below the base path %j', async (base, url) => {
    const server = await echo();
    const { client } = connect(`${server.url}${base}`);
    await client.request(ask());
    expect(server.received.map((each) => each.url)).toEqual([url]);
  });

  it('leaves undefined query values out, encodes the others, and keeps commas of lists short', async () => {
    const server = await echo();
    const { client } = connect(server.url);
    await client.request(ask({ path: '/jobs/a%2Fb', query: { ids: 'a,b', text: 'x y&z=ü', none: undefined, flag: false, size: 0 } }));
    expect(server.received[0]?.url).toBe('/jobs/a%2Fb?ids=a,b&text=x%20y%26z%3D%C3%BC&flag=false&size=0');
  });

  it('tells the target of a request without sending it, for budgets of the request line', () => {
    expect(targetOf({ path: '/a' })).toBe('/a');
    expect(targetOf({ path: '/a', query: { b: undefined } })).toBe('/a');
    expect(targetOf({ path: '/a', query: { b: 1 } })).toBe('/a?b=1');
  });

  it('sends JSON with its content type, and neither without a body', async () => {
    const server = await echo();
    const { client } = connect(server.url);
    await client.request(ask({ method: 'POST', body: { query: { ids: ['ü'] } } }));
    await client.request(ask({ method: 'POST' }));
    await client.request(ask({ method: 'DELETE' }));
    expect(server.received.map(({ method, body, headers }) => [method, body, headers['content-type']])).toEqual([
      ['POST', '{"query":{"ids":["ü"]}}', 'application/json'],
      ['POST', '', undefined],
      ['DELETE', '', undefined],
    ]);
  });

  it('says who asks, in one word for all requests, and that it wants plain JSON', async () => {
    const server = await echo();
    const { client } = connect(server.url, {}, { userAgent: 'vigil/1.2.3' });
    await client.request(ask({ requestId: 'req-77' }));
    expect(server.received[0]?.headers).toMatchObject({
      accept: 'application/json',
      'accept-encoding': 'identity',
      'user-agent': 'vigil/1.2.3',
      'x-opaque-id': 'vigil',
    });
  });

  it.each<[string, Auth, string | undefined]>([
    ['none', { kind: 'none' }, undefined],
    ['basic', { kind: 'basic', username: 'élise', password: new Secret('p:w') }, `Basic ${Buffer.from('élise:p:w').toString('base64')}`],
    ['apiKey', { kind: 'apiKey', value: new Secret('aWQ6a2V5') }, 'ApiKey aWQ6a2V5'],
    ['bearer', { kind: 'bearer', token: new Secret('t0ken') }, 'Bearer t0ken'],
  ])('proves who it is: %s', async (_, auth, header) => {
    const server = await echo();
    const { client } = connect(server.url, { auth });
    await client.request(ask());
    expect(server.received[0]?.headers.authorization).toBe(header);
  });

  it('opens no more sockets than allowed and asks the rest after another', async () => {
    let open = 0;
    let most = 0;
    const server = await serve(async (_, response) => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      json(response, 200, {});
    });
    const { client } = connect(server.url, { http: { maxConnections: 2 } });
    await Promise.all(Array.from({ length: 12 }, (_, n) => client.request(ask({ path: `/${n}` }))));
    expect(server.received).toHaveLength(12);
    expect(most).toBeLessThanOrEqual(2);
  });

  it('opens no socket before the first request, and refuses requests after it was disposed of', async () => {
    const server = await echo();
    const { client, seen } = connect(server.url);
    await Promise.all([client.dispose(), client.dispose()]);
    await client.dispose();
    await expect(client.request(ask())).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE', retryable: false });
    expect(server.received).toHaveLength(0);
    expect(seen.failures).toHaveLength(0);
  });
});
