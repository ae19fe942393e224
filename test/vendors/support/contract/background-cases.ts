import { expect, it, vi } from 'vitest';
import type { Verb } from '../../../../src/domain/index.js';
import { errorOf } from '../connect.js';
import { type Setting, taskFields } from './setting.js';

/** Verbs whose work goes on after their call, and the tasks it shows as. */
export const resetCases = ({ target, adapter, call, jobIn, readJob, stateOf, becomes, begun, endOf }: Setting): void => {
  const { module, traits } = target;
  const waiting = { timeout: traits.patienceMs, interval: 5 };
  const reset = (jobId: string) => begun(adapter().run({ action: 'RESET_JOB', jobId }, call()));

  it('resets a job in the background: its task is found while it runs, and its end by its id', async () => {
    const { nativeId: jobId } = await jobIn('CLOSED');
    const taskId = await reset(jobId);
    const found = await vi.waitFor(async () => {
      const { items } = await adapter().discoverTasks(taskFields, call());
      const mine = items.filter((task) => task.jobNativeId === jobId);
      expect(mine).toHaveLength(1);
      return mine[0];
    }, waiting);
    expect(found).toMatchObject({ nativeId: taskId, kind: 'RESET', state: 'RUNNING', cancellable: true, progress: null });
    expect(Object.keys(module.taskKinds)).toContain(found?.kind);
    await vi.waitFor(async () => expect(await stateOf(jobId)).toBe('RESETTING'), waiting);
    const end = await endOf(taskId);
    expect(end).toMatchObject({ id: found?.id, state: 'SUCCEEDED', error: null, jobNativeId: jobId, endedAt: expect.any(Number) });
    await becomes(jobId, 'CLOSED');
    const reading = (await adapter().readJobs([jobId], adapter().verbFields, call())).readings.get(jobId) ?? { status: 'gone' as const };
    expect(adapter().standingOf('RESET_JOB', reading)).toEqual({ state: 'SUCCEEDED' });
  });

  it('learns only from the task that a reset was refused', async () => {
    const { nativeId: jobId } = await jobIn('OPENED');
    expect(await endOf(await reset(jobId))).toMatchObject({ state: 'FAILED', error: { code: 'WRONG_STATE' } });
    expect(await endOf(await reset('nobody-knows-this'))).toMatchObject({ state: 'FAILED', error: { code: 'NOT_FOUND' } });
  });

  it('cancels a reset, whose job stays held until it is reset again', async () => {
    const { nativeId: jobId } = await jobIn('CLOSED');
    const taskId = await reset(jobId);
    await vi.waitFor(async () => expect(await stateOf(jobId)).toBe('RESETTING'), { ...waiting, interval: 2 });
    expect(await adapter().run({ action: 'CANCEL_TASK', taskId }, call())).toEqual({ done: true });
    const end = await endOf(taskId);
    expect(end).toMatchObject({ state: 'CANCELLED', error: { message: expect.stringContaining('Reset the job again') } });
    const held = { state: 'RESETTING', allowedActions: ['RESET_JOB', 'DELETE_JOB'] };
    expect(await readJob(jobId)).toMatchObject({ status: 'found', value: held });
    expect(await endOf(await reset(jobId))).toMatchObject({ state: 'SUCCEEDED' });
    await becomes(jobId, 'CLOSED');
    expect((await errorOf(adapter().run({ action: 'CANCEL_TASK', taskId }, call()))).code).toBe('NOT_FOUND');
  });
};

export const deleteCases = ({ adapter, call, jobs, readJob, stateOf, begun, endOf }: Setting): void => {
  it('deletes a job in the background until it is gone', async () => {
    const job = (await jobs()).find(({ state, datafeed }) => (state === 'CLOSED' || state === 'OPENED') && !datafeed);
    const jobId = job?.nativeId ?? '';
    const taskId = await begun(adapter().run({ action: 'DELETE_JOB', jobId, force: true }, call()));
    expect(await endOf(taskId)).toMatchObject({ kind: 'DELETE', state: 'SUCCEEDED', jobNativeId: jobId });
    expect(await stateOf(jobId)).toBe('gone');
    expect(adapter().standingOf('DELETE_JOB', await readJob(jobId))).toEqual({ state: 'SUCCEEDED' });
  });
};

export const revertCases = ({ adapter, profile, call, jobs, jobIn, becomes }: Setting): void => {
  it('reverts a closed job to one of its snapshots, and no other', async () => {
    const closed = (await jobs()).filter(({ state }) => state === 'CLOSED');
    const read = (id: string, first = 50) => adapter().readModelSnapshots(id, { skip: 0, first }, call());
    const snapshots = await Promise.all(closed.map(async ({ nativeId }) => [nativeId, (await read(nativeId)).items] as const));
    const [jobId, items] = snapshots.find(([, each]) => each.length > 1) ?? expect.fail('there is no job with snapshots');
    expect((await read(jobId, 1)).items).toEqual(items.slice(0, 1));
    const snapshotId = items.at(-1)?.snapshotId ?? '';
    expect(await adapter().run({ action: 'REVERT_JOB', jobId, snapshotId }, call())).toEqual({ done: true });
    await becomes(jobId, 'CLOSED');
    const unknown: Verb = { action: 'REVERT_JOB', jobId, snapshotId: 'nobody-knows-this' };
    expect((await errorOf(adapter().run(unknown, call()))).code).toBe('NOT_FOUND');
    const opened = await jobIn('OPENED');
    const wrong: Verb = { action: 'REVERT_JOB', jobId: opened.nativeId, snapshotId };
    expect(adapter().refusalOf(wrong, opened, profile())?.code).toBe('WRONG_STATE');
    expect((await errorOf(adapter().run(wrong, call()))).code).toBe('WRONG_STATE');
  });
};
