import { afterEach, describe, expect, it } from 'vitest';
import {
  bulkVerb,
  createGatewayRig,
  endOfTask,
  errorFields,
  eventually,
  type GatewayRig,
  type RigSetup,
  readJob,
  readTask,
  type SeenError,
  type SeenTask,
  taskFields,
  verb,
} from '../support/gateway-rig.js';

let rig: GatewayRig;
afterEach(() => rig.dispose());

const begin = async (setup: Partial<RigSetup['backends'][number]> = {}): Promise<void> => {
  rig = await createGatewayRig({ backends: [{ id: 'es', ...setup }] });
};

const resets = (): number => rig.sim('es').calls()['POST /_ml/anomaly_detectors/{id}/_reset'] ?? 0;

const cancel = async (taskId: string): Promise<{ readonly task: SeenTask | null; readonly errors: readonly SeenError[] }> =>
  (
    await rig.ask<{ readonly cancelTask: { readonly task: SeenTask | null; readonly errors: readonly SeenError[] } }>(
      `mutation C($taskId: ID!) { cancelTask(input: { taskId: $taskId }) { task { ${taskFields} } errors { ${errorFields} } } }`,
      { taskId },
    )
  ).cancelTask;

describe('resetting one job', () => {
  it('shows the vendor’s own task, with the documents its deletions have got through, to its end', async () => {
    await begin();
    await rig.sim('es').job('dns-tunneling', { resetMs: 6_000 });
    const { job, task, errors } = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling' });
    expect(errors).toEqual([]);
    expect(task).toMatchObject({
      kind: 'RESET',
      vendorType: 'cluster:admin/xpack/ml/job/reset',
      state: 'RUNNING',
      progress: null,
      cancellable: true,
      job: { nativeId: 'dns-tunneling', state: 'RESETTING' },
    });
    expect(task?.id).toBe(`task:es:${task?.nativeId}~${task?.id.split('~')[1]}`);
    expect(job).toMatchObject({ state: 'RESETTING', allowedActions: ['RESET_JOB', 'DELETE_JOB'], currentTask: { id: task?.id } });

    const progress = rig.subscribe<{ readonly taskProgress: { readonly task: SeenTask } }>(
      `subscription P($id: ID!) { taskProgress(id: $id) { task { ${taskFields} } } }`,
      { id: task?.id },
    );
    await progress.ended;
    const seen = progress.seen.map(({ taskProgress }) => taskProgress.task);
    const counted = seen.flatMap(({ counts }) => (counts ? [counts] : []));
    expect(counted.length).toBeGreaterThan(1);
    expect(counted.every(({ unit, current, maximum }) => unit === 'DOCUMENTS' && current <= (maximum ?? current))).toBe(true);
    expect(new Set(counted.map(({ current }) => current)).size).toBeGreaterThan(1);
    expect(new Set(seen.map(({ id }) => id))).toEqual(new Set([task?.id]));
    expect(seen.at(-1)).toMatchObject({ state: 'SUCCEEDED', error: null, endedAt: expect.any(String) });
    expect(await readJob(rig, 'job:es:dns-tunneling')).toMatchObject({ state: 'CLOSED', currentTask: null });
  });

  it('empties the job, and keeps its configuration', async () => {
    await begin();
    const detail = `{ job(id: "job:es:dns-tunneling") { id description groups finishedAt processed { current } details { ... on ElasticsearchJobDetails { dataCounts { processedRecordCount } modelSize { modelBytes } } } } }`;
    interface Detail {
      readonly job: {
        readonly id: string;
        readonly description: string;
        readonly groups: readonly string[];
        readonly finishedAt: string | null;
        readonly processed: { readonly current: number };
      };
    }
    const before = await rig.ask<Detail>(detail);
    expect(before.job.processed.current).toBeGreaterThan(0);
    await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling', waitMs: 20_000 });
    const after = await rig.ask<Detail>(detail);
    expect(after.job).toMatchObject({
      id: before.job.id,
      description: before.job.description,
      groups: before.job.groups,
      finishedAt: null,
      processed: { current: 0 },
    });
  });

  it('that is open is refused, and what it says to do works: closeFirst', async () => {
    await begin();
    const refused = await verb(rig, 'resetJob', { jobId: 'job:es:nginx-request-rate' });
    expect(refused.errors).toEqual([expect.objectContaining({ code: 'WRONG_STATE', message: expect.stringContaining('closeFirst') })]);
    expect(refused.job).toMatchObject({ state: 'OPENED', allowedActions: ['CLOSE_JOB', 'DELETE_JOB', 'STOP_DATAFEED'] });
    expect(resets()).toBe(0);
    const reset = await verb(rig, 'resetJob', { jobId: 'job:es:nginx-request-rate', closeFirst: true, waitMs: 20_000 });
    expect(reset).toMatchObject({ errors: [], task: { state: 'SUCCEEDED' }, job: { state: 'CLOSED', datafeed: { state: 'STOPPED' } } });
  });

  it('that does not exist any more when the vendor comes to it says so in the task’s error, for the vendor answers 200', async () => {
    await begin();
    rig.sim('es').setFaults([{ route: 'POST /_ml/anomaly_detectors/{id}/_reset', latencyMs: 2_500, count: 1 }]);
    await rig.sim('es').job('dns-tunneling', { deleteMs: 10 });
    const asking = verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling', waitMs: 20_000 });
    await eventually(
      () => resets(),
      (count) => count === 1,
    );
    await fetch(`${rig.sim('es').url}/_ml/anomaly_detectors/dns-tunneling?force=true`, { method: 'DELETE' });
    const { job, task, errors } = await asking;
    expect(task).toMatchObject({ state: 'FAILED', error: { code: 'NOT_FOUND' } });
    expect(errors).toEqual([expect.objectContaining({ code: 'NOT_FOUND' })]);
    expect(job).toBeNull();
  });

  it('by a user without the privilege fails in the task, which names the privilege', async () => {
    const users = [{ name: 'reader', password: 'pw', privileges: ['monitor_ml', 'monitor'] }];
    await begin({ users, config: { auth: { kind: 'basic', username: 'reader', password: 'pw' } } });
    const { task, errors } = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling' });
    expect(errors).toEqual([]);
    const ended = await endOfTask(rig, task?.id ?? '');
    expect(ended).toMatchObject({ state: 'FAILED', error: { code: 'FORBIDDEN', message: expect.stringContaining('manage_ml') } });
    expect(await readTask(rig, task?.id ?? '')).toMatchObject({ state: 'FAILED', error: { code: 'FORBIDDEN' } });
  });

  it('that fails half-way says why, leaves the job blocked, and is recovered by resetting again', async () => {
    await begin();
    await rig.sim('es').job('dns-tunneling', { resetFailure: 'search_phase_execution_exception: all shards failed' });
    const failed = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling', waitMs: 20_000 });
    expect(failed.task).toMatchObject({ state: 'FAILED', error: { detail: expect.stringContaining('all shards failed') } });
    expect(failed.job).toMatchObject({ state: 'RESETTING', allowedActions: ['RESET_JOB', 'DELETE_JOB'], currentTask: null });
    await rig.sim('es').job('dns-tunneling', { resetFailure: null });
    const again = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling', waitMs: 20_000 });
    expect(again).toMatchObject({ errors: [], task: { state: 'SUCCEEDED' }, job: { state: 'CLOSED' } });
  });

  it('whose task was lost with its node is recovered by resetting again', async () => {
    await begin();
    expect(await readJob(rig, 'job:es:iot-sensor-drift')).toMatchObject({
      state: 'RESETTING',
      currentTask: null,
      allowedActions: ['RESET_JOB', 'DELETE_JOB'],
    });
    const again = await verb(rig, 'resetJob', { jobId: 'job:es:iot-sensor-drift', waitMs: 20_000 });
    expect(again).toMatchObject({ errors: [], task: { state: 'SUCCEEDED' }, job: { state: 'CLOSED' } });
  });

  it('asks for users’ annotations to be deleted only when told to', async () => {
    await begin();
    const { errors } = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling', deleteUserAnnotations: true, waitMs: 20_000 });
    expect(errors).toEqual([]);
    await rig.dispose();
    await begin({ version: '7.17' });
    const refused = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling', deleteUserAnnotations: true });
    expect(refused.errors).toEqual([
      expect.objectContaining({ code: 'INVALID_INPUT', message: expect.stringContaining('8.7'), path: ['input', 'deleteUserAnnotations'] }),
    ]);
    expect((await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling', deleteUserAnnotations: false, waitMs: 20_000 })).errors).toEqual(
      [],
    );
  });

  it.each(['7.17', '9.1'])('works on %s', async (version) => {
    await begin({ version });
    expect(await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling', waitMs: 20_000 })).toMatchObject({
      errors: [],
      task: { state: 'SUCCEEDED' },
      job: { state: 'CLOSED' },
    });
  });
});

