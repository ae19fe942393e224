import {
  type Action,
  formatId,
  isFinal,
  type Job,
  type JobResult,
  type ResultState,
  type Task,
  type TaskKind,
} from '../../domain/index.js';
import { type JobRecord, nameOf } from './record.js';
import type { Entry, Seen } from './shelf.js';

/** What jobs and tasks are shown with. */
export interface RenderOptions {
  readonly backendKey: string;
  readonly taskKind: () => TaskKind;
}

/** Jobs, tasks and results as the rest of the gateway sees them, made from a record and what was seen last. */
export interface Render {
  job(entry: Entry, actions?: (job: Job) => readonly Action[]): Job;
  task(entry: Entry): Task;
  result(record: JobRecord): JobResult | null;
}

/** The list tells more than the question, unless it gives numbers alone. */
const lastSeen = ({ record, listed, asked }: Entry): Seen => {
  const kept = { job: record.job, task: record.task };
  if (record.end) return kept;
  if (listed?.job && (listed.job.state !== 'UNKNOWN' || (!asked?.job && !kept.job))) return listed;
  return asked?.job ? asked : kept;
};

export const resultStateOf = ({ record, listed }: Entry): ResultState => {
  if (record.result.state !== 'NONE') return record.result.state;
  return record.end === null && !record.ours && listed?.job?.state === 'FINISHED' ? 'UNCLAIMED' : 'NONE';
};

export const createRender = ({ backendKey, taskKind }: RenderOptions): Render => {
  const idOf = (kind: 'job' | 'task' | 'result', { number, incarnation }: JobRecord): string =>
    formatId(kind, backendKey, number, incarnation);

  const result = (record: JobRecord): JobResult | null => {
    const { state, receivedAt, bytes } = record.result;
    if (state !== 'AVAILABLE' || receivedAt === null || bytes === null) return null;
    return { id: idOf('result', record), backendKey, jobNativeId: nameOf(record), receivedAt, bytes };
  };

  /** Not listed yet: it has been begun, and nothing else is known. */
  const blankJob = (): Omit<Job, 'id' | 'nativeId'> => ({
    backendKey,
    type: 'unknown',
    state: 'UNKNOWN',
    vendorState: null,
    stateReason: null,
    description: null,
    groups: [],
    owner: null,
    createdAt: null,
    startedAt: null,
    finishedAt: null,
    lastActivityAt: null,
    processed: null,
    node: null,
    datafeed: null,
    details: null,
  });

  const blankTask = (): Omit<Task, 'id' | 'nativeId'> => ({
    backendKey,
    kind: taskKind(),
    vendorType: null,
    state: 'CREATED',
    vendorState: null,
    progress: null,
    counts: null,
    startedAt: null,
    endedAt: null,
    updatedAt: null,
    error: null,
    cancellable: true,
    startedBy: null,
    jobNativeId: null,
    parentId: null,
    idempotencyKey: null,
  });

  const endOf = ({ end, result: { state, receivedAt } }: JobRecord): Pick<Job, 'state' | 'stateReason' | 'finishedAt'> | undefined => {
    if (!end) return undefined;
    // It came after it was given up for lost.
    if (receivedAt !== null && (state === 'AVAILABLE' || state === 'EXPIRED'))
      return { state: 'FINISHED', stateReason: null, finishedAt: receivedAt };
    return { state: end.jobState, stateReason: end.error?.message ?? null, finishedAt: end.taskState === 'LOST' ? null : end.at };
  };

  return {
    result,
    job: (entry, actions) => {
      const { record } = entry;
      const seen = lastSeen(entry).job;
      const base = seen ?? blankJob();
      const id = idOf('job', record);
      const { details } = base;
      const job: Job = {
        ...base,
        id,
        nativeId: nameOf(record),
        ...(details
          ? { details: { ...details, id: seen && details.id.startsWith(seen.id) ? id + details.id.slice(seen.id.length) : id } }
          : {}),
        ...endOf(record),
        resultState: resultStateOf(entry),
        result: result(record),
      };
      return actions ? { ...job, allowedActions: actions(job) } : job;
    },
    task: (entry) => {
      const { record } = entry;
      const base = lastSeen(entry).task ?? blankTask();
      const name = nameOf(record);
      const task: Task = { ...base, id: idOf('task', record), nativeId: name, jobNativeId: name };
      const { end } = record;
      // Only what the record says has ended has: the list cannot tell how.
      if (!end) return isFinal(task.state) ? { ...task, state: 'UNKNOWN', endedAt: null } : task;
      return {
        ...task,
        state: end.taskState,
        progress: end.taskState === 'SUCCEEDED' && task.counts ? 1 : task.progress,
        endedAt: end.at,
        updatedAt: end.at,
        error: end.error,
        cancellable: false,
      };
    },
  };
};
