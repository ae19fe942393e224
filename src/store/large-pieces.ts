import type { KeptBody } from '../domain/index.js';
import { VigilError } from '../errors.js';

/** What is held in memory of a value on its way. Every piece but the last has this size: part of what is stored, for a place in a value is one in a piece. */
const pieceBytes = 64 * 1024;

/** Pieces of a value of so many bytes. */
export const piecesIn = (size: number): number => Math.ceil(size / pieceBytes);

/** The same bytes in pieces of one size. Keeps no reference to what it was given: sources reuse their buffers. */
export async function* repack(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let piece = Buffer.allocUnsafeSlow(pieceBytes);
  let size = 0;
  for await (const bytes of source) {
    for (let from = 0; from < bytes.length; ) {
      const taken = Math.min(bytes.length - from, pieceBytes - size);
      piece.set(bytes.subarray(from, from + taken), size);
      from += taken;
      size += taken;
      if (size < pieceBytes) continue;
      yield piece;
      piece = Buffer.allocUnsafeSlow(pieceBytes);
      size = 0;
    }
  }
  if (size > 0) yield piece.subarray(0, size);
}

/** The pieces as one value again. Never more of it in memory than what was asked for, and one piece. */
export const createBody = (size: number, pieceAt: (index: number) => Promise<Buffer>): KeptBody => ({
  size,
  read: async (from, to) => {
    if (!(Number.isSafeInteger(from) && Number.isSafeInteger(to) && 0 <= from && from <= to && to <= size))
      throw new VigilError('INTERNAL', 'A part of a large value was asked for that lies outside of it.');
    const bytes = Buffer.alloc(to - from);
    for (let index = Math.floor(from / pieceBytes); index * pieceBytes < to; index += 1) {
      const first = index * pieceBytes;
      const piece = await pieceAt(index);
      piece.copy(bytes, Math.max(0, first - from), Math.max(0, from - first), to - first);
    }
    return bytes;
  },
  async *stream() {
    for (let index = 0; index < piecesIn(size); index += 1) yield await pieceAt(index);
  },
});

export const deletedMeanwhile = (): VigilError => new VigilError('NOT_FOUND', 'A large value was deleted while it was being read.');
