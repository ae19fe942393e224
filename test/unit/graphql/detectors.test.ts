import { beforeEach, describe, expect, it } from 'vitest';
import type { Detector, DetectorModel, Task } from '../../../src/domain/index.js';
import { VigilError } from '../../../src/errors.js';
import { codesOf, createGraphqlRig, type GraphqlRig } from '../../support/graphql-rig.js';
import { toyProfile } from '../../support/toy-detectors.js';
import { toyTask } from '../../support/toy-vendor.js';

const down = new VigilError('BACKEND_UNAVAILABLE', 'one does not answer.', { backend: 'one' });
const forbidden = new VigilError('FORBIDDEN', 'The credentials may not do that.', { backend: 'one' });

let rig: GraphqlRig;
beforeEach(() => {
  rig = createGraphqlRig({ keys: ['one', 'two', 'bare'], readOnly: ['two'] });
  for (const key of ['one', 'two']) {
    rig.world(key).hasDetectors = true;
    rig.world(key).remembersTasks = true;
  }
});

const runOf = (nativeId: string, facts: Partial<Task> = {}): Task =>
  toyTask('one', nativeId, { id: `task:one:${nativeId}`, detectorNativeId: 'd1', ...facts });

/** Runs a document that must not fail. */
const ask = async <T>(source: string, variables: Record<string, unknown> = {}): Promise<T> => {
  const { data, errors } = await rig.run(source, variables);
  expect(codesOf(errors)).toEqual([]);
  return data as T;
};
const calls = (key = 'one'): readonly string[] => rig.world(key).called();

