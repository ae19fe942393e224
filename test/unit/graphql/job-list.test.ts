import { beforeEach, describe, expect, it } from 'vitest';
import type { Job } from '../../../src/domain/index.js';
import { VigilError } from '../../../src/errors.js';
import { codesOf, createGraphqlRig, type GraphqlRig } from '../../support/graphql-rig.js';
import { toyTask } from '../../support/toy-vendor.js';

const down = new VigilError('BACKEND_UNAVAILABLE', 'two does not answer.', { backend: 'two', retryAfterMs: 5_000 });
const forbidden = new VigilError('FORBIDDEN', 'The credentials may not do that.', { backend: 'one' });

let rig: GraphqlRig;
beforeEach(() => {
  rig = createGraphqlRig({ keys: ['one', 'two', 'three'], readOnly: ['three'] });
});

const list = `
  query($filter: JobFilter, $orderBy: JobOrder, $first: Int, $after: String) {
    jobs(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
      totalCount
      stateCounts { state count }
      unavailable { part code message retryAfterMs backend { key } }
      edges { cursor node { nativeId } }
      nodes { nativeId }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      liveCursor
    }
  }
`;

interface ListAnswer {
  readonly totalCount: number | null;
  readonly stateCounts: readonly { readonly state: string; readonly count: number }[];
  readonly unavailable: readonly {
    readonly part: string;
    readonly code: string;
    readonly message: string;
    readonly backend: { readonly key: string };
  }[];
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly nativeId: string } }[];
  readonly nodes: readonly { readonly nativeId: string }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly liveCursor: string;
}

const ask = async (variables: Record<string, unknown> = {}): Promise<ListAnswer> => {
  const { data, errors } = await rig.run(list, variables);
  expect(codesOf(errors)).toEqual([]);
  return (data as { jobs: ListAnswer } | undefined)?.jobs ?? expect.fail('no data');
};
const names = ({ nodes }: Pick<ListAnswer, 'nodes'>): string => nodes.map(({ nativeId }) => nativeId).join(' ');

describe('a list of jobs', () => {
  it('joins the jobs of all backends, by id', async () => {
    rig.world('two').addJob('b');
    rig.world('one').addJob('z');
    rig.world('one').addJob('a', { state: 'OPENED' });
    const answer = await ask();
    expect(names(answer)).toBe('a z b');
    expect(answer.edges.map(({ node }) => node.nativeId)).toEqual(['a', 'z', 'b']);
    expect(answer).toMatchObject({
      totalCount: 3,
      unavailable: [],
      stateCounts: [
        { state: 'OPENED', count: 1 },
        { state: 'CLOSED', count: 2 },
      ],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: answer.edges[0]?.cursor, endCursor: answer.edges[2]?.cursor },
    });
  });

  it('costs each backend one call for jobs and one for tasks, however many rows and however shaped', async () => {
    for (let index = 0; index < 50; index += 1) {
      rig.world('one').addJob(`j${index}`);
      rig.world('one').addTask(`t${index}`, { jobNativeId: `j${index}` });
    }
    const { data, errors } = await rig.run(`{
      jobs { edges { node { ...Row } } nodes { ...Row } unavailable { code } }
      again: jobs(first: 3) { nodes { state } }
    } fragment Row on Job { id state currentTask { id job { state } } tasks(first: 1) { nodes { id parent { id } } } details { id } }`);
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({ again: { nodes: [{ state: 'CLOSED' }, { state: 'CLOSED' }, { state: 'CLOSED' }] } });
    for (const key of ['one', 'two', 'three']) expect([...rig.world(key).called()].sort()).toEqual(['discoverTasks', 'listJobs']);
  });

  it('does not ask for tasks that nobody wants', async () => {
    await ask();
    expect(rig.world('one').called()).toEqual(['listJobs']);
  });

  it('takes its live cursor before it reads', async () => {
    rig.world('one').addJob('a');
    const cursors: number[] = [];
    const adapter = rig.backends.get('one').adapter;
    const listJobs = adapter.listJobs.bind(adapter);
    adapter.listJobs = async (...args) => {
      cursors.push(rig.hub.cursors);
      return listJobs(...args);
    };
    expect((await ask()).liveCursor).toBe('live-1');
    expect(cursors).toEqual([1]);
  });
});

