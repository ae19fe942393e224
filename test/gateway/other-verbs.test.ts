import { afterEach, describe, expect, it } from 'vitest';
import {
  createGatewayRig,
  endOfTask,
  errorFields,
  eventually,
  type GatewayRig,
  jobFields,
  type RigSetup,
  readJob,
  readTask,
  type SeenError,
  type SeenJob,
  type SeenTask,
  taskFields,
  verb,
} from '../support/gateway-rig.js';

let rig: GatewayRig;
afterEach(() => rig.dispose());

const begin = async (setup: Partial<RigSetup['backends'][number]> = {}): Promise<void> => {
  rig = await createGatewayRig({ backends: [{ id: 'es', ...setup }] });
};

interface TaskList {
  readonly tasks: {
    readonly totalCount: number | null;
    readonly nodes: readonly SeenTask[];
    readonly unavailable: readonly { readonly part: string; readonly code: string; readonly message: string }[];
  };
}
const listTasks = async (filter: Readonly<Record<string, unknown>> = {}): Promise<TaskList['tasks']> =>
  (
    await rig.ask<TaskList>(
      `query T($filter: TaskFilter) { tasks(filter: $filter) { totalCount nodes { ${taskFields} } unavailable { part code message } } }`,
      { filter },
    )
  ).tasks;

/** Begun by somebody else: the vendor is asked directly. */
const resetElsewhere = async (job: string): Promise<string> => {
  const answer = await fetch(`${rig.sim('es').url}/_ml/anomaly_detectors/${job}/_reset?wait_for_completion=false`, { method: 'POST' });
  return ((await answer.json()) as { readonly task: string }).task;
};

describe('opening a job', () => {
  it('is a task of the gateway that ends when the job is open', async () => {
    await begin();
    const { job, task, errors } = await verb(rig, 'openJob', { jobId: 'job:es:dns-tunneling' });
    expect(errors).toEqual([]);
    expect(job?.state).toMatch(/^(?:CLOSED|OPENING)$/);
    expect(task).toMatchObject({ kind: 'OPEN', vendorType: 'gateway:open', nativeId: null });
    expect(await endOfTask(rig, task?.id ?? '')).toMatchObject({ state: 'SUCCEEDED', error: null });
    expect(await readJob(rig, 'job:es:dns-tunneling')).toMatchObject({
      state: 'OPENED',
      allowedActions: ['CLOSE_JOB', 'DELETE_JOB', 'START_DATAFEED'],
    });
  });

  it('that is open is WRONG_STATE, with the job as it is', async () => {
    await begin();
    const { job, errors } = await verb(rig, 'openJob', { jobId: 'job:es:payment-amount-outliers' });
    expect(errors).toEqual([expect.objectContaining({ __typename: 'WrongStateError', code: 'WRONG_STATE', path: ['input', 'jobId'] })]);
    expect(job?.state).toBe('OPENED');
  });

  it('that is being opened is a conflict with the task that does it', async () => {
    await begin();
    await rig.sim('es').job('slow', { state: 'closed', openMs: 60_000 });
    const { task } = await verb(rig, 'openJob', { jobId: 'job:es:slow' });
    await eventually(
      () => readJob(rig, 'job:es:slow'),
      (job) => job?.state === 'OPENING',
    );
    const { errors } = await verb(rig, 'openJob', { jobId: 'job:es:slow' });
    expect(errors).toEqual([expect.objectContaining({ code: 'CONFLICT', task: expect.objectContaining({ id: task?.id, kind: 'OPEN' }) })]);
  });

  it('for which no node has room fails with the vendor’s words', async () => {
    await begin();
    await rig.sim('es').settings({ maxOpenJobs: 0 });
    const { task, errors } = await verb(rig, 'openJob', { jobId: 'job:es:dns-tunneling', waitMs: 10_000 });
    expect(task).toMatchObject({ state: 'FAILED', error: { code: 'REFUSED' } });
    expect(errors).toEqual([
      expect.objectContaining({ __typename: 'RefusedError', code: 'REFUSED', vendorMessage: expect.stringMatching(/node/) }),
    ]);
  });

  it('whose vendor stops waiting goes on, and succeeds when it does', async () => {
    await begin();
    await rig.sim('es').job('slow', { state: 'closed', openMs: 4_000 });
    const { task } = await verb(rig, 'openJob', { jobId: 'job:es:slow', timeoutMs: 50 });
    expect(await endOfTask(rig, task?.id ?? '')).toMatchObject({ state: 'SUCCEEDED', error: null });
  });
});

