import { describe, expect, it } from 'vitest';
import { lastMinutes, refusal, type Server, startServer } from './server.js';

const longData = { from: Date.now() - 4321 * 60_000, to: Date.now() };

/** A server that was killed while a historical analysis ran, and is back. */
async function killed(version: string): Promise<{ readonly server: Server; readonly id: string; readonly task: string }> {
  const server = await startServer({ version });
  const id = await server.seed(longData);
  const task = (await server.ask('POST', `/detectors/${id}/_start`, lastMinutes(4321))).body._id ?? '';
  await server.advance(3000);
  await server.raw('POST', '/_simulator/crash');
  await expect(server.ask('GET', '/stats')).rejects.toThrow();
  await server.raw('POST', '/_simulator/restart');
  return { server, id, task };
}

const search = { query: { match_all: {} }, _source: { excludes: ['detector'] } };

describe('a server killed during an analysis', () => {
  it('fails searches for a while after boot, then shows tasks as they were', async () => {
    const { server, task } = await killed('2.19.4');
    expect(refusal(await server.ask('POST', '/detectors/tasks/_search', search))).toEqual([500, 'Fail to search']);
    await server.advance(4500);
    expect(await server.tasks({ match_all: {} })).toMatchObject([{ id: task, state: 'INIT' }]);
    await server.advance(30_000);
    expect(await server.tasks({ match_all: {} })).toMatchObject([{ id: task, state: 'INIT' }]);
  });

  it('resets what runs nowhere when its detector is asked for (2.19)', async () => {
    const { server, id } = await killed('2.19.4');
    await server.advance(20_000);
    expect((await server.ask('GET', `/detectors/${id}?task=true`)).body.historical_analysis_task).toMatchObject({ state: 'STOPPED' });
    expect(refusal(await server.ask('POST', `/detectors/${id}/_stop?historical`))).toEqual([400, 'No running task found']);
    const [task] = await server.tasks({ match_all: {} });
    expect([task?.state, task?.error, task?.execution_end_time]).toEqual(['STOPPED', undefined, undefined]);
  });

  it('refuses to stop it, and stops it all the same (3.4)', async () => {
    const { server, id } = await killed('3.4.0');
    await server.advance(20_000);
    expect((await server.ask('GET', `/detectors/${id}?task=true`)).body.historical_analysis_task).toMatchObject({ state: 'INIT' });
    expect(refusal(await server.ask('POST', `/detectors/${id}/_stop?historical`))).toEqual([400, 'No running task found']);
    expect(await server.tasks({ match_all: {} })).toMatchObject([{ state: 'STOPPED' }]);
  });

  it('makes old entity tasks INACTIVE at the next start', async () => {
    const server = await startServer();
    const id = await server.seed({ ...longData, detector: { category_field: ['host'] } });
    const parent = (await server.ask('POST', `/detectors/${id}/_start`, lastMinutes(4321))).body._id;
    await server.advance(4000);
    await server.raw('POST', '/_simulator/restart');
    await server.advance(20_000);
    await server.ask('POST', `/detectors/${id}/_start`, lastMinutes(4321));
    const children = await server.tasks({ term: { parent_task_id: parent } });
    expect(children.map(({ state, is_latest: latest }) => [state, latest])).toEqual(Array.from({ length: 3 }, () => ['INACTIVE', true]));
  });

  it('goes on with real time', async () => {
    const server = await startServer();
    const id = await server.seed({ from: Date.now() - 60 * 60_000, to: Date.now() + 10 * 60_000 });
    await server.ask('POST', `/detectors/${id}/_start`);
    await server.advance(61_000);
    await server.raw('POST', '/_simulator/restart');
    await server.advance(1000);
    expect((await server.ask('GET', `/detectors/${id}/_profile?_all`)).body).toEqual({
      state: 'RUNNING',
      error: '',
      total_size_in_bytes: 0,
      init_progress: { percentage: '100%' },
    });
    await server.advance(60_000);
    expect((await server.ask('GET', `/detectors/${id}/_profile/models`)).body).toMatchObject({ model_count: 1 });
  });
});
