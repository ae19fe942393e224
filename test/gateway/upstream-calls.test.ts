import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createGatewayRig, eventually, type GatewayRig, type RigSimulator } from '../support/gateway-rig.js';

const jobNames = Array.from({ length: 50 }, (_each, index) => `job-${String(index).padStart(2, '0')}`);
const beingReset = ['job-01', 'job-03', 'job-05'];

/** Fifty jobs: every other one runs with its datafeed, three are being reset by somebody else. */
const plant = async (simulator: RigSimulator): Promise<void> => {
  for (const [index, name] of jobNames.entries()) {
    const opened = index % 2 === 0;
    await simulator.job(name, {
      state: opened ? 'opened' : 'closed',
      datafeed: opened ? 'started' : 'stopped',
      resetMs: 3_600_000,
      groups: ['fleet'],
    });
  }
  for (const name of beingReset) {
    const answer = await fetch(`${simulator.url}/_ml/anomaly_detectors/${name}/_reset?wait_for_completion=false`, { method: 'POST' });
    expect(answer.status).toBe(200);
  }
};

const lists = {
  config: { 'GET /_ml/anomaly_detectors': 1 },
  stats: { 'GET /_ml/anomaly_detectors/_stats': 1 },
  datafeeds: { 'GET /_ml/datafeeds/_stats': 1 },
  tasks: { 'GET /_tasks': 1 },
};
const byIds = {
  config: { 'GET /_ml/anomaly_detectors/{id}': 1 },
  stats: { 'GET /_ml/anomaly_detectors/{id}/_stats': 1 },
  datafeeds: { 'GET /_ml/datafeeds/{id}/_stats': 1 },
};

