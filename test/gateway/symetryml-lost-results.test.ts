import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, readTask } from '../support/gateway-rig.js';
import {
  begin,
  buildOf,
  listSymetryJobs,
  readResult,
  readSymetryJob,
  stepsOf,
  symetryVerb,
  taskOfJob,
  whenAvailable,
} from '../support/symetry-documents.js';
import { createSymetryWorld, type SymetryWorld } from '../support/symetry-world.js';

// Jobs run until they are told to end.
const held = { speed: 0.0001 };

let world: SymetryWorld;
beforeEach(async () => {
  world = await createSymetryWorld(held);
});
afterEach(() => world.dispose());

describe('a job of ours that the server has no longer', () => {
  it('is lost when another client took its result, and says so on the job and on its task', async () => {
    const rig = await world.start();
    const { job, task, number } = await begin(rig);
    await world.simulator.take(number);
    const last = (await stepsOf(rig, task.id)).at(-1);
    expect(last).toMatchObject({ state: 'LOST', cancellable: false, error: { message: expect.stringMatching(/another client/) } });
    expect(last?.endedAt).not.toBeNull();
    expect(await readResult(rig, job.id)).toMatchObject({ resultState: 'LOST', result: null });
    expect((await listSymetryJobs(rig)).map(({ id }) => id)).toContain(job.id);
  });

  it('is lost when another client took its result while the gateway was stopped', async () => {
    const { job, task, number } = await begin(await world.start());
    await world.stop();
    await world.simulator.adjust(number, { state: 'finished' });
    await world.simulator.take(number);
    const rig = await world.start();
    expect((await stepsOf(rig, task.id)).at(-1)).toMatchObject({
      state: 'LOST',
      error: { message: expect.stringMatching(/another client/) },
    });
    expect(await readSymetryJob(rig, job.id)).toMatchObject({ id: job.id, resultState: 'LOST', currentTask: null });
    expect((await world.simulator.jobOf(number)).reads).toBe(0);
  });

  it('is lost when the reaper dropped it while the gateway was stopped', async () => {
    const { job, task, number } = await begin(await world.start());
    await world.stop();
    await world.simulator.adjust(number, { state: 'finished' });
    await world.simulator.reap();
    const rig = await world.start();
    expect((await stepsOf(rig, task.id)).at(-1)).toMatchObject({ state: 'LOST', error: { message: expect.stringMatching(/dropped it/) } });
    expect(await readResult(rig, job.id)).toMatchObject({ resultState: 'LOST', result: null });
  });

  it('stays lost after a restart, with its reason', async () => {
    const before = await world.start();
    const { job, task, number } = await begin(before);
    await world.simulator.take(number);
    const told = (await stepsOf(before, task.id)).at(-1);
    const after = await world.start();
    expect(await readTask(after, task.id)).toEqual(told);
    expect(await readSymetryJob(after, job.id)).toMatchObject({ resultState: 'LOST' });
  });
});

describe('a server whose list takes finished jobs away', () => {
  it('has taken the result of ours too: it is lost, and not asked for twice', async () => {
    await world.simulator.settings({ listConsumes: true });
    const rig = await world.start();
    const { job, task, number } = await begin(rig);
    await world.simulator.adjust(number, { state: 'finished' });
    const last = (await stepsOf(rig, task.id)).at(-1);
    const { reads, removed, lateReads } = await world.simulator.jobOf(number);
    expect([last?.state, reads, removed]).toEqual(removed === 'read' ? ['SUCCEEDED', 1, 'read'] : ['LOST', 0, 'listed']);
    expect(lateReads).toBeLessThan(2);
    expect((await readSymetryJob(rig, job.id))?.resultState).toBe(removed === 'read' ? 'AVAILABLE' : 'LOST');
  });
});

