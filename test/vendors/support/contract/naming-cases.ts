import { expect, it } from 'vitest';
import { errorOf } from '../connect.js';
import type { Setting } from './setting.js';

/** Where many jobs can be named at once. */
export const expressionCases = ({ adapter, call, jobs }: Setting): void => {
  it('expands its own expressions to jobs it lists', async () => {
    const items = await jobs();
    const ids = items.flatMap(({ nativeId, state }) => (state === 'DELETING' ? [] : [nativeId]));
    expect(await adapter().expandJobs({ expression: '_all' }, call())).toEqual(ids.toSorted());
    const group = items.find(({ groups }) => (groups?.length ?? 0) > 0)?.groups?.[0] ?? '';
    const members = items.filter(({ groups }) => groups?.includes(group)).map(({ nativeId }) => nativeId);
    expect(await adapter().expandJobs({ expression: group }, call())).toEqual(members.toSorted());
    expect(await adapter().expandJobs({ expression: 'zzz-*' }, call())).toEqual([]);
    expect((await errorOf(adapter().expandJobs({ expression: 'zzz-*', allowNoMatch: false }, call()))).code).toBe('NOT_FOUND');
    const unknown = await errorOf(adapter().expandJobs({ expression: `${ids[0]},nobody-knows-this` }, call()));
    expect([unknown.code, unknown.message]).toEqual(['NOT_FOUND', expect.stringContaining('nobody-knows-this')]);
  });
};

/** Where they cannot. */
export const plainNameCases = ({ adapter, call }: Setting): void => {
  it('says that it has no expressions', async () => {
    expect((await errorOf(adapter().expandJobs({ expression: '_all' }, call()))).code).toBe('UNSUPPORTED');
  });
};

/** Where each job has a log. */
export const logCases = ({ adapter, call, jobIn, readJob }: Setting): void => {
  it('says of a failed job why it failed', async () => {
    const job = await jobIn('FAILED');
    expect(job.stateReason).toMatch(/\w/);
    expect(await readJob(job.nativeId)).toMatchObject({ value: { stateReason: job.stateReason } });
    expect((await jobIn('OPENED')).stateReason).toBeNull();
  });

  it('reads the newest lines of a job’s log', async () => {
    const { nativeId: failed } = await jobIn('FAILED');
    const read = async (first: number) => (await adapter().readJobMessages([failed], first, call())).get(failed);
    const all = (await read(100)) ?? [];
    expect(all.length).toBeGreaterThan(1);
    expect(all.map(({ at }) => at)).toEqual(all.map(({ at }) => at).toSorted((left, right) => right - left));
    expect(await read(1)).toEqual(all.slice(0, 1));
  });
};
