import type { Backend, Revised, Task } from '../../domain/index.js';
import type { View } from '../journal/view.js';
import type { WritableTaskBook } from '../verbs/task-book.js';
import type { Poller } from './poller.js';

/** What the watches look at. */
export interface WatchSources {
  readonly pollerOf: (key: string) => Poller;
  readonly view: View;
  readonly book: WritableTaskBook;
}

/**
 * Tasks of a backend as they are known now, each once: those that have not ended, as far as anybody knows, what its loop has read, and what the gateway
 * itself keeps.
 */
export const knownTasks = (
  { pollerOf, view, book }: WatchSources,
  backend: Backend,
  more: readonly Task[] = [],
): readonly Revised<Task>[] => {
  const all = new Map(view.unfinishedTasksOf(backend.key).map((task) => [task.id, task]));
  for (const task of [...(pollerOf(backend.key).parts.tasks()?.items ?? []), ...more, ...book.tasksOf(backend.key)]) {
    const known = view.task(book.decorate(task).id);
    if (known) all.set(known.id, known);
  }
  return [...all.values()];
};