describe('deleting a job', () => {
  const remove = async (input: Readonly<Record<string, unknown>>) =>
    (
      await rig.ask<{
        readonly deleteJob: {
          readonly deletedJobId: string | null;
          readonly job: SeenJob | null;
          readonly task: SeenTask | null;
          readonly errors: readonly SeenError[];
        };
      }>(
        `mutation D($input: DeleteJobInput!) { deleteJob(input: $input) { deletedJobId job { ${jobFields} } task { ${taskFields} } errors { ${errorFields} } } }`,
        { input },
      )
    ).deleteJob;

  it('gives the id to evict once it is gone, in full, whatever was asked with', async () => {
    await begin();
    const before = await readJob(rig, 'job:es:dns-tunneling');
    const { deletedJobId, job, task, errors } = await remove({ jobId: 'job:es:dns-tunneling', waitMs: 20_000 });
    expect({ deletedJobId, job, state: task?.state, errors }).toEqual({
      deletedJobId: before?.id,
      job: null,
      state: 'SUCCEEDED',
      errors: [],
    });
    expect(await readJob(rig, 'job:es:dns-tunneling')).toBeNull();
    const { data } = await rig.query('query N($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids: [before?.id, 'datafeed:es:datafeed-dns-tunneling'],
    });
    expect(data).toEqual({ nodes: [null, null] });
  });

  it('that still exists gives none: the task tells, and the job is DELETING', async () => {
    await begin();
    await rig.sim('es').job('dns-tunneling', { deleteMs: 3_000 });
    const { deletedJobId, job, task } = await remove({ jobId: 'job:es:dns-tunneling' });
    expect(deletedJobId).toBeNull();
    expect(job).toMatchObject({ state: 'DELETING', allowedActions: ['DELETE_JOB'], currentTask: { id: task?.id, kind: 'DELETE' } });
    expect(await endOfTask(rig, task?.id ?? '')).toMatchObject({ kind: 'DELETE', state: 'SUCCEEDED', job: null });
    expect(await readJob(rig, 'job:es:dns-tunneling')).toBeNull();
  });

  it('that is open is refused without force, and done with it', async () => {
    await begin();
    const refused = await remove({ jobId: 'job:es:nginx-request-rate' });
    expect(refused).toMatchObject({
      deletedJobId: null,
      task: null,
      job: { state: 'OPENED' },
      errors: [{ code: 'WRONG_STATE', message: expect.stringContaining('force') }],
    });
    const forced = await remove({ jobId: 'job:es:nginx-request-rate', force: true, waitMs: 20_000 });
    expect(forced).toMatchObject({ deletedJobId: expect.stringContaining('job:es:nginx-request-rate~'), errors: [] });
  });

  it('that is blocked by a reset nobody runs is done', async () => {
    await begin();
    expect(await remove({ jobId: 'job:es:iot-sensor-drift', waitMs: 20_000 })).toMatchObject({ errors: [], task: { state: 'SUCCEEDED' } });
  });

  it('and made again under the same name is another job: the old id stays gone', async () => {
    await begin({ empty: true });
    await rig.sim('es').job('again', { state: 'closed' });
    const first = await readJob(rig, 'job:es:again');
    await remove({ jobId: first?.id ?? '', waitMs: 20_000 });
    await rig.sim('es').job('again', { state: 'closed' });
    const second = await readJob(rig, 'job:es:again');
    expect(second?.id).not.toBe(first?.id);
    expect(await readJob(rig, first?.id ?? '')).toBeNull();
    expect((await verb(rig, 'resetJob', { jobId: first?.id })).errors[0]?.code).toBe('NOT_FOUND');
  });

  it('is forgotten by a live list, with the id to evict', async () => {
    await begin();
    const jobs = rig.subscribe<{
      readonly jobsChanged: { readonly forgotten: readonly string[]; readonly added: readonly { readonly id: string }[] };
    }>('subscription { jobsChanged { reset synced added { id state } changed { id state } left { id } forgotten } }');
    await jobs.next();
    const { deletedJobId } = await remove({ jobId: 'job:es:dns-tunneling', waitMs: 20_000 });
    await jobs.until(({ jobsChanged }) => jobsChanged.forgotten.includes(deletedJobId ?? ''));
    jobs.stop();
  });
});

