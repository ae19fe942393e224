import { afterEach, describe, expect, it } from 'vitest';
import { type BackendSetup, createGatewayRig, type GatewayRig, leaksIn } from '../support/gateway-rig.js';

let rig: GatewayRig;
afterEach(() => rig.dispose());

const begin = async (setup: Partial<BackendSetup> = {}): Promise<void> => {
  rig = await createGatewayRig({
    backends: [
      { id: 'es', ...setup },
      { id: 'other', empty: true },
    ],
  });
};

interface SeenMetric {
  readonly name: string;
  readonly text: string;
  readonly number: number | null;
}
interface SeenNode {
  readonly id: string;
  readonly nativeId: string;
  readonly name: string | null;
  readonly roles: readonly string[];
  readonly backend: { readonly key: string };
  readonly metrics: Readonly<Record<string, unknown>> | null;
  readonly rawMetrics: readonly SeenMetric[];
}
const metricFields = `__typename id ... on ElasticsearchNodeMetrics {
  totalBytes mlMaxBytes anomalyDetectorsBytes nativeCodeOverheadBytes jvmHeapMaxBytes }`;
const nodeFields = `id nativeId name roles backend { key } metrics { ${metricFields} } rawMetrics { name text number }`;
const nodeStats = async (nodes: readonly string[] | null = null): Promise<readonly SeenNode[]> =>
  (
    await rig.ask<{ readonly nodeStats: readonly SeenNode[] }>(
      `query N($nodes: [ID!]) { nodeStats(backend: "backend:es", nodes: $nodes) { ${nodeFields} } }`,
      { nodes },
    )
  ).nodeStats;

const gigabyte = 1024 ** 3;
const memoryRoute = 'GET /_ml/memory/_stats';

describe('the nodes of a backend', () => {
  it('have name, roles, typed metrics and the same numbers under the vendor’s own names', async () => {
    await begin();
    const nodes = await nodeStats();
    const { nodes: real } = await rig.sim('es').state();
    expect(nodes.map(({ nativeId, name }) => [nativeId, name]).sort()).toEqual(real.map(({ id, name }) => [id, name]).sort());
    for (const { id, nativeId, roles, backend, metrics, rawMetrics } of nodes) {
      expect(id).toBe(`node:es:${nativeId}`);
      expect(roles).toContain('ml');
      expect(backend).toEqual({ key: 'es' });
      expect(metrics).toMatchObject({
        __typename: 'ElasticsearchNodeMetrics',
        id: expect.stringContaining(id),
        totalBytes: 8 * gigabyte,
        jvmHeapMaxBytes: 4 * gigabyte,
        mlMaxBytes: 2_576_980_377,
      });
      expect(rawMetrics).toContainEqual({ name: 'mem.ml.max_in_bytes', text: '2576980377', number: 2_576_980_377 });
      expect(rawMetrics.map(({ name }) => name)).not.toContain('transport_address');
    }
  });

  it('that run jobs say what these take', async () => {
    await begin({ empty: true });
    await rig.sim('es').job('x', { state: 'opened' });
    const { node } = ((await rig.sim('es').state()) as unknown as { readonly jobs: readonly { readonly node: string }[] }).jobs[0] ?? {};
    for (const { nativeId, metrics } of await nodeStats()) {
      if (nativeId === node) expect(metrics?.anomalyDetectorsBytes).toBeGreaterThan(0);
      else expect(metrics?.anomalyDetectorsBytes).toBe(0);
    }
  });

  it('can be chosen: in the order they are named, each once for each name, without those that are gone', async () => {
    await begin();
    const ids = (await nodeStats()).map(({ id }) => id);
    const [first = '', second = '', third = ''] = ids;
    expect((await nodeStats([third, first])).map(({ id }) => id)).toEqual([third, first]);
    expect((await nodeStats([second, 'node:es:nobody_at_all_is_here_'])).map(({ id }) => id)).toEqual([second]);
    expect(await nodeStats([])).toEqual([]);
  });

  it('are not all found by a name that stands for many', async () => {
    await begin();
    for (const native of ['_all', '*', 'ml:true', '_local', 'node-1,node-2']) expect(await nodeStats([`node:es:${native}`])).toEqual([]);
  });

  it.each([
    { what: 'a backend that is not configured', backend: 'backend:nobody', nodes: null, code: 'NOT_FOUND' },
    { what: 'what is no backend', backend: 'job:es:x', nodes: null, code: 'INVALID_INPUT' },
    { what: 'a node of another backend', backend: 'backend:es', nodes: ['node:other:abc'], code: 'INVALID_INPUT' },
    { what: 'what is no node', backend: 'backend:es', nodes: ['job:es:x'], code: 'INVALID_INPUT' },
  ])('of $what are $code', async ({ backend, nodes, code }) => {
    await begin();
    const { errors } = await rig.query('query N($b: ID!, $n: [ID!]) { nodeStats(backend: $b, nodes: $n) { id } }', {
      b: backend,
      n: nodes,
    });
    expect(errors.map(({ extensions }) => extensions.code)).toEqual([code]);
  });

  it('cost one call, and only that of the numbers where these are wanted', async () => {
    await begin();
    await rig.ask('{ jobs { totalCount } }');
    expect(await rig.sim('es').costOf(() => nodeStats())).toEqual({ [memoryRoute]: 1 });
    expect(await rig.sim('es').costOf(() => rig.ask('{ nodeStats(backend: "backend:es") { id name roles } }'))).toEqual({
      'GET /_nodes': 1,
    });
  });

  it('whose memory cannot be read still have names and roles; the metrics say why', async () => {
    await begin({ config: { http: { maxRetries: 0 } } });
    const body = { error: { type: 'exception', reason: 'no memory stats now' }, status: 500 };
    rig.sim('es').setFaults([{ route: memoryRoute, status: 500, body }]);
    const { data, errors } = await rig.query<{ readonly nodeStats: readonly SeenNode[] }>(
      '{ nodeStats(backend: "backend:es") { id name roles metrics { id } rawMetrics { name } } }',
    );
    expect(data?.nodeStats.map(({ name }) => name).sort()).toEqual(['node-1', 'node-2', 'node-3']);
    expect(data?.nodeStats.every(({ metrics, rawMetrics }) => metrics === null && rawMetrics.length === 0)).toBe(true);
    expect(errors.length).toBeGreaterThan(0);
    expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set(['BACKEND_UNAVAILABLE']));
    expect(errors.every(({ path }) => path?.at(-1) === 'metrics')).toBe(true);
  });

  it('without the privilege for them are FORBIDDEN', async () => {
    const user = { name: 'op', password: 'pw-of-the-operator', privileges: [] };
    await begin({ users: [user], config: { auth: { kind: 'basic', username: 'op', password: user.password } } });
    const { errors } = await rig.query('{ nodeStats(backend: "backend:es") { id name } }');
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
  });
});

