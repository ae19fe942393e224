import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/index.js';
import type { SignedRequest } from '../../../src/http/index.js';
import { ask, cleanUp, connect, failureOf, json, serve } from './support.js';

afterEach(cleanUp);

const signature = 'c2lnbmF0dXJl/zEyMw==';

/** Signs alike each time but for a number. */
const signer = () => {
  const asked: SignedRequest[] = [];
  const sign = (request: SignedRequest): Record<string, string> => {
    asked.push(request);
    return { authorization: `${asked.length}${signature}`, 'x-short': 'c1' };
  };
  return { asked, sign };
};

describe('a signer', () => {
  it('gets what is on the wire: base path, raw query, the exact text of the body', async () => {
    const server = await serve((_, response) => json(response, 200, {}));
    const { asked, sign } = signer();
    const { client } = connect(`${server.url}/base/`, {}, { sign });
    await client.request(ask({ path: '/jobs/a%2Fb', query: { q: 'x y?', n: 1 } }));
    await client.request(ask({ method: 'POST', body: { b: 'ü' } }));
    await client.request(ask({ method: 'POST', text: ' {"b" : 1}' }));
    await client.request(ask({ method: 'DELETE' }));
    expect(asked).toEqual([
      { method: 'GET', path: '/base/jobs/a%2Fb', query: 'q=x%20y%3F&n=1', body: undefined },
      { method: 'POST', path: '/base/thing', query: '', body: '{"b":"ü"}' },
      { method: 'POST', path: '/base/thing', query: '', body: ' {"b" : 1}' },
      { method: 'DELETE', path: '/base/thing', query: '', body: undefined },
    ]);
    expect(server.received.map(({ url, body }) => [url, body])).toEqual(
      asked.map(({ path, query, body }) => [query === '' ? path : `${path}?${query}`, body ?? '']),
    );
    expect(server.received[0]?.headers).toMatchObject({ authorization: `1${signature}`, 'x-short': 'c1' });
  });

  it('signs every attempt anew', async () => {
    const server = await serve((_, response, count) => json(response, count < 3 ? 503 : 200, {}));
    const { client } = connect(server.url, {}, { sign: signer().sign });
    await client.request(ask());
    expect(server.received.map(({ headers }) => headers.authorization)).toEqual([1, 2, 3].map((n) => `${n}${signature}`));
  });

  it('that fails ends the call as it is, and leaves the client usable', async () => {
    const server = await serve((_, response) => json(response, 200, {}));
    let fails = true;
    const sign = () => {
      if (fails) throw new RangeError('no key');
      return {};
    };
    const { client } = connect(server.url, {}, { sign });
    await expect(client.request(ask())).rejects.toThrow('no key');
    await expect(client.stream({ ...ask(), idleMs: 1_000 })).rejects.toThrow('no key');
    fails = false;
    await expect(client.request(ask())).resolves.toMatchObject({ status: 200 });
    expect(server.received).toHaveLength(1);
  });
});

