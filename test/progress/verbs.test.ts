import { afterEach, describe, expect, it } from 'vitest';
import { parseId, type VerbAnswer } from '../../src/domain/index.js';
import { VigilError } from '../../src/errors.js';
import type { VerbOptions } from '../../src/progress/index.js';
import { createMemoryStore } from '../../src/store/index.js';
import { createProgressRig, eventually, noFields, type ProgressRig } from '../support/progress-rig.js';
import { createScriptedVendor } from '../support/scripted-vendor.js';

const rigs: ProgressRig[] = [];
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.dispose();
});
const rigOf = async (options: Parameters<typeof createProgressRig>[0] = {}): Promise<ProgressRig> => {
  const rig = await createProgressRig(options);
  rigs.push(rig);
  return rig;
};

const options = (more: Partial<VerbOptions> = {}): VerbOptions => ({ requestId: 'r', fields: noFields, actor: 'token:abc', ...more });
const key = '5f0c1c5e-6a55-4a3c-9d6b-0a1d7f6f2b11';

/** A call that the test answers when it likes. */
const held = (): { readonly promise: Promise<VerbAnswer>; answer(): void; fail(error: unknown): void } => {
  let answer = (): void => undefined;
  let fail = (_error: unknown): void => undefined;
  const promise = new Promise<VerbAnswer>((resolve, reject) => {
    answer = () => resolve({ done: true });
    fail = reject;
  });
  return { promise, answer, fail };
};

