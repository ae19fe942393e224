import { describe, expect, it } from 'vitest';
import { refusal, type Server, startServer } from './server.js';

const minuteMs = 60_000;

/** Data up to now, and as much ahead as the test will put the clock forward. */
const liveData = () => ({ from: Date.now() - 60 * minuteMs, to: Date.now() + 10 * minuteMs });
const young = () => ({ from: Date.now() - 5 * minuteMs, to: Date.now() + 10 * minuteMs });
const old = () => ({ from: Date.now() - 700 * minuteMs, to: Date.now() - 100 * minuteMs });

const taskOf = async (server: Server, id: string) => (await server.ask('GET', `/detectors/${id}?job=true&task=true`)).body.realtime_task;

describe('real-time analysis', () => {
  it('is CREATED for a minute, while the profile knows better, then RUNNING', async () => {
    const server = await startServer();
    const id = await server.seed(liveData());
    expect((await server.ask('POST', `/detectors/${id}/_start`)).body).toEqual({ _id: id });
    await server.advance(500);
    expect(await taskOf(server, id)).toMatchObject({ state: 'CREATED', init_progress: 0 });
    expect((await taskOf(server, id))?.coordinating_node).toBeUndefined();
    expect((await server.ask('GET', `/detectors/${id}/_profile`)).body).toEqual({ state: 'RUNNING' });
    await server.advance(minuteMs);
    expect(await taskOf(server, id)).toMatchObject({ state: 'RUNNING', init_progress: 1, estimated_minutes_left: 0, error: '' });
    expect((await server.ask('GET', `/detectors/${id}/_profile/init_progress`)).body).toEqual({ init_progress: { percentage: '100%' } });
  });

  it('tells how long initialisation takes where there is little history', async () => {
    const server = await startServer();
    const id = await server.seed(young());
    await server.ask('POST', `/detectors/${id}/_start`);
    await server.advance(61_000);
    expect(await taskOf(server, id)).toMatchObject({ state: 'INIT', init_progress: 0, estimated_minutes_left: 32 });
    expect((await server.ask('GET', `/detectors/${id}/_profile/init_progress`)).body.init_progress).toEqual({
      percentage: '0%',
      estimated_minutes_left: 32,
      needed_shingles: 32,
    });
  });

  it.each([
    ['2.11.0', 'CREATED', /^No data in current detection window$/],
    ['2.19.4', 'CREATED', /^No data in current window between \d+ and \d+ for /],
    ['3.4.0', 'INIT', /^No data in current window between \d+ and \d+ for /],
  ])('writes an error at once; in %s the task is then %s', async (version, state, error) => {
    const server = await startServer({ version });
    const id = await server.seed(old());
    await server.ask('POST', `/detectors/${id}/_start`);
    await server.advance(500);
    const [task] = await server.tasks({ term: { detector_id: id } });
    expect(task).toMatchObject({ state, error: expect.stringMatching(error) });
    expect(task?.coordinating_node).toBeTypeOf('string');
  });

  it('answers a second start and a second stop with 200 and an error', async () => {
    const server = await startServer();
    const id = await server.seed(liveData());
    await server.ask('POST', `/detectors/${id}/_start`);
    const again = await server.ask('POST', `/detectors/${id}/_start`);
    expect([...refusal(again), again.body.status]).toEqual([200, `Anomaly detector job is already running: ${id}`, 200]);
    expect(refusal(await server.ask('DELETE', `/detectors/${id}`))).toEqual([400, `Job is running: ${id}`]);
    expect((await server.ask('POST', `/detectors/${id}/_stop`)).body).toEqual({ _id: id });
    expect(refusal(await server.ask('POST', `/detectors/${id}/_stop`))).toEqual([200, `job is already stopped: ${id}`]);
    expect(await taskOf(server, id)).toMatchObject({ state: 'STOPPED' });
    expect((await taskOf(server, id))?.execution_end_time).toBeUndefined();
  });

  it.each([
    ['2.19.4', [200, undefined]],
    ['2.11.0', [404, 'no such index [.opendistro-anomaly-detector-jobs]']],
  ])('stops what never started in the way of %s', async (version, expected) => {
    const server = await startServer({ version });
    const id = await server.seed();
    expect(refusal(await server.ask('POST', `/detectors/${id}/_stop`))).toEqual(expected);
    expect(refusal(await server.ask('POST', `/detectors/${id}/_stop?historical`))).toEqual([400, 'Detector not started']);
  });

  it('has a model for each entity', async () => {
    const server = await startServer();
    const id = await server.seed({ ...liveData(), detector: { category_field: ['host'] } });
    await server.ask('POST', `/detectors/${id}/_start`);
    await server.advance(500);
    expect((await server.ask('GET', `/detectors/${id}/_profile?_all`)).body).toMatchObject({
      total_entities: 3,
      active_entities: 3,
      model_count: 3,
    });
    const entity = await server.ask('GET', `/detectors/${id}/_profile?category_field=host&entity=host-1`);
    expect(entity.body).toEqual({ state: 'RUNNING' });
    expect(refusal(await server.ask('POST', `/detectors/${id}/_profile`, { entity: [{ name: 'host', value: 'nope' }] }))).toEqual([
      400,
      'Cannot find entity',
    ]);
  });
});

describe('profiles', () => {
  it('are nearly empty before anything was started', async () => {
    const server = await startServer();
    const id = await server.seed();
    expect((await server.ask('GET', `/detectors/${id}/_profile`)).body).toEqual({ state: 'DISABLED' });
    expect((await server.ask('GET', `/detectors/${id}/_profile?_all`)).body).toEqual({});
    expect((await server.ask('GET', `/detectors/${id}/_profile/state,nonsense`)).body).toEqual({ state: 'DISABLED' });
    for (const type of ['_all', 'nonsense']) {
      expect(refusal(await server.ask('GET', `/detectors/${id}/_profile/${type}`))).toEqual([
        400,
        'profiles to collect are missing or invalid',
      ]);
    }
  });
});
