import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callsSince, eventually } from '../support/gateway-rig.js';
import { begin, listSymetryJobs, readResult, readSymetryJob, stepsOf } from '../support/symetry-documents.js';
import { symetryRoutes } from '../support/symetry-simulator.js';
import { createSymetryWorld, type SymetryWorld } from '../support/symetry-world.js';

const { list, read } = symetryRoutes;

let world: SymetryWorld;
beforeEach(async () => {
  world = await createSymetryWorld({ speed: 0.0001 });
});
afterEach(() => world.dispose());

const slow = { backend: { poll: { fastMs: 5_000, slowMs: 5_000 } } };

describe('what a query costs the server', () => {
  it.each([
    ['a list of jobs', '{ jobs { totalCount nodes { id state owner startedAt processed { current maximum } } } }'],
    [
      'what may be done with them, and their results',
      '{ jobs { nodes { id allowedActions resultState result { id entities { name } } } } }',
    ],
    ['with their tasks', '{ jobs { nodes { id currentTask { id progress } tasks { nodes { id state job { id state } } } } } }'],
    ['tasks', '{ tasks { totalCount nodes { id state progress job { id state owner } } } }'],
    ['both, aliased', '{ a: jobs { nodes { id } } b: jobs(filter: { busy: true }) { totalCount } tasks { totalCount } }'],
  ])('one list, however many jobs there are: %s', async (_title, document) => {
    for (let index = 0; index < 20; index += 1) await world.simulator.plant({ kind: 'vif', held: true, state: 'running' });
    const rig = await world.start(slow);
    await listSymetryJobs(rig);
    expect(await world.simulator.costOf(() => rig.ask(document))).toEqual({ [list]: 1 });
  });

  it('one list for jobs by id, fifty at once', async () => {
    const numbers: number[] = [];
    for (let index = 0; index < 50; index += 1) numbers.push(await world.simulator.plant({ kind: 'vif', held: true, state: 'running' }));
    const rig = await world.start(slow);
    await listSymetryJobs(rig);
    const ids = numbers.map((number) => `job:sym:${number}`);
    expect(
      await world.simulator.costOf(() => rig.ask('query N($ids: [ID!]!) { nodes(ids: $ids) { id ... on Job { state } } }', { ids })),
    ).toEqual({
      [list]: 1,
    });
  });

  it('nothing for a job that has ended, and for its result', async () => {
    const rig = await world.start();
    const { job, task, number } = await begin(rig, { explorePca: { project: 'irisTest', context: { inputs: [0, 1] } } });
    await world.simulator.adjust(number, { state: 'finished' });
    await stepsOf(rig, task.id);
    const { result } = (await readResult(rig, job.id)) ?? {};
    const frame = result?.entities[0]?.id;
    const cost = await world.simulator.costOf(async () => {
      await rig.ask('query F($id: ID!) { node(id: $id) { id ... on DataFrame { rows { totalCount } } } }', { id: frame });
      await rig.ask('query R($id: ID!) { node(id: $id) { id ... on JobResult { entities { name } } } }', { id: result?.id });
    });
    expect(cost).toEqual({});
    expect(await world.simulator.costOf(() => readSymetryJob(rig, job.id))).not.toHaveProperty([read]);
  });
});

describe('what watching costs the server', () => {
  it('is one list a tick, whoever watches, and whatever', async () => {
    for (let index = 0; index < 10; index += 1) await world.simulator.plant({ kind: 'vif', held: true, state: 'running' });
    const rig = await world.start({ backend: { poll: { fastMs: 200, slowMs: 200 } } });
    const watches = [
      ...Array.from({ length: 10 }, () => rig.subscribe('subscription { jobsChanged { synced added { id state } changed { id state } } }')),
      ...Array.from({ length: 10 }, () =>
        rig.subscribe('subscription { tasksProgress { synced added { id state progress } changed { id progress } } }'),
      ),
      ...Array.from({ length: 10 }, (_each, index) =>
        rig.subscribe(`subscription { taskProgress(id: "task:sym:${index + 1}") { task { id state progress } } }`),
      ),
    ];
    await Promise.all(watches.map((watch) => watch.next()));
    // Ten more ticks, counted by their own steps.
    const before = world.simulator.calls();
    for (let step = 1; step <= 10; step += 1) {
      const seen = watches[0]?.seen.length ?? 0;
      await world.simulator.adjust(1, { current: step });
      await eventually(
        () => watches[20]?.seen.length ?? 0,
        (count) => count > step && seen >= 0,
      );
    }
    const calls = callsSince(before, world.simulator.calls());
    expect(Object.keys(calls)).toEqual([list]);
    // A step needs one tick, or two where it came in the middle of one.
    expect(calls[list]).toBeLessThanOrEqual(21);
    for (const watch of watches) watch.stop();
  });

  it('is nothing when nobody watches and nothing of ours runs', async () => {
    await world.simulator.plant({ kind: 'vif', held: true, state: 'running' });
    const rig = await world.start();
    await listSymetryJobs(rig);
    const watching = rig.subscribe('subscription { jobsChanged { synced } }');
    await watching.next();
    watching.stop();
    const quiet = async () => {
      const before = world.simulator.total();
      // Six times the pace of a watched list.
      await new Promise((resolve) => setTimeout(resolve, 300));
      return world.simulator.total() - before;
    };
    await eventually(quiet, (calls) => calls === 0);
    expect(await quiet()).toBe(0);
  });

  it('ends with the job of ours that ran', async () => {
    const rig = await world.start();
    const { job, number } = await begin(rig);
    const during = world.simulator.calls()[list] ?? 0;
    await eventually(
      () => world.simulator.calls()[list] ?? 0,
      (calls) => calls > during,
    );
    await world.simulator.adjust(number, { state: 'finished' });
    await world.simulator.until(number, ({ removed }) => removed === 'read');
    await eventually(
      async () => {
        const before = world.simulator.total();
        await new Promise((resolve) => setTimeout(resolve, 300));
        return world.simulator.total() - before;
      },
      (calls) => calls === 0,
    );
    expect(await readResult(rig, job.id)).toMatchObject({ resultState: 'AVAILABLE' });
  });
});