describe('one detector', () => {
  it('tells everything its vendor told, in one call', async () => {
    const realtimeTask = runOf('rt', { startedBy: 'ada', jobNativeId: 'd1' });
    rig.world('one').addDetector('d1', { description: 'what for', highCardinality: true, categoryFields: ['host'], realtimeTask });
    const { detector } = await ask<{ detector: unknown }>(`{ detector(id: "detector:one:d1") {
      id nativeId name description highCardinality indices timeField categoryFields intervalMs windowDelayMs shingleSize
      features { id name enabled aggregationQuery } filterQuery resultIndex updatedAt revision backend { key }
      job { id state allowedActions } realtimeTask { id startedBy } historicalTask { id }
      allowedActions historical: allowedActions(run: HISTORICAL)
    } }`);
    expect(detector).toEqual({
      id: 'detector:one:d1',
      nativeId: 'd1',
      name: 'name of d1',
      description: 'what for',
      highCardinality: true,
      indices: ['marbles'],
      timeField: 'rolledAt',
      categoryFields: ['host'],
      intervalMs: 60_000,
      windowDelayMs: 1_000,
      shingleSize: 8,
      features: [
        { id: 'detector:one:d1/features/f1', name: 'speed', enabled: true, aggregationQuery: { speed: { avg: { field: 'speed' } } } },
      ],
      filterQuery: { match_all: {} },
      resultIndex: null,
      updatedAt: '2023-11-14T22:13:20.000Z',
      revision: expect.any(Number),
      backend: { key: 'one' },
      job: { id: 'job:one:d1', state: 'CLOSED', allowedActions: ['OPEN_JOB'] },
      realtimeTask: { id: 'task:one:rt', startedBy: 'ada' },
      historicalTask: null,
      allowedActions: ['START_DETECTOR'],
      historical: ['START_DETECTOR'],
    });
    expect(calls()).toEqual(['detectors.read']);
  });

  it('shows what could not be read by values that say so', async () => {
    rig.world('one').detectors.set('d1', { id: 'detector:one:d1', backendKey: 'one', nativeId: 'd1' });
    expect(
      await ask(
        '{ detector(id: "detector:one:d1") { name description highCardinality indices features { id } updatedAt realtimeTask { id } allowedActions } }',
      ),
    ).toEqual({
      detector: {
        name: '',
        description: null,
        highCardinality: false,
        indices: [],
        features: [],
        updatedAt: null,
        realtimeTask: null,
        allowedActions: [],
      },
    });
  });

  it('allows nothing on a read-only backend', async () => {
    rig.world('two').addDetector('d1');
    expect(await ask('{ detector(id: "detector:two:d1") { allowedActions(run: HISTORICAL) job { allowedActions } } }')).toEqual({
      detector: { allowedActions: [], job: { allowedActions: [] } },
    });
  });

  it.each([
    ['detector:one:none', []],
    ['detector:bare:d1', []],
    ['detector:three:d1', []],
    ['job:one:d1', ['INVALID_INPUT at detector (id)']],
    ['d1', ['INVALID_INPUT at detector (id)']],
  ])('is null for %s', async (id, codes) => {
    const { data, errors } = await rig.run('query($id: ID!) { detector(id: $id) { id } }', { id });
    expect([data, codesOf(errors)]).toEqual([{ detector: null }, codes]);
  });

  it('is null with an error while nobody can say', async () => {
    rig.world('one').failing.set('detectors.read', down);
    const { data, errors } = await rig.run('{ detector(id: "detector:one:d1") { id } }');
    expect([data, codesOf(errors)]).toEqual([{ detector: null }, ['BACKEND_UNAVAILABLE at detector']]);
  });

  it('is fetched again by its id, many in one call for each backend', async () => {
    for (const name of ['d1', 'd2']) rig.world('one').addDetector(name);
    rig.world('two').addDetector('d1');
    const answer = await ask(
      '{ node(id: "detector:one:d1") { __typename id } nodes(ids: ["detector:one:d2", "detector:two:d1", "detector:bare:d1"]) { __typename ... on Detector { name } } }',
    );
    expect(answer).toEqual({
      node: { __typename: 'Detector', id: 'detector:one:d1' },
      nodes: [{ __typename: 'Detector', name: 'name of d2' }, { __typename: 'Detector', name: 'name of d1' }, null],
    });
    expect([calls(), calls('two'), calls('bare')]).toEqual([['detectors.read'], ['detectors.read'], []]);
  });

  it('says why its latest tasks are missing', async () => {
    const { realtimeTask: _task, ...rest } = rig.world('one').addDetector('d1');
    rig.world('one').detectors.set('d1', rest);
    rig.world('one').missing = [{ part: 'TASKS', error: forbidden }];
    const { data, errors } = await rig.run('{ detector(id: "detector:one:d1") { name realtimeTask { id } historicalTask { id } } }');
    expect(data).toEqual({ detector: { name: 'name of d1', realtimeTask: null, historicalTask: null } });
    expect(codesOf(errors)).toEqual(['FORBIDDEN at detector.realtimeTask']);
  });
});

