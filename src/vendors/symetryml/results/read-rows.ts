import { setImmediate as breathe } from 'node:timers/promises';
import type { DataFrameRow, KeptBody, RowRange } from '../../../domain/index.js';
import { VigilError } from '../../../errors.js';
import type { BodyIndex, EntityIndex, FrameIndex } from './body-index.js';
import { createScanner, tokens } from './json-scanner.js';
import { asBuffer, tokenText } from './json-text.js';
import { entityAt, readBytes } from './read-bytes.js';

/** More text than this is no page. */
const maxPageBytes = 8 * 1024 * 1024;
/** Nor is this: short rows are filled up to the width of the widest, which may be thousands of columns. */
const maxPageCells = 500_000;
/** A stretch between two kept offsets is read at once up to this size, which is nearly always. */
const maxStretchBytes = 1024 * 1024;
const pieceBytes = 256 * 1024;

/** While rows are scanned a bracket that opens the list of rows stands before the first one. */
const listBracket = Uint8Array.of(0x5b);
const rowDepth = 1;
const cellDepth = 2;

const tooLarge = (bound = `are larger than ${maxPageBytes / 1024 / 1024} MiB`): VigilError =>
  new VigilError('INVALID_INPUT', `These rows ${bound} together; ask for fewer at once.`);

const damaged = (): VigilError => new VigilError('INTERNAL', 'The stored result and its index do not belong together.');

/** Byte range of `count` rows, the first of which is `skip` rows after `start`, found without keeping any of them. */
const locate = async (body: KeptBody, start: number, stop: number, skip: number, count: number): Promise<{ from: number; to: number }> => {
  let row = 0;
  let from = -1;
  let to = -1;
  const scanner = createScanner({
    base: start - 1,
    onToken: (kind, first, after, depth) => {
      if (depth !== rowDepth) return;
      if (kind === tokens.openArray && row === skip) from = first;
      if (kind !== tokens.closeArray) return;
      row += 1;
      if (row === skip + count) to = after;
    },
  });
  scanner.write(listBracket);
  for (let at = start; at < stop && to < 0; at += pieceBytes) {
    scanner.write(await readBytes(body, at, Math.min(stop, at + pieceBytes)));
    if (to < 0 && scanner.fault !== null) throw damaged();
    if (from >= 0 && Math.max(to, at) - from > maxPageBytes) throw tooLarge();
    await breathe();
  }
  if (from < 0 || to < 0) throw damaged();
  return { from, to };
};

/** The rows of a stretch of bytes that begins with a row. */
const parseRows = (bytes: Uint8Array, skip: number, count: number): readonly (readonly (string | null)[])[] => {
  const buffer = asBuffer(bytes);
  const rows: (string | null)[][] = [];
  let seen = 0;
  let nestedFrom = -1;
  const scanner = createScanner({
    base: -1,
    onToken: (kind, start, end, depth) => {
      if (depth === rowDepth) {
        if (kind === tokens.closeArray) seen += 1;
        else if (seen >= skip && rows.length < count) rows.push([]);
      } else if (depth === cellDepth && seen >= skip && seen < skip + count) {
        const row = rows.at(-1);
        if (kind === tokens.openArray || kind === tokens.openObject) nestedFrom = start;
        else {
          const text = tokenText(buffer, kind === tokens.closeArray || kind === tokens.closeObject ? nestedFrom : start, end);
          row?.push(kind === tokens.scalar && text === 'null' ? null : text);
        }
      }
    },
  });
  scanner.write(listBracket);
  scanner.write(bytes);
  if (seen < skip + count) throw damaged();
  return rows;
};

const readStretch = async (body: KeptBody, entity: EntityIndex, frame: FrameIndex, { from, count }: RowRange) => {
  const first = Math.floor(from / frame.stride);
  const start = frame.offsets[first];
  if (start === undefined) throw damaged();
  const stop = frame.offsets[Math.ceil((from + count) / frame.stride)] ?? entity.to;
  const skip = from - first * frame.stride;
  if (stop - start <= maxStretchBytes) return parseRows(await readBytes(body, start, stop), skip, count);
  const range = await locate(body, start, stop, skip, count);
  return parseRows(await readBytes(body, range.from, range.to), 0, count);
};

/**
 * A page of a data frame's rows, read from the bytes around them and nowhere else. Rows beyond the last are left out. What was sent as a string is its text;
 * numbers, words, NaN and the infinities are their literal; a list or an object is its JSON as sent.
 * INVALID_INPUT when the page is larger than 8 MiB or half a million cells; UNSUPPORTED when the entity is no data frame.
 */
export const readRows = async (body: KeptBody, index: BodyIndex, position: number, range: RowRange): Promise<readonly DataFrameRow[]> => {
  const entity = entityAt(body, index, position);
  const { frame } = entity;
  if (frame === null) throw new VigilError('UNSUPPORTED', `"${entity.name}" of this result is no table.`);
  if (!Number.isSafeInteger(range.from) || !Number.isSafeInteger(range.count) || range.from < 0 || range.count < 0) {
    throw new VigilError('INVALID_INPUT', 'Rows are asked for from an index of 0 or more, and 0 or more of them.');
  }
  const count = Math.min(range.count, frame.rowCount - range.from);
  if (count <= 0) return [];
  const columns = Math.max(frame.names.length, frame.width);
  if (count * columns > maxPageCells) throw tooLarge(`have more than ${maxPageCells} cells`);
  const rows = await readStretch(body, entity, frame, { from: range.from, count });
  return rows.map((cells, at) => ({
    index: range.from + at,
    cells: cells.length < columns ? [...cells, ...new Array<null>(columns - cells.length).fill(null)] : cells,
  }));
};
