import { afterEach, describe, expect, it } from 'vitest';
import { type BackendSetup, createGatewayRig, eventually, type GatewayRig, leaksIn, verb } from '../support/gateway-rig.js';

let rig: GatewayRig;
afterEach(() => rig.dispose());

const begin = async (setup: Partial<BackendSetup> = {}): Promise<void> => {
  rig = await createGatewayRig({ backends: [{ id: 'es', ...setup }] });
};

const recordsRoute = 'GET /_ml/anomaly_detectors/{id}/results/records';
const postRecordsRoute = 'POST /_ml/anomaly_detectors/{id}/results/records';
const noMaster = { error: { type: 'master_not_discovered_exception', reason: 'no master' }, status: 503 };

interface Failure {
  readonly part: string;
  readonly code: string;
  readonly message: string;
}
interface SeenAnomaly {
  readonly id: string;
  readonly score: number;
  readonly startAt: string;
  readonly endAt: string | null;
}
interface Anomalies {
  readonly totalCount: number | null;
  readonly nodes: readonly SeenAnomaly[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly unavailable: readonly Failure[];
}
const anomalyFields = `totalCount pageInfo { hasNextPage endCursor } unavailable { part code message }
  nodes { id score startAt endAt interim functionName fieldName actual typical confidence entity { name value } }`;
const anomalies = async (filter: unknown = null, more: Readonly<Record<string, unknown>> = {}): Promise<Anomalies> =>
  (
    await rig.ask<{ readonly job: { readonly anomalies: Anomalies } }>(
      `query A($filter: AnomalyFilter, $first: Int, $after: String) {
        job(id: "job:es:found") { anomalies(filter: $filter, first: $first, after: $after) { ${anomalyFields} } } }`,
      { filter, ...more },
    )
  ).job.anomalies;

const hour = 3_600_000;
const start = Date.parse('2026-01-31T00:00:00.000Z');
const at = (hours: number): string => new Date(start + hours * hour).toISOString();
const scores = [12.5, 95, 50, 50, 3, 75];

const plant = async (setup: Partial<BackendSetup> = {}): Promise<void> => {
  await begin(setup);
  await rig.sim('es').job('found', {
    state: 'closed',
    anomalies: scores.map((score, index) => ({ timestamp: start + index * hour, score })),
  });
};

describe('the anomalies of a job', () => {
  it('come highest score first, then newest, with what was looked at', async () => {
    await plant();
    const { totalCount, nodes, unavailable } = await anomalies();
    expect({ totalCount, unavailable }).toEqual({ totalCount: 6, unavailable: [] });
    expect(nodes.map(({ score, startAt }) => [score, startAt])).toEqual([
      [0.95, at(1)],
      [0.75, at(5)],
      [0.5, at(3)],
      [0.5, at(2)],
      [0.125, at(0)],
      [0.03, at(4)],
    ]);
    expect(nodes[0]).toMatchObject({
      endAt: new Date(start + hour + 15 * 60_000).toISOString(),
      functionName: 'count',
      fieldName: null,
      interim: false,
      confidence: null,
      typical: [118.4],
      entity: [],
    });
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(6);
  });

  it.each([
    { what: 'by score', filter: { minScore: 0.5 }, hours: [1, 5, 3, 2] },
    { what: 'by a score that is that of one', filter: { minScore: 0.95 }, hours: [1] },
    { what: 'from a time on, which is included', filter: { from: at(3) }, hours: [5, 3, 4] },
    { what: 'up to a time, which is not included', filter: { to: at(3) }, hours: [1, 2, 0] },
    { what: 'within a time, in another offset', filter: { from: '2026-01-31T02:00:00+01:00', to: at(3) }, hours: [1, 2] },
    { what: 'by score and time', filter: { minScore: 0.5, from: at(2), to: at(5) }, hours: [3, 2] },
    { what: 'by an entity nobody has', filter: { entity: [{ name: 'host.name', value: 'db-1' }] }, hours: [] },
    { what: 'by no entity at all', filter: { entity: [] }, hours: [1, 5, 3, 2, 0, 4] },
    { what: 'so that none is left', filter: { minScore: 1 }, hours: [] },
  ])('are filtered $what', async ({ filter, hours }) => {
    await plant();
    expect((await anomalies(filter)).nodes.map(({ startAt }) => startAt)).toEqual(hours.map(at));
  });

  it.each([1, 2, 4, 6])('are paged by %i without a gap or a repeat', async (first) => {
    await plant();
    const whole = (await anomalies()).nodes.map(({ id }) => id);
    const seen: string[] = [];
    let after: string | null = null;
    for (;;) {
      const page: Anomalies = await anomalies(null, { first, after });
      expect(page.nodes.length).toBeLessThanOrEqual(first);
      seen.push(...page.nodes.map(({ id }) => id));
      after = page.pageInfo.endCursor;
      if (!page.pageInfo.hasNextPage) break;
    }
    expect([...seen].sort()).toEqual([...whole].sort());
    expect(seen).toHaveLength(6);
  });

  it('with a cursor of another filter are INVALID_INPUT', async () => {
    await plant();
    const { pageInfo } = await anomalies({ minScore: 0.1 }, { first: 1 });
    const { errors } = await rig.query(
      'query A($after: String) { job(id: "job:es:found") { anomalies(filter: { minScore: 0.2 }, after: $after) { totalCount } } }',
      { after: pageInfo.endCursor },
    );
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['INVALID_INPUT']);
  });

  it.each([{ minScore: 1.5 }, { minScore: -0.1 }, { from: at(3), to: at(3) }, { from: at(4), to: at(3) }])(
    'with %o are INVALID_INPUT, and nothing is asked',
    async (filter) => {
      await plant();
      const calls = await rig.sim('es').costOf(async () => {
        const { errors } = await rig.query(
          'query A($f: AnomalyFilter) { job(id: "job:es:found") { anomalies(filter: $f) { totalCount } } }',
          {
            f: filter,
          },
        );
        expect(errors.map(({ extensions }) => extensions.code)).toEqual(['INVALID_INPUT']);
      });
      expect(Object.keys(calls).filter((route) => route.includes('results'))).toEqual([]);
    },
  );

  it('that cannot be read are said in `unavailable`: no error, no number, and the job is there', async () => {
    await plant({ config: { http: { maxRetries: 0 } } });
    rig.sim('es').setFaults([recordsRoute, postRecordsRoute].map((route) => ({ route, status: 503, body: noMaster })));
    expect(await anomalies()).toMatchObject({
      totalCount: null,
      nodes: [],
      unavailable: [{ part: 'ANOMALIES', code: 'BACKEND_UNAVAILABLE' }],
    });
  });

  it('of each job of a list stand below it, unavailable ones too', async () => {
    await plant();
    rig
      .sim('es')
      .setFaults([recordsRoute, postRecordsRoute].map((route) => ({ route, count: 1, status: 403, body: { error: 'no', status: 403 } })));
    const { jobs } = await rig.ask<{
      readonly jobs: { readonly nodes: readonly { readonly anomalies: Anomalies }[]; readonly unavailable: readonly Failure[] };
    }>(
      `{ jobs(filter: { ids: ["job:es:found", "job:es:dns-tunneling"] }) { unavailable { part } nodes { anomalies(first: 1) { ${anomalyFields} } } } }`,
    );
    expect(jobs.nodes.map(({ anomalies: { unavailable } }) => unavailable.map(({ part }) => part)).sort()).toEqual([[], ['ANOMALIES']]);
  });
});

