import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  applyListStep,
  createClient,
  createListState,
  DetectorDetailDocument,
  DetectorDetailLiveDocument,
  DetectorFindingsDocument,
  DetectorListDocument,
  DetectorListLiveDocument,
  DetectorMemoryDocument,
  type DetectorRowFragment,
  EntityTasksLiveDocument,
  HistoricalProgressDocument,
  JobDetailDocument,
  JobFindingsDocument,
  JobListDocument,
  JobMessagesDocument,
  type NodeCardFragment,
  NodeModelsDocument,
  NodeStatsLiveDocument,
  NodeStatsPageDocument,
  StartDetectorsDocument,
  StartHistoricalDocument,
  StopDetectorsDocument,
  StopHistoricalDocument,
  TaskListDocument,
  type VigilClient,
} from '../../src/client/index.js';
import { createGatewayRig, type GatewayRig } from '../support/gateway-rig.js';

const dayMs = 86_400_000;
const key = '8c7e4a52-6f0b-4d3c-9a55-2f5d1f0c7e11';

let rig: GatewayRig;
let client: VigilClient;
beforeAll(async () => {
  rig = await createGatewayRig({
    backends: [
      { id: 'es-prod', speed: 5, config: { poll: { fastMs: 50 } } },
      { id: 'os-prod', vendor: 'opensearch-ad', speed: 5, config: { poll: { fastMs: 50 } } },
    ],
  });
  client = createClient({ url: rig.url, webSocketImpl: WebSocket });
});
afterAll(async () => {
  await client?.dispose();
  await rig?.dispose();
});

const range = () => ({ start: new Date(Date.now() - dayMs).toISOString(), end: new Date().toISOString() });
const detectorsOf = async (): Promise<readonly DetectorRowFragment[]> =>
  (await client.query(DetectorListDocument, {})).detectors.edges.map(({ node }) => node);
const named = async (name: string): Promise<DetectorRowFragment> =>
  (await detectorsOf()).find((detector) => detector.name === name) ?? expect.fail(`no detector ${name}`);

describe('what a dashboard asks', () => {
  it('lists the jobs of both vendors together, each with what its vendor has', async () => {
    const { jobs } = await client.query(JobListDocument, { first: 100 });
    expect(jobs.unavailable).toEqual([]);
    const rows = jobs.edges.map(({ node }) => node);
    const latency = await named('web-latency');
    expect(rows.find(({ detector }) => detector?.id === latency.id)).toMatchObject({ state: 'OPENED', datafeed: null });
    expect(rows.find(({ datafeed }) => datafeed?.state === 'STARTED')).toMatchObject({ state: 'OPENED', detector: null });
    expect(rows.map(({ backend }) => backend.key)).toEqual(expect.arrayContaining(['es-prod', 'os-prod']));
  });

  it('shows a job of either vendor with its details, findings and log', async () => {
    const { jobs } = await client.query(JobListDocument, { first: 100 });
    for (const backend of ['es-prod', 'os-prod']) {
      const id = jobs.edges.find(({ node }) => node.backend.key === backend)?.node.id ?? '';
      const { job } = await client.query(JobDetailDocument, { id });
      expect(job).toMatchObject({ id, details: { __typename: backend === 'es-prod' ? 'ElasticsearchJobDetails' : 'DetectorJobDetails' } });
      expect((await client.query(JobFindingsDocument, { id })).job?.anomalies.unavailable).toEqual([]);
      expect((await client.query(JobMessagesDocument, { id })).job?.messages).toEqual(expect.any(Array));
    }
  });

  it('shows a detector with its runs, what it found and what it holds in memory', async () => {
    const { id } = await named('web-latency-by-host');
    const { detector } = await client.query(DetectorDetailDocument, { id });
    expect(detector).toMatchObject({
      highCardinality: true,
      categoryFields: [expect.any(String)],
      job: { detector: { id }, datafeed: null },
      historicalTask: { state: 'SUCCEEDED', stateCounts: [{ state: 'SUCCEEDED', count: 3 }], children: { totalCount: 3, unavailable: [] } },
      tasks: { unavailable: [] },
    });
    expect(detector?.historicalTask?.children.edges.map(({ node }) => node.entity.length)).toEqual([1, 1, 1]);
    const findings = (await client.query(DetectorFindingsDocument, { id })).detector?.anomalies;
    expect(findings?.unavailable).toEqual([]);
    const running = await named('web-latency');
    expect((await client.query(DetectorMemoryDocument, { id: running.id })).detector?.profile).toMatchObject({
      id: `${running.id}/profile`,
    });
  });

  it('shows statistics of either vendor, and models as a page of their own', async () => {
    for (const backend of ['backend:es-prod', 'backend:os-prod']) {
      const { nodeStats, clusterStats } = await client.query(NodeStatsPageDocument, { backend });
      expect(nodeStats.length).toBeGreaterThan(0);
      expect(nodeStats[0]?.metrics?.__typename).toBe(backend === 'backend:es-prod' ? 'ElasticsearchNodeMetrics' : 'AdNodeMetrics');
      expect(clusterStats?.detectorCount ?? null).toEqual(backend === 'backend:es-prod' ? null : 5);
      expect((await client.query(NodeModelsDocument, { id: nodeStats[0]?.id ?? '' })).node?.id).toBe(nodeStats[0]?.id);
    }
  });
});

