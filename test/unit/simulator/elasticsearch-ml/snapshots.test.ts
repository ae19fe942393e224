import { describe, expect, it } from 'vitest';
import { failure, type Server, startServer } from './server.js';

interface Snapshots {
  readonly count: number;
  readonly model_snapshots: readonly { readonly snapshot_id: string; readonly timestamp: number; readonly retain: boolean }[];
}

const base = '/_ml/anomaly_detectors/nginx-request-rate/model_snapshots';

async function list(server: Server, path = base, body?: object): Promise<Snapshots> {
  const answer = await server.ask(body === undefined ? 'GET' : 'POST', path, body === undefined ? {} : { body });
  expect(answer.status).toBe(200);
  const parsed: Snapshots = JSON.parse(answer.text);
  return parsed;
}

/** A job that has five snapshots, the newest in use. */
async function startWithSnapshots(version = '8.17'): Promise<{ readonly server: Server; readonly ids: readonly string[] }> {
  const server = await startServer({ empty: false, version });
  await server.job('nginx-request-rate', { state: 'closed' });
  const { model_snapshots } = await list(server);
  return { server, ids: model_snapshots.map(({ snapshot_id }) => snapshot_id) };
}

describe('model snapshots', () => {
  it('are listed newest first, and the other way round', async () => {
    const { server } = await startWithSnapshots();
    const down = (await list(server)).model_snapshots.map(({ timestamp }) => timestamp);
    expect(down).toEqual([...down].sort((left, right) => right - left));
    const up = (await list(server, `${base}?desc=false`)).model_snapshots.map(({ timestamp }) => timestamp);
    expect(up).toEqual([...down].reverse());
  });

  it('come in pages, by query and by body, with the count of all', async () => {
    const { server, ids } = await startWithSnapshots();
    const byQuery = await list(server, `${base}?from=1&size=2`);
    expect([byQuery.count, byQuery.model_snapshots.map(({ snapshot_id }) => snapshot_id)]).toEqual([5, ids.slice(1, 3)]);
    const byBody = await list(server, base, { page: { from: 4, size: 10 } });
    expect(byBody.model_snapshots.map(({ snapshot_id }) => snapshot_id)).toEqual(ids.slice(4));
  });

  it('are found by id, list, wildcard and time', async () => {
    const { server, ids } = await startWithSnapshots();
    const [first = '', second = ''] = ids;
    expect((await list(server, `${base}/${first}`)).count).toBe(1);
    expect((await list(server, `${base}/${first},${second}`)).count).toBe(2);
    expect((await list(server, `${base}/*`)).count).toBe(5);
    const { timestamp } = (await list(server, `${base}/${second}`)).model_snapshots[0] ?? { timestamp: 0 };
    expect((await list(server, `${base}?start=${timestamp}`)).count).toBe(2);
    expect((await list(server, `${base}?end=${timestamp}`)).count).toBe(3);
  });

  it.each([
    ['?size=-1', 'Parameter [size] cannot be < 0'],
    ['?from=x', 'Failed to parse int parameter [from] with value [x]'],
  ])('refuse %s', async (query, reason) => {
    const { server } = await startWithSnapshots();
    expect((await server.ask('GET', base + query)).body).toEqual(failure(400, 'illegal_argument_exception', reason));
  });

  it('are kept and described', async () => {
    const { server, ids } = await startWithSnapshots();
    const { body } = await server.ask('POST', `${base}/${ids[0]}/_update`, { body: { retain: true, description: 'before the release' } });
    expect(body).toMatchObject({ acknowledged: true, model: { snapshot_id: ids[0], retain: true, description: 'before the release' } });
  });

  it('are deleted unless in use', async () => {
    const { server, ids } = await startWithSnapshots();
    expect((await server.ask('DELETE', `${base}/${ids[0]}`)).status).toBe(409);
    expect((await server.ask('DELETE', `${base}/${ids[1]}`)).body).toEqual({ acknowledged: true });
    expect((await list(server)).count).toBe(4);
  });
});

