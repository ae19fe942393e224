import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askCluster, createDetector, indexMetrics } from '../support/ad-world.js';
import { detectorVerb, readDetector } from '../support/detector-documents.js';
import { createGatewayRig, type GatewayRig } from '../support/gateway-rig.js';

const minuteMs = 60_000;
const minutes = 4_320;
const from = Date.UTC(2026, 0, 5);
const range = { start: new Date(from).toISOString(), end: new Date(from + minutes * minuteMs).toISOString() };

describe.each([
  ['opensearch-ad', '2.11.0'],
  ['opensearch-ad', '2.19.4'],
  ['opensearch-ad', '3.4.0'],
  ['search-guard-ad', '1.0.0-tp1'],
])('a virgin cluster: %s %s', (vendor, version) => {
  let rig: GatewayRig;
  beforeAll(async () => {
    rig = await createGatewayRig({ backends: [{ id: 'os', vendor, version, empty: true }] });
  });
  afterAll(() => rig.dispose());

  it('answers every question with nothing, and nothing is missing', async () => {
    const answer = await rig.query<{ readonly backends: readonly { readonly health: { readonly status: string } }[] }>(`{
      detectors { totalCount nodes { id } unavailable { part } }
      jobs { totalCount nodes { id } unavailable { part } }
      tasks { totalCount nodes { id } unavailable { part } }
      byDetector: tasks(filter: { detectors: ["detector:os:nobody"] }) { totalCount unavailable { part } }
      detector(id: "detector:os:nobody") { id }
      job(id: "job:os:nobody") { id }
      task(id: "task:os:nobody") { id }
      clusterStats(backend: "backend:os") { id detectorCount indexStatuses { name status } }
      nodeStats(backend: "backend:os") { id name metrics { id } models { totalCount } }
      backends { health { status } version }
    }`);
    expect(answer.errors).toEqual([]);
    expect(answer.data).toMatchObject({
      detectors: { totalCount: 0, nodes: [], unavailable: [] },
      jobs: { totalCount: 0, nodes: [], unavailable: [] },
      tasks: { totalCount: 0, nodes: [], unavailable: [] },
      byDetector: { totalCount: 0, unavailable: [] },
      detector: null,
      job: null,
      task: null,
      clusterStats: { detectorCount: 0 },
    });
    expect(answer.data?.backends[0]?.health.status).toBe('UP');
  });

  it('answers verbs with "there is no such detector"', async () => {
    const { errors } = await detectorVerb(rig, 'startDetector', { detectorId: 'detector:os:nobody', run: 'REALTIME' });
    expect(errors).toMatchObject([{ code: 'NOT_FOUND' }]);
  });

  it('shows the first detector as soon as it is made', async () => {
    const base = vendor === 'search-guard-ad' ? '/_anomaly_detection/api' : '/_plugins/_anomaly_detection';
    const cluster = { url: rig.sim('os').url, base };
    await indexMetrics(cluster, { index: 'metrics', from, minutes: 60, hosts: ['a'] });
    const id = `detector:os:${await createDetector(cluster, { name: 'first', index: 'metrics' })}`;
    expect(await readDetector(rig, id)).toMatchObject({
      name: 'first',
      realtimeTask: null,
      historicalTask: null,
      job: { state: 'CLOSED' },
    });
  });
});

describe.each(['2.19.4', '3.4.0'])('a server that is killed and started again during runs: %s', (version) => {
  let rig: GatewayRig;
  let single: string;
  let many: string;
  const control = (method: string, path: string, body: object): Promise<unknown> =>
    askCluster({ url: rig.sim('os').url }, method, `/_simulator${path}`, body);

  beforeAll(async () => {
    rig = await createGatewayRig({ backends: [{ id: 'os', vendor: 'opensearch-ad', version, empty: true, speed: 5 }] });
    const cluster = { url: rig.sim('os').url };
    await indexMetrics(cluster, { index: 'metrics', from, minutes, hosts: ['host-0', 'host-1'] });
    single = `detector:os:${await createDetector(cluster, { name: 'cpu', index: 'metrics' })}`;
    many = `detector:os:${await createDetector(cluster, { name: 'by-host', index: 'metrics', categoryField: 'host' })}`;
  }, 60_000);
  afterAll(() => rig.dispose());

  it('keeps what was known while the server cannot search, and then tells what is true', { timeout: 60_000 }, async () => {
    const health = rig.subscribe<{
      readonly backendsChanged: { readonly backends: readonly { readonly health: { readonly status: string } }[] };
    }>('subscription { backendsChanged { backends { id health { status code } } } }');
    await health.until(({ backendsChanged }) => backendsChanged.backends.some((each) => each.health.status === 'UP'));
    const started = await detectorVerb(rig, 'startDetector', { detectorId: single, run: 'HISTORICAL', dateRange: range });
    const startedMany = await detectorVerb(rig, 'startDetector', { detectorId: many, run: 'HISTORICAL', dateRange: range });
    expect([...started.errors, ...startedMany.errors]).toEqual([]);
    const watching = rig.subscribe<{ readonly taskProgress: { readonly task: { readonly state: string; readonly error: object | null } } }>(
      'subscription P($id: ID!) { taskProgress(id: $id) { task { state error { code message } } } }',
      { id: started.task?.id },
    );
    await watching.next();
    await control('POST', '/crash', {});
    await health.until(({ backendsChanged }) => backendsChanged.backends.some((each) => each.health.status !== 'UP'));
    await control('POST', '/restart', { recoverMs: 500 });
    await health.until(({ backendsChanged }) => backendsChanged.backends.some((each) => each.health.status === 'UP'));
    // It has stood still for longer than a piece of work can take.
    await control('PUT', `/tasks/${started.task?.nativeId}`, { last_update_time: Date.now() - 600_000 });
    // Nobody runs it any more, and nothing says so but that it stands still: the task stays, with the reason.
    await watching.until(({ taskProgress: { task } }) => task.error !== null);
    watching.stop();
    const read = await readDetector(rig, single);
    expect(read?.historicalTask).toMatchObject({
      id: started.task?.id,
      error: { code: expect.any(String), message: expect.stringMatching(/node|start/i) },
    });
    // The way out that the reason names.
    const again = await detectorVerb(rig, 'startDetector', { detectorId: single, run: 'HISTORICAL', dateRange: range, waitMs: 30_000 });
    expect(again).toMatchObject({ errors: [], task: { state: 'SUCCEEDED' } });
    health.stop();
  });
});
