import { parse, subscribe } from 'graphql';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Backends, ClusterNode, Detector, Revised } from '../../../src/domain/index.js';
import { VigilError } from '../../../src/errors.js';
import type { CountedStep } from '../../../src/progress/hub.js';
import { codesOf, createGraphqlRig, type GraphqlRig } from '../../support/graphql-rig.js';
import { toyTask } from '../../support/toy-vendor.js';

let rig: GraphqlRig;
beforeEach(() => {
  rig = createGraphqlRig({ keys: ['one', 'two'] });
});

const step = <T, S>(more: Partial<CountedStep<T, S>>): CountedStep<T, S> => ({
  cursor: 'c1',
  reset: false,
  synced: true,
  added: [],
  changed: [],
  left: [],
  forgotten: [],
  backends: [],
  stateCounts: [],
  ...more,
});
const revisedTask = (nativeId: string, more = {}) => ({ ...toyTask('one', nativeId, more), revision: 9 });
const optionsOf = (index = 0) =>
  rig.hub.asked[index]?.options as { readonly fields: ReadonlySet<string>; readonly after?: string; readonly snapshot?: boolean };

describe('taskProgress', () => {
  it('tells each step, then completes', async () => {
    rig.hub.steps = [
      { cursor: 'c1', task: revisedTask('t1', { progress: 0.5 }) },
      { cursor: 'c2', task: revisedTask('t1', { state: 'SUCCEEDED', progress: 1 }) },
    ];
    const events = await rig.watch(
      'subscription { taskProgress(id: "task:one:t1", after: "c0") { cursor task { state progress backend { key } } } }',
    );
    expect(events).toEqual([
      { data: { taskProgress: { cursor: 'c1', task: { state: 'RUNNING', progress: 0.5, backend: { key: 'one' } } } } },
      { data: { taskProgress: { cursor: 'c2', task: { state: 'SUCCEEDED', progress: 1, backend: { key: 'one' } } } } },
    ]);
    expect(rig.hub.asked).toMatchObject([
      { watch: 'task', filter: { kind: 'task', backend: 'one', native: 't1' }, options: { after: 'c0' } },
    ]);
    expect(optionsOf().fields).toContain('Task.progress');
  });

  it('refuses what is not the id of a task', async () => {
    const answer = await rig.watch('subscription { taskProgress(id: "job:one:a") { cursor } }');
    expect('errors' in answer && codesOf(answer.errors)).toEqual(['INVALID_INPUT at taskProgress (id)']);
    expect(rig.hub.asked).toEqual([]);
  });
});

describe('tasksProgress', () => {
  it('tells what came, changed, left and went, and whose health changed', async () => {
    rig.hub.steps = [
      step({
        reset: true,
        synced: false,
        added: [revisedTask('t1')],
        changed: [revisedTask('t2')],
        left: [revisedTask('t3', { state: 'SUCCEEDED' })],
        forgotten: ['task:one:t4'],
        backends: rig.backends.all,
        stateCounts: [{ state: 'RUNNING', count: 2 }],
      }),
    ];
    const events = await rig.watch(`subscription { tasksProgress {
      cursor reset synced added { nativeId } changed { nativeId } left { nativeId state } forgotten backends { key health { status } } stateCounts { state count }
    } }`);
    expect(events).toEqual([
      {
        data: {
          tasksProgress: {
            cursor: 'c1',
            reset: true,
            synced: false,
            added: [{ nativeId: 't1' }],
            changed: [{ nativeId: 't2' }],
            left: [{ nativeId: 't3', state: 'SUCCEEDED' }],
            forgotten: ['task:one:t4'],
            backends: [
              { key: 'one', health: { status: 'UP' } },
              { key: 'two', health: { status: 'UP' } },
            ],
            stateCounts: [{ state: 'RUNNING', count: 2 }],
          },
        },
      },
    ]);
  });

  it('hands its filter and options to the hub', async () => {
    await rig.watch(
      'subscription($f: TaskFilter, $after: String, $snapshot: Boolean!) { tasksProgress(filter: $f, after: $after, snapshot: $snapshot) { added { counts { current } } } }',
      {
        f: {
          states: ['RUNNING'],
          idempotencyKeys: ['8C7E4A52-6F0B-4D3C-9A55-2F5D1F0C7E11'],
          jobs: ['job:one:a'],
          detectors: ['detector:one:d'],
          parents: ['task:one:p'],
          includeEntities: false,
          kinds: null,
        },
        after: 'c7',
        snapshot: false,
      },
    );
    expect(rig.hub.asked).toMatchObject([
      {
        watch: 'tasks',
        filter: {
          states: ['RUNNING'],
          idempotencyKeys: ['8c7e4a52-6f0b-4d3c-9a55-2f5d1f0c7e11'],
          jobs: [{ backend: 'one', native: 'a' }],
          detectors: [{ backend: 'one', native: 'd' }],
          parents: [{ backend: 'one', native: 'p' }],
          includeEntities: false,
        },
        options: { after: 'c7', snapshot: false },
      },
    ]);
    expect(rig.hub.asked[0]?.filter).not.toHaveProperty('kinds');
    expect(optionsOf().fields).toContain('Progress.current');
  });

  it('begins with a snapshot unless told otherwise', async () => {
    await rig.watch('subscription { tasksProgress { cursor } }');
    expect(rig.hub.asked[0]).toEqual({ watch: 'tasks', filter: {}, options: { snapshot: true, fields: expect.any(Set) } });
  });

  it('refuses a bad filter with its place', async () => {
    const answer = await rig.watch('subscription { tasksProgress(filter: { backends: ["backend:nope"] }) { cursor } }');
    expect('errors' in answer && codesOf(answer.errors)).toEqual(['NOT_FOUND at tasksProgress (filter.backends.0)']);
  });
});

