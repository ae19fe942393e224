import { describe, expect, it } from 'vitest';
import { failure, type Server, startServer } from './server.js';

const jobs = '/_ml/anomaly_detectors';

/** Starts a background reset and hands back the id it answered. */
async function reset(server: Server, id: string): Promise<string> {
  const { status, body } = await server.ask('POST', `${jobs}/${id}/_reset?wait_for_completion=false`);
  expect(status).toBe(200);
  expect(Object.keys(body)).toEqual(['task']);
  return String(body.task);
}

const blockedBy = async (server: Server, id: string) => (await server.ask('GET', `${jobs}/${id}`)).body.jobs?.[0]?.blocked;
const outcome = (server: Server, task: string) => server.until('GET', `/_tasks/${task}`, ({ body }) => body.completed === true);
const countsOf = async (server: Server, id: string) =>
  (await server.ask('GET', `${jobs}/${id}/_stats`)).body.jobs?.[0]?.data_counts?.processed_record_count;

describe('reset (Elasticsearch source: TransportResetJobAction, ResetJobAction; 8.17.0 classes)', () => {
  it('is done in the background: the job is blocked, then empty', async () => {
    const server = await startServer({ empty: false });
    expect(await countsOf(server, 'dns-tunneling')).toBeGreaterThan(0);
    const task = await reset(server, 'dns-tunneling');
    expect((await blockedBy(server, 'dns-tunneling'))?.reason).toBe('reset');
    expect(await server.state('dns-tunneling')).toBe('closed');
    const { body } = await outcome(server, task);
    expect(body).toEqual({
      completed: true,
      task: {
        node: task.split(':')[0],
        id: Number(task.split(':')[1]),
        type: 'transport',
        action: 'cluster:admin/xpack/ml/job/reset',
        description: 'job-dns-tunneling',
        start_time_in_millis: expect.any(Number),
        running_time_in_nanos: expect.any(Number),
        cancellable: true,
        cancelled: false,
        headers: {},
      },
      response: { acknowledged: true },
    });
    expect(await blockedBy(server, 'dns-tunneling')).toBeUndefined();
    expect(await countsOf(server, 'dns-tunneling')).toBe(0);
    const [job] = (await server.ask('GET', `${jobs}/dns-tunneling`)).body.jobs ?? [];
    expect(job).not.toHaveProperty('model_snapshot_id');
    expect(job).not.toHaveProperty('finished_time');
  });

  it('answers only when it is done, where asked to wait', async () => {
    const server = await startServer({ empty: false });
    expect((await server.ask('POST', `${jobs}/dns-tunneling/_reset?delete_user_annotations=true`)).body).toEqual({ acknowledged: true });
    expect(await countsOf(server, 'dns-tunneling')).toBe(0);
  });

  it('has a second task on the master, which blocks the job and stores nothing', async () => {
    const server = await startServer({ empty: false, speed: 5 });
    const returned = await reset(server, 'dns-tunneling');
    const master = (await blockedBy(server, 'dns-tunneling'))?.task_id ?? '';
    expect(master).not.toBe(returned);
    const { body } = await server.ask('GET', '/_tasks?actions=cluster:admin/xpack/ml/job/reset&detailed&group_by=none');
    const listed = new Map(body.tasks?.map((task) => [`${task.node}:${task.id}`, task]));
    expect(new Set(listed.keys())).toEqual(new Set([returned, master]));
    expect(listed.get(master)?.parent_task_id).toBe(returned);
    expect([...listed.values()].map(({ description }) => description)).toEqual(['job-dns-tunneling', 'job-dns-tunneling']);
    await outcome(server, returned);
    // Recorded of delete: 7.9.0/19-two-task-ids.
    const gone = await server.ask('GET', `/_tasks/${master}`);
    const reason = `task [${master}] isn't running and hasn't stored its results`;
    expect(gone.body).toEqual(failure(404, 'resource_not_found_exception', reason));
  });

  it('removes documents by children that count up', async () => {
    const server = await startServer({ empty: false, speed: 2 });
    const returned = await reset(server, 'dns-tunneling');
    const master = (await blockedBy(server, 'dns-tunneling'))?.task_id;
    const seen: number[] = [];
    const path = `/_tasks?parent_task_id=${master}&detailed&group_by=none&actions=*byquery`;
    await server.until('GET', path, ({ body }) => {
      const status = body.tasks?.find(({ description }) => description === 'delete-by-query [.ml-anomalies-shared]')?.status;
      if (status !== undefined && status.deleted !== seen.at(-1)) seen.push(status.deleted);
      return seen.length > 4;
    });
    expect(seen).toEqual([...seen].sort((left, right) => left - right));
    const nested = await server.ask('GET', '/_tasks?actions=*reset,*byquery&detailed&group_by=parents');
    expect(nested.body.tasks).toMatchObject({
      [returned]: { children: [{ children: [{ action: 'indices:data/write/delete/byquery' }] }] },
    });
  });

  it.each(['opened', 'opening', 'failed'])('tells only in the result that the job is %s', async (state) => {
    const server = await startServer();
    await server.job('a1', { state });
    const { body } = await outcome(server, await reset(server, 'a1'));
    expect(body.error).toEqual({ type: 'status_exception', reason: 'Can only reset a job when it is closed.' });
    expect(await blockedBy(server, 'a1')).toBeUndefined();
    const sync = await server.ask('POST', `${jobs}/a1/_reset`);
    expect(sync.body).toEqual(failure(409, 'status_exception', 'Can only reset a job when it is closed.'));
  });

  it('tells only in the result that there is no such job', async () => {
    const server = await startServer();
    const { body } = await outcome(server, await reset(server, 'nope'));
    expect(body.error).toEqual({ type: 'resource_not_found_exception', reason: "No known job with id 'nope'" });
    expect((await server.ask('POST', `${jobs}/nope/_reset`)).status).toBe(404);
  });

  it.each(['delete', 'revert'])('refuses a job blocked with %s', async (reason) => {
    const server = await startServer();
    await server.job('a1', { blocked: { reason } });
    const { body } = await server.ask('POST', `${jobs}/a1/_reset`);
    expect(body).toEqual(failure(409, 'status_exception', `cannot reset job while it is blocked with [${reason}]`));
  });

  it('refuses while indices are being upgraded', async () => {
    const server = await startServer();
    await server.job('a1', {});
    await server.ask('POST', '/_ml/set_upgrade_mode?enabled=true');
    const { body } = await server.ask('POST', `${jobs}/a1/_reset`);
    expect(body).toEqual(failure(409, 'status_exception', 'cannot reset job while indices are being upgraded'));
  });

  it.each(['a,b', '*', '_all'])('takes no list and no wildcard: %s', async (id) => {
    // Printed by the 8.17.0 classes: core/x-pack-core-8.17.0-classes.
    const server = await startServer();
    const { status, body } = await server.ask('POST', `${jobs}/${id}/_reset?wait_for_completion=false`);
    expect([status, body.error?.reason]).toEqual([
      400,
      `Invalid job_id; '${id}' can contain lowercase alphanumeric (a-z and 0-9), hyphens or underscores; must start and end with alphanumeric`,
    ]);
  });

  it.each(['7.9', '7.10'])('does not exist in %s', async (version) => {
    // Recorded: 7.9.0/03-open-close.
    const server = await startServer({ version });
    await server.job('a1', {});
    const { status, text } = await server.ask('POST', `${jobs}/a1/_reset`);
    expect([status, text]).toEqual([400, '{"error":"no handler found for uri [/_ml/anomaly_detectors/a1/_reset] and method [POST]"}']);
  });

  it('waits for a reset that is under way', async () => {
    const server = await startServer();
    await server.job('a1', { resetMs: 4000 });
    const first = await reset(server, 'a1');
    const master = (await blockedBy(server, 'a1'))?.task_id;
    const second = await reset(server, 'a1');
    expect((await blockedBy(server, 'a1'))?.task_id).toBe(master);
    expect(await outcome(server, first)).toMatchObject({ body: { response: { acknowledged: true } } });
    expect(await outcome(server, second)).toMatchObject({ body: { response: { acknowledged: true } } });
  });
});

