import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { faults, folderWith, load, oneBackend } from './harness.js';

const storeOf = (url: string, env: Record<string, string> = {}) =>
  load(`store: { kind: redis, url: ${JSON.stringify(url)} }\n${oneBackend}`, { env }).store;
const targetOf = (url: string, env: Record<string, string> = {}) => {
  const store = storeOf(url, env);
  return store.kind === 'redis' ? store.target : undefined;
};

describe('a store in Redis', () => {
  it('needs a host only', () => {
    expect(storeOf('redis://cache')).toEqual({ kind: 'redis', keyPrefix: 'vigil:', target: { host: 'cache', port: 6379, database: 0 } });
  });

  it('takes port, database, user and password from the URL, decoded', () => {
    const target = targetOf('redis://vi%3Agil:p%40ss%2Fw%25rd%23@10.0.0.1:6390/3');
    expect(target).toMatchObject({ host: '10.0.0.1', port: 6390, database: 3, username: 'vi:gil' });
    expect(target?.password?.reveal()).toBe('p@ss/w%rd#');
    expect(target?.tls).toBeUndefined();
  });

  it('takes a password without a user, and an address of IPv6', () => {
    const target = targetOf('redis://:secret@[::1]:6390/');
    expect(target).toMatchObject({ host: '::1', port: 6390, database: 0 });
    expect(target).not.toHaveProperty('username');
    expect(target?.password?.reveal()).toBe('secret');
  });

  it('is encrypted by rediss://, with certificates by file', () => {
    expect(targetOf('rediss://cache')?.tls).toEqual({ rejectUnauthorized: true });
    const text = `store: { kind: redis, url: "rediss://cache", tls: { caFile: ca.pem, insecureSkipVerify: true } }\n${oneBackend}`;
    expect(load(text).store).toMatchObject({
      target: { tls: { ca: expect.stringContaining('BEGIN CERTIFICATE'), rejectUnauthorized: false } },
    });
  });

  it('takes its secret by reference or whole from the environment', () => {
    expect(targetOf(`redis://:\${PW}@cache`, { PW: 'from-env' })?.password?.reveal()).toBe('from-env');
    const folder = folderWith({ url: 'redis://:from-file@cache/1\n' });
    const { store } = load(`store: { kind: redis, url: "\${file:url}" }\n${oneBackend}`, { baseDir: folder });
    expect(store).toMatchObject({ target: { host: 'cache', database: 1 } });
    const env = { VIGIL_STORE_KIND: 'redis', VIGIL_STORE_URL: 'redis://elsewhere', VIGIL_STORE_KEY_PREFIX: 'team-a:' };
    expect(load(oneBackend, { env }).store).toEqual({
      kind: 'redis',
      keyPrefix: 'team-a:',
      target: { host: 'elsewhere', port: 6379, database: 0 },
    });
  });

  it('never prints its password', () => {
    const store = storeOf('rediss://vigil:hunter2@cache');
    expect(`${JSON.stringify(store)} ${inspect(store, { depth: 9, showHidden: true })}`).not.toContain('hunter2');
  });

  it.each([
    ['http://cache', 'must begin with redis:// or rediss:// (TLS)'],
    ['cache:6379', 'must begin with redis:// or rediss:// (TLS)'],
    ['/var/run/redis.sock', 'must be a URL like redis://'],
    ['redis://', 'must be a URL like redis://'],
    ['redis://:hunter2#x@cache', 'must be a URL like redis://'],
    ['redis://:hunter2/x@cache', 'must be a URL like redis://'],
    ['redis://:hunter2%zz@cache', 'must be a URL like redis://'],
    ['redis://:hunter2@cache?db=1', 'must end with its database: no ? and no #'],
    ['redis://:hunter2@cache/one', 'must have a number as its path, the database'],
    ['redis://hunter2@cache', 'has a user without a password'],
  ])('is refused with the URL %s, which is not repeated', (url, message) => {
    const found = faults(`store: { kind: redis, url: ${JSON.stringify(url)} }\n${oneBackend}`);
    expect(found).toEqual([expect.stringContaining(`store.url ${message}`)]);
    expect(found.join()).not.toContain('hunter2');
  });
});
