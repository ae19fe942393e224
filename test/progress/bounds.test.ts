import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Task } from '../../src/domain/index.js';
import { createIdempotency } from '../../src/progress/verbs/idempotency.js';
import { createTaskBook } from '../../src/progress/verbs/task-book.js';
import { createMemoryStore } from '../../src/store/index.js';
import { eventually } from '../support/progress-rig.js';
import { createScriptedVendor } from '../support/scripted-vendor.js';

const { makeTask } = createScriptedVendor();
const record = (task: Task) => ({ task, verb: null, vendorTaskId: task.nativeId, jobId: null });

describe('the book of tasks', () => {
  it('never holds more than its bound and some, however fast tasks end, and tells which it dropped', async () => {
    const store = createMemoryStore();
    const dropped: string[] = [];
    const book = createTaskBook({ store, maxTasks: 10, dropped: (id) => dropped.push(id), damaged: () => undefined });
    const running = makeTask('n:0', { startedAt: 1 });
    await book.write(record(running));
    for (let index = 1; index <= 500; index += 1) {
      await book.write(record(makeTask(`n:${index}`, { id: `task:one:n:${index}~${index}`, state: 'SUCCEEDED', startedAt: 10 + index })));
    }
    expect(book.tasksOf('one').length).toBeLessThanOrEqual(111);
    expect(book.find(running.id)?.state).toBe('RUNNING');
    expect((await store.list('tasks/', { limit: 500 })).length).toBe(book.tasksOf('one').length);
    expect(dropped).toContain('task:one:n:1~1');
  });

  it('takes an entry without a start for the task that holds the job', async () => {
    const book = createTaskBook({ store: createMemoryStore(), dropped: () => undefined, damaged: () => undefined });
    const begun = makeTask('n:7', { jobNativeId: 'a' });
    await book.write(record(begun));
    const second = makeTask('m:9', { id: 'task:one:m:9', startedAt: null, jobNativeId: 'a' });
    expect(book.decorate(second).id).toBe(begun.id);
    expect(book.decorate({ ...second, jobNativeId: 'b' }).id).toBe(second.id);
  });

  it('finds the latest by an id without incarnation, and no other incarnation', async () => {
    const book = createTaskBook({ store: createMemoryStore(), dropped: () => undefined, damaged: () => undefined });
    await book.write(record(makeTask('n:7', { id: 'task:one:n:7~1' })));
    await book.write(record(makeTask('n:7', { id: 'task:one:n:7~2' })));
    expect(book.find('task:one:n:7')?.id).toBe('task:one:n:7~2');
    expect(book.find('task:one:n:7~3')).toBeUndefined();
  });

  it('has a start of a run without an end followed only so long, and such a run that runs not at all', async () => {
    let clock = 1_000;
    const book = createTaskBook({ store: createMemoryStore(), now: () => clock, dropped: () => undefined, damaged: () => undefined });
    const begun = makeTask('n:7', { state: 'CREATED', continuous: true });
    await book.write({ ...record(begun), followUntil: 2_000 });
    expect(book.unfinished()).toHaveLength(1);
    clock = 2_000;
    expect(book.unfinished()).toEqual([]);
    await book.write(record({ ...begun, state: 'RUNNING' }));
    expect(book.unfinished()).toEqual([]);
    expect(book.decorate({ ...begun, startedBy: 'vendor' }).id).toBe(begun.id);
  });

  it('drops starts of runs that never came to run, too: nobody may ever tell of their end', async () => {
    const dropped: string[] = [];
    const book = createTaskBook({
      store: createMemoryStore(),
      now: () => 10_000,
      maxTasks: 10,
      dropped: (id) => dropped.push(id),
      damaged: () => undefined,
    });
    for (let index = 1; index <= 200; index += 1) {
      const begun = makeTask(`n:${index}`, { id: `task:one:n:${index}`, state: 'CREATED', continuous: true, startedAt: index });
      await book.write({ ...record(begun), followUntil: 5_000 });
    }
    await eventually(
      () => dropped.length,
      (count) => count > 0,
    );
    await book.prune();
    expect(book.record('task:one:n:1')).toBeUndefined();
    expect(book.record('task:one:n:200')).toBeDefined();
    expect(book.record('task:one:n:190')).toBeUndefined();
  });

  it('drops runs without an end like ended tasks when there are too many', async () => {
    const dropped: string[] = [];
    const book = createTaskBook({ store: createMemoryStore(), maxTasks: 10, dropped: (id) => dropped.push(id), damaged: () => undefined });
    for (let index = 1; index <= 200; index += 1)
      await book.write(record(makeTask(`n:${index}`, { id: `task:one:n:${index}`, continuous: true, startedAt: index })));
    expect(dropped).toContain('task:one:n:1');
    expect(book.record('task:one:n:1')).toBeUndefined();
    expect(book.record('task:one:n:200')).toBeDefined();
  });

  it('does not take a detector’s task without a start for that of another', async () => {
    const book = createTaskBook({ store: createMemoryStore(), dropped: () => undefined, damaged: () => undefined });
    await book.write(record(makeTask('n:7', { detectorNativeId: 'a' })));
    const other = makeTask('n:8', { id: 'task:one:n:8', startedAt: null, detectorNativeId: 'b' });
    expect(book.decorate(other)).toBe(other);
  });

  it('reports an entry that cannot be read, and reads the others', async () => {
    const store = createMemoryStore();
    await store.put('tasks/broken', '{');
    await store.put('tasks/task:one:n:1~1', JSON.stringify(record(makeTask('n:1', { id: 'task:one:n:1~1' }))));
    const damaged: string[] = [];
    const book = createTaskBook({ store, dropped: () => undefined, damaged: (key) => damaged.push(key) });
    await book.load();
    expect(damaged).toEqual(['tasks/broken']);
    expect(book.find('task:one:n:1~1')).toBeDefined();
  });
});

