import { describe, expect, it } from 'vitest';
import { jobIdOf, plain, type Server, type Signer, sampleKey, startServer, startWithIris } from './server.js';

const mlContext = { targets: ['12'], inputAttributes: ['0', '1'], extraParameters: {} };
const build = (server: Server, model = 'lda1') =>
  server.ask('POST', `/projects/irisTest/build?modelid=${model}&algo=lda`, { body: mlContext });

describe('a job', () => {
  it('is born with a place, a number in a header and nothing in the body', async () => {
    const server = await startWithIris();
    const answer = await build(server);
    expect([answer.status, answer.body]).toEqual([202, plain('ACCEPTED', 'Job Created')]);
    expect(answer.headers.location).toBe('http://charm:8080/symetry/rest/c1/jobs/1');
    expect(answer.headers['sym-job-id']).toBe('1');
    await server.control('PUT', '/settings', { jobIdHeader: false, locationBase: 'https://sml.example' });
    const next = await build(server);
    expect(next.headers).toMatchObject({ location: 'https://sml.example/symetry/rest/c1/jobs/2' });
    expect(next.headers['sym-job-id']).toBeUndefined();
  });

  it('shows growing progress, ends, and is gone once read', async () => {
    const server = await startWithIris({ speed: 8 });
    const id = jobIdOf(await server.ask('POST', '/projects/irisTest/dss/Iris_rtlm.csv/learn', { body: { data: [] } }));
    const seen: number[] = [];
    for (;;) {
      const { status, body } = await server.ask('GET', `/jobs/${id}`);
      if (status === 200) break;
      expect([status, body?.statusCode, body?.statusString]).toEqual([202, 'ACCEPTED', 'Job still running']);
      const info = body?.values?.jobinfo;
      expect(info).toMatchObject({
        jobId: id,
        jobType: 'DSUpdateJob',
        owner: 'c1',
        isStarted: true,
        isDone: false,
        isOnBoundedExecutor: true,
      });
      expect(info?.details).toEqual({ pid: 'irisTest', dsname: 'Iris_rtlm.csv' });
      expect(Object.keys(info ?? {})).toHaveLength(10);
      expect(info?.current).toBeLessThan(Number(info?.maximum));
      seen.push(Number(info?.current));
    }
    expect(new Set(seen).size).toBeGreaterThan(3);
    expect(seen).toEqual([...seen].sort((left, right) => left - right));
    const again = await server.ask('GET', `/jobs/${id}`);
    expect([again.status, again.body]).toEqual([400, plain('BAD_REQUEST', 'No such job')]);
    expect(await server.job(id)).toMatchObject({ removed: 'read', reads: 1, lateReads: 1 });
  });

  it('stays where reading is set not to consume', async () => {
    const server = await startServer();
    await server.control('PUT', '/settings', { consume: false });
    const id = await server.plant({ state: 'finished' });
    for (const _time of [1, 2]) expect((await server.ask('GET', `/jobs/${id}`)).body).toEqual(plain('OK', 'Job is finished'));
    expect(await server.job(id)).toMatchObject({ removed: null, reads: 2, lateReads: 0 });
  });

  it.each(['7', '0', 'x', '-1', '1e0'])('is not there: %s', async (id) => {
    const server = await startServer();
    await server.plant({});
    expect((await server.ask('GET', `/jobs/${id}`)).body).toEqual(plain('BAD_REQUEST', 'No such job'));
  });

  it('fails with a 500 and its reason, as often as it is read', async () => {
    const server = await startWithIris();
    await server.control('PUT', '/settings', { failKinds: ['build'] });
    const id = jobIdOf(await build(server));
    await server.ended(id);
    const reason = plain('INTERNAL_SERVER_ERROR', 'Generic Exception <Error in BuildJob>');
    for (const _time of [1, 2]) expect(await server.ask('GET', `/jobs/${id}`)).toMatchObject({ status: 500, body: reason });
    await server.control('PUT', '/settings', { consumeFailed: true });
    expect((await server.ask('GET', `/jobs/${id}`)).status).toBe(500);
    expect((await server.ask('GET', `/jobs/${id}`)).status).toBe(400);
  });

  it('that failed looks finished where that is set', async () => {
    const server = await startServer();
    await server.control('PUT', '/settings', { failure: 'finished' });
    const id = await server.plant({ state: 'failed', error: 'no memory' });
    expect(await server.ask('GET', `/jobs/${id}`)).toMatchObject({ status: 200, body: plain('OK', 'Job is finished') });
  });

  it.each([
    [{ maximum: 'zero' }, { maximum: 0 }],
    [{ dateUnit: 's' }, { startingDate: expect.any(Number) }],
    [{ jobTypes: 'labels' }, { jobType: 'Project Update' }],
    [{ details: 'empty' }, { details: {} }],
  ])('shows itself as %o says', async (setting, wanted) => {
    const server = await startServer();
    await server.control('PUT', '/settings', setting);
    const id = await server.plant({ kind: 'dsUpdate', held: true, state: 'running', details: { pid: 'p' } });
    expect((await server.ask('GET', `/jobs/${id}`)).body?.values?.jobinfo).toMatchObject(wanted);
  });

  it('shows nothing of itself while it runs where that is set', async () => {
    const server = await startServer();
    await server.control('PUT', '/settings', { runningBody: 'empty' });
    const id = await server.plant({ held: true });
    expect((await server.ask('GET', `/jobs/${id}`)).body).toEqual(plain('ACCEPTED', 'Job still running'));
  });
});