describe('cancelling a reset', () => {
  it('leaves the job blocked, says so in the task, and resetting again sets it free', async () => {
    await begin();
    await rig.sim('es').job('dns-tunneling', { resetMs: 60_000 });
    const { task } = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling' });
    const cancelled = await cancel(task?.id ?? '');
    expect(cancelled.errors).toEqual([]);
    expect(cancelled.task).toMatchObject({ id: task?.id, kind: 'RESET' });
    const ended = await endOfTask(rig, task?.id ?? '');
    expect(ended).toMatchObject({
      state: 'CANCELLED',
      cancellable: false,
      error: { code: 'WRONG_STATE', message: expect.stringMatching(/Reset the job again/) },
    });
    expect(await readJob(rig, 'job:es:dns-tunneling')).toMatchObject({
      state: 'RESETTING',
      currentTask: null,
      allowedActions: ['RESET_JOB', 'DELETE_JOB'],
    });

    await rig.sim('es').job('dns-tunneling', { resetMs: 1_000 });
    expect(await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling', waitMs: 20_000 })).toMatchObject({
      errors: [],
      task: { state: 'SUCCEEDED' },
      job: { state: 'CLOSED' },
    });
    const late = await cancel(task?.id ?? '');
    expect(late.errors).toEqual([
      expect.objectContaining({ code: 'WRONG_STATE', message: expect.stringContaining('already ended as CANCELLED') }),
    ]);
  });

  it('that others began works by its native id, without the incarnation', async () => {
    await begin();
    await rig.sim('es').job('dns-tunneling', { resetMs: 60_000 });
    const begun = (await (
      await fetch(`${rig.sim('es').url}/_ml/anomaly_detectors/dns-tunneling/_reset?wait_for_completion=false`, { method: 'POST' })
    ).json()) as { readonly task: string };
    const { task, errors } = await cancel(`task:es:${begun.task}`);
    expect(errors).toEqual([]);
    expect(await endOfTask(rig, task?.id ?? '')).toMatchObject({ state: 'CANCELLED' });
  });

  it('without the privilege is FORBIDDEN and names it; the reset goes on', async () => {
    const users = [{ name: 'closer', password: 'pw', privileges: ['manage_ml', 'monitor'] }];
    await begin({ users, config: { auth: { kind: 'basic', username: 'closer', password: 'pw' } } });
    await rig.sim('es').job('dns-tunneling', { resetMs: 3_000 });
    const { task } = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling' });
    const { errors } = await cancel(task?.id ?? '');
    expect(errors).toEqual([expect.objectContaining({ __typename: 'ForbiddenError', missing: ['cancel_task'] })]);
    expect(await endOfTask(rig, task?.id ?? '')).toMatchObject({ state: 'SUCCEEDED' });
  });

  it('is not offered for a close, which the vendor cannot take back', async () => {
    await begin();
    await rig.sim('es').job('slow', { state: 'opened', closeMs: 60_000 });
    const { task } = await verb(rig, 'closeJob', { jobId: 'job:es:slow' });
    expect(task?.cancellable).toBe(false);
    const { errors } = await cancel(task?.id ?? '');
    expect(errors).toEqual([expect.objectContaining({ code: 'WRONG_STATE', message: expect.stringContaining('cannot be cancelled') })]);
  });
});

