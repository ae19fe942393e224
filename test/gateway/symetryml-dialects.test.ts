import { afterEach, describe, expect, it } from 'vitest';
import {
  begin,
  collect,
  listSymetryJobs,
  readResult,
  readSymetryJob,
  resultText,
  stepsOf,
  symetryVerb,
  whenAvailable,
} from '../support/symetry-documents.js';
import { sampleSecret, symetryRoutes } from '../support/symetry-simulator.js';
import { createSymetryWorld, type SymetryWorld } from '../support/symetry-world.js';

const hourMs = 3_600_000;
const reduce = { reduce: { project: 'irisTest', model: 'lda1', algorithm: 'lda', context: { targets: [12], inputs: [0, 1] } } };

let world: SymetryWorld;
afterEach(() => world.dispose());

describe.each([
  ['a list under another key', { listShape: 'jobInfoList' }],
  ['a wrapped list', { listShape: 'wrapped' }],
  ['a list of ids', { listShape: 'stringList' }],
  ['a bare list of ids', { listShape: 'bareStringList' }],
  ['a list of ids and answers that tell nothing while a job runs', { listShape: 'stringList', runningBody: 'empty' }],
  ['answers that tell nothing while a job runs', { runningBody: 'empty' }],
  ['a date that is absent before the start', { beforeStart: 'absent', parallelism: 1 }],
  ['a date that is null before the start', { beforeStart: 'null', parallelism: 1 }],
  ['dates in seconds', { dateUnit: 's' }],
  ['no maximum', { maximum: 'absent' }],
  ['a maximum of 0', { maximum: 'zero' }],
  ['no details', { details: 'absent' }],
  ['labels for job types', { jobTypes: 'labels' }],
  ['no header with the number', { jobIdHeader: false }],
  ['200 where others say 202', { startStatus: 'table' }],
  ['a list of its own jobs only', { listOwners: 'own' }],
  ['jobs that stay after they were read', { consume: false }],
])('a server with %s', (_title, settings) => {
  it('runs jobs to their end, one result each', async () => {
    world = await createSymetryWorld();
    await world.simulator.settings(settings);
    const rig = await world.start();
    const pca = { explorePca: { project: 'irisTest', context: { inputs: [0, 1] } } };
    const begun = [await begin(rig, pca), await begin(rig, reduce), await begin(rig, pca)];
    for (const { job, task } of begun) {
      const steps = await stepsOf(rig, task.id);
      const last = steps.at(-1);
      expect(last).toMatchObject({ state: 'SUCCEEDED', error: null });
      for (const { progress } of steps) if (progress !== null) expect(progress >= 0 && progress <= 1).toBe(true);
      if (last?.startedAt) expect(Math.abs(Date.parse(last.startedAt) - Date.now())).toBeLessThan(60_000);
      expect(await readSymetryJob(rig, job.id)).toMatchObject({ state: 'FINISHED', resultState: 'AVAILABLE' });
    }
    expect((await readResult(rig, begun[0]?.job.id ?? ''))?.result?.entities.map(({ name }) => name)).toEqual([
      'pcaVectors',
      'pcaValues',
      'pcaSumValues',
    ]);
    expect((await readResult(rig, begun[1]?.job.id ?? ''))?.result?.entities).toEqual([]);
    expect((await world.simulator.jobs()).map(({ reads, lateReads }) => [reads, lateReads])).toEqual([
      [1, 0],
      [1, 0],
      [1, 0],
    ]);
    expect(await listSymetryJobs(rig)).toHaveLength(3);
  });
});

describe('a server that lists ids only', () => {
  it('shows jobs begun elsewhere without reading them, whose they are and how they stand not being known', async () => {
    world = await createSymetryWorld();
    await world.simulator.settings({ listShape: 'stringList', listOwners: 'own' });
    const number = await world.simulator.plant({ kind: 'pca', state: 'finished' });
    const rig = await world.start();
    for (let round = 0; round < 3; round += 1) await listSymetryJobs(rig);
    expect(await world.simulator.jobOf(number)).toMatchObject({ reads: 0, removed: null });
    expect(world.simulator.calls()[symetryRoutes.read] ?? 0).toBe(0);
  });
});

describe('a server whose clock is wrong', () => {
  it.each([
    ['ahead', 3 * hourMs],
    ['behind', -5 * hourMs],
  ])('hours %s: one question is refused, and the offset is known from then on', async (_direction, clockOffsetMs) => {
    world = await createSymetryWorld();
    await world.simulator.settings({ clockOffsetMs });
    const rig = await world.start();
    const { job, task } = await begin(rig, reduce);
    expect((await stepsOf(rig, task.id)).at(-1)).toMatchObject({ state: 'SUCCEEDED' });
    await whenAvailable(rig, job.id);
    const { backend } = await rig.ask<{ readonly backend: object }>('{ backend(id: "backend:sym") { health { status code } } }');
    expect(backend).toEqual({ health: { status: 'UP', code: null } });
    const before = world.simulator.calls()[symetryRoutes.list] ?? 0;
    await listSymetryJobs(rig);
    await listSymetryJobs(rig);
    // Of two questions none is asked again.
    expect((world.simulator.calls()[symetryRoutes.list] ?? 0) - before).toBeLessThanOrEqual(2 + 1);
  });

  it('shows when a job began in its own time, not in that of the server', async () => {
    world = await createSymetryWorld({ speed: 0.0001 });
    const rig = await world.start();
    const { job } = await begin(rig, reduce);
    const { job: read } = await rig.ask<{ readonly job: { readonly startedAt: string } }>(
      'query S($id: ID!) { job(id: $id) { startedAt } }',
      {
        id: job.id,
      },
    );
    expect(Math.abs(Date.parse(read.startedAt) - Date.now())).toBeLessThan(60_000);
  });
});

