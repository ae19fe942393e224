import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/gateway-rig.js';
import { begin, collect, listSymetryJobs, readResult, readSymetryJob, symetryVerb, taskOfJob } from '../support/symetry-documents.js';
import { symetryRoutes } from '../support/symetry-simulator.js';
import { createSymetryWorld, type SymetryWorld } from '../support/symetry-world.js';

const key = 'EYpWjGPaoMoFUb/jfW95PQ==';

let world: SymetryWorld;
beforeEach(async () => {
  world = await createSymetryWorld({
    users: [
      { name: 'c1', password: 'VLmAm+WkpnA5zp2wXiSYkw==', privileges: [] },
      { name: 'c2', password: key, privileges: [] },
    ],
  });
});
afterEach(() => world.dispose());

interface JobsStep {
  readonly jobsChanged: {
    readonly added: readonly { readonly nativeId: string; readonly resultState: string }[];
    readonly synced: boolean;
  };
}

describe('a job of another customer', () => {
  it('is not shown, whichever way it is asked for', async () => {
    const theirs = await world.simulator.plant({ owner: 'c2', kind: 'pca', state: 'finished' });
    const mine = await world.simulator.plant({ kind: 'pca', held: true, state: 'running' });
    const rig = await world.start();
    expect((await listSymetryJobs(rig)).map(({ nativeId }) => nativeId)).toEqual([String(mine)]);
    const data = await rig.ask<{
      readonly job: unknown;
      readonly node: unknown;
      readonly tasks: { readonly nodes: readonly { readonly nativeId: string }[] };
    }>('query Q($id: ID!) { job(id: $id) { id } node(id: $id) { id } tasks { nodes { nativeId } } }', { id: `job:sym:${theirs}` });
    expect(data).toEqual({ job: null, node: null, tasks: { nodes: [{ nativeId: String(mine) }] } });
    const watching = rig.subscribe<JobsStep>('subscription { jobsChanged { synced added { nativeId } } }');
    await watching.until(({ jobsChanged }) => jobsChanged.synced);
    expect(watching.seen.flatMap(({ jobsChanged }) => jobsChanged.added.map(({ nativeId }) => nativeId))).toEqual([String(mine)]);
  });

  it.each(['killJob', 'collectJobResult'])('is not there for %s', async (verb) => {
    const theirs = await world.simulator.plant({ owner: 'c2', kind: 'pca', state: 'finished' });
    const rig = await world.start();
    const { errors } = await symetryVerb(rig, verb, { jobId: `job:sym:${theirs}` });
    expect(errors).toMatchObject([{ __typename: 'NotFoundError', code: 'NOT_FOUND' }]);
    expect(await world.simulator.jobOf(theirs)).toMatchObject({ reads: 0, removed: null });
  });

  it('is not taken by a gateway that takes everything', async () => {
    const theirs = await world.simulator.plant({ owner: 'c2', kind: 'pca', state: 'finished' });
    const mine = await world.simulator.plant({ kind: 'pca', state: 'finished' });
    await world.start({ backend: { consume: 'all' } });
    await world.simulator.until(mine, ({ reads }) => reads === 1);
    expect(await world.simulator.jobOf(theirs)).toMatchObject({ reads: 0, lateReads: 0, removed: null });
  });
});

