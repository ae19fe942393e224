import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createEmbeddedStore,
  createMemoryStore,
  type EmbeddedStoreOptions,
  type Store,
  type StoreFault,
} from '../../../src/store/index.js';

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

/** Every store there is, for the one suite. */
export const stores: readonly { readonly name: string; readonly create: (options?: { readonly now?: () => number }) => Store }[] = [
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
];

export async function* pieces(...parts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}

export const collect = async (source: AsyncIterable<Uint8Array> | undefined): Promise<string | undefined> => {
  if (source === undefined) return undefined;
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
};

export const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
};
