import { beforeEach, describe, expect, it } from 'vitest';
import { VigilError } from '../../../src/errors.js';
import { codesOf, createGraphqlRig, type GraphqlRig } from '../../support/graphql-rig.js';
import { toyActions, toyTask } from '../../support/toy-vendor.js';

const down = new VigilError('BACKEND_UNAVAILABLE', 'two does not answer.', { backend: 'two' });
const forbidden = new VigilError('FORBIDDEN', 'The credentials may not do that.', { backend: 'one' });

let rig: GraphqlRig;
beforeEach(() => {
  rig = createGraphqlRig({ keys: ['one', 'two'], readOnly: ['two'] });
});

describe('one job', () => {
  it('tells everything its vendor told', async () => {
    const { id } = rig.world('one').addJob('a', {
      state: 'OPENED',
      stateReason: 'because',
      description: 'what for',
      groups: ['g'],
      owner: 'ada',
      startedAt: 1_000,
      lastActivityAt: 2_000,
      processed: { current: 9_007_199_254_740_991, maximum: null, unit: 'RECORDS' },
      node: { id: 'node:one:n1', backendKey: 'one', nativeId: 'n1', name: 'first', roles: ['ml'] },
      datafeed: {
        id: 'datafeed:one:f',
        backendKey: 'one',
        nativeId: 'f',
        state: 'STARTED',
        indices: ['logs-*'],
        frequencyMs: 5_000,
        searchInterval: { start: 0, end: 1 },
      },
    });
    const { data, errors } = await rig.run(
      `query($id: ID!) { job(id: $id) {
        id nativeId type state vendorState stateReason description groups owner createdAt startedAt finishedAt lastActivityAt
        processed { current maximum unit } node { id name roles backend { key } } allowedActions
        datafeed { id nativeId state vendorState indices frequencyMs queryDelayMs realtime searchInterval { start end } raw backend { key } }
        details { id raw ... on ToyJobDetails { colour tally { id marbleCount } } }
        backend { id vendor version }
      } }`,
      { id },
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      job: {
        id,
        nativeId: 'a',
        type: 'marble_run',
        state: 'OPENED',
        vendorState: 'closed',
        stateReason: 'because',
        description: 'what for',
        groups: ['g'],
        owner: 'ada',
        createdAt: '2023-11-14T22:13:20.000Z',
        startedAt: '1970-01-01T00:00:01.000Z',
        finishedAt: null,
        lastActivityAt: '1970-01-01T00:00:02.000Z',
        processed: { current: 9_007_199_254_740_991, maximum: null, unit: 'RECORDS' },
        node: { id: 'node:one:n1', name: 'first', roles: ['ml'], backend: { key: 'one' } },
        allowedActions: ['OPEN_JOB', 'RESET_JOB', 'DELETE_JOB'],
        datafeed: {
          id: 'datafeed:one:f',
          nativeId: 'f',
          state: 'STARTED',
          vendorState: null,
          indices: ['logs-*'],
          frequencyMs: 5_000,
          queryDelayMs: null,
          realtime: null,
          searchInterval: { start: '1970-01-01T00:00:00.000Z', end: '1970-01-01T00:00:00.001Z' },
          raw: null,
          backend: { key: 'one' },
        },
        details: { id: `${id}/details`, raw: { paint: 'red' }, colour: 'red', tally: { id: `${id}/tally`, marbleCount: 7 } },
        backend: { id: 'backend:one', vendor: 'TOY', version: '1.0' },
      },
    });
  });

  it('is null when there is none, also on a backend that is not configured', async () => {
    const { data, errors } = await rig.run('{ a: job(id: "job:one:none") { id } b: job(id: "job:nowhere:a") { id } }');
    expect([data, errors]).toEqual([{ a: null, b: null }, undefined]);
  });

  it('is null with an error while nobody knows', async () => {
    rig.world('two').failing.set('*', down);
    rig.world('one').addJob('a');
    rig.world('one').undetermined.set('b', forbidden);
    const { data, errors } = await rig.run(
      '{ dead: job(id: "job:two:a") { id } unknown: job(id: "job:one:b") { id } fine: job(id: "job:one:a") { nativeId } }',
    );
    expect(data).toEqual({ dead: null, unknown: null, fine: { nativeId: 'a' } });
    expect([...codesOf(errors)].sort()).toEqual(['BACKEND_UNAVAILABLE at dead', 'FORBIDDEN at unknown']);
  });

  it.each(['a', 'task:one:a', 'job:ONE:a', 'job:one:', 'job:one:a b', ''])('refuses "%s" with its place', async (id) => {
    const { data, errors } = await rig.run('query($id: ID!) { job(id: $id) { id } }', { id });
    expect([data, codesOf(errors)]).toEqual([{ job: null }, ['INVALID_INPUT at job (id)']]);
  });

  it('says why each part of it is missing, at that part', async () => {
    rig.world('one').addJob('a');
    rig.world('one').failing.set('discoverTasks', forbidden);
    const parts = (['STATE', 'STATISTICS', 'DATAFEEDS'] as const).map((part) => ({
      part,
      error: new VigilError('FORBIDDEN', `no ${part}`),
    }));
    const adapter = rig.backends.get('one').adapter;
    adapter.readJobs = async () => ({
      readings: new Map([['a', { status: 'found' as const, value: { id: 'job:one:a', backendKey: 'one', nativeId: 'a' } }]]),
      missing: parts,
    });
    const { data, errors } = await rig.run(
      '{ job(id: "job:one:a") { id state vendorState processed { current } node { id } datafeed { id } details { id } currentTask { id } } }',
    );
    expect(data).toEqual({
      job: {
        id: 'job:one:a',
        state: 'UNKNOWN',
        vendorState: null,
        processed: null,
        node: null,
        datafeed: null,
        details: null,
        currentTask: null,
      },
    });
    expect([...codesOf(errors)].sort()).toEqual(
      ['currentTask', 'datafeed', 'details', 'node', 'processed', 'vendorState'].map((field) => `FORBIDDEN at job.${field}`),
    );
  });

  it('does not take what its vendor has not got for a missing part', async () => {
    rig.world('one').addJob('a', { details: null, vendorState: null });
    rig.world('one').missing = [
      { part: 'DATAFEEDS', error: forbidden },
      { part: 'STATISTICS', error: forbidden },
    ];
    const { data, errors } = await rig.run('{ job(id: "job:one:a") { vendorState datafeed { id } details { id } processed { current } } }');
    expect([data, errors]).toEqual([{ job: { vendorState: null, datafeed: null, details: null, processed: null } }, undefined]);
  });
});