describe('a verb whose call only answers at the end', () => {
  it('is a task of the gateway, written down before it is sent', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'OPENED');
    const call = held();
    let keptWhenSent = 0;
    rig.vendor.run = async () => {
      keptWhenSent = (await rig.store.list('tasks/', { limit: 10 })).length;
      return call.promise;
    };
    const [outcome] = await rig.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, [rig.id('a')], options());
    expect(outcome?.errors).toEqual([]);
    expect(outcome?.task).toMatchObject({
      state: 'RUNNING',
      kind: 'CLOSE',
      nativeId: null,
      vendorType: 'gateway:close',
      startedBy: 'token:abc',
      cancellable: false,
    });
    expect(outcome?.task?.id).toMatch(/^task:one:vigil~[0-9a-z]{26}$/);
    call.answer();
    const end = await eventually(
      () => rig.progress.book.find(outcome?.task?.id ?? ''),
      (task) => task?.state === 'SUCCEEDED',
    );
    expect(end?.endedAt).not.toBeNull();
    expect(keptWhenSent).toBe(1);
  });

  it('ends as FAILED with the code of the refusal, which a mutation that waits reports', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'FAILED');
    rig.vendor.run = async () => {
      throw new VigilError('WRONG_STATE', 'it failed, use force', { vendorMessage: 'use force close' });
    };
    const [outcome] = await rig.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, [rig.id('a')], options({ waitMs: 2_000 }));
    expect(outcome?.task).toMatchObject({ state: 'FAILED', error: { code: 'WRONG_STATE', detail: 'use force close' } });
    expect(outcome?.errors).toMatchObject([{ code: 'WRONG_STATE' }]);
  });

  it.each([
    ['the vendor stopped waiting', new VigilError('TIMEOUT', 'the close goes on')],
    ['the answer was lost', new VigilError('BACKEND_UNAVAILABLE', 'reset', { outcomeUnknown: true })],
  ])('is followed through its job when %s', async (_, failure) => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'CLOSING');
    rig.vendor.setJob('a', 'OPENED');
    rig.vendor.run = async () => {
      rig.vendor.setJob('a', 'CLOSING');
      throw failure;
    };
    const [outcome] = await rig.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, [rig.id('a')], options());
    const id = outcome?.task?.id ?? '';
    const running = await eventually(
      () => rig.progress.book.find(id),
      (task) => task?.error !== null,
    );
    expect(running).toMatchObject({ state: 'RUNNING', error: { code: failure.code } });
    rig.vendor.setJob('a', 'CLOSED');
    expect(
      await eventually(
        () => rig.progress.book.find(id),
        (task) => task?.state === 'SUCCEEDED',
      ),
    ).toMatchObject({ error: null });
  });

  it('is found again after a restart and ends by what its job says', async () => {
    const store = createMemoryStore();
    const vendor = createScriptedVendor();
    vendor.setJob('a', 'OPENED');
    vendor.run = () => new Promise(() => undefined);
    const before = await createProgressRig({ vendor, store });
    const [outcome] = await before.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, [before.id('a')], options());
    await before.dispose();

    vendor.setJob('a', 'CLOSING');
    const after = await rigOf({ vendor, store });
    const id = outcome?.task?.id ?? '';
    expect(after.progress.book.find(id)?.state).toBe('RUNNING');
    vendor.setJob('a', 'CLOSED');
    await eventually(
      () => after.progress.book.find(id),
      (task) => task?.state === 'SUCCEEDED',
    );
  });

  it('is LOST when the job no longer tells, only after it was asked repeatedly', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'OPENED');
    rig.vendor.run = async () => {
      rig.vendor.jobs.clear();
      throw new VigilError('BACKEND_UNAVAILABLE', 'reset', { outcomeUnknown: true });
    };
    const asked = rig.vendor.calls.get('readJobs') ?? 0;
    const [outcome] = await rig.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, [rig.id('a')], options());
    await eventually(
      () => rig.progress.book.find(outcome?.task?.id ?? ''),
      (task) => task?.state === 'LOST',
    );
    expect((rig.vendor.calls.get('readJobs') ?? 0) - asked).toBeGreaterThanOrEqual(3);
  });

  it('sends only so many at once to one backend, and all of them in the end', async () => {
    const rig = await rigOf();
    const ids = Array.from({ length: 30 }, (_, index) => `j${index}`);
    for (const id of ids) rig.vendor.setJob(id, 'OPENED');
    let atOnce = 0;
    let most = 0;
    rig.vendor.run = async () => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      atOnce -= 1;
      return { done: true };
    };
    const outcomes = await rig.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, ids.map(rig.id), options({ waitMs: 5_000 }));
    expect(outcomes.map((outcome) => outcome.task?.state)).toEqual(ids.map(() => 'SUCCEEDED'));
    expect(most).toBeLessThanOrEqual(8);
  });

  it('that still queues when the gateway stops is not sent later, and says so', async () => {
    const store = createMemoryStore();
    const vendor = createScriptedVendor();
    const ids = Array.from({ length: 12 }, (_, index) => `j${index}`);
    for (const id of ids) vendor.setJob(id, 'OPENED');
    vendor.run = () => new Promise(() => undefined);
    const before = await createProgressRig({ vendor, store });
    await before.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, ids.map(before.id), options());
    await before.dispose();
    const sent = vendor.sent.length;
    for (const id of ids) vendor.setJob(id, 'CLOSING');
    const after = await rigOf({ vendor, store });
    const ends = await eventually(
      () => after.progress.book.tasksOf('one').filter((task) => task.state === 'LOST'),
      (lost) => lost.length === 12 - sent,
    );
    expect(sent).toBe(8);
    expect(ends[0]?.error?.message).toContain('not been sent');
  });

  it('lets those who wait go when the gateway stops, with the task as it is', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'OPENED');
    rig.vendor.run = () => new Promise(() => undefined);
    const waiting = rig.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, [rig.id('a')], options({ waitMs: 60_000 }));
    await eventually(
      () => rig.vendor.sent.length,
      (sent) => sent === 1,
    );
    rig.progress.stopWaiting();
    expect((await waiting)[0]?.task?.state).toBe('RUNNING');
  });
});

