import { beforeEach, describe, expect, it } from 'vitest';
import { VigilError } from '../../../src/errors.js';
import { codesOf, createGraphqlRig, type GraphqlRig } from '../../support/graphql-rig.js';
import { toyTask } from '../../support/toy-vendor.js';

const forbidden = new VigilError('FORBIDDEN', 'The credentials may not do that.', { backend: 'one' });
const key = '8c7e4a52-6f0b-4d3c-9a55-2f5d1f0c7e11';

let rig: GraphqlRig;
beforeEach(() => {
  rig = createGraphqlRig({ keys: ['one', 'two'] });
  rig.world('one').addJob('a');
  rig.world('one').addTask('t1', { jobNativeId: 'a', startedAt: 100, kind: 'RESET' });
  rig.world('one').addTask('t2', { jobNativeId: 'gone', startedAt: null, parentId: 'task:one:t1', state: 'QUEUED' });
  rig.world('two').addTask('t3', { startedAt: 300, updatedAt: 5 });
  rig.booked.push(
    toyTask('two', 'vigil', {
      id: 'task:two:vigil~01',
      nativeId: null,
      startedAt: 200,
      endedAt: 250,
      state: 'SUCCEEDED',
      idempotencyKey: key,
    }),
  );
});

const list = `
  query($filter: TaskFilter, $orderBy: TaskOrder, $first: Int, $after: String) {
    tasks(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
      totalCount
      stateCounts { state count }
      unavailable { part code backend { key } }
      nodes { nativeId }
      pageInfo { hasNextPage endCursor }
      liveCursor
    }
  }
`;

interface ListAnswer {
  readonly totalCount: number | null;
  readonly nodes: readonly { readonly nativeId: string | null }[];
  readonly pageInfo: { readonly endCursor: string | null };
}

const ask = async (variables: Record<string, unknown> = {}): Promise<ListAnswer> => {
  const { data, errors } = await rig.run(list, variables);
  expect(codesOf(errors)).toEqual([]);
  return (data as { tasks: ListAnswer } | undefined)?.tasks ?? expect.fail('no data');
};
const names = ({ nodes }: Pick<ListAnswer, 'nodes'>): string => nodes.map(({ nativeId }) => nativeId ?? 'own').join(' ');

