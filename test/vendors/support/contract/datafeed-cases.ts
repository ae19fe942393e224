import { expect, it, vi } from 'vitest';
import { formatId, type Verb } from '../../../../src/domain/index.js';
import { errorOf } from '../connect.js';
import type { Setting } from './setting.js';

/** Where jobs are fed. */
export const datafeedCases = ({ target, adapter, profile, call, jobs, readJob }: Setting): void => {
  const fed = async () => (await jobs()).filter((job) => job.datafeed);

  it('reads the datafeeds of its jobs, and says whose they are', async () => {
    const all = await fed();
    const ids = all.flatMap(({ datafeed }) => datafeed?.nativeId ?? []);
    expect(ids.length).toBeGreaterThan(0);
    const { readings } = await adapter().readDatafeeds(ids, new Set(['Datafeed.state']), call());
    for (const { nativeId, datafeed } of all) {
      const id = datafeed?.nativeId ?? '';
      expect(datafeed?.jobNativeId).toBe(nativeId);
      const value = { id: formatId('datafeed', 'es-prod', id), jobNativeId: nativeId };
      expect(readings.get(id)).toMatchObject({ status: 'found', value });
    }
  });

  it('stops a datafeed and starts it again, as its job offers', async () => {
    const job = (await jobs()).find((each) => each.allowedActions?.includes('STOP_DATAFEED') && each.state === 'OPENED');
    const jobId = job?.nativeId ?? '';
    const datafeedId = job?.datafeed?.nativeId ?? '';
    expect(job?.datafeed?.state).toBe('STARTED');
    expect(job?.allowedActions).not.toContain('START_DATAFEED');
    const start: Verb = { action: 'START_DATAFEED', jobId, datafeedId };
    expect((await errorOf(adapter().run(start, call()))).code).toBe('WRONG_STATE');
    for (const _again of [1, 2]) expect(await adapter().run({ ...start, action: 'STOP_DATAFEED' }, call())).toEqual({ done: true });
    const stopped = await readJob(jobId);
    expect(stopped).toMatchObject({ value: { state: 'OPENED', datafeed: { state: 'STOPPED' } } });
    expect(stopped.status === 'found' && stopped.value.allowedActions).toContain('START_DATAFEED');
    expect(await adapter().run(start, call())).toEqual({ done: true });
    await vi.waitFor(async () => expect(await readJob(jobId)).toMatchObject({ value: { datafeed: { state: 'STARTED' } } }), {
      timeout: target.traits.patienceMs,
      interval: 20,
    });
    const closed = (await jobs()).find(({ state, datafeed }) => state === 'CLOSED' && datafeed);
    const wrong: Verb = { action: 'START_DATAFEED', jobId: closed?.nativeId ?? '', datafeedId: closed?.datafeed?.nativeId ?? '' };
    expect((await errorOf(adapter().run(wrong, call()))).code).toBe('WRONG_STATE');
    expect(closed && adapter().refusalOf(wrong, closed, profile())?.code).toBe('WRONG_STATE');
  });

  it('closes a job whose datafeed runs, and stops that', async () => {
    const job = (await jobs()).find(({ datafeed, state }) => datafeed?.state === 'STARTED' && state === 'OPENED');
    const jobId = job?.nativeId ?? '';
    expect(await adapter().run({ action: 'CLOSE_JOB', jobId }, call())).toEqual({ done: true });
    expect(await readJob(jobId)).toMatchObject({ status: 'found', value: { state: 'CLOSED', datafeed: { state: 'STOPPED' } } });
  });
};
