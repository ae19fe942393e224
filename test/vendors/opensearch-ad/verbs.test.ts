import { describe, expect, it } from 'vitest';
import type { DetectorVerb, VendorAdapter, VerbAnswer } from '../../../src/domain/index.js';
import { opensearchAd, searchGuardAd } from '../../../src/vendors/opensearch-ad/index.js';
import { callAs, errorOf } from '../support/connect.js';
import type { Answer } from '../support/stand-in.js';
import { answered, base, byRequest, failure, profileOf, setUp, tasksFound } from './rig.js';

const id = 'Vh0yAaIBJWprpFwBzPcC';
const start = `POST ${base}/detectors/${id}/_start`;
const stop = `POST ${base}/detectors/${id}/_stop`;
const stopHistorical = `${stop}?historical=true`;
const search = `POST ${base}/detectors/tasks/_search`;
const range = { start: 1_795_057_200_000, end: 1_795_316_400_000 };

const startRealtime: DetectorVerb = { action: 'START_DETECTOR', detectorId: id, run: 'REALTIME' };
const startRange: DetectorVerb = { action: 'START_DETECTOR', detectorId: id, run: 'HISTORICAL', dateRange: range };
const stopRealtime: DetectorVerb = { action: 'STOP_DETECTOR', detectorId: id, run: 'REALTIME' };
const stopRange: DetectorVerb = { action: 'STOP_DETECTOR', detectorId: id, run: 'HISTORICAL' };

const run = (adapter: VendorAdapter, verb: DetectorVerb, call: Parameters<VendorAdapter['run']>[1]): Promise<VerbAnswer> => {
  if (!adapter.detectors) throw new Error('it has no detectors');
  return adapter.detectors.run(verb, call);
};

const task = (taskId: string, type: string, state: string, more: object = {}) =>
  [taskId, { detector_id: id, task_type: type, state, execution_start_time: 1, ...more }] as const;
const realtime = (taskId: string, state: string) => task(taskId, 'REALTIME_SINGLE_ENTITY', state);
const historical = (taskId: string, state: string, more: object = {}) => task(taskId, 'HISTORICAL_SINGLE_ENTITY', state, more);
const noIndex = answered('2.19.4/00-virgin-cluster', 'tasks search');

describe('starting in real time', () => {
  it.each([
    ['2.11.0', answered('2.11.0/20-real-time', 'start real-time (fresh)')],
    ['2.19.4', answered('2.19.4/20-real-time', 'start real-time (history)')],
    ['3.4.0', answered('3.4.0/20-real-time', 'start real-time (fresh)')],
  ])('sends no body at all in %s, and finds the task that was begun with one search', async (version, answer) => {
    const { server, adapter, call } = await setUp(byRequest({ [start]: answer, [search]: tasksFound(realtime('t1', 'CREATED')) }), {
      version,
    });
    expect(await run(adapter, startRealtime, call())).toEqual({ done: false, taskId: 't1' });
    expect(server.requests()).toEqual([start, search]);
    expect(server.seen[0]).toMatchObject({ body: '', target: `${base}/detectors/${id}/_start` });
    expect(JSON.parse(server.seen[1]?.body ?? '')).toMatchObject({
      size: 1,
      sort: [{ execution_start_time: 'desc' }],
      query: {
        bool: { filter: [{ term: { detector_id: id } }, { terms: { task_type: ['REALTIME_SINGLE_ENTITY', 'REALTIME_HC_DETECTOR'] } }] },
      },
    });
  });

  it.each([
    [[tasksFound(realtime('old', 'STOPPED')), tasksFound(realtime('new', 'CREATED'))], 'new'],
    [[noIndex, tasksFound(realtime('new', 'INIT'))], 'new'],
    [[tasksFound(realtime('old', 'STOPPED'))], null],
    [[failure(500, 'status_exception', 'Fail to search')], null],
    [[failure(403, 'security_exception', 'no permissions for [x]')], null],
  ])('looks once more, and else does not say as which task: %#', async (answers: readonly Answer[], taskId) => {
    const { server, adapter, call } = await setUp(byRequest({ [start]: { body: { _id: id } }, [search]: answers }));
    expect(await run(adapter, startRealtime, call())).toEqual({ done: false, taskId });
    expect(server.requests()).toEqual([start, search, search]);
  });

  it('is what opening its job is', async () => {
    const { adapter, call } = await setUp(byRequest({ [start]: { body: { _id: id } }, [search]: tasksFound(realtime('t1', 'RUNNING')) }));
    expect(await adapter.run({ action: 'OPEN_JOB', jobId: id }, call())).toEqual({ done: false, taskId: 't1' });
  });

  it('of one that runs is refused, although the answer is 200', async () => {
    const { server, adapter, call } = await setUp(byRequest({ [start]: answered('2.19.4/20-real-time', 'start twice') }));
    expect(await errorOf(run(adapter, startRealtime, call()))).toMatchObject({ code: 'WRONG_STATE', facts: { already: true } });
    expect(server.requests()).toEqual([start]);
  });
});