interface Message {
  readonly at: string;
  readonly level: string;
  readonly message: string;
  readonly nodeName: string | null;
}
const messagesOf = async (job: string, first?: number): Promise<readonly Message[]> =>
  (
    await rig.ask<{ readonly job: { readonly messages: readonly Message[] } }>(
      'query M($id: ID!, $first: Int) { job(id: $id) { messages(first: $first) { at level message nodeName } } }',
      { id: job, ...(first === undefined ? {} : { first }) },
    )
  ).job.messages;

describe('the messages about a job', () => {
  it('tell what was done to it, newest first, and only about it', async () => {
    await begin();
    await verb(rig, 'closeJob', { jobId: 'job:es:payment-amount-outliers', waitMs: 15_000 });
    await verb(rig, 'resetJob', { jobId: 'job:es:payment-amount-outliers', waitMs: 15_000 });
    await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling', waitMs: 15_000 });
    const messages = await messagesOf('job:es:payment-amount-outliers');
    expect(messages[0]).toEqual({ at: expect.any(String), level: 'info', message: 'Job has been reset', nodeName: expect.any(String) });
    expect(messages.map(({ message }) => message)).toContain('Job is closing');
    expect(messages.map((each) => each.at)).toEqual(
      messages
        .map((each) => each.at)
        .sort()
        .reverse(),
    );
    expect(messages.filter(({ message }) => message === 'Job has been reset')).toHaveLength(1);
    expect(await messagesOf('job:es:payment-amount-outliers', 1)).toEqual(messages.slice(0, 1));
    expect(await messagesOf('job:es:payment-amount-outliers', 0)).toEqual([]);
  });

  it('of all jobs of a list cost one search', async () => {
    await begin();
    await Promise.all(
      ['dns-tunneling', 'host-disk-forecast'].map((job) => verb(rig, 'resetJob', { jobId: `job:es:${job}`, waitMs: 15_000 })),
    );
    const document = '{ jobs { unavailable { part code message } nodes { nativeId messages { message } } } }';
    const calls = await rig.sim('es').costOf(async () => {
      const { jobs } = await rig.ask<{
        readonly jobs: {
          readonly unavailable: readonly Failure[];
          readonly nodes: readonly { readonly nativeId: string; readonly messages: readonly { readonly message: string }[] }[];
        };
      }>(document);
      expect(jobs.unavailable).toEqual([]);
      const told = jobs.nodes.filter(({ messages }) => messages[0]?.message === 'Job has been reset').map(({ nativeId }) => nativeId);
      expect(told).toEqual(['dns-tunneling', 'host-disk-forecast']);
    });
    expect(Object.entries(calls).filter(([route]) => route.endsWith('_search'))).toEqual([[expect.any(String), 1]]);
  });

  it('a user may not read are none for one job, and said in `unavailable` of a list', async () => {
    const user = { name: 'op', password: 'pw-of-the-operator', privileges: ['manage_ml', 'monitor'] };
    await begin({ users: [user], config: { auth: { kind: 'basic', username: 'op', password: user.password } } });
    await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling', waitMs: 15_000 });
    expect(await messagesOf('job:es:dns-tunneling')).toEqual([]);
    const { jobs } = await rig.ask<{
      readonly jobs: { readonly totalCount: number; readonly unavailable: readonly Failure[]; readonly nodes: readonly unknown[] };
    }>('{ jobs { totalCount unavailable { part code message } nodes { id messages { message } } } }');
    expect(jobs.totalCount).toBe(12);
    expect(jobs.unavailable).toEqual([{ part: 'MESSAGES', code: 'FORBIDDEN', message: expect.stringContaining('.ml-notifications') }]);
    await rig.sim('es').settings({ users: [{ ...user, privileges: [...user.privileges, 'read'] }] });
    await eventually(
      () => messagesOf('job:es:dns-tunneling'),
      ([newest]) => newest?.message === 'Job has been reset',
    );
    expect(leaksIn(rig.answers, [user.password])).toEqual([]);
  });

  it('that cannot be had now are an error for one job, not an empty log', async () => {
    await begin({ config: { http: { maxRetries: 0 } } });
    const [route = ''] = Object.keys(await rig.sim('es').costOf(() => messagesOf('job:es:dns-tunneling'))).filter((each) =>
      each.endsWith('_search'),
    );
    rig.sim('es').setFaults([{ route, status: 503, body: noMaster }]);
    const { data, errors } = await rig.query('{ job(id: "job:es:dns-tunneling") { state messages { message } } }');
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['BACKEND_UNAVAILABLE']);
    expect(data).toEqual({ job: null });
  });
});