describe('a job of ours that was begun elsewhere', () => {
  it('shows as unclaimed once it is done, and is never read, however much is asked and watched', async () => {
    const number = await world.simulator.plant({ kind: 'kmeans', held: true, state: 'running', current: 3 });
    const rig = await world.start();
    const watching = rig.subscribe<JobsStep>('subscription { jobsChanged { added { id } changed { id nativeId state resultState } } }');
    await watching.next();
    const [job] = await listSymetryJobs(rig);
    expect(job).toMatchObject({ nativeId: String(number), state: 'RUNNING', resultState: 'NONE', owner: 'c1' });
    await world.simulator.adjust(number, { state: 'finished' });
    await eventually(
      () => readSymetryJob(rig, job?.id ?? ''),
      (each) => each?.resultState === 'UNCLAIMED',
    );

    for (let round = 0; round < 5; round += 1) {
      expect(await readResult(rig, job?.id ?? '')).toMatchObject({ resultState: 'UNCLAIMED', result: null });
      expect(await listSymetryJobs(rig, { states: ['FINISHED'] })).toMatchObject([{ id: job?.id, resultState: 'UNCLAIMED' }]);
      await taskOfJob(rig, job?.id ?? '');
    }
    expect((await readSymetryJob(rig, job?.id ?? ''))?.allowedActions).toContain('COLLECT_JOB_RESULT');
    expect(await world.simulator.jobOf(number)).toMatchObject({ reads: 0, lateReads: 0, removed: null });
    expect(world.simulator.calls()[symetryRoutes.read] ?? 0).toBe(0);
  });

  it('is taken by collectJobResult, once, and is ours from then on', async () => {
    const number = await world.simulator.plant({ kind: 'pca', pid: 'irisTest', state: 'finished' });
    const rig = await world.start();
    const jobId = await collect(rig, number);
    expect((await readSymetryJob(rig, jobId))?.allowedActions).not.toContain('COLLECT_JOB_RESULT');
    expect((await readResult(rig, jobId))?.result?.entities.map(({ name }) => name)).toEqual(['pcaVectors', 'pcaValues', 'pcaSumValues']);
    expect(await taskOfJob(rig, jobId)).toMatchObject({ state: 'SUCCEEDED' });
    const again = await symetryVerb(rig, 'collectJobResult', { jobId });
    expect(again.job).toMatchObject({ resultState: 'AVAILABLE' });
    expect(await world.simulator.jobOf(number)).toMatchObject({ reads: 1, lateReads: 0 });
  });

  it('is taken when it ends, where collectJobResult came before', async () => {
    const number = await world.simulator.plant({ kind: 'vif', pid: 'irisTest', held: true, state: 'running' });
    const rig = await world.start();
    const { job, errors } = await symetryVerb(rig, 'collectJobResult', { jobId: `job:sym:${number}` });
    expect(errors).toEqual([]);
    expect(job).toMatchObject({ state: 'RUNNING' });
    await world.simulator.adjust(number, { state: 'finished' });
    await world.simulator.until(number, ({ removed }) => removed === 'read');
    await eventually(
      () => readResult(rig, job?.id ?? ''),
      (each) => each?.resultState === 'AVAILABLE',
    );
    expect(await world.simulator.jobOf(number)).toMatchObject({ reads: 1, lateReads: 0 });
  });

  it('is taken without being asked for where everything is to be taken', async () => {
    const first = await world.simulator.plant({ kind: 'pca', pid: 'irisTest', state: 'finished' });
    const second = await world.simulator.plant({ kind: 'svd', pid: 'irisTest', held: true, state: 'running' });
    const rig = await world.start({ backend: { consume: 'all' } });
    await world.simulator.until(first, ({ removed }) => removed === 'read');
    const jobs = await listSymetryJobs(rig);
    expect(jobs.map(({ nativeId }) => Number(nativeId)).toSorted()).toEqual([first, second]);
    await world.simulator.adjust(second, { state: 'finished' });
    await world.simulator.until(second, ({ removed }) => removed === 'read');
    for (const { id } of jobs)
      await eventually(
        () => readResult(rig, id),
        (each) => each?.resultState === 'AVAILABLE',
      );
    for (const number of [first, second]) expect(await world.simulator.jobOf(number)).toMatchObject({ reads: 1, lateReads: 0 });
  });

  it('does not take away what was begun through the gateway', async () => {
    const rig = await world.start();
    const foreign = await world.simulator.plant({ kind: 'pca', state: 'finished' });
    const { number } = await begin(rig);
    await world.simulator.until(number, ({ removed }) => removed === 'read');
    expect(await world.simulator.jobOf(foreign)).toMatchObject({ reads: 0, removed: null });
  });
});
