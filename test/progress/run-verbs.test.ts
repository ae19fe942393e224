import { afterEach, describe, expect, it } from 'vitest';
import { type Action, parseId, type Task } from '../../src/domain/index.js';
import { VigilError } from '../../src/errors.js';
import type { VerbOptions } from '../../src/progress/index.js';
import { createMemoryStore, type Store } from '../../src/store/index.js';
import { createProgressRig, eventually, noFields, type ProgressRig } from '../support/progress-rig.js';
import { createScriptedRuns, type ScriptedRuns } from '../support/scripted-runs.js';

type RunRig = ProgressRig & { readonly vendor: ScriptedRuns };

const rigs: ProgressRig[] = [];
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.dispose();
});
const rigOf = async (
  options: Omit<Parameters<typeof createProgressRig>[0] & object, 'vendor'> & { readonly vendor?: ScriptedRuns } = {},
): Promise<RunRig> => {
  const vendor = options.vendor ?? createScriptedRuns();
  const rig = await createProgressRig({ ...options, vendor });
  rigs.push(rig);
  return { ...rig, vendor };
};
/** What comes after a restart. */
const successorOf = async (rig: RunRig): Promise<RunRig> => {
  rigs.splice(0);
  await rig.dispose();
  return rigOf({ vendor: rig.vendor, store: rig.store });
};

const options = (more: Partial<VerbOptions> = {}): VerbOptions => ({ requestId: 'r', fields: noFields, actor: 'token:abc', ...more });
const key = '5f0c1c5e-6a55-4a3c-9d6b-0a1d7f6f2b11';
const secret = 'hunter2';

const start = ({ progress }: RunRig, more: Partial<VerbOptions> = {}, request: unknown = { rolls: 3, password: secret }) =>
  progress.verbs.startJob('one', { action: 'START_JOB', kind: 'roll', request }, options(more));
const on = ({ progress }: RunRig, action: 'KILL_JOB' | 'COLLECT_JOB_RESULT', job: string, more: Partial<VerbOptions> = {}) =>
  progress.verbs.runOnJobs({ action }, [parseId(job)], options(more)).then(([outcome]) => outcome);

const everythingIn = async (store: Store): Promise<string> => JSON.stringify(await store.list('', { limit: 1_000 }));