describe('a reset that does not come to its end', () => {
  it('leaves the job blocked when cancelled, and another reset recovers it', async () => {
    const server = await startServer({ speed: 5 });
    await server.job('a1', { resetMs: 4000 });
    const task = await reset(server, 'a1');
    const cancelled = await server.ask('POST', `/_tasks/${task}/_cancel`);
    expect(cancelled.body.nodes).toMatchObject({ [task.split(':')[0] ?? '']: { tasks: { [task]: { cancelled: true } } } });
    expect(await outcome(server, task)).toMatchObject({ body: { completed: true, response: { acknowledged: false } } });
    expect((await blockedBy(server, 'a1'))?.reason).toBe('reset');
    expect((await server.ask('POST', `${jobs}/a1/_open`)).status).toBe(409);
    await server.job('a1', { resetMs: 100 });
    expect((await server.ask('POST', `${jobs}/a1/_reset`)).body).toEqual({ acknowledged: true });
    expect(await blockedBy(server, 'a1')).toBeUndefined();
  });

  it('can be cancelled by the task on the master as well', async () => {
    const server = await startServer({ speed: 5 });
    await server.job('a1', { resetMs: 4000 });
    const task = await reset(server, 'a1');
    await server.ask('POST', `/_tasks/${(await blockedBy(server, 'a1'))?.task_id}/_cancel?wait_for_completion=true`);
    expect(await outcome(server, task)).toMatchObject({ body: { response: { acknowledged: false } } });
  });

  it('leaves the job blocked when it fails on the way', async () => {
    const server = await startServer();
    await server.job('a1', { resetFailure: 'all shards failed' });
    const { body } = await outcome(server, await reset(server, 'a1'));
    expect(body.error).toEqual({ type: 'exception', reason: 'all shards failed' });
    expect((await blockedBy(server, 'a1'))?.reason).toBe('reset');
    await server.job('a1', { resetFailure: null });
    expect((await server.ask('POST', `${jobs}/a1/_reset`)).body).toEqual({ acknowledged: true });
  });

  it('is orphaned when its task is lost: the id is unknown, the job blocked, and a reset recovers it', async () => {
    const server = await startServer({ speed: 5 });
    await server.job('a1', { resetMs: 4000 });
    const task = await reset(server, 'a1');
    expect((await server.ask('DELETE', `/_simulator/tasks/${task}`)).status).toBe(200);
    expect((await server.ask('GET', `/_tasks/${task}`)).status).toBe(404);
    const blocked = await blockedBy(server, 'a1');
    expect(blocked?.reason).toBe('reset');
    expect((await server.ask('GET', `/_tasks/${blocked?.task_id}`)).status).toBe(404);
    await server.job('a1', { resetMs: 100 });
    expect((await server.ask('POST', `${jobs}/a1/_reset`)).body).toEqual({ acknowledged: true });
  });

  it('is among the seeds, and recovers', async () => {
    const server = await startServer({ empty: false });
    expect((await blockedBy(server, 'iot-sensor-drift'))?.reason).toBe('reset');
    expect((await server.ask('POST', `${jobs}/iot-sensor-drift/_reset`)).body).toEqual({ acknowledged: true });
    expect(await blockedBy(server, 'iot-sensor-drift')).toBeUndefined();
  });

  it('fails when the master leaves, and its task is on no node of the cluster', async () => {
    const server = await startServer({ speed: 5 });
    await server.job('a1', { resetMs: 4000 });
    const task = await reset(server, 'a1');
    const master = (await blockedBy(server, 'a1'))?.task_id ?? '';
    await server.ask('DELETE', `/_simulator/nodes/${master.split(':')[0]}`);
    const { body } = await outcome(server, task);
    expect(body.error?.type).toBe('node_disconnected_exception');
    const lost = await server.ask('GET', `/_tasks/${master}`);
    // Recorded: 7.9.0/18-cluster-3-nodes.
    expect([lost.status, lost.body.error?.reason]).toEqual([
      404,
      `task [${master}] belongs to the node [${master.split(':')[0]}] which isn't part of the cluster and there is no record of the task`,
    ]);
    expect((await blockedBy(server, 'a1'))?.reason).toBe('reset');
  });
});
