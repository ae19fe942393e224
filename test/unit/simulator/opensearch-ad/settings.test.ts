import { describe, expect, it } from 'vitest';
import { lastMinutes, openSearch, refusal, type Server, startServer } from './server.js';

const users = [
  { name: 'ada', password: 'x', privileges: ['all_access'] },
  { name: 'mon', password: 'y', privileges: ['anomaly_read_access'] },
];

const as = (name: string, password: string) => ({ authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` });

const set = (server: Server, name: string, value: unknown) =>
  server.raw('PUT', '/_cluster/settings', { transient: { [`plugins.anomaly_detection.${name}`]: value } });

describe('security', () => {
  it('asks who one is, and lets readers see everything but statistics', async () => {
    const server = await startServer({ users });
    const unknown = await server.raw('GET', `${openSearch}/detectors/count`);
    expect([unknown.status, unknown.text, unknown.headers.get('www-authenticate')]).toEqual([401, '', 'Basic realm="OpenSearch Security"']);
    expect((await server.raw('GET', `${openSearch}/detectors/count`, undefined, as('mon', 'y'))).status).toBe(200);
    expect(refusal(await server.raw('GET', `${openSearch}/stats`, undefined, as('mon', 'y')))).toEqual([
      403,
      'no permissions for [cluster:admin/opendistro/ad/detector/stats] and User [name=mon, backend_roles=[], requestedTenant=null]',
    ]);
    expect((await server.raw('GET', `${openSearch}/stats`, undefined, as('ada', 'x'))).status).toBe(200);
  });

  it('names who started and stopped a task', async () => {
    const server = await startServer({ users });
    const id = await server.seed({ from: Date.now() - 4321 * 60_000 });
    const ask = (method: string, path: string, body?: unknown) => server.raw(method, `${openSearch}${path}`, body, as('ada', 'x'));
    await ask('POST', `/detectors/${id}/_start`, lastMinutes(4321));
    await ask('POST', `/detectors/${id}/_stop?historical`);
    await server.advance(10_000);
    expect((await ask('GET', `/detectors/${id}?task=true`)).body.historical_analysis_task).toMatchObject({
      state: 'STOPPED',
      started_by: 'ada',
      stopped_by: 'ada',
    });
  });
});

describe('settings of the cluster', () => {
  it.each([
    ['2.19.4', 'AD functionality is disabled. To enable update plugins.anomaly_detection.enabled to true'],
    ['2.11.0', 'AD plugin is disabled. To enable update plugins.anomaly_detection.enabled to true'],
  ])('switch anomaly detection off and on (%s)', async (version, reason) => {
    const server = await startServer({ version });
    const id = await server.seed();
    await set(server, 'enabled', false);
    for (const [method, path] of [
      ['GET', '/stats'],
      ['GET', `/detectors/${id}?task=true`],
      ['POST', `/detectors/${id}/_start`],
      ['GET', '/detectors/count'],
    ] as const) {
      expect(refusal(await server.ask(method, path))).toEqual([500, reason]);
    }
    await set(server, 'enabled', null);
    expect((await server.ask('GET', '/detectors/count')).body.count).toBe(1);
  });

  it('limit how many analyses run at a time', async () => {
    const server = await startServer();
    const [first, second] = [await server.seed(), await server.seed({ prefix: 'other' })];
    await set(server, 'max_batch_task_per_node', 1);
    await server.ask('POST', `/detectors/${first}/_start`, lastMinutes(300));
    expect(refusal(await server.ask('POST', `/detectors/${second}/_start`, lastMinutes(300)))).toEqual([400, 'No available task slot']);
  });

  it('make pieces follow each other faster', async () => {
    const server = await startServer();
    await set(server, 'batch_task_piece_interval_seconds', 1);
    const id = await server.seed({ from: Date.now() - 4321 * 60_000 });
    await server.ask('POST', `/detectors/${id}/_start`, lastMinutes(4321));
    await server.advance(8000);
    expect(await server.tasks({ match_all: {} })).toMatchObject([{ state: 'FINISHED' }]);
  });
});

describe('control routes', () => {
  it('plant a task that runs nowhere, and results', async () => {
    const server = await startServer();
    const id = await server.seed();
    const lastUpdate = Date.now() - 3_600_000;
    await server.raw('POST', '/_simulator/tasks', { detector_id: id, state: 'RUNNING', task_progress: 0.5, last_update_time: lastUpdate });
    expect(await server.tasks({ match_all: {} })).toMatchObject([{ state: 'RUNNING', task_progress: 0.5, is_latest: true }]);
    await server.raw('POST', '/_simulator/results', { detectorId: id, results: [{ anomaly_grade: 0.7 }, {}] });
    const { hits } = (await server.ask('POST', '/detectors/results/_search', { sort: [{ anomaly_grade: 'desc' }] })).body;
    expect(hits?.hits.map(({ _source }) => _source)).toMatchObject([{ anomaly_grade: 1 }, { anomaly_grade: 0.7 }]);
  });

  it('add nodes, which makes indices green', async () => {
    const server = await startServer();
    await server.seed();
    expect((await server.ask('GET', '/stats')).body).toMatchObject({ anomaly_detectors_index_status: 'yellow' });
    await server.raw('PUT', '/_simulator/nodes/node-2');
    const { body } = await server.ask('GET', '/stats');
    expect(body).toMatchObject({ anomaly_detectors_index_status: 'green' });
    expect(Object.keys(body.nodes ?? {})).toHaveLength(2);
  });

  it('say what they cannot do', async () => {
    const server = await startServer();
    expect((await server.raw('PUT', '/_simulator/settings', { nope: 1 })).status).toBe(400);
    expect((await server.raw('POST', '/_simulator/results', { detectorId: 'nope', results: [] })).status).toBe(400);
    expect((await server.raw('GET', '/_simulator/nonsense')).status).toBe(404);
  });
});
