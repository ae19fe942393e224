import type { GlobalId } from './ids.js';
import { parseId, sameObject } from './ids.js';
import type { Job, Task } from './model.js';
import { finalTaskStates, type JobState, type TaskState } from './vocabulary.js';

/** Which jobs. Fields are ANDed, a list is ORed; absent: any; an empty list: none. */
export interface JobFilter {
  readonly ids?: readonly GlobalId[];
  readonly backends?: readonly string[];
  readonly vendors?: readonly string[];
  readonly states?: readonly JobState[];
  readonly types?: readonly string[];
  readonly groups?: readonly string[];
  readonly owners?: readonly string[];
  /** Part of the native id or description, in any case. */
  readonly text?: string;
  /** Has an unfinished task. */
  readonly busy?: boolean;
}

/** Which tasks. Read like JobFilter. */
export interface TaskFilter {
  readonly ids?: readonly GlobalId[];
  readonly backends?: readonly string[];
  readonly vendors?: readonly string[];
  readonly kinds?: readonly string[];
  readonly states?: readonly TaskState[];
  readonly jobs?: readonly GlobalId[];
  readonly parents?: readonly GlobalId[];
  readonly idempotencyKeys?: readonly string[];
}

const within = <T>(list: readonly T[] | undefined, value: T | null | undefined): boolean =>
  list === undefined || (value !== null && value !== undefined && list.includes(value));

/** What of a filter says which backends it is about. */
export type BackendScope = Pick<JobFilter & TaskFilter, 'backends' | 'vendors' | 'ids' | 'jobs' | 'parents'>;

/** Whether a backend can hold anything the filter asks for: those that cannot are not asked. */
export const filterTouches = (filter: BackendScope, backend: { readonly key: string; readonly vendor: string }): boolean => {
  const names = (ids: readonly GlobalId[] | undefined): boolean => ids === undefined || ids.some((id) => id.backend === backend.key);
  return (
    within(filter.backends, backend.key) &&
    within(filter.vendors, backend.vendor) &&
    names(filter.ids) &&
    names(filter.jobs) &&
    names(filter.parents)
  );
};

/** Facts of a job that the filter looks at, as field coordinates. */
export const jobFilterFields = (filter: JobFilter): readonly string[] => [
  ...(filter.states ? ['Job.state'] : []),
  ...(filter.types ? ['Job.type'] : []),
  ...(filter.groups ? ['Job.groups'] : []),
  ...(filter.owners ? ['Job.owner'] : []),
  ...(filter.text ? ['Job.description'] : []),
  ...(filter.busy === undefined ? [] : ['Job.currentTask']),
];

/** `busy`: whether the job has an unfinished task; the caller knows. */
export const matchesJob = (filter: JobFilter, vendor: string, job: Job, busy: boolean): boolean => {
  const id = filter.ids ? parseId(job.id) : undefined;
  const text = filter.text?.toLowerCase();
  return (
    (id === undefined || (filter.ids ?? []).some((asked) => sameObject(asked, id))) &&
    within(filter.backends, job.backendKey) &&
    within(filter.vendors, vendor) &&
    within(filter.states, job.state) &&
    within(filter.types, job.type) &&
    (filter.groups === undefined || filter.groups.some((group) => job.groups?.includes(group))) &&
    within(filter.owners, job.owner) &&
    (text === undefined || job.nativeId.toLowerCase().includes(text) || (job.description ?? '').toLowerCase().includes(text)) &&
    (filter.busy === undefined || filter.busy === busy)
  );
};

export const matchesTask = (filter: TaskFilter, vendor: string, task: Task): boolean => {
  const is = (ids: readonly GlobalId[] | undefined, full: string | null): boolean => {
    if (ids === undefined) return true;
    if (full === null) return false;
    const id = parseId(full);
    return ids.some((asked) => sameObject(asked, id));
  };
  return (
    is(filter.ids, task.id) &&
    within(filter.backends, task.backendKey) &&
    within(filter.vendors, vendor) &&
    within(filter.kinds, task.kind) &&
    within(filter.states, task.state) &&
    (filter.jobs === undefined || filter.jobs.some((job) => job.backend === task.backendKey && job.native === task.jobNativeId)) &&
    is(filter.parents, task.parentId) &&
    within(filter.idempotencyKeys, task.idempotencyKey)
  );
};

export const isUnfinished = (task: Task): boolean => !finalTaskStates.has(task.state);
