import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createGatewayRig, type GatewayRig, type SeenJob } from '../support/gateway-rig.js';

interface Row {
  readonly id: string;
  readonly nativeId: string;
  readonly state: string;
  readonly createdAt: string | null;
  readonly finishedAt: string | null;
  readonly lastActivityAt: string | null;
  readonly backend: { readonly key: string };
}
interface Page {
  readonly jobs: {
    readonly totalCount: number | null;
    readonly stateCounts: readonly { readonly state: string; readonly count: number }[];
    readonly unavailable: readonly { readonly part: string; readonly code: string }[];
    readonly edges: readonly { readonly cursor: string; readonly node: Row }[];
    readonly pageInfo: {
      readonly hasNextPage: boolean;
      readonly hasPreviousPage: boolean;
      readonly startCursor: string | null;
      readonly endCursor: string | null;
    };
  };
}
const document = `query L($filter: JobFilter, $orderBy: JobOrder, $first: Int, $after: String) {
  jobs(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    totalCount stateCounts { state count } unavailable { part code }
    edges { cursor node { id nativeId state createdAt finishedAt lastActivityAt backend { key } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

describe('a list of jobs of two backends', () => {
  let rig: GatewayRig;
  beforeAll(async () => {
    rig = await createGatewayRig({
      backends: [
        { id: 'es-a', speed: 0.01 },
        { id: 'es-b', speed: 0.01, version: '7.17' },
      ],
    });
    await rig.sim('es-a').job('held-by-revert', { state: 'closed', blocked: { reason: 'revert' } });
    await rig.sim('es-a').job('held-by-delete', { state: 'closed', blocked: { reason: 'delete' } });
    await rig.sim('es-a').job('on-its-way', { state: 'closing', closeMs: 60_000 });
  });
  afterAll(() => rig.dispose());

  const list = async (variables: Readonly<Record<string, unknown>> = {}): Promise<Page['jobs']> =>
    (await rig.ask<Page>(document, variables)).jobs;
  const names = async (filter: Readonly<Record<string, unknown>>): Promise<readonly string[]> =>
    (await list({ filter, first: 100 })).edges.map(({ node }) => `${node.backend.key}/${node.nativeId}`);
  const both = (...natives: readonly string[]): readonly string[] =>
    ['es-a', 'es-b'].flatMap((key) => natives.map((native) => `${key}/${native}`));

  it('counts all states, of all pages', async () => {
    const { totalCount, stateCounts, unavailable } = await list({ first: 1 });
    expect(totalCount).toBe(27);
    expect(unavailable).toEqual([]);
    expect(Object.fromEntries(stateCounts.map(({ state, count }) => [state, count]))).toEqual({
      OPENING: 2,
      OPENED: 10,
      CLOSING: 1,
      CLOSED: 8,
      FAILED: 2,
      RESETTING: 2,
      REVERTING: 1,
      DELETING: 1,
    });
  });

  it.each([
    [
      'states',
      { states: ['RESETTING', 'REVERTING', 'DELETING'] },
      ['es-a/held-by-delete', 'es-a/held-by-revert', 'es-a/iot-sensor-drift', 'es-b/iot-sensor-drift'],
    ],
    [
      'groups, of which one is enough',
      { groups: ['payments', 'iot'] },
      both('checkout-latency', 'iot-sensor-drift', 'payment-amount-outliers'),
    ],
    [
      'groups and states together',
      { groups: ['payments', 'iot'], states: ['OPENED'] },
      both('checkout-latency', 'payment-amount-outliers'),
    ],
    ['text in the id, in any case', { text: 'NGINX' }, both('nginx-request-rate', 'nginx-response-time')],
    ['text in the description', { text: 'unusual amounts' }, both('payment-amount-outliers')],
    ['backends', { backends: ['backend:es-b'], text: 'nginx' }, ['es-b/nginx-request-rate', 'es-b/nginx-response-time']],
    ['vendors', { vendors: ['ELASTICSEARCH_ML'], text: 'dns' }, both('dns-tunneling')],
    [
      'ids of several backends',
      { ids: ['job:es-b:dns-tunneling', 'job:es-a:orders-per-region', 'job:es-a:orders-per-region'] },
      ['es-a/orders-per-region', 'es-b/dns-tunneling'],
    ],
    ['types', { types: ['anomaly_detector'], text: 'dns' }, both('dns-tunneling')],
    ['types there are not', { types: ['forecast'] }, []],
    ['owners, which this vendor has not', { owners: ['ada'] }, []],
    ['nothing, by empty lists', { groups: [] }, []],
    ['anything, by nulls', { groups: null, states: null, text: 'disk' }, both('host-disk-forecast')],
  ] as const)('is filtered by %s', async (_what, filter, expected) => {
    expect([...(await names(filter))].sort()).toEqual([...expected].sort());
  });

  it.each(
    ['ID', 'CREATED_AT', 'STARTED_AT', 'FINISHED_AT', 'STATE'].flatMap((field) => [[field, 'ASC'] as const, [field, 'DESC'] as const]),
  )('is walked page by page by %s %s without a gap or a repeat', async (field, direction) => {
    const orderBy = { field, direction };
    const whole = (await list({ orderBy, first: 100 })).edges.map(({ node }) => node.id);
    expect(new Set(whole).size).toBe(27);
    for (const first of [1, 4, 26, 27]) {
      const walked: string[] = [];
      let after: string | null = null;
      let more = true;
      while (more) {
        const page: Page['jobs'] = await list({ orderBy, first, after });
        expect(page.totalCount).toBe(27);
        expect(page.edges.length).toBeLessThanOrEqual(first);
        expect(page.pageInfo).toMatchObject({
          hasPreviousPage: walked.length > 0,
          startCursor: page.edges[0]?.cursor,
          endCursor: page.edges.at(-1)?.cursor,
        });
        walked.push(...page.edges.map(({ node }) => node.id));
        after = page.pageInfo.endCursor;
        more = page.pageInfo.hasNextPage;
      }
      expect(walked).toEqual(whole);
    }
  });

  it('has nulls last, either way', async () => {
    for (const direction of ['ASC', 'DESC']) {
      const values = (await list({ orderBy: { field: 'FINISHED_AT', direction }, first: 100 })).edges.map(({ node }) => node.finishedAt);
      const firstNull = values.indexOf(null);
      expect(firstNull).toBeGreaterThan(0);
      expect(values.slice(firstNull).every((value) => value === null)).toBe(true);
      const known = values.slice(0, firstNull).map(String);
      expect(known).toEqual(direction === 'ASC' ? [...known].sort() : [...known].sort().reverse());
    }
  });

  it('goes on behind a row that is no more', async () => {
    const page = await list({ first: 5 });
    const last = page.edges.at(-1);
    const rest = (await list({ first: 100, after: last?.cursor })).edges.map(({ node }) => node.id);
    await rig.sim('es-a').job('aaa-comes-and-goes', { state: 'closed', deleteMs: 10 });
    const withNew = await list({ first: 100, after: last?.cursor });
    expect(withNew.edges.map(({ node }) => node.id)).toEqual(rest);
    await fetch(`${rig.sim('es-a').url}/_ml/anomaly_detectors/aaa-comes-and-goes`, { method: 'DELETE' });
  });

  it('offers by state and version what the vendor would accept', async () => {
    const { jobs } = await rig.ask<{ readonly jobs: { readonly nodes: readonly SeenJob[] } }>(
      '{ jobs(first: 100) { nodes { id nativeId state allowedActions } } }',
    );
    // The datafeed's verbs go by the datafeed's state, not the job's.
    const byState = new Map(
      jobs.nodes.map(({ state, allowedActions }) => [state, allowedActions.filter((action) => !action.endsWith('_DATAFEED'))]),
    );
    expect(Object.fromEntries(byState)).toEqual({
      OPENING: ['CLOSE_JOB', 'DELETE_JOB'],
      OPENED: ['CLOSE_JOB', 'DELETE_JOB'],
      CLOSING: ['DELETE_JOB'],
      CLOSED: ['OPEN_JOB', 'RESET_JOB', 'DELETE_JOB', 'REVERT_JOB'],
      FAILED: ['CLOSE_JOB', 'DELETE_JOB'],
      RESETTING: ['RESET_JOB', 'DELETE_JOB'],
      REVERTING: ['DELETE_JOB'],
      DELETING: ['DELETE_JOB'],
    });
  });
});

describe('one job', () => {
  let rig: GatewayRig;
  afterEach(() => rig.dispose());

  it.each(['7.9', '7.10', '7.17', '8.17', '9.1'])('of %s has configuration, statistics, datafeed, node and details', async (version) => {
    rig = await createGatewayRig({ backends: [{ id: 'es', version }] });
    const { job } = await rig.ask<{ readonly job: Readonly<Record<string, unknown>> }>(`{
      job(id: "job:es:nginx-request-rate") {
        id nativeId type state vendorState stateReason description groups owner createdAt startedAt finishedAt lastActivityAt revision
        processed { current maximum unit } backend { key version } node { id name nativeId roles backend { key } }
        datafeed { id nativeId state vendorState indices frequencyMs queryDelayMs realtime searchInterval { start end } raw backend { key } }
        details {
          __typename id raw
          ... on ElasticsearchJobDetails {
            jobVersion bucketSpanMs assignmentExplanation blockedReason openForMs memoryStatus
            dataCounts { id processedRecordCount inputBytes bucketCount earliestRecordAt latestRecordAt lastDataAt }
            modelSize { id modelBytes memoryLimitBytes bucketAllocationFailureCount }
            timing { id bucketCount averageBucketProcessingMs totalBucketProcessingMs }
          }
        }
        currentTask { id } tasks { totalCount unavailable { code } }
      }
    }`);
    const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(job).toMatchObject({
      nativeId: 'nginx-request-rate',
      type: 'anomaly_detector',
      state: 'OPENED',
      vendorState: 'opened',
      groups: ['web', 'production'],
      owner: null,
      createdAt: instant,
      finishedAt: null,
      lastActivityAt: instant,
      processed: { current: expect.any(Number), maximum: null, unit: 'RECORDS' },
      backend: { key: 'es', version: expect.stringMatching(new RegExp(`^${version.replace('.', '\\.')}\\.`)) },
      node: {
        id: expect.stringMatching(/^node:es:/),
        name: expect.any(String),
        roles: expect.arrayContaining([expect.any(String)]),
        backend: { key: 'es' },
      },
      datafeed: {
        id: 'datafeed:es:datafeed-nginx-request-rate',
        state: 'STARTED',
        indices: ['logs-nginx.access-default'],
        raw: expect.anything(),
      },
      details: {
        __typename: 'ElasticsearchJobDetails',
        raw: expect.anything(),
        jobVersion: expect.any(String),
        bucketSpanMs: 900_000,
        blockedReason: null,
        openForMs: expect.any(Number),
        dataCounts: { processedRecordCount: expect.any(Number), latestRecordAt: instant },
        modelSize: { modelBytes: expect.any(Number) },
        timing: { bucketCount: expect.any(Number) },
      },
      currentTask: null,
      tasks: { totalCount: 0, unavailable: [] },
    });
  });

  it('without readable statistics is there all the same: state UNKNOWN, no button, and the list says what is missing', async () => {
    rig = await createGatewayRig({ backends: [{ id: 'es' }] });
    const fault = { status: 500, body: { error: { type: 'search_phase_execution_exception', reason: 'all shards failed' }, status: 500 } };
    rig.sim('es').setFaults([
      { route: 'GET /_ml/anomaly_detectors/_stats', ...fault },
      { route: 'GET /_ml/anomaly_detectors/{id}/_stats', ...fault },
    ]);
    const { jobs } = await rig.ask<{
      readonly jobs: {
        readonly totalCount: number;
        readonly unavailable: readonly unknown[];
        readonly nodes: readonly Readonly<Record<string, unknown>>[];
      };
    }>(
      '{ jobs { totalCount nodes { nativeId description state allowedActions processed { current } node { id } details { id raw ... on ElasticsearchJobDetails { bucketSpanMs dataCounts { id } } } } unavailable { part code } } }',
    );
    expect(jobs.totalCount).toBe(12);
    expect(jobs.unavailable).toEqual([
      { part: 'STATE', code: 'BACKEND_UNAVAILABLE' },
      { part: 'STATISTICS', code: 'BACKEND_UNAVAILABLE' },
    ]);
    expect(jobs.nodes.find(({ nativeId }) => nativeId === 'dns-tunneling')).toMatchObject({
      description: expect.any(String),
      state: 'UNKNOWN',
      allowedActions: [],
      processed: null,
      node: null,
    });
    // What holds a job stands in its configuration.
    expect(jobs.nodes.find(({ nativeId }) => nativeId === 'iot-sensor-drift')).toMatchObject({ state: 'RESETTING' });
  });

  it('with a state word of tomorrow is UNKNOWN, and keeps the word', async () => {
    rig = await createGatewayRig({ backends: [{ id: 'es' }] });
    rig.sim('es').setFaults([
      {
        route: 'GET /_ml/anomaly_detectors/{id}/_stats',
        status: 200,
        body: { count: 1, jobs: [{ job_id: 'dns-tunneling', state: 'hibernating' }] },
      },
    ]);
    const { job } = await rig.ask<{ readonly job: unknown }>('{ job(id: "job:es:dns-tunneling") { state vendorState allowedActions } }');
    expect(job).toEqual({ state: 'UNKNOWN', vendorState: 'hibernating', allowedActions: [] });
  });
});

describe('node and nodes', () => {
  it('resolve every kind of id there is, and give back the same id', async () => {
    const rig = await createGatewayRig({ backends: [{ id: 'es' }, { id: 'other' }] });
    try {
      await rig.sim('es').job('slow', { state: 'opened', closeMs: 60_000 });
      await rig.query('mutation { closeJob(input: { jobId: "job:es:slow" }) { task { id } } }');
      const { jobs, tasks, backends } = await rig.ask<{
        readonly jobs: {
          readonly nodes: readonly {
            readonly id: string;
            readonly datafeed: { readonly id: string } | null;
            readonly node: { readonly id: string } | null;
          }[];
        };
        readonly tasks: { readonly nodes: readonly { readonly id: string }[] };
        readonly backends: readonly { readonly id: string }[];
      }>('{ jobs(first: 100) { nodes { id datafeed { id } node { id } } } tasks { nodes { id } } backends { id } }');
      const ids = [
        ...backends.map(({ id }) => id),
        ...tasks.nodes.map(({ id }) => id),
        ...jobs.nodes.flatMap(({ id, datafeed, node }) => [id, ...(datafeed ? [datafeed.id] : []), ...(node ? [node.id] : [])]),
      ];
      expect(new Set(ids.map((id) => id.split(':')[0]))).toEqual(new Set(['backend', 'task', 'job', 'datafeed', 'node']));
      const { data, errors } = await rig.query<{
        readonly nodes: readonly ({ readonly id: string; readonly __typename: string } | null)[];
      }>('query N($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', { ids });
      expect(errors).toEqual([]);
      expect(data?.nodes.map((node) => node?.id ?? null)).toEqual(ids);
      expect(new Set(data?.nodes.map((node) => node?.__typename))).toEqual(new Set(['Backend', 'Task', 'Job', 'Datafeed', 'NodeStats']));
      for (const id of [...new Set(ids.map((each) => each.split(':')[0]))].map(
        (kind) => ids.find((each) => each.startsWith(`${kind}:`)) ?? '',
      )) {
        expect((await rig.query('query N($id: ID!) { node(id: $id) { id } }', { id })).data).toEqual({ node: { id } });
      }
    } finally {
      await rig.dispose();
    }
  });
});
