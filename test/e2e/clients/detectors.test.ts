import type { GraphQLSchema } from 'graphql';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import {
  DetectorDetailDocument,
  DetectorDetailLiveDocument,
  DetectorListDocument,
  DetectorListLiveDocument,
  type DetectorRowFragment,
  NodeStatsLiveDocument,
  NodeStatsPageDocument,
  StartDetectorDocument,
  StartHistoricalDocument,
  StopDetectorDocument,
} from '../../../src/client/index.js';
import { gatewaySchema } from '../../../src/gateway.js';
import { createGatewayRig, eventually, type GatewayRig } from '../../support/gateway-rig.js';
import { createApolloDashboard } from './support/apollo-dashboard.js';
import type { Dashboard } from './support/dashboard.js';
import { createRelayDashboard } from './support/relay-dashboard.js';
import { createUrqlDashboard } from './support/urql-dashboard.js';
import { expectFresh } from './support/views.js';

const dayMs = 86_400_000;
/** Lists below a detector are no business of its stream. */
const below = ['children', 'tasks'];

describe.each([
  ['Apollo Client', createApolloDashboard],
  ['urql with graphcache', createUrqlDashboard],
  ['Relay', createRelayDashboard],
] as readonly (readonly [string, (url: string, schema: GraphQLSchema) => Promise<Dashboard> | Dashboard])[])('%s', (_, create) => {
  let rig: GatewayRig;
  let dashboard: Dashboard;
  let complaints: readonly MockInstance[];

  beforeEach(async () => {
    complaints = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')];
    rig = await createGatewayRig({ backends: [{ id: 'os', vendor: 'opensearch-ad', speed: 5 }] });
    dashboard = await create(rig.url, gatewaySchema());
  });
  afterEach(async () => {
    await dashboard.dispose();
    await rig.dispose();
    const said = complaints.flatMap((complaint) => complaint.mock.calls);
    vi.restoreAllMocks();
    expect(said).toEqual([]);
  });

  const rows = (): readonly DetectorRowFragment[] =>
    dashboard.held(DetectorListDocument, {})?.detectors.edges.map(({ node }) => node) ?? [];
  const named = (name: string): DetectorRowFragment => rows().find((row) => row.name === name) ?? expect.fail(`no detector ${name}`);

  it('holds what a fresh query answers after runs that were seen live, in a list and on two pages, and asks for no list again', {
    timeout: 60_000,
  }, async () => {
    await dashboard.watchQuery(DetectorListDocument, {});
    await dashboard.watchStream(DetectorListLiveDocument, {});
    const [many, single] = ['web-latency-by-host', 'shop-orders'].map((name) => named(name).id);
    const pages = [many ?? '', single ?? ''];
    for (const id of pages) {
      await dashboard.watchQuery(DetectorDetailDocument, { id });
      await dashboard.watchStream(DetectorDetailLiveDocument, { ids: [id] });
    }
    const before = dashboard.transport.requests();

    const { startDetector } = await dashboard.send(StartHistoricalDocument, {
      detector: pages[0] ?? '',
      range: { start: new Date(Date.now() - dayMs).toISOString(), end: new Date().toISOString() },
      key: '8c7e4a52-6f0b-4d3c-9a55-2f5d1f0c7e21',
    });
    expect(startDetector.errors).toEqual([]);
    // A new run is a new object, of which the page wants its children as well. Relay does not ask for them by itself.
    await dashboard.watchQuery(DetectorDetailDocument, { id: pages[0] ?? '' });
    expect(
      (await dashboard.send(StartDetectorDocument, { input: { detectorId: pages[1] ?? '', run: 'REALTIME' } })).startDetector.errors,
    ).toEqual([]);
    await eventually(
      () => dashboard.held(DetectorDetailDocument, { id: pages[1] ?? '' })?.detector?.job.state,
      (state) => state === 'OPENING',
    );
    await dashboard.send(StopDetectorDocument, { input: { detectorId: pages[1] ?? '', run: 'REALTIME', waitMs: 10_000 } });
    await eventually(
      () => named('web-latency-by-host').historicalTask,
      (task) => task?.id === startDetector.task?.id && task?.state === 'SUCCEEDED',
    );

    // What a page never asked for was learnt meanwhile: that is a revision, too, but no news for it.
    await expectFresh(dashboard, rig, DetectorListDocument, {}, ['revision']);
    for (const id of pages) await expectFresh(dashboard, rig, DetectorDetailDocument, { id }, [...below, 'revision']);
    expect(dashboard.held(DetectorDetailDocument, { id: pages[0] ?? '' })?.detector?.historicalTask).toMatchObject({
      id: startDetector.task?.id,
      stateCounts: [{ state: 'SUCCEEDED', count: 3 }],
    });
    expect(dashboard.transport.requests()).toMatchObject({ DetectorList: before.DetectorList });
    // urql asks whenever it meets the new run before its children: when the verb answers, and when the stream is the first to tell.
    expect(dashboard.transport.requests().DetectorDetail).toBeLessThanOrEqual((before.DetectorDetail ?? 0) + 4);
  });

  it('holds what a fresh query answers of nodes that were seen live', { timeout: 60_000 }, async () => {
    const variables = { backend: 'backend:os' };
    await dashboard.watchQuery(NodeStatsPageDocument, variables);
    await dashboard.watchStream(NodeStatsLiveDocument, variables);
    await dashboard.watchQuery(DetectorListDocument, {});
    const { startDetector } = await dashboard.send(StartHistoricalDocument, {
      detector: named('web-latency-by-host').id,
      range: { start: new Date(Date.now() - dayMs).toISOString(), end: new Date().toISOString() },
      key: '8c7e4a52-6f0b-4d3c-9a55-2f5d1f0c7e22',
    });
    expect(startDetector.errors).toEqual([]);
    await eventually(
      () => dashboard.held(NodeStatsPageDocument, variables)?.nodeStats.map(({ metrics }) => metrics),
      (metrics) => metrics?.some((each) => each?.__typename === 'AdNodeMetrics' && (each.totalBatchTaskExecutionCount ?? 0) > 0) ?? false,
    );
    await expectFresh(dashboard, rig, NodeStatsPageDocument, variables, ['models', 'clusterStats']);
    expect(dashboard.transport.requests()).toMatchObject({ NodeStatsPage: 1 });
  });
});
