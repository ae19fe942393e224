import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { type Auth, Secret } from '../../../src/domain/index.js';
import { isVigilError } from '../../../src/errors.js';
import { createRedact } from '../../../src/http/index.js';
import { ask, cleanUp, connect, freePort, json, type Observed, serve, serveRaw } from './support.js';

afterEach(cleanUp);

const secret = 'S3cr3t-value';
const auths: readonly Auth[] = [
  { kind: 'basic', username: 'vigil', password: new Secret(secret) },
  { kind: 'apiKey', value: new Secret(secret) },
  { kind: 'bearer', token: new Secret(secret) },
];
// A server may change the case of what it echoes.
const encoded = Buffer.from(`vigil:${secret}`).toString('base64');

const everything = (error: unknown): string => {
  const chain: unknown[] = [];
  for (let each = error; each instanceof Error; each = each.cause) chain.push(each, { ...each }, each.stack);
  return `${inspect(chain, { depth: 12, showHidden: true })}${JSON.stringify(chain)}`;
};
const logged = (seen: Observed): string => inspect([seen.notes, seen.answers], { depth: 12, showHidden: true });

describe('secrets', () => {
  // Each way in which a call can end, by a server that echoes what it was sent.
  const ways: Record<string, () => Promise<string>> = {
    refused: async () => `http://127.0.0.1:${await freePort()}`,
    unresolved: async () => 'http://nowhere.invalid',
    reset: async () => (await serveRaw((socket) => socket.resetAndDestroy())).url,
    'not HTTP': async () => (await serveRaw((socket) => socket.end('nonsense\r\n\r\n'))).url,
    hang: async () => (await serve(() => undefined)).url,
    'echo in HTML': async () =>
      (
        await serve(({ headers }, response) => {
          response
            .writeHead(500, { 'content-type': 'text/html', 'x-echo': headers.authorization ?? '' })
            .end(`<pre>${headers.authorization}</pre>`);
        })
      ).url,
    'echo in broken JSON': async () =>
      (
        await serve(({ headers }, response) => {
          response.writeHead(200, { 'content-type': 'application/json' }).end(`{"headers":"${headers.authorization}`);
        })
      ).url,
    'echo in a warning': async () =>
      (await serve(({ headers }, response) => json(response, 200, {}, { warning: `299 es "do not send ${headers.authorization}"` }))).url,
    'echo in a content type': async () =>
      (
        await serve(({ headers }, response) => {
          response.writeHead(200, { 'content-type': `text/${(headers.authorization ?? '').split(' ')[1]}` }).end('x');
        })
      ).url,
  };

  for (const auth of auths) {
    it.each(Object.keys(ways))(`of ${auth.kind} are in no error, cause or log line: %s`, async (way) => {
      const { client, seen } = connect((await ways[way]?.()) ?? '', { auth, http: { maxRetries: 1 } });
      for (const method of ['GET', 'POST'] as const) {
        const outcome = await client.request(ask({ method, withinMs: 100 })).catch((error: unknown) => error);
        if (!isVigilError(outcome)) continue;
        expect(everything(outcome)).not.toMatch(new RegExp(secret, 'i'));
        expect(everything(outcome)).not.toMatch(new RegExp(encoded, 'i'));
      }
      expect(logged(seen)).not.toMatch(new RegExp(secret, 'i'));
      expect(logged(seen)).not.toMatch(new RegExp(encoded, 'i'));
    });
  }

  it('of a client certificate are in no error when the key is unreadable', async () => {
    const key = new Secret(`-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----`);
    const { client } = connect('https://127.0.0.1:1', { tls: { cert: 'nonsense', key, passphrase: new Secret(secret) } });
    const error = await client.request(ask()).catch((each: unknown) => each);
    expect(isVigilError(error)).toBe(true);
    expect(everything(error)).not.toMatch(new RegExp(secret, 'i'));
  });
});