describe('a list of tasks', () => {
  it('joins the vendors’ unfinished ones and those the gateway knows, newest first', async () => {
    const answer = await ask();
    expect(names(answer)).toBe('t3 own t1 t2');
    expect(answer).toMatchObject({
      totalCount: 4,
      unavailable: [],
      stateCounts: [
        { state: 'QUEUED', count: 1 },
        { state: 'RUNNING', count: 2 },
        { state: 'SUCCEEDED', count: 1 },
      ],
      liveCursor: 'live-1',
    });
    expect([...rig.world('one').called(), ...rig.world('two').called()]).toEqual(['discoverTasks', 'discoverTasks']);
  });

  it.each([
    [{ states: ['SUCCEEDED'] }, 'own'],
    [{ kinds: ['RESET'] }, 't1'],
    [{ jobs: ['job:one:a'] }, 't1'],
    [{ jobs: ['job:two:a'] }, ''],
    [{ parents: ['task:one:t1'] }, 't2'],
    [{ idempotencyKeys: [key.toUpperCase()] }, 'own'],
    [{ backends: ['backend:two'] }, 't3 own'],
    [{ vendors: ['TOY'], states: ['QUEUED', 'RUNNING'] }, 't3 t1 t2'],
    [{ ids: ['task:one:t1', 'task:two:vigil~01', 'task:two:unknown'] }, 'own t1'],
    [{ states: null, ids: null }, 't3 own t1 t2'],
    [{ kinds: [] }, ''],
  ])('filtered by %j is "%s"', async (filter, expected) => {
    expect(names(await ask({ filter }))).toBe(expected);
  });

  it.each([
    [{ field: 'ID' }, 'own t3 t2 t1'],
    [{ field: 'ID', direction: 'ASC' }, 't1 t2 t3 own'],
    [{ field: 'STARTED_AT', direction: 'ASC' }, 't1 own t3 t2'],
    [{ field: 'ENDED_AT' }, 'own t1 t2 t3'],
    [{ field: 'UPDATED_AT', direction: null }, 't3 t1 t2 own'],
    [{ field: 'STATE', direction: 'ASC' }, 't2 t1 t3 own'],
  ])('ordered by %j is "%s"', async (orderBy, expected) => {
    expect(names(await ask({ orderBy }))).toBe(expected);
  });

  it('turns page by page', async () => {
    const first = await ask({ first: 3 });
    expect(names(first)).toBe('t3 own t1');
    expect(names(await ask({ first: 3, after: first.pageInfo.endCursor }))).toBe('t2');
  });

  it('asks by id only what the filter names', async () => {
    await ask({ filter: { ids: ['task:one:t1', 'task:two:vigil~01'] } });
    expect(rig.world('one').calls.map(({ member, ids }) => [member, ...ids])).toEqual([['readTasks', 't1']]);
    expect(rig.world('two').called()).toEqual([]);
  });

  it('has one entry for a backend that fails', async () => {
    rig.world('one').failing.set('*', forbidden);
    expect(await ask()).toMatchObject({ totalCount: 2, unavailable: [{ part: 'ALL', code: 'FORBIDDEN', backend: { key: 'one' } }] });
  });

  it.each([
    [{ filter: { parents: ['job:one:a'] } }, 'INVALID_INPUT at tasks (filter.parents.0)'],
    [{ filter: { jobs: ['a'] } }, 'INVALID_INPUT at tasks (filter.jobs.0)'],
    [{ filter: { backends: ['backend:nope'] } }, 'NOT_FOUND at tasks (filter.backends.0)'],
    [{ first: -5 }, 'INVALID_INPUT at tasks (first)'],
    [{ after: 'x' }, 'INVALID_INPUT at tasks (after)'],
  ])('refuses %j with its place', async (variables, expected) => {
    expect(codesOf((await rig.run(list, variables)).errors)).toEqual([expected]);
  });

  it.each([
    ['ids', 'task:one:t1'],
    ['backends', 'backend:one'],
    ['vendors', 'TOY'],
    ['kinds', 'POLISH'],
    ['states', 'RUNNING'],
    ['jobs', 'job:one:a'],
    ['parents', 'task:one:t1'],
    ['idempotencyKeys', '9b1ff6d5-64e0-4b42-8b0e-3f4a3b2a9d10'],
  ])('is filtered by 500 %s and no more', async (name, value) => {
    const of = (length: number) => rig.run(list, { filter: { [name]: Array.from({ length }, () => value) } });
    expect(codesOf((await of(500)).errors)).toEqual([]);
    expect(codesOf((await of(501)).errors)).toEqual([`INVALID_INPUT at tasks (filter.${name})`]);
  });

  it('refuses the cursor of a list of jobs', async () => {
    const { data } = await rig.run('{ jobs(first: 1) { pageInfo { endCursor } } }');
    const after = (data as { jobs: ListAnswer } | undefined)?.jobs.pageInfo.endCursor;
    expect(codesOf((await rig.run(list, { after })).errors)).toEqual(['INVALID_INPUT at tasks (after)']);
  });
});