describe('closing before resetting', () => {
  const childrenOf = async (id: string): Promise<readonly SeenTask[]> =>
    (
      await rig.ask<{ readonly task: { readonly children: { readonly nodes: readonly SeenTask[] } } }>(
        `query T($id: ID!) { task(id: $id) { children(orderBy: { field: STARTED_AT, direction: ASC }) { totalCount nodes { ${taskFields} parent { id } } } } }`,
        { id },
      )
    ).task.children.nodes;

  it('is one task with a child for each step, and the parent ends as the reset does', async () => {
    await begin();
    await rig.sim('es').job('nginx-request-rate', { closeMs: 500, resetMs: 3_000 });
    const { task, errors } = await verb(rig, 'resetJob', { jobId: 'job:es:nginx-request-rate', closeFirst: true });
    expect(errors).toEqual([]);
    expect(task).toMatchObject({ kind: 'RESET', vendorType: 'gateway:reset', nativeId: null, state: 'RUNNING' });
    const children = await eventually(
      () => childrenOf(task?.id ?? ''),
      (seen) => seen.length === 2,
    );
    expect(children.map(({ kind, state }) => [kind, state])).toEqual([
      ['CLOSE', 'SUCCEEDED'],
      ['RESET', 'RUNNING'],
    ]);
    const job = await readJob(rig, 'job:es:nginx-request-rate');
    expect(job?.currentTask).toMatchObject({ id: task?.id });
    expect(await endOfTask(rig, task?.id ?? '')).toMatchObject({ state: 'SUCCEEDED', error: null });
    expect((await childrenOf(task?.id ?? '')).map(({ state }) => state)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(await readJob(rig, 'job:es:nginx-request-rate')).toMatchObject({ state: 'CLOSED', currentTask: null });
  });

  it('resets nothing when the close fails, and says why', async () => {
    await begin();
    rig.sim('es').setFaults([
      {
        route: 'POST /_ml/anomaly_detectors/{id}/_close',
        status: 409,
        body: {
          error: { type: 'status_exception', reason: 'Cannot perform requested action because upgrade mode is enabled' },
          status: 409,
        },
      },
    ]);
    const { task, errors } = await verb(rig, 'resetJob', { jobId: 'job:es:nginx-request-rate', closeFirst: true, waitMs: 20_000 });
    expect(task).toMatchObject({ state: 'FAILED', error: { code: 'REFUSED' } });
    expect(errors.map(({ code }) => code)).toEqual(['REFUSED']);
    expect((await childrenOf(task?.id ?? '')).map(({ kind, state }) => [kind, state])).toEqual([['CLOSE', 'FAILED']]);
    expect(resets()).toBe(0);
  });

  it('closes a failed job with force, and not without', async () => {
    await begin();
    const refused = await verb(rig, 'resetJob', { jobId: 'job:es:rare-process-by-host', closeFirst: true });
    expect(refused.errors.map(({ code }) => code)).toEqual(['WRONG_STATE']);
    expect(
      await verb(rig, 'resetJob', { jobId: 'job:es:rare-process-by-host', closeFirst: true, force: true, waitMs: 20_000 }),
    ).toMatchObject({
      errors: [],
      task: { state: 'SUCCEEDED' },
      job: { state: 'CLOSED' },
    });
  });

  it('is no close at all for a job that is closed', async () => {
    await begin();
    const { task } = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling', closeFirst: true, waitMs: 20_000 });
    expect(task).toMatchObject({ state: 'SUCCEEDED', vendorType: 'cluster:admin/xpack/ml/job/reset' });
    expect(rig.sim('es').calls()['POST /_ml/anomaly_detectors/{id}/_close']).toBeUndefined();
  });
});

describe('resetting many jobs', () => {
  it('sends one reset for each, side by side, though the vendor has one at a time', async () => {
    rig = await createGatewayRig({ backends: [{ id: 'es', empty: true }] });
    const names = Array.from({ length: 20 }, (_each, index) => `job-${String(index).padStart(2, '0')}`);
    for (const name of names) await rig.sim('es').job(name, { state: 'closed', resetMs: 2_000 });
    const { results } = await bulkVerb(rig, 'resetJobs', { jobIds: names.map((name) => `job:es:${name}`), waitMs: 30_000 });
    expect(results.map(({ job, task, errors }) => [job?.nativeId, job?.state, task?.state, errors])).toEqual(
      names.map((name) => [name, 'CLOSED', 'SUCCEEDED', []]),
    );
    expect(resets()).toBe(20);
  });

  it('tells each its own outcome', async () => {
    await begin();
    const { results } = await bulkVerb(rig, 'resetJobs', {
      jobIds: [
        'job:es:dns-tunneling',
        'job:es:nginx-request-rate',
        'job:es:never-was',
        'job:es:iot-sensor-drift',
        'job:es:rare-process-by-host',
      ],
      waitMs: 20_000,
    });
    expect(results.map(({ task, errors: [error] }) => [task?.state ?? null, error?.code ?? null, error?.path ?? null])).toEqual([
      ['SUCCEEDED', null, null],
      [null, 'WRONG_STATE', ['input', 'jobIds', '1']],
      [null, 'NOT_FOUND', ['input', 'jobIds', '2']],
      ['SUCCEEDED', null, null],
      [null, 'WRONG_STATE', ['input', 'jobIds', '4']],
    ]);
  });

  it('over several backends, of which one is down, resets what can be reset', async () => {
    rig = await createGatewayRig({ backends: [{ id: 'es-a' }, { id: 'es-b' }, { id: 'es-c' }] });
    rig.sim('es-b').setFaults([{ route: '*', reset: true }]);
    const { results } = await bulkVerb(rig, 'resetJobs', {
      jobIds: ['a', 'b', 'c'].map((key) => `job:es-${key}:dns-tunneling`),
      waitMs: 20_000,
    });
    expect(results.map(({ task, errors: [error] }) => [task?.state ?? null, error?.code ?? null])).toEqual([
      ['SUCCEEDED', null],
      [null, 'BACKEND_UNAVAILABLE'],
      ['SUCCEEDED', null],
    ]);
  });
});

describe('what is in the way', () => {
  it('is named: a job being reset cannot be opened, and the conflict has the task', async () => {
    await begin();
    await rig.sim('es').job('dns-tunneling', { resetMs: 60_000 });
    const { task } = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling' });
    const { job, errors } = await verb(rig, 'openJob', { jobId: 'job:es:dns-tunneling' });
    expect(job?.state).toBe('RESETTING');
    expect(errors).toEqual([
      expect.objectContaining({ __typename: 'ConflictError', code: 'CONFLICT', task: { id: task?.id, kind: 'RESET', state: 'RUNNING' } }),
    ]);
  });

  it('is named by the id it has in the lists, also when others began it', async () => {
    await begin();
    await rig.sim('es').job('dns-tunneling', { resetMs: 60_000 });
    await fetch(`${rig.sim('es').url}/_ml/anomaly_detectors/dns-tunneling/_reset?wait_for_completion=false`, { method: 'POST' });
    const { tasks } = await rig.ask<{ readonly tasks: { readonly nodes: readonly SeenTask[] } }>('{ tasks { nodes { id kind } } }');
    expect(tasks.nodes.map(({ kind }) => kind)).toEqual(['RESET']);
    const { errors } = await verb(rig, 'openJob', { jobId: 'job:es:dns-tunneling' });
    expect(errors.map(({ code, task }) => [code, task?.id])).toEqual([['CONFLICT', tasks.nodes[0]?.id]]);
  });

  it('a second reset waits for the first one, and both succeed', async () => {
    await begin();
    await rig.sim('es').job('dns-tunneling', { resetMs: 3_000 });
    const [first, second] = await Promise.all([
      verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling', waitMs: 20_000 }),
      verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling', waitMs: 20_000 }),
    ]);
    expect([first, second].map(({ task, errors }) => [task?.state, errors])).toEqual([
      ['SUCCEEDED', []],
      ['SUCCEEDED', []],
    ]);
    expect(first.task?.id).not.toBe(second.task?.id);
  });

  it('a delete under way refuses a reset, and is named', async () => {
    await begin();
    await rig.sim('es').job('dns-tunneling', { deleteMs: 60_000 });
    const { task, job } = await verb(rig, 'deleteJob', { jobId: 'job:es:dns-tunneling' });
    expect(job).toMatchObject({ state: 'DELETING', allowedActions: ['DELETE_JOB'] });
    const { errors } = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling' });
    expect(errors).toEqual([
      expect.objectContaining({ code: 'CONFLICT', task: expect.objectContaining({ id: task?.id, kind: 'DELETE' }) }),
    ]);
  });
});