interface SeenCluster {
  readonly id: string;
  readonly backend: { readonly key: string };
  readonly nodes: readonly { readonly id: string }[];
  readonly rawMetrics: readonly SeenMetric[];
}
const clusterFields = 'id backend { key } nodes { id } rawMetrics { name text number }';
const clusterStats = async (): Promise<SeenCluster> =>
  (await rig.ask<{ readonly clusterStats: SeenCluster }>(`{ clusterStats(backend: "backend:es") { ${clusterFields} } }`)).clusterStats;

describe('the cluster of a backend', () => {
  it('has its nodes and the vendor’s defaults and limits by name', async () => {
    await begin();
    const cluster = await clusterStats();
    expect(cluster.id).toMatch(/^cluster:es:/);
    expect(cluster.backend).toEqual({ key: 'es' });
    expect(cluster.nodes.map(({ id }) => id).sort()).toEqual((await nodeStats()).map(({ id }) => id).sort());
    expect(cluster.rawMetrics.length).toBeGreaterThan(3);
    expect(new Set(cluster.rawMetrics.map(({ name }) => name)).size).toBe(cluster.rawMetrics.length);
    for (const { name, text, number } of cluster.rawMetrics) {
      expect(name).not.toBe('');
      if (number !== null) expect(text).toBe(String(number));
    }
  });

  it('shows upgrade mode among its numbers', async () => {
    await begin();
    const modeOf = async () => (await clusterStats()).rawMetrics.find(({ name }) => name.endsWith('upgrade_mode'))?.text;
    expect(await modeOf()).toBe('false');
    await rig.sim('es').settings({ upgradeMode: true });
    expect(await modeOf()).toBe('true');
  });

  it('narrows its numbers to the names that are asked for', async () => {
    await begin();
    const [one, two] = (await clusterStats()).rawMetrics;
    const { clusterStats: narrowed } = await rig.ask<{ readonly clusterStats: { readonly rawMetrics: unknown; readonly none: unknown } }>(
      'query C($names: [String!]) { clusterStats(backend: "backend:es") { rawMetrics(names: $names) { name text number } none: rawMetrics(names: []) { name } } }',
      { names: [two?.name, one?.name, 'nothing.of.the.kind'] },
    );
    expect(narrowed).toEqual({ rawMetrics: expect.arrayContaining([one, two]), none: [] });
    expect(narrowed.rawMetrics).toHaveLength(2);
  });

  it('that does not answer is null with an error', async () => {
    await begin({ config: { http: { maxRetries: 0 } } });
    rig.sim('es').setFaults([{ route: '*', reset: true }]);
    const { data, errors } = await rig.query('{ clusterStats(backend: "backend:es") { id nodes { id } rawMetrics { name } } }');
    expect(data).toEqual({ clusterStats: null });
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['BACKEND_UNAVAILABLE']);
    expect(leaksIn(rig.answers, [])).toEqual([]);
  });
});

describe('node and nodes', () => {
  it('find nodes and the cluster by their ids, with all they have', async () => {
    await begin();
    const [node] = await nodeStats();
    const cluster = await clusterStats();
    const { nodes } = await rig.ask<{ readonly nodes: readonly unknown[] }>(
      `query N($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on NodeStats { ${nodeFields} } ... on ClusterStats { nodes { id } } } }`,
      { ids: [cluster.id, node?.id, 'node:es:nobody'] },
    );
    expect(nodes).toEqual([
      { __typename: 'ClusterStats', id: cluster.id, nodes: expect.any(Array) },
      { __typename: 'NodeStats', ...node, rawMetrics: expect.any(Array), metrics: expect.objectContaining({ totalBytes: 8 * gigabyte }) },
      null,
    ]);
  });

  it('show a node below its job as they do by itself', async () => {
    await begin();
    const document = `{ job(id: "job:es:nginx-request-rate") { node { id nativeId name roles metrics { ${metricFields} } } } }`;
    const { job } = await rig.ask<{ readonly job: { readonly node: SeenNode } }>(document);
    const [same] = await nodeStats([job.node.id]);
    expect(job.node).toMatchObject({ id: same?.id, name: same?.name, roles: same?.roles, metrics: { totalBytes: 8 * gigabyte } });
  });
});
