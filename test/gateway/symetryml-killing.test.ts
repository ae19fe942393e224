import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/gateway-rig.js';
import { begin, buildOf, cancelTask, readResult, readSymetryJob, stepsOf, symetryVerb } from '../support/symetry-documents.js';
import { symetryRoutes } from '../support/symetry-simulator.js';
import { createSymetryWorld, type SymetryWorld } from '../support/symetry-world.js';

// Jobs run until they are told to end.
const held = { speed: 0.0001 };
const reduce = { reduce: { project: 'irisTest', model: 'lda1', algorithm: 'lda', context: { targets: [12], inputs: [0, 1] } } };

let world: SymetryWorld;
beforeEach(async () => {
  world = await createSymetryWorld(held);
});
afterEach(() => world.dispose());

describe('killJob', () => {
  it('kills a running job: its task is cancelled, and the job was killed', async () => {
    const rig = await world.start();
    const { job, task, number } = await begin(rig, reduce);
    expect((await readSymetryJob(rig, job.id))?.allowedActions).toContain('KILL_JOB');
    const killed = await symetryVerb(rig, 'killJob', { jobId: job.id });
    expect(killed.errors).toEqual([]);
    expect(killed.job).toMatchObject({ id: job.id, state: 'KILLED', resultState: 'NONE' });
    expect((await stepsOf(rig, task.id)).at(-1)).toMatchObject({ id: task.id, state: 'CANCELLED', error: null, cancellable: false });
    expect(await world.simulator.jobOf(number)).toMatchObject({ state: 'killed', removed: 'killed', lateReads: 0 });
    const after = await world.start();
    expect(await readSymetryJob(after, job.id)).toMatchObject({ state: 'KILLED', allowedActions: [], currentTask: null });
  });

  it('kills a job that still waits its turn', async () => {
    await world.simulator.settings({ parallelism: 1 });
    const rig = await world.start();
    await begin(rig, reduce);
    const { job, number } = await begin(rig, reduce);
    expect(await readSymetryJob(rig, job.id)).toMatchObject({ state: 'QUEUED', currentTask: { state: 'QUEUED' } });
    const killed = await symetryVerb(rig, 'killJob', { jobId: job.id });
    expect(killed).toMatchObject({ errors: [], job: { state: 'KILLED' } });
    expect(await world.simulator.jobOf(number)).toMatchObject({ state: 'killed' });
  });

  it('kills a job that was begun elsewhere', async () => {
    const number = await world.simulator.plant({ kind: 'vif', state: 'running', held: true });
    const rig = await world.start();
    const killed = await symetryVerb(rig, 'killJob', { jobId: `job:sym:${number}` });
    expect(killed).toMatchObject({ errors: [], job: { nativeId: String(number), state: 'KILLED' } });
    expect(await world.simulator.jobOf(number)).toMatchObject({ state: 'killed', reads: 0 });
  });

  it('is refused with the words of a server that cannot kill the job, which goes on', async () => {
    const rig = await world.start();
    const { job, number } = await begin(rig, buildOf());
    const { errors, job: shown } = await symetryVerb(rig, 'killJob', { jobId: job.id });
    expect(errors).toMatchObject([{ __typename: 'RefusedError', code: 'REFUSED', vendorMessage: 'Job cannot be killed.' }]);
    expect(shown).toMatchObject({ id: job.id, state: 'RUNNING', currentTask: { state: 'RUNNING' } });
    expect(await world.simulator.jobOf(number)).toMatchObject({ state: 'running' });
  });

  it('of a job that finished meanwhile says how it ended, and its result is not lost', async () => {
    const rig = await world.start();
    const { job, number } = await begin(rig, reduce);
    await world.simulator.adjust(number, { state: 'finished', values: { pcaSumValues: 3 } });
    await world.simulator.until(number, ({ removed }) => removed === 'read');
    const { errors, job: shown } = await symetryVerb(rig, 'killJob', { jobId: job.id });
    expect(errors).toMatchObject([{ __typename: 'WrongStateError', code: 'WRONG_STATE', message: expect.stringMatching(/finished/i) }]);
    expect(shown).toMatchObject({ state: 'FINISHED' });
    await eventually(
      () => readResult(rig, job.id),
      (each) => each?.resultState === 'AVAILABLE',
    );
    expect(await world.simulator.jobOf(number)).toMatchObject({ reads: 1, lateReads: 0 });
  });

  it.each(['refused', 'unknown'])(
    'of a job that finished between two looks says how it ended, or that it was refused, and takes nothing away: %s',
    async (killFinished) => {
      await world.simulator.settings({ killFinished });
      const rig = await world.start({ backend: { poll: { fastMs: 10_000, slowMs: 10_000 } } });
      const { job, number } = await begin(rig, reduce);
      await world.simulator.adjust(number, { state: 'finished', values: { pcaSumValues: 3 } });
      const { errors } = await symetryVerb(rig, 'killJob', { jobId: job.id });
      expect(errors).toHaveLength(1);
      expect(['REFUSED', 'WRONG_STATE']).toContain(errors[0]?.code);
      expect(await world.simulator.jobOf(number)).toMatchObject({ state: 'finished' });
      const after = await world.start();
      expect((await stepsOf(after, `task:sym:${number}`)).at(-1)).toMatchObject({ state: 'SUCCEEDED' });
      expect(await readResult(after, job.id)).toMatchObject({ resultState: 'AVAILABLE', result: { entities: [{ number: 3 }] } });
      expect(await world.simulator.jobOf(number)).toMatchObject({ reads: 1, lateReads: 0 });
    },
  );

  it('of a job that was killed or lost says that', async () => {
    const rig = await world.start();
    const killed = await begin(rig, reduce);
    await symetryVerb(rig, 'killJob', { jobId: killed.job.id });
    const lost = await begin(rig, reduce);
    await world.simulator.take(lost.number);
    await stepsOf(rig, lost.task.id);
    const errorsOf = async (jobId: string) => (await symetryVerb(rig, 'killJob', { jobId })).errors;
    expect(await errorsOf(killed.job.id)).toMatchObject([{ code: 'WRONG_STATE', message: expect.stringMatching(/killed/i) }]);
    expect(await errorsOf(lost.job.id)).toMatchObject([{ code: 'WRONG_STATE', message: expect.stringMatching(/lost|no longer/i) }]);
    expect(world.simulator.calls()[symetryRoutes.kill]).toBe(1);
  });

  it('of a job that a killing server shows as finished still says that it was killed', async () => {
    await world.simulator.settings({ afterKill: 'finished' });
    const rig = await world.start();
    const { job, task } = await begin(rig, reduce);
    expect(await symetryVerb(rig, 'killJob', { jobId: job.id })).toMatchObject({ errors: [], job: { state: 'KILLED' } });
    expect((await stepsOf(rig, task.id)).at(-1)).toMatchObject({ state: 'CANCELLED' });
    for (let round = 0; round < 3; round += 1) expect(await readSymetryJob(rig, job.id)).toMatchObject({ state: 'KILLED' });
    const after = await world.start();
    expect(await readSymetryJob(after, job.id)).toMatchObject({ state: 'KILLED' });
  });
});

