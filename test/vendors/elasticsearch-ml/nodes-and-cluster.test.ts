import { describe, expect, it } from 'vitest';
import type { FieldSet } from '../../../src/domain/index.js';
import { errorOf } from '../support/connect.js';
import { recorded } from '../support/recordings.js';
import { byRequest, failure, setUp } from './support.js';

const names: FieldSet = new Set(['NodeStats.name', 'NodeStats.roles']);
const metrics: FieldSet = new Set([...names, 'NodeStats.metrics', 'NodeStats.rawMetrics', 'ElasticsearchNodeMetrics.totalBytes']);

/** A node as `_ml/memory` documents it (Elasticsearch specification, ml/get_memory_stats). */
const memoryNode = (name: string, more: object = {}) => ({
  name,
  roles: ['data', 'ml'],
  attributes: {},
  ephemeral_id: 'e',
  transport_address: '127.0.0.1:9300',
  mem: {
    total_in_bytes: 1000,
    adjusted_total_in_bytes: 900,
    ml: {
      max_in_bytes: 300,
      native_code_overhead_in_bytes: 30,
      anomaly_detectors_in_bytes: 120,
      data_frame_analytics_in_bytes: 0,
      native_inference_in_bytes: 0,
    },
  },
  jvm: { heap_max_in_bytes: 500, java_inference_max_in_bytes: 5, java_inference_in_bytes: 0 },
  ...more,
});
const memory = (nodes: object, failed = 0) => ({ _nodes: { total: 2, successful: 2, failed }, cluster_name: 'prod', nodes });
const forbidden = (action: string) => failure(403, 'security_exception', `action [${action}] is unauthorized for user [u]`);

describe('metrics of nodes', () => {
  it('come with names and roles in one call', async () => {
    const { server, adapter, call } = await setUp(() => ({ body: memory({ N1: memoryNode('node-1') }) }));
    const { readings, missing } = await adapter.readNodes(['N1', 'N2'], metrics, call);
    expect(missing).toEqual([]);
    expect(readings.get('N2')).toEqual({ status: 'gone' });
    const reading = readings.get('N1');
    expect(reading).toEqual({
      status: 'found',
      value: {
        id: 'node:es-prod:N1',
        backendKey: 'es-prod',
        nativeId: 'N1',
        name: 'node-1',
        roles: ['data', 'ml'],
        metrics: {
          typename: 'ElasticsearchNodeMetrics',
          id: 'node:es-prod:N1/metrics',
          totalBytes: 1000,
          mlMaxBytes: 300,
          anomalyDetectorsBytes: 120,
          nativeCodeOverheadBytes: 30,
          jvmHeapMaxBytes: 500,
        },
        rawMetrics: expect.arrayContaining([
          { name: 'mem.total_in_bytes', text: '1000', number: 1000 },
          { name: 'mem.ml.data_frame_analytics_in_bytes', text: '0', number: 0 },
          { name: 'jvm.java_inference_max_in_bytes', text: '5', number: 5 },
        ]),
      },
    });
    expect(reading?.status === 'found' && reading.value.rawMetrics).toHaveLength(10);
    expect(server.requests()).toEqual(['GET /_ml/memory/N1,N2/_stats']);
  });

  it.each(['7.17.24', '8.1.3', null, '8.11.0-serverless'])('are none in %s, which has no such endpoint', async (version) => {
    const { server, adapter, call } = await setUp(() => ({ body: { nodes: { N1: { name: 'node-1' } } } }), { version });
    const { readings, missing } = await adapter.readNodes(['N1'], metrics, call);
    expect(readings.get('N1')).toMatchObject({ value: { name: 'node-1', metrics: null, rawMetrics: [] } });
    expect([missing, server.requests()]).toEqual([[], ['GET /_nodes/N1']]);
  });

  it('are missing, and said to be, while names can still be had', async () => {
    const { adapter, call } = await setUp(({ path }) =>
      path.startsWith('/_ml')
        ? forbidden('cluster:monitor/xpack/ml/trained_models/memory')
        : { body: { nodes: { N1: { name: 'node-1' } } } },
    );
    const { readings, missing } = await adapter.readNodes(['N1'], metrics, call);
    const reading = readings.get('N1');
    expect(reading).toMatchObject({ value: { name: 'node-1' } });
    expect(reading?.status === 'found' && 'metrics' in reading.value).toBe(false);
    expect(missing.map(({ part, error }) => [part, error.code])).toEqual([['STATISTICS', 'FORBIDDEN']]);
  });

  it('do not make a node gone that gave no answer', async () => {
    const { adapter, call } = await setUp(() => ({ body: memory({ N1: memoryNode('node-1') }, 1) }));
    expect((await adapter.readNodes(['N2'], metrics, call)).readings.get('N2')?.status).toBe('undetermined');
  });
});

