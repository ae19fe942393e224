import { describe, expect, it } from 'vitest';
import { SimulatorError } from '../../../../src/simulator/index.js';
import { plain, startServer } from './server.js';

describe('a restart', () => {
  it('loses every job, and begins to count anew', async () => {
    const server = await startServer();
    for (const _one of [1, 2]) await server.plant({ held: true });
    expect((await server.control('POST', '/restart')).body).toEqual({ incarnation: 2 });
    expect((await server.ask('GET', '/jobs')).body?.values).toEqual({ jobinfo: [] });
    expect((await server.ask('GET', '/jobs/2')).status).toBe(400);
    expect(await server.plant({ held: true })).toBe(1);
    const state = (await server.control('GET', '/state')).body?.jobs;
    expect(state?.map(({ id, incarnation, removed }) => [id, incarnation, removed])).toEqual([
      [1, 1, 'restarted'],
      [2, 1, 'restarted'],
      [1, 2, null],
    ]);
  });

  it('answers 503 for as long as it takes', async () => {
    const server = await startServer();
    await server.control('POST', '/restart', { downMs: 60_000 });
    expect((await server.ask('GET', '/jobs')).status).toBe(503);
    await server.control('POST', '/restart', { downMs: 0 });
    expect((await server.ask('GET', '/jobs')).status).toBe(200);
  });
});

describe('a planted job', () => {
  it('hands over a body as it is, valid or not', async () => {
    const server = await startServer();
    const raw = '{"statusCode":"OK","values":{"strange":[NaN,';
    const id = await server.plant({ kind: 'svd', state: 'finished', raw });
    expect(await server.ask('GET', `/jobs/${id}`)).toMatchObject({ status: 200, text: raw });
    const failed = await server.plant({ state: 'failed', raw: 'out of memory', status: 503 });
    expect(await server.ask('GET', `/jobs/${failed}`)).toMatchObject({ status: 503, text: 'out of memory' });
  });

  it('hands over entities as they are', async () => {
    const server = await startServer();
    const id = await server.plant({ state: 'finished', values: { surprise: { a: 1 } } });
    expect((await server.ask('GET', `/jobs/${id}`)).body?.values).toEqual({ surprise: { a: 1 } });
  });

  it('has the type, owner, details and progress it is given, and moves on when told', async () => {
    const server = await startServer();
    const id = await server.plant({ held: true, jobType: 'Odd', details: { a: 1 }, maximum: 10, current: 4 });
    const info = async () => (await server.ask('GET', `/jobs/${id}`)).body?.values?.jobinfo;
    expect(await info()).toMatchObject({ jobType: 'Odd', details: { a: '1' }, current: 4, maximum: 10 });
    await server.control('PUT', `/jobs/${id}`, { current: 2.5, details: {} });
    expect(await info()).toMatchObject({ current: 2.5, details: {} });
    await server.control('PUT', `/jobs/${id}`, { state: 'failed', error: 'no memory' });
    expect((await server.ask('GET', `/jobs/${id}`)).body).toEqual(plain('INTERNAL_SERVER_ERROR', 'no memory'));
    await server.control('PUT', `/jobs/${id}`, { state: 'running' });
    expect(await info()).toMatchObject({ isStarted: true, isDone: false });
    await server.control('PUT', `/jobs/${id}`, { state: 'finished', values: { a: 1 } });
    expect((await server.ask('GET', `/jobs/${id}`)).body?.values).toEqual({ a: 1 });
  });

  it('can be taken by somebody else', async () => {
    const server = await startServer();
    const id = await server.plant({ state: 'finished' });
    expect((await server.control('DELETE', `/jobs/${id}`)).status).toBe(200);
    expect((await server.ask('GET', `/jobs/${id}`)).status).toBe(400);
    expect(await server.job(id)).toMatchObject({ removed: 'taken', reads: 0, lateReads: 1 });
  });
});

describe('control routes', () => {
  it.each([
    ['PUT', '/settings', { nope: true }, 400],
    ['PUT', '/settings', { listShape: 'nope' }, 400],
    ['PUT', '/settings', { parallelism: 0 }, 400],
    ['PUT', '/settings', { consume: 'yes' }, 400],
    ['PUT', '/settings', { notKillable: ['nope'] }, 400],
    ['PUT', '/settings', { authOrder: ['nope'] }, 400],
    ['PUT', '/settings', [], 400],
    ['POST', '/jobs', { kind: 'nope' }, 400],
    ['POST', '/jobs', { state: 'nope' }, 400],
    ['POST', '/jobs', { nope: 1 }, 400],
    ['POST', '/jobs', { maximum: 'much' }, 400],
    ['POST', '/jobs', { frame: { rows: 1 } }, 400],
    ['POST', '/jobs', 'job', 400],
    ['PUT', '/jobs/9', {}, 404],
    ['DELETE', '/jobs/9', undefined, 404],
    ['GET', '/jobs/9', undefined, 404],
    ['PUT', '/projects/c9/p1', {}, 404],
    ['PUT', '/projects/c1/p1', { nope: 1 }, 400],
    ['DELETE', '/projects/c1/p1', undefined, 404],
    ['POST', '/restart', { downMs: 'long' }, 400],
    ['GET', '/nope', undefined, 404],
  ])('%s %s %o is answered %i, and changes nothing', async (method, path, body, status) => {
    const server = await startServer();
    const before = (await server.control('GET', '/state')).text;
    expect((await server.control(method, path, body)).status).toBe(status);
    expect((await server.control('GET', '/state')).text).toBe(before);
  });

  it('tell settings, projects and jobs', async () => {
    const server = await startServer({ version: '6.1' });
    await server.control('PUT', '/projects/c1/p1', { models: ['m'], rows: 5, type: 'gpu', attributes: ['a'] });
    const state = (await server.control('GET', '/state')).body;
    expect(state).toMatchObject({
      version: '6.1',
      nextJobId: 1,
      settings: { consume: true },
      projects: [{ owner: 'c1', id: 'p1', rows: 5 }],
    });
  });
});

describe('a simulator of SymetryML', () => {
  it('has something to show from the start', async () => {
    const server = await startServer({ empty: false, speed: 1 });
    const { values } = (await server.ask('GET', '/jobs')).body ?? {};
    expect(values?.jobinfo).toMatchObject([
      { isDone: true },
      { isStarted: true, isDone: false },
      { isStarted: true, isDone: false },
      { isStarted: false, isDone: false },
    ]);
    const { body } = await server.ask('GET', '/projects/list');
    expect(body?.values?.stringList?.values).toEqual(['irisTest', 'irisMeta', 'sensorStream', 'anotherProject']);
    const fused = (await server.ask('GET', '/projects/sensorStream/info')).body?.values?.smlInfo;
    expect(fused?.fusionCellInfo).toEqual(expect.any(String));
    expect((await server.ask('GET', '/jobs/1')).body?.values).toHaveProperty('pcaVectors');
  });

  it('refuses versions and speeds there are not', async () => {
    await expect(startServer({ version: '4.0' })).rejects.toThrow(SimulatorError);
    await expect(startServer({ speed: 0 })).rejects.toThrow('speed must be above 0');
  });
});
