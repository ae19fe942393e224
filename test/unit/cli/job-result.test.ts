import { afterEach, describe, expect, it } from 'vitest';
import { aBackend, aJob, aTask } from '../client/samples.js';
import { createToyGateway, type ToyGateway, type ToyRoot } from '../client/toy-gateway.js';
import { vigil } from './run-vigil.js';

let gateway: ToyGateway | undefined;
afterEach(async () => {
  await gateway?.dispose();
});

const gatewayOf = async (root: ToyRoot): Promise<string> => {
  gateway = await createToyGateway({ root });
  return gateway.url;
};

const aRun = (more: Record<string, unknown> = {}) =>
  aJob('7', { id: 'job:sym-prod:7~1', backend: aBackend('sym-prod', { vendor: 'SYMETRYML' }), state: 'FINISHED', ...more });

const part = (position: number, __typename: string, name: string, more: Record<string, unknown>) => ({
  __typename,
  id: `result:sym-prod:7/${position}~1`,
  name,
  raw: null,
  ...more,
});

const entry = (key: string, text: string) => ({ key, text, number: Number(text) });

const total = 450;
const frame = part(0, 'DataFrame', 'dataframe', {
  rowCount: total,
  columns: [
    { index: 0, name: 'id', type: 'C' },
    { index: 1, name: '', type: null },
  ],
});
/** A table whose pages end where they are asked to. */
const paged = {
  ...frame,
  rows: ({ first, after }: { readonly first: number; readonly after?: string }) => {
    const from = after === undefined ? 0 : Number(after);
    const count = Math.max(0, Math.min(first, total - from));
    const nodes = Array.from({ length: count }, (_, index) => ({ index: from + index, cells: [`${from + index}`, null] }));
    return {
      totalCount: total,
      nodes,
      edges: nodes.map((node) => ({ cursor: String(node.index + 1), node })),
      pageInfo: { hasNextPage: from + count < total, hasPreviousPage: from > 0, startCursor: null, endCursor: String(from + count) },
    };
  },
};

const kept = (entities: readonly unknown[]): ToyRoot => ({
  job: () =>
    aRun({ resultState: 'AVAILABLE', result: { id: 'result:sym-prod:7~1', receivedAt: '2026-01-31T09:05:00.000Z', bytes: 99, entities } }),
  node: () => paged,
});

