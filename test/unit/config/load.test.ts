import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config.js';
import { faultsOf, fixtures, folderWith, load, oneBackend, vendors } from './harness.js';

describe('a configuration', () => {
  it('needs nothing but a backend: everything else has a default', () => {
    expect(load(oneBackend)).toEqual({
      server: {
        host: '127.0.0.1',
        port: 4000,
        insecure: false,
        allowedOrigins: [],
        maxRequestBytes: 1_048_576,
        maxConnections: 10_000,
        maxSubscriptionsPerSocket: 100,
        shutdownTimeoutMs: 10_000,
      },
      limits: { maxDepth: 15, maxAliases: 50, maxTokens: 4000, maxRootFields: 20, maxCost: 100_000 },
      introspection: true,
      logLevel: 'info',
      store: { kind: 'embedded', path: join(fixtures, '.vigil') },
      results: { retentionMs: 604_800_000, maxBytes: 1_073_741_824 },
      backends: [
        {
          key: 'es',
          vendorId: 'elasticsearch-ml',
          url: new URL('http://127.0.0.1:9200'),
          auth: { kind: 'none' },
          readOnly: false,
          consume: 'own',
          http: {
            requestTimeoutMs: 30_000,
            connectTimeoutMs: 5000,
            maxResponseBytes: 67_108_864,
            maxConnections: 32,
            maxRetries: 2,
            breakerThreshold: 5,
            breakerResetMs: 10_000,
          },
          poll: { fastMs: 1000, slowMs: 30_000 },
        },
      ],
    });
  });

  it('takes every key of the file', () => {
    const config = load(
      `
server:
  host: 0.0.0.0
  port: 4100
  auth: { kind: bearer, tokens: ["0123456789abcdef", "\${SECOND}"] }
  allowedOrigins: ["https://app.example.com", "*"]
  maxRequestBytes: 2048
  maxConnections: 10
  maxSubscriptionsPerSocket: 3
  shutdownTimeoutMs: 0
limits: { maxDepth: 3, maxAliases: 0, maxTokens: 100, maxRootFields: 2, maxCost: 50 }
introspection: false
logLevel: warn
store: { kind: memory }
results: { retentionMs: 3600000, maxBytes: 1000000 }
backends:
  - id: es-prod
    vendor: elasticsearch-ml
    url: https://es.example.com:9200/prefix
    auth: { kind: basic, username: vigil, password: "p w" }
    tls: { caFile: ca.pem, certFile: client.pem, keyFile: client-key-encrypted.pem, passphrase: open-sesame, insecureSkipVerify: true }
    readOnly: true
    version: "8.17.0"
    http: { requestTimeoutMs: 100, connectTimeoutMs: 50, maxResponseBytes: 4096, maxConnections: 1, maxRetries: 0, breakerThreshold: 1, breakerResetMs: 10 }
    poll: { fastMs: 20, slowMs: 20 }
  - { id: key, vendor: opensearch-ad, url: "https://b", auth: { kind: apiKey, value: "aWQ6a2V5" } }
  - { id: token, vendor: opensearch-ad, url: "https://c", auth: { kind: bearer, token: abc.def } }
`,
      { env: { SECOND: 'fedcba9876543210' } },
    );
    expect(config).toMatchObject({
      server: { host: '0.0.0.0', port: 4100, allowedOrigins: ['https://app.example.com', '*'], shutdownTimeoutMs: 0, maxConnections: 10 },
      limits: { maxDepth: 3, maxAliases: 0, maxTokens: 100, maxRootFields: 2, maxCost: 50 },
      introspection: false,
      logLevel: 'warn',
      store: { kind: 'memory' },
      results: { retentionMs: 3_600_000, maxBytes: 1_000_000 },
    });
    expect(config.server.auth?.tokens.map((token) => token.reveal())).toEqual(['0123456789abcdef', 'fedcba9876543210']);
    const [basic, key, token] = config.backends;
    expect(basic).toMatchObject({
      key: 'es-prod',
      readOnly: true,
      version: '8.17.0',
      auth: { kind: 'basic', username: 'vigil' },
      http: { requestTimeoutMs: 100, maxRetries: 0 },
      poll: { fastMs: 20, slowMs: 20 },
    });
    expect(basic?.url.href).toBe('https://es.example.com:9200/prefix');
    expect(basic?.tls?.rejectUnauthorized).toBe(false);
    expect(basic?.tls?.ca).toContain('BEGIN CERTIFICATE');
    expect(basic?.tls?.key?.reveal()).toContain('PRIVATE KEY');
    expect(basic?.tls?.passphrase?.reveal()).toBe('open-sesame');
    expect(basic?.auth.kind === 'basic' && basic.auth.password.reveal()).toBe('p w');
    expect(key?.auth.kind === 'apiKey' && key.auth.value.reveal()).toBe('aWQ6a2V5');
    expect(token?.auth.kind === 'bearer' && token.auth.token.reveal()).toBe('abc.def');
  });

  it('verifies certificates unless told otherwise', () => {
    const config = load('backends: [{ id: es, vendor: elasticsearch-ml, url: "https://es", tls: { caFile: ca.pem } }]');
    expect(config.backends[0]?.tls?.rejectUnauthorized).toBe(true);
  });

  it('takes empty parts for absent ones', () => {
    const config = load(`server:\nlimits:\nstore:\n${oneBackend}`);
    expect(config.server.port).toBe(4000);
  });

  it('follows aliases', () => {
    const config = load(`
backends:
  - { id: a, vendor: elasticsearch-ml, url: "https://a", poll: &calm { fastMs: 5000 } }
  - { id: b, vendor: elasticsearch-ml, url: "https://b", poll: *calm }
`);
    expect(config.backends.map(({ poll }) => poll.fastMs)).toEqual([5000, 5000]);
  });

  it('prints no secret, whatever prints it', () => {
    const config = load(
      `server: { auth: { kind: bearer, tokens: [hunter2-hunter2-hunter2] } }
backends:
  - { id: a, vendor: elasticsearch-ml, url: "https://a", auth: { kind: basic, username: u, password: hunter2 }, tls: { certFile: client.pem, keyFile: client-key-encrypted.pem, passphrase: open-sesame } }
  - { id: b, vendor: elasticsearch-ml, url: "https://b", auth: { kind: apiKey, value: hunter2 } }
  - { id: c, vendor: elasticsearch-ml, url: "https://c", auth: { kind: bearer, token: hunter2 } }`,
    );
    const printed = `${JSON.stringify(config)} ${inspect(config, { depth: null, showHidden: true })}`;
    expect(printed).not.toMatch(/hunter2|open-sesame|PRIVATE KEY/);
    expect(printed).toContain('***');
  });

  it('cannot be changed afterwards, at any depth', () => {
    const config = load(`server: { allowedOrigins: ["*"] }\n${oneBackend}`);
    const everything: unknown[] = [config];
    for (const value of everything) {
      expect(Object.isFrozen(value)).toBe(true);
      if (typeof value === 'object' && value !== null) everything.push(...Object.values(value));
    }
    expect(everything.length).toBeGreaterThan(30);
  });
});

