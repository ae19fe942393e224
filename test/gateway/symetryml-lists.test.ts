import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GatewayRig, Variables } from '../support/gateway-rig.js';
import { begin, listSymetryJobs, stepsOf, symetryVerb } from '../support/symetry-documents.js';
import type { Planted } from '../support/symetry-simulator.js';
import { createSymetryWorld, type SymetryWorld } from '../support/symetry-world.js';

interface Page {
  readonly totalCount: number;
  readonly nodes: readonly { readonly id: string; readonly backend: { readonly key: string } }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly unavailable: readonly object[];
}

let world: SymetryWorld;
let rig: GatewayRig;
/** Numbers of the jobs, by what became of them. */
let finished: number;
let failed: number;
let killed: number;
let unclaimed: number;
let running: number;
let queued: number;

const reduce = (model: string) => ({
  reduce: { project: 'irisTest', model, algorithm: 'lda', context: { targets: [12], inputs: [0, 1] } },
});

beforeAll(async () => {
  world = await createSymetryWorld({ speed: 0.0001 });
  await world.simulator.settings({ parallelism: 1 });
  rig = await world.start({
    others: [
      { id: 'es', vendor: 'elasticsearch-ml' },
      { id: 'os', vendor: 'opensearch-ad' },
    ],
  });
  const end = async (settled: Planted): Promise<number> => {
    const { task, number } = await begin(rig, reduce('lda1'));
    await world.simulator.adjust(number, settled);
    await stepsOf(rig, task.id);
    return number;
  };
  finished = await end({ state: 'finished' });
  failed = await end({ state: 'failed', error: 'no memory' });
  const doomed = await begin(rig, reduce('lda2'));
  await symetryVerb(rig, 'killJob', { jobId: doomed.job.id });
  killed = doomed.number;
  unclaimed = await world.simulator.plant({ kind: 'pca', state: 'finished' });
  running = (await begin(rig, reduce('lda3'))).number;
  queued = (await begin(rig, reduce('lda4'))).number;
});
afterAll(() => world.dispose());

const page = async (variables: Variables): Promise<Page> =>
  (
    await rig.ask<{ readonly jobs: Page }>(
      `query P($first: Int, $after: String, $filter: JobFilter, $orderBy: JobOrder) {
        jobs(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
          totalCount nodes { id backend { key } } pageInfo { hasNextPage endCursor } unavailable { code }
        }
      }`,
      variables,
    )
  ).jobs;

const pageThrough = async (variables: Variables): Promise<readonly string[]> => {
  const ids: string[] = [];
  let after: string | null = null;
  for (;;) {
    const { nodes, pageInfo }: Page = await page({ ...variables, after });
    ids.push(...nodes.map(({ id }) => id));
    if (!pageInfo.hasNextPage) return ids;
    after = pageInfo.endCursor;
  }
};