interface Snapshots {
  readonly totalCount: number | null;
  readonly nodes: readonly { readonly snapshotId: string; readonly createdAt: string; readonly retain: boolean }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}
const snapshotFields = `totalCount pageInfo { hasNextPage endCursor }
  nodes { snapshotId description createdAt documentCount latestRecordAt latestResultAt retain }`;
const snapshots = async (job: string, variables: Readonly<Record<string, unknown>> = {}): Promise<Snapshots> =>
  (
    await rig.ask<{ readonly job: { readonly details: { readonly modelSnapshots: Snapshots } } }>(
      `query S($id: ID!, $first: Int, $after: String) { job(id: $id) { details { ... on ElasticsearchJobDetails {
        modelSnapshots(first: $first, after: $after) { ${snapshotFields} } } } } }`,
      { id: job, ...variables },
    )
  ).job.details.modelSnapshots;

describe('the model snapshots of a job', () => {
  it('come newest first', async () => {
    await begin();
    const { totalCount, nodes } = await snapshots('job:es:dns-tunneling');
    expect(totalCount).toBe(5);
    expect(nodes.map(({ createdAt }) => createdAt)).toEqual(
      nodes
        .map(({ createdAt }) => createdAt)
        .sort()
        .reverse(),
    );
    expect(nodes[0]).toMatchObject({
      snapshotId: expect.stringMatching(/^\d+$/),
      description: expect.stringContaining('State persisted'),
      latestRecordAt: expect.any(String),
      retain: false,
    });
    expect(nodes.at(-1)?.retain).toBe(true);
  });

  it.each([1, 2, 5])('are paged by %i without a gap or a repeat', async (first) => {
    await begin();
    const whole = (await snapshots('job:es:dns-tunneling')).nodes.map(({ snapshotId }) => snapshotId);
    const seen: string[] = [];
    let after: string | null = null;
    for (;;) {
      const page: Snapshots = await snapshots('job:es:dns-tunneling', { first, after });
      expect(page.totalCount).toBe(5);
      seen.push(...page.nodes.map(({ snapshotId }) => snapshotId));
      after = page.pageInfo.endCursor;
      if (!page.pageInfo.hasNextPage) break;
    }
    expect(seen).toEqual(whole);
  });

  it('are none after a reset', async () => {
    await begin();
    await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling', waitMs: 15_000 });
    expect(await snapshots('job:es:dns-tunneling')).toMatchObject({ totalCount: 0, nodes: [], pageInfo: { hasNextPage: false } });
  });

  it('that cannot be read are empty without a number in a list, and an error for one job', async () => {
    await begin({ config: { http: { maxRetries: 0 } } });
    await snapshots('job:es:dns-tunneling');
    const routes = Object.keys(rig.sim('es').calls()).filter((route) => route.endsWith('model_snapshots'));
    expect(routes).toHaveLength(1);
    rig.sim('es').setFaults(routes.map((route) => ({ route, status: 503, body: noMaster })));
    const select = '{ id details { ... on ElasticsearchJobDetails { modelSnapshots { totalCount nodes { snapshotId } } } } }';
    const { jobs } = await rig.ask<{ readonly jobs: unknown }>(`{ jobs(filter: { ids: ["job:es:dns-tunneling"] }) { nodes ${select} } }`);
    expect(jobs).toMatchObject({ nodes: [{ details: { modelSnapshots: { totalCount: null, nodes: [] } } }] });
    const { errors } = await rig.query(`{ job(id: "job:es:dns-tunneling") ${select} }`);
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['BACKEND_UNAVAILABLE']);
  });
});