describe('tasks', () => {
  it('of others are found by the list, once each though the vendor has two entries', async () => {
    await begin();
    await rig.sim('es').job('dns-tunneling', { resetMs: 60_000 });
    const native = await resetElsewhere('dns-tunneling');
    const { state } = { state: await rig.sim('es').state() };
    expect(state.tasks.running.filter(({ action }) => action === 'cluster:admin/xpack/ml/job/reset')).toHaveLength(2);
    const tasks = await eventually(listTasks, ({ nodes }) => nodes.some(({ counts }) => (counts?.current ?? 0) > 0));
    expect(tasks).toMatchObject({ totalCount: 1, unavailable: [] });
    expect(tasks.nodes[0]).toMatchObject({
      nativeId: native,
      kind: 'RESET',
      state: 'RUNNING',
      progress: null,
      startedBy: null,
      counts: { unit: 'DOCUMENTS' },
      job: { nativeId: 'dns-tunneling', state: 'RESETTING' },
    });
  });

  it('are found by their id, with counts, with and without incarnation, and by node', async () => {
    await begin();
    await rig.sim('es').job('dns-tunneling', { resetMs: 30_000 });
    const native = await resetElsewhere('dns-tunneling');
    const task = await eventually(
      () => readTask(rig, `task:es:${native}`),
      (seen) => seen?.counts !== null,
    );
    expect(task).toMatchObject({ nativeId: native, kind: 'RESET', state: 'RUNNING', job: { nativeId: 'dns-tunneling' } });
    expect(await readTask(rig, task?.id ?? '')).toMatchObject({ id: task?.id });
    const { node } = await rig.ask<{ readonly node: { readonly id: string } }>('query N($id: ID!) { node(id: $id) { id __typename } }', {
      id: task?.id,
    });
    expect(node).toEqual({ id: task?.id, __typename: 'Task' });
    expect((await listTasks({ ids: [task?.id] })).nodes.map(({ id }) => id)).toEqual([task?.id]);
    expect(await readTask(rig, `task:es:${native}~1`)).toBeNull();
  });

  it('that have ended are found by their id, from the result the vendor stored', async () => {
    await begin();
    await rig.sim('es').job('dns-tunneling', { resetMs: 200 });
    const native = await resetElsewhere('dns-tunneling');
    const task = await eventually(
      () => readTask(rig, `task:es:${native}`),
      (seen) => seen?.state !== 'RUNNING',
    );
    expect(task).toMatchObject({ state: 'SUCCEEDED', error: null, endedAt: expect.any(String) });
  });

  it('are not found by ids of nobody: unknown number, unknown node, nothing stored', async () => {
    await begin();
    const { nodes } = await rig.sim('es').state();
    const [node] = nodes;
    for (const native of [`${node?.id}:999999`, 'oTUltX4IQMOUUVeiohTt8A:7', 'no-task-id', `${node?.id}:x`])
      expect(await readTask(rig, `task:es:${native}`)).toBeNull();
    await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling', waitMs: 20_000 });
    for (const native of [`${node?.id}:999999`, 'oTUltX4IQMOUUVeiohTt8A:7']) expect(await readTask(rig, `task:es:${native}`)).toBeNull();
  });

  it('that the vendor forgets right after their end keep the end the gateway saw', async () => {
    await begin();
    const { task } = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling', waitMs: 20_000 });
    await rig.sim('es').forgetTask(task?.nativeId ?? '');
    expect(await readTask(rig, task?.id ?? '')).toMatchObject({ id: task?.id, state: 'SUCCEEDED' });
    expect((await listTasks({ states: ['SUCCEEDED'] })).nodes.map(({ id }) => id)).toEqual([task?.id]);
  });

  it('whose result is lost before anybody read it end by what the job tells', async () => {
    await begin();
    await rig.sim('es').job('dns-tunneling', { resetMs: 60_000 });
    const { task } = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling' });
    const master = (await rig.sim('es').state()).nodes.find(({ master: is }) => is);
    await rig.sim('es').loseNode(master?.id ?? '');
    const ended = await endOfTask(rig, task?.id ?? '');
    expect(ended.state).toMatch(/^(?:FAILED|LOST)$/);
    expect(ended.error).not.toBeNull();
    expect(await readJob(rig, 'job:es:dns-tunneling')).toMatchObject({
      state: 'RESETTING',
      currentTask: null,
      allowedActions: ['RESET_JOB', 'DELETE_JOB'],
    });
    const again = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling' });
    expect(again.errors).toEqual([]);
  });

  it('of a node that left are LOST or told, never RUNNING for ever, wherever the job runs', async () => {
    await begin();
    await rig.sim('es').job('dns-tunneling', { resetMs: 60_000 });
    const { task } = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling' });
    await rig.sim('es').loseNode(task?.nativeId?.split(':')[0] ?? '');
    const ended = await endOfTask(rig, task?.id ?? '');
    expect(ended.state).toMatch(/^(?:FAILED|LOST|CANCELLED)$/);
  });

  it('that were seen to have ended never run again, though the loop has not come round yet', async () => {
    await begin({ config: { poll: { fastMs: 20_000, slowMs: 60_000 } } });
    await rig.sim('es').job('dns-tunneling', { resetMs: 2_000 });
    const { task } = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling' });
    const live = rig.subscribe<{ readonly tasksProgress: { readonly added: readonly SeenTask[]; readonly changed: readonly SeenTask[] } }>(
      'subscription { tasksProgress { added { id state } changed { id state } } }',
    );
    await live.next();
    await eventually(
      () => readTask(rig, task?.id ?? ''),
      (seen) => seen?.state === 'SUCCEEDED',
    );
    const both =
      '{ tasks { nodes { id state } } job(id: "job:es:dns-tunneling") { state currentTask { id } tasks { nodes { id state } } } }';
    for (let round = 0; round < 3; round += 1) {
      const row = { id: task?.id, state: 'SUCCEEDED' };
      expect((await rig.query(both)).data).toEqual({
        tasks: { nodes: [row] },
        job: { state: 'CLOSED', currentTask: null, tasks: { nodes: [row] } },
      });
      expect(await readTask(rig, task?.id ?? '')).toMatchObject(row);
    }
    await live.until(({ tasksProgress }) => tasksProgress.changed.some(({ state }) => state === 'SUCCEEDED'));
    const states = live.seen.flatMap(({ tasksProgress }) => tasksProgress.changed.map(({ state }) => state));
    expect(states.lastIndexOf('RUNNING')).toBeLessThan(states.indexOf('SUCCEEDED'));
    live.stop();
  });

  it('are filtered by kind, state, job, key and backend', async () => {
    await begin();
    await rig.sim('es').job('slow', { state: 'opened', closeMs: 60_000 });
    await rig.sim('es').job('dns-tunneling', { resetMs: 60_000 });
    const idempotencyKey = '9b1ff6d5-64e0-4b42-8b0e-3f4a3b2a9d10';
    const close = await verb(rig, 'closeJob', { jobId: 'job:es:slow', idempotencyKey });
    const reset = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling' });
    const done = await verb(rig, 'closeJob', { jobId: 'job:es:orders-per-region', waitMs: 10_000 });
    const found = async (filter: Readonly<Record<string, unknown>>) => new Set((await listTasks(filter)).nodes.map(({ id }) => id));
    const [closing, resetting, closed] = [close, reset, done].map(({ task }) => task?.id);
    expect(await found({})).toEqual(new Set([closing, resetting, closed]));
    expect(await found({ kinds: ['RESET'] })).toEqual(new Set([resetting]));
    expect(await found({ states: ['RUNNING', 'QUEUED'] })).toEqual(new Set([closing, resetting]));
    expect(await found({ jobs: ['job:es:slow', 'job:es:never-was'] })).toEqual(new Set([closing]));
    expect(await found({ idempotencyKeys: [idempotencyKey] })).toEqual(new Set([closing]));
    expect(await found({ kinds: ['CLOSE'], states: ['SUCCEEDED'] })).toEqual(new Set([closed]));
    expect(await found({ vendors: ['ELASTICSEARCH_ML'], backends: ['backend:es'], ids: [closed, resetting] })).toEqual(
      new Set([closed, resetting]),
    );
    expect(await found({ kinds: [] })).toEqual(new Set());
  });

  it('are watched as a list: what stops matching leaves in the state that made it', async () => {
    await begin();
    await rig.sim('es').job('dns-tunneling', { resetMs: 3_000 });
    const running = rig.subscribe<{
      readonly tasksProgress: { readonly reset: boolean; readonly added: readonly SeenTask[]; readonly left: readonly SeenTask[] };
    }>(
      'subscription { tasksProgress(filter: { states: [RUNNING], kinds: [RESET] }) { reset synced added { id state } changed { id state counts { current } } left { id state error { code } } forgotten } }',
    );
    expect(await running.next()).toMatchObject({ tasksProgress: { reset: true, added: [] } });
    const { task } = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling' });
    await running.until(({ tasksProgress }) => tasksProgress.added.some(({ id }) => id === task?.id));
    const end = await running.until(({ tasksProgress }) => tasksProgress.left.length > 0);
    expect(end.tasksProgress.left).toEqual([{ id: task?.id, state: 'SUCCEEDED', error: null }]);
    running.stop();
  });
});

