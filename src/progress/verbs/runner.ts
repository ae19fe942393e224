import pLimit, { type LimitFunction } from 'p-limit';
import { ulid } from 'ulid';
import {
  type Backend,
  formatId,
  gatewayTaskNative,
  type Instant,
  type Job,
  type Revised,
  type Task,
  type Verb,
} from '../../domain/index.js';
import { isVigilError, VigilError } from '../../errors.js';
import { createSendVerb } from './send-verb.js';
import type { TaskRecord } from './task-book.js';
import { type TaskKeeper, taskErrorOf } from './task-keeper.js';

/** Whom a verb's task belongs to. */
export interface TaskOrigin {
  readonly startedBy: string | null;
  readonly idempotencyKey: string | null;
  readonly parentId: string | null;
  readonly requestId: string;
}

/** Sends verbs and writes down what becomes of them. */
export interface VerbRunner {
  /**
   * Sends a verb whose task is to be shown: the vendor's own task, or one of the gateway's around a blocking call; null when there is nothing to
   * watch, because it was done at once and is no kind of task. Throws what is refused at once.
   */
  start(backend: Backend, verb: Verb, job: Job, origin: TaskOrigin): Promise<Revised<Task> | null>;
  /** Closes, then resets, under one parent task that ends as the reset does. */
  startResetAfterClose(backend: Backend, close: Verb, reset: Verb, job: Job, origin: TaskOrigin): Promise<Revised<Task>>;
  /** Whether this process is at work on the task; others have to be judged from their job. */
  isAtWork(taskId: string): boolean;
  /** Ends the waiting calls; their tasks stay unfinished in the book and are found again at the next start. */
  dispose(): Promise<void>;
}

/** How to make one. */
export interface VerbRunnerOptions {
  readonly keeper: TaskKeeper;
  readonly now?: () => Instant;
  /** Told when there is something to follow on a backend. */
  readonly wake: (backend: Backend) => void;
  /** Told that a backend has refused a verb: it may have begun to take none. */
  readonly refused: (backend: Backend) => void;
  /** For the log: a fault that is nobody's answer. */
  readonly fault: (message: string, cause: unknown) => undefined;
}

/** Verbs waiting for their vendor at the same time, per backend; the others queue. */
const blockingAtOnce = 8;
/** Elasticsearch's own default for open and close; others are given as much. */
const defaultVendorTimeoutMs = 30 * 60_000;

/** Whether the work may go on although the call has failed. */
const mayGoOn = (error: unknown): boolean => isVigilError(error) && (error.code === 'TIMEOUT' || error.facts.outcomeUnknown === true);

