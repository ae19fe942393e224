import { expect, it } from 'vitest';
import type { Verb } from '../../../../src/domain/index.js';
import { errorOf } from '../connect.js';
import type { Setting } from './setting.js';

const stranger = 'nobody-knows-this';

/** Where jobs are opened and closed. */
export const openCloseCases = ({ target, adapter, profile, front, call, jobs, openJob, readJob, becomes }: Setting): void => {
  const { traits } = target;

  it('opens and closes a job, and knows from the job that it is done', async () => {
    const job = (await jobs()).find(({ state, allowedActions }) => state === 'CLOSED' && allowedActions?.includes('OPEN_JOB'));
    const jobId = job?.nativeId ?? '';
    await adapter().run({ action: 'OPEN_JOB', jobId }, call());
    await becomes(jobId, ...traits.openedAs);
    expect(['SUCCEEDED', 'RUNNING']).toContain(adapter().standingOf('OPEN_JOB', await readJob(jobId)).state);
    const opened = await readJob(jobId);
    expect(opened).toMatchObject({ value: { allowedActions: expect.arrayContaining(['CLOSE_JOB']) } });
    const again: Verb = { action: 'OPEN_JOB', jobId };
    expect((await errorOf(adapter().run(again, call()))).code).toBe('WRONG_STATE');
    expect(opened.status === 'found' && adapter().refusalOf(again, opened.value, profile())?.code).toBe('WRONG_STATE');
    expect(await adapter().run({ action: 'CLOSE_JOB', jobId }, call())).toMatchObject({ done: true });
    await becomes(jobId, 'CLOSED');
    expect(adapter().standingOf('CLOSE_JOB', await readJob(jobId))).toEqual({ state: 'SUCCEEDED' });
    const outcome = await adapter()
      .run({ action: 'CLOSE_JOB', jobId }, call())
      .then(
        ({ done }) => (done ? 'DONE' : 'BEGUN'),
        ({ code }) => code,
      );
    expect(outcome).toBe(traits.secondClose);
  });

  it('finds every verb on an unknown job not found', async () => {
    for (const action of ['OPEN_JOB', 'CLOSE_JOB'] as const)
      expect((await errorOf(adapter().run({ action, jobId: stranger }, call()))).code).toBe('NOT_FOUND');
  });

  it('keeps its deadline, and says that a close may have taken effect', async () => {
    const job = await openJob();
    front().trouble('hang');
    const error = await errorOf(adapter().run({ action: 'CLOSE_JOB', jobId: job.nativeId }, call(150)));
    expect([error.code, error.facts.outcomeUnknown]).toEqual(['TIMEOUT', true]);
    front().trouble(null);
    await becomes(job.nativeId, 'CLOSED');
  });
};
