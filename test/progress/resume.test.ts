import { afterEach, describe, expect, it } from 'vitest';
import { type JobFilter, parseId, type TaskFilter } from '../../src/domain/index.js';
import { VigilError } from '../../src/errors.js';
import type { TaskStep } from '../../src/progress/hub.js';
import { createMemoryStore } from '../../src/store/index.js';
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
/** The same vendor behind a gateway that was started again on its store. */
const restarted = async (rig: ProgressRig): Promise<ProgressRig> => {
  await rig.dispose();
  return rigOf({ vendor: rig.vendor, store: rig.store });
};
const next = async <T>(watch: AsyncIterator<T>): Promise<T> => {
  const { done, value } = await watch.next();
  if (done) throw new TypeError('it is over');
  return value;
};
const jobs = (rig: ProgressRig, after?: string, filter: JobFilter = {}) =>
  rig.progress.hub.watchJobs(filter, { fields: noFields, ...(after === undefined ? {} : { after }) });
const tasks = (rig: ProgressRig, after?: string, filter: TaskFilter = {}) =>
  rig.progress.hub.watchTasks(filter, { fields: noFields, ...(after === undefined ? {} : { after }) });
const oneTask = (rig: ProgressRig, id: string, after?: string) =>
  rig.progress.hub.watchTask(parseId(id), { fields: noFields, ...(after === undefined ? {} : { after }) });
const hasRead = (rig: ProgressRig, member: 'listJobs' | 'discoverTasks', more = 2) => {
  const before = rig.vendor.calls.get(member) ?? 0;
  return eventually(
    () => rig.vendor.calls.get(member) ?? 0,
    (count) => count >= before + more,
  );
};
const running = { states: ['RUNNING'] } as const;
const ways: readonly [string, (rig: ProgressRig) => Promise<ProgressRig>][] = [
  ['on the gateway it came from', async (rig) => rig],
  ['on one that was started again', restarted],
];