describe('vigil job result', () => {
  it('shows scores, maps, numbers, projects and what it has no type for', async () => {
    const entities = [
      part(0, 'KeyValueMap', 'KSVSMap', {
        kMeans: [{ clusters: 2, wssse: 40316.897273276154, silhouette: null }],
        maps: [{ entries: [entry('kmeans_rnd_seed', '42'), entry('kmeans_2_wssse', '40316.897273276154')] }],
      }),
      part(1, 'NumberResult', 'pcaSumValues', { number: 7.292470666666664 }),
      part(2, 'NumberResult', 'worst', { number: null, raw: 'NaN' }),
      part(3, 'ProjectInfoResult', 'smlInfo', {
        projects: [
          { pid: 'iris', type: 'cpu', modifiedAt: null, attributes: [], models: [{ name: 'lda1', type: 'lda' }], dataSources: [] },
        ],
      }),
      part(4, 'AwsInfoResult', 'awsInfoEncrypted', { decrypted: false, topics: [], queues: [] }),
      part(5, 'UnknownResult', 'fresh', { reason: null, raw: { a: [1] } }),
    ];
    const { code, lines, err } = await vigil(['job', 'result', 'sym-prod:7', '--url', await gatewayOf(kept(entities))]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(lines).toEqual([
      'KSVSMap',
      '  CLUSTERS  WSSSE    SILHOUETTE',
      '  2         40316.9  -',
      '  KEY              VALUE',
      '  kmeans_rnd_seed  42',
      'pcaSumValues: 7.29247',
      'worst: "NaN"',
      'smlInfo: 1 project',
      '  PROJECT  TYPE  ATTRIBUTES  MODELS  DATA SOURCES  CHANGED',
      '  iris     cpu   0           lda1    -             -',
      'awsInfoEncrypted',
      '  encrypted with another secret key than the one configured now',
      'fresh: {"a":[1]}',
    ]);
  });

  it('shows the first rows of a table, and how many more there are', async () => {
    const { lines } = await vigil(['job', 'result', 'sym-prod:7', '--rows', '2', '--url', await gatewayOf(kept([frame]))]);
    expect(lines).toEqual(['dataframe: 450 rows of 2 columns', '  id  #1', '  0   -', '  1   -', '  … 448 more (--rows 450 shows all)']);
  });

  it('reads as many pages as rows are wanted, each row once', async () => {
    const url = await gatewayOf(kept([frame]));
    const { lines } = await vigil(['job', 'result', 'sym-prod:7', '--rows', '1000', '--json', '--url', url]);
    const [head, ...rows] = lines.map((line) => JSON.parse(line) as { readonly event: string; readonly index: number });
    expect(head).toMatchObject({ event: 'entity', name: 'dataframe', rowCount: total });
    expect(rows.map(({ index }) => index)).toEqual(Array.from({ length: total }, (_, index) => index));
    expect(rows[0]).toEqual({ event: 'row', entity: 'dataframe', index: 0, cells: ['0', null] });
    const asked = gateway?.requests.flatMap(({ variables }) => ('first' in variables ? [variables.first] : []));
    expect(asked).toEqual([200, 200, 50]);
  });

  it('shows one part alone, and says which there are when it is not there', async () => {
    const url = await gatewayOf(kept([frame, part(1, 'NumberResult', 'pcaSumValues', { number: 2 })]));
    expect(await vigil(['job', 'result', 'sym-prod:7', '--entity', 'pcaSumValues', '--url', url])).toMatchObject({
      code: 0,
      out: 'pcaSumValues: 2\n',
    });
    expect(await vigil(['job', 'result', 'sym-prod:7', '--entity', 'vectors', '--url', url])).toMatchObject({
      code: 1,
      err: 'vigil: NOT_FOUND: Its result has no part "vectors". There is: dataframe, pcaSumValues.\n',
    });
  });

  it('says that there is nothing in a result', async () => {
    const { code, out } = await vigil(['job', 'result', 'sym-prod:7', '--url', await gatewayOf(kept([]))]);
    expect([code, out]).toEqual([0, 'Its result is empty: jobs of this kind hand nothing over.\n']);
  });

  it.each([
    [{ resultState: 'NONE', state: 'RUNNING' }, /The job is RUNNING: it has no result yet\./],
    [{ resultState: 'NONE', state: 'KILLED' }, /The job is KILLED: it has no result\./],
    [{ resultState: 'UNCLAIMED' }, /still on its server.*"vigil job collect job:sym-prod:7~1" takes it/],
    [{ resultState: 'LOST', stateReason: 'Another client took it.' }, /is lost\. Another client took it\./],
    [{ resultState: 'EXPIRED' }, /was kept, and had to go/],
  ])('says why there is none, with 1: %j', async (more, message) => {
    const url = await gatewayOf({ job: () => aRun({ result: null, ...more }) });
    const { code, out, err } = await vigil(['job', 'result', 'sym-prod:7', '--url', url]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(message);
  });

  it('says that there is no such job, with 1', async () => {
    expect(await vigil(['job', 'result', 'sym-prod:9', '--url', await gatewayOf({ job: () => null })])).toMatchObject({
      code: 1,
      err: 'vigil: NOT_FOUND: There is no job job:sym-prod:9.\n',
    });
  });

  it('lets no result steer the terminal', async () => {
    const evil = part(0, 'KeyValueMap', 'KSVSMap', {
      kMeans: [],
      maps: [{ entries: [{ key: 'a\u001b[2J', text: 'b\nvigil: done', number: null }] }],
    });
    const { out } = await vigil(['job', 'result', 'sym-prod:7', '--url', await gatewayOf(kept([evil]))]);
    expect(out).toBe('KSVSMap\n  KEY    VALUE\n  a[2J  b vigil: done\n');
  });
});

describe('verbs of jobs that run once', () => {
  const task = (state: string) => aTask('7~1', { kind: 'RUN', state, endedAt: '2026-01-31T09:05:01.400Z' });

  it('a kill has done what it should when the run is CANCELLED, and not when the run was quicker', async () => {
    const killed = await gatewayOf({ killJob: () => ({ job: aRun({ state: 'KILLED' }), task: task('CANCELLED'), errors: [] }) });
    expect(await vigil(['job', 'kill', 'sym-prod:7', '--url', killed])).toMatchObject({ code: 0, out: expect.stringMatching(/CANCELLED/) });
    await gateway?.dispose();
    const finished = await gatewayOf({ killJob: () => ({ job: aRun(), task: task('SUCCEEDED'), errors: [] }) });
    expect(await vigil(['job', 'kill', 'sym-prod:7', '--url', finished])).toMatchObject({ code: 1 });
  });

  it('collecting is followed until the result is there', async () => {
    const url = await gatewayOf({
      collectJobResult: () => ({ job: aRun(), task: task('UNKNOWN'), errors: [] }),
      taskProgress: async function* () {
        yield { taskProgress: { cursor: 'c', task: task('SUCCEEDED') } };
      },
    });
    expect(await vigil(['job', 'collect', 'sym-prod:7', '--url', url])).toMatchObject({ code: 0, out: expect.stringMatching(/SUCCEEDED/) });
  });
});
