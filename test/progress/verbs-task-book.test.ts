import { describe, expect, it } from 'vitest';
import type { Task } from '../../src/domain/index.js';
import { createTaskBook, type WritableTaskBook } from '../../src/progress/verbs/task-book.js';
import { createMemoryStore } from '../../src/store/index.js';
import { toyTask } from '../support/toy-vendor.js';

const begunAt = 1_700_000_000_000;
const run = (startedAt: number, facts: Partial<Task> = {}): Task => toyTask('one', 'r1', { startedAt, ...facts });

const bookWith = async (task: Task, more: { readonly startGuessed?: true } = {}): Promise<WritableTaskBook> => {
  const book = createTaskBook({ store: createMemoryStore(), dropped: () => undefined, damaged: () => undefined, now: () => begunAt });
  await book.write({ task, verb: null, vendorTaskId: 'r1', jobId: null, ...more });
  return book;
};

describe('a native id that its vendor hands out again', () => {
  it('is another task, however soon after the one before', async () => {
    const book = await bookWith(run(begunAt, { state: 'SUCCEEDED', startedBy: 'ann' }));
    const next = run(begunAt + 1_000);
    expect(book.decorate(next)).toBe(next);
  });

  it('is the one that was begun, where its start could not be read then', async () => {
    const begun = run(begunAt, { startedBy: 'ann' });
    const book = await bookWith(begun, { startGuessed: true });
    expect(book.decorate(run(begunAt + 1_000))).toMatchObject({ id: begun.id, startedBy: 'ann', startedAt: begunAt + 1_000 });
    const later = run(begunAt + 120_000);
    expect(book.decorate(later)).toBe(later);
  });

  it('is the one that was begun, read again', async () => {
    const begun = run(begunAt, { startedBy: 'ann' });
    const book = await bookWith(begun);
    expect(book.decorate(run(begunAt, { progress: 0.5 }))).toMatchObject({ id: begun.id, startedBy: 'ann', progress: 0.5 });
  });
});