describe('a configuration file', () => {
  it('is read from the base folder, and its relative paths from its own', () => {
    const folder = folderWith({ 'vigil.yaml': `store: { kind: embedded, path: data }\n${oneBackend}` });
    const config = loadConfig({ file: 'vigil.yaml', env: {}, baseDir: folder, vendors });
    expect(config.store).toEqual({ kind: 'embedded', path: join(folder, 'data') });
    const fromAbove = loadConfig({ file: join(folder, 'vigil.yaml'), env: {}, baseDir: '/', vendors });
    expect(fromAbove.store).toEqual(config.store);
  });

  it('keeps absolute paths', () => {
    expect(load(`store: { path: /var/lib/vigil }\n${oneBackend}`).store).toEqual({ kind: 'embedded', path: '/var/lib/vigil' });
  });

  it('that is not there is one fault', () => {
    const folder = folderWith({});
    expect(faultsOf(() => loadConfig({ file: 'conf/vigil.yaml', env: {}, baseDir: folder, vendors }))).toEqual([
      'conf/vigil.yaml cannot be read: there is no such file',
    ]);
    expect(faultsOf(() => loadConfig({ file: '.', env: {}, baseDir: folder, vendors }))).toEqual(['. cannot be read: it is a folder']);
  });

  it('may begin with a byte order mark, as editors on Windows leave it', () => {
    const folder = folderWith({ 'vigil.yaml': `\uFEFF${oneBackend}` });
    expect(loadConfig({ file: 'vigil.yaml', env: {}, baseDir: folder, vendors }).backends).toHaveLength(1);
  });

  it('is not needed, but a backend is', () => {
    expect(faultsOf(() => loadConfig({ env: {}, baseDir: '/', vendors }))).toEqual(['vigil.yaml backends is missing']);
  });
});
