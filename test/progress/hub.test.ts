import { afterEach, describe, expect, it } from 'vitest';
import { type FieldSet, type JobFilter, parseId, type TaskFilter } from '../../src/domain/index.js';
import { VigilError } from '../../src/errors.js';
import type { TaskStep } from '../../src/progress/index.js';
import { createMemoryStore, type Store } from '../../src/store/index.js';
import { createProgressRig, eventually, noFields, type ProgressRig } from '../support/progress-rig.js';

const rigs: ProgressRig[] = [];
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.dispose();
});
const rigOf = async (options: Parameters<typeof createProgressRig>[0] = {}): Promise<ProgressRig> => {
  const rig = await createProgressRig(options);
  rigs.push(rig);
  return rig;
};

const next = async <T>(watch: AsyncIterator<T>): Promise<T> => {
  const { done, value } = await watch.next();
  if (done) throw new Error('the watch is over');
  return value;
};

const jobs = (rig: ProgressRig, filter: JobFilter = {}, fields: FieldSet = noFields) => rig.progress.hub.watchJobs(filter, { fields });
const tasks = (rig: ProgressRig, filter: TaskFilter = {}, fields: FieldSet = noFields) => rig.progress.hub.watchTasks(filter, { fields });
const calls = (rig: ProgressRig): number => [...rig.vendor.calls.values()].reduce((sum, count) => sum + count, 0);

/** Nothing is asked any more: the count of calls stands still. */
const isQuiet = async (rig: ProgressRig): Promise<boolean> => {
  const before = calls(rig);
  await new Promise((resolve) => setTimeout(resolve, 120));
  return calls(rig) === before;
};

describe('watching jobs', () => {
  it('shows what is there, then what comes, changes, leaves and is gone', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'OPENED');
    const watch = jobs(rig, { states: ['OPENED', 'CLOSING'] });
    expect(await next(watch)).toMatchObject({ reset: true, synced: true, added: [{ nativeId: 'a' }] });
    rig.vendor.setJob('b', 'OPENED');
    expect((await next(watch)).added).toMatchObject([{ nativeId: 'b' }]);
    rig.vendor.setJob('a', 'CLOSING');
    expect((await next(watch)).changed).toMatchObject([{ nativeId: 'a', state: 'CLOSING' }]);
    rig.vendor.setJob('a', 'CLOSED');
    expect((await next(watch)).left).toMatchObject([{ nativeId: 'a', state: 'CLOSED' }]);
    const gone = rig.vendor.jobs.get('b');
    rig.vendor.jobs.delete('b');
    expect((await next(watch)).forgotten).toEqual([gone?.id]);
    await watch.return?.();
  });

  it('touches a job when its task changes and the client looks at tasks', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'CLOSED');
    const watch = jobs(rig, {}, new Set(['Job.state', 'Job.currentTask', 'Task.state']));
    await next(watch);
    rig.vendor.listed.set('n:1', rig.vendor.makeTask('n:1', { jobNativeId: 'a' }));
    expect((await next(watch)).changed).toMatchObject([{ nativeId: 'a' }]);
    await watch.return?.();
  });

  it('filters by whether a job has an unfinished task', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'CLOSED');
    rig.vendor.setJob('b', 'CLOSED');
    rig.vendor.listed.set('n:1', rig.vendor.makeTask('n:1', { jobNativeId: 'b' }));
    const watch = jobs(rig, { busy: true });
    expect((await next(watch)).added.map((job) => job.nativeId)).toEqual(['b']);
    await watch.return?.();
  });
});