describe('a verb the vendor runs in the background', () => {
  const started = (rig: ProgressRig): void => {
    rig.vendor.setJob('a', 'CLOSED');
    rig.vendor.run = async () => {
      const task = rig.vendor.makeTask('n:7', { jobNativeId: 'a' });
      rig.vendor.listed.set('n:7', task);
      rig.vendor.remembered.set('n:7', task);
      return { done: false, taskId: 'n:7' };
    };
  };
  const ended = (rig: ProgressRig, state: 'SUCCEEDED' | 'FAILED'): void => {
    const task = rig.vendor.listed.get('n:7');
    rig.vendor.listed.clear();
    if (task)
      rig.vendor.remembered.set('n:7', {
        ...task,
        state,
        endedAt: 5,
        error: state === 'FAILED' ? { code: 'FORBIDDEN', message: 'no', detail: null } : null,
      });
  };

  it("hands back the vendor's own task and follows it, whether anybody watches or not", async () => {
    const rig = await rigOf();
    started(rig);
    const [outcome] = await rig.progress.verbs.runOnJobs({ action: 'RESET_JOB' }, [rig.id('a')], options({ idempotencyKey: key }));
    expect(outcome?.task).toMatchObject({ nativeId: 'n:7', state: 'RUNNING', idempotencyKey: key, startedBy: 'token:abc' });
    ended(rig, 'SUCCEEDED');
    await eventually(
      () => rig.progress.book.find(outcome?.task?.id ?? ''),
      (task) => task?.state === 'SUCCEEDED',
    );
    const calls = rig.vendor.calls.get('discoverTasks');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(rig.vendor.calls.get('discoverTasks')).toBe(calls);
  });

  it('reports a failure that arrives only in the result of its task', async () => {
    const rig = await rigOf();
    started(rig);
    const waiting = rig.progress.verbs.runOnJobs({ action: 'RESET_JOB' }, [rig.id('a')], options({ waitMs: 5_000 }));
    await eventually(
      () => rig.vendor.listed.size,
      (size) => size === 1,
    );
    ended(rig, 'FAILED');
    expect((await waiting)[0]?.errors).toMatchObject([{ code: 'FORBIDDEN' }]);
  });

  it('is not brought back to life by a list that shows it too long', async () => {
    const rig = await rigOf();
    started(rig);
    const [outcome] = await rig.progress.verbs.runOnJobs({ action: 'RESET_JOB' }, [rig.id('a')], options());
    ended(rig, 'SUCCEEDED');
    const id = outcome?.task?.id ?? '';
    await eventually(
      () => rig.progress.book.find(id),
      (task) => task?.state === 'SUCCEEDED',
    );
    const [again] = rig.progress.ledger.stampTasks([rig.vendor.makeTask('n:7', { jobNativeId: 'a' })], Date.now());
    expect(again?.state).toBe('SUCCEEDED');
  });

  it('keeps its task even when it cannot be read right after it began', async () => {
    const rig = await rigOf();
    started(rig);
    const run = rig.vendor.run;
    rig.vendor.run = async (verb, call) => {
      const answer = await run(verb, call);
      rig.vendor.remembered.delete('n:7');
      return answer;
    };
    const [outcome] = await rig.progress.verbs.runOnJobs({ action: 'RESET_JOB' }, [rig.id('a')], options());
    expect(outcome?.task).toMatchObject({ nativeId: 'n:7', state: 'RUNNING', jobNativeId: 'a' });
  });
});