describe('a wrong key', () => {
  const wrong = 'EYpWjGPaoMoFUb/jfW95PQ==';

  it('is told as the health of the backend, without data and without what the server echoes', async () => {
    world = await createSymetryWorld();
    await world.simulator.plant({ kind: 'pca', state: 'finished' });
    const rig = await world.start({ backend: { auth: { kind: 'hmac', customerId: 'c1', secretKey: wrong } } });
    const { data } = await rig.query(
      '{ jobs { totalCount nodes { id } unavailable { code part } } tasks { totalCount unavailable { code } } }',
    );
    expect(data).toMatchObject({
      jobs: { totalCount: null, nodes: [], unavailable: [{ code: 'FORBIDDEN' }] },
      tasks: { totalCount: null, unavailable: [{ code: 'FORBIDDEN' }] },
    });
    const started = await symetryVerb(rig, 'startSymetryJob', { backendId: 'backend:sym', ...reduce });
    expect(started).toMatchObject({ job: null, task: null, errors: [{ __typename: 'ForbiddenError', code: 'FORBIDDEN' }] });
    const { backend } = await rig.ask<{ readonly backend: { readonly health: { readonly code: string } } }>(
      '{ backend(id: "backend:sym") { health { status code message } } }',
    );
    expect(backend.health.code).toBe('FORBIDDEN');
    const heard = [...rig.answers, ...rig.logs.map((line) => JSON.stringify(line))];
    for (const text of heard) {
      expect(text).not.toMatch(/SECRETKEY|stringToSign/);
      expect(text).not.toContain(wrong);
      expect(text).not.toContain(sampleSecret);
    }
  });

  it.each([
    ['an unknown customer', { kind: 'hmac', customerId: 'nobody', secretKey: sampleSecret }],
    ['a key that is no key', { kind: 'hmac', customerId: 'c1', secretKey: 'admin' }],
  ])('and %s', async (_title, auth) => {
    world = await createSymetryWorld();
    const rig = await world.start({ backend: { auth } });
    const { data } = await rig.query('{ jobs { nodes { id } unavailable { code } } }');
    expect(data).toEqual({ jobs: { nodes: [], unavailable: [{ code: 'FORBIDDEN' }] } });
  });
});

describe('a result that is no strict JSON', () => {
  it.each([
    ['cut off', '{"statusCode":"OK","statusString":"Job is finished","values":{"KSVDMap":{"values":[{"a":NaN,'],
    ['a page of HTML', '<html><body>200</body></html>'],
    ['empty', ''],
  ])('is kept as it came, and told as something not understood: %s', async (_title, raw) => {
    world = await createSymetryWorld();
    const number = await world.simulator.plant({ kind: 'svd', state: 'finished', raw });
    const before = await world.start();
    const jobId = await collect(before, number);
    const told = await readResult(before, jobId);
    expect(told).toMatchObject({ resultState: 'AVAILABLE', result: { bytes: Buffer.byteLength(raw) } });
    const text = await resultText(before, jobId);
    const after = await world.start();
    expect(await resultText(after, jobId)).toBe(text);
    expect(await world.simulator.jobOf(number)).toMatchObject({ reads: 1, lateReads: 0 });
  });

  it('says that AwsInfo could not be decrypted, and gives it as it came', async () => {
    world = await createSymetryWorld();
    const awsInfoEncrypted = Buffer.from('not what this key has encrypted!').toString('base64');
    const number = await world.simulator.plant({ kind: 'awsInfo', state: 'finished', values: { awsInfoEncrypted } });
    const rig = await world.start();
    expect((await readResult(rig, await collect(rig, number)))?.result?.entities).toMatchObject([
      { __typename: 'AwsInfoResult', name: 'awsInfoEncrypted', decrypted: false, topics: [], queues: [], raw: awsInfoEncrypted },
    ]);
  });

  it('keeps entities nobody knows as they came', async () => {
    world = await createSymetryWorld();
    const number = await world.simulator.plant({
      kind: 'svd',
      state: 'finished',
      values: { surprise: { a: 1 }, KSVSMap: { values: [{ b: 'x' }] } },
    });
    const rig = await world.start();
    expect((await readResult(rig, await collect(rig, number)))?.result?.entities).toMatchObject([
      { __typename: 'UnknownResult', name: 'surprise', raw: { a: 1 } },
      { __typename: 'KeyValueMap', name: 'KSVSMap', maps: [{ entries: [{ key: 'b', text: 'x', number: null }] }] },
    ]);
  });
});
