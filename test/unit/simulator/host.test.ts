import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SimulatorError, simulators } from '../../../src/simulator/index.js';
import { startServer } from './elasticsearch-ml/server.js';

const stats = 'GET /_ml/anomaly_detectors/_stats';

async function faultFile(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'faults-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'faults.json');
  await writeFile(file, text);
  return file;
}

describe('calls', () => {
  it('are counted by route, and can be reset, in process and over HTTP', async () => {
    const server = await startServer();
    await server.job('a1', {});
    await server.ask('GET', '/_ml/anomaly_detectors/a1/_stats');
    await server.ask('GET', '/_ml/anomaly_detectors/_stats');
    await server.ask('POST', '/_ml/anomaly_detectors/a1,b1/_close');
    await server.ask('GET', '/_tasks?detailed');
    await server.ask('GET', '/_tasks/foo:1');
    await server.ask('GET', '/_nope/a/b/c/d');
    const calls = {
      'GET /_ml/anomaly_detectors/_stats': 1,
      'GET /_ml/anomaly_detectors/{id}/_stats': 1,
      'GET /_tasks': 1,
      'GET /_tasks/{id}': 1,
      'POST /_ml/anomaly_detectors/{id}/_close': 1,
      unmatched: 1,
    };
    expect(server.simulator.calls()).toEqual(calls);
    expect((await server.ask('GET', '/_simulator/calls')).body).toEqual(calls);
    await server.ask('DELETE', '/_simulator/calls');
    expect(server.simulator.calls()).toEqual({});
    await server.ask('GET', '/');
    server.simulator.resetCalls();
    expect(server.simulator.calls()).toEqual({});
  });
});

describe('faults', () => {
  it('answer another status, body and header, as often as told, on their route alone', async () => {
    const server = await startServer();
    server.simulator.setFaults([{ route: stats, count: 2, status: 429, headers: { 'retry-after': '1' }, body: { error: 'slow down' } }]);
    const first = await server.ask('GET', '/_ml/anomaly_detectors/_stats');
    expect([first.status, first.headers.get('retry-after'), first.text]).toEqual([429, '1', '{"error":"slow down"}']);
    expect((await server.ask('GET', '/_ml/anomaly_detectors')).status).toBe(200);
    expect((await server.ask('GET', '/_ml/anomaly_detectors/_stats')).status).toBe(429);
    expect((await server.ask('GET', '/_ml/anomaly_detectors/_stats')).status).toBe(200);
    expect(server.simulator.calls()[stats]).toBe(3);
  });

  it('answer text as it is, on every route', async () => {
    const server = await startServer();
    server.simulator.setFaults([{ route: '*', body: '<html>login</html>', headers: { 'content-type': 'text/html' } }]);
    const answer = await server.ask('GET', '/');
    expect([answer.status, answer.headers.get('content-type'), answer.text]).toEqual([200, 'text/html', '<html>login</html>']);
  });

  it('wait before the answer', async () => {
    const server = await startServer();
    server.simulator.setFaults([{ route: stats, latencyMs: 400, count: 1 }]);
    let answered = false;
    const slow = server.ask('GET', '/_ml/anomaly_detectors/_stats').finally(() => {
      answered = true;
    });
    await server.until('GET', '/_simulator/calls', ({ text }) => text.includes(stats));
    expect((await server.ask('GET', '/_ml/anomaly_detectors')).status).toBe(200);
    expect(answered).toBe(false);
    expect((await slow).body).toEqual({ count: 0, jobs: [] });
  });

  it('reset the connection instead of doing the work', async () => {
    const server = await startServer();
    await server.job('a1', { state: 'opened' });
    server.simulator.setFaults([{ route: 'POST /_ml/anomaly_detectors/{id}/_close', reset: true, count: 1 }]);
    await expect(server.ask('POST', '/_ml/anomaly_detectors/a1/_close')).rejects.toThrow();
    expect(await server.state('a1')).toBe('opened');
  });

  it('cut the body after the work is done', async () => {
    const server = await startServer();
    await server.job('a1', { state: 'opened' });
    server.simulator.setFaults([{ route: 'POST /_ml/anomaly_detectors/{id}/_close', cutAfterBytes: 4, count: 1 }]);
    const response = await fetch(`${server.simulator.url}/_ml/anomaly_detectors/a1/_close`, { method: 'POST' });
    expect([response.status, response.headers.get('content-length')]).toEqual([200, '15']);
    await expect(response.text()).rejects.toThrow();
    expect(await server.state('a1')).toBe('closed');
  });

  it('do the work and never answer', async () => {
    const server = await startServer();
    await server.job('a1', { state: 'opened' });
    server.simulator.setFaults([{ route: 'POST /_ml/anomaly_detectors/{id}/_close', hang: true, count: 1 }]);
    const abort = new AbortController();
    const pending = fetch(`${server.simulator.url}/_ml/anomaly_detectors/a1/_close`, { method: 'POST', signal: abort.signal });
    const outcome = expect(pending).rejects.toThrow();
    await server.until('GET', '/_ml/anomaly_detectors/a1/_stats', ({ body }) => body.jobs?.[0]?.state === 'closed');
    abort.abort();
    await outcome;
  });

  it('are set, listed and lifted over HTTP, and checked', async () => {
    const server = await startServer();
    const put = (body: unknown) => server.ask('PUT', '/_simulator/faults', { body });
    expect((await put([{ route: stats, status: 503, count: 3 }])).status).toBe(200);
    expect((await server.ask('GET', '/_ml/anomaly_detectors/_stats')).status).toBe(503);
    expect((await server.ask('GET', '/_simulator/faults')).body).toEqual({
      faults: [{ route: stats, status: 503, count: 3, remaining: 2 }],
      problem: null,
    });
    for (const bad of [{ nope: 1 }, [{ status: 503 }], [{ route: '*', statsu: 503 }], [{ route: '*', status: '503' }], '{']) {
      expect((await put(bad)).status).toBe(400);
    }
    await server.ask('DELETE', '/_simulator/faults');
    expect((await server.ask('GET', '/_ml/anomaly_detectors/_stats')).status).toBe(200);
  });

  it('are read again whenever their file changes', async () => {
    const file = await faultFile('[]');
    const server = await startServer({ faultsFile: file });
    const status = async () => (await server.ask('GET', '/_ml/anomaly_detectors/_stats')).status;
    expect(await status()).toBe(200);
    await writeFile(file, JSON.stringify({ faults: [{ route: stats, status: 500 }] }));
    expect(await status()).toBe(500);
    await writeFile(file, '[{');
    expect(await status()).toBe(500);
    expect((await server.ask('GET', '/_simulator/faults')).body).toMatchObject({ problem: `${file} is not JSON` });
    await rm(file);
    expect(await status()).toBe(200);
  });

  it('refuse to start from a damaged file', async () => {
    const file = await faultFile('[{"route": 5}]');
    await expect(startServer({ faultsFile: file })).rejects.toThrow('fault 1 must be an object with a "route"');
  });
});