describe('starting over a range', () => {
  it.each([
    ['2.11.0', answered('2.11.0/10-historical-single-finished', 'start historical')],
    ['2.19.4', answered('2.19.4/10-historical-single-finished', 'start historical')],
  ])('sends the range in epoch milliseconds to %s, which answers the task', async (_version, answer) => {
    const { server, adapter, call } = await setUp(byRequest({ [start]: answer }));
    expect(await run(adapter, startRange, call())).toEqual({ done: false, taskId: (answer.body as { _id: string })._id });
    expect(server.seen.map(({ body }) => body)).toEqual([JSON.stringify({ start_time: range.start, end_time: range.end })]);
  });

  const passing = [
    ['no slot was left', answered('2.19.4/17-historical-limits', 'start second, no slot left')],
    ['another one was being started', answered('2.19.4/17-historical-limits', 'three starts at once, round 0', 403)],
  ] as const;

  it.each(passing)('is tried once more when %s', async (_what, answer) => {
    const { server, adapter, call } = await setUp(byRequest({ [start]: [answer, { body: { _id: 't1' } }] }));
    expect(await run(adapter, startRange, call())).toEqual({ done: false, taskId: 't1' });
    expect(server.requests()).toEqual([start, start]);
  });

  it.each(passing)('is refused for now when %s twice', async (_what, answer) => {
    const { server, adapter, call } = await setUp(byRequest({ [start]: answer }));
    const error = await errorOf(run(adapter, startRange, call()));
    expect(error).toMatchObject({ code: 'REFUSED', retryable: true, facts: { retryAfterMs: expect.any(Number) } });
    expect(server.requests()).toEqual([start, start]);
  });

  it('is not tried again without the time for it', async () => {
    const { server, adapter, call } = await setUp(byRequest({ [start]: passing[0][1] }));
    expect((await errorOf(run(adapter, startRange, call(400)))).code).toBe('REFUSED');
    expect(server.requests()).toEqual([start]);
  });

  it('is not tried again for a caller who has gone', async () => {
    const leaving = new AbortController();
    const { server, adapter } = await setUp(() => passing[0][1]);
    const call = { ...callAs(profileOf('2.19.4')), signal: leaving.signal };
    const refused = errorOf(run(adapter, startRange, call));
    while (server.seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
    leaving.abort();
    await refused;
    expect(server.requests()).toEqual([start]);
  });

  it('is not tried again after any other refusal', async () => {
    const { server, adapter, call } = await setUp(byRequest({ [start]: answered('2.19.4/10-historical-single-finished', 'start twice') }));
    expect((await errorOf(run(adapter, startRange, call()))).code).toBe('WRONG_STATE');
    expect(server.requests()).toEqual([start]);
  });
});

describe('stopping in real time', () => {
  it.each([
    ['2.11.0', answered('2.11.0/20-real-time', 'stop (history)')],
    ['2.19.4', answered('2.19.4/20-real-time', 'stop (history)')],
  ])('is done with the call in %s, and names the task it ended', async (version, answer) => {
    const { server, adapter, call } = await setUp(byRequest({ [stop]: answer, [search]: tasksFound(realtime('t1', 'STOPPED')) }), {
      version,
    });
    expect(await run(adapter, stopRealtime, call())).toEqual({ done: true, taskId: 't1' });
    expect(server.seen[0]).toMatchObject({ target: `${base}/detectors/${id}/_stop`, body: '' });
    expect(await adapter.run({ action: 'CLOSE_JOB', jobId: id }, call())).toEqual({ done: true, taskId: 't1' });
  });

  it('of what never ran is refused by 2.11.0 and carried out by 2.19.4', async () => {
    const file = '01-create-validate-preview';
    const old = await setUp(byRequest({ [stop]: answered(`2.11.0/${file}`, 'stop never started') }), { version: '2.11.0' });
    expect(await errorOf(run(old.adapter, stopRealtime, old.call()))).toMatchObject({ code: 'WRONG_STATE', facts: { already: true } });
    const now = await setUp(byRequest({ [stop]: answered(`2.19.4/${file}`, 'stop never started'), [search]: noIndex }));
    expect(await run(now.adapter, stopRealtime, now.call())).toEqual({ done: true });
  });

  it('is done also when its task cannot be read', async () => {
    const { adapter, call } = await setUp(
      byRequest({ [stop]: { body: { _id: id } }, [search]: failure(500, 'status_exception', 'Fail to search') }),
    );
    expect(await run(adapter, stopRealtime, call())).toEqual({ done: true });
  });
});

describe('stopping a historical analysis', () => {
  it.each([
    ['2.11.0', answered('2.11.0/11-historical-single-stopped', 'stop historical')],
    ['2.19.4', answered('2.19.4/11-historical-single-stopped', 'stop historical')],
  ])('goes on as the task that is being stopped in %s', async (_version, answer) => {
    const { server, adapter, call } = await setUp(byRequest({ [stopHistorical]: answer }));
    expect(await run(adapter, stopRange, call())).toEqual({ done: false, taskId: (answer.body as { _id: string })._id });
    expect(server.seen).toHaveLength(1);
  });

  const refused = answered('3.4.0/18-crash-and-restart', 'stop historical after the crash');

  it('whose node is gone is done, although the answer of 3.4.0 is a refusal: the task is read before that is believed', async () => {
    const { server, adapter, call } = await setUp(
      byRequest({ [stopHistorical]: refused, [search]: tasksFound(historical('t1', 'STOPPED')) }),
    );
    expect(await run(adapter, stopRange, call())).toEqual({ done: true, taskId: 't1' });
    expect(server.requests()).toEqual([stop, search]);
  });

  it('whose task still seems to run is looked at once more', async () => {
    const answers = [tasksFound(historical('t1', 'RUNNING')), tasksFound(historical('t1', 'STOPPED'))];
    const { adapter, call } = await setUp(byRequest({ [stopHistorical]: refused, [search]: answers }));
    expect(await run(adapter, stopRange, call())).toEqual({ done: true, taskId: 't1' });
  });

  it.each([
    ['has finished', tasksFound(historical('t1', 'FINISHED', { execution_end_time: 2 }))],
    ['was stopped before', tasksFound(historical('t1', 'STOPPED', { execution_end_time: 2 }))],
    ['goes on', tasksFound(historical('t1', 'RUNNING'))],
    ['was never', tasksFound()],
    ['cannot be read', failure(500, 'status_exception', 'Fail to search')],
  ])('that %s is refused as the server said', async (_what, answer) => {
    const { adapter, call } = await setUp(byRequest({ [stopHistorical]: refused, [search]: answer }));
    expect(await errorOf(run(adapter, stopRange, call()))).toMatchObject({
      code: 'WRONG_STATE',
      facts: { already: true, httpStatus: 400 },
    });
  });

  it('of a detector that never had one is refused at once', async () => {
    const { server, adapter, call } = await setUp(
      byRequest({ [stopHistorical]: answered('2.19.4/01-create-validate-preview', 'stop historical never started') }),
    );
    expect(await errorOf(run(adapter, stopRange, call()))).toMatchObject({ code: 'WRONG_STATE', facts: { already: true } });
    expect(server.seen).toHaveLength(1);
  });
});

describe('cancelling a task', () => {
  const cancel = (found: Answer, answers: Readonly<Record<string, Answer>> = {}) => setUp(byRequest({ [search]: found, ...answers }));

  it('stops the historical analysis it is', async () => {
    const { server, adapter, call } = await cancel(tasksFound(historical('t1', 'RUNNING')), { [stopHistorical]: { body: { _id: 't1' } } });
    expect(await adapter.run({ action: 'CANCEL_TASK', taskId: 't1' }, call())).toEqual({ done: false, taskId: 't1' });
    expect(JSON.parse(server.seen[0]?.body ?? '')).toMatchObject({ query: { ids: { values: ['t1'] } } });
    expect(server.seen[1]?.target).toBe(`${base}/detectors/${id}/_stop?historical=true`);
  });

  it('stops the real-time run it is', async () => {
    const { server, adapter, call } = await cancel(tasksFound(realtime('t1', 'INIT')), { [stop]: { body: { _id: id } } });
    expect(await adapter.run({ action: 'CANCEL_TASK', taskId: 't1' }, call())).toEqual({ done: true, taskId: 't1' });
    expect(server.seen[1]?.target).toBe(`${base}/detectors/${id}/_stop`);
  });

  it.each([
    ['of one entity', tasksFound(task('t1', 'HISTORICAL_HC_ENTITY', 'RUNNING')), 'WRONG_STATE', undefined],
    ['that has ended', tasksFound(historical('t1', 'FINISHED')), 'WRONG_STATE', true],
    ['nobody knows', tasksFound(), 'NOT_FOUND', undefined],
    ['on a cluster where nothing ever ran', noIndex, 'NOT_FOUND', undefined],
  ])('%s is refused without being sent', async (_what, found, code, already) => {
    const { server, adapter, call } = await cancel(found);
    const error = await errorOf(adapter.run({ action: 'CANCEL_TASK', taskId: 't1' }, call()));
    expect([error.code, error.facts.already]).toEqual([code, already]);
    expect(server.requests()).toEqual([search]);
  });

  it('that cannot be looked up fails as the look-up did', async () => {
    const { adapter, call } = await cancel(failure(403, 'security_exception', 'no permissions for [x]'));
    expect((await errorOf(adapter.run({ action: 'CANCEL_TASK', taskId: 't1' }, call()))).code).toBe('FORBIDDEN');
  });
});

describe('a verb', () => {
  it.each([
    ['opendistro', '/_opendistro/_anomaly_detection', opensearchAd],
    ['search-guard', '/_anomaly_detection/api', searchGuardAd],
  ])('goes by the path of %s', async (dialect, path, module) => {
    const { server, adapter, call } = await setUp(() => ({ body: { _id: 't1' } }), { dialect, module });
    await run(adapter, startRange, call());
    expect(server.requests()).toEqual([`POST ${path}/detectors/${id}/_start`]);
  });

  it('this product does not have is not sent', async () => {
    const { server, adapter, call } = await setUp(() => ({ body: {} }));
    const error = await errorOf(adapter.run({ action: 'RESET_JOB', jobId: id }, call()));
    expect([error.code, error.facts.action]).toEqual(['UNSUPPORTED', 'RESET_JOB']);
    expect(server.seen).toEqual([]);
  });

  it('without an answer may have taken effect', async () => {
    const { server, adapter, call } = await setUp(() => ({ body: { _id: 't1' } }));
    await server.dispose();
    const refused = await errorOf(run(adapter, startRange, call()));
    expect([refused.code, refused.facts.outcomeUnknown]).toEqual(['BACKEND_UNAVAILABLE', false]);
    const broken = await setUp(() => ({ status: 502, body: '<html>', headers: { 'content-type': 'text/html' } }));
    const lost = await errorOf(run(broken.adapter, stopRange, broken.call()));
    expect([lost.code, lost.facts.outcomeUnknown]).toEqual(['BACKEND_UNAVAILABLE', true]);
    expect(broken.server.seen).toHaveLength(1);
  });

  it('shows as a task of the run it starts, and stopping as none', () => {
    const { taskKindOf, isBlocking } = opensearchAd.connect(
      {
        key: 'x',
        vendorId: 'opensearch-ad',
        url: new URL('http://localhost:1'),
        auth: { kind: 'none' },
        readOnly: false,
        http: {
          requestTimeoutMs: 1,
          connectTimeoutMs: 1,
          maxResponseBytes: 1,
          maxConnections: 1,
          maxRetries: 0,
          breakerThreshold: 1,
          breakerResetMs: 1,
        },
        poll: { fastMs: 1, slowMs: 1 },
      },
      { answered: () => undefined, failed: () => undefined, noted: () => undefined },
    );
    expect([taskKindOf('START_DETECTOR', 'REALTIME'), taskKindOf('START_DETECTOR', 'HISTORICAL'), taskKindOf('OPEN_JOB')]).toEqual([
      'REALTIME',
      'HISTORICAL',
      'REALTIME',
    ]);
    expect((['STOP_DETECTOR', 'CLOSE_JOB', 'CANCEL_TASK', 'RESET_JOB'] as const).map((action) => taskKindOf(action))).toEqual(
      Array(4).fill('UNKNOWN'),
    );
    expect(isBlocking('OPEN_JOB')).toBe(false);
  });
});