describe('one task', () => {
  it('is read by its native id, its job and parent beside it', async () => {
    rig.world('one').addJob('a');
    const { id } = rig.world('one').addTask('n:1', { jobNativeId: 'a', parentId: 'task:one:vigil~01' });
    rig.booked.push(toyTask('one', 'vigil', { id: 'task:one:vigil~01', nativeId: null }));
    const { data, errors } = await rig.run('query($id: ID!) { task(id: $id) { id job { nativeId } parent { id nativeId job { id } } } }', {
      id,
    });
    expect(errors).toBeUndefined();
    expect(data).toEqual({ task: { id, job: { nativeId: 'a' }, parent: { id: 'task:one:vigil~01', nativeId: null, job: null } } });
  });

  it('is null when nobody knows it, and an error while nobody can say', async () => {
    rig.world('two').failing.set('*', down);
    const { data, errors } = await rig.run(
      '{ a: task(id: "task:one:t") { id } b: task(id: "task:two:t") { id } c: task(id: "job:one:a") { id } d: task(id: "task:nowhere:a") { id } }',
    );
    expect(data).toEqual({ a: null, b: null, c: null, d: null });
    expect([...codesOf(errors)].sort()).toEqual(['BACKEND_UNAVAILABLE at b', 'INVALID_INPUT at c (id)']);
  });

  it('stands though its job cannot be read', async () => {
    rig.world('one').addTask('t', { jobNativeId: 'a' });
    rig.world('one').failing.set('readJobs', forbidden);
    const { data, errors } = await rig.run('{ task(id: "task:one:t") { nativeId job { id } } }');
    expect([data, codesOf(errors)]).toEqual([{ task: { nativeId: 't', job: null } }, ['FORBIDDEN at task.job']]);
  });
});

