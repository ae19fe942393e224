import { beforeEach, describe, expect, it } from 'vitest';
import { type Detector, type GlobalId, parseId, type Revised, type Task } from '../../../src/domain/index.js';
import { VigilError } from '../../../src/errors.js';
import { createLoaders, type Loaders } from '../../../src/loaders/index.js';
import { createGraphqlRig, type GraphqlRig } from '../../support/graphql-rig.js';
import { toyDetector, toyProfile } from '../../support/toy-detectors.js';
import { toyTask } from '../../support/toy-vendor.js';

const id = (text: string): GlobalId => parseId(text);
const down = new VigilError('BACKEND_UNAVAILABLE', 'one does not answer.', { backend: 'one' });
const fields = new Set(['Detector.name', 'Detector.job', 'Detector.realtimeTask', 'Detector.historicalTask', 'Job.state', 'Job.detector']);

let rig: GraphqlRig;
let loaders: Loaders;
let faults: unknown[];

beforeEach(() => {
  rig = createGraphqlRig({ keys: ['one', 'two', 'bare'] });
  for (const key of ['one', 'two']) {
    rig.world(key).hasDetectors = true;
    rig.world(key).remembersTasks = true;
  }
  faults = [];
  const { ledger, book } = rig.context();
  loaders = createLoaders({
    ...{ backends: rig.backends, ledger, book, fields, messagesFirst: 0, signal: new AbortController().signal },
    ...{ requestId: 'req-7', report: (fault: unknown) => faults.push(fault) },
  });
});

const run = (nativeId: string, facts: Partial<Task> = {}): Task =>
  toyTask('one', nativeId, { id: `task:one:${nativeId}`, detectorNativeId: 'd1', ...facts });
const asked = (): readonly (readonly string[])[] => rig.world('one').calls.map(({ member, ids }) => [member, ...ids]);

