import { beforeEach, describe, expect, it } from 'vitest';
import { VigilError } from '../../../src/errors.js';
import { codesOf, createGraphqlRig, type GraphqlRig } from '../../support/graphql-rig.js';
import { toyFrame, toyPart, toyRows } from '../../support/toy-results.js';

const epoch = 1_700_000_000_000;

let rig: GraphqlRig;
beforeEach(() => {
  rig = createGraphqlRig({ keys: ['one', 'two'], handingOver: ['one'] });
});

const reads = (): readonly string[] => rig.world('one').results.reads;

/** A job that has ended, and what is kept of it: a table of that many rows, a number, a key nobody knows, and what only the toy vendor has. */
const finish = (nativeId: string, rowCount = 5): void => {
  rig.world('one').addJob(nativeId, { state: 'FINISHED', resultState: 'AVAILABLE' });
  rig.world('one').results.kept.set(nativeId, {
    receivedAt: epoch,
    bytes: 3_000_000_000,
    entities: [
      toyFrame(nativeId, 0, rowCount),
      { ...toyPart(nativeId, 1, { typename: 'NumberResult' }), ...{ number: 0.5 } },
      { ...toyPart(nativeId, 2, { typename: 'UnknownResult' }), ...{ reason: null } },
      { ...toyPart(nativeId, 3, { typename: 'ToyPaint' }), ...{ colour: 'red' } },
    ],
    rows: new Map([[0, toyRows(rowCount)]]),
  });
};

const data = async (source: string, variables: Record<string, unknown> = {}) => {
  const answer = await rig.run(source, variables);
  expect(codesOf(answer.errors)).toEqual([]);
  return answer.data;
};

describe('the result of a job', () => {
  it('shows its parts as the types they are', async () => {
    finish('7~a');
    const answer = await data(`{ job(id: "job:one:7~a") { nativeId resultState result {
      id receivedAt bytes
      entities {
        __typename id name
        ... on DataFrame { columns { index name type } rowCount }
        ... on NumberResult { number }
        ... on UnknownResult { reason }
        ... on ToyPaint { colour }
      }
    } } }`);
    expect(answer?.job).toEqual({
      nativeId: '7',
      resultState: 'AVAILABLE',
      result: {
        id: 'result:one:7~a',
        receivedAt: '2023-11-14T22:13:20.000Z',
        bytes: 3_000_000_000,
        entities: [
          {
            __typename: 'DataFrame',
            id: 'result:one:7/0~a',
            name: 'part0',
            columns: [
              { index: 0, name: 'marble', type: 'S' },
              { index: 1, name: 'weight', type: null },
            ],
            rowCount: 5,
          },
          { __typename: 'NumberResult', id: 'result:one:7/1~a', name: 'part1', number: 0.5 },
          { __typename: 'UnknownResult', id: 'result:one:7/2~a', name: 'part2', reason: null },
          { __typename: 'ToyPaint', id: 'result:one:7/3~a', name: 'part3', colour: 'red' },
        ],
      },
    });
  });

  it('is asked of the store alone, each part of it once in an operation', async () => {
    finish('7~a');
    const part = 'result { entities { name ... on DataFrame { rows(first: 2) { nodes { index } } } } }';
    await data(`{
      a: job(id: "job:one:7~a") { ${part} } b: job(id: "job:one:7~a") { ${part} }
      node(id: "result:one:7~a") { ... on JobResult { entities { id } } }
    }`);
    expect([...reads()].sort()).toEqual(['entities 7~a', 'result 7~a', 'rows 7~a/0 0+2']);
    expect(rig.world('one').called()).toEqual(['readJobs']);
  });

  it.each([
    ['on the interface', 'raw'],
    ['on one type', '... on DataFrame { raw }'],
    ['on a type of the vendor’s', '... on ToyPaint { raw }'],
  ])('reads `raw` when it is selected %s', async (_, selected) => {
    finish('7~a');
    await data(`{ job(id: "job:one:7~a") { result { entities { id ${selected} } } } }`);
    expect(reads()).toContain('entities 7~a raw');
  });

  it('does not read `raw` of parts for that of other objects', async () => {
    finish('7~a');
    await data('{ job(id: "job:one:7~a") { details { raw } result { entities { id } } } }');
    expect(reads()).toContain('entities 7~a');
  });

  it('is what came with the job, without a read of its own', async () => {
    finish('7~a');
    const result = { id: 'result:one:7~a', backendKey: 'one', jobNativeId: '7~a', receivedAt: epoch, bytes: 12 };
    rig.world('one').addJob('7~a', { resultState: 'AVAILABLE', result });
    rig.world('one').addJob('8~b', { resultState: 'EXPIRED', result: null });
    const answer = await data('{ jobs(filter: { backends: ["backend:one"] }) { nodes { nativeId resultState result { bytes } } } }');
    expect(answer?.jobs).toEqual({
      nodes: [
        { nativeId: '7', resultState: 'AVAILABLE', result: { bytes: 12 } },
        { nativeId: '8', resultState: 'EXPIRED', result: null },
      ],
    });
    expect(reads()).toEqual([]);
  });

  it('reads nothing of results for a list that does not ask for them', async () => {
    finish('7~a');
    const answer = await data('{ jobs { nodes { nativeId resultState } } }');
    expect(answer?.jobs).toEqual({ nodes: [{ nativeId: '7', resultState: 'AVAILABLE' }] });
    expect(reads()).toEqual([]);
  });

  it('is none, and NONE, where the product hands nothing over', async () => {
    rig.world('two').addJob('a');
    const answer = await data('{ job(id: "job:two:a") { resultState result { id } } }');
    expect(answer?.job).toEqual({ resultState: 'NONE', result: null });
  });

  it('is null with the error when the store cannot be read, and the job stands', async () => {
    finish('7~a');
    rig.world('one').results.failure = new VigilError('INTERNAL', 'The store is away.');
    const answer = await rig.run('{ jobs { nodes { nativeId result { entities { id } } } } }');
    expect(answer.data?.jobs).toEqual({ nodes: [{ nativeId: '7', result: null }] });
    expect(codesOf(answer.errors)).toEqual(['INTERNAL at jobs.nodes.0.result']);
  });
});