describe('what a query for fifty jobs costs the vendor', () => {
  let rig: GatewayRig;
  beforeAll(async () => {
    rig = await createGatewayRig({ backends: [{ id: 'es', empty: true }] });
    await plant(rig.sim('es'));
  });
  afterAll(() => rig.dispose());

  const cost = (document: string, variables?: Readonly<Record<string, unknown>>) =>
    rig.sim('es').costOf(() => rig.ask(document, variables));
  const ids = jobNames.map((name) => `job:es:${name}`);

  it.each([
    ['plain', '{ jobs(first: 50) { totalCount nodes { id nativeId description groups createdAt } } }'],
    ['through edges and a fragment', '{ jobs(first: 50) { edges { node { ...F } } } } fragment F on Job { id description groups }'],
    ['aliased twice', '{ a: jobs(first: 50) { nodes { id } } b: jobs(first: 10) { nodes { id groups } } }'],
    ['with a filter on what is in the configuration', '{ jobs(first: 50, filter: { groups: ["fleet"] }) { totalCount nodes { id } } }'],
    ['with the backend of each', '{ jobs(first: 50) { nodes { id backend { id version health { status } } } } }'],
  ])('one call where the configuration has it all: %s', async (_shape, document) => {
    expect(await cost(document)).toEqual(lists.config);
  });

  it.each([
    ['plain', '{ jobs(first: 50) { nodes { id state } } }'],
    ['only counted', '{ jobs(first: 50) { totalCount stateCounts { state count } } }'],
    ['only filtered by', '{ jobs(first: 50, filter: { states: [OPENED] }) { totalCount } }'],
    ['only ordered by', '{ jobs(first: 50, orderBy: { field: STATE }) { nodes { id } } }'],
    ['with counters and node', '{ jobs(first: 50) { nodes { id state processed { current } lastActivityAt node { id name } } } }'],
    [
      'nested in fragments',
      '{ jobs(first: 50) { nodes { ...A } } } fragment A on Job { ...B } fragment B on Job { s: state details { ... on ElasticsearchJobDetails { dataCounts { processedRecordCount } modelSize { modelBytes } timing { bucketCount } } } }',
    ],
    ['in two lists', '{ a: jobs(first: 50) { nodes { id state } } b: jobs(first: 50, filter: { states: [CLOSED] }) { nodes { id } } }'],
  ])('two calls with state or statistics: %s', async (_shape, document) => {
    expect(await cost(document)).toEqual({ ...lists.config, ...lists.stats });
  });

  it.each([
    ['plain', '{ jobs(first: 50) { nodes { id state datafeed { id state } } } }'],
    [
      'with everything of them',
      '{ jobs(first: 50) { nodes { id state datafeed { ...D } } } } fragment D on Datafeed { id state vendorState realtime indices frequencyMs }',
    ],
    // Whether a datafeed can be started or stopped depends on what it does.
    ['by the buttons alone', '{ jobs(first: 50) { nodes { id allowedActions } } }'],
    ['aliased', '{ jobs(first: 50) { nodes { a: datafeed { state } b: datafeed { vendorState } state } } }'],
  ])('three calls with the state of datafeeds: %s', async (_shape, document) => {
    expect(await cost(document)).toEqual({ ...lists.config, ...lists.stats, ...lists.datafeeds });
  });

  it.each([
    ['plain', '{ jobs(first: 50) { nodes { id state datafeed { id state } currentTask { id state } } } }'],
    [
      'with counts of children',
      '{ jobs(first: 50) { nodes { id state datafeed { id state } currentTask { id counts { current maximum } } } } }',
    ],
    [
      'as lists of tasks',
      '{ jobs(first: 50) { nodes { id state datafeed { id state } tasks(first: 5) { totalCount nodes { id state } } } } }',
    ],
    [
      'and back to the job, twice',
      '{ jobs(first: 50) { nodes { id state datafeed { id state } currentTask { id job { id state currentTask { id job { id nativeId datafeed { state } } } } } } } }',
    ],
    [
      'both ways and aliased',
      '{ jobs(first: 50) { nodes { ...R a: currentTask { id } b: tasks(first: 3) { nodes { id job { id } children(first: 2) { totalCount } } } } } } fragment R on Job { id state datafeed { id state } }',
    ],
    ['with a filter on being busy', '{ jobs(first: 50, filter: { busy: true }) { nodes { id state datafeed { id state } } } }'],
  ])('four calls with tasks: %s', async (_shape, document) => {
    expect(await cost(document)).toEqual({ ...lists.config, ...lists.stats, ...lists.datafeeds, ...lists.tasks });
  });

  it('gives each of the fifty what these calls told', async () => {
    const { jobs } = await rig.ask<{
      readonly jobs: {
        readonly totalCount: number;
        readonly nodes: readonly {
          readonly nativeId: string;
          readonly state: string;
          readonly currentTask: { readonly kind: string; readonly job: { readonly nativeId: string } } | null;
        }[];
      };
    }>('{ jobs(first: 50) { totalCount nodes { nativeId state currentTask { kind state job { nativeId } } } } }');
    expect(jobs.totalCount).toBe(50);
    expect(jobs.nodes.filter(({ state }) => state === 'OPENED')).toHaveLength(25);
    expect(
      jobs.nodes
        .filter(({ currentTask }) => currentTask !== null)
        .map(({ nativeId, state, currentTask }) => [nativeId, state, currentTask?.kind, currentTask?.job.nativeId]),
    ).toEqual(beingReset.map((name) => [name, 'RESETTING', 'RESET', name]));
  });

  it('one call of each kind for fifty ids in a filter', async () => {
    const document =
      'query Q($ids: [ID!]) { jobs(first: 50, filter: { ids: $ids }) { totalCount nodes { id state datafeed { id state } currentTask { id } } } }';
    expect(await cost(document, { ids })).toEqual({ ...byIds.config, ...byIds.stats, ...byIds.datafeeds, ...lists.tasks });
  });

  it('one call of each kind for fifty ids in nodes', async () => {
    const document =
      'query Q($ids: [ID!]!) { nodes(ids: $ids) { id ... on Job { state datafeed { id state } currentTask { id job { id } } } } }';
    expect(await cost(document, { ids })).toEqual({ ...byIds.config, ...byIds.stats, ...byIds.datafeeds, ...lists.tasks });
  });

  it('one call of each kind for fifty single jobs in one document', async () => {
    const aliases = ids.slice(0, 20).map((id, index) => `j${index}: job(id: "${id}") { id state }`);
    expect(await cost(`{ ${aliases.join(' ')} }`)).toEqual({ ...byIds.config, ...byIds.stats });
  });

  it('one call each for the tasks and the jobs they work on', async () => {
    expect(await cost('{ tasks { nodes { id kind job { id nativeId state } parent { id } children { totalCount } } } }')).toEqual({
      ...lists.tasks,
      ...byIds.config,
      ...byIds.stats,
    });
  });

  it('one call for the nodes of all jobs when their roles are wanted', async () => {
    expect(await cost('{ jobs(first: 50) { nodes { id node { id name roles } } } }')).toEqual({
      ...lists.config,
      ...lists.stats,
      'GET /_nodes/{ids}': 1,
    });
  });

  it('none for what the gateway knows', async () => {
    expect(await cost('{ backends { id version capabilities health { status } } backend(id: "backend:es") { id } }')).toEqual({});
    expect(await cost('query Q($id: ID!) { node(id: $id) { id ... on Backend { version } } }', { id: 'backend:es' })).toEqual({});
  });

  it('one call for an unknown id more, whatever the others are', async () => {
    const document = 'query Q($ids: [ID!]!) { nodes(ids: $ids) { id ... on Job { description } } }';
    const calls = await cost(document, { ids: [...ids, 'job:es:never-was'] });
    expect(calls).toEqual({ 'GET /_ml/anomaly_detectors/{id}': 2 });
  });
});

