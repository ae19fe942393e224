import { type Backend, formatId, type Instant, isFinal, type Revised, type Task } from '../../domain/index.js';
import type { ObservableLedger } from '../watch/ledger.js';
import type { TaskRecord } from './kept-records.js';
import { startLastsMs } from './task-book.js';
import type { TaskWait } from './task-keeper.js';
import type { TaskOrigin } from './verb-record.js';

/** Tasks of the vendor's that a verb's answer names, as they are right then. */
export interface VendorTasks {
  /** The record of a task that the verb has begun; when it cannot be read yet, as far as it is known. */
  begun(backend: Backend, record: TaskRecord, nativeId: string, origin: TaskOrigin): Promise<TaskRecord>;
  /** The task a verb acts on: others may have begun it, so nothing is written down about it. Null when nobody knows it. */
  named(backend: Backend, nativeId: string, origin: TaskOrigin): Promise<Revised<Task> | null>;
}

/** How they are read. */
export interface VendorTaskOptions {
  readonly ledger: ObservableLedger;
  readonly track: (backend: Backend, task: Task, wait: TaskWait) => void;
  readonly fault: (message: string, cause: unknown) => undefined;
  readonly signal: AbortSignal;
  readonly now: () => Instant;
}

/** How long a run is looked after that a verb has told to stop. */
const stopLastsMs = 60_000;

export const createVendorTasks = ({ ledger, track, fault, signal, now }: VendorTaskOptions): VendorTasks => {
  /** A verb has been answered whether its task can be read or not: a failure here must not lose it. */
  const read = async (backend: Backend, nativeId: string, { requestId, fields }: TaskOrigin): Promise<Task | undefined> => {
    const answer = await backend.adapter
      .readTasks([nativeId], fields ?? new Set(), backend.call({ signal, requestId }))
      .catch((cause: unknown) => fault('the task of a verb could not be read', cause));
    const reading = answer?.readings.get(nativeId);
    return reading?.status === 'found' ? reading.value : undefined;
  };

  return {
    begun: async (backend, record, nativeId, origin) => {
      const { startedBy, parentId, idempotencyKey } = record.task;
      // The run of a job that was begun has the job's own id.
      const jobNativeId = record.verb?.action === 'START_JOB' ? nativeId : record.task.jobNativeId;
      const seen = await read(backend, nativeId, origin);
      const task: Task = seen
        ? { ...seen, startedBy: startedBy ?? seen.startedBy, parentId, idempotencyKey, jobNativeId: seen.jobNativeId ?? jobNativeId }
        : {
            ...record.task,
            id: backend.adapter.qualifiesIds ? formatId('task', backend.key, nativeId) : formatId('task', backend.key, nativeId, now()),
            nativeId,
            jobNativeId,
            vendorType: null,
            state: record.task.continuous ? 'CREATED' : 'RUNNING',
            cancellable: true,
          };
      return {
        ...record,
        task,
        vendorTaskId: nativeId,
        ...(seen ? {} : { startGuessed: true }),
        ...(task.continuous ? { followUntil: now() + startLastsMs } : {}),
      };
    },
    named: async (backend, nativeId, origin) => {
      const readAt = now();
      const seen = await read(backend, nativeId, origin);
      const task = seen ? ledger.stampTasks([seen], readAt)[0] : ledger.taskByNativeId(backend.key, nativeId);
      if (task && !isFinal(task.state)) track(backend, task, { waitMs: stopLastsMs });
      return task ?? null;
    },
  };
};
