import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/gateway-rig.js';
import { begin, buildOf, readSymetryJob, symetryVerb, watchTask } from '../support/symetry-documents.js';
import { createSymetryWorld, type SymetryWorld } from '../support/symetry-world.js';

const columns = [{ name: 'sepal_length', type: 'C' }];
const update = { dataSourceUpdate: { project: 'irisTest', dataSource: 'Iris_rtlm.csv', columns } };
const reduce = { reduce: { project: 'irisTest', model: 'lda1', algorithm: 'lda', context: { targets: [12], inputs: [0, 1] } } };

let world: SymetryWorld;
beforeEach(async () => {
  // Jobs run until they are told to end.
  world = await createSymetryWorld({ speed: 0.0001 });
});
afterEach(() => world.dispose());

describe('a run that is watched', () => {
  it('counts bytes of a data source, and its share of the whole', async () => {
    const rig = await world.start();
    const { job, task, number } = await begin(rig, update);
    const watching = watchTask(rig, task.id);
    for (const current of [1_000_000, 2_356_224, 4_000_000]) {
      await world.simulator.adjust(number, { current, maximum: 4_712_448 });
      const { taskProgress } = await watching.until((event) => event.taskProgress.task.counts?.current === current);
      expect(taskProgress.task).toMatchObject({
        state: 'RUNNING',
        progress: expect.closeTo(current / 4_712_448, 3),
        counts: { current, maximum: 4_712_448, unit: 'BYTES' },
        startedAt: expect.stringMatching(/Z$/),
        endedAt: null,
        error: null,
      });
    }
    const { job: shown } = await rig.ask<{ readonly job: object }>(
      'query P($id: ID!) { job(id: $id) { processed { current maximum unit } } }',
      {
        id: job.id,
      },
    );
    expect(shown).toEqual({ processed: { current: 4_000_000, maximum: 4_712_448, unit: 'BYTES' } });
    watching.stop();
  });

  it('counts the iterations of a reduction', async () => {
    const rig = await world.start();
    const { task, number } = await begin(rig, reduce);
    const watching = watchTask(rig, task.id);
    await world.simulator.adjust(number, { current: 20, maximum: 50 });
    const { taskProgress } = await watching.until((event) => event.taskProgress.task.counts?.current === 20);
    expect(taskProgress.task).toMatchObject({ progress: 0.4, counts: { maximum: 50, unit: 'ITERATIONS' } });
    watching.stop();
  });

  it.each(['zero', 'absent'])('has no share where the whole is %s', async (maximum) => {
    await world.simulator.settings({ maximum });
    const rig = await world.start();
    const { task, number } = await begin(rig, update);
    const watching = watchTask(rig, task.id);
    await world.simulator.adjust(number, { current: 12_345 });
    const { taskProgress } = await watching.until((event) => event.taskProgress.task.counts?.current === 12_345);
    expect(taskProgress.task).toMatchObject({ state: 'RUNNING', progress: null, counts: { maximum: null } });
    watching.stop();
  });

  it('is never more than done, whatever the server counts', async () => {
    const rig = await world.start();
    const { task, number } = await begin(rig, update);
    const watching = watchTask(rig, task.id);
    await world.simulator.adjust(number, { current: 9_000_000, maximum: 4_712_448 });
    const { taskProgress } = await watching.until((event) => event.taskProgress.task.counts?.current === 9_000_000);
    expect(taskProgress.task).toMatchObject({ state: 'RUNNING', progress: 1 });
    watching.stop();
  });

  it('waits its turn first, and is told apart from one that runs', async () => {
    await world.simulator.settings({ parallelism: 1 });
    const rig = await world.start();
    const first = await begin(rig, reduce);
    const { job, task } = await begin(rig, buildOf());
    expect(task).toMatchObject({ state: 'QUEUED', startedAt: null });
    const watching = watchTask(rig, task.id);
    await watching.until((event) => event.taskProgress.task.state === 'QUEUED');
    await world.simulator.adjust(first.number, { state: 'finished' });
    const { taskProgress } = await watching.until((event) => event.taskProgress.task.state === 'RUNNING');
    expect(taskProgress.task.startedAt).not.toBeNull();
    expect(await readSymetryJob(rig, job.id)).toMatchObject({ state: 'RUNNING', currentTask: { id: task.id, state: 'RUNNING' } });
    watching.stop();
  });

  it('outlasts a mutation that waits for less, which is no error', async () => {
    const rig = await world.start();
    const { task } = await begin(rig, reduce, { waitMs: 200 });
    expect(task).toMatchObject({ state: 'RUNNING', error: null });
  });
});

