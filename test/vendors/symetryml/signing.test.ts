import { createHash, createSecretKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/index.js';
import type { SignedRequest } from '../../../src/http/index.js';
import { createClock } from '../../../src/vendors/symetryml/clock.js';
import { keyBytesOf, signingKeyOf } from '../../../src/vendors/symetryml/secret-key.js';
import { createSigner, macOf, type PathForm } from '../../../src/vendors/symetryml/sign.js';

interface Recorded {
  readonly client: string;
  readonly method: SignedRequest['method'];
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}
const recording: { readonly customerId: string; readonly secretKey: string; readonly requests: readonly Recorded[] } = JSON.parse(
  readFileSync(new URL('../../recordings/symetryml/vendor-client-requests.json', import.meta.url), 'utf8'),
);

const signedAt = (date: string, request: Partial<SignedRequest> & { readonly path: string }, more: object = {}) =>
  createSigner({
    customerId: 'c1',
    secretKey: new Secret(recording.secretKey),
    clock: { stamp: () => date },
    origin: 'http://charm:8080',
    symVersion: '6.3',
    symClient: 'vigil',
    ...more,
  })({ method: 'GET', query: '', body: undefined, ...request });

describe('the signature', () => {
  it("agrees with the vendor's example of the primitive, whose key is text", () => {
    const key = createSecretKey(Buffer.from('0f2100e34b54d50fd0138f300d3497579dae5279', 'utf8'));
    expect(macOf(key, ['secret-', 'message'])).toBe('op/4IM8dc5DwpUYBhywVl0V5ddlEMjFRq6qfKOj2+io=');
  });

  const date = '2014-07-31 08:01:07;1245';
  it.each<[SignedRequest['method'], string, string]>([
    ['GET', '/symetry/rest/c1/jobs/4', 'SQDzTmZAO8FZf9csmWK88HnAFMw0Tvc9KW5sSwMXaIw='],
    ['GET', '/symetry/rest/c1/jobs', 'OxYVGNl0u7k1rGrkZxnMQSR8+Vc+HdHlX74Kltv4UVE='],
    ['DELETE', '/symetry/rest/c1/jobs/4', 'oC9YBJydz3AkdXwc7nkjjwssuMWleNm3IpK2DzFHzVo='],
  ])('of %s %s is that of the rules', (method, path, authorization) => {
    const headers = signedAt(date, { method, path });
    expect(headers).toEqual({ authorization, 'sym-date': date, 'customer-id': 'c1', 'sym-version': '6.3', 'sym-client': 'vigil' });
  });

  it('of a request with body and query is that of the rules', () => {
    const body = '{"targets":["12"],"inputAttributes":["0","1","2","3"],"extraParameters":{}}';
    const request = { method: 'POST', path: '/symetry/rest/c1/projects/iris/build', query: 'algo=lda&modelid=lda1', body } as const;
    expect(signedAt(date, request)).toMatchObject({
      'content-md5': '4X9CgBqOcvXkRJ0a2NYnHw==',
      authorization: 'b/kqHBaIwP6j9MVHcLmDX/MR6K5uMH/zPeFlSX2y2dw=',
    });
  });

  it.each(recording.requests.map((each) => [`${each.client} ${each.method} ${each.target}`, each] as const))(
    "is that of the vendor's own client: %s",
    (_, { method, target, headers, body }) => {
      const sent = new Map(headers.map(([name, value]) => [name.toLowerCase(), value]));
      const [path = '', query = ''] = target.split('?');
      const ours = signedAt(sent.get('sym-date') ?? '', { method, path, query, body: body === '' ? undefined : body });
      expect(ours.authorization).toBe(sent.get('authorization'));
      if (sent.get('content-md5')) expect(ours['content-md5']).toBe(sent.get('content-md5'));
    },
  );

  it('changes with every byte of method, path, query, body, date, customer and key', () => {
    const request = { method: 'POST', path: '/symetry/rest/c1/a', query: 'b=c', body: '{"d":"e"}' } as const;
    const texts = ['path', 'query', 'body'] as const;
    const changed = texts.flatMap((part) =>
      Array.from(request[part], (_, at) => ({ ...request, [part]: `${request[part].slice(0, at)}~${request[part].slice(at + 1)}` })),
    );
    const signatures = [
      signedAt(date, request),
      signedAt(date, { ...request, method: 'DELETE' }),
      signedAt(date, { ...request, body: undefined }),
      signedAt(date, { ...request, query: '' }),
      signedAt(`${date}0`, request),
      signedAt(date, request, { customerId: 'c2' }),
      signedAt(date, request, { secretKey: new Secret('VLmAm+WkpnA5zp2wXiSYkg==') }),
      ...changed.map((each) => signedAt(date, each)),
    ].map(({ authorization }) => authorization);
    expect(new Set(signatures).size).toBe(signatures.length);
  });

  it.each<[PathForm, string]>([
    ['slash', '/symetry/rest/c1/jobs'],
    ['bare', 'symetry/rest/c1/jobs'],
    ['url', 'http://charm:8080/symetry/rest/c1/jobs'],
  ])('can take the path in the form %s', (pathForm, line) => {
    const text = `GET\n\n${recording.secretKey}\n${date}\nc1\n${line}\n`;
    const expected = macOf(signingKeyOf(new Secret(recording.secretKey)), [text]);
    expect(signedAt(date, { path: '/symetry/rest/c1/jobs' }, { pathForm }).authorization).toBe(expected);
  });

  it('counts an empty object as a body, in bytes of UTF-8', () => {
    const md5 = (text: string): string => createHash('md5').update(Buffer.from(text, 'utf8')).digest('base64');
    expect(signedAt(date, { path: '/a', body: '{}' })['content-md5']).toBe(md5('{}'));
    expect(signedAt(date, { path: '/a', body: '"ü"' })['content-md5']).toBe(md5('"ü"'));
  });
});

describe('a secret key', () => {
  it.each([
    ['VLmAm+WkpnA5zp2wXiSYkw==', Buffer.from('VLmAm+WkpnA5zp2wXiSYkw==', 'base64')],
    ['admin', Buffer.from('admin')],
    ['abcd', Buffer.from('abcd', 'base64')],
    ['abc', Buffer.from('abc')],
    ['ab=d', Buffer.from('ab=d')],
    ['VLmAm-WkpnA5zp2wXiSYkw==', Buffer.from('VLmAm-WkpnA5zp2wXiSYkw==')],
    ['ab cd', Buffer.from('ab cd')],
    ['passwörd', Buffer.from('passwörd')],
  ])('%j is base64 only where every letter of it is', (text, bytes) => {
    expect(keyBytesOf(new Secret(text))).toEqual(bytes);
    expect(inspect(signingKeyOf(new Secret(text)), { showHidden: true, depth: 9 })).not.toContain(text);
  });
});

describe('the clock', () => {
  it('writes UTC with nanoseconds, and no moment twice', () => {
    const clock = createClock(() => Date.UTC(2026, 10, 22, 4, 2, 4, 12));
    expect([clock.stamp(), clock.stamp()]).toEqual(['2026-11-22 04:02:04;12000000', '2026-11-22 04:02:04;12000001']);
  });

  it('follows the date a server tells, and nothing that is none', () => {
    const clock = createClock(() => Date.UTC(2026, 0, 1));
    expect([undefined, '', '5', 'yesterday'].map((text) => clock.learn(text))).toEqual([false, false, false, false]);
    expect(clock.stamp()).toBe('2026-01-01 00:00:00;0');
    expect(clock.learn('Thu, 31 Jul 2014 08:01:07 GMT')).toBe(true);
    expect(clock.stamp()).toBe('2014-07-31 08:01:07;0');
  });
});
