import { beforeEach, describe, expect, it } from 'vitest';
import { type GlobalId, type JobMessage, parseId } from '../../../src/domain/index.js';
import { VigilError } from '../../../src/errors.js';
import { createLoaders, type Loaders } from '../../../src/loaders/index.js';
import { createGraphqlRig, type GraphqlRig } from '../../support/graphql-rig.js';

const id = (text: string): GlobalId => parseId(text);
const down = new VigilError('BACKEND_UNAVAILABLE', 'one does not answer.', { backend: 'one' });
const aMessage = (message: string): JobMessage => ({ at: 0, level: 'info', message, nodeName: null });

let rig: GraphqlRig;
let loaders: Loaders;
let faults: unknown[];

beforeEach(() => {
  rig = createGraphqlRig({ keys: ['one', 'two'] });
  faults = [];
  loaders = createLoaders({
    backends: rig.backends,
    ledger: {
      stampJobs: () => [],
      stampTasks: () => [],
      stampDetectors: () => [],
      newestJobs: (jobs) => jobs,
      newestTasks: (tasks) => tasks,
      newestDetectors: (detectors) => detectors,
      unfinishedTasks: () => [],
      agreed: async () => undefined,
    },
    book: { tasksOf: () => [], find: () => undefined },
    fields: new Set(['NodeStats.roles']),
    messagesFirst: 2,
    signal: new AbortController().signal,
    requestId: 'req-7',
    report: (fault) => faults.push(fault),
  });
});

describe('messages', () => {
  it('cost one call for each backend, however many jobs, and are paired by job', async () => {
    rig.world('one').messages.set('a', ['3', '2', '1'].map(aMessage));
    rig.world('two').messages.set('a', [aMessage('of two')]);
    const read = await Promise.all(['job:one:a', 'job:one:b', 'job:two:a', 'job:one:a'].map((text) => loaders.messages(id(text))));
    expect(read.map((lines) => lines.map(({ message }) => message))).toEqual([['3', '2'], [], ['of two'], ['3', '2']]);
    expect(rig.world('one').calls).toMatchObject([{ member: 'readJobMessages', ids: ['a', 'b'], requestId: 'req-7' }]);
    expect(rig.world('one').slices).toEqual([{ first: 2 }]);
  });

  it('fail for the jobs of that backend alone', async () => {
    rig.world('one').failing.set('readJobMessages', down);
    const [a, b, c] = await Promise.allSettled(['job:one:a', 'job:one:b', 'job:two:c'].map((text) => loaders.messages(id(text))));
    expect([a, b, c].map((each) => each?.status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(a).toMatchObject({ reason: down });
  });

  it('of a backend that is not configured are none', async () => {
    expect(await loaders.messages(id('job:three:a'))).toEqual([]);
  });
});

describe('nodes', () => {
  it('are listed once, and not read by id afterwards', async () => {
    rig.world('one').nodes.set('n1', { id: 'node:one:n1', backendKey: 'one', nativeId: 'n1', roles: ['ml'] });
    await Promise.all([loaders.nodes('one'), loaders.nodes('one')]);
    expect(await loaders.node(id('node:one:n1'))).toMatchObject({ roles: ['ml'] });
    expect(rig.world('one').called()).toEqual(['listNodes']);
  });

  it('say which parts they lack', async () => {
    rig.world('one').missing = [{ part: 'STATISTICS', error: down }];
    expect((await loaders.nodes('one')).missing).toEqual([{ part: 'STATISTICS', error: down }]);
    expect(loaders.missing('one')).toEqual([{ part: 'STATISTICS', error: down }]);
  });
});

describe('what is read for one job or one cluster', () => {
  const reads: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['readAnomalies', () => loaders.anomalies(id('job:one:a'), { skip: 0, first: 1 })],
    ['readModelSnapshots', () => loaders.modelSnapshots(id('job:one:a'), { skip: 0, first: 1 })],
    ['readClusterStats', () => loaders.clusterStats('one')],
    ['listNodes', () => loaders.nodes('one')],
  ];

  it.each(reads)('%s throws what its adapter throws', async (member, read) => {
    rig.world('one').failing.set(member, down);
    await expect(read()).rejects.toBe(down);
    expect(faults).toEqual([]);
  });

  it.each(reads)('%s throws INTERNAL for a fault, which the log is told of', async (member, read) => {
    const fault = new RangeError('boom');
    rig.world('one').failing.set(member, fault);
    await expect(read()).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(faults).toEqual([fault]);
  });

  it('throws NOT_FOUND for a backend that is not configured', async () => {
    await expect(loaders.clusterStats('three')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(loaders.anomalies(id('job:three:a'), { skip: 0, first: 1 })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is read again once everything is forgotten', async () => {
    const everything = async (): Promise<void> => {
      await Promise.all([
        loaders.messages(id('job:one:a')),
        loaders.nodes('one'),
        loaders.clusterStats('one'),
        loaders.clusterStats('one'),
      ]);
    };
    await everything();
    await everything();
    expect([...rig.world('one').called()].sort()).toEqual(['listNodes', 'readClusterStats', 'readJobMessages']);
    loaders.clear();
    await everything();
    expect(rig.world('one').called()).toHaveLength(6);
  });
});