describe('a reset that closes first', () => {
  it('is one parent task over both, and succeeds as the reset does', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'OPENED');
    rig.vendor.run = async (verb) => {
      if (verb.action === 'CLOSE_JOB') rig.vendor.setJob('a', 'CLOSED');
      return { done: true };
    };
    const [outcome] = await rig.progress.verbs.runOnJobs(
      { action: 'RESET_JOB', closeFirst: true, force: true },
      [rig.id('a')],
      options({ waitMs: 5_000 }),
    );
    expect(outcome?.task).toMatchObject({ kind: 'RESET', state: 'SUCCEEDED', vendorType: 'gateway:reset' });
    expect(rig.vendor.sent).toEqual([
      { action: 'CLOSE_JOB', jobId: 'a', force: true },
      { action: 'RESET_JOB', jobId: 'a' },
    ]);
    const children = rig.progress.book.tasksOf('one').filter((task) => task.parentId === outcome?.task?.id);
    expect(children.map((child) => child.kind).sort()).toEqual(['CLOSE', 'RESET']);
  });

  it('resets nothing when the close fails', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'FAILED');
    rig.vendor.run = async () => {
      throw new VigilError('WRONG_STATE', 'use force');
    };
    const [outcome] = await rig.progress.verbs.runOnJobs(
      { action: 'RESET_JOB', closeFirst: true },
      [rig.id('a')],
      options({ waitMs: 5_000 }),
    );
    expect(outcome?.task).toMatchObject({ state: 'FAILED', error: { code: 'WRONG_STATE' } });
    expect(rig.vendor.sent.map((verb) => verb.action)).toEqual(['CLOSE_JOB']);
  });

  it('sends the reset alone when the job is closed already', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'CLOSED');
    await rig.progress.verbs.runOnJobs({ action: 'RESET_JOB', closeFirst: true }, [rig.id('a')], options({ waitMs: 5_000 }));
    expect(rig.vendor.sent.map((verb) => verb.action)).toEqual(['RESET_JOB']);
  });

  it('is LOST, and the reset not sent, when the gateway was restarted in between', async () => {
    const store = createMemoryStore();
    const vendor = createScriptedVendor();
    vendor.setJob('a', 'OPENED');
    vendor.run = () => new Promise(() => undefined);
    const before = await createProgressRig({ vendor, store });
    const [outcome] = await before.progress.verbs.runOnJobs({ action: 'RESET_JOB', closeFirst: true }, [before.id('a')], options());
    await eventually(
      () => vendor.sent.length,
      (sent) => sent === 1,
    );
    await before.dispose();
    vendor.setJob('a', 'CLOSED');
    const after = await rigOf({ vendor, store });
    await eventually(
      () => after.progress.book.find(outcome?.task?.id ?? ''),
      (task) => task?.state === 'LOST',
    );
    expect(vendor.sent.map((verb) => verb.action)).toEqual(['CLOSE_JOB']);
  });
});

describe('what is refused before anything is sent', () => {
  it('says NOT_FOUND for an unknown job and for another incarnation of the name', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'OPENED');
    const outcomes = await rig.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, [rig.id('nope'), parseId('job:one:a~zzz')], options());
    expect(outcomes.map((outcome) => outcome.errors.map((error) => error.code))).toEqual([['NOT_FOUND'], ['NOT_FOUND']]);
    expect(rig.vendor.sent).toEqual([]);
  });

  it('says NOT_FOUND for an unknown backend and does the others', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'OPENED');
    const outcomes = await rig.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, [parseId('job:two:a'), rig.id('a')], options());
    expect(outcomes.map((outcome) => outcome.errors.length)).toEqual([1, 0]);
  });

  it('says UNSUPPORTED and what is supported', async () => {
    const rig = await rigOf({ vendor: createScriptedVendor('one', ['CLOSE_JOB']) });
    rig.vendor.setJob('a', 'CLOSED');
    const [outcome] = await rig.progress.verbs.runOnJobs({ action: 'RESET_JOB' }, [rig.id('a')], options());
    expect(outcome?.errors[0]).toMatchObject({
      code: 'UNSUPPORTED',
      facts: { action: 'RESET_JOB', supported: ['CLOSE_JOB'], path: ['input', 'jobId'] },
    });
  });

  it('says REFUSED for a read-only backend', async () => {
    const rig = await rigOf({ connection: { readOnly: true } });
    rig.vendor.setJob('a', 'OPENED');
    const [outcome] = await rig.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, [rig.id('a')], options());
    expect(outcome?.errors[0]?.code).toBe('REFUSED');
    expect(outcome?.job?.state).toBe('OPENED');
  });

  it('says CONFLICT and names the task that is in the way', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'OPENED');
    rig.vendor.run = () => {
      rig.vendor.setJob('a', 'CLOSING');
      return new Promise(() => undefined);
    };
    const [first] = await rig.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, [rig.id('a')], options());
    const [second] = await rig.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, [rig.id('a')], options());
    expect(second?.errors[0]).toMatchObject({ code: 'CONFLICT', facts: { taskId: first?.task?.id } });
  });

  it('says why the job could not be read, and sends nothing', async () => {
    const rig = await rigOf();
    rig.vendor.beforeRead = async () => {
      throw new VigilError('BACKEND_UNAVAILABLE', 'down');
    };
    const [outcome] = await rig.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, [rig.id('a')], options());
    expect(outcome).toMatchObject({ job: null, task: null });
    expect(outcome?.errors[0]?.code).toBe('BACKEND_UNAVAILABLE');
  });

  it('answers once for an id that is given twice', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'OPENED');
    expect(await rig.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, [rig.id('a'), rig.id('a')], options())).toHaveLength(1);
    expect(rig.vendor.sent).toHaveLength(1);
  });
});

