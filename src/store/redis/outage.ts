import { createMemoryLayer } from '../memory-layer.js';
import { entryKey, keyOf, kinds } from '../row-keys.js';
import type { Row, Rows } from '../rows.js';

/** A row of an outage, as it has to be written back. */
export interface OutageRow {
  readonly key: string;
  /** Null: deleted. */
  readonly value: Buffer | null;
  /** What the server has under this key goes before: the first to be there wins. */
  readonly first: boolean;
  /** It was sent, and no answer came: the server may have it. */
  readonly doubtful: boolean;
}

/** What is kept while the server cannot be reached. What the server holds is not seen meanwhile. */
export interface Outage {
  readonly rows: Rows;
  putIfAbsent(key: string, value: string): boolean;
  /** That entry of a stream was sent before. */
  readonly doubt: (stream: string, sequence: number) => void;
  /** What is still to be written back, in the order of writing. */
  all(): readonly OutageRow[];
  /** The server has these as they are now; or they were sent, and no answer came. */
  settle(keys: readonly string[], outcome: 'written' | 'doubtful'): void;
  /** Entries and deletions let go because there was no room. */
  forgotten(): number;
  clear(): void;
}

const replaces = Buffer.from('=');
const yields = Buffer.from('?');
/** Deletions remembered at most. */
const maxDeletions = 50_000;

/** Values and heads of large values: a byte before them says whether they replace what the server has or yield to it. */
const isMarked = (key: string): boolean => key.startsWith(kinds.value) || key.startsWith(kinds.largeHead);

export const createOutage = (maxBytes: number): Outage => {
  const layer = createMemoryLayer(maxBytes);
  const deletions = new Set<string>();
  const written = new Set<string>();
  const doubtful = new Set<string>();
  let forgottenDeletions = 0;

  const unmarked = (key: string, value: Buffer): Buffer => (isMarked(key) ? value.subarray(1) : value);
  const get = (key: string): Buffer | undefined => {
    const value = layer.get(key);
    return value === undefined || value === null ? undefined : unmarked(key, value);
  };
  const write = (key: string, value: Buffer, first: boolean): void => {
    // What was deleted here is deleted there too, before this is written.
    const mark = first && layer.get(key) !== null ? yields : replaces;
    layer.set(key, isMarked(key) ? Buffer.concat([mark, value]) : value);
    deletions.delete(key);
    written.delete(key);
  };
  const remove = (key: string): void => {
    written.delete(key);
    doubtful.delete(key);
    if (!isMarked(key)) {
      layer.drop(key);
      return;
    }
    layer.set(key, null);
    deletions.add(key);
    for (const oldest of deletions) {
      if (deletions.size <= maxDeletions) break;
      deletions.delete(oldest);
      layer.drop(oldest);
      forgottenDeletions += 1;
    }
  };
  /** Deleted rows lie between the others: more is looked at until there is enough. */
  const scan = (from: string, to: string, limit: number): readonly Row[] => {
    const found: Row[] = [];
    for (const { key, value } of layer.scan(from, to)) {
      if (found.length >= limit) break;
      if (value !== null) found.push({ key, value: unmarked(key, value) });
    }
    return found;
  };

  return {
    // A large value is written once: its head is always of the yielding kind.
    rows: { get, set: (key, value) => write(key, value, key.startsWith(kinds.largeHead)), delete: remove, scan },
    putIfAbsent: (key, value) => {
      const row = keyOf(kinds.value, key);
      if (get(row) !== undefined) return false;
      write(row, Buffer.from(value, 'utf8'), true);
      return true;
    },
    doubt: (stream, sequence) => void doubtful.add(entryKey(stream, sequence)),
    all: () =>
      [...layer.all()].flatMap(([key, value]) => {
        if (written.has(key)) return [];
        const row = { key, value, first: false, doubtful: doubtful.has(key) };
        return value !== null && isMarked(key) ? { ...row, value: value.subarray(1), first: value[0] === yields[0] } : row;
      }),
    settle: (keys, outcome) => {
      for (const key of keys) (outcome === 'written' ? written : doubtful).add(key);
    },
    forgotten: () => layer.forgotten() + forgottenDeletions,
    clear: () => {
      layer.clear();
      for (const each of [deletions, written, doubtful]) each.clear();
      forgottenDeletions = 0;
    },
  };
};