describe.each(ways)('a client that comes back with its cursor, %s', (_, comeBack) => {
  it('says one empty step when nothing has happened', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'OPENED');
    const first = jobs(rig);
    const { cursor } = await next(first);
    await first.return?.();
    const again = jobs(await comeBack(rig), cursor);
    const step = await next(again);
    expect(step).toMatchObject({ reset: false, synced: true, added: [], changed: [], left: [], forgotten: [] });
    expect(step).toMatchObject({ stateCounts: [{ state: 'OPENED', count: 1 }], backends: [{ key: 'one' }] });
    await again.return?.();
  });

  it('is told in one step what appeared, changed, left and went', async () => {
    const rig = await rigOf();
    for (const name of ['a', 'b', 'c', 'd']) rig.vendor.setJob(name, 'OPENED');
    const filter: JobFilter = { states: ['OPENED'] };
    const first = jobs(rig, undefined, filter);
    const { cursor } = await next(first);
    await first.return?.();
    rig.vendor.setJob('b', 'OPENED', { description: 'new words' });
    rig.vendor.setJob('c', 'CLOSED');
    rig.vendor.jobs.delete('d');
    rig.vendor.setJob('e', 'OPENED');
    const step = await next(jobs(await comeBack(rig), cursor, filter));
    expect(step.reset).toBe(false);
    expect(step.added).toMatchObject([{ nativeId: 'e' }]);
    expect(step.changed).toMatchObject([{ nativeId: 'b', description: 'new words' }]);
    expect(step.left).toMatchObject([{ nativeId: 'c', state: 'CLOSED' }]);
    expect(step.forgotten).toMatchObject([expect.stringContaining(':d')]);
  });

  it('is told how a task ended that ended, or came and ended, while it was away', async () => {
    const rig = await rigOf();
    const [old, young] = [rig.vendor.makeTask('n:1'), rig.vendor.makeTask('n:2')];
    rig.vendor.listed.set('n:1', old);
    const first = tasks(rig, undefined, running);
    const other = tasks(rig);
    const { cursor } = await next(first);
    await first.return?.();
    await next(other);
    rig.vendor.listed.set('n:2', young);
    await next(other);
    rig.vendor.listed.clear();
    rig.vendor.remembered.set('n:1', { ...old, state: 'SUCCEEDED' });
    rig.vendor.remembered.set('n:2', { ...young, state: 'FAILED' });
    await next(other);
    await other.return?.();
    const step = await next(tasks(await comeBack(rig), cursor, running));
    expect(step.reset).toBe(false);
    expect(step.left.map(({ nativeId, state }) => `${nativeId} ${state}`).sort()).toEqual(['n:1 SUCCEEDED', 'n:2 FAILED']);
  });

  it('learns of the end of a task that nobody looked at meanwhile', async () => {
    const rig = await rigOf();
    const task = rig.vendor.makeTask('n:1');
    rig.vendor.listed.set('n:1', task);
    const first = tasks(rig, undefined, running);
    const { cursor } = await next(first);
    await first.return?.();
    rig.vendor.listed.clear();
    rig.vendor.remembered.set('n:1', { ...task, state: 'SUCCEEDED' });
    const again = tasks(await comeBack(rig), cursor, running);
    expect((await next(again)).left).toMatchObject([{ nativeId: 'n:1', state: 'SUCCEEDED' }]);
    await again.return?.();
  });

  it('keeps what it has of a backend that does not answer, and is told what went when that is back', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'OPENED');
    rig.vendor.setJob('b', 'OPENED');
    const first = jobs(rig);
    const { cursor } = await next(first);
    await first.return?.();
    const now = await comeBack(rig);
    rig.vendor.beforeRead = async () => {
      throw new VigilError('BACKEND_UNAVAILABLE', 'down');
    };
    const again = jobs(now, cursor);
    expect(await next(again)).toMatchObject({ reset: false, added: [], forgotten: [] });
    const fresh = jobs(now);
    expect((await next(fresh)).added).toHaveLength(2);
    await fresh.return?.();
    rig.vendor.jobs.delete('b');
    rig.vendor.beforeRead = async () => undefined;
    let step = await next(again);
    while (step.forgotten.length === 0) step = await next(again);
    expect(step).toMatchObject({ added: [], changed: [], forgotten: [expect.stringContaining(':b')] });
    await again.return?.();
  });

  it('watches one task on, silent until there is something to say', async () => {
    const rig = await rigOf();
    const task = rig.vendor.makeTask('n:1', { progress: 0.1 });
    rig.vendor.listed.set('n:1', task);
    rig.vendor.remembered.set('n:1', task);
    const first = oneTask(rig, task.id);
    const { cursor } = await next(first);
    await first.return?.();
    const now = await comeBack(rig);
    const again = oneTask(now, task.id, cursor);
    const heard: TaskStep[] = [];
    const reading = (async () => {
      for await (const step of again) heard.push(step);
    })();
    await hasRead(now, 'discoverTasks', 4);
    expect(heard).toEqual([]);
    rig.vendor.listed.clear();
    rig.vendor.remembered.set('n:1', { ...task, state: 'SUCCEEDED' });
    await reading;
    expect(heard.map((step) => step.task.state)).toEqual(['SUCCEEDED']);
  });

  it('hears the end of a task that it missed, and nothing of one that it heard', async () => {
    const rig = await rigOf();
    const task = rig.vendor.makeTask('n:1');
    rig.vendor.listed.set('n:1', task);
    rig.vendor.remembered.set('n:1', task);
    const first = oneTask(rig, task.id);
    const { cursor } = await next(first);
    rig.vendor.listed.clear();
    rig.vendor.remembered.set('n:1', { ...task, state: 'FAILED' });
    const end = await next(first);
    expect(end.task.state).toBe('FAILED');
    const now = await comeBack(rig);
    const again = oneTask(now, task.id, cursor);
    expect((await next(again)).task.state).toBe('FAILED');
    expect((await again.next()).done).toBe(true);
    expect((await oneTask(now, task.id, end.cursor).next()).done).toBe(true);
    const fromQuery = oneTask(now, task.id, now.progress.hub.liveCursor());
    expect((await next(fromQuery)).task.state).toBe('FAILED');
    expect((await fromQuery.next()).done).toBe(true);
  });

  it('goes on with its task while the backend does not answer', async () => {
    const rig = await rigOf();
    const task = rig.vendor.makeTask('n:1');
    rig.vendor.listed.set('n:1', task);
    rig.vendor.remembered.set('n:1', task);
    const first = oneTask(rig, task.id);
    const { cursor } = await next(first);
    await first.return?.();
    const now = await comeBack(rig);
    rig.vendor.beforeRead = async () => {
      throw new VigilError('BACKEND_UNAVAILABLE', 'down');
    };
    const again = oneTask(now, task.id, cursor);
    const step = again.next();
    await hasRead(now, 'discoverTasks', 1);
    rig.vendor.listed.clear();
    rig.vendor.remembered.set('n:1', { ...task, state: 'SUCCEEDED' });
    rig.vendor.beforeRead = async () => undefined;
    let { value } = await step;
    while (value?.task.state === 'RUNNING') ({ value } = await again.next());
    expect(value?.task.state).toBe('SUCCEEDED');
  });
});

