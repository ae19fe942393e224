import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Secret, type Tls } from '../../../src/domain/index.js';
import { ask, cleanUp, connect, failureOf, later } from './support.js';

const hasOpenssl = (): boolean => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
const present = hasOpenssl();

interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of its own, a server for 127.0.0.1, and a client whose key is under a passphrase. */
const makeCertificates = (folder: string) => {
  const openssl = (...args: readonly string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const read = (name: string): Pair => ({
    cert: readFileSync(join(folder, `${name}.pem`), 'utf8'),
    key: readFileSync(join(folder, `${name}.key`), 'utf8'),
  });
  const authority = (name: string): void =>
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
    );
  const issue = (name: string, extension: string): void => {
    writeFileSync(join(folder, `${name}.ext`), extension);
    openssl('req', '-new', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.pem`,
    );
  };
  authority('ca');
  authority('stranger');
  issue('server', 'subjectAltName=IP:127.0.0.1');
  issue('elsewhere', 'subjectAltName=DNS:elsewhere.example');
  issue('client', 'extendedKeyUsage=clientAuth');
  openssl('rsa', '-aes256', '-passout', 'pass:open sesame', '-in', 'client.key', '-out', 'locked.key');
  return {
    ca: read('ca').cert,
    stranger: read('stranger'),
    server: read('server'),
    elsewhere: read('elsewhere'),
    client: read('client'),
    locked: readFileSync(join(folder, 'locked.key'), 'utf8'),
  };
};

const openTls = async (options: Pair & { readonly ca?: string; readonly requestCert?: boolean }): Promise<string> => {
  const server = createServer({ ...options, rejectUnauthorized: options.requestCert ?? false }, (request, response) => {
    const peer = (request.socket as TLSSocket).getPeerCertificate();
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ client: peer.subject?.CN ?? null, authorization: request.headers.authorization ?? null }));
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  later(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

// Skipped where openssl is missing (apt-get install openssl); under CI it fails instead.
describe.skipIf(!present && !process.env.CI)('a backend behind TLS (needs openssl)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-tls-'));
  let made: ReturnType<typeof makeCertificates>;
  beforeAll(() => {
    made = makeCertificates(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(cleanUp);

  const call = (url: string, tls?: Tls, http = {}) => connect(url, { ...(tls ? { tls } : {}), http }).client.request(ask());

  it('is trusted by its own authority', async () => {
    const url = await openTls(made.server);
    await expect(call(url, { ca: made.ca })).resolves.toMatchObject({ status: 200, json: { client: null } });
  });

  it.each<[string, () => Tls | undefined]>([
    ['no authority given', () => undefined],
    ['another authority given', () => ({ ca: made.stranger.cert })],
  ])('is refused with %s, without retries, and the message says what to set', async (_, tls) => {
    const url = await openTls(made.server);
    const { client, seen } = connect(url, { ...(tls() ? { tls: tls() as Tls } : {}) });
    const error = await failureOf(client.request(ask({ method: 'GET' })));
    expect(error.code).toBe('BACKEND_UNAVAILABLE');
    expect(error.message).toMatch(/certificate that is not trusted \([A-Z_]+\): is `tls.caFile` right/);
    expect(seen.notes).toEqual([]);
  });

  it('is refused when its certificate is for another host', async () => {
    const url = await openTls(made.elsewhere);
    const error = await failureOf(call(url, { ca: made.ca }));
    expect(error.message).toMatch(/ERR_TLS_CERT_ALTNAME_INVALID.*host name in the URL/);
  });

  it('is trusted blindly when configured so', async () => {
    const url = await openTls(made.elsewhere);
    await expect(call(url, { rejectUnauthorized: false })).resolves.toMatchObject({ status: 200 });
  });

  it('learns who the gateway is from its client certificate', async () => {
    const url = await openTls({ ...made.server, ca: made.ca, requestCert: true });
    await expect(call(url, { ca: made.ca, cert: made.client.cert, key: new Secret(made.client.key) })).resolves.toMatchObject({
      json: { client: 'client' },
    });
  });

  it('opens a client key that is under a passphrase', async () => {
    const url = await openTls({ ...made.server, ca: made.ca, requestCert: true });
    const tls = { ca: made.ca, cert: made.client.cert, key: new Secret(made.locked), passphrase: new Secret('open sesame') };
    await expect(call(url, tls)).resolves.toMatchObject({ json: { client: 'client' } });
  });

  it('refuses a gateway without client certificate, or with a stranger’s', async () => {
    const url = await openTls({ ...made.server, ca: made.ca, requestCert: true });
    for (const tls of [{ ca: made.ca }, { ca: made.ca, cert: made.stranger.cert, key: new Secret(made.stranger.key) }]) {
      const error = await failureOf(call(url, tls, { maxRetries: 0 }));
      expect(error.code).toBe('BACKEND_UNAVAILABLE');
      expect(error.message).toMatch(/client certificate|closed the connection/);
    }
  });

  it('gets credentials and client certificate together', async () => {
    const url = await openTls({ ...made.server, ca: made.ca, requestCert: true });
    const { client } = connect(url, {
      tls: { ca: made.ca, cert: made.client.cert, key: new Secret(made.client.key) },
      auth: { kind: 'apiKey', value: new Secret('a2V5') },
    });
    await expect(client.request(ask())).resolves.toMatchObject({ json: { client: 'client', authorization: 'ApiKey a2V5' } });
  });

  it('is met alike by what is read as it arrives', async () => {
    const url = await openTls({ ...made.server, ca: made.ca, requestCert: true });
    const own = { cert: made.client.cert, key: new Secret(made.locked), passphrase: new Secret('open sesame') };
    const { client } = connect(url, { tls: { ca: made.ca, ...own } });
    const pieces: Uint8Array[] = [];
    for await (const piece of (await client.stream({ ...ask(), idleMs: 5_000 })).body) pieces.push(piece);
    expect(JSON.parse(Buffer.concat(pieces).toString())).toMatchObject({ client: 'client' });
    const { client: wary } = connect(url, { tls: { ca: made.stranger.cert, ...own } });
    const error = await failureOf(wary.stream({ ...ask(), idleMs: 5_000 }));
    expect(error).toMatchObject({ code: 'BACKEND_UNAVAILABLE', facts: { outcomeUnknown: false } });
    expect(error.message).toContain('certificate that is not trusted');
  });

  it('is told from one that speaks plain HTTP on the same port', async () => {
    const server = createHttpServer((_, response) => response.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    later(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    const error = await failureOf(call(`https://127.0.0.1:${(server.address() as AddressInfo).port}`, undefined, { maxRetries: 0 }));
    expect(error.message).toMatch(/do http or https and the port in the URL fit|TLS/);
  });
});