describe('watching tasks', () => {
  it('shows a task that others began, and how it ended although the list had dropped it', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'CLOSED');
    const watch = tasks(rig, { states: ['RUNNING'] });
    expect((await next(watch)).added).toEqual([]);
    const task = rig.vendor.makeTask('n:1', { jobNativeId: 'a' });
    rig.vendor.listed.set('n:1', task);
    expect((await next(watch)).added).toMatchObject([{ nativeId: 'n:1' }]);
    rig.vendor.listed.clear();
    rig.vendor.remembered.set('n:1', { ...task, state: 'FAILED', error: { code: 'CONFLICT', message: 'no', detail: null } });
    expect((await next(watch)).left).toMatchObject([{ nativeId: 'n:1', state: 'FAILED', error: { code: 'CONFLICT' } }]);
    await watch.return?.();
  });

  it('believes that a task is gone only after it was told so repeatedly, then judges by the job', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'RESETTING');
    rig.vendor.listed.set('n:1', rig.vendor.makeTask('n:1', { jobNativeId: 'a' }));
    const watch = tasks(rig);
    await next(watch);
    rig.vendor.listed.clear();
    const { changed } = await next(watch);
    expect(changed).toMatchObject([{ state: 'LOST', error: { code: 'NOT_FOUND' } }]);
    expect(rig.vendor.calls.get('readTasks')).toBeGreaterThanOrEqual(3);
    await watch.return?.();
  });

  it('does not take silence for an end', async () => {
    const rig = await rigOf();
    rig.vendor.listed.set('n:1', rig.vendor.makeTask('n:1'));
    const watch = tasks(rig);
    await next(watch);
    rig.vendor.beforeRead = async () => {
      throw new VigilError('BACKEND_UNAVAILABLE', 'down');
    };
    await eventually(
      () => rig.vendor.calls.get('discoverTasks') ?? 0,
      (count) => count > 4,
    );
    rig.vendor.beforeRead = async () => undefined;
    rig.vendor.listed.set('n:1', rig.vendor.makeTask('n:1', { progress: 0.5 }));
    expect((await next(watch)).changed).toMatchObject([{ state: 'RUNNING', progress: 0.5 }]);
    await watch.return?.();
  });

  it('narrows to what one mutation began', async () => {
    const rig = await rigOf();
    const key = '5f0c1c5e-6a55-4a3c-9d6b-0a1d7f6f2b11';
    rig.vendor.setJob('a', 'OPENED');
    rig.vendor.setJob('b', 'OPENED');
    const watch = tasks(rig, { idempotencyKeys: [key] });
    await next(watch);
    await rig.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, [rig.id('b')], { requestId: 'r', fields: noFields });
    await rig.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, [rig.id('a')], {
      requestId: 'r',
      fields: noFields,
      idempotencyKey: key,
      waitMs: 2_000,
    });
    expect((await next(watch)).added.map((task) => [task.jobNativeId, task.state])).toEqual([['a', 'SUCCEEDED']]);
    await watch.return?.();
  });
});

