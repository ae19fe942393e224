import { describe, expect, it } from 'vitest';
import { type ArchiveRig, createArchiveRig, createGate, createPatientStore, isAvailable } from '../../support/archive-rig.js';
import { eventually } from '../../support/progress-rig.js';
import type { ServerJob } from '../../support/read-once-vendor.js';

/** A job of ours, as the server lists it, and then what it lists under the same number. */
const afterRestart = async (before: Partial<ServerJob>, after: Partial<ServerJob>) => {
  const rig = await createArchiveRig();
  const name = await rig.start();
  rig.vendor.put('1', before);
  await rig.adapter.listJobs(new Set(), rig.call());
  rig.vendor.put('1', after);
  await rig.adapter.listJobs(new Set(), rig.call());
  return { rig, name };
};

const expectTwo = async ({ rig, name }: { readonly rig: ArchiveRig; readonly name: string }): Promise<void> => {
  const task = await rig.task(name);
  expect(task).toMatchObject({ state: 'LOST' });
  expect(task.error?.message).toContain('probably restarted');
  const latest = await rig.job('1');
  expect(latest.nativeId).not.toBe(name);
  expect((await rig.adapter.listJobs(new Set(), rig.call())).items).toHaveLength(2);
};

describe('a number that the server hands out again', () => {
  it.each([
    ['another start', { startedAt: 1_000 }, { startedAt: 2_000 }],
    ['another type', { type: 'explore' }, { type: 'pca' }],
    ['another owner', { owner: 'c1' }, { owner: 'c2' }],
    ['a job that waits, where one ran', { state: 'RUNNING' }, { state: 'QUEUED', startedAt: null }],
    ['a job that waits, where one was done', { state: 'FINISHED', startedAt: null }, { state: 'QUEUED', startedAt: null }],
    ['a job that runs, where one was done', { state: 'FINISHED', startedAt: null }, { state: 'RUNNING', startedAt: null }],
  ] as const)('is told by %s: the one before is lost, and says why', async (_what, before, after) => {
    await expectTwo(await afterRestart(before, after));
  });

  it.each([
    ['goes on', { state: 'RUNNING', current: 1 }, { state: 'RUNNING', current: 2 }],
    ['begins', { state: 'QUEUED', startedAt: null }, { state: 'RUNNING', startedAt: 1_000 }],
    ['is done', { state: 'RUNNING' }, { state: 'FINISHED' }],
    ['has lost its start', { state: 'RUNNING', startedAt: 1_000 }, { state: 'RUNNING', startedAt: null }],
  ] as const)('is not taken for one of a job that %s', async (_what, before, after) => {
    const { rig, name } = await afterRestart(before, after);
    expect((await rig.job('1')).nativeId).toBe(name);
  });

  it('is another job after the result of the first was received, and is not ours', async () => {
    const rig = await createArchiveRig();
    const name = await rig.start();
    rig.vendor.put('1', { state: 'FINISHED', startedAt: null });
    await rig.until(() => rig.job(name), isAvailable);
    rig.vendor.put('1', { state: 'FINISHED', startedAt: null, body: 'another' });
    const other = await rig.job('1');
    expect(other).toMatchObject({ resultState: 'UNCLAIMED' });
    expect(other.nativeId).not.toBe(name);
    expect(await rig.job(name)).toMatchObject({ resultState: 'AVAILABLE' });
    for (let times = 0; times < 3; times += 1) await rig.tick();
    expect(rig.vendor.handedOver).toEqual(['1']);
  });

  it('is the same job when the server goes on listing what it has handed over', async () => {
    const rig = await createArchiveRig({ consume: 'all' });
    const name = await rig.start();
    rig.vendor.put('1', { state: 'FINISHED' });
    await rig.until(() => rig.job(name), isAvailable);
    rig.vendor.put('1', { state: 'FINISHED' });
    for (let times = 0; times < 3; times += 1) await rig.tick();
    expect((await rig.job('1')).nativeId).toBe(name);
    expect(rig.vendor.handedOver).toEqual(['1']);
  });

  it('is not seen in a list that was made before the result was received', async () => {
    const rig = await createArchiveRig();
    const name = await rig.start();
    rig.vendor.put('1', { state: 'FINISHED', startedAt: null });
    await rig.tick();
    const gate = createGate();
    const stale = rig.vendor.lists;
    rig.vendor.afterList = () => gate.passed;
    const listing = rig.adapter.listJobs(new Set(), rig.call());
    await eventually(
      () => rig.vendor.lists,
      (lists) => lists > stale,
    );
    rig.archive.collect();
    await eventually(
      () => rig.changes.at(-1),
      (change) => change?.kind === 'changed' && isAvailable(change.job),
    );
    gate.open();
    expect((await listing).items.map(({ nativeId }) => nativeId)).toEqual([name]);
  });

  it('is another job when one was begun and the server hands out a number that is known', async () => {
    const rig = await createArchiveRig();
    const first = await rig.start();
    await rig.tick();
    rig.vendor.nextNumber = 1;
    const second = await rig.start();
    expect(second).not.toBe(first);
    expect(await rig.task(first)).toMatchObject({ state: 'LOST' });
    expect(await rig.job('1')).toMatchObject({ nativeId: second, state: 'RUNNING' });
  });

  it('is not taken for the one just begun by a list that shows who had the number before', async () => {
    const rig = await createArchiveRig();
    rig.vendor.put('1', { startedAt: 500 });
    const gate = createGate();
    rig.vendor.afterList = () => gate.passed;
    const stale = rig.adapter.listJobs(new Set(), rig.call());
    await eventually(
      () => rig.vendor.lists,
      (lists) => lists === 2,
    );
    rig.vendor.jobs.clear();
    const name = await rig.start();
    gate.open();
    await stale;
    expect(await rig.job('1')).toMatchObject({ nativeId: name, startedAt: 1_000, state: 'RUNNING' });
    expect((await rig.adapter.listJobs(new Set(), rig.call())).items).toHaveLength(1);
  });

  it('is told apart when both the gateway and the server were restarted before the first job had ended', async () => {
    const store = createPatientStore();
    const first = await createArchiveRig({ store });
    const name = await first.start('build');
    await first.tick();
    await first.archive.dispose();
    first.vendor.put('1', { type: 'vif', startedAt: null });
    const second = await createArchiveRig({ store, vendor: first.vendor });
    await second.tick();
    expect(await second.task(name)).toMatchObject({ state: 'LOST', vendorType: 'build' });
    expect(await second.job('1')).toMatchObject({ type: 'vif', resultState: 'NONE' });
  });

  it('is told apart after a restart of the gateway too', async () => {
    const store = createPatientStore();
    const first = await createArchiveRig({ store });
    const name = await first.start();
    first.vendor.put('1', { state: 'FINISHED', startedAt: null });
    await first.until(() => first.job(name), isAvailable);
    await first.archive.dispose();
    first.vendor.put('1', { state: 'RUNNING', startedAt: null });
    const second = await createArchiveRig({ store, vendor: first.vendor });
    expect((await second.job('1')).nativeId).not.toBe(name);
    expect(await second.job(name)).toMatchObject({ resultState: 'AVAILABLE' });
  });
});