describe('a detector and its job', () => {
  it('come with each other', async () => {
    const { job: _job, ...detector } = rig.world('one').addDetector('d1');
    rig.world('one').addJob('d1', { id: 'job:one:d1', state: 'OPENED', detector });
    rig.world('one').addJob('other', { detector: null });
    expect(await ask('{ jobs { nodes { state detector { name job { state detector { nativeId } } } } } }')).toEqual({
      jobs: {
        nodes: [
          { state: 'OPENED', detector: { name: 'name of d1', job: { state: 'OPENED', detector: { nativeId: 'd1' } } } },
          { state: 'CLOSED', detector: null },
        ],
      },
    });
    expect(calls()).toEqual(['listJobs']);
  });

  it('of a product without detectors have none, and nothing is asked', async () => {
    rig.world('bare').addJob('a');
    expect(await ask('{ jobs(filter: { backends: ["backend:bare"] }) { nodes { detector { id } } } }')).toEqual({
      jobs: { nodes: [{ detector: null }] },
    });
    expect(calls('bare')).toEqual(['listJobs']);
  });

  it('are read for all rows together where they did not come along', async () => {
    for (const name of ['d1', 'd2']) {
      const { job: _job, ...rest } = rig.world('one').addDetector(name);
      rig.world('one').detectors.set(name, rest);
      rig.world('one').addJob(name, { id: `job:one:${name}` });
    }
    expect(await ask('{ detectors { nodes { job { state } } } }')).toEqual({
      detectors: { nodes: [{ job: { state: 'CLOSED' } }, { job: { state: 'CLOSED' } }] },
    });
    expect(rig.world('one').calls.map(({ member, ids }) => [member, ...ids])).toEqual([['detectors.list'], ['readJobs', 'd1', 'd2']]);
    rig.world('one').calls.length = 0;
    expect(await ask('{ jobs { nodes { detector { nativeId } } } }')).toEqual({
      jobs: { nodes: [{ detector: { nativeId: 'd1' } }, { detector: { nativeId: 'd2' } }] },
    });
    expect(rig.world('one').calls.map(({ member, ids }) => [member, ...ids])).toEqual([['listJobs'], ['detectors.read', 'd1', 'd2']]);
  });

  it('fail apart in a list', async () => {
    rig.world('one').addJob('d1', { id: 'job:one:d1' });
    rig.world('one').failing.set('detectors.read', forbidden);
    expect(await ask('{ jobs { unavailable { part code } nodes { nativeId detector { id } } } }')).toEqual({
      jobs: { unavailable: [{ part: 'STATE', code: 'FORBIDDEN' }], nodes: [{ nativeId: 'd1', detector: null }] },
    });
    const { job: _job, ...rest } = rig.world('one').addDetector('d1');
    rig.world('one').detectors.set('d1', rest);
    rig.world('one').failing.set('readJobs', forbidden);
    expect(await ask('{ detectors { unavailable { part code } nodes { nativeId job { id state } } } }')).toEqual({
      detectors: {
        unavailable: [{ part: 'STATE', code: 'FORBIDDEN' }],
        nodes: [{ nativeId: 'd1', job: { id: 'job:one:d1', state: 'UNKNOWN' } }],
      },
    });
  });
});

const list = `
  query($filter: DetectorFilter, $orderBy: DetectorOrder, $first: Int, $after: String) {
    detectors(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
      totalCount liveCursor
      unavailable { part code backend { key } }
      nodes { nativeId backend { key } }
      edges { cursor node { nativeId } }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }
`;
interface ListAnswer {
  readonly totalCount: number | null;
  readonly nodes: readonly { readonly nativeId: string; readonly backend: { readonly key: string } }[];
  readonly pageInfo: { readonly endCursor: string | null };
}
const askList = async (variables: Record<string, unknown> = {}): Promise<ListAnswer> =>
  (await ask<{ detectors: ListAnswer }>(list, variables)).detectors;
const names = ({ nodes }: ListAnswer): string => nodes.map(({ nativeId }) => nativeId).join(' ');