describe('jobsChanged', () => {
  it('tells the jobs with their relations', async () => {
    const job = { ...rig.world('one').addJob('a', { state: 'CLOSING' }), revision: 4 };
    const other = { ...rig.world('one').addJob('b', { state: 'CLOSED' }), revision: 5 };
    rig.world('one').addTask('t1', { jobNativeId: 'a' });
    rig.hub.steps = [step({ added: [job], left: [other], stateCounts: [{ state: 'CLOSING', count: 1 }] })];
    const events = await rig.watch(`subscription { jobsChanged(filter: { states: [CLOSING] }) {
      added { state revision currentTask { nativeId } backend { key } } changed { id } left { state } stateCounts { state count } forgotten
    } }`);
    expect(events).toEqual([
      {
        data: {
          jobsChanged: {
            added: [{ state: 'CLOSING', revision: 4, currentTask: { nativeId: 't1' }, backend: { key: 'one' } }],
            changed: [],
            left: [{ state: 'CLOSED' }],
            stateCounts: [{ state: 'CLOSING', count: 1 }],
            forgotten: [],
          },
        },
      },
    ]);
    expect(rig.hub.asked).toMatchObject([{ watch: 'jobs', filter: { states: ['CLOSING'] }, options: { snapshot: true } }]);
    expect(optionsOf().fields).toContain('Job.state');
  });

  it('has no errors in its rows when something beside them cannot be read', async () => {
    rig.world('one').failing.set('*', new VigilError('FORBIDDEN', 'no'));
    rig.hub.steps = [step({ added: [{ ...rig.world('one').addJob('a'), revision: 4 }] })];
    expect(await rig.watch('subscription { jobsChanged { added { nativeId currentTask { id } } } }')).toEqual([
      { data: { jobsChanged: { added: [{ nativeId: 'a', currentTask: null }] } } },
    ]);
  });

  it('resolves its events from what the poll loops have read, not from the backends', async () => {
    const live = createGraphqlRig({ keys: ['one'] });
    live.world('one').addTask('polled', { jobNativeId: 'a' });
    rig.hub.steps = [step({ added: [{ ...rig.world('one').addJob('a'), revision: 4 }] })];
    const backends: Backends = live.backends;
    const events = await subscribe({
      schema: rig.schema,
      document: parse('subscription { jobsChanged { added { currentTask { nativeId } } } }'),
      contextValue: rig.context(backends),
    });
    if (!(Symbol.asyncIterator in events)) return expect.fail('no events');
    expect((await events.next()).value).toEqual({ data: { jobsChanged: { added: [{ currentTask: { nativeId: 'polled' } }] } } });
    await events.return?.();
    expect(rig.world('one').called()).toEqual([]);
    expect(live.world('one').called()).toEqual(['discoverTasks']);
  });
});