describe('what is missing', () => {
  it('is one entry for a backend that fails; the others’ jobs stand', async () => {
    rig.world('one').addJob('a');
    rig.world('two').failing.set('*', down);
    expect(await ask()).toMatchObject({
      totalCount: 1,
      nodes: [{ nativeId: 'a' }],
      unavailable: [
        { part: 'ALL', code: 'BACKEND_UNAVAILABLE', message: 'two does not answer.', retryAfterMs: 5_000, backend: { key: 'two' } },
      ],
    });
  });

  it('is an entry for each part that one backend could not give', async () => {
    rig.world('one').addJob('a');
    rig.world('one').missing = [
      { part: 'STATE', error: forbidden },
      { part: 'DATAFEEDS', error: forbidden },
    ];
    expect((await ask()).unavailable).toMatchObject([
      { part: 'STATE', code: 'FORBIDDEN', backend: { key: 'one' } },
      { part: 'DATAFEEDS', code: 'FORBIDDEN' },
    ]);
  });

  it('never becomes an error of a row: 50 rows without tasks are 50 nulls and one entry', async () => {
    for (let index = 0; index < 50; index += 1) rig.world('one').addJob(`j${index}`);
    rig.world('one').failing.set('discoverTasks', forbidden);
    const { data, errors } = await rig.run(
      '{ jobs { unavailable { part code } nodes { currentTask { id } tasks { nodes { id } totalCount unavailable { part code } } } } }',
    );
    expect(errors).toBeUndefined();
    const { unavailable, nodes } = (data as unknown as { jobs: { unavailable: unknown; nodes: unknown[] } }).jobs;
    expect(unavailable).toEqual([{ part: 'TASKS', code: 'FORBIDDEN' }]);
    expect(nodes).toHaveLength(50);
    expect(nodes[0]).toEqual({
      currentTask: null,
      tasks: { nodes: [], totalCount: null, unavailable: [{ part: 'ALL', code: 'FORBIDDEN' }] },
    });
  });

  it('shows in a row as UNKNOWN, null or empty, also where the schema promises a value', async () => {
    rig.world('one').addJob('a');
    const adapter = rig.backends.get('one').adapter;
    const bare: Job = { id: 'job:one:a', backendKey: 'one', nativeId: 'a' };
    adapter.listJobs = async () => ({
      items: [bare],
      missing: [
        { part: 'STATE', error: forbidden },
        { part: 'STATISTICS', error: forbidden },
      ],
    });
    const { data, errors } = await rig.run(`{ jobs(filter: { backends: ["backend:one"] }) { stateCounts { state count } nodes {
      state vendorState stateReason type groups owner allowedActions processed { current } node { id } datafeed { id } details { id } lastActivityAt
    } } }`);
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      jobs: {
        stateCounts: [{ state: 'UNKNOWN', count: 1 }],
        nodes: [
          {
            state: 'UNKNOWN',
            vendorState: null,
            stateReason: null,
            type: 'unknown',
            groups: [],
            owner: null,
            allowedActions: [],
            processed: null,
            node: null,
            datafeed: null,
            details: null,
            lastActivityAt: null,
          },
        ],
      },
    });
  });

  it('makes the count unknown only when nobody answered', async () => {
    for (const key of ['one', 'two', 'three']) rig.world(key).failing.set('*', down);
    expect(await ask()).toMatchObject({ totalCount: null, nodes: [], unavailable: [{}, {}, {}] });
    expect(await ask({ filter: { backends: [] } })).toMatchObject({ totalCount: 0, unavailable: [] });
  });

  it('shows a fault of an adapter as INTERNAL without its text, and reports it', async () => {
    const fault = new TypeError('secret internals');
    rig.world('one').addJob('a');
    rig.world('two').failing.set('listJobs', fault);
    const answer = await ask();
    expect(answer).toMatchObject({ nodes: [{ nativeId: 'a' }], unavailable: [{ code: 'INTERNAL', part: 'ALL' }] });
    expect(JSON.stringify(answer)).not.toContain('secret');
    expect(rig.faults).toEqual([fault]);
  });

  it('includes the roles of nodes that could not be read', async () => {
    rig.world('one').addJob('a', { node: { id: 'node:one:n1', backendKey: 'one', nativeId: 'n1', name: 'first' } });
    rig.world('two').addJob('b', { node: { id: 'node:two:n2', backendKey: 'two', nativeId: 'n2', roles: ['ml'] } });
    rig.world('one').failing.set('readNodes', forbidden);
    const { data, errors } = await rig.run('{ jobs { unavailable { part backend { key } } nodes { node { name roles } } } }');
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      jobs: {
        unavailable: [{ part: 'STATISTICS', backend: { key: 'one' } }],
        nodes: [{ node: { name: 'first', roles: [] } }, { node: { name: null, roles: ['ml'] } }],
      },
    });
  });
});