describe('watching one task', () => {
  const all = async (watch: AsyncIterable<TaskStep>): Promise<readonly TaskStep[]> => {
    const steps: TaskStep[] = [];
    for await (const step of watch) steps.push(step);
    return steps;
  };

  it('begins with what it is now and completes after its end', async () => {
    const rig = await rigOf();
    const task = rig.vendor.makeTask('n:1');
    rig.vendor.listed.set('n:1', task);
    rig.vendor.remembered.set('n:1', task);
    const watch = rig.progress.hub.watchTask(parseId('task:one:n:1'), { fields: noFields });
    expect((await next(watch)).task.state).toBe('RUNNING');
    rig.vendor.listed.clear();
    rig.vendor.remembered.set('n:1', { ...task, state: 'SUCCEEDED' });
    expect((await all(watch)).map((step) => step.task.state)).toEqual(['SUCCEEDED']);
    expect(await isQuiet(rig)).toBe(true);
  });

  it('answers the end of one that has ended, and completes without a loop', async () => {
    const rig = await rigOf();
    rig.vendor.remembered.set('n:1', rig.vendor.makeTask('n:1', { state: 'CANCELLED' }));
    const steps = await all(rig.progress.hub.watchTask(parseId('task:one:n:1'), { fields: noFields }));
    expect(steps.map((step) => step.task.state)).toEqual(['CANCELLED']);
    expect(rig.vendor.calls.get('discoverTasks')).toBeUndefined();
  });

  it('follows a task the vendor never lists', async () => {
    const rig = await rigOf();
    const task = rig.vendor.makeTask('n:1');
    rig.vendor.remembered.set('n:1', task);
    const watch = rig.progress.hub.watchTask(parseId('task:one:n:1'), { fields: noFields });
    await next(watch);
    rig.vendor.remembered.set('n:1', { ...task, state: 'FAILED' });
    expect((await all(watch)).at(-1)?.task.state).toBe('FAILED');
  });

  it.each(['task:one:n:404', 'task:one:vigil~01j00000000000000000000000', 'task:nowhere:n:1'])('says NOT_FOUND for %s', async (id) => {
    const rig = await rigOf();
    await expect(rig.progress.hub.watchTask(parseId(id), { fields: noFields }).next()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it("sends a step when the task's backend stops and starts answering", async () => {
    const rig = await rigOf();
    const task = rig.vendor.makeTask('n:1');
    rig.vendor.listed.set('n:1', task);
    rig.vendor.remembered.set('n:1', task);
    const watch = rig.progress.hub.watchTask(parseId('task:one:n:1'), { fields: noFields });
    await next(watch);
    const step = watch.next();
    const backend = rig.progress.liveBackends.get('one');
    await eventually(
      () => rig.vendor.calls.get('discoverTasks') ?? 0,
      (count) => count > 1,
    );
    rig.progress.hub.backendChanged(backend);
    expect((await step).value?.task.state).toBe('RUNNING');
    await watch.return?.();
  });

  it('ends at once when nobody listens any more', async () => {
    const rig = await rigOf();
    const task = rig.vendor.makeTask('n:1');
    rig.vendor.remembered.set('n:1', task);
    rig.vendor.listed.set('n:1', task);
    const watch = rig.progress.hub.watchTask(parseId('task:one:n:1'), { fields: noFields });
    await next(watch);
    const pending = watch.next();
    await watch.return?.();
    expect(await pending).toMatchObject({ done: true });
    expect(await isQuiet(rig)).toBe(true);
  });
});

describe('the loop of a backend', () => {
  it('asks nothing before anybody watches, and nothing after the last has left', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'OPENED');
    expect(await isQuiet(rig)).toBe(true);
    const watches = [jobs(rig), jobs(rig), tasks(rig)];
    await Promise.all(watches.map((watch) => watch.next()));
    expect(await isQuiet(rig)).toBe(false);
    for (const watch of watches) await watch.return?.();
    expect(await isQuiet(rig)).toBe(true);
    expect(rig.progress.hub.watches()).toBe(0);
  });

  it('costs for a thousand watchers what it costs for one', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'OPENED');
    const fields = new Set(['Job.state']);
    const watches = Array.from({ length: 1_000 }, () => jobs(rig, {}, fields));
    const before = rig.vendor.calls.get('listJobs') ?? 0;
    await Promise.all(watches.map(next));
    expect((rig.vendor.calls.get('listJobs') ?? 0) - before).toBeLessThanOrEqual(3);
    rig.vendor.setJob('a', 'CLOSING');
    const ticks = rig.vendor.calls.get('listJobs') ?? 0;
    const steps = await Promise.all(watches.map(next));
    expect(steps.every((step) => step.changed.length === 1)).toBe(true);
    expect((rig.vendor.calls.get('listJobs') ?? 0) - ticks).toBeLessThanOrEqual(3);
    for (const watch of watches) await watch.return?.();
  });

  it('gives the other backends at once when it cannot be read, and its own when it can', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'OPENED');
    rig.vendor.beforeRead = async () => {
      throw new VigilError('BACKEND_UNAVAILABLE', 'down');
    };
    const watch = jobs(rig);
    const first = await next(watch);
    expect(first).toMatchObject({ reset: true, synced: true, added: [] });
    expect(first.backends.map((backend) => backend.key)).toEqual(['one']);
    rig.vendor.beforeRead = async () => undefined;
    expect((await next(watch)).added).toMatchObject([{ nativeId: 'a' }]);
    await watch.return?.();
  });

  it('probes health alone when only backends are watched', async () => {
    const rig = await rigOf();
    const watch = rig.progress.hub.watchBackends({});
    expect((await next(watch)).backends.map((backend) => backend.key)).toEqual(['one']);
    await eventually(
      () => rig.vendor.calls.get('learnProfile') ?? 0,
      (count) => count > 2,
    );
    expect(rig.vendor.calls.get('listJobs')).toBeUndefined();
    await watch.return?.();
    expect(await isQuiet(rig)).toBe(true);
  });

  it('lets everybody go when the hub is disposed, twice', async () => {
    const rig = await rigOf();
    const watch = jobs(rig);
    await next(watch);
    const pending = watch.next();
    await rig.progress.dispose();
    await rig.progress.dispose();
    expect(await pending).toMatchObject({ done: true });
    expect(await isQuiet(rig)).toBe(true);
  });
});