describe('_revert', () => {
  it('goes back to a snapshot and answers it', async () => {
    const { server, ids } = await startWithSnapshots();
    const { status, body } = await server.ask('POST', `${base}/${ids[2]}/_revert`);
    expect([status, body]).toMatchObject([200, { model: { snapshot_id: ids[2], job_id: 'nginx-request-rate' } }]);
    expect((await server.ask('GET', '/_ml/anomaly_detectors/nginx-request-rate')).body.jobs).toMatchObject([{ model_snapshot_id: ids[2] }]);
  });

  it('goes back to nothing with `empty`', async () => {
    const { server } = await startWithSnapshots();
    const { body } = await server.ask('POST', `${base}/empty/_revert`, { body: { delete_intervening_results: true } });
    expect(body).toMatchObject({ model: { snapshot_id: 'empty', snapshot_doc_count: 0 } });
    const records = await server.ask('GET', '/_ml/anomaly_detectors/nginx-request-rate/results/records');
    expect(records.body.count).toBe(0);
    const [job] = (await server.ask('GET', '/_ml/anomaly_detectors/nginx-request-rate')).body.jobs ?? [];
    expect(job).not.toHaveProperty('model_snapshot_id');
  });

  it('holds the job while it runs, under the task of the master', async () => {
    const { server, ids } = await startWithSnapshots();
    await server.job('nginx-request-rate', { revertMs: 8000 });
    const reverted = server.ask('POST', `${base}/${ids[1]}/_revert`);
    const { body } = await server.until(
      'GET',
      '/_ml/anomaly_detectors/nginx-request-rate',
      (answer) => answer.body.jobs?.[0]?.blocked !== undefined,
    );
    expect(body.jobs?.[0]?.blocked?.reason).toBe('revert');
    const refused = await server.ask('POST', '/_ml/anomaly_detectors/nginx-request-rate/_open');
    expect(refused.body.error?.reason).toBe('Cannot open job [nginx-request-rate] because it is executing [revert]');
    expect((await reverted).status).toBe(200);
    expect((await server.ask('GET', '/_ml/anomaly_detectors/nginx-request-rate')).body.jobs?.[0]).not.toHaveProperty('blocked');
  });

  it('shows no block before 7.14', async () => {
    const { server, ids } = await startWithSnapshots('7.9');
    await server.job('nginx-request-rate', { revertMs: 2000 });
    const reverted = server.ask('POST', `${base}/${ids[1]}/_revert`);
    expect((await server.ask('GET', '/_ml/anomaly_detectors/nginx-request-rate')).body.jobs?.[0]).not.toHaveProperty('blocked');
    expect((await reverted).status).toBe(200);
  });

  it.each([
    ['opened', { state: 'opened' }, 'Can only revert to a model snapshot when the job is closed.'],
    ['failed', { state: 'failed' }, 'Can only revert to a model snapshot when the job is closed.'],
    [
      'being reset',
      { blocked: { reason: 'reset' } },
      'cannot revert job [nginx-request-rate] to snapshot [x] while it is blocked with [reset]',
    ],
    [
      'being deleted',
      { blocked: { reason: 'delete' } },
      'cannot revert job [nginx-request-rate] to snapshot [x] while it is blocked with [delete]',
    ],
  ])('is refused while the job is %s', async (_, members, reason) => {
    const { server } = await startWithSnapshots();
    await server.job('nginx-request-rate', members);
    expect((await server.ask('POST', `${base}/x/_revert`)).body).toEqual(failure(409, 'status_exception', reason));
  });

  it.each([
    [`${base}/x/_revert`, 404, 'No model snapshot with id [x] exists for job [nginx-request-rate]'],
    ['/_ml/anomaly_detectors/nope/model_snapshots/x/_revert', 404, "No known job with id 'nope'"],
    [
      '/_ml/anomaly_detectors/a,b/model_snapshots/x/_revert',
      400,
      "Invalid job_id; 'a,b' can contain lowercase alphanumeric (a-z and 0-9), hyphens or underscores; must start and end with alphanumeric",
    ],
  ])('%s is %i', async (path, status, reason) => {
    const { server } = await startWithSnapshots();
    const answer = await server.ask('POST', path);
    expect([answer.status, answer.body.error?.reason]).toEqual([status, reason]);
  });
});