describe('the queue', () => {
  it('lets as many run as there are places, in order', async () => {
    const server = await startServer();
    await server.control('PUT', '/settings', { parallelism: 1 });
    for (const _one of [1, 2, 3]) await server.plant({ held: true });
    const states = async () => Promise.all([1, 2, 3].map(async (id) => (await server.job(id))?.state));
    expect(await states()).toEqual(['running', 'queued', 'queued']);
    const waiting = (await server.ask('GET', '/jobs/2')).body?.values?.jobinfo;
    expect(waiting).toMatchObject({ isStarted: false, isDone: false, startingDate: 0, current: 0 });
    await server.control('PUT', '/jobs/1', { state: 'finished' });
    expect(await states()).toEqual(['finished', 'running', 'queued']);
    await server.control('PUT', '/settings', { parallelism: 2 });
    expect(await states()).toEqual(['finished', 'running', 'running']);
  });

  it('is no place for jobs without bound', async () => {
    const server = await startServer();
    await server.control('PUT', '/settings', { parallelism: 1 });
    await server.plant({ held: true });
    await server.plant({ kind: 'projectInfoList', held: true });
    expect(await server.job(2)).toMatchObject({ state: 'running' });
  });

  it.each([
    ['absent', undefined],
    ['null', null],
  ])('leaves the start %s where that is set', async (beforeStart, wanted) => {
    const server = await startServer();
    await server.control('PUT', '/settings', { parallelism: 1, beforeStart });
    await server.plant({ held: true });
    await server.plant({ held: true });
    expect((await server.ask('GET', '/jobs/2')).body?.values?.jobinfo?.startingDate).toBe(wanted);
  });

  it('refuses when it is full or closed', async () => {
    const server = await startWithIris();
    await server.control('PUT', '/settings', { acceptJobs: false });
    expect(await build(server)).toMatchObject({
      status: 500,
      body: plain('INTERNAL_SERVER_ERROR', 'Job execution was refused by server.'),
    });
    const reduce = await server.ask('POST', '/projects/irisTest/reduce?modelid=m&algo=lda&heuristic=default', { body: mlContext });
    expect(reduce.body?.statusString).toBe('Optimize Job execution was refused by server.');
    await server.control('PUT', '/settings', { acceptJobs: true, parallelism: 1, queueLimit: 1 });
    for (const _one of [1, 2]) await server.plant({ held: true });
    expect((await build(server)).status).toBe(500);
  });
});

describe('the list', () => {
  const users = [
    { name: 'c1', password: sampleKey, privileges: [] },
    { name: 'c2', password: 'second', privileges: [] },
  ];
  const c2: Signer = { customer: 'c2', secret: 'second', key: Buffer.from('second') };

  it.each([
    ['jobinfo', { jobinfo: [{ jobId: 1 }, { jobId: 2 }] }],
    ['jobInfoList', { jobInfoList: { values: [{ jobId: 1 }, { jobId: 2 }] } }],
    ['wrapped', { jobinfo: { values: [{ jobId: 1 }, { jobId: 2 }] } }],
    ['stringList', { stringList: { values: ['1', '2'] } }],
    ['bareStringList', { stringList: ['1', '2'] }],
  ])('has its jobs as %s', async (listShape, wanted) => {
    const server = await startServer();
    await server.control('PUT', '/settings', { listShape });
    await server.plant({ held: true });
    await server.plant({ state: 'finished' });
    const answer = await server.ask('GET', '/jobs');
    expect(answer).toMatchObject({ status: 200, body: { statusCode: 'OK', statusString: 'Job is finished', values: wanted } });
  });

  it('shows jobs of others, which nobody else can touch, unless it is set otherwise', async () => {
    const server = await startServer({ users });
    const id = await server.plant({ owner: 'c2', state: 'finished' });
    expect((await server.ask('GET', '/jobs')).body?.values).toMatchObject({ jobinfo: [{ jobId: id, owner: 'c2' }] });
    expect((await server.ask('GET', `/jobs/${id}`)).status).toBe(400);
    expect((await server.ask('DELETE', `/jobs/${id}`)).status).toBe(400);
    expect(await server.job(id)).toMatchObject({ reads: 0, lateReads: 0 });
    await server.control('PUT', '/settings', { listOwners: 'own', foreignJobs: 'open' });
    expect((await server.ask('GET', '/jobs')).body?.values).toEqual({ jobinfo: [] });
    expect((await server.ask('GET', `/jobs/${id}`)).status).toBe(200);
    expect((await server.ask('GET', '/jobs', { as: c2 })).status).toBe(200);
  });

  it('takes no finished job away, unless it is set to', async () => {
    const server = await startServer();
    const id = await server.plant({ state: 'finished' });
    await server.ask('GET', '/jobs');
    expect(await server.job(id)).toMatchObject({ removed: null, reads: 0 });
    await server.control('PUT', '/settings', { listConsumes: true });
    await server.ask('GET', '/jobs');
    expect(await server.job(id)).toMatchObject({ removed: 'listed', reads: 0 });
  });
});

