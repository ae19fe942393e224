import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDetector, indexMetrics } from '../support/ad-world.js';
import { detectorVerb } from '../support/detector-documents.js';
import { createGatewayRig, type GatewayRig } from '../support/gateway-rig.js';

const minuteMs = 60_000;
const minutes = 4_320;
const from = Date.UTC(2026, 0, 5);
const range = { start: new Date(from).toISOString(), end: new Date(from + minutes * minuteMs).toISOString() };

const metrics =
  '... on AdNodeMetrics { modelCount executeRequestCount executingBatchTaskCount totalBatchTaskExecutionCount modelCorruptionCount }';

interface SeenNode {
  readonly id: string;
  readonly nativeId: string;
  readonly name: string | null;
  readonly roles: readonly string[];
  readonly metrics: Readonly<Record<string, unknown>> | null;
  readonly rawMetrics: readonly { readonly name: string; readonly number: number | null }[];
}

describe.each([
  ['opensearch-ad', '2.11.0', '/_plugins/_anomaly_detection'],
  ['opensearch-ad', '2.19.4', '/_plugins/_anomaly_detection'],
  ['opensearch-ad', '3.4.0', '/_plugins/_anomaly_detection'],
  ['search-guard-ad', '1.0.0-tp1', '/_anomaly_detection/api'],
])('%s %s', (vendor, version, base) => {
  let rig: GatewayRig;
  let single: string;
  let many: string;
  let live: string;

  beforeAll(async () => {
    rig = await createGatewayRig({ backends: [{ id: 'os', vendor, version, empty: true, speed: 100 }] });
    const cluster = { url: rig.sim('os').url, base };
    await indexMetrics(cluster, { index: 'metrics', from, minutes, hosts: ['host-0', 'host-1', 'host-2'] });
    single = `detector:os:${await createDetector(cluster, { name: 'cpu', index: 'metrics' })}`;
    many = `detector:os:${await createDetector(cluster, { name: 'by-host', index: 'metrics', categoryField: 'host' })}`;
    for (const detectorId of [single, many]) {
      const { task, errors } = await detectorVerb(rig, 'startDetector', {
        detectorId,
        run: 'HISTORICAL',
        dateRange: range,
        waitMs: 30_000,
      });
      expect({ errors, state: task?.state }).toEqual({ errors: [], state: 'SUCCEEDED' });
    }
    await indexMetrics(cluster, { index: 'current', from: Date.now() - 120 * minuteMs, minutes: 3_000, hosts: ['host-0'] });
    live = `detector:os:${await createDetector(cluster, { name: 'cpu-live', index: 'current' })}`;
    const { task } = await detectorVerb(rig, 'startDetector', { detectorId: live, run: 'REALTIME', waitMs: 15_000 });
    expect(task?.state).toBe('RUNNING');
  }, 120_000);
  afterAll(() => rig.dispose());

  const nodesOf = async (selection: string, nodes?: readonly string[]): Promise<readonly SeenNode[]> =>
    (
      await rig.ask<{ readonly nodeStats: readonly SeenNode[] }>(
        `query N($nodes: [ID!]) { nodeStats(backend: "backend:os", nodes: $nodes) { ${selection} } }`,
        { nodes: nodes ?? null },
      )
    ).nodeStats;

  it('gives the statistics of all nodes, of one node, and only what is selected', async () => {
    const all = await nodesOf(`id nativeId name roles metrics { id ${metrics} } rawMetrics { name number }`);
    expect(all.length).toBeGreaterThan(0);
    expect(all[0]).toMatchObject({
      metrics: { executingBatchTaskCount: 0, totalBatchTaskExecutionCount: 4, modelCorruptionCount: 0 },
      name: expect.any(String),
      roles: expect.arrayContaining(['data']),
    });
    expect(all[0]?.rawMetrics.map(({ name }) => name)).toContain('ad_execute_request_count');
    const one = await nodesOf(`id metrics { id ${metrics} }`, [all[0]?.id ?? '']);
    expect(one).toMatchObject([{ id: all[0]?.id, metrics: { totalBatchTaskExecutionCount: 4 } }]);
    const both = await rig
      .sim('os')
      .costOf(() => nodesOf('id metrics { id ... on AdNodeMetrics { executeRequestCount } }', [all[0]?.id ?? '']));
    expect(Object.keys(both)).toContain(`GET ${base}/{nodeId}/stats/{stat}`);
    const cost = await rig.sim('os').costOf(() => nodesOf('id metrics { id ... on AdNodeMetrics { executeRequestCount } }'));
    // Who does not answer is left out of the statistics without a word: the other call tells that there is such a node.
    expect(cost).toEqual({ 'GET /_nodes': 1, [`GET ${base}/stats/{stat}`]: 1 });
  });

  it('gives the models in memory, each with its detector', async () => {
    const { nodeStats } = await rig.ask<{
      readonly nodeStats: readonly { readonly models: { readonly totalCount: number; readonly nodes: readonly object[] } }[];
    }>(
      '{ nodeStats(backend: "backend:os") { models(first: 5) { totalCount nodes { modelId type detector { id name } entity { name value } } } } }',
    );
    expect(nodeStats[0]?.models.totalCount).toBeGreaterThan(0);
    expect(nodeStats[0]?.models.nodes[0]).toMatchObject({
      modelId: expect.stringContaining(live.slice('detector:os:'.length)),
      detector: { id: live, name: 'cpu-live' },
    });
  });

  it('gives the statistics of the cluster', async () => {
    const { clusterStats } = await rig.ask<{ readonly clusterStats: object }>(
      '{ clusterStats(backend: "backend:os") { id detectorCount singleStreamDetectorCount highCardinalityDetectorCount indexStatuses { name status } nodes { id name } } }',
    );
    expect(clusterStats).toMatchObject({ detectorCount: 3, singleStreamDetectorCount: 2, highCardinalityDetectorCount: 1 });
    expect(clusterStats).toMatchObject({
      indexStatuses: expect.arrayContaining([{ name: 'anomaly_detection_state_status', status: expect.any(String) }]),
    });
  });

  it('gives what was found, the highest grade first', async () => {
    const { detector } = await rig.ask<{
      readonly detector: { readonly anomalies: { readonly totalCount: number; readonly nodes: readonly { readonly score: number }[] } };
    }>(
      `query A($id: ID!) { detector(id: $id) { anomalies(first: 10) { totalCount nodes { id startAt endAt score confidence entity { name value } interim } unavailable { part } } } }`,
      {
        id: many,
      },
    );
    const scores = detector.anomalies.nodes.map(({ score }) => score);
    expect(scores.length).toBeGreaterThan(0);
    expect(scores).toEqual([...scores].sort((left, right) => right - left));
    expect(detector.anomalies.nodes[0]).toMatchObject({
      entity: [{ name: 'host', value: expect.stringMatching(/^host-/) }],
      interim: false,
    });
    const one = await rig.ask<typeof Object>(
      `query A($id: ID!) { detector(id: $id) { anomalies(filter: { entity: [{ name: "host", value: "host-1" }], minScore: 0.1 }, first: 50) { nodes { entity { value } } } } }`,
      { id: many },
    );
    expect(JSON.stringify(one)).not.toMatch(/host-[02]/);
  });

  it('gives what the memory of the cluster holds of a detector', async () => {
    const { detector } = await rig.ask<{ readonly detector: { readonly profile: object } }>(
      `query P($id: ID!) { detector(id: $id) { profile { id vendorState initProgress totalBytes coordinatingNode { id name } models { modelId node { id } } } } }`,
      { id: live },
    );
    expect(detector.profile).toMatchObject({ vendorState: 'RUNNING', coordinatingNode: { id: expect.stringMatching(/^node:os:/) } });
  });

  it('streams the nodes', async () => {
    const watching = rig.subscribe<{
      readonly nodeStatsUpdated: { readonly added: readonly SeenNode[]; readonly changed: readonly SeenNode[] };
    }>(
      `subscription { nodeStatsUpdated(backend: "backend:os") { reset synced added { id metrics { id ${metrics} } } changed { id metrics { id ${metrics} } } } }`,
    );
    const first = await watching.next();
    expect(first.nodeStatsUpdated.added.length).toBeGreaterThan(0);
    await detectorVerb(rig, 'startDetector', { detectorId: single, run: 'HISTORICAL', dateRange: range, waitMs: 30_000 });
    await watching.until(({ nodeStatsUpdated }) =>
      nodeStatsUpdated.changed.some((node) => node.metrics?.totalBatchTaskExecutionCount === 5),
    );
    watching.stop();
  });

  it('keeps the details of the real-time job', async () => {
    const { job } = await rig.ask<{ readonly job: object }>(
      `query J($id: ID!) { job(id: $id) { id type state details { __typename id ... on DetectorJobDetails { enabled enabledAt disabledAt intervalMs windowDelayMs } } detector { id name } } }`,
      { id: live.replace('detector:', 'job:') },
    );
    expect(job).toMatchObject({
      state: 'OPENED',
      details: { __typename: 'DetectorJobDetails', enabled: true, intervalMs: minuteMs },
      detector: { id: live, name: 'cpu-live' },
    });
  });
});
