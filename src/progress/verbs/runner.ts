import pLimit, { type LimitFunction } from 'p-limit';
import { type AnyVerb, type Backend, type Instant, type Revised, type Task, type TaskKind, within } from '../../domain/index.js';
import { isVigilError, VigilError } from '../../errors.js';
import type { Instances } from '../instances/instances.js';
import type { ObservableLedger } from '../watch/ledger.js';
import type { TaskRecord } from './kept-records.js';
import { sentTooLate } from './not-sent.js';
import { createSendVerb } from './send-verb.js';
import { endAs, type TaskKeeper, type TaskWait, taskErrorOf } from './task-keeper.js';
import { createVendorTasks } from './vendor-tasks.js';
import { recordOf, runOf, type TaskOrigin, type VerbSubject } from './verb-record.js';

/** Sends verbs and writes down what becomes of them. */
export interface VerbRunner {
  /**
   * Sends a verb whose task is to be shown: the vendor's own task, or one of the gateway's around a blocking call. Of a verb that is no kind of task
   * itself, the task it acts on, which stays whose it is. Null when there is nothing to watch, or the vendor did not say what. Throws what is refused
   * at once, and sends nothing when the others may have given this instance up since it was asked.
   */
  start(backend: Backend, verb: AnyVerb, subject: VerbSubject, origin: TaskOrigin): Promise<Revised<Task> | null>;
  /** Closes, then resets, under one parent task that ends as the reset does. */
  startResetAfterClose(backend: Backend, close: AnyVerb, reset: AnyVerb, subject: VerbSubject, origin: TaskOrigin): Promise<Revised<Task>>;
  /** Whether the others still count on this instance by the name it had when it was asked: if not, nothing may be sent of what it took on then. */
  maySend(owner: string): boolean;
  /** Whether this process is at work on the task; others have to be judged from their job. */
  isAtWork(taskId: string): boolean;
  /** Ends the waiting calls; their tasks stay unfinished in the book and are found again at the next start. */
  dispose(): Promise<void>;
}

