import { beforeEach, describe, expect, it } from 'vitest';
import type { Task } from '../../../src/domain/index.js';
import { VigilError } from '../../../src/errors.js';
import { codesOf, createGraphqlRig, type GraphqlRig } from '../../support/graphql-rig.js';
import { toyTask } from '../../support/toy-vendor.js';

const forbidden = new VigilError('FORBIDDEN', 'The credentials may not do that.', { backend: 'one' });
const key = '8c7e4a52-6f0b-4d3c-9a55-2f5d1f0c7e11';

let rig: GraphqlRig;
const run = (nativeId: string, facts: Partial<Task> = {}): Task =>
  rig.world('one').addTask(nativeId, { id: `task:one:${nativeId}`, detectorNativeId: 'd1', ...facts });

/** Two historical runs of d1, one with two entities; one of d2; a real-time run of d1. */
beforeEach(() => {
  rig = createGraphqlRig({ keys: ['one', 'two'] });
  rig.world('one').hasDetectors = true;
  rig.world('one').remembersTasks = true;
  for (const name of ['d1', 'd2']) rig.world('one').addDetector(name);
  run('rt', { jobNativeId: 'd1', startedAt: 500, continuous: true });
  run('h1', {
    startedAt: 400,
    kind: 'RESET',
    initProgress: 0.25,
    stateCounts: [{ state: 'RUNNING', count: 2 }],
    estimatedEndAt: 2_000,
    stoppedBy: 'bob',
    dateRange: { start: 0, end: 1_000 },
    coordinatingNodeId: 'n1',
    workerNodeId: null,
  });
  run('e1', { startedAt: 390, parentId: 'task:one:h1', entity: [{ name: 'host', value: 'red' }], workerNodeId: 'n2' });
  run('e2', { startedAt: 380, parentId: 'task:one:h1', entity: [{ name: 'host', value: 'blue' }], workerNodeId: 'n1' });
  run('h0', { startedAt: 100, endedAt: 200, state: 'SUCCEEDED', kind: 'RESET' });
  run('x1', { detectorNativeId: 'd2', startedAt: 50, state: 'FAILED', kind: 'RESET' });
  for (const name of ['n1', 'n2'])
    rig
      .world('one')
      .nodes.set(name, { id: `node:one:${name}`, backendKey: 'one', nativeId: name, name: `name of ${name}`, roles: ['data'] });
});

const ask = async <T>(source: string, variables: Record<string, unknown> = {}): Promise<T> => {
  const { data, errors } = await rig.run(source, variables);
  expect(codesOf(errors)).toEqual([]);
  return data as T;
};
interface Names {
  readonly nodes: readonly { readonly nativeId: string | null }[];
}
const names = ({ nodes }: Names): string => nodes.map(({ nativeId }) => nativeId ?? 'own').join(' ');
const listed = async (filter: object | null): Promise<string> =>
  names((await ask<{ tasks: Names }>('query($filter: TaskFilter) { tasks(filter: $filter) { nodes { nativeId } } }', { filter })).tasks);

