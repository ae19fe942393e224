import type { Instant } from '../../../src/domain/index.js';
import type { Held } from '../../../src/store/leases.js';
import { createMemoryLayer, layeredRows } from '../../../src/store/memory-layer.js';
import { endOf, keyOf, kinds, nameOf, piecesOf, sequenceDigits, sequenceOf, streamOf } from '../../../src/store/row-keys.js';
import type { Rows } from '../../../src/store/rows.js';
import { appendEntry } from '../../../src/store/streams.js';

/** What a handle keeps while it is cut off. What the others share is not seen meanwhile. */
export interface Away {
  readonly rows: Rows;
  /** Of the kind where the first to be there wins. */
  setFirst(key: string, value: Buffer): void;
  /** Gives what was kept to the others. Returns the streams it has added to. */
  writeBack(common: Rows, now: Instant): ReadonlySet<string>;
}

const plenty = 1024 * 1024 * 1024;
const all = Number.MAX_SAFE_INTEGER;
/** A lease of no name: its fence is the highest of those given back. */
const noName = keyOf(kinds.lease, '');

const heldAt = (rows: Rows, key: string): Held | undefined => {
  const text = rows.get(key);
  return text === undefined ? undefined : (JSON.parse(text.toString('utf8')) as Held);
};
const holdAt = (rows: Rows, key: string, held: Held): void => rows.set(key, Buffer.from(JSON.stringify(held), 'utf8'));

/** Who holds it there, or holds it under a newer fence, keeps it; and what is given next is newer than both. */
const giveLease = (common: Rows, key: string, kept: Held, now: Instant): void => {
  const there = heldAt(common, key);
  const isTaken = there !== undefined && there.holder !== null && there.expiresAt > now && there.holder !== kept.holder;
  const highest = heldAt(common, noName)?.fence ?? 0;
  if (isTaken || (there?.fence ?? 0) > kept.fence) {
    holdAt(common, noName, { holder: null, fence: Math.max(highest, kept.fence), expiresAt: 0 });
    return;
  }
  if (kept.holder !== null && kept.expiresAt > now) {
    holdAt(common, key, kept);
    return;
  }
  common.delete(key);
  holdAt(common, noName, { holder: null, fence: Math.max(highest, kept.fence), expiresAt: 0 });
};

export const dropLarge = (rows: Rows, key: string): void => {
  const head = rows.get(key);
  if (head === undefined) return;
  const pieces = piecesOf((JSON.parse(head.toString('utf8')) as { readonly id: string }).id);
  for (const piece of rows.scan(pieces, endOf(pieces), all)) rows.delete(piece.key);
  rows.delete(key);
};

export const createAway = (): Away => {
  const kept = layeredRows(createMemoryLayer(plenty));
  const firsts = new Set<string>();
  const deleted = new Set<string>();
  const of = (kind: string) => kept.scan(kind, endOf(kind), all);

  return {
    rows: {
      ...kept,
      set: (key, value) => {
        firsts.delete(key);
        kept.set(key, value);
      },
      delete: (key) => {
        firsts.delete(key);
        deleted.add(key);
        kept.delete(key);
      },
    },
    setFirst: (key, value) => {
      kept.set(key, value);
      // What was deleted here is deleted there too, before this is written.
      if (!deleted.has(key)) firsts.add(key);
    },
    writeBack: (common, now) => {
      for (const key of deleted) {
        if (key.startsWith(kinds.value)) common.delete(key);
        else if (key.startsWith(kinds.largeHead)) dropLarge(common, key);
      }
      for (const { key, value } of of(kinds.largeHead)) {
        if (common.get(key) !== undefined) continue;
        const pieces = piecesOf((JSON.parse(value.toString('utf8')) as { readonly id: string }).id);
        for (const piece of kept.scan(pieces, endOf(pieces), all)) common.set(piece.key, piece.value);
        common.set(key, value);
      }
      const grown = new Set<string>();
      for (const { key, value } of of(kinds.streamEntry)) {
        const stream = streamOf(key);
        appendEntry(common, stream, value.toString('utf8').slice(sequenceDigits), all, sequenceOf(key));
        grown.add(stream);
      }
      for (const { key, value } of of(kinds.value)) if (!firsts.has(key) || common.get(key) === undefined) common.set(key, value);
      for (const { key, value } of of(kinds.lease))
        if (nameOf(key) !== '') giveLease(common, key, JSON.parse(value.toString('utf8')) as Held, now);
      return grown;
    },
  };
};
