import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GatewayRig } from '../support/gateway-rig.js';
import { buildOf, symetryVerb } from '../support/symetry-documents.js';
import { sampleAuth } from '../support/symetry-simulator.js';
import { createSymetryWorld, type SymetryWorld } from '../support/symetry-world.js';

let world: SymetryWorld;
let rig: GatewayRig;
beforeAll(async () => {
  world = await createSymetryWorld({ speed: 0.0001 });
  rig = await world.start({
    others: [
      { id: 'es', empty: true },
      { id: 'frozen', vendor: 'symetryml', url: world.simulator.url, config: { auth: sampleAuth, readOnly: true } },
    ],
  });
});
afterAll(() => world.dispose());

const start = (input: object) => symetryVerb(rig, 'startSymetryJob', { backendId: 'backend:sym', ...input });
const context = { inputs: [0, 1] };

describe('a start that asks for what cannot be', () => {
  it.each([
    ['no kind', {}, ['input']],
    ['two kinds', { ...buildOf(), projectsInfo: true }, ['input']],
    ['a project whose id would change the path', { exploreVif: { project: '../c2', context } }, ['input', 'exploreVif', 'project']],
    ['a model whose id would change the query', { build: { ...buildOf().build, model: 'a&algo=b' } }, ['input', 'build', 'model']],
    [
      'no validation',
      { autoSelect: { project: 'irisTest', model: 'm', task: 'regression', context, validation: {} } },
      ['input', 'autoSelect'],
    ],
    ['a table without columns', { update: { project: 'irisTest', table: { columns: [], rows: [] } } }, ['input', 'update', 'table']],
    ['a backend that is an id of something else', { backendId: 'job:sym:1', ...buildOf() }, ['input', 'backendId']],
    ['an id that is no id', { backendId: 'sym', ...buildOf() }, ['input', 'backendId']],
  ])('is refused before anything is sent: %s', async (_title, input, path) => {
    const before = world.simulator.total();
    const { job, task, errors } = await start(input);
    expect({ job, task }).toEqual({ job: null, task: null });
    expect(errors).toMatchObject([{ __typename: 'InvalidInputError', code: 'INVALID_INPUT' }]);
    expect(errors[0]?.path?.slice(0, path.length)).toEqual(path);
    expect(world.simulator.total()).toBe(before);
    expect(await world.simulator.jobs()).toEqual([]);
  });

  it('is refused where there is no such backend, and where the backend is another vendor’s', async () => {
    expect((await start({ backendId: 'backend:nobody', ...buildOf() })).errors).toMatchObject([
      { code: 'NOT_FOUND', path: ['input', 'backendId'] },
    ]);
    expect((await start({ backendId: 'backend:es', ...buildOf() })).errors).toMatchObject([
      { __typename: 'UnsupportedActionError', action: 'START_JOB' },
    ]);
  });

  it('is told where there is no such project', async () => {
    const { errors } = await start(buildOf('lda1', 'nowhere'));
    expect(errors).toMatchObject([{ __typename: 'NotFoundError', code: 'NOT_FOUND', message: expect.stringMatching(/project/) }]);
    expect(await world.simulator.jobs()).toEqual([]);
  });

  it('is told in the vendor’s words where the server takes no more jobs', async () => {
    await world.simulator.settings({ acceptJobs: false });
    try {
      const { errors } = await start(buildOf());
      expect(errors).toMatchObject([
        { __typename: 'RefusedError', vendorMessage: expect.stringContaining('Job execution was refused by server') },
      ]);
    } finally {
      await world.simulator.settings({ acceptJobs: true });
    }
  });
});

describe('ids that name nothing', () => {
  it.each(['killJob', 'collectJobResult'])('are told apart by %s', async (verb) => {
    const errorsOf = async (jobId: string) => (await symetryVerb(rig, verb, { jobId })).errors;
    for (const jobId of ['job:sym:4711', 'job:sym:abc', 'job:sym:7~zzz', 'job:sym:-1', 'job:sym:1.5'])
      expect(await errorsOf(jobId)).toMatchObject([{ __typename: 'NotFoundError', code: 'NOT_FOUND', path: ['input', 'jobId'] }]);
    for (const jobId of ['task:sym:1', 'nonsense', ''])
      expect(await errorsOf(jobId)).toMatchObject([{ __typename: 'InvalidInputError', path: ['input', 'jobId'] }]);
  });

  it('are no node: of a job, a task, a result, a part of one', async () => {
    const ids = [
      'job:sym:4711',
      'job:sym:1~zzz',
      'task:sym:4711',
      'result:sym:4711',
      'result:sym:7/0~lx3k9a',
      'result:sym:7/x',
      'result:es:7',
    ];
    const { data } = await rig.query<{ readonly nodes: readonly unknown[] }>('query N($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids });
    expect(data?.nodes).toEqual(ids.map(() => null));
  });

  it('a verb of another product is unsupported', async () => {
    const number = await world.simulator.plant({ kind: 'vif', state: 'running', held: true });
    const { errors } = await symetryVerb(rig, 'closeJob', { jobId: `job:sym:${number}` });
    expect(errors).toMatchObject([{ __typename: 'UnsupportedActionError', action: 'CLOSE_JOB' }]);
    expect(errors[0]?.supported).toEqual(expect.arrayContaining(['KILL_JOB', 'START_JOB', 'CANCEL_TASK']));
    await world.simulator.take(number);
  });
});

describe('a backend that is read-only', () => {
  it('starts nothing, kills nothing, and takes no result', async () => {
    const number = await world.simulator.plant({ kind: 'pca', state: 'finished' });
    const before = world.simulator.calls()['POST /symetry/rest/{cid}/projects/{pid}/build'] ?? 0;
    const outcomes = [
      await symetryVerb(rig, 'startSymetryJob', { backendId: 'backend:frozen', ...buildOf() }),
      await symetryVerb(rig, 'killJob', { jobId: `job:frozen:${number}` }),
      await symetryVerb(rig, 'collectJobResult', { jobId: `job:frozen:${number}` }),
    ];
    for (const { errors } of outcomes)
      expect(errors).toMatchObject([{ __typename: 'RefusedError', code: 'REFUSED', message: expect.stringContaining('read-only') }]);
    const { job } = await rig.ask<{ readonly job: object }>('query J($id: ID!) { job(id: $id) { resultState allowedActions } }', {
      id: `job:frozen:${number}`,
    });
    expect(job).toEqual({ resultState: 'UNCLAIMED', allowedActions: [] });
    expect(world.simulator.calls()['POST /symetry/rest/{cid}/projects/{pid}/build'] ?? 0).toBe(before);
    expect(await world.simulator.jobOf(number)).toMatchObject({ reads: 0, removed: null });
  });
});