describe('reading by name', () => {
  it('tells gone only of what neither the server nor the gateway knows', async () => {
    const rig = await createArchiveRig();
    rig.vendor.put('7');
    const { nativeId } = await rig.job('7');
    const { readings } = await rig.adapter.readJobs(['7', nativeId, '7~zz', '8'], new Set(), rig.call());
    expect([...readings].map(([name, { status }]) => [name, status])).toEqual([
      ['7', 'found'],
      [nativeId, 'found'],
      ['7~zz', 'gone'],
      ['8', 'gone'],
    ]);
    rig.vendor.incomplete = true;
    const partial = await rig.adapter.readJobs(['8'], new Set(), rig.call());
    expect(partial.readings.get('8')).toMatchObject({ status: 'undetermined' });
  });

  it('tells of ended jobs while the server is away, and of no others', async () => {
    const rig = await createArchiveRig();
    const name = await rig.start();
    await rig.adapter.run({ action: 'KILL_JOB', jobId: name }, rig.call());
    const other = await rig.start();
    rig.vendor.down = true;
    const { readings } = await rig.adapter.readJobs([name, other], new Set(), rig.call());
    expect(readings.get(name)).toMatchObject({ status: 'found' });
    expect(readings.get(other)).toMatchObject({ status: 'undetermined', cause: { code: 'BACKEND_UNAVAILABLE' } });
    await expect(rig.adapter.readJobs([other], new Set(), rig.call())).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
  });

  it('lists tasks by state and by job, ended ones included', async () => {
    const rig = await createArchiveRig();
    const killed = await rig.start();
    await rig.adapter.run({ action: 'KILL_JOB', jobId: killed }, rig.call());
    const running = await rig.start();
    const list = async (query: object) =>
      (await rig.adapter.listTasks?.({ includeEntities: false, ...query }, new Set(), rig.call()))?.items.map(({ nativeId }) => nativeId);
    expect(await list({})).toEqual([killed, running]);
    expect(await list({ states: ['CANCELLED'] })).toEqual([killed]);
    expect(await list({ states: ['RUNNING'] })).toEqual([running]);
    expect(await list({ jobs: [killed] })).toEqual([killed]);
    expect(await list({ jobs: ['2'] })).toEqual([running]);
    expect(await list({ parents: ['x'] })).toEqual([]);
    expect(await list({ detectors: ['x'] })).toEqual([]);
  });

  it('shares one list among those who ask at the same time', async () => {
    const rig = await createArchiveRig();
    const call = rig.call();
    const none = new Set<string>();
    await Promise.all([rig.adapter.listJobs(none, call), rig.adapter.discoverTasks(none, call), rig.adapter.readJobs(['1'], none, call)]);
    // One look: its jobs and its tasks, which the HTTP client reads as one.
    expect(rig.vendor.lists).toBe(2);
  });

  it('reads one list for all that one operation asks, and another one after a verb', async () => {
    const rig = await createArchiveRig();
    rig.vendor.put('7');
    const call = rig.call();
    await rig.adapter.listJobs(new Set(), call);
    await rig.adapter.discoverTasks(new Set(), call);
    expect(rig.vendor.lists).toBe(2);
    rig.vendor.killable = false;
    await expect(rig.adapter.run({ action: 'KILL_JOB', jobId: '7' }, call)).rejects.toMatchObject({ code: 'REFUSED' });
    await rig.adapter.readJobs(['7'], new Set(), call);
    expect(rig.vendor.lists).toBe(4);
  });

  it('does not fail because another who asked at the same time has given up', async () => {
    const rig = await createArchiveRig();
    rig.vendor.put('7');
    const ending = new AbortController();
    const gate = createGate();
    rig.vendor.afterList = async () => {
      await gate.passed;
      if (ending.signal.aborted && rig.vendor.lists <= 2) throw new TypeError('given up');
    };
    const first = rig.adapter.listJobs(new Set(), { ...rig.call(), signal: ending.signal });
    const second = rig.adapter.listJobs(new Set(), rig.call());
    ending.abort();
    gate.open();
    await expect(first).rejects.toThrow('given up');
    expect((await second).items).toHaveLength(1);
  });
});