describe('a client begins anew', () => {
  const cursorOf = async (rig: ProgressRig): Promise<string> => {
    const watch = jobs(rig);
    const { cursor } = await next(watch);
    await watch.return?.();
    return cursor;
  };

  it.each(['', 'nonsense', 'AAAA', Buffer.from('AAAAAAAA.1.*').toString('base64url')])('with the cursor "%s"', async (cursor) => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'OPENED');
    expect(await next(jobs(rig, cursor))).toMatchObject({ reset: true, added: [{ nativeId: 'a' }] });
  });

  it('with the cursor of another filter, another list, another gateway', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'OPENED');
    const cursor = await cursorOf(rig);
    expect(await next(jobs(rig, cursor, { states: ['OPENED'] }))).toMatchObject({ reset: true });
    expect(await next(tasks(rig, cursor))).toMatchObject({ reset: true });
    const other = await rigOf({ vendor: rig.vendor, store: createMemoryStore() });
    expect(await next(jobs(other, cursor))).toMatchObject({ reset: true });
  });

  it('with a cursor that is too old', async () => {
    const rig = await rigOf({ bounds: { journal: { maxChanges: 3 } } });
    rig.vendor.setJob('a', 'OPENED');
    const cursor = await cursorOf(rig);
    const watch = jobs(rig);
    await next(watch);
    for (let step = 0; step < 5; step += 1) {
      rig.vendor.setJob('a', 'OPENED', { description: `${step}` });
      await next(watch);
    }
    expect(await next(jobs(rig, cursor))).toMatchObject({ reset: true, added: [{ description: '4' }] });
  });

  it('when it was cut off between two parts of a snapshot', async () => {
    const rig = await rigOf();
    for (let number = 0; number < 150; number += 1) rig.vendor.setJob(`job-${number}`, 'OPENED');
    const watch = jobs(rig);
    const part = await next(watch);
    expect(part).toMatchObject({ synced: false });
    await watch.return?.();
    const again = jobs(rig, part.cursor);
    expect(await next(again)).toMatchObject({ reset: true, synced: false });
    const last = await next(again);
    expect(last).toMatchObject({ reset: false, synced: true });
    expect(await next(jobs(rig, last.cursor))).toMatchObject({ reset: false, synced: true, added: [] });
  });

  it('when it watches what no journal tells of: nodes, health, who is busy', async () => {
    const rig = await rigOf();
    const { hub } = rig.progress;
    const watches = [
      (after: string) => hub.watchNodes('one', undefined, { fields: noFields, after }),
      (after: string) => hub.watchBackends({ after }),
      (after: string) => hub.watchJobs({ busy: true }, { fields: noFields, after }),
      (after: string) => hub.watchTasks({ includeEntities: true }, { fields: noFields, after }),
    ];
    for (const watch of watches) {
      const first = watch('');
      const { cursor } = await next<{ readonly cursor: string }>(first);
      await first.return?.();
      const again = watch(cursor);
      expect(await next<unknown>(again)).toMatchObject({ reset: true });
      await again.return?.();
    }
  });
});