describe('events', () => {
  it('are resolved from what the loop has just read', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'OPENED');
    rig.vendor.listed.set('n:1', rig.vendor.makeTask('n:1', { jobNativeId: 'a' }));
    const fields = new Set(['Job.state', 'Job.currentTask', 'Task.state']);
    const watch = jobs(rig, {}, fields);
    await next(watch);
    const live = rig.progress.liveBackends.get('one');
    const call = live.call({ signal: new AbortController().signal, requestId: 'e' });
    const before = calls(rig);
    expect((await live.adapter.discoverTasks(fields, call)).items).toMatchObject([{ nativeId: 'n:1' }]);
    expect((await live.adapter.readJobs(['a', 'nope'], fields, call)).readings.get('nope')).toEqual({ status: 'gone' });
    expect((await live.adapter.listJobs(fields, call)).items).toMatchObject([{ nativeId: 'a' }]);
    expect(calls(rig)).toBe(before);
    await watch.return?.();
  });

  it('ask the vendor for what the loop does not read', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'OPENED');
    const live = rig.progress.liveBackends.get('one');
    const call = live.call({ signal: new AbortController().signal, requestId: 'e' });
    expect((await live.adapter.readJobs(['a'], new Set(['Job.state']), call)).readings.get('a')?.status).toBe('found');
    expect(rig.vendor.calls.get('readJobs')).toBe(1);
  });

  it('show what was told, not what has been read and not been told yet, and that is no reading of its own', async () => {
    const store = createMemoryStore();
    let letWrite: () => void = () => undefined;
    let writing: Promise<void> = Promise.resolve();
    const slow: Store = {
      ...store,
      append: async (...entry) => {
        await writing;
        return store.append(...entry);
      },
    };
    const rig = await rigOf({ store: slow });
    const job = rig.vendor.setJob('a', 'OPENED');
    const fields = new Set(['Job.state']);
    const watch = jobs(rig, {}, fields);
    await next(watch);
    writing = new Promise((resolve) => {
      letWrite = resolve;
    });
    rig.vendor.setJob('a', 'CLOSED');
    await eventually(
      () => rig.progress.ledger.job(job.id)?.state,
      (state) => state === 'CLOSED',
    );
    const live = rig.progress.liveBackends.get('one');
    const call = live.call({ signal: new AbortController().signal, requestId: 'e' });
    const { items } = await live.adapter.listJobs(fields, call);
    const { liveLedger, ledger } = rig.progress;
    const [shown] = liveLedger.stampJobs(items, Date.now());
    expect(shown?.state).toBe('OPENED');
    expect(shown && liveLedger.newestJobs([shown])).toMatchObject([{ state: 'OPENED' }]);
    expect(ledger.job(job.id)?.state).toBe('CLOSED');
    letWrite();
    expect((await next(watch)).changed).toMatchObject([{ nativeId: 'a', state: 'CLOSED' }]);
    expect(shown && liveLedger.newestJobs([shown])).toMatchObject([{ state: 'CLOSED' }]);
    await watch.return?.();
  });
});
