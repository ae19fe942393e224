import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GatewayRig } from '../support/gateway-rig.js';
import { collect, readResult } from '../support/symetry-documents.js';
import { createSymetryWorld, type SymetryWorld } from '../support/symetry-world.js';

interface Rows {
  readonly totalCount: number;
  readonly nodes: readonly { readonly index: number; readonly cells: readonly (string | null)[] }[];
  readonly edges: readonly { readonly cursor: string }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}
interface Frame {
  readonly id: string;
  readonly rowCount: number;
  readonly columns: readonly { readonly name: string }[];
  readonly rows: Rows;
}

const rowCount = 1_234;
const frameDocument = `query F($id: ID!, $first: Int, $after: String, $from: Int) { node(id: $id) { id ... on DataFrame {
  rowCount columns { index name type } rows(first: $first, after: $after, from: $from) {
    totalCount nodes { index cells } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
} } }`;

let world: SymetryWorld;
let rig: GatewayRig;
let jobId: string;
let frameId: string;

const take = async (job: object): Promise<string> =>
  collect(rig, await world.simulator.plant({ kind: 'dsPredictDataFrame', state: 'finished', ...job }));
const frameOf = async (id: string): Promise<string> => (await readResult(rig, id))?.result?.entities[0]?.id ?? '';
const read = async (variables: object, id = frameId): Promise<Frame> =>
  (await rig.ask<{ readonly node: Frame }>(frameDocument, { id, ...variables })).node;

beforeAll(async () => {
  world = await createSymetryWorld();
  rig = await world.start();
  jobId = await take({ frame: { rows: rowCount, columns: 4 } });
  frameId = await frameOf(jobId);
});
afterAll(() => world.dispose());

describe('a data frame', () => {
  it('is a node of its own, and so is the result it belongs to', async () => {
    const { result } = (await readResult(rig, jobId)) ?? {};
    const { nodes } = await rig.ask<{ readonly nodes: readonly object[] }>(
      `query N($ids: [ID!]!) { nodes(ids: $ids) { __typename id
        ... on DataFrame { name rowCount } ... on JobResult { receivedAt bytes entities { id name } }
      } }`,
      { ids: [frameId, result?.id] },
    );
    expect(nodes).toEqual([
      { __typename: 'DataFrame', id: frameId, name: 'dataframe', rowCount },
      {
        __typename: 'JobResult',
        id: result?.id,
        receivedAt: result?.receivedAt,
        bytes: result?.bytes,
        entities: [{ id: frameId, name: 'dataframe' }],
      },
    ]);
  });

  it('gives its first hundred rows, each cell as it was sent', async () => {
    const frame = await read({});
    expect(frame.columns).toEqual([0, 1, 2, 3].map((index) => ({ index, name: `c${index}`, type: 'C' })));
    expect(frame.rows.nodes).toHaveLength(100);
    expect(frame.rows.nodes[3]).toEqual({ index: 3, cells: ['3.0', '3.1', '3.2', '3.3'] });
    expect(frame.rows.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
  });

  it('is paged to its end, every row once', async () => {
    const indexes: number[] = [];
    let after: string | null = null;
    let last: Rows | undefined;
    do {
      last = (await read({ first: 250, after })).rows;
      expect(last.totalCount).toBe(rowCount);
      expect(last.pageInfo.hasPreviousPage).toBe(after !== null);
      indexes.push(...last.nodes.map(({ index }) => index));
      after = last.pageInfo.endCursor;
    } while (last.pageInfo.hasNextPage);
    expect(indexes).toEqual(Array.from({ length: rowCount }, (_row, index) => index));
    expect(last.nodes).toHaveLength(rowCount % 250);
    expect((await read({ first: 10, after })).rows).toMatchObject({ nodes: [], pageInfo: { hasNextPage: false } });
  });

  it('goes on behind any row', async () => {
    const { rows } = await read({ first: 100 });
    const next = (await read({ first: 2, after: rows.edges[41]?.cursor })).rows;
    expect(next.nodes.map(({ index }) => index)).toEqual([42, 43]);
  });

  it('is entered at any row, and goes on from there', async () => {
    const { rows } = await read({ first: 2, from: rowCount - 3 });
    expect(rows.nodes.map(({ index }) => index)).toEqual([rowCount - 3, rowCount - 2]);
    expect(rows.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    const next = (await read({ first: 2, after: rows.pageInfo.endCursor })).rows;
    expect(next.nodes.map(({ index }) => index)).toEqual([rowCount - 1]);
    expect(next.pageInfo.hasNextPage).toBe(false);
    expect((await read({ first: 2, from: rowCount })).rows).toMatchObject({ nodes: [], pageInfo: { hasNextPage: false } });
    expect((await read({ first: 1, from: null })).rows.nodes).toMatchObject([{ index: 0 }]);
  });

  it('says that a page is too large, or is none', async () => {
    const { endCursor: after } = (await read({ first: 1 })).rows.pageInfo;
    for (const variables of [{ first: 1_001 }, { first: -1 }, { after: 'no cursor' }, { from: -1 }, { from: 1, after }]) {
      const { errors } = await rig.query(frameDocument, { id: frameId, ...variables });
      expect(errors.map(({ extensions }) => extensions.code)).toEqual(['INVALID_INPUT']);
    }
    expect((await read({ first: 0 })).rows).toMatchObject({ totalCount: rowCount, nodes: [] });
    expect((await read({ first: 1_000 })).rows.nodes).toHaveLength(1_000);
  });

  it('keeps words that are no numbers, empty cells, short rows, and numbers that are none of JSON', async () => {
    const raw =
      '{"statusCode":"OK","statusString":"Job is finished","values":{"dataframe":{"attributeNames":["a","b"],"data":[["1",null],[NaN,-Infinity],["\\u003d"],[1e400,12345678901234567890]]}}}';
    const id = await frameOf(await take({ raw }));
    const { columns, rows } = await read({}, id);
    expect(columns).toEqual([
      { index: 0, name: 'a', type: null },
      { index: 1, name: 'b', type: null },
    ]);
    expect(rows.nodes.map(({ cells }) => cells)).toEqual([
      ['1', null],
      ['NaN', '-Infinity'],
      ['=', null],
      ['1e400', '12345678901234567890'],
    ]);
  });

  it('without a row is one all the same', async () => {
    const id = await frameOf(await take({ frame: { rows: 0, columns: 3 } }));
    expect(await read({}, id)).toMatchObject({ rowCount: 0, rows: { totalCount: 0, nodes: [], pageInfo: { hasNextPage: false } } });
  });
});
