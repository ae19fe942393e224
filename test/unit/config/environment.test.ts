import { describe, expect, it } from 'vitest';
import { listKeys } from '../../../src/config/keys.js';
import { configSchema } from '../../../src/config/schema.js';
import { faults, load, oneBackend, vendors } from './harness.js';

describe('the environment', () => {
  it('overrides single values of server and store, over the file and without it', () => {
    const env = {
      VIGIL_SERVER_PORT: '4100',
      VIGIL_SERVER_HOST: '::1',
      VIGIL_SERVER_INSECURE: 'true',
      VIGIL_SERVER_MAX_REQUEST_BYTES: '2048',
      VIGIL_STORE_PATH: '/data',
    };
    for (const text of [oneBackend, `server: { port: 1, host: 127.0.0.1 }\nstore: { kind: embedded, path: x }\n${oneBackend}`]) {
      const config = load(text, { env });
      expect(config.server).toMatchObject({ port: 4100, host: '::1', insecure: true, maxRequestBytes: 2048 });
      expect(config.store).toEqual({ kind: 'embedded', path: '/data' });
    }
  });

  it('has a variable for each single value and for nothing else', () => {
    expect(listKeys(configSchema(vendors.map(({ id }) => id))).flatMap(({ variable }) => variable ?? [])).toEqual([
      'VIGIL_SERVER_HOST',
      'VIGIL_SERVER_PORT',
      'VIGIL_SERVER_INSECURE',
      'VIGIL_SERVER_MAX_REQUEST_BYTES',
      'VIGIL_SERVER_MAX_CONNECTIONS',
      'VIGIL_SERVER_MAX_SUBSCRIPTIONS_PER_SOCKET',
      'VIGIL_SERVER_SHUTDOWN_TIMEOUT_MS',
      'VIGIL_STORE_KIND',
      'VIGIL_STORE_PATH',
      'VIGIL_STORE_URL',
      'VIGIL_STORE_KEY_PREFIX',
    ]);
  });

  it('may choose another kind of store, whose keys the file does not know', () => {
    const text = `store: { kind: embedded, path: x }\n${oneBackend}`;
    expect(load(text, { env: { VIGIL_STORE_KIND: 'memory' } }).store).toEqual({ kind: 'memory' });
    expect(
      load(`store: { kind: memory }\n${oneBackend}`, { env: { VIGIL_STORE_PATH: '/data', VIGIL_STORE_KIND: 'embedded' } }).store,
    ).toEqual({
      kind: 'embedded',
      path: '/data',
    });
  });

  it('keeps the path of the file when it names the kind that is there', () => {
    expect(load(`store: { path: /x }\n${oneBackend}`, { env: { VIGIL_STORE_KIND: 'embedded' } }).store).toEqual({
      kind: 'embedded',
      path: '/x',
    });
  });

  it('counts empty variables as not set, and leaves those of others alone', () => {
    const env = { VIGIL_SERVER_PORT: '', VIGIL_TOKEN: 'x', PATH: '/bin', VIGIL_LOG: 'y', VIGIL_SERVERS: 'z' };
    expect(load(oneBackend, { env }).server.port).toBe(4000);
  });

  it('is not looked through for references', () => {
    expect(load(oneBackend, { env: { VIGIL_STORE_PATH: `/a/\${B}` } }).store).toEqual({ kind: 'embedded', path: `/a/\${B}` });
  });

  it('is named in faults, after those of the file', () => {
    const env = {
      VIGIL_SERVER_PROT: '1',
      VIGIL_SERVER_PORT: 'tcp://10.0.0.1:4000',
      VIGIL_SERVER_HOST: '0.0.0.0',
      VIGIL_SERVER_ALLOWED_ORIGINS: '*',
      VIGIL_STORE_KIND: 'etcd',
    };
    expect(faults(`wrong: 1\n${oneBackend}`, { env })).toEqual([
      expect.stringMatching(/^vigil\.yaml:1:1 wrong is an unknown key/),
      'VIGIL_SERVER_PROT is no variable of Vigil (did you mean "VIGIL_SERVER_PORT"?); lists and maps are set in the file',
      'VIGIL_SERVER_ALLOWED_ORIGINS is no variable of Vigil; lists and maps are set in the file',
      'VIGIL_SERVER_PORT server.port must be a whole number',
      'VIGIL_STORE_KIND store.kind must be one of memory, embedded, redis',
      'VIGIL_SERVER_HOST server.host is reachable from other machines: add server.auth, or server.insecure: true if that is meant',
    ]);
  });

  it('does not hide that a part of the file is no map', () => {
    expect(faults(`server: 5\n${oneBackend}`, { env: { VIGIL_SERVER_PORT: '1' } })).toEqual([
      'vigil.yaml:1:9 server must be a map of keys and values',
    ]);
    expect(faults('- 5', { env: { VIGIL_SERVER_PORT: '1' } })).toEqual(['vigil.yaml:1:1 must be a map of keys and values']);
  });
});
