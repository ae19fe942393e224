import { beforeEach, describe, expect, it } from 'vitest';
import { type Backend, type Backends, type GlobalId, parseId, type Task } from '../../../src/domain/index.js';
import { VigilError } from '../../../src/errors.js';
import { createLoaders, type LoaderDependencies, type Loaders } from '../../../src/loaders/index.js';
import { createGraphqlRig, type GraphqlRig } from '../../support/graphql-rig.js';
import { toyTask } from '../../support/toy-vendor.js';

const fields = new Set(['Job.state', 'Task.id']);
const id = (text: string): GlobalId => parseId(text);
const down = new VigilError('BACKEND_UNAVAILABLE', 'one does not answer.', { backend: 'one' });

let rig: GraphqlRig;
let loaders: Loaders;
let faults: unknown[];
let booked: Task[];
let stamps: { readonly ids: readonly string[]; readonly readAt: number }[];
let clock: number;
let agreed: () => Promise<void>;

/** A ledger that notes when it was told the read began. */
const noting = <T extends { readonly id: string }>(values: readonly T[], readAt: number) => {
  stamps.push({ ids: values.map((value) => value.id), readAt });
  return values.map((value) => ({ ...value, revision: readAt }));
};

const make = (more: Partial<LoaderDependencies> = {}): Loaders =>
  createLoaders({
    backends: rig.backends,
    ledger: {
      stampJobs: noting,
      stampTasks: noting,
      stampDetectors: noting,
      newestJobs: (jobs) => jobs,
      newestTasks: (tasks) => tasks,
      newestDetectors: (detectors) => detectors,
      unfinishedTasks: () => [],
      agreed: () => agreed(),
    },
    book: {
      tasksOf: (key) => booked.filter((task) => task.backendKey === key),
      find: (text) => booked.find((task) => task.id === text || task.id.startsWith(`${text}~`)),
    },
    fields,
    messagesFirst: 3,
    signal: new AbortController().signal,
    requestId: 'req-7',
    report: (fault) => faults.push(fault),
    now: () => clock++,
    ...more,
  });

beforeEach(() => {
  rig = createGraphqlRig({ keys: ['one', 'two'] });
  faults = [];
  booked = [];
  stamps = [];
  clock = 1_000;
  agreed = async () => undefined;
  loaders = make();
});

describe('single reads', () => {
  it('cost one call for each backend, whatever asks in the same tick', async () => {
    for (const name of ['a', 'b', 'c']) rig.world('one').addJob(name);
    rig.world('two').addJob('a');
    const jobs = await Promise.all(['job:one:a', 'job:two:a', 'job:one:c', 'job:one:a'].map((text) => loaders.job(id(text))));
    expect(jobs.map((job) => job?.id.split('~')[0])).toEqual(['job:one:a', 'job:two:a', 'job:one:c', 'job:one:a']);
    expect(rig.world('one').calls.map(({ member, ids }) => [member, ids])).toEqual([['readJobs', ['a', 'c']]]);
    expect(rig.world('two').called()).toEqual(['readJobs']);
  });

  it('hand the operation’s fields, request id and deadline to the adapter', async () => {
    rig.world('one').addJob('a');
    await loaders.job(id('job:one:a'));
    expect(rig.world('one').calls[0]).toMatchObject({ fields, requestId: 'req-7' });
  });

  it('are remembered until cleared', async () => {
    rig.world('one').addJob('a', { state: 'OPENED' });
    await loaders.job(id('job:one:a'));
    rig.world('one').addJob('a', { state: 'CLOSED' });
    expect(await loaders.job(id('job:one:a'))).toMatchObject({ state: 'OPENED' });
    loaders.clear();
    expect(await loaders.job(id('job:one:a'))).toMatchObject({ state: 'CLOSED' });
    expect(rig.world('one').called()).toEqual(['readJobs', 'readJobs']);
  });

  it('give null for what is gone, and for a backend that is not configured', async () => {
    expect(await loaders.job(id('job:one:nowhere'))).toBeNull();
    expect(await loaders.job(id('job:three:a'))).toBeNull();
    expect(await loaders.datafeed(id('datafeed:one:none'))).toBeNull();
    expect(await loaders.node(id('node:one:none'))).toBeNull();
  });

  it('give null for an earlier incarnation of a name that is in use again', async () => {
    const { id: full } = rig.world('one').addJob('a');
    expect(await loaders.job(id(full))).not.toBeNull();
    expect(await loaders.job(id('job:one:a~older'))).toBeNull();
  });

  it('throw what kept one id from being read, and leave the others alone', async () => {
    rig.world('one').addJob('a');
    rig.world('one').undetermined.set('b', down);
    const [a, b] = await Promise.allSettled([loaders.job(id('job:one:a')), loaders.job(id('job:one:b'))]);
    expect(a).toMatchObject({ status: 'fulfilled', value: { nativeId: 'a' } });
    expect(b).toMatchObject({ status: 'rejected', reason: down });
  });

  it('throw for every id of a backend that is down, and for no other', async () => {
    rig.world('one').failing.set('*', down);
    rig.world('two').addJob('a');
    const settled = await Promise.allSettled(['job:one:a', 'job:one:b', 'job:two:a'].map((text) => loaders.job(id(text))));
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(faults).toEqual([]);
  });

  it('show a fault of an adapter as INTERNAL and report what it was', async () => {
    const fault = new TypeError('cannot read properties of undefined');
    rig.world('one').failing.set('readJobs', fault);
    await expect(loaders.job(id('job:one:a'))).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.not.stringContaining('undefined'),
    });
    expect(faults).toEqual([fault]);
  });

  it('take an id that the adapter left without an answer for a fault, not for gone', async () => {
    const [one] = rig.backends.all;
    if (!one) return expect.fail('no backend');
    const forgetful: Backend = { ...one, adapter: { ...one.adapter, readJobs: async () => ({ readings: new Map(), missing: [] }) } };
    const backends: Backends = { all: [forgetful], get: () => forgetful };
    await expect(make({ backends }).job(id('job:one:a'))).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('are stamped with the moment before the read began', async () => {
    const { id: full } = rig.world('one').addJob('a');
    await loaders.job(id('job:one:a'));
    expect(stamps).toEqual([{ ids: [full], readAt: 1_000 }]);
  });

  it('collect the parts that were missing', async () => {
    rig.world('one').addJob('a');
    rig.world('one').missing = [{ part: 'DATAFEEDS', error: down }];
    expect(loaders.missing('one')).toEqual([]);
    await loaders.job(id('job:one:a'));
    await loaders.jobs('one');
    expect(loaders.missing('one')).toEqual([{ part: 'DATAFEEDS', error: down }]);
    expect(loaders.missing('two')).toEqual([]);
    loaders.clear();
    expect(loaders.missing('one')).toEqual([]);
  });
});