describe('a filter of jobs', () => {
  beforeEach(() => {
    rig.world('one').addJob('web-orders', { state: 'OPENED', groups: ['web'], owner: 'ada', description: 'Counts ORDERS' });
    rig.world('one').addJob('web-errors', { state: 'FAILED', groups: ['web', 'ops'], type: 'other' });
    rig.world('two').addJob('disk', { groups: ['ops'] });
    rig.world('one').addTask('t1', { jobNativeId: 'web-orders' });
    rig.booked.push(toyTask('two', 't2', { jobNativeId: 'disk', state: 'SUCCEEDED' }));
  });

  it.each([
    [{ states: ['OPENED', 'FAILED'] }, 'web-errors web-orders'],
    [{ groups: ['ops'] }, 'web-errors disk'],
    [{ owners: ['ada'] }, 'web-orders'],
    [{ types: ['other'] }, 'web-errors'],
    [{ text: 'orders' }, 'web-orders'],
    [{ text: 'WEB' }, 'web-errors web-orders'],
    [{ vendors: ['TOY'], groups: ['web'], states: ['FAILED'] }, 'web-errors'],
    [{ busy: true }, 'web-orders'],
    [{ busy: false }, 'web-errors disk'],
    [{ backends: ['backend:two'] }, 'disk'],
    [{ ids: ['job:one:web-orders', 'job:two:disk'] }, 'web-orders disk'],
    [{ ids: ['job:one:web-orders~zzz', 'job:nowhere:x', 'job:one:no'] }, ''],
    [{ ids: ['job:one:web-orders', 'job:one:web-errors'], states: ['FAILED'] }, 'web-errors'],
    [{ states: [] }, ''],
    [{ ids: [] }, ''],
    [{ states: null, groups: null, ids: null, busy: null, text: null }, 'web-errors web-orders disk'],
  ])('%j matches "%s"', async (filter, expected) => {
    const answer = await ask({ filter });
    expect(names(answer)).toBe(expected);
    expect(answer.totalCount).toBe(answer.nodes.length);
    expect(answer.unavailable).toEqual([]);
  });

  it('asks only the backends it can touch', async () => {
    await ask({ filter: { backends: ['backend:one'] } });
    await ask({ filter: { ids: ['job:one:web-orders'] } });
    await ask({ filter: { ids: [] } });
    expect(rig.world('one').calls.map(({ member, ids }) => [member, ...ids])).toEqual([['listJobs'], ['readJobs', 'web-orders']]);
    expect([...rig.world('two').called(), ...rig.world('three').called()]).toEqual([]);
  });

  it('by ids names the backend of those that could not be read, and the part', async () => {
    rig.world('one').undetermined.set('web-errors', forbidden);
    rig.world('two').failing.set('*', down);
    const answer = await ask({ filter: { ids: ['job:one:web-orders', 'job:one:web-errors', 'job:two:disk'] } });
    expect(names(answer)).toBe('web-orders');
    expect(answer.unavailable).toMatchObject([
      { part: 'STATE', code: 'FORBIDDEN', backend: { key: 'one' } },
      { part: 'ALL', code: 'BACKEND_UNAVAILABLE', backend: { key: 'two' } },
    ]);
  });

  it('by busy shows no job whose tasks are not known, and says why', async () => {
    rig.world('one').failing.set('discoverTasks', forbidden);
    expect(await ask({ filter: { busy: false } })).toMatchObject({
      nodes: [{ nativeId: 'disk' }],
      unavailable: [{ part: 'TASKS', backend: { key: 'one' } }],
    });
  });

  it.each([
    [{ ids: ['job:one:a', 'nonsense'] }, 'INVALID_INPUT at jobs (filter.ids.1)'],
    [{ ids: ['task:one:a'] }, 'INVALID_INPUT at jobs (filter.ids.0)'],
    [{ backends: ['one'] }, 'INVALID_INPUT at jobs (filter.backends.0)'],
    [{ backends: ['backend:one', 'backend:nope'] }, 'NOT_FOUND at jobs (filter.backends.1)'],
  ])('%j is refused with its place', async (filter, expected) => {
    const { errors } = await rig.run(list, { filter });
    expect(codesOf(errors)).toEqual([expected]);
    expect(rig.world('one').called()).toEqual([]);
  });

  it.each([
    ['ids', 'job:one:a'],
    ['backends', 'backend:one'],
    ['vendors', 'TOY'],
    ['states', 'OPENED'],
    ['types', 'any'],
    ['groups', 'web'],
    ['owners', 'me'],
  ])('takes 500 %s and no more', async (name, value) => {
    const first500 = await rig.run(list, { filter: { [name]: Array.from({ length: 500 }, () => value) } });
    expect(codesOf(first500.errors)).toEqual([]);
    rig.world('one').calls.length = 0;
    const { errors } = await rig.run(list, { filter: { [name]: Array.from({ length: 501 }, () => value) } });
    expect(codesOf(errors)).toEqual([`INVALID_INPUT at jobs (filter.${name})`]);
    expect(rig.world('one').called()).toEqual([]);
  });
});