describe('without the privilege to list tasks', () => {
  const users = [{ name: 'manager', password: 'pw', privileges: ['manage_ml'] }];
  const setup = { users, config: { auth: { kind: 'basic', username: 'manager', password: 'pw' } } };

  it('what holds a job is its task, and the list says what is missing', async () => {
    await begin(setup);
    await rig.sim('es').job('dns-tunneling', { resetMs: 60_000 });
    await fetch(`${rig.sim('es').url}/_ml/anomaly_detectors/dns-tunneling/_reset?wait_for_completion=false`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('manager:pw')}` },
    });
    const job = await readJob(rig, 'job:es:dns-tunneling');
    expect(job).toMatchObject({ state: 'RESETTING', currentTask: { kind: 'RESET', state: 'RUNNING' } });
    const tasks = await listTasks();
    expect(tasks.unavailable).toEqual([{ part: 'TASKS', code: 'FORBIDDEN', message: expect.stringContaining('monitor') }]);
    expect(tasks.nodes.map(({ kind, state, job: of }) => [kind, state, of?.nativeId])).toContainEqual([
      'RESET',
      'RUNNING',
      'dns-tunneling',
    ]);
  });

  it('a reset begun here is one task', async () => {
    await begin(setup);
    await rig.sim('es').job('dns-tunneling', { resetMs: 60_000 });
    const { task, errors } = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling' });
    expect(errors).toEqual([]);
    const listed = await listTasks({ jobs: ['job:es:dns-tunneling'] });
    expect(listed.nodes.map(({ id, kind }) => [id, kind])).toEqual([[task?.id, 'RESET']]);
    expect(await readJob(rig, 'job:es:dns-tunneling')).toMatchObject({ currentTask: { id: task?.id } });
  });

  it.each(['resetJob', 'deleteJob'])('what %s began ends when its job tells so', async (name) => {
    await begin(setup);
    const { task, errors } = await verb(rig, name, { jobId: 'job:es:dns-tunneling', waitMs: 10_000 });
    expect({ errors, state: task?.state }).toEqual({ errors: [], state: 'SUCCEEDED' });
  });

  it('a list of jobs is whole but for their tasks', async () => {
    await begin(setup);
    const { jobs } = await rig.ask<{ readonly jobs: { readonly totalCount: number; readonly unavailable: readonly unknown[] } }>(
      '{ jobs { totalCount nodes { id state currentTask { id } } unavailable { part code } } }',
    );
    expect(jobs).toMatchObject({ totalCount: 12, unavailable: [{ part: 'TASKS', code: 'FORBIDDEN' }] });
  });
});

describe('a reset whose answer is lost', () => {
  it('is not repeated; the verb says that it may have begun, and the task is found in the list', async () => {
    await begin();
    await rig.sim('es').job('dns-tunneling', { resetMs: 60_000 });
    rig.sim('es').setFaults([{ route: 'POST /_ml/anomaly_detectors/{id}/_reset', cutAfterBytes: 0, count: 1 }]);
    const { job, task, errors } = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling' });
    expect(task).toBeNull();
    expect(errors).toEqual([
      expect.objectContaining({ __typename: 'BackendUnavailableError', code: 'BACKEND_UNAVAILABLE', outcomeUnknown: true }),
    ]);
    expect(job).toMatchObject({ state: 'RESETTING', currentTask: { kind: 'RESET' } });
    expect(rig.sim('es').calls()['POST /_ml/anomaly_detectors/{id}/_reset']).toBe(1);
  });
});