describe('a list of detectors', () => {
  beforeEach(() => {
    const add = (key: string, nativeId: string, facts: Partial<Detector>) => rig.world(key).addDetector(nativeId, facts);
    add('one', 'd1', { name: 'zebra', updatedAt: 3, realtimeTask: runOf('t1', { state: 'RUNNING' }), indices: ['logs', 'more'] });
    add('one', 'd2', { name: 'ant', updatedAt: null, historicalTask: runOf('t2', { state: 'FAILED' }), description: 'Counts LEGS' });
    add('two', 'd3', { name: 'mole', updatedAt: 1, highCardinality: true, indices: ['logs'] });
  });

  it('joins all backends that have detectors, by name', async () => {
    const answer = await askList();
    expect(names(answer)).toBe('d2 d3 d1');
    expect(answer).toMatchObject({ totalCount: 3, unavailable: [], liveCursor: 'live-1', edges: [{ node: { nativeId: 'd2' } }, {}, {}] });
    expect([calls(), calls('two'), calls('bare')]).toEqual([['detectors.list'], ['detectors.list'], []]);
  });

  it.each([
    [{ ids: ['detector:one:d1', 'detector:two:d3', 'detector:two:none'] }, 'd3 d1'],
    [{ backends: ['backend:two'] }, 'd3'],
    [{ backends: ['backend:bare'] }, ''],
    [{ vendors: ['TOY'] }, 'd2 d3 d1'],
    [{ realtimeStates: ['RUNNING', 'FAILED'] }, 'd1'],
    [{ historicalStates: ['RUNNING', 'FAILED'] }, 'd2'],
    [{ highCardinality: true }, 'd3'],
    [{ highCardinality: false }, 'd2 d1'],
    [{ indices: ['logs'] }, 'd3 d1'],
    [{ indices: ['log*'] }, ''],
    [{ text: 'legs' }, 'd2'],
    [{ text: 'ZEB' }, 'd1'],
    [{ text: 'd3' }, 'd3'],
    [{ text: null, ids: null, highCardinality: null }, 'd2 d3 d1'],
    [{ vendors: [] }, ''],
  ])('filtered by %j is "%s"', async (filter, expected) => {
    expect(names(await askList({ filter }))).toBe(expected);
  });

  it('asks the vendor for as much of the filter as it may be asked', async () => {
    await askList({
      filter: { indices: ['logs'], highCardinality: false, text: 'z', realtimeStates: ['RUNNING'], backends: ['backend:one'] },
    });
    expect(rig.world('one').slices).toEqual([{ indices: ['logs'], highCardinality: false, text: 'z' }]);
    expect([...(rig.world('one').calls[0]?.fields ?? [])]).toEqual(
      expect.arrayContaining([
        'Detector.realtimeTask',
        'Detector.indices',
        'Detector.highCardinality',
        'Detector.name',
        'Detector.description',
      ]),
    );
  });

  it('asks by id only what the filter names', async () => {
    await askList({ filter: { ids: ['detector:one:d1', 'detector:bare:d1'] } });
    expect(rig.world('one').calls.map(({ member, ids }) => [member, ...ids])).toEqual([['detectors.read', 'd1']]);
    expect([calls('two'), calls('bare')]).toEqual([[], []]);
  });

  it.each([
    [{ field: 'NAME', direction: 'DESC' }, 'd1 d3 d2'],
    [{ field: 'ID' }, 'd1 d2 d3'],
    [{ field: 'UPDATED_AT' }, 'd3 d1 d2'],
    [{ field: 'UPDATED_AT', direction: 'DESC' }, 'd1 d3 d2'],
    [null, 'd2 d3 d1'],
  ])('ordered by %j is "%s"', async (orderBy, expected) => {
    expect(names(await askList({ orderBy }))).toBe(expected);
  });

  it('turns page by page', async () => {
    const first = await askList({ first: 2 });
    expect([names(first), first.pageInfo]).toEqual(['d2 d3', expect.objectContaining({ hasNextPage: true, hasPreviousPage: false })]);
    const second = await askList({ first: 2, after: first.pageInfo.endCursor });
    expect([names(second), second.pageInfo]).toEqual(['d1', expect.objectContaining({ hasNextPage: false, hasPreviousPage: true })]);
  });

  it('has one entry for a backend that fails, also on later pages', async () => {
    rig.world('one').failing.set('*', forbidden);
    rig.world('two').addDetector('d4', { name: 'yak' });
    const first = await askList({ first: 1 });
    expect(first).toMatchObject({ totalCount: 2, unavailable: [{ part: 'ALL', code: 'FORBIDDEN', backend: { key: 'one' } }] });
    rig.world('one').failing.clear();
    const second = await askList({ first: 1, after: first.pageInfo.endCursor });
    expect([names(second), second]).toEqual(['d4', expect.objectContaining({ unavailable: [expect.objectContaining({ part: 'ALL' })] })]);
  });

  it('names the parts that are missing, and leaves them null', async () => {
    const { realtimeTask: _task, ...rest } = rig.world('one').addDetector('d1');
    rig.world('one').detectors.set('d1', rest);
    rig.world('one').missing = [{ part: 'TASKS', error: forbidden }];
    expect(
      await ask('{ detectors(filter: { ids: ["detector:one:d1"] }) { unavailable { part code } nodes { realtimeTask { id } } } }'),
    ).toEqual({ detectors: { unavailable: [{ part: 'TASKS', code: 'FORBIDDEN' }], nodes: [{ realtimeTask: null }] } });
  });

  it.each([
    [{ filter: { ids: ['job:one:d1'] } }, 'INVALID_INPUT at detectors (filter.ids.0)'],
    [{ filter: { backends: ['backend:nope'] } }, 'NOT_FOUND at detectors (filter.backends.0)'],
    [{ first: 501 }, 'INVALID_INPUT at detectors (first)'],
    [{ after: 'x' }, 'INVALID_INPUT at detectors (after)'],
  ])('refuses %j with its place', async (variables, expected) => {
    expect(codesOf((await rig.run(list, variables)).errors)).toEqual([expected]);
  });

  it.each([
    ['ids', 'detector:one:d1'],
    ['backends', 'backend:one'],
    ['vendors', 'TOY'],
    ['realtimeStates', 'RUNNING'],
    ['historicalStates', 'RUNNING'],
    ['indices', 'logs'],
  ])('is filtered by 500 %s and no more', async (name, value) => {
    const of = (length: number) => rig.run(list, { filter: { [name]: Array.from({ length }, () => value) } });
    expect(codesOf((await of(500)).errors)).toEqual([]);
    expect(codesOf((await of(501)).errors)).toEqual([`INVALID_INPUT at detectors (filter.${name})`]);
  });
});

