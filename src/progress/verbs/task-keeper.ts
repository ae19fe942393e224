import { type Instant, isFinal, type Revised, type Task, type TaskError } from '../../domain/index.js';
import { isVigilError } from '../../errors.js';
import type { ObservableLedger } from '../watch/ledger.js';
import type { TaskRecord, WritableTaskBook } from './task-book.js';

/** The one hand that writes down what becomes of the gateway's tasks: durable first, then told to the watchers. */
export interface TaskKeeper {
  /** Writes a new task down. */
  begin(record: TaskRecord): Promise<Revised<Task>>;
  /** Changes a task that has not ended; nothing happens to one that has. */
  update(id: string, change: Partial<Task>): Promise<void>;
  /** Ends a task. The first end counts. */
  end(id: string, state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'LOST', error?: TaskError): Promise<void>;
  /** Takes over what the vendor says: of a task that is written down always, of any other once it has ended. */
  absorb(task: Revised<Task>): Promise<void>;
  /** Writes down the end of a task that others began: vendors forget it. */
  remember(task: Task): Promise<void>;
  /** The task once it has ended, or as it is when the time is up or the gateway stops waiting. */
  waitForEnd(id: string, waitMs?: number): Promise<Revised<Task> | undefined>;
  /** Lets everybody who waits go, and nobody wait any more: the gateway is stopping. */
  release(): void;
}

/** Longest timer Node takes. */
const longestTimerMs = 2_147_483_647;

/** Why a task failed, in the catalogue's words. */
export const taskErrorOf = (error: unknown): TaskError =>
  isVigilError(error)
    ? {
        code: error.code,
        message: error.message,
        detail: error.facts.vendorMessage ?? null,
        ...(error.facts.missing ? { missing: error.facts.missing } : {}),
        ...(error.facts.retryAfterMs === undefined ? {} : { retryAfterMs: error.facts.retryAfterMs }),
      }
    : { code: 'INTERNAL', message: 'The gateway met a fault of its own; its log has the cause.', detail: null };

/** What the vendor sent is read again when asked for, never kept: it may be large. */
const withoutRaw = ({ raw: _raw, ...task }: Task & { readonly revision?: number }): Task => {
  const { revision: _revision, ...kept } = task;
  return kept;
};

const foreign = (task: Task): TaskRecord => ({ task, verb: null, vendorTaskId: task.nativeId, jobId: null });

export const createTaskKeeper = (book: WritableTaskBook, ledger: ObservableLedger, now: () => Instant = Date.now): TaskKeeper => {
  const waiting = new Set<() => void>();
  let released = false;

  const publish = (task: Task): Revised<Task> => {
    const [revised] = ledger.stampTasks([task], now());
    return revised ?? { ...task, revision: now() };
  };

  /** The job a delete was for is gone, whether anybody polls jobs or not; a job made since under its name is another one. */
  const forgetDeleted = ({ verb, jobId, task }: TaskRecord): void => {
    if (verb?.action === 'DELETE_JOB' && task.state === 'SUCCEEDED' && jobId !== null) ledger.forgetJob(jobId);
  };

  const change = async (id: string, news: Partial<Task>): Promise<void> => {
    const record = book.record(id);
    if (!record || isFinal(record.task.state)) return;
    const task: Task = { ...record.task, ...news, updatedAt: now() };
    await book.write({ ...record, task });
    forgetDeleted({ ...record, task });
    publish(task);
  };

  return {
    begin: async (record) => {
      await book.write(record);
      return publish(record.task);
    },
    update: change,
    end: (id, state, error) => change(id, { state, endedAt: now(), error: error ?? null, cancellable: false }),
    absorb: async (task) => {
      const record = book.record(task.id);
      if (record ? isFinal(record.task.state) || record.task.state === task.state : !isFinal(task.state)) return;
      const written = { ...(record ?? foreign(task)), task: withoutRaw(task) };
      await book.write(written);
      forgetDeleted(written);
    },
    remember: async (task) => {
      await book.write({ ...foreign(task), task: withoutRaw(task) });
      publish(task);
    },
    waitForEnd: (id, waitMs) =>
      new Promise((resolve) => {
        const finish = (): void => {
          stopListening();
          clearTimeout(timer);
          waiting.delete(finish);
          resolve(ledger.task(id));
        };
        const timer = setTimeout(finish, Math.min(waitMs ?? longestTimerMs, longestTimerMs));
        timer.unref();
        const stopListening = ledger.listen((news) => {
          if (news.kind === 'task' && news.value.id === id && isFinal(news.value.state)) finish();
        });
        waiting.add(finish);
        const known = ledger.task(id);
        if (released || known === undefined || isFinal(known.state)) finish();
      }),
    release: () => {
      released = true;
      for (const finish of [...waiting]) finish();
    },
  };
};
