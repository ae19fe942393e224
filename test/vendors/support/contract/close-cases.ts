import { expect, it } from 'vitest';
import type { Verb } from '../../../../src/domain/index.js';
import { errorOf } from '../connect.js';
import type { Setting } from './setting.js';

/** Where a close has switches. */
export const closeCases = ({ adapter, profile, call, jobIn, stateOf, becomes }: Setting): void => {
  it('closes a failed job with force only, and foresees it', async () => {
    const job = await jobIn('FAILED');
    const plain: Verb = { action: 'CLOSE_JOB', jobId: job.nativeId };
    expect(adapter().refusalOf(plain, job, profile())?.code).toBe('WRONG_STATE');
    expect((await errorOf(adapter().run(plain, call()))).code).toBe('WRONG_STATE');
    expect(adapter().refusalOf({ ...plain, force: true }, job, profile())).toBeNull();
    expect(await adapter().run({ ...plain, force: true }, call())).toEqual({ done: true });
    expect(await stateOf(job.nativeId)).toBe('CLOSED');
  });

  it('stops waiting for a close when told to, while the close goes on', async () => {
    const { nativeId: jobId } = await jobIn('OPENED');
    expect((await errorOf(adapter().run({ action: 'CLOSE_JOB', jobId, timeoutMs: 1 }, call()))).code).toBe('TIMEOUT');
    await becomes(jobId, 'CLOSED');
  });
};

/** Where it has none. */
export const plainCloseCases = ({ adapter, profile, openJob }: Setting): void => {
  it('refuses switches of a close that mean nothing to it', async () => {
    const job = await openJob();
    const close = { action: 'CLOSE_JOB', jobId: job.nativeId } as const;
    expect(adapter().refusalOf({ ...close, force: true }, job, profile())?.code).toBe('INVALID_INPUT');
    expect(adapter().refusalOf({ ...close, timeoutMs: 1_000 }, job, profile())?.code).toBe('INVALID_INPUT');
    expect(adapter().refusalOf(close, job, profile())).toBeNull();
  });
};
