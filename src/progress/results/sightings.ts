import pLimit from 'p-limit';
import type { CallOptions, FieldSet, Job, PartFailure, Task, VendorAdapter } from '../../domain/index.js';
import { unionOf } from '../../domain/index.js';
import { includes } from '../watch/interest.js';
import type { Ends } from './ends.js';
import { isAnotherJob } from './incarnations.js';
import { lastingJob, lastingTask } from './record.js';
import type { Birth, Entry, Seen, ShelfOfRecords } from './shelf.js';

/** What a look at the server's list showed, as records. */
export interface Sighting {
  readonly listed: readonly Entry[];
  /** Empty: the list was whole. */
  readonly missing: readonly PartFailure[];
}

/** Looks at the server's list and writes down what is learnt from it. */
export interface Sightings {
  /** Jobs and tasks of one list: the adapter makes both of the same answer. Looks at the same time share one list. */
  look(fields: FieldSet, call: CallOptions): Promise<Sighting>;
}

/** What is needed of every job, whatever was asked for: who it is, and whether it is done. */
export const recordFields: FieldSet = new Set([
  'Job.state',
  'Job.type',
  'Job.owner',
  'Job.startedAt',
  'Job.processed',
  'Task.state',
  'Task.progress',
  'Task.counts',
]);

/** A job of somebody else's is gone when so many lists in a row lack it, each begun after the other. */
const missesUntilGone = 3;

/** New records written at the same time. */
const writtenAtOnce = 32;

/** How to make one. */
export interface SightingOptions {
  readonly adapter: Pick<VendorAdapter, 'listJobs' | 'discoverTasks'>;
  readonly shelf: ShelfOfRecords;
  readonly ends: Ends;
  readonly consumesAll: boolean;
  readonly isDurable: () => boolean;
  /** Called after each look with new records: there may be too many. */
  readonly grown: () => Promise<void>;
}

interface Flight {
  readonly fields: FieldSet;
  readonly signal: AbortSignal;
  readonly sighting: Promise<Sighting>;
}

export const createSightings = ({ adapter, shelf, ends, consumesAll, isDurable, grown }: SightingOptions): Sightings => {
  let flight: Flight | undefined;

  const see = (entry: Entry, seen: Seen, begunAt: number): void => {
    entry.missed = 0;
    entry.seenAt = begunAt;
    if (entry.record.end) return;
    entry.listed = seen;
    // A list that gives numbers alone must not wipe what was learnt before.
    const tells = seen.job !== null && (seen.job.state !== 'UNKNOWN' || entry.record.job === null);
    if (!tells) return;
    const { job, task } = entry.record;
    entry.record = {
      ...entry.record,
      // What this look did not ask for is known from an earlier one.
      job: seen.job ? { ...job, ...lastingJob(seen.job) } : job,
      task: seen.task ? lastingTask(seen.task) : task,
    };
  };

  /** The record of a listed job; a new one where the number was not known, or has become another job's. */
  const recordOf = async (job: Job, task: Task | null, begunAt: number): Promise<Birth> => {
    const known = shelf.latest(job.nativeId);
    if (known && !isAnotherJob(known, job, begunAt)) return { entry: known, isNew: false };
    const isTaken = async (latest: Entry): Promise<boolean> => {
      if (!isAnotherJob(latest, job, begunAt)) return true;
      if (!latest.record.end) await ends.lost(latest, 'renumbered');
      return false;
    };
    return shelf.bear(job.nativeId, isTaken, { ours: consumesAll, job: lastingJob(job), task: task && lastingTask(task) });
  };

  const miss = async (entry: Entry, begunAt: number): Promise<void> => {
    const { record, learntAt, seenAt } = entry;
    if (begunAt <= learntAt || begunAt <= seenAt || record.gone) return;
    entry.missed += 1;
    // What others were told of it stays true: that it was killed or has failed.
    if (record.end) await shelf.amend(entry, (known) => ({ ...known, gone: true }));
    // While the store is away it may hide that another instance has the result.
    else if (!record.ours && entry.missed >= missesUntilGone && isDurable()) await ends.lost(entry, 'foreign');
  };

  const begin = async (fields: FieldSet, call: CallOptions): Promise<Sighting> => {
    // What other instances wrote before the list is older than the list; what they write meanwhile is not.
    await shelf.sync();
    const begunAt = shelf.moment();
    const [jobs, tasks] = await Promise.all([adapter.listJobs(fields, call), adapter.discoverTasks(fields, call)]);
    await shelf.sync();
    const byNumber = new Map(tasks.items.map((task) => [task.nativeId, task]));
    const before = shelf.size();
    const listed = new Set<Entry>();
    // A server of many jobs is seen for the first time only once: the store takes what is written at the same time together.
    const lane = pLimit(writtenAtOnce);
    const found = await Promise.all(
      jobs.items.map((job) =>
        lane(async () => {
          const task = byNumber.get(job.nativeId) ?? null;
          return { ...(await recordOf(job, task, begunAt)), job, task };
        }),
      ),
    );
    for (const { entry, isNew, job, task } of found) {
      listed.add(entry);
      // A list that is older than what is known may show who had the number before.
      if (isNew || begunAt > entry.learntAt) see(entry, { job, task }, begunAt);
      if (consumesAll && !entry.record.ours && !entry.record.end) await shelf.amend(entry, (record) => ({ ...record, ours: true }));
    }
    for (const entry of [...shelf.all()]) {
      if (listed.has(entry)) continue;
      entry.listed = null;
      if (jobs.missing.length === 0) await miss(entry, begunAt);
    }
    if (shelf.size() > before) await grown();
    return { listed: [...listed], missing: [...jobs.missing, ...tasks.missing] };
  };

  const joined = async (current: Flight, call: CallOptions): Promise<Sighting | undefined> => {
    try {
      return await current.sighting;
    } catch (error) {
      // Whoever began it has given up: that is no answer to anybody else.
      if (current.signal.aborted && !call.signal.aborted) return undefined;
      throw error;
    }
  };

  return {
    look: async (asked, call) => {
      const fields = unionOf([recordFields, asked]);
      while (flight) {
        const current = flight;
        if (includes(current.fields, fields)) {
          const sighting = await joined(current, call);
          if (sighting) return sighting;
        } else await current.sighting.catch(() => undefined);
        if (flight === current) flight = undefined;
      }
      const own: Flight = { fields, signal: call.signal, sighting: begin(fields, call) };
      flight = own;
      try {
        return await own.sighting;
      } finally {
        if (flight === own) flight = undefined;
      }
    },
  };
};
