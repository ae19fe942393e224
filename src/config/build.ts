import { resolve } from 'node:path';
import { type Auth, type Connection, Secret, type Tls } from '../domain/index.js';
import type { ServerOptions } from '../server/options.js';
import type { ConfigFile } from './schema.js';
import type { StoreConfig, VigilConfig } from './types.js';

type BackendFile = ConfigFile['backends'][number];
/** Certificates of a backend, by its place in the list. */
export type CertificatesOf = (index: number) => Omit<Tls, 'rejectUnauthorized'>;

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
  }
};

const buildServer = ({ auth, ...rest }: ConfigFile['server']): ServerOptions => ({
  ...rest,
  ...(auth ? { auth: { kind: auth.kind, tokens: auth.tokens.map((token) => new Secret(token)) } } : {}),
});

const buildStore = (store: ConfigFile['store'], folder: string): StoreConfig =>
  store.kind === 'embedded' ? { kind: store.kind, path: resolve(folder, store.path) } : store;

const buildConnection = (
  { id, vendor, url, auth, tls, version, ...rest }: BackendFile,
  certificates: ReturnType<CertificatesOf>,
): Connection => ({
  ...rest,
  key: id,
  vendorId: vendor,
  url: new URL(url),
  auth: buildAuth(auth),
  ...(tls ? { tls: { ...certificates, rejectUnauthorized: !tls.insecureSkipVerify } } : {}),
  ...(version === undefined ? {} : { version }),
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
    store: buildStore(file.store, folder),
    backends: file.backends.map((backend, index) => buildConnection(backend, certificatesOf(index))),
  });