describe('orders and pages of jobs', () => {
  beforeEach(() => {
    rig.world('one').addJob('a', { state: 'OPENED', startedAt: 30, finishedAt: null, lastActivityAt: 5, createdAt: 3_000 });
    rig.world('one').addJob('b', { state: 'CLOSED', startedAt: null, finishedAt: 9, lastActivityAt: 7, createdAt: 1_000 });
    rig.world('two').addJob('c', { state: 'FAILED', startedAt: 10, finishedAt: 8, lastActivityAt: null, createdAt: 2_000 });
    rig.world('two').addJob('d', { state: 'OPENED', startedAt: 30, finishedAt: null, lastActivityAt: 6, createdAt: 4_000 });
  });

  it.each([
    [null, 'a b c d'],
    [{ field: 'ID', direction: 'DESC' }, 'd c b a'],
    [{ field: 'CREATED_AT' }, 'b c a d'],
    [{ field: 'STARTED_AT', direction: null }, 'c a d b'],
    [{ field: 'STARTED_AT', direction: 'DESC' }, 'a d c b'],
    [{ field: 'FINISHED_AT', direction: 'ASC' }, 'c b a d'],
    [{ field: 'STATE' }, 'a d b c'],
    [{ field: 'LAST_ACTIVITY_AT', direction: 'DESC' }, 'b d a c'],
  ])('%j gives %s', async (orderBy, expected) => {
    expect(names(await ask({ orderBy }))).toBe(expected);
  });

  it('turn page by page through everything, counting all of it', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    for (const last of [false, false, true]) {
      const page: ListAnswer = await ask({ orderBy: { field: 'STARTED_AT', direction: 'DESC' }, first: last ? 2 : 1, after });
      expect(page).toMatchObject({ totalCount: 4, pageInfo: { hasNextPage: !last, hasPreviousPage: after !== null } });
      seen.push(names(page));
      after = page.pageInfo.endCursor;
    }
    expect(seen.join(' ')).toBe('a d c b');
  });

  it('count without a row when asked for none', async () => {
    expect(await ask({ first: 0 })).toMatchObject({
      totalCount: 4,
      nodes: [],
      pageInfo: { hasNextPage: true, startCursor: null, endCursor: null },
    });
  });

  it('begin 50 rows long', async () => {
    for (let index = 0; index < 60; index += 1) rig.world('three').addJob(`x${index}`);
    expect((await ask()).nodes).toHaveLength(50);
    expect((await ask({ first: null })).nodes).toHaveLength(50);
    expect((await ask({ first: 500 })).nodes).toHaveLength(64);
  });

  it.each([
    [{ first: -1 }, 'INVALID_INPUT at jobs (first)'],
    [{ first: 501 }, 'INVALID_INPUT at jobs (first)'],
    [{ after: 'garbage' }, 'INVALID_INPUT at jobs (after)'],
  ])('%j is refused with its place', async (variables, expected) => {
    expect(codesOf((await rig.run(list, variables)).errors)).toEqual([expected]);
  });

  it('refuse the cursor of another filter or order', async () => {
    const after = (await ask({ first: 1 })).pageInfo.endCursor;
    for (const other of [{ filter: { text: 'a' } }, { orderBy: { field: 'STATE' } }, { orderBy: { field: 'ID', direction: 'DESC' } }]) {
      expect(codesOf((await rig.run(list, { ...other, after })).errors)).toEqual(['INVALID_INPUT at jobs (after)']);
    }
    expect(names(await ask({ filter: {}, orderBy: { field: 'ID', direction: 'ASC' }, after }))).toBe('b c d');
  });

  it('leave a backend out to the end once it was missing, and go on naming it', async () => {
    rig.world('two').failing.set('*', down);
    const first = await ask({ first: 1 });
    expect(names(first)).toBe('a');
    rig.world('two').failing.clear();
    const second = await ask({ first: 10, after: first.pageInfo.endCursor });
    expect(names(second)).toBe('b');
    expect(second).toMatchObject({ totalCount: 2, unavailable: [{ part: 'ALL', code: 'BACKEND_UNAVAILABLE', backend: { key: 'two' } }] });
    expect(second.unavailable[0]?.message).toContain('earlier page');
    expect(rig.world('two').called()).toEqual(['listJobs']);
  });

  it('leave out from then on what fails on a later page', async () => {
    const first = await ask({ first: 1 });
    rig.world('two').failing.set('*', down);
    const second = await ask({ first: 1, after: first.pageInfo.endCursor });
    expect(second).toMatchObject({ nodes: [{ nativeId: 'b' }], unavailable: [{ part: 'ALL', backend: { key: 'two' } }] });
    rig.world('two').failing.clear();
    expect(await ask({ after: second.pageInfo.endCursor })).toMatchObject({
      nodes: [],
      unavailable: [{ part: 'ALL', backend: { key: 'two' } }],
    });
  });

  it('go on naming a part that was missing, though it is there again', async () => {
    rig.world('one').missing = [{ part: 'STATISTICS', error: forbidden }];
    const first = await ask({ first: 1 });
    rig.world('one').missing = [];
    const second = await ask({ after: first.pageInfo.endCursor });
    expect(names(second)).toBe('b c d');
    expect(second.unavailable).toMatchObject([{ part: 'STATISTICS', code: 'FORBIDDEN', backend: { key: 'one' } }]);
  });
});