describe('tasks of a vendor that remembers ended ones', () => {
  it.each([
    [null, 'listTasks', 'rt h1 h0 x1', { includeEntities: false }],
    [{ states: ['RUNNING'] }, 'discoverTasks', 'rt h1', undefined],
    [{ states: ['RUNNING', 'SUCCEEDED'] }, 'listTasks', 'rt h1 h0', { states: ['RUNNING', 'SUCCEEDED'], includeEntities: false }],
    [{ detectors: ['detector:one:d2', 'detector:two:d1'] }, 'listTasks', 'x1', { detectors: ['d2'], includeEntities: false }],
    [{ detectors: ['detector:one:d1'], states: ['RUNNING'] }, 'listTasks', 'rt h1', expect.objectContaining({ detectors: ['d1'] })],
    [{ parents: ['task:one:h1'] }, 'listTasks', 'e1 e2', { parents: ['h1'], includeEntities: true }],
    [{ parents: ['task:one:h1'], includeEntities: false }, 'listTasks', '', { parents: ['h1'], includeEntities: false }],
    [{ kinds: ['RESET'], states: ['RUNNING'] }, 'listTasks', 'h1', { kinds: ['RESET'], states: ['RUNNING'], includeEntities: true }],
    [{ jobs: ['job:one:d1'] }, 'listTasks', 'rt', { jobs: ['d1'], includeEntities: false }],
    [{ jobs: ['job:one:d1'], states: ['RUNNING'] }, 'discoverTasks', 'rt', undefined],
    [{ includeEntities: true, states: ['RUNNING'] }, 'listTasks', 'rt h1 e1 e2', { states: ['RUNNING'], includeEntities: true }],
    [{ idempotencyKeys: [key] }, 'discoverTasks', '', undefined],
    [{ kinds: [] }, 'discoverTasks', '', undefined],
  ])('filtered by %j are asked for with %s: "%s"', async (filter, member, expected, query) => {
    expect(await listed(filter)).toBe(expected);
    expect(rig.world('one').called()).toEqual([member]);
    expect(rig.world('one').slices).toEqual(query ? [query] : []);
  });

  it('are joined by what the gateway remembers, but for runs without an end of their own', async () => {
    rig.booked.push(
      toyTask('one', 'gone', { id: 'task:one:gone', state: 'LOST', startedAt: 10 }),
      toyTask('one', 'unseen', { id: 'task:one:unseen', startedAt: 9 }),
      toyTask('one', 'live', { id: 'task:one:live', continuous: true, startedAt: 8 }),
      toyTask('one', 'stopped', { id: 'task:one:stopped', continuous: true, state: 'CANCELLED', startedAt: 7 }),
    );
    expect(await listed(null)).toBe('rt h1 h0 x1 gone unseen stopped');
    expect(await listed({ states: ['RUNNING'] })).toBe('rt h1 unseen');
  });

  it('are asked for once, with the same filter', async () => {
    await ask('{ a: tasks { totalCount } b: tasks { totalCount } c: tasks(filter: { kinds: [RESET] }) { totalCount } }');
    expect(rig.world('one').called()).toEqual(['listTasks', 'listTasks']);
  });

  it('have one entry for a backend that fails', async () => {
    rig.world('one').failing.set('listTasks', forbidden);
    expect(await ask('{ tasks { totalCount unavailable { part code backend { key } } } }')).toEqual({
      tasks: { totalCount: 0, unavailable: [{ part: 'ALL', code: 'FORBIDDEN', backend: { key: 'one' } }] },
    });
  });
});

describe('a task', () => {
  it('tells what its vendor told of the run', async () => {
    expect(
      await ask(`{ task(id: "task:one:h1") {
        initProgress stateCounts { state count } estimatedEndAt stoppedBy entity { name value } dateRange { start end }
        detector { name } parent { id } coordinatingNode { id name roles } workerNode { id }
      } }`),
    ).toEqual({
      task: {
        initProgress: 0.25,
        stateCounts: [{ state: 'RUNNING', count: 2 }],
        estimatedEndAt: '1970-01-01T00:00:02.000Z',
        stoppedBy: 'bob',
        entity: [],
        dateRange: { start: '1970-01-01T00:00:00.000Z', end: '1970-01-01T00:00:01.000Z' },
        detector: { name: 'name of d1' },
        parent: null,
        coordinatingNode: { id: 'node:one:n1', name: 'name of n1', roles: ['data'] },
        workerNode: null,
      },
    });
    expect([...rig.world('one').called()].sort()).toEqual(['detectors.read', 'readNodes', 'readTasks']);
  });

  it('has nothing of it where the vendor tells nothing', async () => {
    rig.world('two').addTask('t');
    expect(
      await ask(
        '{ task(id: "task:two:t") { initProgress stateCounts { count } estimatedEndAt stoppedBy entity { name } dateRange { start } detector { id } coordinatingNode { id } } }',
      ),
    ).toEqual({
      task: {
        initProgress: null,
        stateCounts: [],
        estimatedEndAt: null,
        stoppedBy: null,
        entity: [],
        dateRange: null,
        detector: null,
        coordinatingNode: null,
      },
    });
  });

  it('that runs on a node which has left keeps the node’s id', async () => {
    run('h9', { workerNodeId: 'n9' });
    expect(await ask('{ task(id: "task:one:h9") { workerNode { id name roles metrics { id } models { totalCount } } } }')).toEqual({
      task: { workerNode: { id: 'node:one:n9', name: null, roles: [], metrics: null, models: { totalCount: null } } },
    });
  });

  it('is about its detector, parent and nodes in one call each, however many rows there are', async () => {
    const { tasks } = await ask<{ tasks: Names }>(
      '{ tasks(filter: { parents: ["task:one:h1"] }) { nodes { nativeId detector { name } parent { nativeId } workerNode { name } coordinatingNode { name } } } }',
    );
    expect(tasks.nodes).toEqual([
      {
        nativeId: 'e1',
        detector: { name: 'name of d1' },
        parent: { nativeId: 'h1' },
        workerNode: { name: 'name of n2' },
        coordinatingNode: null,
      },
      {
        nativeId: 'e2',
        detector: { name: 'name of d1' },
        parent: { nativeId: 'h1' },
        workerNode: { name: 'name of n1' },
        coordinatingNode: null,
      },
    ]);
    expect([...rig.world('one').called()].sort()).toEqual(['detectors.read', 'listTasks', 'readNodes', 'readTasks']);
  });

  it('is in a list without what cannot be read, and the list says what', async () => {
    for (const member of ['detectors.read', 'readNodes']) rig.world('one').failing.set(member, forbidden);
    expect(
      await ask(
        '{ tasks(filter: { parents: ["task:one:h1"] }, first: 1) { unavailable { part code } nodes { detector { id } workerNode { nativeId name } } } }',
      ),
    ).toEqual({
      tasks: {
        unavailable: expect.arrayContaining([
          { part: 'STATE', code: 'FORBIDDEN' },
          { part: 'STATISTICS', code: 'FORBIDDEN' },
        ]),
        nodes: [{ detector: null, workerNode: { nativeId: 'n2', name: null } }],
      },
    });
  });
});