describe('a hundred detectors with their job and their runs', () => {
  const add = (): void => {
    for (let index = 0; index < 100; index += 1) {
      const name = `d${index}`;
      const run = (kind: string) => runOf(`${kind}-${name}`, { detectorNativeId: name, jobNativeId: kind === 'rt' ? name : null });
      rig.world('one').addDetector(name, { realtimeTask: run('rt'), historicalTask: run('h') });
    }
  };

  it('cost the one call that lists them', async () => {
    add();
    const { detectors } = await ask<{ detectors: { readonly nodes: readonly object[] } }>(`
      query { detectors(first: 100) { nodes { ...Row } } }
      fragment Row on Detector {
        job { state detector { name } }
        realtimeTask { state detector { name } }
        historicalTask { state detector { historicalTask { state } } }
        allowedActions
      }
    `);
    expect(detectors.nodes).toHaveLength(100);
    expect(new Set(detectors.nodes.map((row) => JSON.stringify(row))).size).toBe(100);
    expect(calls()).toEqual(['detectors.list']);
    expect([...(rig.world('one').calls[0]?.fields ?? [])]).toEqual(
      expect.arrayContaining([
        'Detector.job',
        'Job.state',
        'Detector.realtimeTask',
        'Detector.historicalTask',
        'Task.state',
        'Detector.name',
      ]),
    );
  });

  it('cost one call more for the job of every run, not one each', async () => {
    add();
    for (let index = 0; index < 100; index += 1) rig.world('one').addJob(`d${index}`, { id: `job:one:d${index}`, state: 'OPENED' });
    await ask('{ detectors(first: 100) { nodes { realtimeTask { job { state } } } } }');
    expect(calls()).toEqual(['detectors.list', 'readJobs']);
  });
});

const model = (facts: Partial<DetectorModel> = {}): DetectorModel => ({
  modelId: 'm1',
  type: 'rcf',
  detectorNativeId: 'd1',
  nodeId: 'n1',
  sizeBytes: 9_007_199_254_740_991,
  entity: [{ name: 'host', value: 'red' }],
  lastUsedAt: 1_000,
  lastCheckpointAt: null,
  ...facts,
});