describe('a task in a list', () => {
  it('has its job, its parent and its children in one more call for each backend', async () => {
    const { data, errors } = await rig.run(
      '{ tasks(orderBy: { field: ID, direction: ASC }, first: 2) { nodes { nativeId job { nativeId state } parent { nativeId } children { totalCount nodes { nativeId } } } } }',
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      tasks: {
        nodes: [
          { nativeId: 't1', job: { nativeId: 'a', state: 'CLOSED' }, parent: null, children: { totalCount: 0, nodes: [] } },
          { nativeId: 't2', job: null, parent: { nativeId: 't1' }, children: { totalCount: 0, nodes: [] } },
        ],
      },
    });
    expect(rig.world('one').calls.map(({ member, ids }) => [member, ...ids])).toEqual([['discoverTasks'], ['readJobs', 'a', 'gone']]);
  });

  it('shows the children of a parent by its full id', async () => {
    const parent = toyTask('one', 'vigil', { id: 'task:one:vigil~02', nativeId: null, startedAt: 900 });
    rig.booked.push(
      parent,
      toyTask('one', 'vigil', { id: 'task:one:vigil~03', nativeId: null, parentId: parent.id, startedAt: 800, kind: 'POLISH' }),
    );
    const { data } = await rig.run(
      '{ tasks(first: 1) { nodes { id children(filter: { kinds: [POLISH] }) { totalCount nodes { id parent { id } } pageInfo { hasNextPage } } } } }',
    );
    expect(data).toEqual({
      tasks: {
        nodes: [
          {
            id: parent.id,
            children: { totalCount: 1, nodes: [{ id: 'task:one:vigil~03', parent: { id: parent.id } }], pageInfo: { hasNextPage: false } },
          },
        ],
      },
    });
  });

  it('is without its job when that cannot be read, and the list says so once', async () => {
    rig.world('one').failing.set('readJobs', forbidden);
    const { data, errors } = await rig.run(
      '{ tasks(filter: { backends: ["backend:one"] }) { unavailable { part code } nodes { job { id } } } }',
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({ tasks: { unavailable: [{ part: 'STATE', code: 'FORBIDDEN' }], nodes: [{ job: null }, { job: null }] } });
  });

  it('is without its parent when that cannot be read, and the list says so', async () => {
    rig.world('one').addTask('t4', { parentId: 'task:one:elsewhere', startedAt: 999 });
    rig.world('one').undetermined.set('elsewhere', forbidden);
    const { data, errors } = await rig.run(
      '{ tasks(first: 1, filter: { backends: ["backend:one"] }) { unavailable { part code } nodes { parent { id } } } }',
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({ tasks: { unavailable: [{ part: 'TASKS', code: 'FORBIDDEN' }], nodes: [{ parent: null }] } });
  });

  it('tells everything its vendor told', async () => {
    rig.world('one').addTask('t9', {
      startedAt: 1_000,
      progress: 0.25,
      counts: { current: 5, maximum: 20, unit: 'DOCUMENTS' },
      error: { code: 'TIMEOUT', message: 'Slow.', detail: null },
      startedBy: 'ada',
      raw: { deep: [1] },
    });
    const { data } = await rig.run(`{ tasks(first: 1) { nodes {
      id kind vendorType state vendorState progress counts { current maximum unit } startedAt endedAt updatedAt error { code message detail } cancellable startedBy raw revision backend { id }
    } } }`);
    expect(data).toMatchObject({
      tasks: {
        nodes: [
          {
            id: 'task:one:t9~rs',
            kind: 'POLISH',
            vendorType: 'toy:polish',
            state: 'RUNNING',
            vendorState: 'polishing',
            progress: 0.25,
            counts: { current: 5, maximum: 20, unit: 'DOCUMENTS' },
            startedAt: '1970-01-01T00:00:01.000Z',
            endedAt: null,
            updatedAt: null,
            error: { code: 'TIMEOUT', message: 'Slow.', detail: null },
            cancellable: true,
            startedBy: 'ada',
            raw: { deep: [1] },
            backend: { id: 'backend:one' },
          },
        ],
      },
    });
  });
});

describe('the tasks of one job', () => {
  const ofJob =
    'query($filter: TaskFilter, $first: Int, $after: String) { job(id: "job:one:a") { tasks(filter: $filter, first: $first, after: $after) { totalCount nodes { nativeId } unavailable { part code } pageInfo { endCursor } liveCursor } } }';

  beforeEach(() => {
    rig.world('one').addTask('t5', { jobNativeId: 'a', startedAt: 50, state: 'QUEUED' });
    rig.world('two').addTask('t6', { jobNativeId: 'a' });
  });

  it('are those of its own backend', async () => {
    const { data } = await rig.run(ofJob);
    expect(data).toMatchObject({
      job: { tasks: { totalCount: 2, nodes: [{ nativeId: 't1' }, { nativeId: 't5' }], unavailable: [], liveCursor: 'live-1' } },
    });
    expect(rig.world('two').called()).toEqual([]);
  });

  it('can be filtered, also by other jobs, which matches nothing', async () => {
    expect((await rig.run(ofJob, { filter: { states: ['QUEUED'] } })).data).toMatchObject({
      job: { tasks: { nodes: [{ nativeId: 't5' }] } },
    });
    expect((await rig.run(ofJob, { filter: { jobs: ['job:two:a'] } })).data).toMatchObject({
      job: { tasks: { totalCount: 0, nodes: [] } },
    });
  });

  it('turn page by page with cursors of their own', async () => {
    const { data } = await rig.run(ofJob, { first: 1 });
    const after = (data as { job: { tasks: ListAnswer } } | undefined)?.job.tasks.pageInfo.endCursor;
    expect((await rig.run(ofJob, { first: 1, after })).data).toMatchObject({ job: { tasks: { nodes: [{ nativeId: 't5' }] } } });
    expect(codesOf((await rig.run(list, { after })).errors)).toEqual(['INVALID_INPUT at tasks (after)']);
  });

  it('that cannot be read are an entry, not an error', async () => {
    rig.world('one').failing.set('discoverTasks', forbidden);
    const { data, errors } = await rig.run(ofJob);
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({ job: { tasks: { totalCount: null, nodes: [], unavailable: [{ part: 'ALL', code: 'FORBIDDEN' }] } } });
  });
});
