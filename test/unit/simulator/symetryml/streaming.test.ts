import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { c1, type Server, sign, startServer, symDate } from './server.js';

const route = 'GET /symetry/rest/{cid}/jobs/{id}';

/** Asks for a job and hands over the pieces of its body as they come. */
function openJob(server: Server, id: number) {
  const target = `/symetry/rest/c1/jobs/${id}`;
  const date = symDate();
  const headers = { authorization: sign(c1, { method: 'GET', target, date, body: '' }), 'sym-date': date };
  return new Promise<AsyncIterable<Buffer> & { destroy(): void }>((resolve, reject) => {
    request({ host: '127.0.0.1', port: server.simulator.port, path: target, headers }, resolve).on('error', reject).end();
  });
}

async function drain(pieces: AsyncIterable<Buffer>): Promise<number> {
  let bytes = 0;
  for await (const piece of pieces) bytes += piece.length;
  return bytes;
}

describe('a data frame of any size', () => {
  it('says in each cell which it is', async () => {
    const server = await startServer();
    const id = await server.plant({ kind: 'dsPredict', state: 'finished', frame: { rows: 20_000, columns: 3 } });
    const { body } = await server.ask('GET', `/jobs/${id}`);
    expect(body?.statusString).toBe('Job is finished');
    const frame = body?.values?.dataframe;
    expect(frame?.attributeNames).toEqual(['c0', 'c1', 'c2']);
    expect(frame?.data).toHaveLength(20_000);
    expect(frame?.data?.[12_345]).toEqual(['12345.0', '12345.1', '12345.2']);
    expect(await server.job(id)).toMatchObject({ reads: 1, removed: 'read' });
  });

  it('has no rows, and another key', async () => {
    const server = await startServer();
    const id = await server.plant({ state: 'finished', frame: { rows: 0, columns: 1, key: 'pcaVectors' } });
    const frame = { attributeTypes: ['C'], attributeNames: ['c0'], data: [] };
    expect((await server.ask('GET', `/jobs/${id}`)).body?.values).toEqual({ pcaVectors: frame });
  });

  it('comes whole, about 100 MB of it', async () => {
    const server = await startServer();
    const id = await server.plant({ state: 'finished', frame: { rows: 500_000, columns: 20 } });
    expect(await drain(await openJob(server, id))).toBeGreaterThan(90_000_000);
  });

  it('is written no faster than it is read: what nobody has read when the server goes down is not there', async () => {
    const server = await startServer();
    const id = await server.plant({ state: 'finished', frame: { rows: 500_000, columns: 20 } });
    const pieces = await openJob(server, id);
    await server.control('POST', '/restart');
    let bytes = 0;
    const reading = (async () => {
      for await (const piece of pieces) bytes += piece.length;
    })();
    await expect(reading).rejects.toThrow();
    expect(bytes).toBeLessThan(30_000_000);
  });

  it('is left in the middle, and the server lives on', async () => {
    const server = await startServer();
    const id = await server.plant({ state: 'finished', frame: { rows: 500_000, columns: 20 } });
    (await openJob(server, id)).destroy();
    expect((await server.ask('GET', '/jobs')).status).toBe(200);
  });
});

describe('an answer that stops half-way', () => {
  const frame = { rows: 10_000, columns: 5 };

  it.each([0, 10, 100_000])('is cut after %i bytes, and the job is gone all the same', async (cutAfterBytes) => {
    const server = await startServer();
    const id = await server.plant({ state: 'finished', frame });
    server.simulator.setFaults([{ route, cutAfterBytes, count: 1 }]);
    await expect(openJob(server, id).then(drain)).rejects.toThrow();
    expect(await server.job(id)).toMatchObject({ reads: 1, removed: 'read' });
  });

  it.each([
    ['a frame', { frame }, 100_000],
    ['a frame from its start', { frame }, 0],
    ['a text', { raw: 'x'.repeat(500) }, 100],
  ])('is held, and goes on once faults are set anew: %s', async (_name, result, holdAfterBytes) => {
    const server = await startServer();
    await server.control('PUT', '/settings', { consume: false });
    const id = await server.plant({ state: 'finished', ...result });
    const whole = await drain(await openJob(server, id));
    server.simulator.setFaults([{ route, holdAfterBytes }]);
    let bytes = 0;
    let ended = false;
    const pieces = await openJob(server, id);
    const reading = (async () => {
      for await (const piece of pieces) bytes += piece.length;
      ended = true;
    })();
    while (bytes < holdAfterBytes) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(await server.job(id)).toMatchObject({ reads: 2 });
    expect([bytes, ended]).toEqual([holdAfterBytes, false]);
    server.simulator.setFaults([]);
    await reading;
    expect(bytes).toBe(whole);
  });

  it('is held until the simulator ends', async () => {
    const server = await startServer();
    const id = await server.plant({ state: 'finished', frame });
    server.simulator.setFaults([{ route, holdAfterBytes: 10 }]);
    const reading = expect(openJob(server, id).then(drain)).rejects.toThrow();
    while ((await server.job(id))?.reads !== 1) await new Promise((resolve) => setTimeout(resolve, 2));
    await server.simulator.dispose();
    await reading;
  });
});
