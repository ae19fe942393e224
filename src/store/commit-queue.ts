import type { Rows, Run } from './rows.js';

/** How work is carried out. Both throw only what the work itself throws. */
export interface Carriers {
  /** All of it in one transaction, or not at all. Undefined when there is no disk to do it on; the work has then left nothing behind. */
  commit<T>(work: (rows: Rows) => T): { readonly value: T } | undefined;
  /** Where nothing can be taken back: each piece of work by itself. */
  alone<T>(work: (rows: Rows) => T): T;
}

/** Runs the work of one turn of the event loop in one transaction. */
export interface CommitQueue {
  readonly run: Run;
  /** Runs what waits, now. */
  flush(): void;
}

interface Job {
  readonly work: (rows: Rows) => unknown;
  readonly done: (value: unknown) => void;
  readonly failed: (error: unknown) => void;
}

export const createCommitQueue = ({ commit, alone }: Carriers, batchSize: number): CommitQueue => {
  let waiting: Job[] = [];
  let scheduled: NodeJS.Immediate | undefined;

  const settleOne = ({ work, done, failed }: Job): void => {
    try {
      const committed = commit(work);
      done(committed ? committed.value : alone(work));
    } catch (error) {
      failed(error);
    }
  };
  const commitAll = (jobs: readonly Job[]): readonly unknown[] | undefined => {
    try {
      return commit((rows) => jobs.map(({ work }) => work(rows)))?.value;
    } catch {
      // One of them threw and took the others back with it. Each is run again by itself, and the one throws again, to its own caller.
      return undefined;
    }
  };
  const settle = (jobs: readonly Job[]): void => {
    const values = jobs.length > 1 ? commitAll(jobs) : undefined;
    for (const [index, job] of jobs.entries()) {
      if (values) job.done(values[index]);
      else settleOne(job);
    }
  };
  const flushSome = (): void => {
    const jobs = waiting.slice(0, batchSize);
    waiting = waiting.slice(batchSize);
    scheduled = waiting.length > 0 ? setImmediate(flushSome) : undefined;
    settle(jobs);
  };

  return {
    run: <T>(work: (rows: Rows) => T) =>
      new Promise<T>((resolve, reject) => {
        // `done` is given what this very work returned.
        waiting.push({ work, done: (value) => resolve(value as T), failed: reject });
        scheduled ??= setImmediate(flushSome);
      }),
    flush: () => {
      while (waiting.length > 0) flushSome();
      if (scheduled) clearImmediate(scheduled);
      scheduled = undefined;
    },
  };
};
