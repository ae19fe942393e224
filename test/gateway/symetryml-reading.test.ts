import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/gateway-rig.js';
import { begin, buildOf, readResult, readSymetryJob, stepsOf, symetryVerb, whenAvailable } from '../support/symetry-documents.js';
import { symetryRoutes } from '../support/symetry-simulator.js';
import { createSymetryWorld, type SymetryWorld } from '../support/symetry-world.js';

const frame = { rows: 20_000, columns: 8 };

let world: SymetryWorld;
afterEach(() => world.dispose());

describe('many results', () => {
  it('at once are all read, each of them once', async () => {
    world = await createSymetryWorld({ speed: 200 });
    const rig = await world.start();
    const begun = await Promise.all(Array.from({ length: 30 }, (_each, index) => begin(rig, buildOf(`lda${index}`))));
    expect(new Set(begun.map(({ job }) => job.id)).size).toBe(30);
    for (const { task } of begun) expect((await stepsOf(rig, task.id)).at(-1)).toMatchObject({ state: 'SUCCEEDED' });
    const jobs = await world.simulator.jobs();
    expect(jobs.map(({ reads, lateReads }) => [reads, lateReads])).toEqual(begun.map(() => [1, 0]));
  });
});

describe('a result that comes slowly', () => {
  it('keeps nobody waiting: others are read meanwhile, and it is there when all of it has come', async () => {
    world = await createSymetryWorld({ speed: 0.0001 });
    const rig = await world.start();
    const slow = await begin(rig, buildOf('slow'));
    const quick = await begin(rig, buildOf('quick'));
    world.simulator.setFaults([{ route: symetryRoutes.read, count: 1, holdAfterBytes: 500_000 }]);
    await world.simulator.adjust(slow.number, { state: 'finished', frame });
    await world.simulator.until(slow.number, ({ removed }) => removed === 'read');
    await world.simulator.adjust(quick.number, { state: 'finished' });
    await whenAvailable(rig, quick.job.id);

    expect(await readResult(rig, slow.job.id)).toMatchObject({ resultState: 'NONE', result: null });
    const { errors } = await symetryVerb(rig, 'killJob', { jobId: slow.job.id });
    expect(errors).toMatchObject([{ __typename: 'WrongStateError', code: 'WRONG_STATE' }]);
    expect(await readSymetryJob(rig, slow.job.id)).toMatchObject({ resultState: 'NONE' });

    world.simulator.setFaults([]);
    await whenAvailable(rig, slow.job.id);
    expect((await readResult(rig, slow.job.id))?.result?.entities).toMatchObject([{ rowCount: frame.rows }]);
    expect((await world.simulator.jobs()).map(({ reads, lateReads }) => [reads, lateReads])).toEqual([
      [1, 0],
      [1, 0],
    ]);
  });

  it('is waited for as long as it keeps coming, longer than any other answer', async () => {
    world = await createSymetryWorld({ speed: 0.0001 });
    const rig = await world.start({ backend: { http: { requestTimeoutMs: 1_000 } } });
    const { job, number } = await begin(rig);
    world.simulator.setFaults([{ route: symetryRoutes.read, count: 1, holdAfterBytes: 100_000 }]);
    await world.simulator.adjust(number, { state: 'finished', frame });
    await world.simulator.until(number, ({ removed }) => removed === 'read');
    // Less than a second of silence at a time.
    const oldAt = Date.now() + 700;
    await eventually(Date.now, (now) => now > oldAt);
    expect(await readResult(rig, job.id)).toMatchObject({ resultState: 'NONE' });
    world.simulator.setFaults([]);
    await whenAvailable(rig, job.id);
  });

  it('is lost when nothing more of it comes, and says so', async () => {
    world = await createSymetryWorld({ speed: 0.0001 });
    const rig = await world.start({ backend: { http: { requestTimeoutMs: 500 } } });
    const { job, task, number } = await begin(rig);
    world.simulator.setFaults([{ route: symetryRoutes.read, count: 1, holdAfterBytes: 100_000 }]);
    await world.simulator.adjust(number, { state: 'finished', frame });
    expect((await stepsOf(rig, task.id)).at(-1)).toMatchObject({
      state: 'LOST',
      error: { message: expect.stringMatching(/while its result was being read/) },
    });
    expect(await readResult(rig, job.id)).toMatchObject({ resultState: 'LOST', result: null });
    expect(await world.simulator.jobOf(number)).toMatchObject({ reads: 1 });
  });

  it('is let come to its end by a gateway that is being stopped', async () => {
    world = await createSymetryWorld({ speed: 0.0001 });
    const { job, task, number } = await begin(await world.start());
    world.simulator.setFaults([{ route: symetryRoutes.read, count: 1, holdAfterBytes: 100_000 }]);
    await world.simulator.adjust(number, { state: 'finished', frame });
    await world.simulator.until(number, ({ removed }) => removed === 'read');
    const stopping = world.stop();
    world.simulator.setFaults([]);
    await stopping;
    const rig = await world.start();
    expect((await stepsOf(rig, task.id)).at(-1)).toMatchObject({ state: 'SUCCEEDED' });
    expect((await readResult(rig, job.id))?.result?.entities).toMatchObject([{ rowCount: frame.rows }]);
    expect(await world.simulator.jobOf(number)).toMatchObject({ reads: 1, lateReads: 0 });
  });

  it('is lost when the gateway cannot wait any longer for it, and the next one says so', { timeout: 60_000 }, async () => {
    world = await createSymetryWorld({ speed: 0.0001 });
    const { job, task, number } = await begin(await world.start());
    world.simulator.setFaults([{ route: symetryRoutes.read, count: 1, holdAfterBytes: 100_000 }]);
    await world.simulator.adjust(number, { state: 'finished', frame });
    await world.simulator.until(number, ({ removed }) => removed === 'read');
    await world.stop();
    world.simulator.setFaults([]);
    const rig = await world.start();
    expect((await stepsOf(rig, task.id)).at(-1)).toMatchObject({
      state: 'LOST',
      error: { message: expect.stringMatching(/result was being read/) },
    });
    expect(await readResult(rig, job.id)).toMatchObject({ resultState: 'LOST' });
    expect(await world.simulator.jobOf(number)).toMatchObject({ reads: 1 });
  });
});
