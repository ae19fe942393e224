import { afterEach, describe, expect, it } from 'vitest';
import {
  bulkVerb,
  createGatewayRig,
  endOfTask,
  eventually,
  type GatewayRig,
  type RigSetup,
  readJob,
  readTask,
  type SeenTask,
  verb,
} from '../support/gateway-rig.js';

let rig: GatewayRig;
afterEach(() => rig.dispose());

const begin = async (setup: Partial<RigSetup['backends'][number]> = {}): Promise<void> => {
  rig = await createGatewayRig({ backends: [{ id: 'es', ...setup }] });
};

const closes = (calls: Readonly<Record<string, number>>): number => calls['POST /_ml/anomaly_detectors/{id}/_close'] ?? 0;

describe('closing one job', () => {
  it('answers at once with a task that runs, and the task ends when the job is closed and its datafeed stopped', async () => {
    await begin();
    await rig.sim('es').job('nginx-request-rate', { closeMs: 1_500 });
    const { job, task, errors } = await verb(rig, 'closeJob', { jobId: 'job:es:nginx-request-rate' });
    expect(errors).toEqual([]);
    expect(task).toMatchObject({
      kind: 'CLOSE',
      vendorType: 'gateway:close',
      nativeId: null,
      progress: null,
      counts: null,
      endedAt: null,
      error: null,
      cancellable: false,
      job: { nativeId: 'nginx-request-rate' },
    });
    expect(task?.id).toMatch(/^task:es:vigil~[0-9a-z]{26}$/);
    expect(task?.state).toMatch(/^(?:QUEUED|RUNNING)$/);
    expect(job?.state).toMatch(/^(?:OPENED|CLOSING)$/);
    const ended = await endOfTask(rig, task?.id ?? '');
    expect(ended).toMatchObject({ id: task?.id, state: 'SUCCEEDED', error: null, endedAt: expect.any(String) });
    expect(await readJob(rig, 'job:es:nginx-request-rate')).toMatchObject({
      state: 'CLOSED',
      datafeed: { state: 'STOPPED' },
      currentTask: null,
      allowedActions: ['OPEN_JOB', 'RESET_JOB', 'DELETE_JOB', 'REVERT_JOB'],
    });
  });

  it('is the current task of the job meanwhile, once, beside the vendor’s own entry', async () => {
    await begin();
    await rig.sim('es').job('nginx-request-rate', { closeMs: 3_000 });
    const { task } = await verb(rig, 'closeJob', { jobId: 'job:es:nginx-request-rate' });
    const job = await eventually(
      () => readJob(rig, 'job:es:nginx-request-rate'),
      (seen) => seen?.state === 'CLOSING',
    );
    expect(job?.currentTask).toMatchObject({ id: task?.id, kind: 'CLOSE', state: 'RUNNING' });
    const { tasks } = await rig.ask<{ readonly tasks: { readonly totalCount: number; readonly nodes: readonly SeenTask[] } }>(
      '{ tasks { totalCount nodes { id kind state } } }',
    );
    expect(tasks.nodes).toEqual([{ id: task?.id, kind: 'CLOSE', state: 'RUNNING' }]);
  });

  it('with waitMs answers when it has ended, with the job as it is then', async () => {
    await begin();
    const { job, task, errors } = await verb(rig, 'closeJob', { jobId: 'job:es:checkout-latency', waitMs: 20_000 });
    expect({ state: job?.state, task: task?.state, errors }).toEqual({ state: 'CLOSED', task: 'SUCCEEDED', errors: [] });
  });

  it('with waitMs that is over first answers with the task as it is, and no error', async () => {
    await begin();
    await rig.sim('es').job('slow', { state: 'opened', closeMs: 60_000 });
    const { task, errors } = await verb(rig, 'closeJob', { jobId: 'job:es:slow', waitMs: 100 });
    expect({ state: task?.state, errors }).toEqual({ state: 'RUNNING', errors: [] });
  });

  it('that is closed already succeeds', async () => {
    await begin();
    const { task, errors } = await verb(rig, 'closeJob', { jobId: 'job:es:dns-tunneling', waitMs: 10_000 });
    expect({ state: task?.state, errors }).toEqual({ state: 'SUCCEEDED', errors: [] });
  });

  it('that has failed is refused with what helps, and closed with force', async () => {
    await begin();
    const refused = await verb(rig, 'closeJob', { jobId: 'job:es:rare-process-by-host' });
    expect(refused.task).toBeNull();
    expect(refused.job).toMatchObject({ state: 'FAILED', allowedActions: ['CLOSE_JOB', 'DELETE_JOB'] });
    expect(refused.errors).toEqual([
      expect.objectContaining({
        code: 'WRONG_STATE',
        message: 'The job has failed; only a forced close ends it: use force.',
        path: ['input', 'jobId'],
      }),
    ]);
    const forced = await verb(rig, 'closeJob', { jobId: 'job:es:rare-process-by-host', force: true, waitMs: 10_000 });
    expect(forced).toMatchObject({ job: { state: 'CLOSED' }, task: { state: 'SUCCEEDED' }, errors: [] });
  });

  it('that fails between the look and the call is told in the words of the vendor’s 409', async () => {
    await begin();
    rig.sim('es').setFaults([
      {
        route: 'POST /_ml/anomaly_detectors/{id}/_close',
        status: 409,
        body: {
          error: { type: 'status_exception', reason: 'cannot close job [payment-amount-outliers] because it failed, use force close' },
          status: 409,
        },
      },
    ]);
    const { task, errors } = await verb(rig, 'closeJob', { jobId: 'job:es:payment-amount-outliers', waitMs: 10_000 });
    expect(task).toMatchObject({ state: 'FAILED', error: { code: 'WRONG_STATE', detail: expect.stringContaining('use force close') } });
    expect(errors).toEqual([expect.objectContaining({ code: 'WRONG_STATE', message: expect.stringContaining('use force') })]);
  });

  it('whose vendor stops waiting goes on: TIMEOUT is told apart, and the end comes', async () => {
    await begin();
    await rig.sim('es').job('slow', { state: 'opened', closeMs: 5_000 });
    const { task, errors } = await verb(rig, 'closeJob', { jobId: 'job:es:slow', timeoutMs: 50, waitMs: 300 });
    expect(errors.map(({ code }) => code).filter((code) => code !== 'TIMEOUT')).toEqual([]);
    expect(task?.state).toBe('RUNNING');
    const steps = rig.subscribe<{ readonly taskProgress: { readonly task: SeenTask } }>(
      'subscription P($id: ID!) { taskProgress(id: $id) { task { id state error { code message } } } }',
      { id: task?.id },
    );
    const late = await steps.until(({ taskProgress }) => taskProgress.task.error !== null);
    expect(late.taskProgress.task).toMatchObject({
      state: 'RUNNING',
      error: { code: 'TIMEOUT', message: expect.stringMatching(/goes on|may go on|may still happen/) },
    });
    await steps.ended;
    expect(steps.seen.at(-1)?.taskProgress.task).toMatchObject({ state: 'SUCCEEDED', error: null });
    expect(await readJob(rig, 'job:es:slow')).toMatchObject({ state: 'CLOSED' });
  });

  it('whose connection breaks after it was sent is followed to its true end', async () => {
    await begin();
    rig.sim('es').setFaults([{ route: 'POST /_ml/anomaly_detectors/{id}/_close', cutAfterBytes: 0, count: 1 }]);
    const { task } = await verb(rig, 'closeJob', { jobId: 'job:es:payment-amount-outliers' });
    expect(await endOfTask(rig, task?.id ?? '')).toMatchObject({ state: 'SUCCEEDED', error: null });
    expect(closes(rig.sim('es').calls())).toBe(1);
  });

  it('that never reached the vendor is not sent a second time by itself, and does not end as a success', async () => {
    await begin();
    rig.sim('es').setFaults([{ route: 'POST /_ml/anomaly_detectors/{id}/_close', reset: true, count: 1 }]);
    const { task } = await verb(rig, 'closeJob', { jobId: 'job:es:payment-amount-outliers' });
    const ended = await endOfTask(rig, task?.id ?? '');
    expect(ended.state).toMatch(/^(?:FAILED|LOST)$/);
    expect(ended.error).not.toBeNull();
    expect(closes(rig.sim('es').calls())).toBe(1);
    expect(await readJob(rig, 'job:es:payment-amount-outliers')).toMatchObject({ state: 'OPENED' });
  });

  it('whose job is deleted meanwhile ends as FAILED or gone, never as running for ever', async () => {
    await begin();
    await rig.sim('es').job('slow', { state: 'opened', closeMs: 30_000, deleteMs: 100 });
    const { task } = await verb(rig, 'closeJob', { jobId: 'job:es:slow' });
    await verb(rig, 'deleteJob', { jobId: 'job:es:slow', force: true, waitMs: 10_000 });
    const ended = await endOfTask(rig, task?.id ?? '');
    expect(ended.state).toMatch(/^(?:SUCCEEDED|FAILED|LOST)$/);
    expect(ended.job).toBeNull();
  });

  it('of a version that does not stop datafeeds itself stops the datafeed first', async () => {
    await begin({ version: '7.10' });
    const { job, task, errors } = await verb(rig, 'closeJob', { jobId: 'job:es:nginx-request-rate', waitMs: 20_000 });
    expect({ job: job?.state, datafeed: job?.datafeed?.state, task: task?.state, errors }).toEqual({
      job: 'CLOSED',
      datafeed: 'STOPPED',
      task: 'SUCCEEDED',
      errors: [],
    });
    expect(rig.sim('es').calls()['POST /_ml/datafeeds/{id}/_stop']).toBe(1);
  });
});

