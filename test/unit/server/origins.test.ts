import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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
  it('is looked at only where loopback is all that protects', () => {
    expect(policyOf({}).acceptsHost({ host: 'evil.example.com' })).toBe(false);
    expect(policyOf({ insecure: true }).acceptsHost({ host: 'evil.example.com' })).toBe(true);
    expect(policyOf({ host: '0.0.0.0', insecure: true }).acceptsHost({ host: 'evil.example.com' })).toBe(true);
    expect(policyOf({ allowedOrigins: ['*'] }).acceptsHost({ host: 'evil.example.com' })).toBe(true);
    expect(policyOf({ allowedOrigins: ['https://vigil.example.com'] }).acceptsHost({ host: 'vigil.example.com' })).toBe(true);
  });
});
