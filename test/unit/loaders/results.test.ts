import { beforeEach, describe, expect, it } from 'vitest';
import { type Backend, type Backends, parseId } from '../../../src/domain/index.js';
import { VigilError } from '../../../src/errors.js';
import type { LoaderDependencies, Loaders } from '../../../src/loaders/index.js';
import { createLoaders } from '../../../src/loaders/index.js';
import { createGraphqlRig, type GraphqlRig } from '../../support/graphql-rig.js';
import { toyFrame, toyRows } from '../../support/toy-results.js';

let rig: GraphqlRig;
let loaders: Loaders;
let faults: unknown[];

const loadersOf = (more: Partial<LoaderDependencies> = {}): Loaders => {
  const { ledger, book } = rig.context();
  return createLoaders({
    ...{ backends: rig.backends, ledger, book, fields: new Set(), messagesFirst: 0 },
    signal: new AbortController().signal,
    requestId: 'req-7',
    report: (fault) => faults.push(fault),
    ...more,
  });
};

beforeEach(() => {
  rig = createGraphqlRig({ keys: ['one', 'two'], handingOver: ['one'] });
  faults = [];
  loaders = loadersOf();
  for (const native of ['7~a', '7~b']) {
    const kept = { receivedAt: 1, bytes: 2, entities: [toyFrame(native, 0, 3)], rows: new Map([[0, toyRows(3)]]) };
    rig.world('one').results.kept.set(native, kept);
  }
});

const reads = (): readonly string[] => rig.world('one').results.reads;

describe('reads of what is kept', () => {
  it('are made once for one id of a job or of its result, until cleared', async () => {
    const both = ['job:one:7~a', 'result:one:7~a'].map(parseId);
    const results = await Promise.all(both.map((id) => loaders.result(id)));
    expect(results.map((result) => result?.id)).toEqual(['result:one:7~a', 'result:one:7~a']);
    for (const id of both) await loaders.resultEntities(id, { withRaw: false });
    for (const id of both) await loaders.resultRows(id, 0, { from: 1, count: 1 });
    expect(reads()).toEqual(['result 7~a', 'entities 7~a', 'rows 7~a/0 1+1']);
    loaders.clear();
    await loaders.result(parseId('job:one:7~a'));
    expect(reads()).toHaveLength(4);
  });

  it('are apart for what differs', async () => {
    const [a, b] = ['job:one:7~a', 'job:one:7~b'].map(parseId);
    if (!a || !b) throw new TypeError('two ids were given');
    await Promise.all([loaders.resultEntities(a, { withRaw: false }), loaders.resultEntities(a, { withRaw: true })]);
    await Promise.all([loaders.resultEntities(b, { withRaw: false }), loaders.resultRows(a, 0, { from: 0, count: 1 })]);
    await Promise.all([loaders.resultRows(a, 0, { from: 0, count: 2 }), loaders.resultRows(a, 0, { from: 1, count: 1 })]);
    expect(reads()).toEqual(['entities 7~a', 'entities 7~a raw', 'entities 7~b', 'rows 7~a/0 0+1', 'rows 7~a/0 0+2', 'rows 7~a/0 1+1']);
  });

  it('are made one after the other, with time for others in between, and no more of them once nobody waits', async () => {
    const leaving = new AbortController();
    const course: string[] = [];
    const all = rig.backends.all.map((backend): Backend => {
      const { results } = backend;
      if (!results) return backend;
      const entities: typeof results.entities = async (native, options) => {
        course.push('begun');
        await new Promise((resolve) => setImmediate(resolve));
        course.push('ended');
        return results.entities(native, options);
      };
      return { ...backend, results: { ...results, entities } };
    });
    const { get } = rig.backends;
    const backends: Backends = { all, get: (key) => all.find((backend) => backend.key === key) ?? get(key) };
    loaders = loadersOf({ backends, signal: leaving.signal });
    const asked = ['7~a', '7~b', '7~c', '7~d'].map((native) => loaders.resultEntities(parseId(`job:one:${native}`), { withRaw: false }));
    await asked[1];
    leaving.abort();
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    expect(course).toEqual(['begun', 'ended', 'begun', 'ended']);
  });

  it('find nothing where nothing can be kept', async () => {
    for (const text of ['job:two:7', 'job:three:7']) {
      const id = parseId(text);
      expect(await loaders.result(id)).toBeNull();
      expect(await loaders.resultEntities(id, { withRaw: false })).toEqual([]);
      await expect(loaders.resultRows(id, 0, { from: 0, count: 1 })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });

  it('fail with what the store says, and a fault of it is reported', async () => {
    const { results } = rig.world('one');
    results.failure = new VigilError('BACKEND_UNAVAILABLE', 'The store is away.');
    await expect(loaders.result(parseId('job:one:7~a'))).rejects.toBe(results.failure);
    expect(faults).toEqual([]);
    results.failure = new TypeError('oops');
    await expect(loaders.result(parseId('job:one:7~b'))).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(faults).toEqual([results.failure]);
  });
});
