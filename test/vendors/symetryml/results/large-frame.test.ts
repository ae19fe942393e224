import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { KeptBody } from '../../../../src/domain/index.js';
import { indexBody, readEntities, readRows } from '../../../../src/vendors/symetryml/results/index.js';

const rows = 500_000;
const columns = 20;
const mebibyte = 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const digits = 8;
const valueAt = (row: number, column: number): number => (row * columns + column) % 10 ** digits;
const cell = (row: number, column: number): string => String(valueAt(row, column)).padStart(digits, '0');

const names = Array.from({ length: columns }, (_name, index) => `"c${index}"`).join(',');
const head = Buffer.from(`{"statusCode":"OK","statusString":"Job is finished","values":{"dataframe":{"attributeNames":[${names}],"data":[`);
const tail = Buffer.from(' ]}}}');
const rowTemplate = Buffer.from(`["${new Array(columns).fill('0'.repeat(digits)).join('","')}"],`);
const scratch = Buffer.alloc(rowTemplate.length);
const cellBytes = digits + 3;
// The last row's comma is overwritten by the tail's first blank.
const tailAt = head.length + rows * rowTemplate.length - 1;
const size = tailAt + tail.length;

const writeRow = (target: Buffer, at: number, row: number): void => {
  rowTemplate.copy(target, at);
  for (let column = 0; column < columns; column += 1) {
    let rest = valueAt(row, column);
    for (let digit = digits - 1; digit >= 0; digit -= 1) {
      target[at + 2 + column * cellBytes + digit] = 0x30 + (rest % 10);
      rest = Math.floor(rest / 10);
    }
  }
};

/** Writes the bytes from `from` on of a body whose rows all have one length, so that the body is never in memory; returns how many it wrote. */
const fill = (target: Buffer, from: number): number => {
  const length = Math.min(target.length, size - from);
  let at = 0;
  while (at < length) {
    const place = from + at;
    const row = Math.floor((place - head.length) / scratch.length);
    if (place < head.length) at += head.copy(target, at, place);
    else if (place >= tailAt) at += tail.copy(target, at, place - tailAt);
    else {
      writeRow(scratch, 0, row);
      const skipped = place - head.length - row * scratch.length;
      at += scratch.copy(target, at, skipped, Math.min(scratch.length, skipped + tailAt - place));
    }
  }
  return length;
};

const body: KeptBody = {
  size,
  read: (from, to) => {
    const bytes = Buffer.alloc(to - from);
    fill(bytes, from);
    return Promise.resolve(bytes);
  },
  // One buffer for all pieces: what is measured is the reader, not garbage made here.
  stream: async function* () {
    const piece = Buffer.alloc(65_536);
    for (let at = 0; at < size; at += piece.length) yield piece.subarray(0, fill(piece, at));
  },
};

describe('a table of 500,000 rows and 20 columns', () => {
  it('is indexed and paged in memory that does not depend on its size', { timeout: 120_000 }, async () => {
    expect(body.size).toBeGreaterThan(100_000_000);
    collectGarbage();
    const before = process.memoryUsage.rss();
    let peak = before;
    const watched: KeptBody = {
      ...body,
      stream: async function* () {
        for await (const piece of body.stream()) {
          peak = Math.max(peak, process.memoryUsage.rss());
          yield piece;
        }
      },
    };

    const index = await indexBody(watched);
    expect(index).toMatchObject({ damage: null, entities: [{ frame: { rowCount: rows, width: columns } }] });
    expect(JSON.stringify(index).length).toBeLessThan(mebibyte);

    const [entity] = await readEntities(body, index, { key: null, withRaw: true });
    expect(entity).toMatchObject({ typename: 'DataFrame', rowCount: rows, raw: null, rawOmitted: 'It is larger than 1 MiB.' });
    for (let page = 0; page < 200; page += 1) {
      const from = (page * 2503 * 1009) % rows;
      const found = await readRows(body, index, 0, { from, count: 100 });
      expect(found[0]).toEqual({ index: from, cells: Array.from({ length: columns }, (_cell, column) => cell(from, column)) });
      peak = Math.max(peak, process.memoryUsage.rss());
    }
    expect((peak - before) / mebibyte).toBeLessThan(64);
  });
});