/** How to make one. */
export interface VerbRunnerOptions {
  readonly keeper: TaskKeeper;
  readonly ledger: ObservableLedger;
  readonly instances: Pick<Instances, 'self' | 'isPresent'>;
  readonly now?: () => Instant;
  /** Told when there is something to follow on a backend. */
  readonly wake: (backend: Backend) => void;
  /** Keeps the backend's loop on a task that nothing is written down about, as long as somebody would wait for it. */
  readonly track: (backend: Backend, task: Task, wait: TaskWait) => void;
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

export const createVerbRunner = (options: VerbRunnerOptions): VerbRunner => {
  const { keeper, ledger, instances, wake, track, refused, fault, now = Date.now } = options;
  const ending = new AbortController();
  const send = createSendVerb(ending.signal, refused);
  const vendorTasks = createVendorTasks({ ledger, track, fault, signal: ending.signal, now });
  const lanes = new Map<string, LimitFunction>();
  const atWork = new Map<string, Promise<void>>();

  const laneOf = (backend: Backend): LimitFunction => {
    const lane = lanes.get(backend.key) ?? pLimit(blockingAtOnce);
    lanes.set(backend.key, lane);
    return lane;
  };

  // Else they may have ended what it had in hand, and somebody may have begun anew.
  const maySend = (owner: string): boolean => instances.self === owner && instances.isPresent();

  /** A new record, as the backend's lane will treat it. */
  const gatewayRecord = (backend: Backend, verb: AnyVerb, subject: VerbSubject, origin: TaskOrigin): TaskRecord => {
    const state = laneOf(backend).activeCount < blockingAtOnce ? 'RUNNING' : 'QUEUED';
    return recordOf(backend, verb, subject, origin, { state, startedAt: now() });
  };

  /** Work in the background that this process owns; its end, good or bad, is written down by itself. */
  const own = (backend: Backend, taskId: string, work: () => Promise<void>): void => {
    const done = work()
      .catch(async (error: unknown) => {
        if (ending.signal.aborted) return;
        fault('a verb in the background met a fault', error);
        await keeper.end(taskId, 'FAILED', taskErrorOf(error));
      })
      // What has not ended now goes on at the vendor's, and has nobody but the loop to follow it.
      .then(() => (ending.signal.aborted ? undefined : keeper.handOver(taskId)))
      .catch((cause: unknown) => fault('what became of a verb could not be written down', cause))
      .finally(() => {
        atWork.delete(taskId);
        if (!ending.signal.aborted) wake(backend);
      });
    atWork.set(taskId, done);
  };

  const callBlocking = async (backend: Backend, verb: AnyVerb, taskId: string, { requestId, owner }: TaskOrigin): Promise<void> => {
    if (maySend(owner)) await keeper.update(taskId, { state: 'RUNNING' });
    // It may have been held up while that was written.
    if (!maySend(owner)) return keeper.end(taskId, 'LOST', taskErrorOf(sentTooLate()));
    try {
      await send(backend, verb, { requestId, vendorTimeoutMs: defaultVendorTimeoutMs });
      await keeper.end(taskId, 'SUCCEEDED');
    } catch (error) {
      // Stopping: the vendor goes on with it, and whoever follows it judges from the job how it went.
      if (ending.signal.aborted) return;
      if (mayGoOn(error)) await keeper.handOver(taskId, { error: taskErrorOf(error) });
      else await keeper.end(taskId, 'FAILED', taskErrorOf(error));
    }
  };

  const startBlocking = async (backend: Backend, verb: AnyVerb, subject: VerbSubject, origin: TaskOrigin): Promise<Revised<Task>> => {
    const task = await keeper.begin({ ...gatewayRecord(backend, verb, subject, origin), owner: origin.owner });
    own(backend, task.id, () => laneOf(backend)(() => callBlocking(backend, verb, task.id, origin)));
    return task;
  };

  const startInVendor = async (
    backend: Backend,
    verb: AnyVerb,
    subject: VerbSubject,
    origin: TaskOrigin,
  ): Promise<Revised<Task> | null> => {
    const answer = await send(backend, verb, { requestId: origin.requestId });
    const nativeId = answer.taskId ?? null;
    try {
      const kind: TaskKind = backend.adapter.taskKindOf(verb.action, runOf(verb));
      if (kind === 'UNKNOWN') return nativeId === null ? null : await vendorTasks.named(backend, nativeId, origin);
      const record = gatewayRecord(backend, verb, subject, origin);
      if (nativeId !== null) {
        return await keeper.begin(await vendorTasks.begun(backend, record, nativeId, origin));
      }
      if (answer.done) return await keeper.begin({ ...record, task: { ...record.task, state: 'SUCCEEDED', endedAt: now() } });
      return null;
    } finally {
      wake(backend);
    }
  };

  const start: VerbRunner['start'] = async (backend, verb, subject, origin) => {
    if (!maySend(origin.owner)) throw sentTooLate();
    return backend.adapter.isBlocking(verb.action)
      ? startBlocking(backend, verb, subject, origin)
      : startInVendor(backend, verb, subject, origin);
  };

  /** The parent ends as its children do; nothing is reset unless the close has succeeded. */
  const closeThenReset = async (
    backend: Backend,
    verbs: readonly AnyVerb[],
    subject: VerbSubject,
    parentId: string,
    origin: TaskOrigin,
  ): Promise<void> => {
    for (const verb of verbs) {
      if (!maySend(origin.owner)) return keeper.end(parentId, 'LOST', taskErrorOf(sentTooLate()));
      const child = await start(backend, verb, subject, { ...origin, parentId });
      if (child === null) continue;
      const ended = await keeper.waitFor(child.id);
      if (ending.signal.aborted || ended === undefined) return;
      if (ended.state === 'SUCCEEDED') continue;
      return keeper.end(parentId, endAs(ended), ended.error ?? undefined);
    }
    await keeper.end(parentId, 'SUCCEEDED');
  };

  return {
    start,
    startResetAfterClose: async (backend, close, reset, subject, origin) => {
      if (!maySend(origin.owner)) throw sentTooLate();
      const parent = await keeper.begin({ ...gatewayRecord(backend, reset, subject, origin), verb: null, owner: origin.owner });
      own(backend, parent.id, () => closeThenReset(backend, [close, reset], subject, parent.id, origin));
      return parent;
    },
    maySend,
    isAtWork: (taskId) => atWork.has(taskId),
    dispose: async () => {
      ending.abort(new VigilError('BACKEND_UNAVAILABLE', 'The gateway is stopping.'));
      for (const lane of lanes.values()) lane.clearQueue();
      keeper.release();
      // Queued work never settles once its lane is cleared: it is waited for only so long.
      await within(Promise.allSettled(atWork.values()), 1_000);
    },
  };
};
