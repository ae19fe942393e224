import { type Backend, type GlobalId, idOfNative, isUnfinished, type Job, type Revised, type Task } from '../domain/index.js';

/** The job a task works on. A native id that carries no incarnation names the latest of that name, as tasks outlive no job then. */
export const jobIdOf = ({ jobNativeId }: Task, backend: Backend): GlobalId | undefined =>
  jobNativeId === null ? undefined : idOfNative('job', backend, jobNativeId);

export const worksOn = (task: Task, job: Job): boolean => task.backendKey === job.backendKey && task.jobNativeId === job.nativeId;

const indexes = new WeakMap<readonly Revised<Task>[], ReadonlyMap<string, readonly Revised<Task>[]>>();

/** One backend's unfinished tasks by job: looked up for each row of a list, so indexed once for each list read. */
const unfinishedByJob = (tasks: readonly Revised<Task>[]): ReadonlyMap<string, readonly Revised<Task>[]> => {
  const known = indexes.get(tasks);
  if (known) return known;
  const index = new Map<string, Revised<Task>[]>();
  for (const task of tasks) {
    if (task.jobNativeId === null || !isUnfinished(task)) continue;
    const of = index.get(task.jobNativeId);
    if (of) of.push(task);
    else index.set(task.jobNativeId, [task]);
  }
  indexes.set(tasks, index);
  return index;
};

/** A job's unfinished task, of its backend's: of several the one that is part of no other, of those the newest. */
export const currentTaskOf = (job: Job, tasks: readonly Revised<Task>[]): Revised<Task> | null => {
  const own = unfinishedByJob(tasks).get(job.nativeId) ?? [];
  const ids = new Set(own.map((task) => task.id));
  const roots = own.filter((task) => task.parentId === null || !ids.has(task.parentId));
  return roots.reduce<Revised<Task> | null>(
    (newest, task) => (newest === null || (task.startedAt ?? 0) > (newest.startedAt ?? 0) ? task : newest),
    null,
  );
};
