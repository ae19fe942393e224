import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, leaksIn } from '../support/gateway-rig.js';
import { begin, readResult, readSymetryJob, stepsOf } from '../support/symetry-documents.js';
import { sampleSecret, symetryRoutes } from '../support/symetry-simulator.js';
import { createSymetryWorld, type SymetryWorld } from '../support/symetry-world.js';

// Jobs run until they are told to end.
const held = { speed: 0.0001 };

let world: SymetryWorld;
beforeEach(async () => {
  world = await createSymetryWorld(held);
});
afterEach(() => world.dispose());

describe('a job that fails', () => {
  it('is believed to have failed when the server says so twice, and what it said is kept', async () => {
    const rig = await world.start();
    const { job, task, number } = await begin(rig);
    await world.simulator.adjust(number, { state: 'failed', error: 'Matrix is singular' });
    const last = (await stepsOf(rig, task.id)).at(-1);
    expect(last).toMatchObject({ state: 'FAILED', error: { code: expect.any(String), message: expect.any(String) } });
    expect(`${last?.error?.message} ${last?.error?.detail}`).toContain('Matrix is singular');
    expect(await readSymetryJob(rig, job.id)).toMatchObject({ state: 'FAILED', resultState: 'NONE', currentTask: null });
    expect((await world.simulator.jobOf(number)).reads).toBe(2);
    const after = await world.start();
    expect((await stepsOf(after, task.id)).at(-1)).toEqual(last);
    expect((await world.simulator.jobOf(number)).reads).toBe(2);
    expect(leaksIn(rig.answers, [sampleSecret])).toEqual([]);
  });

  it('is told in the payload of a mutation that waited for it', async () => {
    await world.simulator.settings({ failKinds: ['vif'] });
    const rig = await world.start();
    const starting = rig.ask<{
      readonly startSymetryJob: { readonly task: { readonly state: string } | null; readonly errors: readonly object[] };
    }>(
      `mutation { startSymetryJob(input: {
        backendId: "backend:sym", waitMs: 15000, exploreVif: { project: "irisTest", context: { inputs: [0, 1] } }
      }) { task { state } errors { code message } } }`,
    );
    const number = await eventually(
      async () => (await world.simulator.jobs()).at(-1)?.id ?? 0,
      (each) => each > 0,
    );
    await world.simulator.adjust(number, { state: 'failed', error: 'Matrix is singular' });
    const { startSymetryJob } = await starting;
    expect(startSymetryJob.task).toMatchObject({ state: 'FAILED' });
    expect(startSymetryJob.errors).toHaveLength(1);
  });

  it('has not failed when the server stumbled once', async () => {
    const rig = await world.start();
    const { job, task, number } = await begin(rig);
    world.simulator.setFaults([
      {
        route: symetryRoutes.read,
        count: 1,
        status: 500,
        body: { statusCode: 'INTERNAL_SERVER_ERROR', statusString: 'Internal error', values: {} },
      },
    ]);
    await world.simulator.adjust(number, { state: 'finished', values: { pcaSumValues: 4 } });
    expect((await stepsOf(rig, task.id)).at(-1)).toMatchObject({ state: 'SUCCEEDED', error: null });
    expect(await readResult(rig, job.id)).toMatchObject({ resultState: 'AVAILABLE', result: { entities: [{ number: 4 }] } });
    expect(await world.simulator.jobOf(number)).toMatchObject({ reads: 1, lateReads: 0 });
  });

  it('shows as a success without a result where the server does not tell', async () => {
    await world.simulator.settings({ failure: 'finished' });
    const rig = await world.start();
    const { job, task, number } = await begin(rig);
    await world.simulator.adjust(number, { state: 'failed' });
    expect((await stepsOf(rig, task.id)).at(-1)).toMatchObject({ state: 'SUCCEEDED' });
    expect(await readResult(rig, job.id)).toMatchObject({ resultState: 'AVAILABLE', result: { entities: [] } });
  });
});

describe('a server that does not answer for a while', () => {
  it('has lost nothing: the result is read when it answers again', async () => {
    const rig = await world.start({ backend: { http: { maxRetries: 0, breakerResetMs: 100 } } });
    const { job, task, number } = await begin(rig);
    world.simulator.setFaults([{ route: '*', reset: true }]);
    await world.simulator.adjust(number, { state: 'finished', values: { pcaSumValues: 5 } });
    await eventually(
      () =>
        rig.ask<{ readonly backend: { readonly health: { readonly status: string } } }>(
          '{ backend(id: "backend:sym") { health { status } } }',
        ),
      ({ backend }) => backend.health.status !== 'UP',
    );
    world.simulator.setFaults([]);
    expect((await stepsOf(rig, task.id)).at(-1)).toMatchObject({ state: 'SUCCEEDED' });
    expect(await readResult(rig, job.id)).toMatchObject({ result: { entities: [{ number: 5 }] } });
    expect(await world.simulator.jobOf(number)).toMatchObject({ reads: 1, lateReads: 0 });
  });

  it('that answers 503 to the question for the job has not failed it', async () => {
    const rig = await world.start();
    const { task, number } = await begin(rig);
    world.simulator.setFaults([{ route: symetryRoutes.read, status: 503, count: 3, body: '<html>starting</html>' }]);
    await world.simulator.adjust(number, { state: 'finished' });
    expect((await stepsOf(rig, task.id)).at(-1)).toMatchObject({ state: 'SUCCEEDED' });
    expect(await world.simulator.jobOf(number)).toMatchObject({ reads: 1, lateReads: 0 });
  });

  it('that breaks off in the middle of the result has lost it, and that is told as it is', async () => {
    const rig = await world.start();
    const { job, task, number } = await begin(rig);
    world.simulator.setFaults([{ route: symetryRoutes.read, count: 1, cutAfterBytes: 40 }]);
    await world.simulator.adjust(number, { state: 'finished', frame: { rows: 1000, columns: 5 } });
    expect((await stepsOf(rig, task.id)).at(-1)).toMatchObject({
      state: 'LOST',
      error: { message: expect.stringMatching(/while its result was being read/) },
    });
    expect(await readResult(rig, job.id)).toMatchObject({ resultState: 'LOST', result: null });
    expect((await world.simulator.jobOf(number)).reads).toBe(1);
  });
});