describe('a job in a list', () => {
  it('has its unfinished task: of several the newest that is part of no other', async () => {
    rig.world('one').addJob('a');
    rig.world('one').addTask('close', { jobNativeId: 'a', startedAt: 100 });
    rig.world('one').addTask('step', { jobNativeId: 'a', startedAt: 300, parentId: 'task:one:parent~5k' });
    rig.world('one').addTask('parent', { id: 'task:one:parent~5k', jobNativeId: 'a', startedAt: 200 });
    rig.world('one').addTask('done', { jobNativeId: 'a', startedAt: 400, state: 'SUCCEEDED' });
    rig.world('one').addTask('other', { jobNativeId: 'b', startedAt: 500 });
    const { data } = await rig.run('{ jobs { nodes { currentTask { nativeId } tasks { totalCount nodes { nativeId } } } } }');
    expect(data).toEqual({
      jobs: {
        nodes: [
          {
            currentTask: { nativeId: 'parent' },
            tasks: { totalCount: 4, nodes: [{ nativeId: 'done' }, { nativeId: 'step' }, { nativeId: 'parent' }, { nativeId: 'close' }] },
          },
        ],
      },
    });
  });

  it('of a read-only backend allows nothing', async () => {
    rig.world('three').addJob('a');
    rig.world('three').addTask('t', { jobNativeId: 'a', cancellable: true });
    rig.world('one').addJob('a');
    const { data } = await rig.run(
      '{ jobs { nodes { allowedActions currentTask { cancellable } backend { key readOnly capabilities } } } }',
    );
    expect(data).toMatchObject({
      jobs: {
        nodes: [
          { allowedActions: ['OPEN_JOB', 'RESET_JOB', 'DELETE_JOB'], backend: { key: 'one', readOnly: false } },
          {
            allowedActions: [],
            currentTask: { cancellable: false },
            backend: { key: 'three', readOnly: true, capabilities: expect.arrayContaining(['OPEN_JOB']) },
          },
        ],
      },
    });
  });

  it('carries the revision the ledger gave it', async () => {
    rig.world('one').addJob('a');
    const { data } = await rig.run('{ jobs { nodes { revision } edges { node { revision } } } }');
    expect(data).toEqual({ jobs: { nodes: [{ revision: 1 }], edges: [{ node: { revision: 1 } }] } });
  });
});
