import type { CallOptions, Instant, JobAnswer, ResultMembers } from '../../domain/index.js';
import { isVigilError } from '../../errors.js';
import type { Store } from '../../store/store.js';
import type { Bodies } from './bodies.js';
import type { Ends, Loss } from './ends.js';
import { lastingJob, lastingTask, nameOf } from './record.js';
import type { Entry, Seen, ShelfOfRecords } from './shelf.js';
import { recordFields } from './sightings.js';

/** What this process remembers between two questions for one job. */
export interface Attempts {
  /** Whether an earlier question may have taken the result from the server, and why that is not known. */
  doubt: Loss | null;
  /** The intent that is ours. */
  intendedAt: Instant | null;
  /** The last answer was that it may have failed. */
  saidFailed: boolean;
}

/** The one path on which a job is asked for. */
export interface ReadOnce {
  /** `waiting`: another instance is at it, or the store would not keep what came. Throws when it was not answered; `attempts` then says what that may mean. */
  read(entry: Entry, attempts: Attempts, call: () => CallOptions): Promise<'done' | 'waiting'>;
  /** Finds results that came after they had been given up, from an instance that ended before it could say so. */
  recover(): Promise<void>;
}

/** What it works with. */
export interface ReadOnceOptions {
  readonly backendKey: string;
  readonly store: Store;
  readonly shelf: ShelfOfRecords;
  readonly bodies: Bodies;
  readonly ends: Ends;
  readonly results: ResultMembers;
  readonly holder: string;
  readonly leaseMs: number;
  readonly renewMs: number;
  readonly now: () => Instant;
  readonly fault: (message: string, cause: unknown) => void;
  /** Told of what an answer said of a job that has not ended. */
  readonly told: (entry: Entry) => void;
}

/** The same pieces; `broken` is told when they end before their time. */
const heard = (pieces: AsyncIterable<Uint8Array>, broken: () => void): AsyncIterable<Uint8Array> => ({
  [Symbol.asyncIterator]: () => {
    const source = pieces[Symbol.asyncIterator]();
    return {
      next: () =>
        source.next().catch((error: unknown) => {
          broken();
          throw error;
        }),
      return: async () => (await source.return?.()) ?? { done: true, value: undefined },
    };
  },
});

export const createReadOnce = (options: ReadOnceOptions): ReadOnce => {
  const { backendKey, store, shelf, bodies, ends, results, holder, leaseMs, renewMs, now, fault, told } = options;

  /** The right to ask, for as long as this process is known to have it. */
  const rightTo = (entry: Entry) => {
    const lease = `results/${backendKey}/${nameOf(entry.record)}`;
    let askedAt = Number.NEGATIVE_INFINITY;
    const acquire = async (): Promise<boolean> => {
      const at = performance.now();
      if (!(await store.acquireLease(lease, holder, leaseMs))) return false;
      askedAt = at;
      return true;
    };
    return { acquire, isHeld: () => performance.now() - askedAt < leaseMs, release: () => store.releaseLease(lease, holder) };
  };

  /** The body is complete in the store, whoever put it there. */
  const receive = async (entry: Entry): Promise<boolean> => {
    const body = await bodies.find(entry.record);
    if (!body) return false;
    await bodies.index(entry.record, body);
    await ends.received(entry, body.size);
    return true;
  };

  /** Whether nothing has to be asked: others have, or an earlier run has. */
  const isSettled = async (entry: Entry): Promise<boolean> => (await shelf.refresh(entry)).end !== null || (await receive(entry));

  /** Written before the question is asked: if this process ends now, the next one knows that the result may have been handed over. */
  const intend = async (entry: Entry, attempts: Attempts): Promise<void> => {
    const { intendedAt } = entry.record;
    if (intendedAt !== null && intendedAt === attempts.intendedAt) return;
    if (intendedAt !== null) attempts.doubt ??= 'stopped';
    const at = Math.max(now(), (intendedAt ?? 0) + 1);
    await shelf.amend(entry, (record) => ({ ...record, intendedAt: at }));
    attempts.intendedAt = at;
  };

  const ask = async (entry: Entry, attempts: Attempts, call: CallOptions): Promise<JobAnswer> => {
    const course = { begun: false, kept: false, broken: false };
    const keep = async (pieces: AsyncIterable<Uint8Array>): Promise<void> => {
      course.begun = true;
      await bodies.keep(
        entry.record,
        heard(pieces, () => {
          course.broken = true;
        }),
      );
      course.kept = true;
    };
    try {
      return await results.collect(entry.record.number, keep, recordFields, call);
    } catch (error) {
      if (!isVigilError(error) || error.facts.outcomeUnknown !== false)
        attempts.doubt = course.begun && !course.kept && !course.broken ? 'unkept' : 'broken';
      throw error;
    }
  };

  /** What an answer that is no result says of the job; a job that answers has handed nothing over. */
  const note = (entry: Entry, { job, task }: Seen): void => {
    if (!job && !task) return;
    entry.asked = { job, task };
    const { record } = entry;
    entry.record = {
      ...record,
      job: job ? { ...record.job, ...lastingJob(job) } : record.job,
      task: task ? lastingTask(task) : record.task,
    };
    told(entry);
  };

  /** `mayGiveUp`: nobody else can be at it. */
  const takeIn = async (entry: Entry, attempts: Attempts, answer: JobAnswer, mayGiveUp: () => Promise<boolean>): Promise<void> => {
    if (answer.kind !== 'failed') attempts.saidFailed = false;
    switch (answer.kind) {
      case 'finished':
        if (await receive(entry)) return;
        attempts.doubt = 'unkept';
        // While the store is away half of it may be here and half of it there: it is looked for again when the store is back.
        if (store.health().durable) await ends.lost(entry, 'unkept');
        return;
      case 'unfinished':
        attempts.doubt = null;
        note(entry, answer);
        return;
      case 'failed':
        attempts.doubt = null;
        if (attempts.saidFailed) await ends.failed(entry, answer.error);
        attempts.saidFailed = true;
        return;
      case 'absent':
        if (await isSettled(entry)) return;
        // While the store is away it may hide that another instance has the result: asked again when it is back.
        if (!store.health().durable) return;
        // This process was held up, and another instance has been given it meanwhile.
        if (!(await mayGiveUp())) return;
        await ends.lost(entry, attempts.doubt ?? 'untold');
        // An instance that was held up may have finished between the two: what it brought counts.
        await receive(entry);
    }
  };

  return {
    recover: async () => {
      for (const entry of shelf.all()) if (entry.record.ours && entry.record.result.state === 'LOST') await receive(entry);
    },
    read: async (entry, attempts, call) => {
      if (await isSettled(entry)) return 'done';
      const right = rightTo(entry);
      if (!(await right.acquire())) return 'waiting';
      const renewing = setInterval(() => {
        right.acquire().catch((cause: unknown) => fault('the right to read a result could not be renewed', cause));
      }, renewMs);
      renewing.unref();
      try {
        // Whoever held it before may have finished.
        if (await isSettled(entry)) return 'done';
        await intend(entry, attempts);
        // Writing that may have been what showed that nothing is kept any more.
        if (!store.health().durable) return 'waiting';
        // This process was held up: another one may be asking.
        if (!right.isHeld()) return 'waiting';
        await takeIn(entry, attempts, await ask(entry, attempts, call()), right.acquire);
        return 'done';
      } finally {
        clearInterval(renewing);
        await right.release();
      }
    },
  };
};