describe('cancelTask', () => {
  it('kills the job of a run', async () => {
    const rig = await world.start();
    const { job, task, number } = await begin(rig, reduce);
    expect(task.cancellable).toBe(true);
    const cancelled = await cancelTask(rig, task.id);
    expect(cancelled.errors).toEqual([]);
    expect(cancelled.task?.id).toBe(task.id);
    expect((await stepsOf(rig, task.id)).at(-1)).toMatchObject({ state: 'CANCELLED' });
    expect(await readSymetryJob(rig, job.id)).toMatchObject({ state: 'KILLED' });
    expect(await world.simulator.jobOf(number)).toMatchObject({ state: 'killed' });
  });

  it('is refused in the words of a server that cannot kill the job', async () => {
    const rig = await world.start();
    const { task } = await begin(rig, buildOf());
    const { errors } = await cancelTask(rig, task.id);
    expect(errors).toMatchObject([{ __typename: 'RefusedError', vendorMessage: 'Job cannot be killed.' }]);
  });

  it('of a run that ended is a wrong state', async () => {
    const rig = await world.start();
    const { task, number } = await begin(rig, reduce);
    await world.simulator.adjust(number, { state: 'finished' });
    await stepsOf(rig, task.id);
    const { errors } = await cancelTask(rig, task.id);
    expect(errors).toMatchObject([{ __typename: 'WrongStateError', code: 'WRONG_STATE' }]);
  });
});

describe('a repeat with the same key', () => {
  it('starts no second job, not even after a restart', async () => {
    const idempotencyKey = '3f0c9a6e-2f43-4f51-9f0a-5f5b0f3f2a11';
    const first = await begin(await world.start(), reduce, { idempotencyKey });
    const rig = await world.start();
    const second = await begin(rig, reduce, { idempotencyKey });
    expect(second).toMatchObject({ job: { id: first.job.id }, task: { id: first.task.id } });
    expect(await world.simulator.jobs()).toHaveLength(1);
  });

  it('is what a subscription by that key was waiting for', async () => {
    const idempotencyKey = '3f0c9a6e-2f43-4f51-9f0a-5f5b0f3f2a12';
    const rig = await world.start();
    const watching = rig.subscribe<{ readonly tasksProgress: { readonly added: readonly { readonly id: string }[] } }>(
      'subscription W($keys: [UUID!]) { tasksProgress(filter: { idempotencyKeys: $keys }) { synced added { id } } }',
      { keys: [idempotencyKey] },
    );
    await watching.next();
    await begin(rig, reduce);
    const { task } = await begin(rig, reduce, { idempotencyKey });
    const { tasksProgress } = await watching.until((event) => event.tasksProgress.added.length > 0);
    expect(tasksProgress.added).toEqual([{ id: task.id }]);
    watching.stop();
  });

  it('kills no job twice', async () => {
    const rig = await world.start();
    const { job } = await begin(rig, reduce);
    const input = { jobId: job.id, idempotencyKey: '3f0c9a6e-2f43-4f51-9f0a-5f5b0f3f2a13' };
    expect((await symetryVerb(rig, 'killJob', input)).errors).toEqual([]);
    expect((await symetryVerb(rig, 'killJob', input)).errors).toEqual([]);
    expect(world.simulator.calls()[symetryRoutes.kill]).toBe(1);
  });
});