describe('redaction', () => {
  const redact = createRedact(['hunter2', 'hunter2-and-more', '', 'a+b(c']);

  it('goes by the name a value stands under', () => {
    const facts = {
      Authorization: 'x',
      cookie: 'x',
      'set-cookie': ['x'],
      apiKey: 'x',
      api_key: 'x',
      'X-Auth-Token': 'x',
      secretKey: { deep: 'x' },
      passphrase: 'x',
      password: 1,
    };
    expect(Object.values(redact(facts))).toEqual(Object.keys(facts).map(() => '***'));
  });

  it('goes by the form of a value', () => {
    expect(redact({ a: 'sent Bearer abc.def-ghi, then', b: 'apikey QUJD==', c: 'http://user:pw@host/x', d: ['Basic eA=='] })).toEqual({
      a: 'sent Bearer ***, then',
      b: 'apikey ***',
      c: 'http://***@host/x',
      d: ['Basic ***'],
    });
  });

  it('goes by the very text, longest first', () => {
    expect(redact({ a: 'x hunter2-and-more y HUNTER2 z a+b(c' })).toEqual({ a: 'x *** y *** z ***' });
  });

  it('reaches into objects, lists and errors with their causes, and ends on cycles', () => {
    const cycle: Record<string, unknown> = { note: 'hunter2' };
    cycle.self = cycle;
    const error = Object.assign(new TypeError('hunter2 failed', { cause: new RangeError('Bearer abc') }), { code: 'E_HUNTER' });
    const result = redact({ error, list: [{ token: 'x' }], cycle });
    expect(result).toMatchObject({
      error: { name: 'TypeError', code: 'E_HUNTER', message: '*** failed', cause: { name: 'RangeError', message: 'Bearer ***' } },
      list: [{ token: '***' }],
      cycle: { note: '***' },
    });
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  it('leaves everything else as it is', () => {
    const facts = { status: 200, flag: true, none: null, missing: undefined, text: 'A bear of few words', route: 'GET /_tasks/{id}' };
    expect(redact(facts)).toEqual(facts);
  });
});

describe('deprecation warnings', () => {
  // Form recorded from Elasticsearch 7.x: one header for each warning.
  const es = (text: string): string => `299 Elasticsearch-8.17.0-2b6a7fed44faa321997703718f07ee0420804b41 "${text}"`;
  const warnings = (seen: Observed): unknown[] =>
    seen.notes.filter((each) => each.message === 'deprecated by the backend').map((each) => each.facts.warning);

  it('are logged once for each text', async () => {
    const server = await serve((_, response, count) =>
      json(response, 200, {}, { warning: [es('[allow_no_jobs] is old'), es(`say \\"x\\" ${count > 2 ? 2 : 1}`)] }),
    );
    const { client, seen } = connect(server.url);
    for (let n = 0; n < 4; n += 1) await client.request(ask());
    expect(warnings(seen)).toEqual(['[allow_no_jobs] is old', 'say "x" 1', 'say "x" 2']);
    expect(seen.notes[0]).toMatchObject({ level: 'warn', facts: { backend: 'es-test', route: 'GET /thing' } });
  });

  it('are read from one header that holds several, and other warnings are left out', async () => {
    const server = await serve((_, response) => json(response, 200, {}, { warning: `${es('a, b')}, 199 proxy "stale", ${es('c')}` }));
    const { client, seen } = connect(server.url);
    await client.request(ask());
    expect(warnings(seen)).toEqual(['a, b', 'c']);
  });

  it('do not fill the memory of a gateway however many texts there are', async () => {
    const server = await serve((_, response, count) =>
      json(response, 200, {}, { warning: es(count <= 300 ? `text ${count}` : 'text 300') }),
    );
    const { client, seen } = connect(server.url);
    for (let n = 0; n < 301; n += 1) await client.request(ask());
    expect(warnings(seen)).toHaveLength(300);
  });
});
