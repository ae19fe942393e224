import { describe, expect, it } from 'vitest';
import type { Verb } from '../../../src/domain/index.js';
import { type ArchiveRig, createArchiveRig, createPatientStore, isAvailable } from '../../support/archive-rig.js';

const refusal = async (rig: ArchiveRig, verb: Verb) => {
  const job = await rig.job('jobId' in verb ? verb.jobId : verb.taskId);
  return rig.adapter.refusalOf(verb, job, rig.call().profile);
};

describe('a job that others have begun', () => {
  it('is never asked for, and says that its result is unclaimed when it is done', async () => {
    const rig = await createArchiveRig();
    rig.vendor.put('7');
    expect(await rig.job('7')).toMatchObject({ state: 'RUNNING', resultState: 'NONE', allowedActions: ['KILL_JOB', 'COLLECT_JOB_RESULT'] });
    rig.vendor.finish('7');
    for (let times = 0; times < 5; times += 1) await rig.tick();
    expect(await rig.job('7')).toMatchObject({ state: 'FINISHED', resultState: 'UNCLAIMED', allowedActions: ['COLLECT_JOB_RESULT'] });
    expect(await rig.task('7')).toMatchObject({ state: 'UNKNOWN', vendorState: 'done' });
    expect(rig.vendor.reads.size).toBe(0);
    expect(rig.archive.isNeeded()).toBe(false);
  });

  it('keeps its name as long as it is the same', async () => {
    const rig = await createArchiveRig();
    rig.vendor.put('7', { state: 'QUEUED', startedAt: null, current: null });
    const { nativeId, id } = await rig.job('7');
    rig.vendor.put('7', { state: 'RUNNING', startedAt: 5_000 });
    expect(await rig.job('7')).toMatchObject({ nativeId, id, state: 'RUNNING', details: { id: `${id}/details` } });
    rig.vendor.finish('7');
    rig.vendor.put('7', { state: 'FINISHED', startedAt: 5_000 });
    expect((await rig.job(nativeId)).state).toBe('FINISHED');
  });

  it('is collected when somebody asks for it', async () => {
    const rig = await createArchiveRig();
    rig.vendor.put('7', { state: 'FINISHED' });
    const { nativeId } = await rig.job('7');
    expect(rig.adapter.taskKindOf('COLLECT_JOB_RESULT')).toBe('UNKNOWN');
    expect(await rig.adapter.run({ action: 'COLLECT_JOB_RESULT', jobId: nativeId }, rig.call())).toEqual({ done: false, taskId: nativeId });
    const job = await rig.until(() => rig.job(nativeId), isAvailable);
    expect(job.allowedActions).toEqual([]);
    expect(await refusal(rig, { action: 'COLLECT_JOB_RESULT', jobId: nativeId })).toMatchObject({
      code: 'WRONG_STATE',
      facts: { already: true },
    });
  });

  it('is collected at its end when somebody asked for it before, also by the next gateway', async () => {
    const store = createPatientStore();
    const first = await createArchiveRig({ store });
    first.vendor.put('7');
    const { nativeId } = await first.job('7');
    await first.adapter.run({ action: 'COLLECT_JOB_RESULT', jobId: nativeId }, first.call());
    expect(first.vendor.reads.size).toBe(0);
    expect(await refusal(first, { action: 'COLLECT_JOB_RESULT', jobId: nativeId })).toMatchObject({
      code: 'WRONG_STATE',
      facts: { already: true },
    });
    await first.archive.dispose();
    const second = await createArchiveRig({ store, vendor: first.vendor });
    expect(second.archive.isNeeded()).toBe(true);
    first.vendor.finish('7');
    await second.until(() => second.job(nativeId), isAvailable);
    expect(first.vendor.handedOver).toEqual(['7']);
  });

  it('is not collected while the store would not keep its result', async () => {
    const rig = await createArchiveRig();
    rig.vendor.put('7', { state: 'FINISHED' });
    rig.store.durable = false;
    const verb = { action: 'COLLECT_JOB_RESULT', jobId: '7' } as const;
    expect(await refusal(rig, verb)).toMatchObject({ code: 'REFUSED' });
    expect((await rig.job('7')).allowedActions).toEqual([]);
    await expect(rig.adapter.run(verb, rig.call())).rejects.toMatchObject({ code: 'REFUSED' });
    expect(await rig.job('7')).toMatchObject({ resultState: 'UNCLAIMED' });
  });

  it('that is in no list any more has ended, after three lists, as lost to somebody else', async () => {
    const rig = await createArchiveRig();
    rig.vendor.put('7', { state: 'FINISHED' });
    const { nativeId } = await rig.job('7');
    rig.vendor.jobs.delete('7');
    await rig.tick();
    await rig.tick();
    expect(rig.changes.some((change) => change.kind === 'changed' && change.task.state === 'LOST')).toBe(false);
    await rig.tick();
    expect(rig.changes.at(-1)).toMatchObject({ job: { nativeId, state: 'FINISHED', resultState: 'LOST' }, task: { state: 'LOST' } });
    expect((await rig.task(nativeId)).error?.message).toContain('another client took its result');
    expect(rig.vendor.reads.size).toBe(0);
  });

  it('is read like one of ours where everything is to be taken', async () => {
    const rig = await createArchiveRig({ consume: 'all' });
    expect(rig.archive.isNeeded()).toBe(true);
    rig.vendor.put('7', { state: 'FINISHED' });
    rig.vendor.put('8');
    await rig.until(() => rig.job('7'), isAvailable);
    expect(await rig.job('8')).toMatchObject({ state: 'RUNNING', resultState: 'NONE' });
    rig.vendor.finish('8');
    await rig.until(() => rig.job('8'), isAvailable);
    expect(rig.vendor.handedOver).toEqual(['7', '8']);
  });

  it('is read when the configuration comes to say so', async () => {
    const store = createPatientStore();
    const first = await createArchiveRig({ store });
    first.vendor.put('7', { state: 'FINISHED' });
    const { nativeId } = await first.job('7');
    const second = await createArchiveRig({ store, vendor: first.vendor, consume: 'all' });
    await second.until(() => second.job(nativeId), isAvailable);
  });
});

