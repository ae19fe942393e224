import { afterEach, describe, expect, it } from 'vitest';
import { type GlobalId, parseId } from '../../src/domain/index.js';
import { VigilError } from '../../src/errors.js';
import type { DatafeedVerbRequest, VerbOptions } from '../../src/progress/index.js';
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

/** A rig with a datafeed `f` that feeds the job `a`. */
const fed = async (options: Parameters<typeof createProgressRig>[0] = {}): Promise<ProgressRig> => {
  const rig = await rigOf(options);
  rig.vendor.setJob('a', 'OPENED');
  rig.vendor.setDatafeed('f', 'a', 'STOPPED');
  rig.vendor.run = async (verb) => {
    if (verb.action === 'START_DATAFEED') rig.vendor.setDatafeed('f', 'a', 'STARTED');
    if (verb.action === 'STOP_DATAFEED') rig.vendor.setDatafeed('f', 'a', 'STOPPED');
    return { done: true };
  };
  return rig;
};

const options = (more: Partial<VerbOptions> = {}): VerbOptions => ({ requestId: 'r', fields: noFields, actor: 'token:abc', ...more });
const key = '5f0c1c5e-6a55-4a3c-9d6b-0a1d7f6f2b11';
const f: GlobalId = parseId('datafeed:one:f');
const start: DatafeedVerbRequest = { action: 'START_DATAFEED' };
const run = (rig: ProgressRig, request: DatafeedVerbRequest = start, more: Partial<VerbOptions> = {}, id = f) =>
  rig.progress.verbs.runOnDatafeed(request, id, options(more));

describe('a verb on a datafeed', () => {
  it('is sent for the job it feeds, and shows both as they are then', async () => {
    const rig = await fed();
    const outcome = await run(rig, { action: 'START_DATAFEED', start: 1, end: 2, timeoutMs: 3 });
    expect(outcome).toMatchObject({
      datafeed: { id: 'datafeed:one:f', state: 'STARTED' },
      job: { nativeId: 'a', state: 'OPENED', revision: expect.any(Number) },
      task: null,
      errors: [],
    });
    await run(rig, { action: 'STOP_DATAFEED', force: true });
    expect(rig.vendor.sent).toEqual([
      { action: 'START_DATAFEED', datafeedId: 'f', jobId: 'a', start: 1, end: 2, timeoutMs: 3 },
      { action: 'STOP_DATAFEED', datafeedId: 'f', jobId: 'a', force: true },
    ]);
  });

  it('writes no task down: it is done when the vendor answers', async () => {
    const rig = await fed();
    await run(rig);
    expect([rig.progress.book.tasksOf('one'), await rig.store.list('tasks/', { limit: 10 })]).toEqual([[], []]);
  });

  it('shows the task where the vendor makes one of it', async () => {
    const rig = await fed();
    const task = rig.vendor.makeTask('n:7', { jobNativeId: 'a', kind: 'UNKNOWN' });
    rig.vendor.remembered.set('n:7', task);
    rig.vendor.run = async () => ({ done: false, taskId: 'n:7' });
    expect((await run(rig, start, { idempotencyKey: key })).task).toMatchObject({
      nativeId: 'n:7',
      state: 'RUNNING',
      idempotencyKey: null,
    });
  });

  it('gives the vendor the time it was allowed, and a little more', async () => {
    const rig = await fed();
    const left: number[] = [];
    rig.vendor.run = async (_verb, call) => {
      left.push(call.deadlineAt - Date.now());
      return { done: true };
    };
    await run(rig, { action: 'STOP_DATAFEED', timeoutMs: 60_000 });
    await run(rig, { action: 'STOP_DATAFEED' });
    expect(left[0]).toBeGreaterThan(60_000);
    expect(left[1]).toBeLessThanOrEqual(2_000);
  });

  it('is seen at once by those who watch the job', async () => {
    const rig = await fed({ connection: { poll: { fastMs: 60_000, slowMs: 60_000 } } });
    const jobs = rig.progress.hub.watchJobs({}, { fields: new Set(['Job.datafeed']) });
    await jobs.next();
    const before = rig.vendor.calls.get('listJobs') ?? 0;
    await run(rig);
    await eventually(
      () => rig.vendor.calls.get('listJobs') ?? 0,
      (calls) => calls > before,
    );
    await jobs.return?.();
  });

  it('tells what the vendor refused, with both as they are', async () => {
    const rig = await fed();
    rig.vendor.run = async () => {
      throw new VigilError('REFUSED', 'It has no indices.', { vendorMessage: 'no such index' });
    };
    expect(await run(rig)).toMatchObject({
      datafeed: { state: 'STOPPED' },
      job: { nativeId: 'a' },
      task: null,
      errors: [{ code: 'REFUSED', facts: { vendorMessage: 'no such index', path: ['input', 'datafeedId'] } }],
    });
  });

  it('shows a fault of its adapter as INTERNAL, and tells the log of it', async () => {
    const rig = await fed();
    rig.vendor.run = async () => {
      throw new TypeError('boom');
    };
    expect((await run(rig)).errors).toMatchObject([{ code: 'INTERNAL' }]);
    expect(rig.faults).toEqual(['a verb met a fault']);
  });
});