describe('what was signed', () => {
  const key = 'VLmAm+WkpnA5zp2wXiSYkw==';
  const echoes = (authorization: string): Record<string, string> => ({
    'broken JSON': `{"a":"${authorization} ${key}`,
    'a refusal': JSON.stringify({ values: { stringToSign: `GET\n\n${key}\n${authorization}` } }),
    'escaped equality': `{"a":"${authorization.replaceAll('=', '\\u003d')}`,
    'escaped slashes': `{"a":"${authorization.replaceAll('/', '\\/')}`,
  });
  const cases = Object.keys(echoes('')).flatMap((form) => [200, 400, 401, 500, 502].map((status) => [form, status] as const));

  it.each(cases)('is in no answer, error or note: %s with %i', async (form, status) => {
    const server = await serve(({ headers }, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(echoes(headers.authorization ?? '')[form]);
    });
    const { sign } = signer();
    const { client, seen } = connect(server.url, { http: { maxRetries: 1 } }, { sign, secrets: [new Secret(key)] });
    const outcome = await client.request(ask({ keepBody: true })).catch((error: unknown) => error);
    const all = inspect([seen.notes, seen.failures, status === 200 && form === 'a refusal' ? '' : outcome], {
      depth: 12,
      showHidden: true,
    });
    expect(all).not.toContain(signature.slice(0, 12));
    expect(all).not.toContain(key.slice(0, 22));
  });

  it.each([
    ['as issued', (text: string) => text],
    ['with escaped slashes', (text: string) => text.replaceAll('/', '\\/')],
    ['with escaped equality', (text: string) => text.replaceAll('=', '\\u003d')],
    ['in small letters', (text: string) => text.toLowerCase()],
  ])('hides the key of the connection: %s', async (_form, echoed) => {
    const secretKey = 'VLmAm/WkpnA5zp2wXiSYkw==';
    const server = await serve((_, response) => {
      response.writeHead(400, { 'content-type': 'application/json' }).end(`{"error":"${echoed(secretKey)} is wrong","broken`);
    });
    const auth = { kind: 'hmac', customerId: 'c1', secretKey: new Secret(secretKey) } as const;
    const { client, seen } = connect(server.url, { auth }, {});
    const outcome = await client.request(ask({ keepBody: true })).catch((error: unknown) => error);
    expect(inspect([seen.notes, seen.failures, outcome], { depth: 12, showHidden: true })).not.toMatch(/WkpnA5zp2wXiSYkw/i);
    expect(server.received[0]?.headers).not.toHaveProperty('authorization');
  });

  it('is in no excerpt of a refusal that cannot be read: it may quote all that was signed', async () => {
    const server = await serve((_, response) => {
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"stringToSign":"GET');
    });
    const { client, seen } = connect(server.url, {}, { sign: signer().sign });
    await failureOf(client.request(ask()));
    expect(seen.notes).toEqual([]);
  });
});

describe('bodies and answers of products that are not strict', () => {
  const lenient = (text: string): unknown => (text === '{"x":NaN}' ? { x: 'not a number' } : JSON.parse(text));

  it('are sent as text under the type they are given', async () => {
    const server = await serve((_, response) => json(response, 200, {}));
    const { client } = connect(server.url);
    await client.request(ask({ method: 'POST', text: 'QUJD', contentType: 'text/plain' }));
    await client.request(ask({ method: 'POST', text: '{}' }));
    expect(server.received.map(({ body, headers }) => [body, headers['content-type']])).toEqual([
      ['QUJD', 'text/plain'],
      ['{}', 'application/json'],
    ]);
  });

  it('are read by the parser that is given, and kept as text when asked for', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"x":NaN}');
    });
    const { client } = connect(server.url, {}, { parse: lenient });
    await expect(client.request(ask({ keepBody: true }))).resolves.toMatchObject({ json: { x: 'not a number' }, body: '{"x":NaN}' });
    await expect(client.request(ask())).resolves.not.toHaveProperty('body');
    const { client: strict } = connect(server.url);
    expect((await failureOf(strict.request(ask()))).message).toContain('JSON that cannot be read');
  });

  it.each<[string | undefined, string, unknown]>([
    [undefined, '{"a":1}', { a: 1 }],
    ['text/plain', '{"a":1}', { a: 1 }],
    ['text/plain', 'no', undefined],
  ])('are JSON under content type %j only where that is allowed: %s', async (type, body, read) => {
    const server = await serve((_, response) => {
      response.writeHead(400, type === undefined ? {} : { 'content-type': type }).end(body);
    });
    const { client } = connect(server.url, {}, { untypedJson: true });
    await expect(client.request(ask())).resolves.toMatchObject({ status: 400, json: read });
    const { client: strict } = connect(server.url);
    const outcome = await strict.request(ask()).catch(() => ({ json: undefined }));
    expect(outcome.json).toBeUndefined();
  });
});