describe('listing nodes', () => {
  const nodes = {
    N1: memoryNode('node-1'),
    N2: memoryNode('node-2', { roles: ['master'], mem: undefined, jvm: undefined }),
    N3: memoryNode('node-3', { roles: undefined }),
  };

  it('gives those that run machine learning', async () => {
    const { server, adapter, call } = await setUp(() => ({ body: memory(nodes) }));
    const { items, missing } = await adapter.listNodes(metrics, call);
    expect(items.map(({ name, metrics: typed }) => [name, typed?.typename])).toEqual([
      ['node-1', 'ElasticsearchNodeMetrics'],
      ['node-3', 'ElasticsearchNodeMetrics'],
    ]);
    expect([missing, server.requests()]).toEqual([[], ['GET /_ml/memory/_stats']]);
  });

  it('asks for names alone where no metrics are wanted, in words that 7.9 knows', async () => {
    const local = recorded(
      'elasticsearch-ml/7.9.0/01-root-and-misc',
      'GET /_nodes/_local?filter_path=nodes.*.roles,nodes.*.attributes,nodes.*.version',
    );
    const { server, adapter, call } = await setUp(() => ({ body: local.response }), { version: '7.9.0' });
    const { items } = await adapter.listNodes(names, call);
    expect(items).toEqual([
      {
        id: 'node:es-prod:zOqwH0IWTaqJtNExIEZRLA',
        backendKey: 'es-prod',
        nativeId: 'zOqwH0IWTaqJtNExIEZRLA',
        name: null,
        roles: ['data', 'ingest', 'master', 'ml', 'remote_cluster_client'],
      },
    ]);
    expect(server.seen.map(({ target }) => target)).toEqual(['/_nodes?filter_path=_nodes.failed,cluster_name,nodes.*.name,nodes.*.roles']);
  });

  it('says that nodes were silent', async () => {
    const { adapter, call } = await setUp(() => ({ body: memory(nodes, 2) }));
    const { missing } = await adapter.listNodes(metrics, call);
    expect(missing.map(({ part, error }) => [part, error.code])).toEqual([['STATE', 'BACKEND_UNAVAILABLE']]);
  });

  it('throws what forbids it', async () => {
    const { adapter, call } = await setUp(() => forbidden('cluster:monitor/nodes/info'));
    const error = await errorOf(adapter.listNodes(names, call));
    expect([error.code, error.facts.missing]).toEqual(['FORBIDDEN', ['monitor']]);
  });
});

describe('statistics of the cluster', () => {
  const info = recorded('elasticsearch-ml/7.9.0/01-root-and-misc', 'GET /_ml/info');

  it('are limits and defaults under their own names, and the nodes', async () => {
    const { server, adapter, call } = await setUp(
      byRequest({ 'GET /_ml/info': info.response, 'GET /_ml/memory/_stats': memory({ N1: memoryNode('node-1') }) }),
    );
    const stats = await adapter.readClusterStats(metrics, call);
    expect(stats).toMatchObject({
      id: 'cluster:es-prod:prod',
      backendKey: 'es-prod',
      nodes: [{ nativeId: 'N1', metrics: { mlMaxBytes: 300 } }],
    });
    expect(stats?.rawMetrics).toEqual([
      { name: 'limits.effective_max_model_memory_limit', text: '7191mb', number: null },
      { name: 'defaults.anomaly_detectors.model_memory_limit', text: '1gb', number: null },
      { name: 'defaults.anomaly_detectors.categorization_examples_limit', text: '4', number: 4 },
      { name: 'defaults.anomaly_detectors.model_snapshot_retention_days', text: '10', number: 10 },
      { name: 'defaults.anomaly_detectors.daily_model_snapshot_retention_after_days', text: '1', number: 1 },
      { name: 'defaults.anomaly_detectors.categorization_analyzer.tokenizer', text: 'ml_classic', number: null },
      { name: 'defaults.datafeeds.scroll_size', text: '1000', number: 1000 },
      { name: 'upgrade_mode', text: 'false', number: null },
    ]);
    expect(server.requests().toSorted()).toEqual(['GET /_ml/info', 'GET /_ml/memory/_stats']);
  });

  it('name the cluster as an id can hold it, and no cluster that has no name', async () => {
    const named = (name: object) =>
      setUp(({ path }) => ({ body: path === '/_ml/info' ? { limits: {} } : { ...name, nodes: {} } }), { version: '7.9.0' });
    const odd = await named({ cluster_name: 'my cluster' });
    expect((await odd.adapter.readClusterStats(names, odd.call))?.id).toBe('cluster:es-prod:my%20cluster');
    const nameless = await named({});
    expect((await errorOf(nameless.adapter.readClusterStats(names, nameless.call))).code).toBe('BACKEND_UNAVAILABLE');
  });
});