describe('an idempotency key', () => {
  it('makes a repeat return the first outcome, at the same time and after a restart', async () => {
    const store = createMemoryStore();
    const vendor = createScriptedVendor();
    vendor.setJob('a', 'OPENED');
    const rig = await createProgressRig({ vendor, store });
    const ask = (on: ProgressRig) =>
      on.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, [on.id('a')], options({ idempotencyKey: key, waitMs: 2_000 }));
    const [[first], [second]] = await Promise.all([ask(rig), ask(rig)]);
    await rig.dispose();
    const [third] = await ask(await rigOf({ vendor, store }));
    expect(new Set([first?.task?.id, second?.task?.id, third?.task?.id]).size).toBe(1);
    expect(third?.task?.state).toBe('SUCCEEDED');
    expect(vendor.sent).toHaveLength(1);
  });

  it('refuses the same key for another request', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'OPENED');
    await rig.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, [rig.id('a')], options({ idempotencyKey: key }));
    const other = rig.progress.verbs.runOnJobs({ action: 'CLOSE_JOB', force: true }, [rig.id('a')], options({ idempotencyKey: key }));
    await expect(other).rejects.toMatchObject({ code: 'INVALID_INPUT', facts: { path: ['input', 'idempotencyKey'] } });
  });

  it('repeats a refusal as it was', async () => {
    const rig = await rigOf();
    const ask = () => rig.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, [rig.id('nope')], options({ idempotencyKey: key }));
    const [first] = await ask();
    rig.vendor.setJob('nope', 'OPENED');
    const [again] = await ask();
    expect(again?.errors.map(({ code, message }) => [code, message])).toEqual(first?.errors.map(({ code, message }) => [code, message]));
    expect(rig.vendor.sent).toEqual([]);
  });
});

describe('cancelling a task', () => {
  it('asks the vendor and shows the task as it is then', async () => {
    const rig = await rigOf();
    rig.vendor.remembered.set('n:7', rig.vendor.makeTask('n:7'));
    const { task, errors } = await rig.progress.verbs.cancelTask(parseId('task:one:n:7'), options());
    expect(errors).toEqual([]);
    expect(task?.nativeId).toBe('n:7');
    expect(rig.vendor.sent).toEqual([{ action: 'CANCEL_TASK', taskId: 'n:7' }]);
  });

  it.each([
    ['unknown', () => undefined, 'NOT_FOUND'],
    ['ended', (rig: ProgressRig) => rig.vendor.makeTask('n:7', { state: 'SUCCEEDED' }), 'WRONG_STATE'],
    ['not cancellable', (rig: ProgressRig) => rig.vendor.makeTask('n:7', { cancellable: false }), 'WRONG_STATE'],
  ])('refuses one that is %s', async (_, make, code) => {
    const rig = await rigOf();
    const task = make(rig);
    if (task) rig.vendor.remembered.set('n:7', task);
    const { errors } = await rig.progress.verbs.cancelTask(parseId('task:one:n:7'), options());
    expect(errors.map((error) => error.code)).toEqual([code]);
    expect(rig.vendor.sent).toEqual([]);
  });
});

describe('the audit log', () => {
  it('has one line for each mutation: who, what, on which, and what was said', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'OPENED');
    await rig.progress.verbs.runOnJobs({ action: 'CLOSE_JOB', force: true }, [rig.id('a'), rig.id('nope')], options());
    expect(rig.audit).toEqual([
      {
        action: 'CLOSE_JOB',
        targets: ['job:one:a', 'job:one:nope'],
        actor: 'token:abc',
        requestId: 'r',
        idempotencyKey: null,
        accepted: 1,
        outcomeUnknown: [],
        refused: { NOT_FOUND: 1 },
        options: { force: true },
      },
    ]);
  });
});
