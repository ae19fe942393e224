import { randomUUID } from 'node:crypto';
import type { KeptBody } from '../../domain/index.js';
import { VigilError } from '../../errors.js';
import { createBody, deletedMeanwhile, piecesIn, repack } from '../large-pieces.js';
import { endOf, keyOf, kinds, pieceKey, piecesOf } from '../row-keys.js';
import type { Rows } from '../rows.js';
import type { Store } from '../store.js';
import type { Perform, Work } from './work.js';

/** Pieces of a value that is not complete live so long after the last of them: its writer may have died. */
export const unfinishedMs = 60 * 60_000;

/** Where a complete value is, and how many bytes it has. */
export interface LargeHead {
  readonly id: string;
  readonly size: number;
}

export const parseHead = (text: string): LargeHead => {
  const [id = '', size = '0'] = text.split(' ');
  return { id, size: Number(size) };
};

const headKey = (key: string): string => keyOf(kinds.largeHead, key);

const headInMemory = (rows: Rows, key: string): LargeHead | undefined => {
  const head = rows.get(headKey(key));
  return head === undefined ? undefined : parseHead(head.toString('utf8'));
};

const dropPieces = (rows: Rows, id: string): void => {
  for (const { key } of rows.scan(piecesOf(id), endOf(piecesOf(id)), Number.MAX_SAFE_INTEGER)) rows.delete(key);
};

/** What came of the last step of writing. */
type Completion = 'won' | 'taken' | 'lost';

const find = (key: string): Work<(LargeHead & { readonly kept: boolean }) | undefined> => ({
  inRedis: async ({ run, keys }) => {
    const found = await run('get', [keys.large], key);
    return Buffer.isBuffer(found) ? { ...parseHead(found.toString('utf8')), kept: false } : undefined;
  },
  // One of which the server has the first pieces cannot be read before it is back.
  inMemory: ({ rows }) => {
    const head = headInMemory(rows, key);
    if (head === undefined) return undefined;
    const pieces = piecesIn(head.size);
    const complete = rows.scan(piecesOf(head.id), endOf(piecesOf(head.id)), pieces).length === pieces;
    return complete ? { ...head, kept: true } : undefined;
  },
});

const isTaken = (key: string): Work<boolean> => ({
  inRedis: async ({ run, keys }) => (await run('get', [keys.large], key)) !== null,
  inMemory: ({ rows }) => headInMemory(rows, key) !== undefined,
});

const writePiece = (id: string, index: number, piece: Buffer): Work<void> => ({
  inRedis: async ({ run, keys }) => void (await run('piece', [keys.pieces + id], index, piece, unfinishedMs)),
  inMemory: ({ rows }) => rows.set(pieceKey(id, index), piece),
});

const complete = (key: string, id: string, size: number): Work<Completion> => ({
  inRedis: async ({ run, keys }) => {
    const done = await run('complete', [keys.large, keys.pieces + id], key, id, size, piecesIn(size), '0', keys.pieces);
    return done === 1 ? 'won' : done === 0 ? 'taken' : 'lost';
  },
  inMemory: ({ rows }) => {
    if (headInMemory(rows, key) !== undefined) return 'taken';
    rows.set(headKey(key), Buffer.from(`${id} ${size}`, 'utf8'));
    return 'won';
  },
});

const discard = (id: string): Work<void> => ({
  inRedis: async ({ run, keys }) => void (await run('discard', [keys.pieces + id])),
  inMemory: ({ rows }) => dropPieces(rows, id),
});

/** `kept`: all pieces were in memory when the reading began. */
const readPiece = (id: string, index: number, kept: boolean): Work<Buffer | 'deleted' | 'unreachable'> => ({
  inRedis: async ({ run, keys }) => {
    const piece = await run('readPiece', [keys.pieces + id], index);
    return Buffer.isBuffer(piece) ? piece : 'deleted';
  },
  inMemory: ({ rows }) => rows.get(pieceKey(id, index)) ?? (kept ? 'deleted' : 'unreachable'),
});

const remove = (key: string): Work<void> => ({
  inRedis: async ({ run, keys }) => void (await run('deleteLarge', [keys.large], key, keys.pieces)),
  inMemory: ({ rows }) => {
    const head = headInMemory(rows, key);
    if (head !== undefined) dropPieces(rows, head.id);
    rows.delete(headKey(key));
  },
});

const write = async (perform: Perform, key: string, source: AsyncIterable<Uint8Array>): Promise<boolean> => {
  if (await perform(isTaken(key))) {
    await source[Symbol.asyncIterator]().return?.();
    return false;
  }
  const id = randomUUID();
  let completion: Completion | undefined;
  try {
    let pieces = 0;
    let size = 0;
    for await (const piece of repack(source)) {
      await perform(writePiece(id, pieces, piece));
      pieces += 1;
      size += piece.length;
    }
    completion = await perform(complete(key, id, size));
    if (completion === 'lost') throw new VigilError('INTERNAL', 'A large value was lost with the data of Redis while it was written.');
    return completion === 'won';
  } finally {
    // What cannot be discarded now, because the store is closing, the server drops by itself.
    if (completion !== 'won') await perform(discard(id)).catch(() => undefined);
  }
};

const open = async (perform: Perform, key: string): Promise<KeptBody | undefined> => {
  const head = await perform(find(key));
  if (head === undefined) return undefined;
  return createBody(head.size, async (index) => {
    const piece = await perform(readPiece(head.id, index, head.kept));
    if (piece === 'deleted') throw deletedMeanwhile();
    if (piece === 'unreachable')
      throw new VigilError('INTERNAL', 'A large value cannot be read to its end while Redis is away.', { retryable: true });
    return piece;
  });
};

export const createLargeValues = (perform: Perform): Pick<Store, 'writeLarge' | 'openLarge' | 'deleteLarge'> => ({
  writeLarge: (key, pieces) => write(perform, key, pieces),
  openLarge: (key) => open(perform, key),
  deleteLarge: (key) => perform(remove(key)),
});