describe('what is refused before anything is sent', () => {
  const codes = async (rig: ProgressRig, id = f): Promise<readonly string[]> =>
    (await run(rig, start, {}, id)).errors.map(({ code, message }) => `${code}: ${message}`);

  it('is a datafeed that does not exist', async () => {
    const rig = await fed();
    expect(await codes(rig, parseId('datafeed:one:none'))).toEqual(['NOT_FOUND: There is no datafeed datafeed:one:none.']);
    expect(rig.vendor.sent).toEqual([]);
  });

  it('is one whose job is gone, or that feeds none; the datafeed is shown all the same', async () => {
    const rig = await fed();
    rig.vendor.jobs.clear();
    expect(await run(rig)).toMatchObject({ datafeed: { nativeId: 'f' }, job: null, errors: [{ code: 'NOT_FOUND' }] });
    rig.vendor.setDatafeed('f', null, 'STOPPED');
    expect(await codes(rig)).toEqual(['NOT_FOUND: There is no job that datafeed:one:f feeds.']);
    expect(rig.vendor.sent).toEqual([]);
  });

  it('is one of an unknown backend', async () => {
    expect((await codes(await fed(), parseId('datafeed:two:f')))[0]).toContain('NOT_FOUND');
  });

  it('is one whose job is in the wrong state', async () => {
    const rig = await fed();
    rig.vendor.setJob('a', 'CLOSED');
    expect(await run(rig)).toMatchObject({
      job: { state: 'CLOSED' },
      errors: [{ code: 'WRONG_STATE', facts: { path: ['input', 'datafeedId'] } }],
    });
    expect(rig.vendor.sent).toEqual([]);
  });

  it('is one whose job has a task under way that keeps it from being fed', async () => {
    const rig = await fed();
    rig.vendor.run = () => {
      rig.vendor.setJob('a', 'CLOSING');
      return new Promise(() => undefined);
    };
    const [closing] = await rig.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, [rig.id('a')], options());
    expect((await run(rig)).errors).toMatchObject([{ code: 'CONFLICT', facts: { taskId: closing?.task?.id } }]);
  });

  it('is a verb the vendor has not got, and any on a read-only backend', async () => {
    const lacking = await fed({ vendor: createScriptedVendor('one', ['OPEN_JOB']) });
    expect((await run(lacking)).errors).toMatchObject([
      { code: 'UNSUPPORTED', facts: { action: 'START_DATAFEED', supported: ['OPEN_JOB'] } },
    ]);
    const readOnly = await fed({ connection: { readOnly: true } });
    expect((await run(readOnly)).errors).toMatchObject([{ code: 'REFUSED' }]);
    expect([...lacking.vendor.sent, ...readOnly.vendor.sent]).toEqual([]);
  });

  it('is one that cannot be read', async () => {
    const rig = await fed();
    rig.vendor.beforeRead = async () => {
      throw new VigilError('BACKEND_UNAVAILABLE', 'down');
    };
    expect(await run(rig)).toMatchObject({ datafeed: null, job: null, errors: [{ code: 'BACKEND_UNAVAILABLE' }] });
  });
});