describe('the rows of a table', () => {
  const pageOf = async (args: string) => {
    const answer = await data(
      `{ node(id: "result:one:7/0~a") { __typename id ... on DataFrame { rows${args} {
        totalCount pageInfo { hasNextPage hasPreviousPage endCursor } edges { cursor node { index } } nodes { index cells }
      } } } }`,
    );
    return answer?.node as {
      readonly __typename: string;
      readonly rows: {
        readonly totalCount: number;
        readonly nodes: readonly { readonly index: number; readonly cells: readonly (string | null)[] }[];
        readonly edges: readonly { readonly cursor: string; readonly node: { readonly index: number } }[];
        readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean; readonly endCursor: string | null };
      };
    };
  };

  it('come page by page, from the table’s own id, until there are no more', async () => {
    finish('7~a', 5);
    const seen: number[] = [];
    let after: string | null = null;
    do {
      const { __typename, rows } = await pageOf(`(first: 2${after ? `, after: "${after}"` : ''})`);
      expect([__typename, rows.totalCount, rows.pageInfo.hasPreviousPage]).toEqual(['DataFrame', 5, after !== null]);
      seen.push(...rows.nodes.map(({ index }) => index));
      after = rows.pageInfo.hasNextPage ? rows.pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toEqual([0, 1, 2, 3, 4]);
    expect(reads().filter((read) => read.startsWith('rows'))).toEqual(['rows 7~a/0 0+2', 'rows 7~a/0 2+2', 'rows 7~a/0 4+2']);
  });

  it('go on behind any row', async () => {
    finish('7~a', 5);
    const { rows } = await pageOf('(first: 3)');
    const next = await pageOf(`(first: 1, after: "${rows.edges[0]?.cursor}")`);
    expect(next.rows.nodes).toEqual([{ index: 1, cells: ['m1', null] }]);
  });

  it('are a hundred where nobody says how many, a thousand at most', async () => {
    finish('7~a', 2_000);
    expect((await pageOf('')).rows.nodes).toHaveLength(100);
    expect((await pageOf('(first: 1000)')).rows.nodes).toHaveLength(1_000);
    const tooMany = await rig.run('{ node(id: "result:one:7/0~a") { ... on DataFrame { rows(first: 1001) { totalCount } } } }');
    expect(codesOf(tooMany.errors)).toEqual(['INVALID_INPUT at node.rows (first)']);
  });

  it('are not read for their number', async () => {
    finish('7~a', 5);
    expect((await pageOf('(first: 0)')).rows.totalCount).toBe(5);
    expect(reads()).toEqual(['entities 7~a']);
  });

  it('take no cursor of another table', async () => {
    finish('7~a', 5);
    finish('8~b', 5);
    const { rows } = await pageOf('(first: 1)');
    const wrong = await rig.run(
      `{ node(id: "result:one:8/0~b") { ... on DataFrame { rows(after: "${rows.edges[0]?.cursor}") { totalCount } } } }`,
    );
    expect(codesOf(wrong.errors)).toEqual(['INVALID_INPUT at node.rows (after)']);
  });
});

describe('fetching results again', () => {
  const nodeOf = async (id: string): Promise<unknown> => (await data('query($id: ID!) { node(id: $id) { __typename id } }', { id }))?.node;

  it('finds a result by its id, the latest where the incarnation is left out', async () => {
    finish('7~a');
    finish('7~b');
    expect(await nodeOf('result:one:7~a')).toEqual({ __typename: 'JobResult', id: 'result:one:7~a' });
    expect(await nodeOf('result:one:7')).toEqual({ __typename: 'JobResult', id: 'result:one:7~b' });
  });

  it('finds a table, and no other part', async () => {
    finish('7~a');
    expect(await nodeOf('result:one:7/0~a')).toEqual({ __typename: 'DataFrame', id: 'result:one:7/0~a' });
    expect(await nodeOf('result:one:7/0')).toEqual({ __typename: 'DataFrame', id: 'result:one:7/0~a' });
    for (const id of ['result:one:7/1~a', 'result:one:7/3~a', 'result:one:7/9~a']) expect(await nodeOf(id)).toBeNull();
  });

  it('finds nothing where none is kept', async () => {
    finish('7~a');
    for (const id of ['result:one:7~z', 'result:one:8', 'result:one:7/0~z', 'result:two:7', 'result:two:7/0', 'result:three:7'])
      expect(await nodeOf(id)).toBeNull();
  });
});
