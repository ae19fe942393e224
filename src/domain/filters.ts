import type { GlobalId } from './ids.js';
import { formatId, parseId, textOfId } from './ids.js';
import type { Detector, Job } from './model.js';
import type { Task } from './task.js';
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
  readonly detectors?: readonly GlobalId[];
  readonly parents?: readonly GlobalId[];
  /** Tasks of single entities too; absent: only when `parents` or `kinds` asks for them. */
  readonly includeEntities?: boolean;
  readonly idempotencyKeys?: readonly string[];
}

/** Which detectors. Read like JobFilter. */
export interface DetectorFilter {
  readonly ids?: readonly GlobalId[];
  readonly backends?: readonly string[];
  readonly vendors?: readonly string[];
  /** State of the latest task; a detector whose run was never started has none and matches no list. */
  readonly realtimeStates?: readonly TaskState[];
  readonly historicalStates?: readonly TaskState[];
  readonly highCardinality?: boolean;
  /** Names as configured in the detector, not expanded. */
  readonly indices?: readonly string[];
  /** Part of the native id, name or description, in any case. */
  readonly text?: string;
}

/** A list of a filter is looked into for every row: it becomes a set when it is first looked into, for as long as the list is held. */
const memoSet = <T, K>(keyOf: (entry: T) => K): ((list: readonly T[]) => ReadonlySet<K>) => {
  const sets = new WeakMap<readonly T[], ReadonlySet<K>>();
  return (list) => {
    const known = sets.get(list);
    if (known) return known;
    const made = new Set(list.map(keyOf));
    sets.set(list, made);
    return made;
  };
};
const valuesOf = memoSet((value: unknown) => value);
const textsOf = memoSet(textOfId);
const backendsOf = memoSet(({ backend }: GlobalId) => backend);
/** By backend and native id, whatever the kind and incarnation. */
const nativesOf = memoSet(({ backend, native }: GlobalId) => `${backend}:${native}`);

const within = <T>(list: readonly T[] | undefined, value: T | null | undefined): boolean =>
  list === undefined || (value !== null && value !== undefined && valuesOf(list).has(value));

/** Whether one of the ids, which may lack the incarnation, names the object with the full id. */
const named = (ids: readonly GlobalId[] | undefined, full: string | null): boolean => {
  if (ids === undefined || full === null) return ids === undefined;
  const { kind, backend, native, incarnation } = parseId(full);
  const texts = textsOf(ids);
  return (
    texts.has(formatId(kind, backend, native)) || (incarnation !== undefined && texts.has(formatId(kind, backend, native, incarnation)))
  );
};

/**
 * Whether one of the jobs is the one a task works on. Native ids that carry their incarnation name that one job, of which the filter may leave the
 * incarnation out; others name the latest, whatever the filter says of it.
 */
const worksOnOneOf = (jobs: readonly GlobalId[] | undefined, { backendKey, jobNativeId }: Task): boolean => {
  if (jobs === undefined || jobNativeId === null) return jobs === undefined;
  const tilde = jobNativeId.lastIndexOf('~');
  if (tilde < 0) return nativesOf(jobs).has(`${backendKey}:${jobNativeId}`);
  const texts = textsOf(jobs);
  return [jobNativeId, jobNativeId.slice(0, tilde)].some((native) => texts.has(formatId('job', backendKey, native)));
};

/** What of a filter says which backends it is about. */
export type BackendScope = Pick<JobFilter & TaskFilter, 'backends' | 'vendors' | 'ids' | 'jobs' | 'detectors' | 'parents'>;

/** Whether a backend can hold anything the filter asks for: those that cannot are not asked. */
export const filterTouches = (filter: BackendScope, backend: { readonly key: string; readonly vendor: string }): boolean => {
  const names = (ids: readonly GlobalId[] | undefined): boolean => ids === undefined || backendsOf(ids).has(backend.key);
  return (
    within(filter.backends, backend.key) &&
    within(filter.vendors, backend.vendor) &&
    names(filter.ids) &&
    names(filter.jobs) &&
    names(filter.detectors) &&
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
  const { groups } = filter;
  const text = filter.text?.toLowerCase();
  return (
    named(filter.ids, job.id) &&
    within(filter.backends, job.backendKey) &&
    within(filter.vendors, vendor) &&
    within(filter.states, job.state) &&
    within(filter.types, job.type) &&
    (groups === undefined || (job.groups ?? []).some((group) => within(groups, group))) &&
    within(filter.owners, job.owner) &&
    (text === undefined || parseId(job.id).native.toLowerCase().includes(text) || (job.description ?? '').toLowerCase().includes(text)) &&
    (filter.busy === undefined || filter.busy === busy)
  );
};

/** Whether tasks of single entities belong to what the filter asks for; as many as a high-cardinality run has, they are shown on demand only. */
const asksForEntities = (filter: TaskFilter): boolean =>
  filter.includeEntities ?? (filter.parents !== undefined || filter.kinds !== undefined || filter.ids !== undefined);

/** A task of one entity, below a detector's. */
const isEntityTask = (task: Task): boolean => (task.entity?.length ?? 0) > 0;

export const matchesTask = (filter: TaskFilter, vendor: string, task: Task): boolean =>
  named(filter.ids, task.id) &&
  within(filter.backends, task.backendKey) &&
  within(filter.vendors, vendor) &&
  within(filter.kinds, task.kind) &&
  within(filter.states, task.state) &&
  worksOnOneOf(filter.jobs, task) &&
  (filter.detectors === undefined ||
    (task.detectorNativeId != null && nativesOf(filter.detectors).has(`${task.backendKey}:${task.detectorNativeId}`))) &&
  named(filter.parents, task.parentId) &&
  (asksForEntities(filter) || !isEntityTask(task)) &&
  within(filter.idempotencyKeys, task.idempotencyKey);

/** Facts of a detector that the filter looks at, as field coordinates. */
export const detectorFilterFields = (filter: DetectorFilter): readonly string[] => [
  ...(filter.realtimeStates ? ['Detector.realtimeTask'] : []),
  ...(filter.historicalStates ? ['Detector.historicalTask'] : []),
  ...(filter.highCardinality === undefined ? [] : ['Detector.highCardinality']),
  ...(filter.indices ? ['Detector.indices'] : []),
  ...(filter.text ? ['Detector.name', 'Detector.description'] : []),
];

export const matchesDetector = (filter: DetectorFilter, vendor: string, detector: Detector): boolean => {
  const { indices } = filter;
  const text = filter.text?.toLowerCase();
  const has = (words: string | null | undefined): boolean => text === undefined || (words ?? '').toLowerCase().includes(text);
  return (
    named(filter.ids, detector.id) &&
    within(filter.backends, detector.backendKey) &&
    within(filter.vendors, vendor) &&
    within(filter.realtimeStates, detector.realtimeTask?.state) &&
    within(filter.historicalStates, detector.historicalTask?.state) &&
    (filter.highCardinality === undefined || filter.highCardinality === detector.highCardinality) &&
    (indices === undefined || (detector.indices ?? []).some((index) => within(indices, index))) &&
    (has(detector.nativeId) || has(detector.name) || has(detector.description))
  );
};

export const isUnfinished = (task: Task): boolean => !finalTaskStates.has(task.state);
