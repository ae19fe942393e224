import { describe, expect, it } from 'vitest';
import { lastMinutes, refusal, type Server, startServer } from './server.js';

const minuteMs = 60_000;
/** Whole minutes, whenever the test is run: the end of the data and of the range. */
const to = Math.floor(Date.now() / minuteMs) * minuteMs;
/** Made-up data begin a minute after the range: 4,320 intervals have some. */
const from = to - 4321 * minuteMs;
const longData = { from, to, spikeEvery: 500 };
const longRange = { start_time: from, end_time: to };

const start = async (server: Server, id: string, range: object = longRange) =>
  (await server.ask('POST', `/detectors/${id}/_start`, range)).body._id ?? '';

const only = async (server: Server, id: string) => (await server.tasks({ ids: { values: [id] } }))[0];

describe('a historical analysis of one stream', () => {
  it('goes from INIT over RUNNING, piece by piece, to FINISHED', async () => {
    const server = await startServer();
    const id = await server.seed(longData);
    const task = await start(server, id);
    expect(await only(server, task)).toMatchObject({ state: 'INIT', task_progress: 0, init_progress: 0 });
    const states: (string | undefined)[] = [];
    const progresses: number[] = [];
    for (let second = 0; second < 27; second += 1) {
      await server.advance(1000);
      const { state, task_progress: progress = -1 } = (await only(server, task)) ?? {};
      if (states.at(-1) !== state) states.push(state);
      if (progresses.at(-1) !== progress) progresses.push(progress);
    }
    expect(states).toEqual(['INIT', 'RUNNING', 'FINISHED']);
    expect(progresses).toEqual([...progresses].sort((left, right) => left - right));
    expect(progresses).toEqual(expect.arrayContaining([0, 0.23148148, 0.46296296, 0.6944444, 1]));
  });

  it('writes results, those that stand out with a grade', async () => {
    const server = await startServer();
    const id = await server.seed(longData);
    const task = await start(server, id);
    await server.advance(60_000);
    const query = (...filter: object[]) => ({
      size: 1,
      track_total_hits: true,
      query: { bool: { filter: [{ term: { task_id: task } }, ...filter] } },
    });
    const all = await server.ask('POST', '/detectors/results/_search', query());
    const graded = await server.ask('POST', '/detectors/results/_search', query({ range: { anomaly_grade: { gt: 0 } } }));
    expect([all.body.hits?.total.value, graded.body.hits?.total.value]).toEqual([4320, 8]);
    expect(graded.body.hits?.hits[0]?._source).toMatchObject({ anomaly_grade: 1, relevant_attribution: [{ data: 1 }] });
  });

  it.each([
    ['There is no data in the detection date range', { start_time: 1, end_time: 2 }],
    ['There is not enough data to train model', lastMinutes(3)],
  ])('fails half a second after a start that was accepted: %s', async (error, range) => {
    const server = await startServer();
    const id = await server.seed();
    const task = await start(server, id, range);
    await server.advance(500);
    expect(await only(server, task)).toMatchObject({ state: 'FAILED', error, task_progress: 0 });
    expect((await only(server, task))?.execution_end_time).toBeTypeOf('number');
  });

  it('stops at the next piece after it was told to', async () => {
    const server = await startServer();
    const id = await server.seed(longData);
    const task = await start(server, id);
    await server.advance(8000);
    expect((await server.ask('POST', `/detectors/${id}/_stop?historical=true`)).body).toEqual({ _id: task });
    expect((await server.ask('POST', `/detectors/${id}/_stop?historical`)).body).toEqual({ _id: task });
    expect(refusal(await server.ask('POST', `/detectors/${id}/_start`, lastMinutes(60)))).toEqual([400, 'Config is already running']);
    expect((await only(server, task))?.state).toBe('RUNNING');
    await server.advance(6000);
    expect(await only(server, task)).toMatchObject({ state: 'STOPPED', error: 'Historical analysis cancelled by user' });
    expect(refusal(await server.ask('POST', `/detectors/${id}/_stop?historical`))).toEqual([400, 'No running task found']);
  });

  it('keeps the last task before the latest, and no older one', async () => {
    const server = await startServer();
    const id = await server.seed();
    const tasks: string[] = [];
    for (let run = 0; run < 3; run += 1) {
      tasks.push(await start(server, id, lastMinutes(300)));
      await server.advance(3000);
    }
    const kept = await server.tasks({ term: { detector_id: id } });
    expect(kept.map(({ id: task, is_latest: latest }) => [task, latest])).toEqual([
      [tasks[1], false],
      [tasks[2], true],
    ]);
  });

  it('refuses a second start at the same instant, whatever the detector', async () => {
    const server = await startServer();
    await server.seed({ count: 2, ...longData });
    const ids = ((await server.ask('POST', '/detectors/_search', { query: { match_all: {} } })).body.hits?.hits ?? []).map(
      ({ _id }) => _id,
    );
    const answers = await Promise.all(ids.map((id) => server.ask('POST', `/detectors/${id}/_start`, lastMinutes(300))));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403]);
    expect(answers.map(refusal)).toContainEqual([403, 'Too many historical analysis requests in short time. Please retry later.']);
  });

  it('answers the older spellings before 2.15', async () => {
    const server = await startServer({ version: '2.11.0' });
    const id = await server.seed(longData);
    const started = await server.ask('POST', `/detectors/${id}/_start`, lastMinutes(4000));
    expect(started.body).toEqual({ _id: started.body._id, _version: 1, _seq_no: 0, _primary_term: 1 });
    expect(refusal(await server.ask('POST', `/detectors/${id}/_start`, lastMinutes(4000)))).toEqual([400, 'Detector is already running']);
    expect(refusal(await server.ask('DELETE', `/detectors/${id}`))).toEqual([500, 'Detector is running']);
    const stopped = await server.ask('POST', `/detectors/${id}/_stop?historical=true`);
    expect(stopped.body).toEqual({ _id: started.body._id, _version: 0, _seq_no: 0, _primary_term: 0 });
  });
});

