import { describe, expect, it } from 'vitest';
import { failure, type Server, startServer } from './server.js';

const jobs = '/_ml/anomaly_detectors';
const ids = async (server: Server, path: string) => (await server.ask('GET', `${jobs}${path}`)).body.jobs?.map(({ job_id }) => job_id);
const outcome = (server: Server, task: string) => server.until('GET', `/_tasks/${task}`, ({ body }) => body.completed === true);

async function deleteInBackground(server: Server, id: string, query = ''): Promise<string> {
  const { status, body } = await server.ask('DELETE', `${jobs}/${id}?wait_for_completion=false${query}`, {
    headers: { 'x-opaque-id': 'gw/1' },
  });
  expect(status).toBe(200);
  return String(body.task);
}

describe('delete (recorded: 7.9.0/10-delete)', () => {
  it('removes a closed job, once', async () => {
    const server = await startServer();
    await server.job('d1', {});
    expect((await server.ask('DELETE', `${jobs}/d1`)).body).toEqual({ acknowledged: true });
    const again = await server.ask('DELETE', `${jobs}/d1`);
    expect(again.body).toEqual(failure(404, 'resource_not_found_exception', "No known job with id 'd1'"));
  });

  it.each(['opened', 'opening', 'failed'])('needs force for a job that is %s', async (state) => {
    const server = await startServer();
    await server.job('d2', { state });
    const refused = await server.ask('DELETE', `${jobs}/d2`);
    expect(refused.body).toEqual(failure(409, 'status_exception', `Cannot delete job [d2] because the job is ${state}`));
    expect((await server.ask('DELETE', `${jobs}/d2?force=true`)).body).toEqual({ acknowledged: true });
    expect((await server.ask('GET', `${jobs}/d2/_stats`)).status).toBe(404);
  });

  it.each(['d1,d2', 'd*', '_all'])('takes no list and no wildcard: %s', async (id) => {
    const server = await startServer();
    expect((await server.ask('DELETE', `${jobs}/${id}`)).body.error?.reason).toMatch(`Invalid job_id; '${id}' can contain lowercase`);
  });

  it('does not know delete_user_annotations before 8.7', async () => {
    const server = await startServer({ version: '7.17' });
    const { body } = await server.ask('DELETE', `${jobs}/d1?delete_user_annotations=true`);
    expect(body.error?.reason).toBe('request [/_ml/anomaly_detectors/d1] contains unrecognized parameter: [delete_user_annotations]');
  });

  it.each(['', '?force=true'])('refuses a job with a datafeed before 7.14%s', async (query) => {
    const server = await startServer({ version: '7.9' });
    await server.job('d4', { datafeed: 'stopped' });
    const { body } = await server.ask('DELETE', `${jobs}/d4${query}`);
    expect(body).toEqual(failure(409, 'status_exception', 'Cannot delete job [d4] because datafeed [datafeed-d4] refers to it'));
  });

  it('removes the datafeed with the job, since 7.14', async () => {
    const server = await startServer();
    await server.job('d4', { state: 'opened', datafeed: 'started' });
    expect((await server.ask('DELETE', `${jobs}/d4?force=true`)).body).toEqual({ acknowledged: true });
    expect((await server.ask('GET', '/_ml/datafeeds/datafeed-d4')).status).toBe(404);
  });

  it('shows a job that is being deleted in its configuration alone', async () => {
    const server = await startServer({ speed: 2 });
    await server.job('d5', {});
    await server.job('a1', {});
    const task = await deleteInBackground(server, 'd5');
    const [job] = (await server.ask('GET', `${jobs}/d5`)).body.jobs ?? [];
    expect(job).toMatchObject({ job_id: 'd5', deleting: true, blocked: { reason: 'delete' } });
    expect(await ids(server, '/_stats')).toEqual(['a1']);
    expect(await ids(server, '')).toEqual(['a1', 'd5']);
    expect((await server.ask('GET', `${jobs}/d5/_stats`)).body.error?.reason).toBe("No known job with id 'd5'");
    expect((await server.ask('POST', `${jobs}/d5/_close`)).body.error?.reason).toBe("No known job with id 'd5'");
    const { body } = await outcome(server, task);
    expect(body).toEqual({
      completed: true,
      task: {
        node: task.split(':')[0],
        id: Number(task.split(':')[1]),
        type: 'transport',
        action: 'cluster:admin/xpack/ml/job/delete',
        description: 'delete-job-d5',
        start_time_in_millis: expect.any(Number),
        running_time_in_nanos: expect.any(Number),
        cancellable: false,
        headers: { 'X-Opaque-Id': 'gw/1' },
      },
      response: { acknowledged: true },
    });
    expect(await ids(server, '')).toEqual(['a1']);
  });

  it('is gone before its task says so', async () => {
    const server = await startServer({ speed: 1 });
    await server.job('d5', { deleteMs: 30 });
    const task = await deleteInBackground(server, 'd5');
    await server.until('GET', `${jobs}/d5`, ({ status }) => status === 404);
    expect((await server.ask('GET', `/_tasks/${task}`)).body.completed).toBe(false);
    await outcome(server, task);
  });

  it.each([
    ['nope', 'resource_not_found_exception', "No known job with id 'nope'"],
    ['c1', 'status_exception', 'Cannot delete job [c1] because the job is opened'],
  ])('tells in the result alone why it did not happen: %s', async (id, type, reason) => {
    const server = await startServer();
    await server.job('c1', { state: 'opened' });
    const { body } = await outcome(server, await deleteInBackground(server, id));
    expect(body.error).toEqual({ type, reason });
  });

  it('answers all who delete the same job at once (recorded: 7.9.0/18-cluster-3-nodes)', async () => {
    const server = await startServer();
    await server.job('e2', {});
    const answers = await Promise.all([1, 2, 3].map(() => server.ask('DELETE', `${jobs}/e2`)));
    expect(answers.map(({ body }) => body)).toEqual([{ acknowledged: true }, { acknowledged: true }, { acknowledged: true }]);
  });

  it('cancels a reset that is under way', async () => {
    const server = await startServer({ speed: 5 });
    await server.job('a1', { resetMs: 9000, deleteMs: 100 });
    const { body } = await server.ask('POST', `${jobs}/a1/_reset?wait_for_completion=false`);
    expect((await server.ask('DELETE', `${jobs}/a1`)).body).toEqual({ acknowledged: true });
    expect(await outcome(server, String(body.task))).toMatchObject({ body: { response: { acknowledged: false } } });
  });
});
