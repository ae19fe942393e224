import { describe, expect, it } from 'vitest';
import { failure, type Server, startServer } from './server.js';

const jobs = '/_ml/anomaly_detectors';

/** A server with a1 opened and its datafeed started, and the ids of their persistent tasks. */
async function startWithTasks(version?: string): Promise<{ readonly server: Server; readonly job: string; readonly datafeed: string }> {
  const server = await startServer({ ...(version !== undefined && { version }) });
  await server.job('a1', { state: 'opened', datafeed: 'started' });
  const { body } = await server.ask('GET', '/_tasks?actions=xpack/ml/*&detailed&group_by=none');
  const idOf = (description: string) => {
    const task = body.tasks?.find((candidate) => candidate.description === description);
    return `${task?.node}:${task?.id}`;
  };
  return { server, job: idOf('job-a1'), datafeed: idOf('datafeed-datafeed-a1') };
}

/** Starts a delete that stores its result, so that there is an index of results. */
async function storeSomething(server: Server): Promise<void> {
  const { body } = await server.ask('DELETE', `${jobs}/nope?wait_for_completion=false`);
  await server.until('GET', `/_tasks/${String(body.task)}`, (answer) => answer.body.completed === true);
}

const entryNode = async (server: Server) => (await server.ask('GET', '/_simulator/state')).body.nodes?.find(({ entry }) => entry)?.id ?? '';

describe('lists of tasks (recorded: 7.9.0/11-tasks, core/*)', () => {
  it('groups by node unless told otherwise', async () => {
    const { server, job } = await startWithTasks();
    const { body } = await server.ask('GET', '/_tasks?actions=xpack/ml/job*');
    const [node = ''] = job.split(':');
    expect(body).toMatchObject({ nodes: { [node]: { host: '127.0.0.1', tasks: { [job]: { action: 'xpack/ml/job[c]' } } } } });
  });

  it('shows description and status with detailed only', async () => {
    const { server } = await startWithTasks();
    const [plain] = (await server.ask('GET', '/_tasks?group_by=none&actions=xpack/ml/job*')).body.tasks ?? [];
    expect(Object.keys(plain ?? {})).toEqual([
      'node',
      'id',
      'type',
      'action',
      'start_time_in_millis',
      'running_time_in_nanos',
      'cancellable',
      'cancelled',
      'parent_task_id',
      'headers',
    ]);
    const [detailed] = (await server.ask('GET', '/_tasks?group_by=none&actions=xpack/ml/job*&detailed')).body.tasks ?? [];
    expect(detailed).toMatchObject({ type: 'persistent', status: { state: 'STARTED' }, description: 'job-a1' });
    expect(detailed?.parent_task_id).toMatch(/^cluster:\d+$/);
  });

  it('does not say cancelled in 7.9', async () => {
    const { server } = await startWithTasks('7.9');
    const [task] = (await server.ask('GET', '/_tasks?group_by=none&actions=xpack/ml/job*')).body.tasks ?? [];
    expect(task).not.toHaveProperty('cancelled');
  });

  it.each([
    ['', { nodes: {} }],
    ['&group_by=none', { tasks: [] }],
    ['&group_by=parents', { tasks: {} }],
  ])('is empty for actions there are none of%s', async (query, body) => {
    const { server } = await startWithTasks();
    expect(await server.ask('GET', `/_tasks?actions=nope*${query}`)).toMatchObject({ status: 200, body });
  });

  it('chooses nodes by id, name, _local and _master, and nothing by other names', async () => {
    const { server, job } = await startWithTasks();
    const [node = ''] = job.split(':');
    const found = async (nodes: string) =>
      Object.keys((await server.ask('GET', `/_tasks?nodes=${nodes}&actions=xpack/ml/job*`)).body.nodes ?? {});
    expect(await found(node)).toEqual([node]);
    expect(await found('node-*')).toEqual([node]);
    expect(await found('nope')).toEqual([]);
    expect([...(await found('_local')), ...(await found('_master'))].length).toBeLessThanOrEqual(1);
  });

  it('lists itself, and a close that is under way', async () => {
    const server = await startServer({ speed: 2 });
    await server.job('a1', { state: 'opened', closeMs: 4000 });
    const closing = server.ask('POST', `${jobs}/a1/_close`);
    await server.until('GET', '/_tasks?group_by=none', ({ body }) => {
      const actions = body.tasks?.map(({ action }) => action) ?? [];
      return ['cluster:admin/xpack/ml/job/close', 'cluster:monitor/tasks/lists', 'cluster:monitor/tasks/lists[n]'].every((one) =>
        actions.includes(one),
      );
    });
    await closing;
  });

  it.each([
    ['group_by=foo', '[group_by] must be one of [nodes], [parents] or [none] but was [foo]'],
    ['foo=1', 'request [/_tasks] contains unrecognized parameter: [foo]'],
    ['parent_task=x', 'request [/_tasks] contains unrecognized parameter: [parent_task] -> did you mean [parent_task_id]?'],
    ['parent_task_id=foo', 'malformed task id foo'],
  ])('refuses %s', async (query, reason) => {
    const server = await startServer();
    expect((await server.ask('GET', `/_tasks?${query}`)).body).toEqual(failure(400, 'illegal_argument_exception', reason));
  });

  it('adds readable times with human', async () => {
    const { server } = await startWithTasks();
    const [task] = (await server.ask('GET', '/_tasks?group_by=none&actions=xpack/ml/job*&human')).body.tasks ?? [];
    expect(task).toMatchObject({ start_time: expect.stringMatching(/Z$/), running_time: expect.stringMatching(/^[\d.]+[a-z]+$/) });
  });

  it('waits for the tasks it names, no longer than told', async () => {
    const server = await startServer();
    expect((await server.ask('GET', '/_tasks?wait_for_completion=true&actions=nope&timeout=1s')).body).toEqual({ nodes: {} });
  });
});