describe('the keys of mutations', () => {
  const outcome = [{ target: 'job:one:a', taskId: null, errors: [] }];

  it('are bounded: the oldest go first, the newest still answer', async () => {
    const store = createMemoryStore();
    const keys = createIdempotency(store);
    for (let index = 0; index < 5_050; index += 1) await keys.once(`k${index}`, {}, async () => outcome);
    let worked = 0;
    const again = (key: string) =>
      keys.once(key, {}, async () => {
        worked += 1;
        return outcome;
      });
    await again('k5049');
    expect(worked).toBe(0);
    await again('k0');
    expect(worked).toBe(1);
  });

  it('of another version of the gateway neither stop the start nor pass for an outcome', async () => {
    const store = createMemoryStore();
    const fingerprint = createHash('sha256').update('{}').digest('base64url');
    const before = { fingerprint, at: 1_000, outcomes: [{ jobId: 'job:one:a', taskId: null, errors: [] }] };
    const [told] = outcome;
    const strange = [
      { ...told, taskId: 7 },
      { ...told, taskId: undefined },
      { ...told, errors: [null] },
      { ...told, errors: [{ code: 'toString', message: 'x', facts: {} }] },
      { ...told, errors: [{ code: 'REFUSED', message: {}, facts: {} }] },
      { ...told, errors: [{ code: 'REFUSED', message: 'x' }] },
    ].map((each) => ({ ...before, outcomes: [told, each] }));
    const values = [before, null, 5, {}, { ...before, outcomes: {} }, ...strange].map((value) => JSON.stringify(value));
    for (const [index, value] of [...values, '{"finger'].entries()) await store.put(`idempotency/k${index}`, value);
    const keys = createIdempotency(store, () => 2_000);
    await keys.load();
    for (let index = 0; index <= values.length; index += 1) {
      const repeat = keys.once(`k${index}`, {}, async () => outcome);
      await expect(repeat).rejects.toMatchObject({ code: 'CONFLICT', facts: { outcomeUnknown: true } });
    }
    await keys.prune();
    expect(await store.list('idempotency/', { limit: 20 })).toHaveLength(values.length + 1);
  });

  it('are dropped after a day, also those of an earlier run', async () => {
    const store = createMemoryStore();
    let clock = 1_000;
    await createIdempotency(store, () => clock).once('old', {}, async () => outcome);
    const later = createIdempotency(store, () => clock);
    await later.load();
    clock += 24 * 3_600_000 + 1;
    await later.prune();
    expect(await store.list('idempotency/', { limit: 10 })).toEqual([]);
  });
});