describe('detectors', () => {
  it('asked for in one tick cost one call for each backend', async () => {
    for (const name of ['d1', 'd2']) rig.world('one').addDetector(name);
    rig.world('two').addDetector('d1');
    const found = await Promise.all(
      ['one:d1', 'two:d1', 'one:d2', 'one:d9', 'bare:d1', 'three:d1'].map((each) => loaders.detector(id(`detector:${each}`))),
    );
    expect(found.map((each) => each?.id)).toEqual([
      'detector:one:d1',
      'detector:two:d1',
      'detector:one:d2',
      undefined,
      undefined,
      undefined,
    ]);
    expect([asked(), rig.world('two').called(), rig.world('bare').called()]).toEqual([
      [['detectors.read', 'd1', 'd2', 'd9']],
      ['detectors.read'],
      [],
    ]);
  });

  it('throw what kept one of them from being read', async () => {
    rig.world('one').addDetector('d1');
    rig.world('one').undetermined.set('d2', down);
    const settled = await Promise.allSettled([loaders.detector(id('detector:one:d1')), loaders.detector(id('detector:one:d2'))]);
    expect(settled).toMatchObject([
      { status: 'fulfilled', value: { nativeId: 'd1' } },
      { status: 'rejected', reason: down },
    ]);
  });

  it('are listed once for each backend and query, and stay failed', async () => {
    rig.world('one').addDetector('d1');
    const [first, second] = await Promise.all([loaders.detectors('one', {}), loaders.detectors('one', {})]);
    expect(first).toBe(second);
    await loaders.detectors('one', { text: 'd' });
    expect(asked()).toEqual([['detectors.list'], ['detectors.list']]);
    rig.world('one').failing.set('detectors.list', down);
    await expect(loaders.detectors('one', { text: 'e' })).rejects.toBe(down);
    rig.world('one').failing.clear();
    await expect(loaders.detectors('one', { text: 'e' })).rejects.toBe(down);
    loaders.clear();
    await expect(loaders.detectors('one', { text: 'e' })).resolves.toMatchObject({ items: [{ nativeId: 'd1' }] });
  });

  it('are none of a product without them', async () => {
    expect(await loaders.detectors('bare', {})).toEqual({ items: [], missing: [] });
    await expect(loaders.detectorProfile(id('detector:bare:d1'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(loaders.detectors('three', {})).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(rig.world('bare').called()).toEqual([]);
  });

  it('spare the reads of what comes with them, listed or read', async () => {
    rig.world('one').addDetector('d1', { realtimeTask: run('rt'), historicalTask: run('h') });
    const reads = () =>
      Promise.all([
        loaders.detector(id('detector:one:d1')),
        loaders.job(id('job:one:d1')),
        loaders.task(id('task:one:rt')),
        loaders.task(id('task:one:h')),
      ]);
    const { items } = await loaders.detectors('one', {});
    expect(await reads()).toEqual([items[0], items[0]?.job, items[0]?.realtimeTask, items[0]?.historicalTask]);
    expect(asked()).toEqual([['detectors.list']]);
    loaders.clear();
    await loaders.detector(id('detector:one:d1'));
    await reads();
    expect(asked()).toEqual([['detectors.list'], ['detectors.read', 'd1']]);
  });

  it('spare their own reads when they come with their jobs', async () => {
    const { job: _job, ...detector } = toyDetector('one', 'd1', { realtimeTask: run('rt') });
    rig.world('one').addJob('d1', { id: 'job:one:d1', detector });
    await loaders.jobs('one');
    const reads = () => Promise.all([loaders.detector(id('detector:one:d1')), loaders.task(id('task:one:rt'))]);
    expect(await reads()).toMatchObject([{ name: 'name of d1' }, { nativeId: 'rt' }]);
    loaders.clear();
    await loaders.job(id('job:one:d1'));
    await reads();
    expect(asked()).toEqual([['listJobs'], ['readJobs', 'd1']]);
  });

  it('are not given for fresh by what the ledger remembers of earlier readings', async () => {
    const { ledger, book } = rig.context();
    const job = { ...toyDetector('one', 'd1').job, revision: 1 };
    const remembered = { job, realtimeTask: { ...run('rt'), revision: 1 } };
    const remembering = createLoaders({
      ...{
        backends: rig.backends,
        book,
        messagesFirst: 0,
        signal: new AbortController().signal,
        requestId: 'req-8',
        report: () => undefined,
      },
      fields: new Set(['Detector.name', 'Job.state']),
      ledger: {
        ...ledger,
        stampDetectors: (detectors) => detectors.map((detector) => ({ ...detector, ...remembered, revision: 2 }) as Revised<Detector>),
        stampJobs: (jobs) => jobs.map((each) => ({ ...each, detector: { ...toyDetector('one', 'd1'), revision: 3 }, revision: 4 })),
      },
    });
    rig.world('one').addDetector('d1');
    rig.world('one').addJob('d1', { id: 'job:one:d1', state: 'OPENED' });
    rig.world('one').tasks.set('rt', run('rt', { state: 'FAILED' }));
    const [listed] = (await remembering.detectors('one', {})).items;
    expect(await remembering.job(id('job:one:d1'))).toMatchObject({ state: 'OPENED' });
    expect(await remembering.task(id('task:one:rt'))).toMatchObject({ state: 'FAILED' });
    expect(await remembering.detector(id('detector:one:d1'))).toBe(listed);
    expect(asked()).toEqual([['detectors.list'], ['readJobs', 'd1'], ['readTasks', 'rt']]);
    remembering.clear();
    if (listed) remembering.primeDetectors([listed]);
    await Promise.all([remembering.detector(id('detector:one:d1')), remembering.job(id('job:one:d1'))]);
    expect(asked().slice(3)).toEqual([['readJobs', 'd1']]);
  });

  it('learnt from a verb are not read again', async () => {
    const job = { ...toyDetector('one', 'd1').job, revision: 4 };
    const detector = { ...toyDetector('one', 'd1'), job, revision: 5 } as Parameters<Loaders['primeDetectors']>[0][number];
    loaders.primeDetectors([detector]);
    expect([await loaders.detector(id('detector:one:d1')), await loaders.job(id('job:one:d1'))]).toEqual([detector, job]);
    expect(asked()).toEqual([]);
  });

  it('are profiled once each, and entities once for each value', async () => {
    rig.world('one').profiles.set('d1', toyProfile(toyDetector('one', 'd1')));
    const profile = () => loaders.detectorProfile(id('detector:one:d1'));
    expect(await profile()).toBe(await profile());
    const entity = (value: string) => loaders.entityProfile(id('detector:one:d1'), [{ name: 'host', value }]);
    for (const value of ['red', 'blue', 'red']) await expect(entity(value)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const calls = [
      ['detectors.readProfile', 'd1'],
      ['detectors.readEntityProfile', 'd1', 'red'],
      ['detectors.readEntityProfile', 'd1', 'blue'],
    ];
    expect(asked()).toEqual(calls);
    loaders.clear();
    await profile();
    expect(asked()).toEqual([...calls, ['detectors.readProfile', 'd1']]);
  });

  it('show faults of an adapter as INTERNAL and report them', async () => {
    const fault = new TypeError('no such property');
    rig.world('one').failing.set('*', fault);
    await expect(loaders.detectorProfile(id('detector:one:d1'))).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(loaders.detectors('one', {})).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(faults).toEqual([fault, fault]);
  });
});

describe('tasks of a vendor that remembers ended ones', () => {
  const add = (nativeId: string, facts: Partial<Task> = {}): void => {
    rig.world('one').tasks.set(nativeId, run(nativeId, facts));
  };
  const natives = (tasks: readonly Task[]): string => tasks.map(({ nativeId }) => nativeId).join(' ');

  it('are read for all detectors, and for all parents, asked for in one tick', async () => {
    add('a');
    add('b', { detectorNativeId: 'd2', state: 'FAILED' });
    add('c', { parentId: 'task:one:a', entity: [{ name: 'host', value: 'red' }] });
    const ofDetectors = await Promise.all(['d1', 'd2', 'd3'].map((name) => loaders.tasksOfDetector(id(`detector:one:${name}`), false)));
    expect(ofDetectors.map(natives)).toEqual(['a', 'b', '']);
    expect(natives(await loaders.tasksOfDetector(id('detector:one:d1'), true))).toBe('a c');
    const ofParents = await Promise.all(['a', 'b'].map((name) => loaders.childrenOf(id(`task:one:${name}`))));
    expect(ofParents.map(natives)).toEqual(['c', '']);
    expect(rig.world('one').slices).toEqual([
      { detectors: ['d1', 'd2', 'd3'], includeEntities: false },
      { detectors: ['d1'], includeEntities: true },
      { parents: ['a', 'b'], includeEntities: true },
    ]);
  });

  it('spare the single reads', async () => {
    add('a');
    await loaders.tasksMatching('one', { includeEntities: false });
    expect(await loaders.task(id('task:one:a'))).toMatchObject({ nativeId: 'a' });
    expect(asked()).toEqual([['listTasks']]);
  });

  it('of a vendor that remembers none are its unfinished ones, in one call', async () => {
    rig.world('two').remembersTasks = false;
    rig.world('two').addTask('a', { detectorNativeId: 'd1', jobNativeId: 'd1' });
    rig.world('two').addTask('b', { parentId: 'task:two:a~x' });
    const lists = await Promise.all([
      loaders.tasksOfDetector(id('detector:two:d1'), true),
      loaders.tasksOfJob(id('job:two:d1')),
      loaders.childrenOf(id('task:two:a~x')),
      loaders.tasksMatching('two', { includeEntities: true }).then(({ items }) => items),
    ]);
    expect(lists.map(natives)).toEqual(['a', 'a', 'b', 'a b']);
    expect(rig.world('two').called()).toEqual(['discoverTasks']);
  });

  it('throw why there are none to be had', async () => {
    rig.world('one').failing.set('listTasks', down);
    await expect(loaders.tasksMatching('one', { includeEntities: false })).rejects.toBe(down);
    await expect(loaders.tasksOfDetector(id('detector:one:d1'), false)).rejects.toBe(down);
  });

  it('are those somebody waits for, too, when the unfinished ones are asked for', async () => {
    add('ended', { state: 'SUCCEEDED' });
    rig.booked.push(
      run('ended'),
      run('starting', { continuous: true, state: 'INITIALIZING' }),
      run('running', { continuous: true }),
      run('over', { state: 'FAILED' }),
      toyTask('one', 'vigil', { id: 'task:one:vigil~01', nativeId: null }),
      toyTask('two', 'other'),
    );
    const { items } = await loaders.tasks('one');
    expect(asked()).toEqual([['discoverTasks', 'ended', 'starting']]);
    // What has no end of its own is there when the vendor shows it; what it shows as ended has ended.
    expect(items.map(({ id: each, state }) => [each, state])).toEqual([
      ['task:one:ended', 'SUCCEEDED'],
      ['task:one:over', 'FAILED'],
      ['task:one:vigil~01', 'RUNNING'],
    ]);
  });

  it('without a start stay beside those begun here: detectors’ tasks are told by themselves', async () => {
    add('theirs', { startedAt: null, state: 'CREATED', detectorNativeId: 'd2' });
    rig.booked.push(run('mine'));
    expect(natives((await loaders.tasks('one')).items)).toBe('theirs mine');
  });

  describe('that have no end of their own', () => {
    beforeEach(() => void rig.booked.push(run('rt', { continuous: true, progress: 0.1 })));

    it('are as the vendor shows them', async () => {
      add('rt', { progress: 0.9 });
      expect(await loaders.task(id('task:one:rt'))).toMatchObject({ progress: 0.9 });
    });

    it('are gone when the vendor has none, and not known while it is silent', async () => {
      expect(await loaders.task(id('task:one:rt'))).toBeNull();
      loaders.clear();
      rig.world('one').undetermined.set('rt', down);
      await expect(loaders.task(id('task:one:rt'))).rejects.toBe(down);
    });
  });
});
