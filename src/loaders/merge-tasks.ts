import { isFinal, isUnfinished, type Revised, type Task } from '../domain/index.js';

const workOf = ({ kind, jobNativeId }: Task): string => `${kind} ${jobNativeId}`;

/**
 * Two views of the same backend's tasks as one list, each task once. The vendor's is the live one; the book's wins when it knows the end,
 * which vendors forget and may still show as running for a moment. A task of the vendor's without a start was only told by the job it holds, which names
 * the master's part of the work: where the book has the whole of it, begun here, it is that, unless both are one; detectors' tasks are told by themselves. A run without an end
 * of its own, which nobody follows, is there when the vendor shows it and not otherwise.
 */
export const mergeTasks = (live: readonly Revised<Task>[], booked: readonly Revised<Task>[]): readonly Revised<Task>[] => {
  const begunHere = new Set(booked.filter((task) => task.nativeId !== null && isUnfinished(task)).map(workOf));
  const bookedIds = new Set(booked.map(({ id }) => id));
  const isHeldBack = (task: Task): boolean =>
    task.startedAt === null && task.detectorNativeId == null && begunHere.has(workOf(task)) && !bookedIds.has(task.id);
  const byId = new Map<string, Revised<Task>>();
  for (const task of live) if (!isHeldBack(task)) byId.set(task.id, task);
  for (const task of booked) {
    if (isFinal(task.state) || (!byId.has(task.id) && task.continuous !== true)) byId.set(task.id, task);
  }
  return [...byId.values()];
};
