import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/index.js';
import type { ServerOptions } from '../../../src/server/index.js';
import { createOriginPolicy, isLoopback } from '../../../src/server/origins.js';

const options: ServerOptions = {
  host: '127.0.0.1',
  port: 4000,
  insecure: false,
  allowedOrigins: [],
  maxRequestBytes: 1,
  maxConnections: 1,
  maxSubscriptionsPerSocket: 1,
  shutdownTimeoutMs: 1,
};
const policyOf = (changes: Partial<ServerOptions>) => createOriginPolicy({ ...options, ...changes });

describe('loopback', () => {
  it.each([
    'localhost',
    'LOCALHOST',
    'localhost:4000',
    'a.localhost',
    '127.0.0.1',
    '127.0.0.1:80',
    '127.9.9.9',
    '::1',
    '[::1]',
    '[::1]:4000',
    '0:0:0:0:0:0:0:1',
  ])('is %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each([
    '0.0.0.0',
    '::',
    '[::]',
    '10.0.0.1',
    '127.0.0.1.evil.com',
    '127.evil.com',
    'localhost.evil.com',
    'evillocalhost',
    '::2',
    '1::1',
    '::ffff:10.0.0.1',
    '1270.0.0.1',
    '',
  ])('is not %s', (host) => {
    expect(isLoopback(host)).toBe(false);
  });

  it('is no public domain, whatever it begins with', () => {
    fc.assert(
      fc.property(fc.domain(), fc.constantFrom('', '127.0.0.1.', 'localhost.', '::1.'), (domain, prefix) => {
        fc.pre(!domain.endsWith('.localhost'));
        expect(isLoopback(prefix + domain)).toBe(false);
      }),
    );
  });
});

describe('an Origin', () => {
  it('is accepted when it is the server it asks, whatever the scheme a proxy made of it', () => {
    const policy = policyOf({});
    expect(policy.acceptsOrigin({ origin: 'http://127.0.0.1:4000', host: '127.0.0.1:4000' })).toBe(true);
    expect(policy.acceptsOrigin({ origin: 'https://Vigil.example.com', host: 'vigil.example.com' })).toBe(true);
  });

  it('is not when only the host without the port is the same', () => {
    expect(policyOf({}).acceptsOrigin({ origin: 'http://127.0.0.1:3000', host: '127.0.0.1:4000' })).toBe(false);
  });

  it('is not when the request names no host', () => {
    expect(policyOf({}).acceptsOrigin({ origin: 'http://127.0.0.1:4000' })).toBe(false);
  });

  it('is accepted when it is listed, in full', () => {
    const policy = policyOf({ allowedOrigins: ['https://ui.example.com', 'http://localhost:3000/'] });
    for (const origin of ['https://ui.example.com', 'http://localhost:3000']) {
      expect(policy.acceptsOrigin({ origin, host: 'x' })).toBe(true);
      expect(policy.corsOrigin({ origin })).toBe(origin);
    }
    for (const origin of ['http://ui.example.com', 'https://ui.example.com:444', 'https://a.ui.example.com', 'http://localhost']) {
      expect(policy.acceptsOrigin({ origin, host: 'x' })).toBe(false);
      expect(policy.corsOrigin({ origin })).toBeUndefined();
    }
  });

  it('of any kind never makes the policy throw', () => {
    const policy = policyOf({ allowedOrigins: ['https://ui.example.com'] });
    fc.assert(
      fc.property(fc.string(), fc.string(), (origin, host) => {
        expect(typeof policy.acceptsOrigin({ origin, host })).toBe('boolean');
        expect(typeof policy.acceptsHost({ host })).toBe('boolean');
      }),
    );
  });
});

describe('a Host', () => {
  const rebound = { host: 'evil.example.com:4000', origin: 'http://evil.example.com:4000' };

  it.each<[string, Partial<ServerOptions>]>([
    ['as configured first', {}],
    ['with insecure: true', { insecure: true }],
    ['with every origin allowed', { allowedOrigins: ['*'] }],
  ])('has to be a local or an allowed name where loopback is all that protects, %s', (_, changes) => {
    expect(policyOf(changes).acceptsHost({ host: 'evil.example.com' })).toBe(false);
    expect(policyOf(changes).acceptsHost(rebound)).toBe(false);
    for (const host of ['localhost:4000', '127.0.0.1', '[::1]:4000']) expect(policyOf(changes).acceptsHost({ host })).toBe(true);
    const allowing = policyOf({ ...changes, allowedOrigins: [...(changes.allowedOrigins ?? []), 'https://vigil.example.com'] });
    expect(allowing.acceptsHost({ host: 'Vigil.example.com' })).toBe(true);
  });

  it('that a page sends has to be an address, local or allowed where nothing at all protects', () => {
    const policy = policyOf({ host: '0.0.0.0', insecure: true, allowedOrigins: ['https://vigil.example.com'] });
    expect(policy.acceptsHost(rebound)).toBe(false);
    for (const host of ['10.0.0.7:4000', '[fe80::1]:4000', 'localhost:4000', 'vigil.example.com']) {
      expect(policy.acceptsHost({ host, origin: `http://${host}` })).toBe(true);
    }
    expect(policy.acceptsHost({ host: 'vigil.internal:4000' })).toBe(true);
  });

  it('may be any where every origin is allowed on a public address, or where a token protects', () => {
    expect(policyOf({ host: '0.0.0.0', insecure: true, allowedOrigins: ['*'] }).acceptsHost(rebound)).toBe(true);
    const auth = { kind: 'bearer', tokens: [new Secret('sesame')] } as const;
    for (const host of ['127.0.0.1', '0.0.0.0']) expect(policyOf({ host, auth }).acceptsHost(rebound)).toBe(true);
  });
});