describe('a historical analysis of many entities', () => {
  const byHost = { detector: { category_field: ['host'] }, ...longData };

  it('runs a task for each, and the parent as far as they have ended', async () => {
    const server = await startServer();
    const id = await server.seed(byHost);
    const parent = await start(server, id);
    expect(await only(server, parent)).toMatchObject({ state: 'CREATED', task_type: 'HISTORICAL_HC_DETECTOR' });
    await server.advance(3000);
    expect(await only(server, parent)).toMatchObject({ state: 'RUNNING', task_progress: 0, init_progress: 0 });
    const children = await server.tasks({ term: { parent_task_id: parent } });
    expect(children.map(({ state, task_type: type }) => [state, type])).toEqual(
      Array.from({ length: 3 }, () => ['INIT', 'HISTORICAL_HC_ENTITY']),
    );
    expect((await server.ask('GET', `/detectors/${id}/_profile/ad_task`)).body.ad_task).toMatchObject({
      detector_task_slots: 3,
      total_entities_count: 3,
      running_entities_count: 3,
      running_entities: ['host-2', 'host-1', 'host-0'],
    });
    const seen = new Set<number | undefined>();
    for (let step = 0; step < 300; step += 1) {
      await server.advance(100);
      seen.add((await only(server, parent))?.task_progress);
    }
    expect([...seen]).toEqual([0, 0.3333333, 0.6666666, 1]);
    expect(await only(server, parent)).toMatchObject({ state: 'FINISHED', error: '' });
    const top = await server.ask('POST', `/detectors/${id}/results/_topAnomalies?historical=true`, {
      start_time_ms: longData.from - 60_000,
      end_time_ms: longData.to,
    });
    expect(top.body.buckets).toHaveLength(3);
  });

  it('stops its entities, then itself', async () => {
    const server = await startServer();
    const id = await server.seed(byHost);
    const parent = await start(server, id);
    await server.advance(4000);
    await server.ask('POST', `/detectors/${id}/_stop?historical=true`);
    await server.advance(10_000);
    const states = await server.tasks({ terms: { task_type: ['HISTORICAL_HC_ENTITY', 'HISTORICAL_HC_DETECTOR'] } });
    expect(states.map(({ state }) => state)).toEqual(['STOPPED', 'STOPPED', 'STOPPED', 'STOPPED']);
    expect((await only(server, parent))?.error).toBe('Historical analysis cancelled by user');
  });

  it('holds all slots while its entities are counted', async () => {
    const server = await startServer();
    const [first, second] = [await server.seed(byHost), await server.seed({ prefix: 'other', ...longData })];
    await start(server, first);
    expect(refusal(await server.ask('POST', `/detectors/${second}/_start`, lastMinutes(300)))).toEqual([400, 'No available task slot']);
    await server.advance(3000);
    expect((await server.ask('POST', `/detectors/${second}/_start`, lastMinutes(300))).status).toBe(200);
  });
});