describe('detectorsChanged', () => {
  const aDetector = (nativeId: string, more: Partial<Detector> = {}): Revised<Detector> => ({
    id: `detector:one:${nativeId}`,
    backendKey: 'one',
    nativeId,
    name: `the ${nativeId}`,
    realtimeTask: { ...toyTask('one', `${nativeId}-live`), detectorNativeId: nativeId, ...{ revision: 3 } },
    revision: 4,
    ...more,
  });

  it('tells the detectors with what comes along', async () => {
    rig.hub.steps = [
      step({ reset: true, added: [aDetector('a')], changed: [aDetector('b')], left: [aDetector('c')], forgotten: ['detector:one:d'] }),
    ];
    expect(
      await rig.watch(`subscription { detectorsChanged(filter: { highCardinality: true, text: "cpu" }, after: "c3", snapshot: false) {
        cursor reset synced added { name revision realtimeTask { state } backend { key } } changed { nativeId } left { nativeId } forgotten backends { key }
      } }`),
    ).toEqual([
      {
        data: {
          detectorsChanged: {
            cursor: 'c1',
            reset: true,
            synced: true,
            added: [{ name: 'the a', revision: 4, realtimeTask: { state: 'RUNNING' }, backend: { key: 'one' } }],
            changed: [{ nativeId: 'b' }],
            left: [{ nativeId: 'c' }],
            forgotten: ['detector:one:d'],
            backends: [],
          },
        },
      },
    ]);
    expect(rig.hub.asked).toMatchObject([
      { watch: 'detectors', filter: { highCardinality: true, text: 'cpu' }, options: { after: 'c3', snapshot: false } },
    ]);
    expect(optionsOf().fields).toContain('Detector.realtimeTask');
    // Looked at by the filter, selected by nobody.
    expect(optionsOf().fields).toContain('Detector.highCardinality');
  });

  it('refuses a bad filter with its place', async () => {
    const answer = await rig.watch('subscription { detectorsChanged(filter: { ids: ["job:one:a"] }) { cursor } }');
    expect('errors' in answer && codesOf(answer.errors)).toEqual(['INVALID_INPUT at detectorsChanged (filter.ids.0)']);
    expect(rig.hub.asked).toEqual([]);
  });
});

describe('nodeStatsUpdated', () => {
  const aNode = (nativeId: string): Revised<ClusterNode> => ({
    id: `node:one:${nativeId}`,
    backendKey: 'one',
    nativeId,
    name: `${nativeId}.example`,
    roles: ['ml'],
    metrics: null,
    rawMetrics: [{ name: 'load', text: '0.5', number: 0.5 }],
    models: [],
    revision: 2,
  });

  it('tells the nodes with their statistics, from what came with them', async () => {
    rig.hub.steps = [step({ reset: true, added: [aNode('n1')], changed: [aNode('n2')], forgotten: ['node:one:n3'] })];
    expect(
      await rig.watch(
        'subscription { nodeStatsUpdated(backend: "backend:one", after: "c1") { reset added { name roles rawMetrics { number } backend { key } } changed { nativeId } forgotten } }',
      ),
    ).toEqual([
      {
        data: {
          nodeStatsUpdated: {
            reset: true,
            added: [{ name: 'n1.example', roles: ['ml'], rawMetrics: [{ number: 0.5 }], backend: { key: 'one' } }],
            changed: [{ nativeId: 'n2' }],
            forgotten: ['node:one:n3'],
          },
        },
      },
    ]);
    expect(rig.hub.asked).toMatchObject([
      { watch: 'nodes', filter: { backendKey: 'one', nativeIds: undefined }, options: { after: 'c1', snapshot: true } },
    ]);
    expect(optionsOf().fields).toContain('NodeStats.rawMetrics');
    expect(rig.world('one').called()).toEqual([]);
  });

  it('watches the nodes named', async () => {
    await rig.watch('subscription { nodeStatsUpdated(backend: "backend:one", nodes: ["node:one:n1", "node:one:n2"]) { cursor } }');
    expect(rig.hub.asked).toMatchObject([{ filter: { backendKey: 'one', nativeIds: ['n1', 'n2'] } }]);
  });

  it.each([
    ['backend: "backend:nope"', 'NOT_FOUND at nodeStatsUpdated (backend)'],
    ['backend: "job:one:a"', 'INVALID_INPUT at nodeStatsUpdated (backend)'],
    ['backend: "backend:one", nodes: ["node:one:n1", "node:two:n2"]', 'INVALID_INPUT at nodeStatsUpdated (nodes.1)'],
    ['backend: "backend:one", nodes: ["job:one:a"]', 'INVALID_INPUT at nodeStatsUpdated (nodes.0)'],
  ])('refuses %s with its place', async (args, expected) => {
    const answer = await rig.watch(`subscription { nodeStatsUpdated(${args}) { cursor } }`);
    expect('errors' in answer && codesOf(answer.errors)).toEqual([expected]);
    expect(rig.hub.asked).toEqual([]);
  });
});

describe('backendsChanged', () => {
  it('tells whose health changed', async () => {
    rig.hub.steps = [step({ reset: true, backends: rig.backends.all })];
    expect(
      await rig.watch('subscription { backendsChanged(after: "c3") { cursor reset synced forgotten backends { id health { since } } } }'),
    ).toEqual([
      {
        data: {
          backendsChanged: {
            cursor: 'c1',
            reset: true,
            synced: true,
            forgotten: [],
            backends: [
              { id: 'backend:one', health: { since: '2023-11-14T22:13:20.000Z' } },
              { id: 'backend:two', health: { since: '2023-11-14T22:13:20.000Z' } },
            ],
          },
        },
      },
    ]);
    expect(rig.hub.asked).toEqual([{ watch: 'backends', filter: undefined, options: { after: 'c3' } }]);
  });
});