describe('starting a job', () => {
  it('gives the job and its run, which is whose who asked', async () => {
    const rig = await rigOf();
    const { jobId, job, task, errors } = await start(rig, { idempotencyKey: key });
    expect(errors).toEqual([]);
    expect(jobId).toBe('backend:one');
    expect(job).toMatchObject({ nativeId: '1', state: 'RUNNING' });
    expect(task).toMatchObject({
      nativeId: '1',
      jobNativeId: '1',
      kind: 'ROLL',
      state: 'RUNNING',
      startedBy: 'token:abc',
      idempotencyKey: key,
    });
    expect(rig.vendor.started).toEqual([{ rolls: 3, password: secret }]);
  });

  it.each([
    ['a product whose numbers stay', {}, '1'],
    ['one whose numbers are handed out again', { qualifiesIds: true, firstNumber: '1~a' }, '1~a'],
  ])('leads to the job of a run that cannot be read yet, of %s', async (_, product, native) => {
    const rig = await rigOf({ vendor: createScriptedRuns(product) });
    rig.vendor.begun = async (number) => {
      rig.vendor.remembered.delete(number);
    };
    const { job, task } = await start(rig);
    expect(task).toMatchObject({ nativeId: native, jobNativeId: native, kind: 'ROLL', state: 'RUNNING' });
    expect(job).toMatchObject({ nativeId: native });
    expect(rig.progress.book.find(task?.id ?? '')).toMatchObject({ startedBy: 'token:abc' });
  });

  it('is told to the audit log without what it takes, which is kept nowhere', async () => {
    const rig = await rigOf();
    await start(rig, { idempotencyKey: key });
    expect(rig.audit).toEqual([
      {
        action: 'START_JOB',
        targets: ['backend:one'],
        actor: 'token:abc',
        requestId: 'r',
        idempotencyKey: key,
        accepted: 1,
        outcomeUnknown: [],
        refused: {},
        options: { kind: 'roll' },
      },
    ]);
    expect(await everythingIn(rig.store)).toContain('START_JOB');
    expect(await everythingIn(rig.store)).not.toContain(secret);
  });

  it('waits for the run to end where the mutation waits, and says how it failed', async () => {
    const rig = await rigOf();
    rig.vendor.begun = async (number) => rig.vendor.put(number, 'FINISHED');
    expect(await start(rig, { waitMs: 5_000 })).toMatchObject({ task: { state: 'SUCCEEDED' }, job: { state: 'FINISHED' }, errors: [] });
    rig.vendor.begun = async (number) => {
      const error = { code: 'REFUSED', message: 'It fell off the table.', detail: null } as const;
      setTimeout(() => rig.vendor.put(number, 'FAILED', { error }), 20);
    };
    const failed = await start(await rigOf({ vendor: rig.vendor }), { waitMs: 5_000 });
    expect(failed).toMatchObject({ task: { state: 'FAILED' }, errors: [{ code: 'REFUSED', message: 'It fell off the table.' }] });
  });

  it('is refused where the backend lacks it or takes no verbs, before anything is sent', async () => {
    const lacking: readonly Action[] = ['KILL_JOB'];
    const without = await rigOf({ vendor: createScriptedRuns({ capabilities: lacking }) });
    expect(await start(without)).toMatchObject({
      job: null,
      task: null,
      errors: [{ code: 'UNSUPPORTED', facts: { action: 'START_JOB', path: ['input', 'backendId'] } }],
    });
    const readOnly = await rigOf({ connection: { readOnly: true } });
    expect((await start(readOnly)).errors).toMatchObject([{ code: 'REFUSED' }]);
    expect([without.vendor.started, readOnly.vendor.started]).toEqual([[], []]);
    expect(readOnly.audit).toMatchObject([{ accepted: 0, refused: { REFUSED: 1 } }]);
  });

  it('keeps the place in the input that the vendor finds wrong', async () => {
    const rig = await rigOf();
    rig.vendor.refusal = new VigilError('INVALID_INPUT', 'Three at most.', { path: ['input', 'roll', 'rolls'] });
    const { errors, task } = await start(rig);
    expect(errors).toMatchObject([{ code: 'INVALID_INPUT', facts: { path: ['input', 'roll', 'rolls'] } }]);
    expect(task).toBeNull();
    expect(rig.progress.book.tasksOf('one')).toEqual([]);
  });

  it('that was not answered may have begun, and the audit log says so', async () => {
    const rig = await rigOf();
    rig.vendor.refusal = new VigilError('BACKEND_UNAVAILABLE', 'reset', { outcomeUnknown: true });
    expect((await start(rig)).errors).toMatchObject([{ facts: { outcomeUnknown: true } }]);
    expect(rig.audit).toMatchObject([{ accepted: 0, outcomeUnknown: ['backend:one'] }]);
  });
});