describe('closing many jobs', () => {
  const running = ['auth-failed-logins', 'checkout-latency', 'nginx-request-rate', 'nginx-response-time', 'payment-amount-outliers'];

  it('by a list: one call and one task for each, in the order given', async () => {
    await begin();
    const jobIds = running.map((name) => `job:es:${name}`);
    const { results, errors } = await bulkVerb(rig, 'closeJobs', { jobIds, waitMs: 20_000 });
    expect(errors).toEqual([]);
    expect(results.map(({ jobId }) => jobId)).toEqual(jobIds);
    expect(results.map(({ job, task, errors: each }) => [job?.state, job?.datafeed?.state ?? null, task?.state, each])).toEqual(
      running.map((name) => ['CLOSED', name === 'payment-amount-outliers' ? null : 'STOPPED', 'SUCCEEDED', []]),
    );
    expect(new Set(results.map(({ task }) => task?.id)).size).toBe(5);
    expect(closes(rig.sim('es').calls())).toBe(5);
  });

  it.each([
    ['a group', 'production', ['checkout-latency', 'nginx-request-rate', 'nginx-response-time']],
    ['a wildcard', 'nginx-*', ['nginx-request-rate', 'nginx-response-time']],
    ['a wildcard over groups', 'prod*', ['checkout-latency', 'nginx-request-rate', 'nginx-response-time']],
    [
      'a comma list of ids, groups and wildcards',
      'dns-tunneling, payments,nginx-req*',
      ['checkout-latency', 'dns-tunneling', 'nginx-request-rate', 'payment-amount-outliers'],
    ],
  ])('by %s: expanded once, an outcome for each', async (_what, expression, names) => {
    await begin();
    const { results, errors } = await bulkVerb(rig, 'closeJobs', { expression: { backendId: 'backend:es', expression }, waitMs: 20_000 });
    expect(errors).toEqual([]);
    expect(results.map(({ job }) => job?.nativeId)).toEqual(names);
    expect(results.map(({ task, errors: each }) => [task?.state, each])).toEqual(names.map(() => ['SUCCEEDED', []]));
    for (const { jobId, job } of results) expect(job?.id.startsWith(jobId.replace(/~.*/, ''))).toBe(true);
    expect(closes(rig.sim('es').calls())).toBe(names.length);
  });

  it('by _all: every job there is, the failed one with its own error', async () => {
    await begin();
    const { results } = await bulkVerb(rig, 'closeJobs', { expression: { backendId: 'backend:es', expression: '_all' }, waitMs: 20_000 });
    expect(results).toHaveLength(12);
    expect(results.filter(({ errors }) => errors.length > 0).map(({ job, errors }) => [job?.nativeId, errors[0]?.code])).toEqual([
      ['rare-process-by-host', 'WRONG_STATE'],
    ]);
    expect(
      (
        await bulkVerb(rig, 'closeJobs', { expression: { backendId: 'backend:es', expression: '_all' }, force: true, waitMs: 20_000 })
      ).results.flatMap(({ errors }) => errors),
    ).toEqual([]);
    const { jobs } = await rig.ask<{ readonly jobs: { readonly stateCounts: readonly unknown[] } }>(
      '{ jobs { stateCounts { state count } } }',
    );
    expect(jobs.stateCounts).toEqual([
      { state: 'CLOSED', count: 11 },
      { state: 'RESETTING', count: 1 },
    ]);
  });

  it('by a wildcard that matches nothing closes nothing; with allowNoMatch false, or its old name, it is NOT_FOUND', async () => {
    await begin();
    const expression = { backendId: 'backend:es', expression: 'nothing-*' };
    expect(await bulkVerb(rig, 'closeJobs', { expression })).toEqual({ results: [], errors: [] });
    expect(await bulkVerb(rig, 'closeJobs', { expression: { ...expression, allowNoMatch: true } })).toEqual({ results: [], errors: [] });
    for (const option of [{ allowNoMatch: false }, { allowNoJobs: false }, { allowNoMatch: false, allowNoJobs: false }]) {
      const { results, errors } = await bulkVerb(rig, 'closeJobs', { expression: { ...expression, ...option } });
      expect(results).toEqual([]);
      expect(errors).toEqual([
        expect.objectContaining({
          code: 'NOT_FOUND',
          message: expect.stringContaining('nothing-*'),
          path: ['input', 'expression', 'expression'],
        }),
      ]);
    }
  });

  it.each(['7.9', '7.10', '7.17', '9.1'])('by an expression works on %s, whatever it calls allowNoMatch', async (version) => {
    await begin({ version });
    const expression = { backendId: 'backend:es', expression: 'nothing-*' };
    expect((await bulkVerb(rig, 'closeJobs', { expression: { ...expression, allowNoMatch: false } })).errors[0]?.code).toBe('NOT_FOUND');
    const { results } = await bulkVerb(rig, 'closeJobs', { expression: { ...expression, expression: 'nginx-*' }, waitMs: 20_000 });
    expect(results.map(({ job, task }) => [job?.nativeId, job?.state, task?.state])).toEqual([
      ['nginx-request-rate', 'CLOSED', 'SUCCEEDED'],
      ['nginx-response-time', 'CLOSED', 'SUCCEEDED'],
    ]);
  });

  it('by an expression that names a job that does not exist closes none', async () => {
    await begin();
    const { results, errors } = await bulkVerb(rig, 'closeJobs', {
      expression: { backendId: 'backend:es', expression: 'nginx-*,never-was' },
    });
    expect(results).toEqual([]);
    expect(errors).toEqual([expect.objectContaining({ code: 'NOT_FOUND', message: expect.stringContaining('never-was') })]);
    expect(closes(rig.sim('es').calls())).toBe(0);
  });

  it('fifty at once: bounded side by side, the rest QUEUED, each with its own end', async () => {
    rig = await createGatewayRig({ backends: [{ id: 'es', empty: true }] });
    const names = Array.from({ length: 50 }, (_each, index) => `job-${String(index).padStart(2, '0')}`);
    for (const name of names) await rig.sim('es').job(name, { state: 'opened', closeMs: 500 });
    const { results } = await bulkVerb(rig, 'closeJobs', { jobIds: names.map((name) => `job:es:${name}`) });
    expect(results.every(({ errors }) => errors.length === 0)).toBe(true);
    expect(results.map(({ task }) => task?.state).filter((state) => state === 'QUEUED').length).toBeGreaterThan(30);
    const done = await eventually(
      () =>
        rig.ask<{ readonly tasks: { readonly stateCounts: readonly unknown[] } }>('{ tasks(first: 100) { stateCounts { state count } } }'),
      ({ tasks }) => JSON.stringify(tasks.stateCounts) === '[{"state":"SUCCEEDED","count":50}]',
    );
    expect(done.tasks.stateCounts).toHaveLength(1);
    expect(closes(rig.sim('es').calls())).toBe(50);
  });

  it('of which one fails leaves the others to theirs', async () => {
    await begin();
    rig.sim('es').setFaults([
      {
        route: 'POST /_ml/anomaly_detectors/{id}/_close',
        count: 1,
        status: 409,
        body: {
          error: { type: 'status_exception', reason: 'Cannot perform requested action because upgrade mode is enabled' },
          status: 409,
        },
      },
    ]);
    const { results } = await bulkVerb(rig, 'closeJobs', { jobIds: running.map((name) => `job:es:${name}`), waitMs: 20_000 });
    expect(results.map(({ task }) => task?.state).sort()).toEqual(['FAILED', 'SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
    const failed = results.find(({ task }) => task?.state === 'FAILED');
    expect(failed?.errors).toEqual([expect.objectContaining({ code: 'REFUSED', message: expect.stringContaining('upgrade mode') })]);
  });
});

describe('a key for repeats', () => {
  const idempotencyKey = '5c1f31ac-2f83-4f20-a53c-6c0ad1f6b7e1';

  it('gives a repeat the first outcome, and the vendor nothing to do', async () => {
    await begin();
    const input = {
      jobIds: ['job:es:nginx-request-rate', 'job:es:never-was', 'job:es:rare-process-by-host'],
      idempotencyKey,
      waitMs: 20_000,
    };
    const first = await bulkVerb(rig, 'closeJobs', input);
    const second = await bulkVerb(rig, 'closeJobs', input);
    expect(second.results.map(({ task, errors }) => [task?.id ?? null, errors.map(({ code, path }) => [code, path])])).toEqual(
      first.results.map(({ task, errors }) => [task?.id ?? null, errors.map(({ code, path }) => [code, path])]),
    );
    expect(closes(rig.sim('es').calls())).toBe(1);
  });

  it('also when both come at the same time', async () => {
    await begin();
    const [first, second] = await Promise.all(
      [1, 2].map(() => verb(rig, 'closeJob', { jobId: 'job:es:nginx-request-rate', idempotencyKey, waitMs: 20_000 })),
    );
    expect(first?.task?.id).toBe(second?.task?.id);
    expect(closes(rig.sim('es').calls())).toBe(1);
  });

  it('finds the tasks by it: subscribed before the mutation, nothing is missed', async () => {
    await begin();
    const progress = rig.subscribe<{
      readonly tasksProgress: {
        readonly added: readonly SeenTask[];
        readonly changed: readonly SeenTask[];
        readonly left: readonly SeenTask[];
        readonly stateCounts: readonly { readonly state: string; readonly count: number }[];
      };
    }>(
      'subscription B($key: UUID!) { tasksProgress(filter: { idempotencyKeys: [$key] }) { reset synced added { id state } changed { id state } left { id state } stateCounts { state count } } }',
      { key: idempotencyKey },
    );
    await progress.next();
    const { results } = await bulkVerb(rig, 'closeJobs', {
      jobIds: ['job:es:nginx-request-rate', 'job:es:checkout-latency', 'job:es:auth-failed-logins'],
      idempotencyKey,
    });
    await progress.until(({ tasksProgress }) => JSON.stringify(tasksProgress.stateCounts) === '[{"state":"SUCCEEDED","count":3}]');
    const added = progress.seen.flatMap(({ tasksProgress }) => tasksProgress.added.map(({ id }) => id));
    expect(new Set(added)).toEqual(new Set(results.map(({ task }) => task?.id)));
    expect(added).toHaveLength(3);
    progress.stop();
  });
});

describe('a backend that is read-only', () => {
  it('is asked nothing but what it holds, and offers no verb', async () => {
    rig = await createGatewayRig({ backends: [{ id: 'ro', config: { readOnly: true } }] });
    const input = { jobId: 'job:ro:nginx-request-rate' };
    for (const name of ['openJob', 'closeJob', 'resetJob', 'deleteJob']) {
      const { job, task, errors } = await verb(rig, name, input);
      expect(task).toBeNull();
      expect(job?.allowedActions).toEqual([]);
      expect(errors).toEqual([
        expect.objectContaining({
          __typename: 'RefusedError',
          code: 'REFUSED',
          message: 'Backend ro is configured as read-only: it takes no verbs.',
        }),
      ]);
    }
    const { results } = await bulkVerb(rig, 'closeJobs', { expression: { backendId: 'backend:ro', expression: 'nginx-*' } });
    expect(results.map(({ errors }) => errors[0]?.code)).toEqual(['REFUSED', 'REFUSED']);
    expect(Object.keys(rig.sim('ro').calls()).filter((route) => !route.startsWith('GET'))).toEqual([]);
  });
});

describe('the log', () => {
  it('has one audit line for each mutation, with what was asked and what was said', async () => {
    await begin();
    await bulkVerb(rig, 'closeJobs', { jobIds: ['job:es:dns-tunneling', 'job:es:never-was'], force: true });
    await readTask(rig, 'task:es:vigil');
    const lines = rig.logs.filter(({ audit }) => audit !== undefined).map(({ audit }) => audit);
    expect(lines).toEqual([
      expect.objectContaining({
        action: 'CLOSE_JOB',
        targets: ['job:es:dns-tunneling', 'job:es:never-was'],
        accepted: 1,
        outcomeUnknown: [],
        refused: { NOT_FOUND: 1 },
        options: { force: true },
        requestId: expect.any(String),
      }),
    ]);
  });
});