describe('the reaper', () => {
  it('takes what has expired, and leaves what still runs', async () => {
    const server = await startServer();
    const [finished, running] = [await server.plant({ state: 'finished' }), await server.plant({ held: true })];
    await server.ask('GET', '/jobs');
    expect(await server.job(finished)).toMatchObject({ removed: null });
    await server.control('PUT', '/settings', { reaperPeriodMs: 0, expirationMs: 0 });
    expect((await server.ask('GET', `/jobs/${finished}`)).status).toBe(400);
    expect(await server.job(finished)).toMatchObject({ removed: 'reaped', reads: 0, lateReads: 1 });
    expect(await server.job(running)).toMatchObject({ removed: null });
  });

  it('comes when called', async () => {
    const server = await startServer();
    const id = await server.plant({ state: 'finished' });
    await server.control('POST', '/reap');
    expect(await server.job(id)).toMatchObject({ removed: 'reaped' });
  });
});

describe('a kill', () => {
  it('ends a running job, and lets the next one run', async () => {
    const server = await startServer();
    await server.control('PUT', '/settings', { parallelism: 1 });
    for (const _one of [1, 2]) await server.plant({ kind: 'dsUpdate', held: true });
    expect(await server.ask('DELETE', '/jobs/1')).toMatchObject({ status: 200, body: plain('OK', 'Job was killed.') });
    expect((await server.ask('GET', '/jobs/1')).body).toEqual(plain('BAD_REQUEST', 'No such job'));
    expect((await server.ask('DELETE', '/jobs/1')).status).toBe(400);
    expect(await server.job(1)).toMatchObject({ state: 'killed', removed: 'killed', reads: 0 });
    expect(await server.job(2)).toMatchObject({ state: 'running' });
  });

  it.each([
    ['of a kind that cannot be killed', {}, { kind: 'build', held: true }],
    ['of a job planted so', {}, { kind: 'dsUpdate', held: true, killable: false }],
    ['of a finished job', {}, { state: 'finished', kind: 'dsUpdate' }],
    ['of a kind set so', { notKillable: ['dsUpdate'] }, { kind: 'dsUpdate', held: true }],
  ])('is refused with 202 %s', async (_name, settings, job) => {
    const server = await startServer();
    await server.control('PUT', '/settings', settings);
    const id = await server.plant(job);
    const before = await server.job(id);
    expect(await server.ask('DELETE', `/jobs/${id}`)).toMatchObject({ status: 202, body: plain('ACCEPTED', 'Job cannot be killed.') });
    expect(await server.job(id)).toEqual(before);
  });

  it('is refused for a queued job where that is set', async () => {
    const server = await startServer();
    await server.control('PUT', '/settings', { parallelism: 1, killQueued: false });
    for (const _one of [1, 2]) await server.plant({ kind: 'dsUpdate', held: true });
    expect((await server.ask('DELETE', '/jobs/2')).status).toBe(202);
    await server.control('PUT', '/settings', { killQueued: true });
    expect((await server.ask('DELETE', '/jobs/2')).status).toBe(200);
  });

  it('leaves a job to be read without entity where that is set', async () => {
    const server = await startServer();
    await server.control('PUT', '/settings', { afterKill: 'finished', parallelism: 1 });
    for (const _one of [1, 2]) await server.plant({ kind: 'pca', held: true });
    await server.ask('DELETE', '/jobs/1');
    expect(await server.job(2)).toMatchObject({ state: 'running' });
    expect((await server.ask('GET', '/jobs/1')).body).toEqual(plain('OK', 'Job is finished'));
    expect((await server.ask('GET', '/jobs/1')).status).toBe(400);
  });

  it.each([
    ['unknown', 400, null],
    ['removed', 200, 'killed'],
  ])('finds a finished job %s where that is set', async (killFinished, status, removed) => {
    const server = await startServer();
    await server.control('PUT', '/settings', { killFinished });
    const id = await server.plant({ state: 'finished' });
    expect((await server.ask('DELETE', `/jobs/${id}`)).status).toBe(status);
    expect(await server.job(id)).toMatchObject({ removed });
  });
});
