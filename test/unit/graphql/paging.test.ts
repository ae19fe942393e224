import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor, type LeftOut, listHash, type SortKey } from '../../../src/graphql/cursor.js';
import { comparing, type Order } from '../../../src/graphql/order.js';
import { cutPage, maxPage, parsePage } from '../../../src/graphql/paging.js';

interface Row {
  readonly id: string;
  readonly at: SortKey;
}

const by = (direction: 'ASC' | 'DESC'): Order<Row> => ({ field: 'AT', direction, keyOf: (row) => row.at });
const rows: readonly Row[] = [
  { id: 'c', at: 2 },
  { id: 'a', at: null },
  { id: 'b', at: 1 },
  { id: 'e', at: 2 },
  { id: 'd', at: null },
];
const whole = { first: maxPage, after: undefined };
const ids = (cut: { readonly rows: readonly { readonly id: string }[] }): string => cut.rows.map(({ id }) => id).join('');

describe('the order of a list', () => {
  it('breaks ties by id and puts nulls last, in either direction', () => {
    expect(ids(cutPage(rows, whole, by('ASC')))).toBe('bcead');
    expect(ids(cutPage(rows, whole, by('DESC')))).toBe('cebad');
  });

  it('is total', () => {
    const row = fc.record({ key: fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 3 })), id: fc.string({ maxLength: 2 }) });
    fc.assert(
      fc.property(row, row, row, fc.constantFrom('ASC' as const, 'DESC' as const), (a, b, c, direction) => {
        const compare = comparing(direction);
        expect(Math.sign(compare(a, b))).toBe(-Math.sign(compare(b, a)) + 0);
        if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

describe('a page', () => {
  it('goes on behind its cursor until nothing is left, each row once', () => {
    const row = fc.record({
      id: fc.string({ minLength: 1, maxLength: 4 }),
      at: fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 5 })),
    });
    const list = fc.uniqueArray(row, { selector: ({ id }) => id, maxLength: 30 });
    fc.assert(
      fc.property(list, fc.integer({ min: 1, max: 7 }), fc.constantFrom('ASC' as const, 'DESC' as const), (values, first, direction) => {
        const hash = listHash('rows', {}, { direction });
        const seen: string[] = [];
        let after: string | null = null;
        for (let page = 0; page < 40; page += 1) {
          const cut = cutPage(values, parsePage(hash, first, after, 50), by(direction));
          seen.push(...cut.rows.map(({ id }) => id));
          expect(cut.before).toBe(page > 0);
          const last = cut.rows.at(-1);
          if (!cut.more || !last) break;
          after = encodeCursor(hash, { key: last.key, id: last.id, leftOut: [] });
        }
        expect(seen).toEqual(cutPage(values, whole, by(direction)).rows.map(({ id }) => id));
      }),
    );
  });

  it('goes on behind a row that has gone since', () => {
    const after = { key: 2, id: 'c', leftOut: [] };
    expect(
      ids(
        cutPage(
          rows.filter(({ id }) => id !== 'c'),
          { first: 2, after },
          by('ASC'),
        ),
      ),
    ).toBe('ea');
  });

  it('may be empty, and still says whether there is more', () => {
    expect(cutPage(rows, { first: 0, after: undefined }, by('ASC'))).toEqual({ rows: [], before: false, more: true });
    expect(cutPage(rows, { first: 5, after: { key: null, id: 'z', leftOut: [] } }, by('ASC'))).toEqual({
      rows: [],
      before: true,
      more: false,
    });
  });

  it.each([-1, maxPage + 1, -2_147_483_648])('of %s rows is refused with the place in the arguments', (first) => {
    expect(() => parsePage('list', first, null, 50)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', facts: expect.objectContaining({ path: ['first'] }) }),
    );
  });

  it('takes null and absent for the default', () => {
    expect([null, undefined].map((first) => parsePage('list', first, null, 20))).toEqual([
      { first: 20, after: undefined },
      { first: 20, after: undefined },
    ]);
  });
});

describe('a cursor', () => {
  const leftOut: readonly LeftOut[] = [['es-old', 'ALL', 'TIMEOUT']];
  const cursor = encodeCursor('list', { key: 'k', id: 'job:one:ä', leftOut });

  it('gives back what it was made of, and is safe in a URL', () => {
    expect(decodeCursor('list', cursor)).toEqual({ key: 'k', id: 'job:one:ä', leftOut });
    expect(cursor).toMatch(/^[\w-]+$/);
  });

  it.each([
    '',
    'nonsense',
    '%%%',
    cursor.slice(0, -9),
    Buffer.from('{"v":2}').toString('base64url'),
    Buffer.from('[1]').toString('base64url'),
    Buffer.from('null').toString('base64url'),
  ])('that is none is refused: %s', (text) => {
    expect(() => decodeCursor('list', text)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', message: expect.stringContaining('no cursor') }),
    );
  });

  it('of another list is refused', () => {
    expect(() => decodeCursor('other', cursor)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', message: expect.stringContaining('another filter or order') }),
    );
  });

  it('never makes the reader fail otherwise, whatever it is handed', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((text) => Buffer.from(text).toString('base64url')),
        ),
        (text) => {
          expect(() => decodeCursor('list', text)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
        },
      ),
    );
  });
});

describe('the name of a list', () => {
  it('is the same for the same filter, however it was put together', () => {
    expect(listHash('jobs', { states: ['A', 'B'], text: 'x' }, { field: 'ID' })).toBe(
      listHash('jobs', { text: 'x', states: ['B', 'A'] }, { field: 'ID' }),
    );
  });

  it('differs by filter, order and scope', () => {
    const names = [
      listHash('jobs', {}, { field: 'ID', direction: 'ASC' }),
      listHash('jobs', {}, { field: 'ID', direction: 'DESC' }),
      listHash('tasks', {}, { field: 'ID', direction: 'ASC' }),
      listHash('jobs', { states: [] }, { field: 'ID', direction: 'ASC' }),
      listHash('jobs', { states: ['OPENED'] }, { field: 'ID', direction: 'ASC' }),
      listHash('jobs', { types: ['OPENED'] }, { field: 'ID', direction: 'ASC' }),
    ];
    expect(new Set(names).size).toBe(names.length);
  });
});