describe('many changes at once', () => {
  it('come to a client that was away in parts, and it begins anew when it is cut off between them', async () => {
    const rig = await rigOf();
    const first = jobs(rig);
    const { cursor } = await next(first);
    await first.return?.();
    for (let number = 0; number < 250; number += 1) rig.vendor.setJob(`job-${number}`, 'OPENED');
    const again = jobs(rig, cursor);
    const steps = [await next(again), await next(again), await next(again)];
    expect(steps.map(({ reset, synced, added }) => [reset, synced, added.length])).toEqual([
      [false, false, 100],
      [false, false, 100],
      [false, true, 50],
    ]);
    expect(await next(jobs(rig, steps[1]?.cursor))).toMatchObject({ reset: true });
    expect(await next(jobs(rig, steps[2]?.cursor))).toMatchObject({ reset: false, added: [] });
  });
});

describe('a query', () => {
  it('is joined by its liveCursor: what happened since is told, be it seen by nobody else', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'OPENED');
    rig.vendor.setJob('b', 'OPENED');
    const { ledger, hub } = rig.progress;
    ledger.stampJobs([...rig.vendor.jobs.values()], Date.now());
    const warm = jobs(rig);
    await next(warm);
    await warm.return?.();
    const cursor = hub.liveCursor();
    const read = [...rig.vendor.jobs.values()];
    rig.vendor.setJob('a', 'CLOSED');
    rig.vendor.jobs.delete('b');
    rig.vendor.setJob('c', 'OPENED');
    ledger.stampJobs(read, Date.now());
    const step = await next(hub.watchJobs({}, { fields: noFields, after: cursor, snapshot: false }));
    expect(step).toMatchObject({ reset: false, added: [{ nativeId: 'c' }], changed: [{ nativeId: 'a', state: 'CLOSED' }] });
    expect(step.forgotten).toHaveLength(1);
  });
});

describe('equal watches', () => {
  it('have the same cursor at the same moment', async () => {
    const rig = await rigOf();
    rig.vendor.setJob('a', 'OPENED');
    const watches = [jobs(rig), jobs(rig), jobs(rig)];
    await Promise.all(watches.map(next));
    rig.vendor.setJob('a', 'CLOSED');
    const cursors = await Promise.all(watches.map(async (watch) => (await next(watch)).cursor));
    expect(new Set(cursors).size).toBe(1);
    for (const watch of watches) await watch.return?.();
  });
});

describe('a restart', () => {
  it('does not undo an end that the journal knows and the book does not', async () => {
    const rig = await rigOf();
    const task = rig.vendor.makeTask('n:1');
    rig.vendor.listed.set('n:1', task);
    const watch = tasks(rig, undefined, running);
    await next(watch);
    rig.vendor.listed.clear();
    rig.vendor.remembered.set('n:1', { ...task, state: 'SUCCEEDED' });
    const { cursor } = await next(watch);
    await watch.return?.();
    // As if the process had died between the two.
    await rig.store.delete(`tasks/${task.id}`);
    rig.vendor.remembered.clear();
    const now = await restarted(rig);
    expect(now.progress.book.find(task.id)?.state).toBe('SUCCEEDED');
    const again = tasks(now, cursor, running);
    expect(await next(again)).toMatchObject({ reset: false, left: [], added: [] });
    await again.return?.();
  });
});
