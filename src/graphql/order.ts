import { type Detector, type Job, jobStates, type Revised, type Task, taskStates } from '../domain/index.js';
import type { SortKey } from './cursor.js';
import type { DetectorOrderField, DetectorOrderInput } from './detector.input.js';
import type { JobOrderField, JobOrderInput, OrderDirection } from './job.input.js';
import type { TaskOrderField, TaskOrderInput } from './task.input.js';

/** How a list is sorted. */
export interface Order<T> {
  readonly field: string;
  readonly direction: OrderDirection;
  readonly keyOf: (value: T) => SortKey;
}

/** What takes part in a comparison. */
export interface Sortable {
  readonly key: SortKey;
  readonly id: string;
}

const jobKeys: Readonly<Record<JobOrderField, (job: Job) => SortKey>> = {
  ID: (job) => job.id,
  CREATED_AT: (job) => job.createdAt ?? null,
  STARTED_AT: (job) => job.startedAt ?? null,
  FINISHED_AT: (job) => job.finishedAt ?? null,
  STATE: (job) => jobStates.indexOf(job.state ?? 'UNKNOWN'),
  LAST_ACTIVITY_AT: (job) => job.lastActivityAt ?? null,
};

const taskKeys: Readonly<Record<TaskOrderField, (task: Task) => SortKey>> = {
  ID: (task) => task.id,
  STARTED_AT: (task) => task.startedAt,
  ENDED_AT: (task) => task.endedAt,
  UPDATED_AT: (task) => task.updatedAt,
  STATE: (task) => taskStates.indexOf(task.state),
};

const detectorKeys: Readonly<Record<DetectorOrderField, (detector: Detector) => SortKey>> = {
  ID: (detector) => detector.id,
  NAME: (detector) => detector.name ?? null,
  UPDATED_AT: (detector) => detector.updatedAt ?? null,
};

export const jobOrder = (input: JobOrderInput | null | undefined): Order<Revised<Job>> => {
  const field = input?.field ?? 'ID';
  return { field, direction: input?.direction ?? 'ASC', keyOf: jobKeys[field] };
};

export const taskOrder = (input: TaskOrderInput | null | undefined): Order<Revised<Task>> => {
  const field = input?.field ?? 'STARTED_AT';
  return { field, direction: input?.direction ?? 'DESC', keyOf: taskKeys[field] };
};

export const detectorOrder = (input: DetectorOrderInput | null | undefined): Order<Revised<Detector>> => {
  const field = input?.field ?? 'NAME';
  return { field, direction: input?.direction ?? 'ASC', keyOf: detectorKeys[field] };
};

const rising = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0);

/** Total: nulls last in either direction, then by id. */
export const comparing =
  (direction: OrderDirection) =>
  (a: Sortable, b: Sortable): number => {
    if (a.key !== b.key) {
      if (a.key === null) return 1;
      if (b.key === null) return -1;
      const order = rising(a.key, b.key);
      if (order !== 0) return direction === 'ASC' ? order : -order;
    }
    return rising(a.id, b.id);
  };
