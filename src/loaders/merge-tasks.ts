import { isFinal, type Revised, type Task } from '../domain/index.js';

/**
 * Two views of the same backend's tasks as one list, each task once. The vendor's is the live one; the book's wins when it knows the end,
 * which vendors forget and may still show as running for a moment.
 */
export const mergeTasks = (live: readonly Revised<Task>[], booked: readonly Revised<Task>[]): readonly Revised<Task>[] => {
  const byId = new Map<string, Revised<Task>>();
  for (const task of live) byId.set(task.id, task);
  for (const task of booked) {
    if (!byId.has(task.id) || isFinal(task.state)) byId.set(task.id, task);
  }
  return [...byId.values()];
};
