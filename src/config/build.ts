import { resolve } from 'node:path';
import { type Auth, type Connection, Secret, type Tls } from '../domain/index.js';
import { VigilError } from '../errors.js';
import type { ServerOptions } from '../server/options.js';
import { parseRedisUrl } from './redis-url.js';
import type { ConfigFile } from './schema.js';
import type { StoreConfig, VigilConfig } from './types.js';

type BackendFile = ConfigFile['backends'][number];
type Certificates = Omit<Tls, 'rejectUnauthorized'>;
/** Certificates of a backend, by its place in the list; and of the store. */
export type CertificatesOf = (owner: number | 'store') => Certificates;

const buildAuth = (auth: BackendFile['auth']): Auth => {
  switch (auth.kind) {
    case 'none':
      return auth;
    case 'basic':
      return { ...auth, password: new Secret(auth.password) };
    case 'apiKey':
      return { ...auth, value: new Secret(auth.value) };
    case 'bearer':
      return { ...auth, token: new Secret(auth.token) };
    case 'hmac':
      return { ...auth, secretKey: new Secret(auth.secretKey) };
  }
};

const buildServer = ({ auth, ...rest }: ConfigFile['server']): ServerOptions => ({
  ...rest,
  ...(auth ? { auth: { kind: auth.kind, tokens: auth.tokens.map((token) => new Secret(token)) } } : {}),
});

type RedisFile = Extract<ConfigFile['store'], { kind: 'redis' }>;

const buildRedis = ({ url, keyPrefix, tls }: RedisFile, certificates: Certificates): StoreConfig => {
  const reading = parseRedisUrl(url);
  // The schema has refused what cannot be read.
  if ('problem' in reading) throw new VigilError('INTERNAL', `store.url ${reading.problem}`);
  const { encrypted, host, port, database, username, password } = reading;
  return {
    kind: 'redis',
    keyPrefix,
    target: {
      host,
      port,
      database,
      ...(username === '' ? {} : { username }),
      ...(password === '' ? {} : { password: new Secret(password) }),
      ...(encrypted ? { tls: { ...certificates, rejectUnauthorized: !tls?.insecureSkipVerify } } : {}),
    },
  };
};

const buildStore = (store: ConfigFile['store'], folder: string, certificates: Certificates): StoreConfig => {
  switch (store.kind) {
    case 'memory':
      return store;
    case 'embedded':
      return { kind: store.kind, path: resolve(folder, store.path) };
    case 'redis':
      return buildRedis(store, certificates);
  }
};

const buildConnection = (
  { id, vendor, url, auth, tls, version, settings, ...rest }: BackendFile,
  certificates: ReturnType<CertificatesOf>,
): Connection => ({
  ...rest,
  key: id,
  vendorId: vendor,
  url: new URL(url),
  auth: buildAuth(auth),
  ...(tls ? { tls: { ...certificates, rejectUnauthorized: !tls.insecureSkipVerify } } : {}),
  ...(version === undefined ? {} : { version }),
  ...(settings === undefined ? {} : { settings }),
});

const freeze = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const below of Object.values(value)) freeze(below);
  return Object.freeze(value);
};

/** Turns a faultless file into what the gateway is made from: secrets wrapped, paths absolute, everything frozen. */
export const buildConfig = (file: ConfigFile, folder: string, certificatesOf: CertificatesOf): VigilConfig =>
  freeze({
    server: buildServer(file.server),
    limits: file.limits,
    introspection: file.introspection,
    logLevel: file.logLevel,
    store: buildStore(file.store, folder, certificatesOf('store')),
    results: file.results,
    backends: file.backends.map((backend, index) => buildConnection(backend, certificatesOf(index))),
  });
