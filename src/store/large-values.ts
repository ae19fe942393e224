import { randomUUID } from 'node:crypto';
import type { KeptBody } from '../domain/index.js';
import { VigilError } from '../errors.js';
import { createBody, deletedMeanwhile, repack } from './large-pieces.js';
import { endOf, keyOf, kinds, nameOf, pieceKey, piecesOf } from './row-keys.js';
import type { Rows, Run } from './rows.js';

/** Pieces deleted in one go. */
const deletedAtOnce = 16;

interface Head {
  readonly id: string;
  /** Bytes. */
  readonly size: number;
}

const headOf = (rows: Rows, key: string): Head | undefined => {
  const head = rows.get(keyOf(kinds.largeHead, key));
  return head === undefined ? undefined : (JSON.parse(head.toString('utf8')) as Head);
};

/** Deletes pieces and then the mark that they are unfinished. */
const discard = async (run: Run, id: string): Promise<void> => {
  const step = (rows: Rows): boolean => {
    const found = rows.scan(piecesOf(id), endOf(piecesOf(id)), deletedAtOnce);
    for (const { key } of found) rows.delete(key);
    if (found.length === 0) rows.delete(keyOf(kinds.largeUnfinished, id));
    return found.length > 0;
  };
  while (await run(step));
};

/** Removes what values that were never completed, or never deleted to the end, have left behind. */
export const sweepUnfinished = (rows: Rows): void => {
  const marks = keyOf(kinds.largeUnfinished, '');
  for (const { key: mark } of rows.scan(marks, endOf(marks), Number.MAX_SAFE_INTEGER)) {
    const pieces = piecesOf(nameOf(mark));
    for (
      let found = rows.scan(pieces, endOf(pieces), deletedAtOnce);
      found.length > 0;
      found = rows.scan(pieces, endOf(pieces), deletedAtOnce)
    ) {
      for (const { key } of found) rows.delete(key);
    }
    rows.delete(mark);
  }
};

export const writeLarge = async (run: Run, key: string, source: AsyncIterable<Uint8Array>): Promise<boolean> => {
  if (await run((rows) => headOf(rows, key) !== undefined)) {
    await source[Symbol.asyncIterator]().return?.();
    return false;
  }
  const id = randomUUID();
  const mark = keyOf(kinds.largeUnfinished, id);
  let won = false;
  try {
    await run((rows) => rows.set(mark, Buffer.alloc(0)));
    let pieces = 0;
    let size = 0;
    for await (const piece of repack(source)) {
      const index = pieces;
      await run((rows) => rows.set(pieceKey(id, index), piece));
      pieces += 1;
      size += piece.length;
    }
    won = await run((rows) => {
      if (headOf(rows, key) !== undefined) return false;
      // The medium was replaced meanwhile: earlier pieces are gone with it.
      if (rows.get(mark) === undefined)
        throw new VigilError('INTERNAL', 'A large value was lost with the damaged file of the store while it was written.');
      rows.set(keyOf(kinds.largeHead, key), Buffer.from(JSON.stringify({ id, size } satisfies Head), 'utf8'));
      rows.delete(mark);
      return true;
    });
    return won;
  } finally {
    // What cannot be discarded now, because the store is closing, is swept at the next start.
    if (!won) await discard(run, id).catch(() => undefined);
  }
};

export const openLarge = async (run: Run, key: string): Promise<KeptBody | undefined> => {
  const head = await run((rows) => headOf(rows, key));
  if (head === undefined) return undefined;
  return createBody(head.size, async (index) => {
    const piece = await run((rows) => rows.get(pieceKey(head.id, index)));
    if (piece === undefined) throw deletedMeanwhile();
    return piece;
  });
};

export const deleteLarge = async (run: Run, key: string): Promise<void> => {
  const id = await run((rows) => {
    const head = headOf(rows, key);
    if (head === undefined) return undefined;
    rows.delete(keyOf(kinds.largeHead, key));
    rows.set(keyOf(kinds.largeUnfinished, head.id), Buffer.alloc(0));
    return head.id;
  });
  if (id !== undefined) await discard(run, id);
};