describe('a repeat with the same idempotency key', () => {
  it('does nothing, at the same time and after a restart, and shows what there is now', async () => {
    const store = createMemoryStore();
    const vendor = createScriptedVendor();
    const rig = await createProgressRig({ vendor, store });
    vendor.setJob('a', 'OPENED');
    vendor.setDatafeed('f', 'a', 'STOPPED');
    await Promise.all([run(rig, start, { idempotencyKey: key }), run(rig, start, { idempotencyKey: key })]);
    await rig.dispose();
    vendor.setDatafeed('f', 'a', 'STOPPING');
    const after = await rigOf({ vendor, store });
    expect(await run(after, start, { idempotencyKey: key })).toMatchObject({ datafeed: { state: 'STOPPING' }, task: null, errors: [] });
    expect(vendor.sent).toHaveLength(1);
  });

  it('repeats a refusal as it was', async () => {
    const rig = await fed();
    rig.vendor.setJob('a', 'CLOSED');
    const first = await run(rig, start, { idempotencyKey: key });
    rig.vendor.setJob('a', 'OPENED');
    const again = await run(rig, start, { idempotencyKey: key });
    expect(again.errors.map(({ code, message }) => [code, message])).toEqual(first.errors.map(({ code, message }) => [code, message]));
    expect(rig.vendor.sent).toEqual([]);
  });

  it('is refused for another request', async () => {
    const rig = await fed();
    await run(rig, start, { idempotencyKey: key });
    await expect(run(rig, { action: 'STOP_DATAFEED' }, { idempotencyKey: key })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});

describe('the audit log', () => {
  it('has one line for each verb on a datafeed', async () => {
    const rig = await fed();
    await run(rig, { action: 'STOP_DATAFEED', force: true }, { idempotencyKey: key });
    await run(rig, start, {}, parseId('datafeed:one:none'));
    const line = { actor: 'token:abc', requestId: 'r' };
    expect(rig.audit).toEqual([
      {
        ...line,
        action: 'STOP_DATAFEED',
        targets: ['datafeed:one:f'],
        idempotencyKey: key,
        accepted: 1,
        outcomeUnknown: [],
        refused: {},
        options: { force: true },
      },
      {
        ...line,
        action: 'START_DATAFEED',
        targets: ['datafeed:one:none'],
        idempotencyKey: null,
        accepted: 0,
        outcomeUnknown: [],
        refused: { NOT_FOUND: 1 },
        options: {},
      },
    ]);
  });
});

describe('a revert', () => {
  it('is a task of the gateway around a call that answers at the end', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'CLOSED');
    const request = { action: 'REVERT_JOB', snapshotId: '17', deleteInterveningResults: true } as const;
    const [outcome] = await rig.progress.verbs.runOnJobs(request, [rig.id('a')], options({ waitMs: 5_000 }));
    expect(outcome?.task).toMatchObject({ kind: 'REVERT', state: 'SUCCEEDED', vendorType: 'gateway:revert', nativeId: null });
    expect(rig.vendor.sent).toEqual([{ action: 'REVERT_JOB', jobId: 'a', snapshotId: '17', deleteInterveningResults: true }]);
    expect(rig.audit).toMatchObject([{ action: 'REVERT_JOB', options: { snapshotId: '17', deleteInterveningResults: true } }]);
  });

  it('fails with the reason of the vendor', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'CLOSED');
    rig.vendor.run = async () => {
      throw new VigilError('NOT_FOUND', 'No model snapshot with id [9] exists.');
    };
    const [outcome] = await rig.progress.verbs.runOnJobs(
      { action: 'REVERT_JOB', snapshotId: '9' },
      [rig.id('a')],
      options({ waitMs: 5_000 }),
    );
    expect(outcome).toMatchObject({ task: { state: 'FAILED', error: { code: 'NOT_FOUND' } }, errors: [{ code: 'NOT_FOUND' }] });
  });
});