describe('a task by its id (recorded: 7.9.0/11-tasks)', () => {
  it('shows description and status unasked, and refuses detailed', async () => {
    const { server, job } = await startWithTasks();
    expect((await server.ask('GET', `/_tasks/${job}`)).body).toMatchObject({
      completed: false,
      task: { type: 'persistent', status: { state: 'STARTED' }, description: 'job-a1' },
    });
    expect((await server.ask('GET', `/_tasks/${job}?detailed`)).body.error?.reason).toBe(
      `request [/_tasks/${job}] contains unrecognized parameter: [detailed]`,
    );
  });

  it.each([
    ['foo', 'malformed task id foo', undefined],
    ['foo?foo=1', 'malformed task id foo', undefined],
    ['foo:bar', 'malformed task id foo:bar', 'For input string: "bar"'],
    ['foo:', 'malformed task id foo:', 'For input string: ""'],
    ['a:b:c', 'malformed task id a:b:c', 'For input string: "b:c"'],
    ['foo:99999999999999999999', 'malformed task id foo:99999999999999999999', 'For input string: "99999999999999999999"'],
  ])('refuses %s', async (id, reason, cause) => {
    const server = await startServer();
    const { status, body } = await server.ask('GET', `/_tasks/${id}`);
    expect([status, body.error?.type, body.error?.reason]).toEqual([400, 'illegal_argument_exception', reason]);
    expect(body.error?.caused_by).toEqual(cause === undefined ? undefined : { type: 'number_format_exception', reason: cause });
  });

  it.each(['unset', 'foo:-1'])('needs an id: %s', async (id) => {
    const server = await startServer();
    const reason = 'Validation Failed: 1: task id is required;';
    expect((await server.ask('GET', `/_tasks/${id}`)).body).toEqual(failure(400, 'action_request_validation_exception', reason));
  });

  it.each(['', '?wait_for_completion=true'])('tells apart a task gone and a node gone%s', async (query) => {
    const server = await startServer();
    await storeSomething(server);
    const node = await entryNode(server);
    const gone = await server.ask('GET', `/_tasks/${node}:999999${query}`);
    const reason = `task [${node}:999999] isn't running and hasn't stored its results`;
    expect(gone.body).toEqual(failure(404, 'resource_not_found_exception', reason));
    const cause = { type: 'resource_not_found_exception', reason: "task [foo:1] isn't running and hasn't stored its results" };
    expect((await server.ask('GET', `/_tasks/foo%3A1${query}`)).body).toEqual({
      error: {
        root_cause: [cause],
        type: 'resource_not_found_exception',
        reason: "task [foo:1] belongs to the node [foo] which isn't part of the cluster and there is no record of the task",
        caused_by: cause,
      },
      status: 404,
    });
  });

  it.each([
    ['7.17', 'index_expression'],
    ['8.17', 'index_or_alias'],
    ['9.1', 'index_or_alias'],
  ])('names the missing index as cause while nothing was ever stored: %s', async (version, kind) => {
    // Recorded: core/7.17.24, core/8.17.0, core/9.1.0.
    const server = await startServer({ version });
    const { body } = await server.ask('GET', '/_tasks/foo:1');
    const missing = {
      type: 'index_not_found_exception',
      reason: 'no such index [.tasks]',
      'resource.type': kind,
      'resource.id': '.tasks',
      index_uuid: '_na_',
      index: '.tasks',
    };
    expect(body.error?.root_cause).toEqual([missing]);
    expect(body.error?.caused_by).toEqual({
      type: 'resource_not_found_exception',
      reason: "task [foo:1] isn't running and hasn't stored its results",
      caused_by: missing,
    });
  });

  it.each([
    ['7.9', 500, /^Timed out waiting for completion of \[.+]$/],
    ['8.17', 500, /^timed out after \[300ms\/300ms]$/],
    ['9.1', 429, /^timed out after \[300ms\/300ms]$/],
  ])('gives up waiting as %s does', async (version, status, reason) => {
    const { server, job } = await startWithTasks(version);
    const answer = await server.ask('GET', `/_tasks/${job}?wait_for_completion=true&timeout=300ms`);
    expect([answer.status, answer.body.error?.type]).toEqual([status, 'timeout_exception']);
    expect(answer.body.error?.reason).toMatch(reason);
    if (status === 429) expect(answer.body.error).toMatchObject({ timed_out: true, header: { 'X-Timed-Out': '?1' } });
  });

  it('shows a task that stored nothing as completed, to those who waited', async () => {
    const { server, job } = await startWithTasks();
    const waiting = server.ask('GET', `/_tasks/${job}?wait_for_completion=true`);
    await server.until('GET', '/_tasks?actions=cluster:monitor/task/get&group_by=none', ({ body }) => body.tasks?.length === 1);
    await server.ask('POST', `${jobs}/a1/_close?force=true`);
    const { body } = await waiting;
    expect(Object.keys(body)).toEqual(['completed', 'task']);
    expect(body.completed).toBe(true);
  });
});

