import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeptBody } from '../../../../src/domain/index.js';
import { isVigilError } from '../../../../src/errors.js';
import { indexBody, readRows } from '../../../../src/vendors/symetryml/results/index.js';
import { cellsOf, envelope, memoryBody, readResult } from './support.js';

const frameOf = (rows: readonly unknown[], names: readonly string[] = ['a', 'b']): string =>
  envelope(JSON.stringify({ dataframe: { attributeNames: names, data: rows } }));

const failure = async (promise: Promise<unknown>) => {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return isVigilError(error) ? { code: error.code, message: error.message } : error;
};

describe('pages of a table', () => {
  it('any page of any table holds the cells that were sent', async () => {
    const cell = fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.integer().map(String), fc.constant(null));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(cell, { maxLength: 5 }), { maxLength: 60 }),
        fc.nat({ max: 70 }),
        fc.nat({ max: 70 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 }),
        async (rows, from, count, cuts) => {
          const result = await readResult(frameOf(rows), { cuts });
          const columns = Math.max(2, ...rows.map((row) => row.length));
          const padded = rows.map((row) => [...row, ...new Array<null>(columns - row.length).fill(null)]);
          expect(await cellsOf(result, from, count)).toEqual(padded.slice(from, from + count));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('cells are text exactly as sent: literals, escapes, null, and the JSON of what is no scalar', async () => {
    const result = await readResult(
      envelope(
        '{"dataframe":{"data":[[ 1.0E-5 , 1e999,NaN,-Infinity,true,null,"null",""],["\\u0041\\n\\"", [1, {"b" : 2}] ,{},[]]],"attributeTypes":["C",null]}}',
      ),
    );
    expect(await cellsOf(result, 0, 2)).toEqual([
      ['1.0E-5', '1e999', 'NaN', '-Infinity', 'true', null, 'null', ''],
      ['A\n"', '[1, {"b" : 2}]', '{}', '[]', null, null, null, null],
    ]);
    expect(result.entities[0]).toMatchObject({ columns: new Array(8).fill(0).map((_column, index) => ({ index, name: '', type: null })) });
  });

  it('columns may come after the rows, and of a member that comes twice the last one stands', async () => {
    const result = await readResult(
      envelope(
        '{"dataframe":{"data":[["x"],["y"]],"data":[["1","2"]],"attributeTypes":["C","S"],"attributeNames":["old"],"attributeNames":["a","b"]}}',
      ),
    );
    expect(result.entities[0]).toMatchObject({
      rowCount: 1,
      columns: [
        { index: 0, name: 'a', type: 'C' },
        { index: 1, name: 'b', type: 'S' },
      ],
    });
    expect(await cellsOf(result, 0, 5)).toEqual([['1', '2']]);
  });

  it('a table of many rows has a small index, and a page of it reads little', async () => {
    const count = 100_000;
    const result = await readResult(frameOf(Array.from({ length: count }, (_row, index) => [String(index), 'x'])), { withRaw: false });
    expect(result.index.entities[0]?.frame).toMatchObject({ rowCount: count, stride: 16 });
    expect(JSON.stringify(result.index).length).toBeLessThan(64 * 1024);
    for (const from of [0, 31, 32, 33, 49_999, 99_990, 99_999, 100_000, 2 ** 40]) {
      const rows = await readRows(result.body, result.index, 0, { from, count: 20 });
      const length = Math.max(0, Math.min(20, count - from));
      expect(rows).toEqual(Array.from({ length }, (_row, at) => ({ index: from + at, cells: [String(from + at), 'x'] })));
    }
    expect(result.body.bytesRead()).toBeLessThan(16 * 1024);
  });

  it('rows that are far apart are found without keeping what is between them', async () => {
    const long = 'é"\\'.repeat(10_000);
    const result = await readResult(
      frameOf(Array.from({ length: 8200 }, (_row, index) => [String(index), index % 64 === 0 ? long : 'x'])),
      {
        withRaw: false,
        cuts: [65_536],
      },
    );
    expect(await cellsOf(result, 4000, 100)).toEqual(
      Array.from({ length: 100 }, (_row, at) => [String(4000 + at), (4000 + at) % 64 === 0 ? long : 'x']),
    );
  });

  it('a page larger than a page may be is refused, a smaller one of the same table is not', async () => {
    const large = 'x'.repeat(3 * 1024 * 1024);
    const result = await readResult(
      frameOf([
        ['1', large],
        ['2', large],
        ['3', large],
        ['4', 'x'],
      ]),
      { withRaw: false },
    );
    expect(await failure(cellsOf(result, 0, 4))).toEqual({
      code: 'INVALID_INPUT',
      message: 'These rows are larger than 8 MiB together; ask for fewer at once.',
    });
    expect(await cellsOf(result, 1, 2)).toEqual([
      ['2', large],
      ['3', large],
    ]);
    const huge = await readResult(frameOf([['1', 'x'.repeat(20 * 1024 * 1024)]]), { withRaw: false });
    expect(await failure(cellsOf(huge, 0, 1))).toMatchObject({ code: 'INVALID_INPUT' });
  });

  it.each([
    [-1, 1],
    [0, -1],
    [0.5, 1],
    [0, Number.NaN],
  ])('rows from %d, %d of them, cannot be asked for', async (from, count) => {
    expect(await failure(cellsOf(await readResult(frameOf([['1', '2']])), from, count))).toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('what is no table has no rows, and what is not there is not found', async () => {
    const result = await readResult(envelope('{"pcaSumValues":1}'));
    expect(await failure(cellsOf(result, 0, 1))).toEqual({ code: 'UNSUPPORTED', message: '"pcaSumValues" of this result is no table.' });
    expect(await failure(cellsOf(result, 0, 1, 7))).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('a body that is not the one of the index is noticed', async () => {
    const index = await indexBody(memoryBody(frameOf([['1', '2']])));
    const other = memoryBody('{"a": '.padEnd(index.size));
    const shorter: KeptBody = { ...memoryBody(frameOf([['1', '2']])), read: () => Promise.resolve(new Uint8Array(3)) };
    for (const body of [memoryBody('{}'), other, shorter]) {
      expect(await failure(readRows(body, index, 0, { from: 0, count: 1 }))).toMatchObject({ code: 'INTERNAL' });
    }
  });
});