describe('backends', () => {
  it('are told from memory, in the order of the configuration', async () => {
    rig.world('one').version = null;
    const { data } = await rig.run(
      '{ backends { id key vendor version readOnly capabilities health { status since lastAnswerAt code message retryAfterMs } } }',
    );
    expect(data).toMatchObject({
      backends: [
        {
          id: 'backend:one',
          key: 'one',
          vendor: 'TOY',
          version: null,
          readOnly: false,
          health: {
            status: 'UP',
            since: '2023-11-14T22:13:20.000Z',
            lastAnswerAt: '2023-11-14T22:13:20.001Z',
            code: null,
            message: null,
            retryAfterMs: null,
          },
        },
        { id: 'backend:two', readOnly: true, capabilities: [...toyActions] },
      ],
    });
    expect(rig.world('one').called()).toEqual([]);
  });

  it('are found by id', async () => {
    const { data, errors } = await rig.run(
      '{ a: backend(id: "backend:two") { key } b: backend(id: "backend:nope") { key } c: backend(id: "two") { key } }',
    );
    expect([data, codesOf(errors)]).toEqual([{ a: { key: 'two' }, b: null, c: null }, ['INVALID_INPUT at c (id)']]);
  });
});

describe('anything by its id', () => {
  beforeEach(() => {
    rig.world('one').addJob('a');
    rig.world('one').addTask('t');
    rig.world('one').datafeeds.set('f', { id: 'datafeed:one:f', backendKey: 'one', nativeId: 'f' });
    rig.world('one').nodes.set('n', { id: 'node:one:n', backendKey: 'one', nativeId: 'n', roles: ['ml'] });
  });

  const document = `query($ids: [ID!]!) { nodes(ids: $ids) {
    __typename id
    ... on Backend { key }
    ... on Job { jobState: state }
    ... on Task { kind }
    ... on Datafeed { datafeedState: state indices }
    ... on NodeStats { roles name }
  } }`;

  it('is of every kind there is, in the order asked for', async () => {
    const ids = ['node:one:n', 'job:one:a', 'backend:two', 'datafeed:one:f', 'task:one:t', 'job:one:none'];
    const { data, errors } = await rig.run(document, { ids });
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({
      nodes: [
        { __typename: 'NodeStats', id: 'node:one:n', roles: ['ml'], name: null },
        { __typename: 'Job', jobState: 'CLOSED' },
        { __typename: 'Backend', key: 'two' },
        { __typename: 'Datafeed', datafeedState: 'UNKNOWN', indices: [] },
        { __typename: 'Task', kind: 'POLISH' },
        null,
      ],
    });
  });

  it('fails for itself alone', async () => {
    rig.world('two').failing.set('*', down);
    const { data, errors } = await rig.run(document, { ids: ['job:two:a', 'nonsense', 'job:one:a', 'job:nowhere:a'] });
    expect(data).toMatchObject({ nodes: [null, null, { __typename: 'Job' }, null] });
    expect([...codesOf(errors)].sort()).toEqual(['BACKEND_UNAVAILABLE at nodes.0', 'INVALID_INPUT at nodes.1 (ids.1)']);
  });

  it('costs one call for each backend and kind', async () => {
    for (const name of ['b', 'c']) rig.world('one').addJob(name);
    await rig.run(document, { ids: ['job:one:a', 'job:one:b', 'job:one:c', 'task:one:t', 'job:one:a'] });
    expect(rig.world('one').calls.map(({ member, ids }) => [member, ...ids])).toEqual([
      ['readJobs', 'a', 'b', 'c'],
      ['readTasks', 't'],
    ]);
  });

  it('is bounded', async () => {
    const ids = Array.from({ length: 501 }, (_, index) => `job:one:${index}`);
    expect(codesOf((await rig.run(document, { ids })).errors)).toEqual(['INVALID_INPUT at nodes (ids)']);
    expect((await rig.run(document, { ids: ids.slice(1) })).errors).toBeUndefined();
  });

  it('is found singly, too', async () => {
    const single = 'query($id: ID!) { node(id: $id) { __typename id } }';
    expect((await rig.run(single, { id: 'task:one:t' })).data).toMatchObject({ node: { __typename: 'Task' } });
    expect((await rig.run(single, { id: 'node:one:none' })).data).toEqual({ node: null });
    expect(codesOf((await rig.run(single, { id: 'nonsense' })).errors)).toEqual(['INVALID_INPUT at node (id)']);
  });
});