describe('the profile of a detector', () => {
  const addProfile = (name: string): void => {
    const facts = { vendorState: 'RUNNING', coordinatingNodeId: 'n1', totalBytes: 7, initProgress: 0.5, modelCount: 2 };
    rig.world('one').profiles.set(name, toyProfile(rig.world('one').addDetector(name), { ...facts, models: [model()] }));
    rig.world('one').nodes.set('n1', { id: 'node:one:n1', backendKey: 'one', nativeId: 'n1', name: 'first', roles: [] });
  };

  it('costs a call of its own, and one for all nodes it names', async () => {
    addProfile('d1');
    expect(
      await ask(`{ detector(id: "detector:one:d1") { profile {
        id vendorState error totalBytes initProgress estimatedMinutesLeft neededShingles totalEntities activeEntities modelCount
        taskSlots pendingEntities runningEntities raw coordinatingNode { id nativeId name }
        models { modelId type sizeBytes entity { name value } lastUsedAt lastCheckpointAt node { name } detector { name } }
      } } }`),
    ).toEqual({
      detector: {
        profile: {
          id: 'detector:one:d1/profile',
          vendorState: 'RUNNING',
          error: null,
          totalBytes: 7,
          initProgress: 0.5,
          estimatedMinutesLeft: null,
          neededShingles: null,
          totalEntities: null,
          activeEntities: null,
          modelCount: 2,
          taskSlots: null,
          pendingEntities: null,
          runningEntities: null,
          raw: null,
          coordinatingNode: { id: 'node:one:n1', nativeId: 'n1', name: 'first' },
          models: [
            {
              modelId: 'm1',
              type: 'rcf',
              sizeBytes: 9_007_199_254_740_991,
              entity: [{ name: 'host', value: 'red' }],
              lastUsedAt: '1970-01-01T00:00:01.000Z',
              lastCheckpointAt: null,
              node: { name: 'first' },
              detector: { name: 'name of d1' },
            },
          ],
        },
      },
    });
    expect(calls()).toEqual(['detectors.read', 'detectors.readProfile', 'readNodes']);
  });

  it('is an error of its own field for one detector', async () => {
    rig.world('one').addDetector('d1');
    rig.world('one').failing.set('detectors.readProfile', forbidden);
    const { data, errors } = await rig.run('{ detector(id: "detector:one:d1") { name profile { id } } }');
    expect([data, codesOf(errors)]).toEqual([{ detector: { name: 'name of d1', profile: null } }, ['FORBIDDEN at detector.profile']]);
  });

  it('is null in the rows of a list that cannot read it, which says why once', async () => {
    for (const name of ['d1', 'd2']) rig.world('one').addDetector(name);
    rig.world('one').failing.set('detectors.readProfile', forbidden);
    rig.world('one').failing.set('detectors.readEntityProfile', forbidden);
    expect(
      await ask(
        '{ detectors { unavailable { part code } nodes { profile { id } entityProfile(entity: [{ name: "host", value: "red" }]) { id } } } }',
      ),
    ).toEqual({
      detectors: {
        unavailable: [{ part: 'PROFILE', code: 'FORBIDDEN' }],
        nodes: [
          { profile: null, entityProfile: null },
          { profile: null, entityProfile: null },
        ],
      },
    });
  });

  it('is read once for each row of a list, its nodes once for all, and a node that cannot be read is said', async () => {
    for (const name of ['d1', 'd2']) addProfile(name);
    rig.world('one').failing.set('readNodes', forbidden);
    const row = { profile: { coordinatingNode: { nativeId: 'n1', name: null } } };
    expect(await ask('{ detectors { unavailable { part } nodes { profile { coordinatingNode { nativeId name } } } } }')).toEqual({
      detectors: { unavailable: [{ part: 'STATISTICS' }], nodes: [row, row] },
    });
    expect(calls()).toEqual(['detectors.list', 'detectors.readProfile', 'detectors.readProfile', 'readNodes']);
  });

  it('needs no call for a node of which only the id is wanted', async () => {
    addProfile('d1');
    expect(await ask('{ detector(id: "detector:one:d1") { profile { coordinatingNode { id backend { key } } } } }')).toMatchObject({
      detector: { profile: { coordinatingNode: { id: 'node:one:n1', backend: { key: 'one' } } } },
    });
    expect(calls()).toEqual(['detectors.read', 'detectors.readProfile']);
  });
});

