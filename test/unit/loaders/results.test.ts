import { beforeEach, describe, expect, it } from 'vitest';
import { parseId } from '../../../src/domain/index.js';
import { VigilError } from '../../../src/errors.js';
import type { Loaders } from '../../../src/loaders/index.js';
import { createLoaders } from '../../../src/loaders/index.js';
import { createGraphqlRig, type GraphqlRig } from '../../support/graphql-rig.js';
import { toyFrame, toyRows } from '../../support/toy-results.js';

let rig: GraphqlRig;
let loaders: Loaders;
let faults: unknown[];

beforeEach(() => {
  rig = createGraphqlRig({ keys: ['one', 'two'], handingOver: ['one'] });
  faults = [];
  const { ledger, book } = rig.context();
  loaders = createLoaders({
    ...{ backends: rig.backends, ledger, book, fields: new Set(), messagesFirst: 0 },
    signal: new AbortController().signal,
    requestId: 'req-7',
    report: (fault) => faults.push(fault),
  });
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