describe('a simulator', () => {
  it('is behind its base path, control routes included', async () => {
    const server = await startServer({ basePath: '/proxy/es/' });
    expect(server.simulator.url).toBe(`http://127.0.0.1:${server.simulator.port}/proxy/es`);
    expect((await server.ask('GET', '/_ml/anomaly_detectors')).status).toBe(200);
    expect((await server.ask('GET', '/_simulator/calls')).body).toEqual({ 'GET /_ml/anomaly_detectors': 1 });
    expect((await fetch(`http://127.0.0.1:${server.simulator.port}/_ml/anomaly_detectors`)).status).toBe(404);
  });

  it('says which versions it speaks, and refuses others', async () => {
    const [vendor] = simulators;
    expect(vendor?.versions).toEqual(['8.17', '7.9', '7.10', '7.17', '9.1']);
    await expect(startServer({ version: '6.8' })).rejects.toThrow(SimulatorError);
    await expect(startServer({ speed: 0 })).rejects.toThrow('speed must be above 0');
  });

  it('refuses a port that is in use', async () => {
    const server = await startServer();
    await expect(startServer({ port: server.simulator.port })).rejects.toThrow('cannot listen');
  });

  it('ends at once, whatever is under way, and only once', async () => {
    const server = await startServer({ speed: 0.01 });
    await server.job('a1', { state: 'opened' });
    const pending = [
      server.ask('POST', '/_ml/anomaly_detectors/a1/_close'),
      server.ask('GET', '/_tasks/foo:1?wait_for_completion=true').then(() => server.ask('POST', '/_ml/anomaly_detectors/a1/_close')),
    ].map((one) => expect(one).rejects.toThrow());
    await server.until('GET', '/_ml/anomaly_detectors/a1/_stats', ({ body }) => body.jobs?.[0]?.state === 'closing');
    await Promise.all([server.simulator.dispose(), server.simulator.dispose()]);
    await Promise.all(pending);
    await expect(server.ask('GET', '/')).rejects.toThrow();
  });

  it('knows no other control route, and refuses bodies that are no JSON', async () => {
    const server = await startServer();
    expect((await server.ask('GET', '/_simulator/nope')).status).toBe(404);
    expect((await server.ask('PUT', '/_simulator/jobs/a1', { body: '{' })).status).toBe(400);
    expect((await server.ask('PUT', '/_simulator/jobs/a1', { body: { nope: 1 } })).body).toEqual({
      error: '"nope" is unknown or has no such value',
    });
    expect((await server.ask('PUT', '/_simulator/settings', { body: { allocation: 'some' } })).status).toBe(400);
    expect((await server.ask('DELETE', '/_simulator/tasks/x:1')).status).toBe(404);
  });
});
