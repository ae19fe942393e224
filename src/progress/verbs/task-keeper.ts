import { type Instant, isFinal, type Revised, type Task, type TaskError } from '../../domain/index.js';
import { isVigilError } from '../../errors.js';
import type { ObservableLedger } from '../watch/ledger.js';
import type { TaskRecord } from './kept-records.js';
import type { WritableTaskBook } from './task-book.js';

/** How far a task is waited for. */
export interface TaskWait {
  readonly waitMs?: number;
  /** Absent: when it has ended. */
  readonly isOver?: (task: Task) => boolean;
}

/** The one hand that writes down what becomes of the gateway's tasks: durable first, then told to the watchers. */
export interface TaskKeeper {
  /** Writes a new task down. */
  begin(record: TaskRecord): Promise<Revised<Task>>;
  /** Changes a task that has not ended; nothing happens to one that has. */
  update(id: string, change: Partial<Task>): Promise<void>;
  /** Changes a task that has not ended, and leaves it to whoever follows its backend: nobody is at work on it any more. */
  handOver(id: string, change?: Partial<Task>): Promise<void>;
  /** Ends a task. The first end counts, whichever instance wrote it. */
  end(id: string, state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'LOST', error?: TaskError): Promise<void>;
  /**
   * Takes over what the vendor says: of a task that is written down always, of any other once it has ended, unless its vendor remembers ends itself.
   */
  absorb(task: Revised<Task>): Promise<void>;
  /** Takes over what another instance has told, and writes down itself. */
  hear(task: Revised<Task>): void;
  /** Writes down the end of a task that others began: vendors forget it. */
  remember(task: Task): Promise<void>;
  /** The task once it has come so far, or as it is when the time is up or the gateway stops waiting. */
  waitFor(id: string, wait?: TaskWait): Promise<Revised<Task> | undefined>;
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

/** How a parent ends whose child has not succeeded. */
export const endAs = ({ state }: Task): 'FAILED' | 'CANCELLED' | 'LOST' => (state === 'CANCELLED' || state === 'LOST' ? state : 'FAILED');

/** What the vendor sent is read again when asked for, never kept: it may be large. An estimate is of the moment. */
const lasting = ({ raw: _raw, estimatedEndAt: _estimate, ...task }: Task & { readonly revision?: number }): Task => {
  const { revision: _revision, ...kept } = task;
  return kept;
};

const hasEnded = (task: Task): boolean => isFinal(task.state);

const foreign = (task: Task): TaskRecord => ({ task, verb: null, vendorTaskId: task.nativeId, jobId: null });

/** What the keeper works with. */
export interface TaskKeeperOptions {
  readonly book: WritableTaskBook;
  readonly ledger: ObservableLedger;
  /** Whether a backend's vendor remembers how tasks ended: what others began need not be kept for it, as much as there may be. */
  readonly remembersEnds: (backendKey: string) => boolean;
  readonly now?: () => Instant;
}

export const createTaskKeeper = ({ book, ledger, remembersEnds, now = Date.now }: TaskKeeperOptions): TaskKeeper => {
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

  /** What stands is told, which may be the end that another instance has written. */
  const write = async (record: TaskRecord): Promise<Revised<Task>> => {
    const standing = await book.write(record);
    forgetDeleted(standing);
    return publish(standing.task);
  };

  const change = async (record: TaskRecord | undefined, news: Partial<Task>): Promise<void> => {
    if (record && !isFinal(record.task.state)) await write({ ...record, task: { ...record.task, ...news, updatedAt: now() } });
  };

  /** Whether the book has to be told: of a task it knows not to have ended, and of the end of any other, unless its vendor remembers that itself. */
  const isNews = (record: TaskRecord | undefined, task: Task): boolean =>
    record ? !isFinal(record.task.state) : isFinal(task.state) && !remembersEnds(task.backendKey);

  return {
    begin: async (record) => publish((await book.write(record)).task),
    update: (id, news) => change(book.record(id), news),
    handOver: async (id, news = {}) => {
      const record = book.record(id);
      if (!record || (record.owner === undefined && Object.keys(news).length === 0)) return;
      const { owner: _owner, ...left } = record;
      await change(left, news);
    },
    end: (id, state, error) => change(book.record(id), { state, endedAt: now(), error: error ?? null, cancellable: false }),
    absorb: async (task) => {
      const record = book.record(task.id);
      if (!isNews(record, task)) return;
      const written = { ...(record ?? foreign(task)), task: lasting(task) };
      if (record?.task.state === task.state) return book.note(written);
      const standing = await book.write(written);
      forgetDeleted(standing);
      if (standing.task.state !== task.state) publish(standing.task);
    },
    hear: (task) => {
      const record = book.record(task.id);
      if (isNews(record, task)) book.note({ ...(record ?? foreign(task)), task: lasting(task) });
    },
    remember: async (task) => {
      publish((await book.write({ ...foreign(task), task: lasting(task) })).task);
    },
    waitFor: (id, { waitMs, isOver = hasEnded } = {}) =>
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
          if (news.kind === 'task' && news.value.id === id && isOver(news.value)) finish();
        });
        waiting.add(finish);
        const known = ledger.task(id);
        if (released || known === undefined || isOver(known)) finish();
      }),
    release: () => {
      released = true;
      for (const finish of [...waiting]) finish();
    },
  };
};
