import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, type GatewayRig, type SeenTask } from '../support/gateway-rig.js';
import { begin, collect, readResult, readSymetryJob, resultText, stepsOf, taskOfJob } from '../support/symetry-documents.js';
import { emptyKinds, type ResultKind, resultKinds } from '../support/symetry-kinds.js';
import { createSymetryWorld, type SymetryWorld } from '../support/symetry-world.js';

interface TasksStep {
  readonly tasksProgress: {
    readonly added: readonly SeenTask[];
    readonly changed: readonly SeenTask[];
    readonly left: readonly SeenTask[];
  };
}

let world: SymetryWorld;
beforeAll(async () => {
  world = await createSymetryWorld();
  await world.simulator.project('second', { attributes: [], rows: 0 });
});
afterAll(() => world.dispose());

/** Started through the gateway; or begun elsewhere, where no document says how, and taken on purpose. */
const run = async (rig: GatewayRig, { start, planted }: ResultKind): Promise<{ readonly jobId: string; readonly number: number }> => {
  if (start) {
    const { job, task, number } = await begin(rig, start);
    expect(task).toMatchObject({ kind: 'RUN', job: { id: job.id }, nativeId: job.nativeId });
    const steps = await stepsOf(rig, task.id);
    expect(steps.at(-1)).toMatchObject({ state: 'SUCCEEDED', error: null, cancellable: false, endedAt: expect.stringMatching(/Z$/) });
    expect(steps.map(({ state }) => state).filter((state) => /SUCCEEDED|FAILED|LOST|CANCELLED/.test(state))).toEqual(['SUCCEEDED']);
    const progress = steps.flatMap((step) => step.progress ?? []);
    expect(progress).toEqual([...progress].sort((left, right) => left - right));
    return { jobId: job.id, number };
  }
  const number = await world.simulator.plant({ kind: planted, pid: 'irisTest', state: 'finished' });
  return { jobId: await collect(rig, number), number };
};

describe.each([...resultKinds, ...emptyKinds])('$name', (kind) => {
  it('is watched to its end, told in types, and told the same after a restart, though the server is asked for it once', async () => {
    const before = await world.start();
    const tasks = before.subscribe<TasksStep>(
      'subscription { tasksProgress { added { id state } changed { id state } left { id state } } }',
    );
    const { jobId, number } = await run(before, kind);
    const task = await taskOfJob(before, jobId);
    await tasks.until(({ tasksProgress: { added, changed, left } }) =>
      [...added, ...changed, ...left].some(({ id, state }) => id === task?.id && state === 'SUCCEEDED'),
    );
    tasks.stop();

    const told = await readResult(before, jobId);
    expect(told).toMatchObject({ state: 'FINISHED', resultState: 'AVAILABLE', result: { entities: kind.entities } });
    expect(told?.result?.entities).toHaveLength(kind.entities.length);
    expect(told?.result?.bytes).toBeGreaterThan(50);
    for (const entity of told?.result?.entities ?? []) expect(entity.raw).not.toBeNull();
    const text = await resultText(before, jobId);

    const after = await world.start();
    expect(await resultText(after, jobId)).toBe(text);
    expect(await readSymetryJob(after, jobId)).toMatchObject({ id: jobId, state: 'FINISHED', resultState: 'AVAILABLE', currentTask: null });
    expect(await taskOfJob(after, jobId)).toMatchObject({ id: task?.id, state: 'SUCCEEDED' });
    expect(await world.simulator.jobOf(number)).toMatchObject({ reads: 1, lateReads: 0, removed: 'read' });
  });
});

const reductionOf = (model: string) => ({
  project: 'irisTest',
  model,
  algorithm: 'lda',
  context: { targets: [12], inputs: [0, 1] },
});

describe('a job nobody watches', () => {
  it('is followed to its end, and its result is there when somebody asks', async () => {
    const rig = await world.start();
    const { job, number } = await begin(rig);
    expect(await world.simulator.until(number, ({ removed }) => removed !== null)).toMatchObject({ removed: 'read', reads: 1 });
    await eventually(
      () => readResult(rig, job.id),
      (result) => result?.resultState === 'AVAILABLE',
    );
    expect(await world.simulator.jobOf(number)).toMatchObject({ reads: 1, lateReads: 0 });
  });

  it('is followed by the next gateway when the first one stops in the middle', async () => {
    const before = await world.start();
    const { job, task, number } = await begin(before, { reduce: reductionOf('slow') });
    await world.stop();
    await world.simulator.until(number, ({ state }) => state === 'finished');
    expect(await world.simulator.jobOf(number)).toMatchObject({ removed: null, reads: 0 });
    const after = await world.start();
    expect(await world.simulator.until(number, ({ removed }) => removed !== null)).toMatchObject({ removed: 'read', reads: 1 });
    expect((await stepsOf(after, task.id)).at(-1)).toMatchObject({
      id: task.id,
      state: 'SUCCEEDED',
      job: { id: job.id, state: 'FINISHED' },
    });
    expect(await readResult(after, job.id)).toMatchObject({ resultState: 'AVAILABLE', result: { entities: [] } });
  });

  it('is told to whoever waits for it in the mutation', async () => {
    const rig = await world.start();
    const { job, task } = await begin(rig, { reduce: reductionOf('waited') }, { waitMs: 15_000 });
    expect(task).toMatchObject({ state: 'SUCCEEDED', progress: 1 });
    expect(job).toMatchObject({ state: 'FINISHED', resultState: 'AVAILABLE' });
  });
});