describe('one list of the jobs of three products', () => {
  it.each([
    ['in the order of ids', {}],
    ['in the order of ids, backwards', { orderBy: { field: 'ID', direction: 'DESC' } }],
    ['by when they were started', { orderBy: { field: 'STARTED_AT' } }],
    ['by when they were created', { orderBy: { field: 'CREATED_AT', direction: 'DESC' } }],
  ])('is paged without a gap and without a double: %s', async (_title, variables) => {
    const whole = await page({ ...variables, first: 500 });
    expect(whole.unavailable).toEqual([]);
    const all = whole.nodes.map(({ id }) => id);
    expect(new Set(whole.nodes.map(({ backend }) => backend.key))).toEqual(new Set(['es', 'os', 'sym']));
    expect(whole.totalCount).toBe(all.length);
    expect(new Set(all).size).toBe(all.length);
    expect(await pageThrough({ ...variables, first: 4 })).toEqual(all);
  });

  it('is narrowed to this product, and to states of its own', async () => {
    const numbersIn = async (filter: Variables) =>
      (await listSymetryJobs(rig, { backends: null, ...filter }))
        .map(({ nativeId }) => Number(nativeId))
        .toSorted((left, right) => left - right);
    expect(await numbersIn({ vendors: ['SYMETRYML'] })).toEqual([finished, failed, killed, unclaimed, running, queued]);
    expect(await numbersIn({ vendors: ['SYMETRYML'], states: ['FINISHED'] })).toEqual([finished, unclaimed]);
    expect(await numbersIn({ states: ['KILLED'] })).toEqual([killed]);
    expect(await numbersIn({ states: ['QUEUED'] })).toEqual([queued]);
    expect(await numbersIn({ states: ['RUNNING'] })).toEqual([running]);
    expect(await numbersIn({ vendors: ['SYMETRYML'], states: ['FAILED'] })).toEqual([failed]);
    // How one ended that nobody has read is not known.
    expect((await numbersIn({ vendors: ['SYMETRYML'], busy: true })).filter((number) => number !== unclaimed)).toEqual([running, queued]);
    expect(await numbersIn({ owners: ['c1'] })).toEqual([finished, failed, killed, unclaimed, running, queued]);
    expect(await numbersIn({ types: ['PCAJob'] })).toEqual([unclaimed]);
    expect(await numbersIn({ vendors: ['SYMETRYML'], text: String(queued) })).toEqual([queued]);
  });

  it('finds jobs by their ids, whole or without their incarnation', async () => {
    const [first] = await listSymetryJobs(rig, { states: ['KILLED'] });
    expect(await listSymetryJobs(rig, { ids: [first?.id] })).toMatchObject([{ id: first?.id }]);
    expect(await listSymetryJobs(rig, { ids: [`job:sym:${killed}`] })).toMatchObject([{ id: first?.id }]);
  });

  it('counts the states', async () => {
    const { jobs, tasks } = await rig.ask<{
      readonly jobs: { readonly stateCounts: readonly object[] };
      readonly tasks: { readonly stateCounts: readonly object[] };
    }>(`{
      jobs(filter: { backends: ["backend:sym"] }) { stateCounts { state count } }
      tasks(filter: { backends: ["backend:sym"] }) { stateCounts { state count } }
    }`);
    expect(jobs.stateCounts).toEqual(
      expect.arrayContaining([
        { state: 'FINISHED', count: 2 },
        { state: 'FAILED', count: 1 },
        { state: 'KILLED', count: 1 },
        { state: 'RUNNING', count: 1 },
        { state: 'QUEUED', count: 1 },
      ]),
    );
    expect(jobs.stateCounts).toHaveLength(5);
    expect(tasks.stateCounts).toEqual(
      expect.arrayContaining([
        { state: 'SUCCEEDED', count: 1 },
        { state: 'FAILED', count: 1 },
        { state: 'CANCELLED', count: 1 },
        { state: 'RUNNING', count: 1 },
        { state: 'QUEUED', count: 1 },
      ]),
    );
  });

  it('and one list of their runs, by job and by state', async () => {
    const tasksWith = async (filter: Variables) =>
      (
        await rig.ask<{ readonly tasks: { readonly nodes: readonly { readonly nativeId: string }[] } }>(
          'query T($filter: TaskFilter) { tasks(filter: $filter) { nodes { nativeId } } }',
          { filter },
        )
      ).tasks.nodes.map(({ nativeId }) => Number(nativeId));
    expect(await tasksWith({ vendors: ['SYMETRYML'], states: ['QUEUED', 'RUNNING'] })).toEqual(expect.arrayContaining([running, queued]));
    expect(await tasksWith({ jobs: [`job:sym:${failed}`] })).toEqual([failed]);
    expect(await tasksWith({ vendors: ['SYMETRYML'], kinds: ['RUN'] })).toHaveLength(6);
    expect(await tasksWith({ vendors: ['SYMETRYML'], kinds: ['HISTORICAL'] })).toEqual([]);
  });
});
