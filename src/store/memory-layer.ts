import { VigilError } from '../errors.js';
import { kinds } from './row-keys.js';
import type { Row, Rows } from './rows.js';

/** Rows kept in memory, bounded. `null` says that the row was deleted from whatever lies beneath. */
export interface MemoryLayer {
  get(key: string): Buffer | null | undefined;
  set(key: string, value: Buffer | null): void;
  drop(key: string): void;
  /** In order of key, all of the range unless there is a limit. */
  scan(from: string, to: string, limit?: number): readonly { readonly key: string; readonly value: Buffer | null }[];
  all(): Iterable<readonly [string, Buffer | null]>;
  clear(): void;
  /** Values and stream entries let go because there was no room. */
  forgotten(): number;
}

/** A row costs about so much beside its bytes. */
const overheadBytes = 100;

/** Position of the first key that is not smaller. */
const position = (keys: readonly string[], key: string): number => {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
};

/**
 * Beyond `maxBytes` the values and stream entries written longest ago are let go: serving goes on with the newest. Large values may take half of it;
 * one that does not fit is refused.
 */
export const createMemoryLayer = (maxBytes: number): MemoryLayer => {
  // A Map keeps the order of writing, for eviction; the sorted keys are for scans.
  const rows = new Map<string, Buffer | null>();
  const sorted: string[] = [];
  let size = 0;
  let largeSize = 0;
  let forgotten = 0;

  const account = (key: string, value: Buffer | null, sign: 1 | -1): void => {
    const bytes = sign * (key.length + (value?.length ?? 0) + overheadBytes);
    size += bytes;
    if (key.startsWith(kinds.largePiece)) largeSize += bytes;
  };
  const drop = (key: string): void => {
    const value = rows.get(key);
    if (value === undefined) return;
    account(key, value, -1);
    rows.delete(key);
    sorted.splice(position(sorted, key), 1);
  };
  const mayGo = (key: string, value: Buffer | null): boolean =>
    value !== null && (key.startsWith(kinds.value) || key.startsWith(kinds.streamEntry));
  const makeRoom = (written: string): void => {
    for (const [key, value] of rows) {
      if (size <= maxBytes) return;
      if (key === written || !mayGo(key, value)) continue;
      drop(key);
      forgotten += 1;
    }
  };

  return {
    get: (key) => rows.get(key),
    set: (key, value) => {
      if (key.startsWith(kinds.largePiece) && largeSize + (value?.length ?? 0) > maxBytes / 2) {
        throw new VigilError(
          'INTERNAL',
          `The store keeps large values of ${Math.floor(maxBytes / 2)} bytes in memory, and there is no room for more.`,
        );
      }
      drop(key);
      sorted.splice(position(sorted, key), 0, key);
      rows.set(key, value);
      account(key, value, 1);
      makeRoom(key);
    },
    drop,
    scan: (from, to, limit = Number.POSITIVE_INFINITY) => {
      const start = position(sorted, from);
      const end = Math.min(position(sorted, to), start + limit);
      return sorted.slice(start, end).map((key) => ({ key, value: rows.get(key) ?? null }));
    },
    all: () => rows,
    clear: () => {
      rows.clear();
      sorted.length = 0;
      size = 0;
      largeSize = 0;
      forgotten = 0;
    },
    forgotten: () => forgotten,
  };
};

const present = (rows: readonly { readonly key: string; readonly value: Buffer | null }[]): Row[] =>
  rows.flatMap(({ key, value }) => (value === null ? [] : [{ key, value }]));

/** Rows of which the newest are in memory and the others, if there are any, beneath. Nothing is written beneath. */
export const layeredRows = (layer: MemoryLayer, beneath?: Pick<Rows, 'get' | 'scan'>): Rows => ({
  get: (key) => {
    const own = layer.get(key);
    return own === undefined ? beneath?.get(key) : (own ?? undefined);
  },
  set: (key, value) => layer.set(key, value),
  delete: (key) => {
    if (beneath?.get(key) === undefined) layer.drop(key);
    else layer.set(key, null);
  },
  scan: (from, to, limit) => {
    // Without anything beneath there is nothing to be hidden: no row is null.
    if (beneath === undefined) return present(layer.scan(from, to, limit));
    const own = layer.scan(from, to);
    // At most as many of the rows beneath are hidden as there are own ones.
    const merged = new Map<string, Buffer | null>();
    for (const { key, value } of beneath.scan(from, to, limit + own.length)) merged.set(key, value);
    for (const { key, value } of own) merged.set(key, value);
    const found = present([...merged].map(([key, value]) => ({ key, value })));
    return found.sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, limit);
  },
});