describe('the tasks of detectors', () => {
  const rows = async (args = ''): Promise<readonly string[]> => {
    const { detectors } = await ask<{ detectors: { readonly nodes: readonly { readonly tasks: Names }[] } }>(
      `{ detectors { nodes { tasks${args} { nodes { nativeId } } } } }`,
    );
    return detectors.nodes.map(({ tasks }) => names(tasks));
  };

  it('are read in one call for all of them, ended ones included', async () => {
    expect(await rows()).toEqual(['rt h1 h0', 'x1']);
    expect(rig.world('one').called()).toEqual(['detectors.list', 'listTasks']);
    expect(rig.world('one').slices.at(-1)).toEqual({ detectors: ['d1', 'd2'], includeEntities: false });
  });

  it.each([
    ['(filter: { states: [RUNNING] })', ['rt h1', '']],
    ['(filter: { kinds: [RESET] }, orderBy: { field: STARTED_AT, direction: ASC })', ['h0 h1', 'x1']],
    ['(filter: { includeEntities: true })', ['rt h1 e1 e2 h0', 'x1']],
    ['(filter: { parents: ["task:one:h1"] })', ['e1 e2', '']],
    ['(filter: { ids: ["task:one:h0", "task:one:x1"] })', ['h0', 'x1']],
    ['(first: 1)', ['rt', 'x1']],
  ])('%s are %j', async (args, expected) => {
    expect(await rows(args)).toEqual(expected);
  });

  it('hold what the gateway remembers', async () => {
    rig.booked.push(toyTask('one', 'old', { id: 'task:one:old', detectorNativeId: 'd2', state: 'LOST', startedAt: 1 }));
    expect(await rows()).toEqual(['rt h1 h0', 'x1 old']);
  });

  it('are missing with a reason where they cannot be read', async () => {
    rig.world('one').failing.set('listTasks', forbidden);
    expect(await ask('{ detectors(first: 1) { nodes { name tasks { totalCount unavailable { part code } nodes { id } } } } }')).toEqual({
      detectors: {
        nodes: [{ name: 'name of d1', tasks: { totalCount: null, unavailable: [{ part: 'ALL', code: 'FORBIDDEN' }], nodes: [] } }],
      },
    });
  });

  it('are those of the jobs, too', async () => {
    rig.world('one').addJob('d1', { id: 'job:one:d1' });
    rig.world('one').addJob('d2', { id: 'job:one:d2' });
    const { jobs } = await ask<{ jobs: { readonly nodes: readonly { readonly tasks: Names }[] } }>(
      '{ jobs { nodes { tasks { nodes { nativeId } } } } }',
    );
    expect(jobs.nodes.map(({ tasks }) => names(tasks))).toEqual(['rt', '']);
    expect(rig.world('one').called()).toEqual(['listJobs', 'listTasks']);
  });
});