describe('starting a job again with the same key', () => {
  it('starts nothing, and shows the first one as it is by now, also after a restart', async () => {
    const rig = await rigOf();
    const first = await start(rig, { idempotencyKey: key });
    const [again, ...more] = await Promise.all([start(rig, { idempotencyKey: key }), start(rig, { idempotencyKey: key })]);
    for (const each of [again, ...more])
      expect(each).toMatchObject({ job: { id: first.job?.id }, task: { id: first.task?.id }, errors: [] });
    const next = await successorOf(rig);
    rig.vendor.put('1', 'FINISHED');
    const late = await start(next, { idempotencyKey: key, waitMs: 5_000 });
    expect(late).toMatchObject({
      job: { id: first.job?.id, state: 'FINISHED' },
      task: { id: first.task?.id, state: 'SUCCEEDED' },
      errors: [],
    });
    expect(rig.vendor.started).toHaveLength(1);
  });

  it('is refused when it would start something else', async () => {
    const rig = await rigOf();
    await start(rig, { idempotencyKey: key });
    await expect(start(rig, { idempotencyKey: key }, { rolls: 4, password: secret })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(rig.vendor.started).toHaveLength(1);
  });

  it('that a gateway was killed in the middle of is a conflict, not a second job', async () => {
    const store = createMemoryStore();
    const rig = await rigOf({ store });
    await start(rig, { idempotencyKey: key });
    const kept = JSON.parse((await store.get(`idempotency/${key}`)) ?? '{}');
    const { outcomes: _outcomes, ...intent } = kept;
    const next = await successorOf(rig);
    await store.put(`idempotency/${key}`, JSON.stringify(intent));
    await expect(start(next, { idempotencyKey: key })).rejects.toMatchObject({ code: 'CONFLICT', facts: { outcomeUnknown: true } });
    expect(rig.vendor.started).toHaveLength(1);
  });
});

describe('the run of a job that was started', () => {
  it('is followed to its end by nobody but the gateway, after a restart and although its vendor has forgotten it', async () => {
    const rig = await rigOf();
    const { task } = await start(rig);
    const next = await successorOf(rig);
    rig.vendor.put('1', 'FINISHED');
    rig.vendor.remembered.clear();
    const end = await eventually(
      () => next.progress.book.find(task?.id ?? ''),
      (known) => known?.state !== 'RUNNING',
    );
    expect(end).toMatchObject({ state: 'SUCCEEDED', startedBy: 'token:abc' });
  });

  it('is lost when neither it nor its job is known any more', async () => {
    const rig = await rigOf();
    const { task } = await start(rig);
    rig.vendor.drop('1');
    await eventually(
      () => rig.progress.book.find(task?.id ?? '')?.state,
      (state) => state === 'LOST',
    );
  });

  it('waits its turn in a queue, also over a restart', async () => {
    const rig = await rigOf();
    rig.vendor.begun = async (number) => rig.vendor.put(number, 'QUEUED');
    const { task } = await start(rig);
    expect(task?.state).toBe('QUEUED');
    const next = await successorOf(rig);
    const stateOf = () => next.progress.book.find(task?.id ?? '')?.state;
    const before = rig.vendor.watched.length;
    await eventually(
      () => rig.vendor.watched.length,
      (ticks) => ticks > before + 4,
    );
    expect(stateOf()).toBe('QUEUED');
    rig.vendor.put('1', 'FINISHED');
    await eventually(stateOf, (state) => state === 'SUCCEEDED');
  });
});

describe('killing a job', () => {
  const killed = (rig: RunRig, more: Partial<Task> = {}): void => {
    rig.vendor.run = async (verb) => {
      const number = 'jobId' in verb ? verb.jobId : verb.taskId;
      rig.vendor.put(number, 'KILLED', more);
      return { done: true, taskId: number };
    };
  };

  it('shows the run it ends, which stays whose it is and is no task of the gateway', async () => {
    const rig = await rigOf();
    rig.vendor.put('7', 'RUNNING', { startedBy: 'somebody' });
    killed(rig, { startedBy: 'somebody' });
    const outcome = await on(rig, 'KILL_JOB', 'job:one:7');
    expect(outcome).toMatchObject({
      errors: [],
      job: { state: 'KILLED' },
      task: { kind: 'ROLL', state: 'CANCELLED', startedBy: 'somebody' },
    });
    expect(rig.vendor.sent).toEqual([{ action: 'KILL_JOB', jobId: '7' }]);
    expect(await everythingIn(rig.store)).not.toContain('KILL_JOB');
    expect(rig.audit).toMatchObject([{ action: 'KILL_JOB', targets: ['job:one:7'], accepted: 1 }]);
  });

  it('is not kept from it by the run that was started here', async () => {
    const rig = await rigOf();
    const { task } = await start(rig);
    killed(rig);
    expect(await on(rig, 'KILL_JOB', 'job:one:1')).toMatchObject({ errors: [], task: { id: task?.id, state: 'CANCELLED' } });
    expect(rig.progress.book.find(task?.id ?? '')).toMatchObject({ state: 'CANCELLED', startedBy: 'token:abc' });
  });

  it('is refused in the words of its vendor when it has ended, and does not say that its run is in the way', async () => {
    const rig = await rigOf();
    await start(rig);
    rig.vendor.setJob('1', 'FINISHED');
    const outcome = await on(rig, 'KILL_JOB', 'job:one:1');
    expect(outcome?.errors).toMatchObject([{ code: 'WRONG_STATE', message: 'It is FINISHED.' }]);
    expect(rig.vendor.sent).toEqual([]);
  });

  it('passes on what the vendor refuses only when it is sent, and leaves the run as it is', async () => {
    const rig = await rigOf();
    rig.vendor.put('7', 'RUNNING');
    rig.vendor.run = async () => {
      throw new VigilError('REFUSED', 'It cannot be killed.');
    };
    expect(await on(rig, 'KILL_JOB', 'job:one:7')).toMatchObject({ errors: [{ code: 'REFUSED' }], job: { state: 'RUNNING' }, task: null });
    expect((await on(rig, 'KILL_JOB', 'job:one:8'))?.errors).toMatchObject([{ code: 'NOT_FOUND' }]);
  });

  it('waits for the run to end where the mutation waits, and does not take its end for a failure', async () => {
    const rig = await rigOf();
    rig.vendor.put('7', 'RUNNING');
    rig.vendor.run = async () => {
      setTimeout(() => rig.vendor.put('7', 'KILLED'), 20);
      return { done: false, taskId: '7' };
    };
    expect(await on(rig, 'KILL_JOB', 'job:one:7', { waitMs: 5_000 })).toMatchObject({ errors: [], task: { state: 'CANCELLED' } });
  });

  it('again with the same key shows the run again after a restart, although nobody here has begun it', async () => {
    const rig = await rigOf();
    rig.vendor.put('7', 'RUNNING');
    killed(rig);
    const first = await on(rig, 'KILL_JOB', 'job:one:7', { idempotencyKey: key });
    expect(first?.task?.state).toBe('CANCELLED');
    const next = await successorOf(rig);
    const again = await on(next, 'KILL_JOB', 'job:one:7', { idempotencyKey: key });
    expect(again).toMatchObject({ errors: [], task: { id: first?.task?.id, state: 'CANCELLED' } });
    expect(rig.vendor.sent).toHaveLength(1);
  });
});

describe('cancelling a run', () => {
  it('is done although the vendor forgets the run with it', async () => {
    const rig = await rigOf();
    rig.vendor.put('7', 'RUNNING');
    rig.vendor.run = async () => {
      rig.vendor.drop('7');
      return { done: true };
    };
    const { task, errors } = await rig.progress.verbs.cancelTask(parseId('task:one:7'), options());
    expect(errors).toEqual([]);
    expect(task?.nativeId).toBe('7');
    expect(rig.faults).toEqual([]);
  });
});

describe('where numbers are handed out again', () => {
  const twice = async (): Promise<RunRig> => {
    const rig = await rigOf({ vendor: createScriptedRuns({ qualifiesIds: true, firstNumber: '7~c' }) });
    rig.vendor.put('7~a', 'FINISHED');
    rig.vendor.put('7~b', 'RUNNING');
    rig.vendor.run = async (verb) => ({ done: false, taskId: 'jobId' in verb ? verb.jobId : verb.taskId });
    return rig;
  };

  it.each([
    ['job:one:7', '7~b'],
    ['job:one:7~b', '7~b'],
    ['job:one:7~a', '7~a'],
  ])('a result of %s is collected from %s', async (id, name) => {
    const rig = await twice();
    const outcome = await on(rig, 'COLLECT_JOB_RESULT', id);
    expect(outcome).toMatchObject({ jobId: id, errors: [], job: { nativeId: name }, task: { id: `task:one:${name}` } });
    expect(rig.vendor.sent).toEqual([{ action: 'COLLECT_JOB_RESULT', jobId: name }]);
  });

  it('no job is taken for another of its number that is no more', async () => {
    const rig = await twice();
    expect(await on(rig, 'KILL_JOB', 'job:one:7~z')).toMatchObject({ job: null, errors: [{ code: 'NOT_FOUND' }] });
    expect(rig.vendor.sent).toEqual([]);
  });

  it('a job that was started is the new one of its number', async () => {
    const rig = await twice();
    const { job, task } = await start(rig);
    expect([job?.id, task?.id, task?.jobNativeId]).toEqual(['job:one:7~c', 'task:one:7~c', '7~c']);
  });

  it('jobs that an expression names can be asked for', async () => {
    const rig = await twice();
    const ids = await rig.progress.verbs.expand('one', { expression: '7~a,7~b' }, 'r');
    const outcomes = await rig.progress.verbs.runOnJobs({ action: 'COLLECT_JOB_RESULT' }, ids, options());
    expect(outcomes).toMatchObject([
      { jobId: 'job:one:7~a', errors: [], job: { nativeId: '7~a' } },
      { jobId: 'job:one:7~b', errors: [], job: { nativeId: '7~b' } },
    ]);
  });

  it('the run is cancelled that was judged, although its number has become that of another one', async () => {
    const rig = await twice();
    const { task, errors } = await rig.progress.verbs.cancelTask(parseId('task:one:7'), options());
    expect([errors, task?.id]).toEqual([[], 'task:one:7~b']);
    expect(rig.vendor.sent).toEqual([{ action: 'CANCEL_TASK', taskId: '7~b' }]);
  });

  it('who watches runs with their jobs hears that the job of one is no more', async () => {
    const rig = await twice();
    rig.vendor.put('7~b', 'RUNNING');
    const watch = rig.progress.hub.watchTasks({}, { fields: new Set(['Task.job', 'Task.state', 'Job.state']) });
    const first = await watch.next();
    expect(first.value.added.map(({ id }: { id: string }) => id)).toContain('task:one:7~b');
    rig.vendor.jobs.delete('7~b');
    const changed: string[] = [];
    for await (const step of watch) {
      changed.push(...step.changed.map(({ id }) => id));
      if (changed.length > 0) break;
    }
    expect(changed).toContain('task:one:7~b');
  });
});