describe('lists', () => {
  it('are read once for each backend, and spare the single reads', async () => {
    rig.world('one').addJob('a');
    rig.world('one').addJob('b');
    const [first, second] = await Promise.all([loaders.jobs('one'), loaders.jobs('one')]);
    expect(first).toBe(second);
    expect(first.items.map(({ nativeId }) => nativeId)).toEqual(['a', 'b']);
    expect(await loaders.job(id('job:one:b'))).toBe(first.items[1]);
    expect(rig.world('one').called()).toEqual(['listJobs']);
  });

  it('spare the single reads of tasks, too', async () => {
    rig.world('one').addTask('t1');
    const { items } = await loaders.tasks('one');
    expect(await loaders.task(id('task:one:t1'))).toBe(items[0]);
    expect(rig.world('one').called()).toEqual(['discoverTasks']);
  });

  it('stay failed for the whole operation', async () => {
    rig.world('one').failing.set('listJobs', down);
    await expect(loaders.jobs('one')).rejects.toBe(down);
    rig.world('one').failing.clear();
    await expect(loaders.jobs('one')).rejects.toBe(down);
    loaders.clear();
    await expect(loaders.jobs('one')).resolves.toMatchObject({ items: [] });
  });

  it('refuse a backend that is not configured by naming those there are', async () => {
    await expect(loaders.jobs('three')).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('one, two') });
  });

  it('report faults and show them as INTERNAL', async () => {
    const fault = new RangeError('too deep');
    rig.world('one').failing.set('discoverTasks', fault);
    await expect(loaders.tasks('one')).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(faults).toEqual([fault]);
  });

  it('use what a verb learnt instead of reading it again', async () => {
    const job = { ...rig.world('one').addJob('a'), state: 'CLOSING' as const, revision: 5 };
    loaders.primeJobs([job]);
    expect(await loaders.job(id('job:one:a'))).toBe(job);
    expect(rig.world('one').called()).toEqual([]);
  });
});