describe('the children of tasks', () => {
  it('are read in one call for all of them, entities included', async () => {
    const { tasks } = await ask<{ tasks: { readonly nodes: readonly (Names & { readonly children: Names })[] } }>(
      '{ tasks(filter: { detectors: ["detector:one:d1"] }) { nodes { nativeId children { totalCount stateCounts { state count } nodes { nativeId entity { value } } } } } }',
    );
    expect(tasks.nodes.map(({ children }) => names(children))).toEqual(['', 'e1 e2', '']);
    expect(tasks.nodes[1]).toMatchObject({
      children: { totalCount: 2, stateCounts: [{ state: 'RUNNING', count: 2 }], nodes: [{ entity: [{ value: 'red' }] }, {}] },
    });
    expect(rig.world('one').called()).toEqual(['listTasks', 'listTasks']);
    expect(rig.world('one').slices.at(-1)).toEqual({ parents: ['rt', 'h1', 'h0'], includeEntities: true });
  });

  it('can be filtered, ordered and paged', async () => {
    const { task } = await ask<{ task: Record<string, Names> }>(`{ task(id: "task:one:h1") {
      none: children(filter: { includeEntities: false }) { nodes { nativeId } }
      last: children(orderBy: { field: STARTED_AT, direction: ASC }, first: 1) { nodes { nativeId } }
      ended: children(filter: { states: [SUCCEEDED] }) { nodes { nativeId } }
    } }`);
    expect(Object.values(task).map(names)).toEqual(['', 'e2', '']);
  });

  it('of the gateway’s own work are in its book', async () => {
    const own = (id: string, more: Partial<Task>) => toyTask('one', 'vigil', { id: `task:one:vigil~${id}`, nativeId: null, ...more });
    rig.booked.push(own('01', {}), own('02', { parentId: 'task:one:vigil~01' }), own('03', { parentId: 'task:one:vigil~09' }));
    const { task } = await ask<{ task: { readonly children: { readonly nodes: readonly unknown[] } } }>(
      '{ task(id: "task:one:vigil~01") { children { nodes { id } } } }',
    );
    expect(task.children.nodes).toEqual([{ id: 'task:one:vigil~02' }]);
  });
});

describe('a task that stands in one answer twice', () => {
  const early = { id: 'task:one:h1', detectorNativeId: 'd1', jobNativeId: 'd1', startedAt: 600, progress: 0.25 };
  /** The list is read after what names the task, and sees it further on. */
  const moveOn = (): void => void run('h1', { ...early, progress: 0.5 });

  it('is in the same version below its detector and in the list of its runs, which is read later', async () => {
    rig.world('one').addDetector('d1', { historicalTask: toyTask('one', 'h1', early) });
    moveOn();
    const { detector } = await ask<{
      readonly detector: { readonly historicalTask: object; readonly tasks: { readonly nodes: readonly object[] } };
    }>('{ detector(id: "detector:one:d1") { historicalTask { id progress revision } tasks { nodes { id progress revision } } } }');
    expect(detector.historicalTask).toMatchObject({ progress: 0.5 });
    expect(detector.tasks.nodes[0]).toEqual(detector.historicalTask);
  });

  it('is in the same version below its detector and as the current task of its job', async () => {
    rig.world('one').addDetector('d1', { realtimeTask: toyTask('one', 'h1', early) });
    moveOn();
    const { detector } = await ask<{
      readonly detector: { readonly realtimeTask: object; readonly job: { readonly currentTask: object } };
    }>('{ detector(id: "detector:one:d1") { realtimeTask { id progress revision } job { currentTask { id progress revision } } } }');
    expect(detector.realtimeTask).toMatchObject({ progress: 0.5 });
    expect(detector.job.currentTask).toEqual(detector.realtimeTask);
  });

  it('is shown all the same where the list cannot be read', async () => {
    rig.world('one').addDetector('d1', { historicalTask: toyTask('one', 'h1', early) });
    rig.world('one').failing.set('listTasks', forbidden);
    expect(
      await ask('{ detector(id: "detector:one:d1") { historicalTask { progress } tasks { totalCount unavailable { part } } } }'),
    ).toEqual({ detector: { historicalTask: { progress: 0.25 }, tasks: { totalCount: null, unavailable: [{ part: 'ALL' }] } } });
  });
});