describe('a kill', () => {
  it('ends the job as killed, and its task as cancelled', async () => {
    const rig = await createArchiveRig();
    const name = await rig.start();
    expect(await rig.adapter.run({ action: 'KILL_JOB', jobId: name }, rig.call())).toEqual({ done: true, taskId: name });
    expect(await rig.job(name)).toMatchObject({ state: 'KILLED', resultState: 'NONE' });
    expect(await rig.task(name)).toMatchObject({ state: 'CANCELLED', cancellable: false });
    for (let times = 0; times < 4; times += 1) await rig.tick();
    expect(rig.vendor.reads.size).toBe(0);
    const again = await refusal(rig, { action: 'KILL_JOB', jobId: name });
    expect(again?.message).toMatch(/was killed \(KILLED, \d{4}-/);
  });

  it('by the name of the task does the same', async () => {
    const rig = await createArchiveRig();
    const name = await rig.start();
    await rig.adapter.run({ action: 'CANCEL_TASK', taskId: name }, rig.call());
    expect(await rig.task(name)).toMatchObject({ state: 'CANCELLED' });
  });

  it('that is refused leaves the job as it is', async () => {
    const rig = await createArchiveRig();
    const name = await rig.start();
    rig.vendor.killable = false;
    await expect(rig.adapter.run({ action: 'KILL_JOB', jobId: name }, rig.call())).rejects.toMatchObject({ code: 'REFUSED' });
    expect(await rig.job(name)).toMatchObject({ state: 'RUNNING' });
  });

  it('that comes too late says how the job ended, and keeps its result', async () => {
    const rig = await createArchiveRig();
    const name = await rig.start();
    await rig.tick();
    rig.vendor.finish('1');
    await rig.until(() => rig.job(name), isAvailable);
    await expect(rig.adapter.run({ action: 'KILL_JOB', jobId: name }, rig.call())).rejects.toMatchObject({
      code: 'WRONG_STATE',
      message: expect.stringMatching(/has finished \(FINISHED, \d{4}-/),
    });
  });

  it('of a job that the server does not know any more learns how it ended', async () => {
    const rig = await createArchiveRig();
    const name = await rig.start();
    await rig.tick();
    rig.vendor.jobs.delete('1');
    await expect(rig.adapter.run({ action: 'KILL_JOB', jobId: name }, rig.call())).rejects.toMatchObject({
      code: 'WRONG_STATE',
      message: expect.stringMatching(/is lost .*another client took it/),
    });
    expect(rig.vendor.reads.get('1')).toBe(1);
  });

  it('never meets the job that has the number by now', async () => {
    const rig = await createArchiveRig();
    const name = await rig.start();
    await rig.tick();
    rig.vendor.put('1', { startedAt: 9_000, type: 'pca' });
    await rig.tick();
    await expect(rig.adapter.run({ action: 'KILL_JOB', jobId: name }, rig.call())).rejects.toMatchObject({ code: 'WRONG_STATE' });
    expect(rig.vendor.jobs.has('1')).toBe(true);
    await expect(rig.adapter.run({ action: 'KILL_JOB', jobId: '4711' }, rig.call())).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