describe('the profile of an entity', () => {
  it('is that of the values given, each read once', async () => {
    rig.world('one').addDetector('d1');
    rig.world('one').entityProfiles.set('d1/red', {
      id: 'detector:one:d1/entities/abc',
      vendorState: 'RUNNING',
      active: true,
      lastActiveAt: 1_000,
      lastSampleAt: null,
      initProgress: null,
      estimatedMinutesLeft: null,
      neededShingles: null,
      model: model({ nodeId: null, detectorNativeId: null }),
    });
    const entity = '(entity: [{ name: "host", value: "red" }])';
    expect(
      await ask(
        `{ detector(id: "detector:one:d1") { entityProfile${entity} { id active lastActiveAt model { modelId node { id } detector { id } } } again: entityProfile${entity} { vendorState raw } } }`,
      ),
    ).toEqual({
      detector: {
        entityProfile: {
          id: 'detector:one:d1/entities/abc',
          active: true,
          lastActiveAt: '1970-01-01T00:00:01.000Z',
          model: { modelId: 'm1', node: null, detector: null },
        },
        again: { vendorState: 'RUNNING', raw: null },
      },
    });
    expect(rig.world('one').calls.map(({ member, ids }) => [member, ...ids])).toEqual([
      ['detectors.read', 'd1'],
      ['detectors.readEntityProfile', 'd1', 'red'],
    ]);
  });

  it('is null where the vendor knows no such entity: nothing is missing, neither for one detector nor in a list', async () => {
    for (const name of ['d1', 'd2']) rig.world('one').addDetector(name);
    rig.world('one').failing.set('detectors.readEntityProfile', new VigilError('NOT_FOUND', 'The detector has no such entity.'));
    const entityProfile = 'entityProfile(entity: [{ name: "host", value: "red" }]) { id }';
    expect(
      await ask(
        `{ detector(id: "detector:one:d1") { name ${entityProfile} } detectors { unavailable { part } nodes { ${entityProfile} } } }`,
      ),
    ).toEqual({
      detector: { name: 'name of d1', entityProfile: null },
      detectors: { unavailable: [], nodes: [{ entityProfile: null }, { entityProfile: null }] },
    });
  });

  it('needs a value', async () => {
    rig.world('one').addDetector('d1');
    const { errors } = await rig.run('{ detector(id: "detector:one:d1") { entityProfile(entity: []) { id } } }');
    expect(codesOf(errors)).toEqual(['INVALID_INPUT at detector.entityProfile (entity)']);
  });
});

describe('the anomalies of a detector', () => {
  const anomalies = `{ detectors { nodes { anomalies(filter: { minScore: 0.5 }, first: 1) {
    totalCount unavailable { part code } nodes { id score } pageInfo { hasNextPage }
  } } } }`;

  it('are those of both its runs', async () => {
    rig.world('one').addDetector('d1');
    const found = (id: string) => ({
      ...{ id: `detector:one:d1/anomalies/${id}`, startAt: 0, endAt: 1, score: 0.9, confidence: 0.8, entity: [], functionName: null },
      ...{ fieldName: null, actual: [1], typical: [2], interim: false },
    });
    rig.world('one').anomalies.set('d1', [found('a'), found('b')]);
    expect(await ask(anomalies)).toEqual({
      detectors: {
        nodes: [
          {
            anomalies: {
              totalCount: 2,
              unavailable: [],
              nodes: [{ id: 'detector:one:d1/anomalies/a', score: 0.9 }],
              pageInfo: { hasNextPage: true },
            },
          },
        ],
      },
    });
    expect(rig.world('one').slices.at(-1)).toEqual({ minScore: 0.5, skip: 0, first: 1 });
  });

  it('are none, with the reason, when they cannot be read', async () => {
    rig.world('one').addDetector('d1');
    rig.world('one').failing.set('detectors.readAnomalies', forbidden);
    expect(await ask(anomalies)).toMatchObject({
      detectors: { nodes: [{ anomalies: { totalCount: null, unavailable: [{ part: 'ANOMALIES', code: 'FORBIDDEN' }], nodes: [] } }] },
    });
  });
});