describe('cancelling (recorded: 7.9.0/11-tasks, core/*)', () => {
  it('reports an unknown task, and a node that is none, in a 200', async () => {
    const server = await startServer();
    const node = await entryNode(server);
    const failed = (id: string, cause: object) => ({
      node_failures: [{ type: 'failed_node_exception', reason: `Failed node [${id}]`, node_id: id, caused_by: cause }],
      nodes: {},
    });
    expect(await server.ask('POST', `/_tasks/${node}:999999/_cancel`)).toMatchObject({
      status: 200,
      body: failed(node, { type: 'resource_not_found_exception', reason: `task [${node}:999999] is not found` }),
    });
    expect((await server.ask('POST', '/_tasks/foo:1/_cancel')).body).toEqual(
      failed('foo', { type: 'no_such_node_exception', reason: 'No such node [foo]', node_id: 'foo' }),
    );
    expect((await server.ask('POST', '/_tasks/foo/_cancel')).status).toBe(400);
    expect((await server.ask('POST', '/_tasks/_cancel?actions=nope*')).body).toEqual({ nodes: {} });
  });

  it('does not cancel a delete, which cannot be cancelled', async () => {
    const server = await startServer({ speed: 5 });
    await server.job('a1', {});
    const { body } = await server.ask('DELETE', `${jobs}/a1?wait_for_completion=false`);
    const answer = await server.ask('POST', `/_tasks/${String(body.task)}/_cancel`);
    expect(answer.text).toContain(`task [${String(body.task)}] doesn't support cancellation`);
    await server.until('GET', `${jobs}/a1`, ({ status }) => status === 404);
  });

  it('closes the job of a persistent task, and leaves its datafeed started', async () => {
    const { server, job, datafeed } = await startWithTasks();
    await server.ask('POST', `/_tasks/${job}/_cancel`);
    expect(await server.state('a1')).toBe('closed');
    const feed = async () => (await server.ask('GET', '/_ml/datafeeds/datafeed-a1/_stats')).body.datafeeds?.[0]?.state;
    expect(await feed()).toBe('started');
    expect((await server.ask('GET', `/_tasks/${job}`)).status).toBe(404);
    await server.ask('POST', `/_tasks/${datafeed}/_cancel`);
    expect(await feed()).toBe('stopped');
  });

  it('takes a second cancel while the task runs, and groups as told', async () => {
    const server = await startServer({ speed: 2 });
    await server.job('a1', { resetMs: 4000 });
    const { body } = await server.ask('POST', `${jobs}/a1/_reset?wait_for_completion=false`);
    const cancelled = await server.ask('POST', '/_tasks/_cancel?actions=*reset&group_by=none');
    expect(cancelled.body.tasks?.map(({ node, id }) => `${node}:${id}`)).toContain(String(body.task));
    expect((await server.ask('POST', `/_tasks/${String(body.task)}/_cancel`)).status).toBe(200);
  });
});
