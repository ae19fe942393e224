import { describe, expect, it, onTestFinished } from 'vitest';
import { type RunningSimulator, simulators } from '../../src/simulator/index.js';
import { createClient8, createClient9, type OfficialClient } from './official-client.js';

interface Rig {
  readonly client: OfficialClient;
  /** Creates or changes a job past the API. */
  job(id: string, members: object): Promise<void>;
}

const pairs = [
  { name: 'client 8', create: createClient8, version: '8.17' },
  { name: 'client 9', create: createClient9, version: '9.1' },
] as const;

async function startSimulator(version: string): Promise<RunningSimulator> {
  const vendor = simulators.find(({ id }) => id === 'elasticsearch-ml');
  if (vendor === undefined) throw new TypeError('no simulator elasticsearch-ml');
  const simulator = await vendor.start({ version, empty: true, speed: 20 });
  onTestFinished(() => simulator.dispose());
  return simulator;
}

// A client throws when an answer lacks the product header, has another media type, or cannot be read: accepted is what resolves.
describe.each(pairs)('$name accepts what a simulated $version answers', ({ create, version }) => {
  async function start(): Promise<Rig> {
    const simulator = await startSimulator(version);
    const client = create(simulator.url);
    onTestFinished(() => client.close());
    const job = async (id: string, members: object) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${simulator.url}/_simulator/jobs/${id}`, { method: 'PUT', headers, body: JSON.stringify(members) });
      expect(answer.status).toBe(200);
    };
    return { client, job };
  }

  it('when it asks for the version', async () => {
    const { client } = await start();
    expect((await client.info()).version.number).toMatch(new RegExp(`^${version.replace('.', '\\.')}\\.`));
  });

  it('when it creates, opens, reads, closes and deletes a job', async () => {
    const { client } = await start();
    expect(await client.putJob('one')).toMatchObject({ job_id: 'one' });
    expect(await client.openJob('one')).toMatchObject({ opened: true });
    expect(await client.jobStats('one')).toMatchObject([{ job_id: 'one', state: 'opened' }]);
    expect(await client.closeJob('one', false)).toMatchObject({ closed: true });
    const [closed] = await client.jobs('one');
    expect(typeof closed?.finished_time).toBe('number');
    expect(await client.deleteJob('one')).toMatchObject({ acknowledged: true });
    expect(await client.jobs('*')).toEqual([]);
  });

  it('when it closes by force', async () => {
    const { client, job } = await start();
    await job('broken', { state: 'failed' });
    await expect(client.closeJob('broken', false)).rejects.toThrow(/use force close/);
    expect(await client.closeJob('broken', true)).toMatchObject({ closed: true });
  });

  it('when it resets a job and waits', async () => {
    const { client, job } = await start();
    await job('one', { resetMs: 400 });
    expect(await client.resetJob('one')).toMatchObject({ acknowledged: true });
  });

  it('when it resets a job in the background and follows the task to its end', async () => {
    const { client, job } = await start();
    await job('one', { resetMs: 2000 });
    const task = await client.resetInBackground('one');
    expect(await client.task(task, false)).toMatchObject({ completed: false });
    expect(await client.listTasks('cluster:admin/xpack/ml/job/reset')).toContain(task);
    expect(await client.task(task, true)).toMatchObject({ completed: true, response: { acknowledged: true } });
    expect(await client.listTasks('cluster:admin/xpack/ml/job/reset')).toEqual([]);
  });

  it('when it cancels a reset', async () => {
    const { client, job } = await start();
    await job('one', { resetMs: 60_000 });
    const task = await client.resetInBackground('one');
    expect(await client.cancelTask(task)).toContain(task);
    expect(await client.task(task, true)).toMatchObject({ completed: true, response: { acknowledged: false } });
    expect(await client.cancelTask(task)).toEqual([]);
  });

  it('when a reset in the background fails', async () => {
    const { client, job } = await start();
    await job('one', { state: 'opened' });
    const task = await client.resetInBackground('one');
    expect(await client.task(task, true)).toMatchObject({ completed: true, error: { reason: 'Can only reset a job when it is closed.' } });
  });

  it('when it creates, starts, reads and stops a datafeed', async () => {
    const { client } = await start();
    expect(await client.putIndex('metrics')).toMatchObject({ acknowledged: true });
    await client.putJob('one');
    expect(await client.putDatafeed('feed', 'one', 'metrics')).toMatchObject({ datafeed_id: 'feed' });
    await client.openJob('one');
    expect(await client.startDatafeed('feed')).toMatchObject({ started: true });
    expect(await client.datafeeds('feed')).toMatchObject([{ datafeed_id: 'feed', job_id: 'one' }]);
    expect(await client.datafeedStats('feed')).toMatchObject([{ datafeed_id: 'feed', state: 'started' }]);
    expect(await client.stopDatafeed('feed')).toMatchObject({ stopped: true });
    expect(await client.datafeedStats('feed')).toMatchObject([{ state: 'stopped' }]);
  });

  it('when it lists, keeps and goes back to a model snapshot', async () => {
    const { client, job } = await start();
    await job('one', { snapshots: ['100', '200'] });
    expect((await client.snapshots('one')).map(({ snapshot_id }) => snapshot_id).sort()).toEqual(['100', '200']);
    expect(await client.retainSnapshot('one', '100')).toMatchObject({ acknowledged: true });
    expect(await client.revert('one', '100')).toMatchObject({ model: { snapshot_id: '100', retain: true } });
    expect(await client.jobs('one')).toMatchObject([{ model_snapshot_id: '100' }]);
  });

  it('when it reads anomalies and messages', async () => {
    const { client, job } = await start();
    await job('one', { anomalies: [5, 50, 90].map((score) => ({ timestamp: 1_700_000_000_000 + score, score })) });
    expect((await client.records('one')).map(({ record_score }) => record_score)).toEqual([90, 50]);
    expect(await client.messages('one')).toMatchObject([{ _source: { job_id: 'one', message: 'Job created', level: 'info' } }]);
  });

  it('when there is no such job, as the error it is', async () => {
    const { client } = await start();
    await expect(client.openJob('nope')).rejects.toMatchObject({
      meta: { statusCode: 404, body: { error: { type: 'resource_not_found_exception', reason: "No known job with id 'nope'" } } },
    });
  });
});