describe('what a dashboard watches', () => {
  it('joins a list of detectors where its query ended, and sees a run from its start to its end', async () => {
    const { detectors } = await client.query(DetectorListDocument, {});
    let state = createListState(detectors.edges.map(({ node }) => node));
    const { id } = await named('shop-orders');
    // Two views of one detector: the list it is in, and a page of its own.
    const page = client.subscribe(DetectorDetailLiveDocument, { ids: [id] });
    const list = client.subscribe(DetectorListLiveDocument, { after: detectors.liveCursor });
    expect((await page.next()).value?.detectorsChanged).toMatchObject({ reset: true, added: [{ id }] });
    const first = await list.next();
    expect(first.value?.detectorsChanged).toMatchObject({ synced: true });

    const { startDetector } = await client.mutate(StartHistoricalDocument, { detector: id, range: range(), key });
    expect(startDetector.errors).toEqual([]);
    expect(startDetector.detector?.historicalTask?.id).toBe(startDetector.task?.id);
    const states: string[] = [];
    for await (const { detectorsChanged } of list) {
      state = applyListStep(state, detectorsChanged);
      const seen = detectorsChanged.changed.find((each) => each.id === id)?.historicalTask;
      if (seen) states.push(seen.state);
      if (seen?.state === 'SUCCEEDED') break;
    }
    await page.return?.();
    expect(states.at(-1)).toBe('SUCCEEDED');
    expect(state.items.get(id)?.historicalTask).toMatchObject({ id: startDetector.task?.id, state: 'SUCCEEDED' });
  });

  it('follows a run with its entities, and stops it', async () => {
    const { id } = await named('web-latency-by-host');
    const { startDetector } = await client.mutate(StartHistoricalDocument, {
      detector: id,
      range: range(),
      key: '9c7e4a52-6f0b-4d3c-9a55-2f5d1f0c7e12',
    });
    const task = startDetector.task?.id ?? expect.fail(JSON.stringify(startDetector.errors));
    const entities = new Set<string>();
    for await (const { tasksProgress } of client.subscribe(EntityTasksLiveDocument, { parent: task })) {
      for (const each of [...tasksProgress.added, ...tasksProgress.changed]) entities.add(each.entity[0]?.value ?? '');
      if (entities.size === 3) break;
    }
    expect([...entities].sort()).toEqual(['web-1', 'web-2', 'web-3']);
    const live = await client.query(TaskListDocument, { filter: { parents: [task] } });
    expect(live.tasks.totalCount).toBe(3);

    expect((await client.mutate(StopHistoricalDocument, { detector: id })).stopDetector.errors).toEqual([]);
    let last: string | undefined;
    for await (const { taskProgress } of client.subscribe(HistoricalProgressDocument, { task })) last = taskProgress.task.state;
    expect(last).toBe('CANCELLED');
  });

  it('starts and stops many at once, each with its own outcome', async () => {
    const ids = (await Promise.all(['shop-orders', 'web-latency'].map(named))).map(({ id }) => id);
    const { startDetectors } = await client.mutate(StartDetectorsDocument, {
      input: { detectorIds: [...ids, 'detector:os-prod:nope'], run: 'REALTIME' },
    });
    expect(startDetectors.results.map(({ errors }) => errors.map(({ code }) => code))).toEqual([[], ['WRONG_STATE'], ['NOT_FOUND']]);
    const { stopDetectors } = await client.mutate(StopDetectorsDocument, {
      input: { detectorIds: [ids[0] ?? ''], run: 'REALTIME', waitMs: 10_000, idempotent: true },
    });
    expect(stopDetectors).toMatchObject({ errors: [], results: [{ detectorId: ids[0], errors: [], task: { state: 'CANCELLED' } }] });
  });

  it.each(['backend:es-prod', 'backend:os-prod'])('watches the nodes of %s with the same reducer as any list', async (backend) => {
    let state = createListState<NodeCardFragment>();
    for await (const { nodeStatsUpdated } of client.subscribe(NodeStatsLiveDocument, { backend })) {
      state = applyListStep(state, nodeStatsUpdated);
      if (state.synced) break;
    }
    const { nodeStats } = await client.query(NodeStatsPageDocument, { backend });
    expect([...state.shown.keys()].sort()).toEqual(nodeStats.map(({ id }) => id).sort());
  });
});