describe('a job begun elsewhere that the server has no longer', () => {
  it('is lost once it was seen, and no error', async () => {
    const number = await world.simulator.plant({ kind: 'pca', state: 'finished' });
    const rig = await world.start();
    const [job] = await listSymetryJobs(rig);
    expect(job).toMatchObject({ resultState: 'UNCLAIMED' });
    await world.simulator.take(number);
    await eventually(
      () => readSymetryJob(rig, job?.id ?? ''),
      (each) => each?.resultState === 'LOST',
    );
    expect(await taskOfJob(rig, job?.id ?? '')).toMatchObject({
      state: 'LOST',
      error: { message: expect.stringMatching(/another client/) },
    });
    const { errors } = await symetryVerb(rig, 'collectJobResult', { jobId: job?.id });
    expect(errors).toMatchObject([{ __typename: 'WrongStateError', code: 'WRONG_STATE' }]);
    expect((await world.simulator.jobOf(number)).reads).toBe(0);
  });

  it('that nobody has ever seen is no job', async () => {
    const rig = await world.start();
    expect(await readSymetryJob(rig, 'job:sym:77')).toBeNull();
    const { errors } = await symetryVerb(rig, 'collectJobResult', { jobId: 'job:sym:77' });
    expect(errors).toMatchObject([{ __typename: 'NotFoundError', code: 'NOT_FOUND' }]);
  });
});

describe('a server that starts again and counts from 1 again', () => {
  it('gives the numbers to other jobs: they have ids of their own, and the old ones keep what they had', async () => {
    const rig = await world.start();
    const done = await begin(rig);
    await world.simulator.adjust(done.number, { state: 'finished', values: { pcaSumValues: 1.5 } });
    await whenAvailable(rig, done.job.id);
    const cut = await begin(rig, buildOf('lda2'));
    expect([done.number, cut.number]).toEqual([1, 2]);

    await world.simulator.restart();
    const again = await begin(rig, buildOf('lda3'));
    const more = await begin(rig, buildOf('lda4'));
    expect([again.number, more.number]).toEqual([1, 2]);
    expect(new Set([done, cut, again, more].map(({ job }) => job.id)).size).toBe(4);
    expect(new Set([done, cut, again, more].map(({ task }) => task.id)).size).toBe(4);

    expect((await stepsOf(rig, cut.task.id)).at(-1)).toMatchObject({
      state: 'LOST',
      error: { message: expect.stringMatching(/restarted|no longer has this job/) },
    });
    expect(await readSymetryJob(rig, cut.job.id)).toMatchObject({ id: cut.job.id, nativeId: '2', resultState: 'LOST' });
    expect(await readSymetryJob(rig, done.job.id)).toMatchObject({ id: done.job.id, state: 'FINISHED', resultState: 'AVAILABLE' });
    expect(await readSymetryJob(rig, again.job.id)).toMatchObject({ id: again.job.id, state: 'RUNNING', resultState: 'NONE' });

    await world.simulator.adjust(1, { state: 'finished', values: { pcaSumValues: 2.5 } });
    await whenAvailable(rig, again.job.id);
    const numberOf = async (id: string) => (await readResult(rig, id))?.result?.entities;
    expect(await numberOf(done.job.id)).toMatchObject([{ __typename: 'NumberResult', number: 1.5 }]);
    expect(await numberOf(again.job.id)).toMatchObject([{ __typename: 'NumberResult', number: 2.5 }]);
    expect(await readSymetryJob(rig, 'job:sym:1')).toMatchObject({ id: again.job.id });
    expect(await readSymetryJob(rig, 'job:sym:2')).toMatchObject({ id: more.job.id });
    expect((await world.simulator.jobs()).map(({ reads, lateReads }) => reads + lateReads).toSorted()).toEqual([0, 0, 1, 1]);
  });

  it('tells the same when both were restarted', async () => {
    const before = await world.start();
    const done = await begin(before);
    await world.simulator.adjust(done.number, { state: 'finished', values: { pcaSumValues: 1.5 } });
    await whenAvailable(before, done.job.id);
    const cut = await begin(before, buildOf('lda2'));
    await world.stop();
    await world.simulator.restart();
    const foreign = await world.simulator.plant({ kind: 'pca', state: 'finished' });
    await world.simulator.plant({ kind: 'vif', state: 'running', held: true });

    const rig = await world.start();
    expect((await stepsOf(rig, cut.task.id)).at(-1)).toMatchObject({ state: 'LOST' });
    const jobs = await listSymetryJobs(rig);
    expect(jobs).toHaveLength(4);
    expect(jobs.map(({ nativeId }) => nativeId).toSorted()).toEqual(['1', '1', '2', '2']);
    expect(jobs.find(({ resultState }) => resultState === 'UNCLAIMED')).toMatchObject({ nativeId: '1' });
    expect(await world.simulator.jobOf(foreign)).toMatchObject({ incarnation: 2, reads: 0 });
    expect(await readResult(rig, done.job.id)).toMatchObject({ resultState: 'AVAILABLE', result: { entities: [{ number: 1.5 }] } });
  });
});