const listOfThree = `query L($first: Int, $after: String) {
  jobs(first: $first, after: $after) {
    totalCount
    stateCounts { state count }
    unavailable { part code message retryAfterMs backend { id key health { status } } }
    nodes { id state backend { key } datafeed { state } currentTask { id } }
    pageInfo { hasNextPage endCursor }
  }
}`;
interface ListOfThree {
  readonly jobs: {
    readonly totalCount: number | null;
    readonly unavailable: readonly {
      readonly part: string;
      readonly code: string;
      readonly message: string;
      readonly backend: { readonly key: string };
    }[];
    readonly nodes: readonly { readonly id: string; readonly backend: { readonly key: string } }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
  };
}

describe('one dead backend of three', () => {
  let rig: GatewayRig;
  afterEach(() => rig.dispose());

  const begin = async (): Promise<void> => {
    rig = await createGatewayRig({ backends: [{ id: 'es-a' }, { id: 'es-b', config: { http: { breakerResetMs: 10 } } }, { id: 'es-c' }] });
  };

  it('leaves the jobs of the others in the list, and says who is missing and why', async () => {
    await begin();
    rig.sim('es-b').setFaults([{ route: '*', reset: true }]);
    const { jobs } = await rig.ask<ListOfThree>(listOfThree, { first: 50 });
    expect(jobs.totalCount).toBe(24);
    expect(new Set(jobs.nodes.map(({ backend }) => backend.key))).toEqual(new Set(['es-a', 'es-c']));
    expect(jobs.unavailable).toEqual([
      expect.objectContaining({ part: 'ALL', code: 'BACKEND_UNAVAILABLE', backend: expect.objectContaining({ key: 'es-b' }) }),
    ]);
    expect(jobs.unavailable[0]?.message).toMatch(/^The backend es-b /);
  });

  it('is left out of the later pages as well, and named there, also after it came back', async () => {
    await begin();
    rig.sim('es-b').setFaults([{ route: '*', reset: true }]);
    const first = await rig.ask<ListOfThree>(listOfThree, { first: 10 });
    rig.sim('es-b').setFaults([]);
    const seen = first.jobs.nodes.map(({ id }) => id);
    let page = first.jobs.pageInfo;
    while (page.hasNextPage) {
      const { jobs } = await rig.ask<ListOfThree>(listOfThree, { first: 10, after: page.endCursor });
      expect(jobs.unavailable).toEqual([
        expect.objectContaining({ part: 'ALL', code: 'BACKEND_UNAVAILABLE', backend: expect.objectContaining({ key: 'es-b' }) }),
      ]);
      expect(jobs.totalCount).toBe(24);
      seen.push(...jobs.nodes.map(({ id }) => id));
      page = jobs.pageInfo;
    }
    expect(new Set(seen).size).toBe(24);
    expect(seen).toHaveLength(24);
    const again = await eventually(
      () => rig.ask<ListOfThree>(listOfThree, { first: 50 }),
      ({ jobs }) => jobs.unavailable.length === 0,
    );
    expect(again.jobs.totalCount).toBe(36);
  });

  it('keeps its own single objects from being known, and nobody else’s', async () => {
    await begin();
    rig.sim('es-b').setFaults([{ route: '*', reset: true }]);
    const { data, errors } = await rig.query<Readonly<Record<string, { readonly id: string } | null>>>(
      '{ a: job(id: "job:es-a:dns-tunneling") { id state } b: job(id: "job:es-b:dns-tunneling") { id state } c: job(id: "job:es-c:dns-tunneling") { id } }',
    );
    expect(data).toEqual({ a: expect.objectContaining({ state: 'CLOSED' }), b: null, c: expect.anything() });
    expect(errors).toEqual([
      expect.objectContaining({
        path: ['b'],
        extensions: expect.objectContaining({ code: 'BACKEND_UNAVAILABLE', backend: 'es-b', vendor: 'ELASTICSEARCH_ML', retryable: true }),
      }),
    ]);
  });

  it('is missing in part only, when only a part of it fails', async () => {
    await begin();
    rig
      .sim('es-b')
      .setFaults([{ route: 'GET /_ml/datafeeds/_stats', status: 500, body: { error: { type: 'x', reason: 'boom' }, status: 500 } }]);
    const { jobs } = await rig.ask<ListOfThree>(listOfThree, { first: 50 });
    expect(jobs.totalCount).toBe(36);
    expect(jobs.unavailable.map(({ part, backend }) => [part, backend.key])).toEqual([['DATAFEEDS', 'es-b']]);
  });

  it('of which none answers: no rows, and no number that could be taken for none', async () => {
    await begin();
    for (const id of ['es-a', 'es-b', 'es-c']) rig.sim(id).setFaults([{ route: '*', reset: true }]);
    const { jobs } = await rig.ask<ListOfThree>(listOfThree, { first: 50 });
    expect(jobs.totalCount).toBeNull();
    expect(jobs.nodes).toEqual([]);
    expect(jobs.unavailable.map(({ backend }) => backend.key)).toEqual(['es-a', 'es-b', 'es-c']);
  });
});