describe('tasks', () => {
  const gatewayRun = (native: string, more: Partial<Task> = {}): Task =>
    toyTask('one', 'vigil', { id: `task:one:vigil~${native}`, nativeId: null, kind: 'CLOSE', ...more });

  it('are those of the vendor and those the gateway knows, each once', async () => {
    rig.world('one').addTask('t1', { progress: 0.5 });
    const ended = toyTask('one', 't0', { state: 'SUCCEEDED' });
    booked.push(gatewayRun('01'), toyTask('one', 't1', { progress: 0.1 }), ended, toyTask('two', 'other'));
    const { items } = await loaders.tasks('one');
    expect(items.map((task) => [task.nativeId, task.state, task.progress])).toEqual([
      ['t1', 'RUNNING', 0.5],
      [null, 'RUNNING', null],
      ['t0', 'SUCCEEDED', null],
    ]);
  });

  it('take an end from the book, though the vendor still shows the task as running', async () => {
    rig.world('one').addTask('t1');
    booked.push(toyTask('one', 't1', { state: 'FAILED' }));
    expect((await loaders.tasks('one')).items.map(({ state }) => state)).toEqual(['FAILED']);
  });

  it.each([
    ['the same work, begun here', { kind: 'RESET', jobNativeId: 'a' }, ['here']],
    ['another kind of work', { kind: 'DELETE', jobNativeId: 'a' }, ['blocked', 'here']],
    ['the work on another job', { kind: 'RESET', jobNativeId: 'b' }, ['blocked', 'here']],
    ['work that has ended', { kind: 'RESET', jobNativeId: 'a', state: 'SUCCEEDED' as const }, ['blocked', 'here']],
    ['work that the gateway itself does', { kind: 'RESET', jobNativeId: 'a', nativeId: null }, ['blocked', null]],
  ])('that only the job they hold told of are left out beside %s', async (_what, known, listed) => {
    rig.world('one').addTask('blocked', { startedAt: null, kind: 'RESET', jobNativeId: 'a' });
    booked.push(toyTask('one', 'here', known));
    expect((await loaders.tasks('one')).items.map(({ nativeId }) => nativeId)).toEqual(listed);
  });

  it('that have not begun are the vendor’s as long as they run, though the book has them under the same id', async () => {
    const queued = rig.world('one').addTask('7', { startedAt: null, kind: 'RESET', jobNativeId: '7', state: 'QUEUED' });
    booked.push({ ...queued, state: 'RUNNING' });
    expect((await loaders.tasks('one')).items.map(({ state }) => state)).toEqual(['QUEUED']);
  });

  it('of others on the same job stay beside those begun here', async () => {
    rig.world('one').addTask('theirs', { kind: 'RESET', jobNativeId: 'a' });
    booked.push(toyTask('one', 'here', { kind: 'RESET', jobNativeId: 'a' }));
    expect((await loaders.tasks('one')).items.map(({ nativeId }) => nativeId)).toEqual(['theirs', 'here']);
  });

  it('of the gateway’s own are never asked of a vendor', async () => {
    booked.push(gatewayRun('01'));
    expect(await loaders.task(id('task:one:vigil~01'))).toMatchObject({ kind: 'CLOSE' });
    expect(await loaders.task(id('task:one:vigil~02'))).toBeNull();
    expect(rig.world('one').called()).toEqual([]);
  });

  it('that have ended are answered from the book', async () => {
    booked.push(toyTask('one', 't1', { state: 'CANCELLED' }));
    expect(await loaders.task(id('task:one:t1'))).toMatchObject({ state: 'CANCELLED' });
    expect(rig.world('one').called()).toEqual([]);
  });

  it('that run at the vendor are read there, though the book knows them', async () => {
    booked.push(toyTask('one', 't1', { progress: 0.1 }));
    rig.world('one').addTask('t1', { progress: 0.9 });
    expect(await loaders.task(id('task:one:t1'))).toMatchObject({ progress: 0.9 });
  });

  it('stay known while their backend is silent or has forgotten them', async () => {
    booked.push(toyTask('one', 't1', { progress: 0.1 }), toyTask('one', 't2', { progress: 0.2 }));
    rig.world('one').undetermined.set('t2', down);
    expect(await Promise.all([loaders.task(id('task:one:t1')), loaders.task(id('task:one:t2'))])).toMatchObject([
      { progress: 0.1 },
      { progress: 0.2 },
    ]);
  });

  it('take the end that came while the vendor was asked', async () => {
    const running = toyTask('one', 't1');
    booked.push(running);
    rig.world('one').addTask('t1');
    const reading = loaders.task(id('task:one:t1'));
    booked[0] = { ...running, state: 'SUCCEEDED' };
    expect(await reading).toMatchObject({ state: 'SUCCEEDED' });
  });

  it('that nobody knows are null, and an error while nobody can say', async () => {
    expect(await loaders.task(id('task:one:t9'))).toBeNull();
    loaders.clear();
    rig.world('one').undetermined.set('t9', down);
    await expect(loaders.task(id('task:one:t9'))).rejects.toBe(down);
  });

  it('are stamped as of the read when the vendor gave them, as of now when the book did', async () => {
    const { id: live } = rig.world('one').addTask('t1');
    const ended = toyTask('one', 't0', { state: 'SUCCEEDED' });
    booked.push(ended);
    await loaders.tasks('one');
    expect(stamps).toEqual([
      { ids: [live], readAt: 1_000 },
      { ids: [ended.id], readAt: 1_001 },
    ]);
  });
});

describe('what was read', () => {
  const reads: readonly [string, (from: Loaders) => Promise<unknown>][] = [
    ['a job', (from) => from.job(id('job:one:a'))],
    ['all jobs', (from) => from.jobs('one')],
    ['all tasks', (from) => from.tasks('one')],
    ['a task of the gateway', (from) => from.task(id('task:one:-'))],
    ['detectors', (from) => from.detectors('one', {})],
  ];

  it.each(reads)('is shown once the other instances may know of it: %s', async (_, read) => {
    rig.world('one').addJob('a');
    let agree = (): void => undefined;
    const agreement = new Promise<void>((resolve) => {
      agree = resolve;
    });
    let asked = (): void => undefined;
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    agreed = () => {
      asked();
      return agreement;
    };
    let isShown = false;
    const reading = read(loaders).then(() => {
      isShown = true;
    });
    await isAsked;
    await new Promise(setImmediate);
    expect(isShown).toBe(false);
    agree();
    await reading;
  });
});
