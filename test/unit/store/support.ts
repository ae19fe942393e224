import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeptBody } from '../../../src/domain/index.js';
import {
  createEmbeddedStore,
  createMemoryStore,
  createRedisStore,
  type EmbeddedStoreOptions,
  type RedisStoreOptions,
  type Store,
  type StoreFault,
} from '../../../src/store/index.js';
import { freePort, type RealRedis, startRealRedis, withoutRedis } from '../../support/real-redis.js';
import { createSilencingProxy } from '../client/silencing-proxy.js';

const undo: (() => unknown)[] = [];
export const later = (each: () => unknown): void => {
  undo.push(each);
};
export const cleanUp = async (): Promise<void> => {
  for (const each of undo.splice(0).reverse()) await each();
};

export const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-store-'));
  later(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

export interface Embedded {
  readonly store: Store;
  readonly path: string;
  readonly file: string;
  readonly faults: StoreFault[];
  readonly recoveries: () => number;
}

export const embedded = (options: Partial<EmbeddedStoreOptions> = {}): Embedded => {
  const path = options.path ?? newFolder();
  const faults: StoreFault[] = [];
  let recoveries = 0;
  const store = createEmbeddedStore({
    path,
    onFault: (fault) => faults.push(fault),
    onRecovered: () => {
      recoveries += 1;
    },
    ...options,
  });
  later(() => store.dispose());
  return { store, path, file: join(path, 'vigil.db'), faults, recoveries: () => recoveries };
};

/** The server of all tests of a file that do nothing to it. */
let shared: Promise<RealRedis> | undefined;
export const sharedRedis = (): Promise<RealRedis> => {
  shared ??= startRealRedis();
  return shared;
};
export const stopShared = async (): Promise<void> => {
  await (await shared)?.dispose();
  shared = undefined;
};

export interface InRedis {
  readonly store: Store;
  readonly keyPrefix: string;
  readonly faults: StoreFault[];
  readonly recoveries: () => number;
}

/** A prefix nobody else has. */
export const newPrefix = (): string => `vigil-test-${randomUUID()}:`;

export const inRedis = async (port: number, options: Partial<RedisStoreOptions> = {}): Promise<InRedis> => {
  const keyPrefix = options.keyPrefix ?? newPrefix();
  const faults: StoreFault[] = [];
  let recoveries = 0;
  const store = await createRedisStore({
    target: { host: '127.0.0.1', port, database: 0 },
    keyPrefix,
    onFault: (fault) => faults.push(fault),
    onRecovered: () => {
      recoveries += 1;
    },
    retryMs: 100,
    ...options,
  });
  later(() => store.dispose());
  return { store, keyPrefix, faults, recoveries: () => recoveries };
};

type Create = (options?: { readonly now?: () => number }) => Store | Promise<Store>;

const onRedis: readonly { readonly name: string; readonly create: Create }[] = withoutRedis()
  ? []
  : [
      { name: 'redis', create: async (options = {}) => (await inRedis((await sharedRedis()).port, options)).store },
      {
        name: 'redis over a connection that is cut every few milliseconds',
        create: async (options = {}) => {
          const proxy = await createSilencingProxy((await sharedRedis()).port);
          later(() => proxy.dispose());
          const { store } = await inRedis(proxy.port, { ...options, patienceMs: 60_000 });
          const cutting = setInterval(() => proxy.refuse(0), 25);
          later(() => clearInterval(cutting));
          return store;
        },
      },
    ];

/** Every store there is, for the one suite. `isAway`: it is shared with others, and cannot be reached. */
export const stores: readonly { readonly name: string; readonly create: Create; readonly isAway?: true }[] = [
  {
    name: 'memory',
    create: (options = {}) => {
      const store = createMemoryStore(options);
      later(() => store.dispose());
      return store;
    },
  },
  { name: 'embedded', create: (options = {}) => embedded(options).store },
  // The first larger write of this one fails: then it serves from memory over a disk that can only be read.
  { name: 'embedded on a full disk', create: (options = {}) => embedded({ ...options, maxBytes: 16_384, retryMs: 1_000_000 }).store },
  // This one could not even make its table.
  { name: 'embedded without a disk', create: (options = {}) => embedded({ ...options, maxBytes: 1, retryMs: 1_000_000 }).store },
  ...onRedis,
  // Serves from memory from the beginning.
  {
    name: 'redis that cannot be reached',
    isAway: true,
    create: async (options = {}) => (await inRedis(await freePort(), { ...options, startPatienceMs: 0 })).store,
  },
];

export async function* pieces(...parts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}

export const collect = async (body: KeptBody | undefined): Promise<string | undefined> => {
  if (body === undefined) return undefined;
  const parts: Uint8Array[] = [];
  for await (const part of body.stream()) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
};

/** What must be there. */
export const opened = async (store: Store, key: string): Promise<KeptBody> => {
  const body = await store.openLarge(key);
  if (body === undefined) throw new Error(`there is no large value ${key}`);
  return body;
};

export const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
};
