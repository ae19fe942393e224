import { LRUCache } from 'lru-cache';
import type { KeptBody, ResultMembers } from '../../domain/index.js';
import type { Store } from '../../store/store.js';
import { type JobRecord, nameOf } from './record.js';

/** A kept body, with what it takes to read any part of it. */
export interface OpenBody {
  readonly body: KeptBody;
  readonly index: unknown;
}

/** The bodies in the store, each with its index beside it. */
export interface Bodies {
  /** Keeps a body as it arrives. The first one stands, whoever kept it. */
  keep(record: JobRecord, pieces: AsyncIterable<Uint8Array>): Promise<void>;
  /** Only a body that is complete; undefined when there is none. */
  find(record: JobRecord): Promise<KeptBody | undefined>;
  /** Makes the index of a body that has just come. A failure costs one more pass later, nothing else. */
  index(record: JobRecord, body: KeptBody): Promise<void>;
  /** With its index, which is made anew where there is none that the adapter knows. */
  open(record: JobRecord): Promise<OpenBody | undefined>;
  delete(record: JobRecord): Promise<void>;
}

/** How they are kept. */
export interface BodyOptions {
  readonly backendKey: string;
  readonly store: Store;
  readonly results: ResultMembers;
  readonly fault: (message: string, cause: unknown) => void;
}

/** An index may take a megabyte. */
const openAtOnce = 8;
/** More than an index takes; what is larger is none. */
const maxIndexBytes = 16 * 1024 * 1024;

const bodyKey = (backendKey: string, record: JobRecord): string => `results/${backendKey}/${nameOf(record)}`;
const indexKey = (backendKey: string, record: JobRecord): string => `results-index/${backendKey}/${nameOf(record)}`;

/** With its index. */
export const deleteBody = async (store: Pick<Store, 'deleteLarge'>, backendKey: string, record: JobRecord): Promise<void> => {
  await store.deleteLarge(bodyKey(backendKey, record));
  await store.deleteLarge(indexKey(backendKey, record));
};

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text, 'utf8');
}

const textOf = async (body: KeptBody): Promise<string> => {
  const pieces: Buffer[] = [];
  for await (const piece of body.stream()) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString('utf8');
};

export const createBodies = ({ backendKey, store, results, fault }: BodyOptions): Bodies => {
  const opened = new LRUCache<string, Promise<OpenBody | undefined>>({ max: openAtOnce });
  const keyOf = (record: JobRecord): string => bodyKey(backendKey, record);
  const indexKeyOf = (record: JobRecord): string => indexKey(backendKey, record);

  const makeIndex = async (record: JobRecord, body: KeptBody): Promise<unknown> => {
    const index = await results.index(body);
    await store.writeLarge(indexKeyOf(record), bytesOf(JSON.stringify(index)));
    return index;
  };

  const storedIndex = async (record: JobRecord): Promise<unknown> => {
    const kept = await store.openLarge(indexKeyOf(record));
    if (!kept) return undefined;
    try {
      if (kept.size <= maxIndexBytes) {
        const index: unknown = JSON.parse(await textOf(kept));
        if (results.isIndex(index)) return index;
      }
    } catch (cause) {
      fault(`the index of the result of job ${nameOf(record)} cannot be read; it is made anew`, cause);
    }
    // Of an older version of the adapter, or damaged: the new one takes its place.
    await store.deleteLarge(indexKeyOf(record));
    return undefined;
  };

  const read = async (record: JobRecord): Promise<OpenBody | undefined> => {
    const body = await store.openLarge(keyOf(record));
    if (!body) return undefined;
    return { body, index: (await storedIndex(record)) ?? (await makeIndex(record, body)) };
  };

  return {
    keep: async (record, pieces) => {
      await store.writeLarge(keyOf(record), pieces);
    },
    find: (record) => store.openLarge(keyOf(record)),
    index: async (record, body) => {
      try {
        await makeIndex(record, body);
      } catch (cause) {
        fault(`the result of job ${nameOf(record)} could not be indexed yet`, cause);
      }
    },
    open: async (record) => {
      const name = nameOf(record);
      const opening = opened.get(name) ?? read(record);
      opened.set(name, opening);
      try {
        const found = await opening;
        if (!found) opened.delete(name);
        return found;
      } catch (error) {
        opened.delete(name);
        throw error;
      }
    },
    delete: async (record) => {
      opened.delete(nameOf(record));
      await deleteBody(store, backendKey, record);
    },
  };
};