describe('a job', () => {
  it('tells what it works on, as far as the server does', async () => {
    const rig = await world.start();
    const { job } = await begin(rig, {
      autoSelect: {
        project: 'irisTest',
        model: 'auto1',
        task: 'binary_classifier',
        context: { targets: [12], inputs: [0] },
        validation: { dataSource: 'valid.csv' },
      },
    });
    const { job: read } = await rig.ask<{ readonly job: object }>(
      `query D($id: ID!) { job(id: $id) {
        type owner createdAt finishedAt node { id } detector { id } datafeed { id } anomalies { totalCount } messages { message }
        details { id ... on SymetryJobDetails { onBoundedExecutor properties { key text } } }
      } }`,
      { id: job.id },
    );
    expect(read).toMatchObject({
      type: 'AutoSelectJob',
      owner: 'c1',
      finishedAt: null,
      node: null,
      detector: null,
      datafeed: null,
      messages: [],
      details: {
        onBoundedExecutor: true,
        properties: expect.arrayContaining([
          { key: 'pid', text: 'irisTest' },
          { key: 'modelid', text: 'auto1' },
          { key: 'dsname', text: 'valid.csv' },
        ]),
      },
    });
  });

  it('was finished when its end was seen', async () => {
    const rig = await world.start();
    const { task, number } = await begin(rig, reduce);
    const from = Date.now();
    await world.simulator.adjust(number, { state: 'finished' });
    const watching = watchTask(rig, task.id);
    await watching.ended;
    const { job } = await rig.ask<{ readonly job: { readonly finishedAt: string | null } }>(
      'query F($id: ID!) { job(id: $id) { finishedAt } }',
      {
        id: `job:sym:${number}`,
      },
    );
    for (const at of [job.finishedAt, watching.seen.at(-1)?.taskProgress.task.endedAt]) {
      expect(Date.parse(at ?? '')).toBeGreaterThanOrEqual(from);
      expect(Date.parse(at ?? '')).toBeLessThanOrEqual(Date.now());
    }
  });
});

interface JobStep {
  readonly id: string;
  readonly state: string;
  readonly resultState: string;
}
interface JobsStep {
  readonly jobsChanged: { readonly added: readonly JobStep[]; readonly changed: readonly JobStep[]; readonly left: readonly JobStep[] };
}
const jobsDocument = `subscription J($filter: JobFilter) { jobsChanged(filter: $filter) {
  synced added { id state resultState } changed { id state resultState } left { id state resultState }
} }`;

describe('a list of jobs that is watched', () => {
  it('shows a job that is started, and its result when it has come', async () => {
    const rig = await world.start();
    const watching = rig.subscribe<JobsStep>(jobsDocument);
    await watching.next();
    const { job, number } = await begin(rig, reduce);
    await watching.until(({ jobsChanged }) => jobsChanged.added.some(({ id }) => id === job.id));
    await world.simulator.adjust(number, { state: 'finished' });
    await watching.until(({ jobsChanged }) =>
      jobsChanged.changed.some((each) => each.id === job.id && each.state === 'FINISHED' && each.resultState === 'AVAILABLE'),
    );
    watching.stop();
  });

  it('shows that a result waits to be claimed, and that it was lost', async () => {
    const number = await world.simulator.plant({ kind: 'vif', held: true, state: 'running' });
    const rig = await world.start();
    const watching = rig.subscribe<JobsStep>(jobsDocument);
    await watching.next();
    await world.simulator.adjust(number, { state: 'finished' });
    await watching.until(({ jobsChanged }) => jobsChanged.changed.some(({ resultState }) => resultState === 'UNCLAIMED'));
    await world.simulator.take(number);
    await watching.until(({ jobsChanged }) => jobsChanged.changed.some(({ resultState }) => resultState === 'LOST'));
    expect(await world.simulator.jobOf(number)).toMatchObject({ reads: 0 });
    watching.stop();
  });

  it('shows what leaves a filter on its state', async () => {
    const rig = await world.start();
    const { job } = await begin(rig, reduce);
    const watching = rig.subscribe<JobsStep>(jobsDocument, { filter: { states: ['RUNNING'] } });
    await watching.until(({ jobsChanged }) => jobsChanged.added.some(({ id }) => id === job.id));
    expect((await symetryVerb(rig, 'killJob', { jobId: job.id })).errors).toEqual([]);
    const { jobsChanged } = await watching.until((event) => event.jobsChanged.left.length > 0);
    expect(jobsChanged.left).toMatchObject([{ id: job.id, state: 'KILLED', resultState: 'NONE' }]);
    watching.stop();
  });
});

describe('the run of a job begun elsewhere', () => {
  it('is not known to have succeeded when it is done, and is watched until somebody takes its result', async () => {
    const number = await world.simulator.plant({ kind: 'vif', held: true, state: 'running' });
    const rig = await world.start();
    const watching = watchTask(rig, `task:sym:${number}`);
    await watching.until((event) => event.taskProgress.task.state === 'RUNNING');
    await world.simulator.adjust(number, { state: 'finished' });
    await watching.until((event) => event.taskProgress.task.state === 'UNKNOWN');
    await world.simulator.take(number);
    await watching.ended;
    expect(watching.seen.at(-1)?.taskProgress.task).toMatchObject({
      state: 'LOST',
      error: { message: expect.stringMatching(/another client/) },
    });
    expect(await world.simulator.jobOf(number)).toMatchObject({ reads: 0, lateReads: 0 });
  });

  it('ends as a success when collectJobResult takes it, for those who watch', async () => {
    const number = await world.simulator.plant({ kind: 'vif', pid: 'irisTest', state: 'finished' });
    const rig = await world.start();
    const watching = watchTask(rig, `task:sym:${number}`);
    await watching.next();
    await symetryVerb(rig, 'collectJobResult', { jobId: `job:sym:${number}` });
    await watching.ended;
    expect(watching.seen.at(-1)?.taskProgress.task).toMatchObject({ state: 'SUCCEEDED' });
    await eventually(
      () => readSymetryJob(rig, `job:sym:${number}`),
      (job) => job?.resultState === 'AVAILABLE',
    );
  });
});
