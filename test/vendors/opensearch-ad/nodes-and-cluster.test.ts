import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readClusterStats } from '../../../src/vendors/opensearch-ad/cluster.js';
import type { AdapterContext } from '../../../src/vendors/opensearch-ad/context.js';
import { listNodes, readNodes } from '../../../src/vendors/opensearch-ad/nodes.js';
import { errorOf } from '../support/connect.js';
import { type Answer, type StandIn, startStandIn } from '../support/stand-in.js';
import { base, callOf, connectReads, failToSearch, fields, forbidden, recordedAnswer } from './reading-support.js';

const node = 'j3R-hAwMQvasdEGra2HoMw';
const nodesBody = (nodes: Readonly<Record<string, unknown>>, failed = 0): Answer => ({
  body: { _nodes: { total: 1, successful: 1, failed }, cluster_name: 'gateway-tests', nodes },
});
const known = nodesBody({ [node]: { name: 'node-1', roles: ['cluster_manager', 'data', 'ingest'] } });
const metrics = fields('NodeStats.metrics', 'AdNodeMetrics.modelCount', 'AdNodeMetrics.modelCorruptionCount');

describe('nodes and cluster', () => {
  let standIn: StandIn;
  let reads: ReturnType<typeof connectReads>;
  let context: AdapterContext;
  beforeEach(async () => {
    standIn = await startStandIn();
    reads = connectReads(standIn.url);
    context = reads.context;
  });
  afterEach(async () => {
    await reads.dispose();
    await standIn.dispose();
  });
  const answers = (nodes: Answer, stats: Answer = recordedAnswer('2.19.4/21-real-time-more', 'stats')): void =>
    standIn.answerWith(({ path }) => (path.startsWith('/_nodes') ? nodes : stats));
  const statPaths = () => standIn.seen.filter(({ path }) => path.includes('/stats')).map(({ path }) => path.slice(base.length));

  it('asks for no statistics when only names are selected', async () => {
    answers(known);
    const { items, missing } = await listNodes(context, fields('NodeStats.name', 'NodeStats.roles'), callOf());
    expect(missing).toEqual([]);
    expect(items).toEqual([
      { id: `node:os-logs:${node}`, backendKey: 'os-logs', nativeId: node, name: 'node-1', roles: ['cluster_manager', 'data', 'ingest'] },
    ]);
    expect(standIn.requests()).toEqual(['GET /_nodes']);
  });

  it('asks in the four forms: all or some nodes, all or some statistics', async () => {
    answers(known);
    await listNodes(context, metrics, callOf());
    await readNodes(context, [node], metrics, callOf());
    await listNodes(context, metrics, callOf(null));
    await readNodes(context, [node], metrics, callOf(null));
    expect(statPaths()).toEqual([
      '/stats/ad_model_corruption_count,model_count',
      `/${node}/stats/ad_model_corruption_count,model_count`,
      '/stats',
      `/${node}/stats`,
    ]);
  });

  it.each([
    ['2.11.0', '/stats/model_corruption_count,model_count'],
    ['2.14.0', '/stats/model_corruption_count,model_count'],
    ['2.15.0', '/stats/ad_model_corruption_count,model_count'],
    ['3.4.0', '/stats/ad_model_corruption_count,model_count'],
    ['2.3.0', '/stats'],
    [null, '/stats'],
  ])('never asks version %s for a name it may not know', async (version, path) => {
    answers(known);
    await listNodes(context, metrics, callOf(version));
    expect(statPaths()).toEqual([path]);
  });

  it('asks for models only when they are selected', async () => {
    answers(known);
    await listNodes(context, fields('NodeStats.rawMetrics'), callOf());
    expect(statPaths()[0]?.split(',')).not.toContain('models');
    await listNodes(context, fields('NodeStats.models'), callOf());
    expect(statPaths()[1]).toBe('/stats/models');
  });

  it.each([
    ['2.11.0', 'model_corruption_count'],
    ['2.19.4', 'ad_model_corruption_count'],
    ['3.4.0', 'ad_model_corruption_count'],
  ])('types the counters of %s, and shows them under the vendor’s names as well', async (version, name) => {
    const stats = recordedAnswer(`${version}/00-virgin-cluster`, 'stats');
    const [id = ''] = Object.keys((stats.body as { nodes: object }).nodes);
    answers(nodesBody({ [id]: { name: 'node-1', roles: ['data'] } }), stats);
    const { items } = await listNodes(context, new Set([...metrics, 'NodeStats.rawMetrics']), callOf(version));
    expect(items[0]?.metrics).toEqual({
      typename: 'AdNodeMetrics',
      id: `node:os-logs:${id}/metrics`,
      executeRequestCount: 0,
      executeFailureCount: 0,
      hcExecuteRequestCount: 0,
      hcExecuteFailureCount: 0,
      executingBatchTaskCount: 0,
      totalBatchTaskExecutionCount: 0,
      canceledBatchTaskCount: 0,
      batchTaskFailureCount: 0,
      modelCorruptionCount: 0,
      modelCount: 0,
    });
    expect(items[0]?.rawMetrics).toContainEqual({ name, text: '0', number: 0 });
    expect(items[0]?.rawMetrics?.map((metric) => metric.name)).not.toContain('models');
  });

  it('tells of each model which detector it is of', async () => {
    answers(known);
    const { items } = await listNodes(context, fields('NodeStats.models'), callOf());
    expect(items[0]?.models?.[0]).toEqual({
      modelId: 'Lx48AaIBJWprpFwBC4vJ_model_rcf_0',
      type: 'trcf',
      detectorNativeId: 'Lx48AaIBJWprpFwBC4vJ',
      nodeId: node,
      sizeBytes: null,
      entity: [],
      lastUsedAt: 1795317344537,
      lastCheckpointAt: 1795317044608,
    });
    expect(items[0]?.models?.[2]).toMatchObject({ detectorNativeId: 'NR48AaIBJWprpFwBDItQ', entity: [{ name: 'host', value: 'host-1' }] });
    expect(items[0]).not.toHaveProperty('metrics');
  });

  it('shows who it is when statistics may not be read, and what is missing', async () => {
    answers(known, forbidden);
    const { items, missing } = await listNodes(context, metrics, callOf());
    expect(items).toMatchObject([{ nativeId: node, name: 'node-1' }]);
    expect(items[0]).not.toHaveProperty('metrics');
    expect(missing).toMatchObject([{ part: 'STATISTICS', error: { code: 'FORBIDDEN' } }]);
    const read = await readNodes(context, [node], metrics, callOf());
    expect(read.readings.get(node)).toMatchObject({ status: 'found', value: { name: 'node-1' } });
    expect(read.missing).toMatchObject([{ part: 'STATISTICS', error: { code: 'FORBIDDEN' } }]);
  });

  it('shows statistics when names may not be read', async () => {
    answers(forbidden);
    const { items, missing } = await listNodes(context, metrics, callOf());
    expect(items).toMatchObject([{ nativeId: node, name: null, metrics: { modelCount: 8 } }]);
    expect(missing).toMatchObject([{ part: 'STATISTICS', error: { code: 'FORBIDDEN' } }]);
    const { readings } = await readNodes(context, [node, 'elsewhere'], metrics, callOf());
    expect(readings.get(node)?.status).toBe('found');
    expect(readings.get('elsewhere')).toMatchObject({ status: 'undetermined', cause: { code: 'FORBIDDEN' } });
  });

  it('fails when neither may be read', async () => {
    answers(forbidden, forbidden);
    expect((await errorOf(listNodes(context, metrics, callOf()))).code).toBe('FORBIDDEN');
  });

  it('lists the nodes that hold data, and only them', async () => {
    answers(
      nodesBody({
        m: { name: 'manager', roles: ['cluster_manager'] },
        h: { name: 'hot', roles: ['data_hot', 'data_content'] },
        d: { name: 'data', roles: ['data'] },
        c: { name: 'coordinating', roles: [] },
      }),
      { body: { nodes: { d: { model_count: 1 } } } },
    );
    const { items } = await listNodes(context, metrics, callOf());
    expect(items.map(({ nativeId, metrics: counted }) => [nativeId, counted === null])).toEqual([
      ['h', true],
      ['d', false],
    ]);
  });

  it('calls a node gone that the cluster does not know, unless nodes gave no answer', async () => {
    answers(nodesBody({}), { body: { nodes: {} } });
    expect((await readNodes(context, ['gone', '*', 'a,b'], metrics, callOf())).readings).toEqual(
      new Map(['gone', '*', 'a,b'].map((id) => [id, { status: 'gone' }])),
    );
    expect(standIn.requests()).toContain('GET /_nodes/gone');
    answers(nodesBody({}, 1), { body: { nodes: {} } });
    expect((await readNodes(context, ['x'], metrics, callOf())).readings.get('x')).toMatchObject({ status: 'undetermined' });
    answers(failToSearch, { body: { nodes: {} } });
    expect((await readNodes(context, ['x'], metrics, callOf())).readings.get('x')).toMatchObject({ status: 'undetermined' });
  });

  describe('statistics of the cluster', () => {
    const wanted = fields('ClusterStats.indexStatuses', 'ClusterStats.detectorCount', 'ClusterStats.singleStreamDetectorCount');

    it.each([
      ['2.11.0', ['detector_count', 'single_entity_detector_count']],
      ['2.19.4', ['detector_count', 'single_stream_detector_count']],
    ])('are asked for in the words of %s', async (version, counts) => {
      answers(known, recordedAnswer(`${version}/00-virgin-cluster`, 'stats'));
      const stats = await readClusterStats(context, wanted, callOf(version));
      expect(stats).toMatchObject({
        id: 'cluster:os-logs:gateway-tests',
        detectorCount: 0,
        singleStreamDetectorCount: 0,
        highCardinalityDetectorCount: 0,
      });
      expect(stats.indexStatuses).toContainEqual({ name: 'anomaly_detectors_index_status', status: 'non-existent' });
      expect(stats.indexStatuses).toHaveLength(5);
      expect(statPaths()).toEqual([
        `/stats/${[
          ...counts,
          'anomaly_detectors_index_status',
          'anomaly_results_index_status',
          'models_checkpoint_index_status',
          'anomaly_detection_state_status',
          'anomaly_detection_job_index_status',
        ].join()}`,
      ]);
    });

    it('know of one index more since 3.0, and of other names in 2.15', async () => {
      answers(known, recordedAnswer('3.4.0/00-virgin-cluster', 'stats'));
      const stats = await readClusterStats(context, wanted, callOf('3.4.0'));
      expect(stats.indexStatuses).toContainEqual({ name: 'forecast_config_index_status', status: 'non-existent' });
      await readClusterStats(context, wanted, callOf('2.15.0'));
      expect(statPaths()[1]).toContain('config_index_status,anomaly_results_index_status,anomaly_models_checkpoint_index_status');
    });

    it('come in one answer with those of the nodes', async () => {
      answers(known);
      const stats = await readClusterStats(context, new Set([...wanted, ...metrics, 'ClusterStats.rawMetrics']), callOf());
      expect(stats.nodes).toMatchObject([{ nativeId: node, name: 'node-1', metrics: { modelCount: 8 } }]);
      expect(stats.rawMetrics).toContainEqual({ name: 'hc_detector_count', text: '3', number: 3 });
      expect(stats.rawMetrics).toContainEqual({ name: 'anomaly_results_index_status', text: 'yellow', number: null });
      expect(stats.rawMetrics.map(({ name }) => name)).not.toContain('nodes');
      expect(standIn.seen).toHaveLength(2);
    });

    it('are refused to who may not read them, who still sees the nodes', async () => {
      answers(known, forbidden);
      expect((await errorOf(readClusterStats(context, wanted, callOf()))).code).toBe('FORBIDDEN');
      const stats = await readClusterStats(context, fields('ClusterStats.nodes', 'NodeStats.name'), callOf());
      expect(stats.nodes).toMatchObject([{ name: 'node-1' }]);
    });

    it('are of an unnamed cluster where its name may not be read, and of none while it cannot be', async () => {
      answers(forbidden);
      expect((await readClusterStats(context, wanted, callOf())).id).toBe('cluster:os-logs:unnamed');
      answers(failToSearch);
      expect((await errorOf(readClusterStats(context, wanted, callOf()))).code).toBe('BACKEND_UNAVAILABLE');
    });
  });
});