export const createVerbRunner = ({ keeper, wake, refused, fault, now = Date.now }: VerbRunnerOptions): VerbRunner => {
  const ending = new AbortController();
  const send = createSendVerb(ending.signal, refused);
  const lanes = new Map<string, LimitFunction>();
  const atWork = new Map<string, Promise<void>>();

  const laneOf = (backend: Backend): LimitFunction => {
    const lane = lanes.get(backend.key) ?? pLimit(blockingAtOnce);
    lanes.set(backend.key, lane);
    return lane;
  };

  const gatewayRecord = (backend: Backend, verb: Verb, job: Job, origin: TaskOrigin, isParent: boolean): TaskRecord => ({
    verb: isParent ? null : verb,
    vendorTaskId: null,
    jobId: job.id,
    task: {
      id: formatId('task', backend.key, gatewayTaskNative, ulid(now()).toLowerCase()),
      backendKey: backend.key,
      nativeId: null,
      kind: backend.adapter.taskKindOf(verb.action),
      vendorType: `gateway:${verb.action.slice(0, verb.action.indexOf('_')).toLowerCase()}`,
      state: laneOf(backend).activeCount < blockingAtOnce ? 'RUNNING' : 'QUEUED',
      vendorState: null,
      progress: null,
      counts: null,
      startedAt: now(),
      endedAt: null,
      updatedAt: now(),
      error: null,
      cancellable: false,
      startedBy: origin.startedBy,
      jobNativeId: job.nativeId,
      parentId: origin.parentId,
      idempotencyKey: origin.idempotencyKey,
    },
  });

  /** Work in the background that this process owns; its end, good or bad, is written down by itself. */
  const own = (backend: Backend, taskId: string, work: () => Promise<void>): void => {
    const done = work()
      .catch(async (error: unknown) => {
        if (ending.signal.aborted) return;
        fault('a verb in the background met a fault', error);
        await keeper.end(taskId, 'FAILED', taskErrorOf(error));
      })
      .finally(() => {
        atWork.delete(taskId);
        // What has not ended now has nobody but the loop to follow it.
        if (!ending.signal.aborted) wake(backend);
      });
    atWork.set(taskId, done);
  };

  const callBlocking = async (backend: Backend, verb: Verb, taskId: string, requestId: string): Promise<void> => {
    await keeper.update(taskId, { state: 'RUNNING' });
    try {
      await send(backend, verb, { requestId, vendorTimeoutMs: defaultVendorTimeoutMs });
      await keeper.end(taskId, 'SUCCEEDED');
    } catch (error) {
      // Stopping: the vendor goes on with it, and the next start judges from the job how it went.
      if (ending.signal.aborted) return;
      if (!mayGoOn(error)) {
        await keeper.end(taskId, 'FAILED', taskErrorOf(error));
        return;
      }
      await keeper.update(taskId, { error: taskErrorOf(error) });
    }
  };

  const startBlocking = async (backend: Backend, verb: Verb, job: Job, origin: TaskOrigin): Promise<Revised<Task>> => {
    const task = await keeper.begin(gatewayRecord(backend, verb, job, origin, false));
    own(backend, task.id, () => laneOf(backend)(() => callBlocking(backend, verb, task.id, origin.requestId)));
    return task;
  };

  /** The vendor's task as it is right after it was begun; when it cannot be read yet, as far as it is known. */
  const readBegun = async (backend: Backend, verb: Verb, job: Job, nativeId: string, origin: TaskOrigin): Promise<Task> => {
    const assumed: Task = {
      ...gatewayRecord(backend, verb, job, origin, false).task,
      id: formatId('task', backend.key, nativeId, now()),
      nativeId,
      vendorType: null,
      state: 'RUNNING',
      cancellable: true,
    };
    const call = backend.call({ signal: ending.signal, requestId: origin.requestId });
    // The task has begun whether it can be read or not: a failure here must not lose it.
    const answer = await backend.adapter
      .readTasks([nativeId], new Set(), call)
      .catch((cause: unknown) => fault('a task just begun could not be read', cause));
    const reading = answer?.readings.get(nativeId);
    if (reading?.status !== 'found') return assumed;
    const { startedBy, parentId, idempotencyKey, jobNativeId } = assumed;
    return { ...reading.value, startedBy, parentId, idempotencyKey, jobNativeId: reading.value.jobNativeId ?? jobNativeId };
  };

  const startInVendor = async (backend: Backend, verb: Verb, job: Job, origin: TaskOrigin): Promise<Revised<Task> | null> => {
    const answer = await send(backend, verb, { requestId: origin.requestId });
    if (answer.done && backend.adapter.taskKindOf(verb.action) === 'UNKNOWN') {
      wake(backend);
      return null;
    }
    if (answer.done) {
      const record = gatewayRecord(backend, verb, job, origin, false);
      return keeper.begin({ ...record, task: { ...record.task, state: 'SUCCEEDED', endedAt: now() } });
    }
    const task = await readBegun(backend, verb, job, answer.taskId, origin);
    const begun = await keeper.begin({ task, verb, vendorTaskId: answer.taskId, jobId: job.id });
    wake(backend);
    return begun;
  };

  const start: VerbRunner['start'] = (backend, verb, job, origin) =>
    backend.adapter.isBlocking(verb.action) ? startBlocking(backend, verb, job, origin) : startInVendor(backend, verb, job, origin);

  /** The parent ends as its children do; nothing is reset unless the close has succeeded. */
  const closeThenReset = async (
    backend: Backend,
    verbs: readonly Verb[],
    job: Job,
    parentId: string,
    origin: TaskOrigin,
  ): Promise<void> => {
    for (const verb of verbs) {
      const child = await start(backend, verb, job, { ...origin, parentId });
      if (child === null) continue;
      const ended = await keeper.waitForEnd(child.id);
      if (ending.signal.aborted || ended === undefined) return;
      if (ended.state === 'SUCCEEDED') continue;
      const state = ended.state === 'CANCELLED' || ended.state === 'LOST' ? ended.state : 'FAILED';
      await keeper.end(parentId, state, ended.error ?? undefined);
      return;
    }
    await keeper.end(parentId, 'SUCCEEDED');
  };

  return {
    start,
    startResetAfterClose: async (backend, close, reset, job, origin) => {
      const parent = await keeper.begin(gatewayRecord(backend, reset, job, origin, true));
      own(backend, parent.id, () => closeThenReset(backend, [close, reset], job, parent.id, origin));
      return parent;
    },
    isAtWork: (taskId) => atWork.has(taskId),
    dispose: async () => {
      ending.abort(new VigilError('BACKEND_UNAVAILABLE', 'The gateway is stopping.'));
      for (const lane of lanes.values()) lane.clearQueue();
      keeper.release();
      // Queued work never settles once its lane is cleared: it is waited for only so long.
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, 1_000);
      });
      await Promise.race([Promise.allSettled(atWork.values()), patience]);
      clearTimeout(timer);
    },
  };
};
