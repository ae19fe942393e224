import { describe, expect, it } from 'vitest';
import { applyToPage, detectorPage, jobPage, type ListPage, type PageMessage, taskPage } from '../../../src/client/index.js';

interface Row {
  readonly id: string;
  readonly revision: number;
  readonly state?: string;
  readonly note?: string;
}
interface Count {
  readonly state: string;
  readonly count: number;
}
type Page = ListPage<Row, Count> & { readonly liveCursor: string };

const edgeOf = (node: Row) => ({ cursor: `at ${node.id}`, node });
const page = (...rows: readonly Row[]): Page => ({ totalCount: rows.length, stateCounts: [], edges: rows.map(edgeOf), liveCursor: 'c' });
const message = (news: Partial<PageMessage<Row, Count>>): PageMessage<Row, Count> => ({ reset: false, forgotten: [], ...news });
const rowsOf = ({ edges }: Page): readonly Row[] => edges.map(({ node }) => node);
const a = { id: 'a', revision: 5, state: 'OPENED', note: 'first' };
const c = { id: 'c', revision: 5, state: 'CLOSED' };

describe('a page of a cache', () => {
  it('takes in what is added at its place, and leaves the rest of the page alone', () => {
    const b = { id: 'b', revision: 1 };
    const after = applyToPage(page(a, c), message({ added: [b], stateCounts: [{ state: 'OPENED', count: 7 }] }), jobPage);
    expect(after).toEqual({
      totalCount: 7,
      stateCounts: [{ state: 'OPENED', count: 7 }],
      edges: [edgeOf(a), { __typename: 'JobEdge', cursor: '', node: b }, edgeOf(c)],
      liveCursor: 'c',
    });
  });

  it('moves to its place what has changed its place: a task that waited has begun', () => {
    const waits = { id: 'waits', revision: 1, startedAt: null };
    const ran = { id: 'ran', revision: 1, startedAt: '2026-01-02T00:00:00.000Z' };
    const held = { totalCount: 2, edges: [ran, waits].map((node) => ({ cursor: node.id, node })) };
    const begun = { id: 'waits', revision: 2, startedAt: '2026-01-03T00:00:00.000Z' };
    const after = applyToPage(held, { reset: false, forgotten: [], changed: [begun] }, taskPage);
    expect(after.edges.map(({ node }) => node.id)).toEqual(['waits', 'ran']);
  });

  it('lets go what has left and what is forgotten', () => {
    expect(rowsOf(applyToPage(page(a, c), message({ left: [a], forgotten: ['c', 'unheard'] }), jobPage))).toEqual([]);
  });

  it('puts in once what was there, and keeps what the message does not say', () => {
    const again = { id: 'a', revision: 6, state: 'CLOSED' };
    expect(applyToPage(page(a), message({ added: [again] }), jobPage).edges).toEqual([{ cursor: 'at a', node: { ...a, ...again } }]);
    expect(applyToPage(page(a), message({ changed: [again] }), jobPage).edges).toEqual([{ cursor: 'at a', node: { ...a, ...again } }]);
  });

  it('drops copies older than the one it holds, and changes of what it does not hold', () => {
    const old = { id: 'a', revision: 4, state: 'CLOSED' };
    expect(rowsOf(applyToPage(page(a), message({ added: [old], changed: [old, { id: 'z', revision: 9 }] }), jobPage))).toEqual([a]);
  });

  it('is emptied by a reset before the rest of the message is applied', () => {
    expect(rowsOf(applyToPage(page(a), message({ reset: true, added: [c] }), jobPage))).toEqual([c]);
  });

  it('counts as before where the stream counts nothing', () => {
    expect(applyToPage({ ...page(a), totalCount: 30 }, message({ added: [c] }), jobPage)).toMatchObject({
      totalCount: 30,
      stateCounts: [],
    });
  });

  it('is sorted as the query sorts it', () => {
    const tasks = [
      { id: 't1', startedAt: '2026-01-01T00:00:00.000Z' },
      { id: 't2', startedAt: null },
      { id: 't3', startedAt: '2026-01-02T00:00:00.000Z' },
    ];
    expect([...tasks].sort(taskPage.compare).map(({ id }) => id)).toEqual(['t3', 't1', 't2']);
    const detectors = [
      { id: 'd1', name: 'web' },
      { id: 'd3', name: 'shop' },
      { id: 'd2', name: 'shop' },
    ];
    expect([...detectors].sort(detectorPage.compare).map(({ id }) => id)).toEqual(['d2', 'd3', 'd1']);
  });
});
