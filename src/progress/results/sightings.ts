import pLimit from 'p-limit';
import type { CallOptions, FieldSet, Instant, Job, PartFailure, Task, VendorAdapter } from '../../domain/index.js';
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
  /** Jobs and tasks of one list: the adapter makes both of the same answer. Looks at the same time share one list, and so do those of one operation. */
  look(fields: FieldSet, call: CallOptions): Promise<Sighting>;
  /** A verb was sent: what was seen before it is not looked at again. */
  forget(): void;
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

/** Records written at the same time. */
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
  readonly now: () => Instant;
}

/** How long an operation takes at most that is answered from one list: a query reads its jobs first, and then their tasks. */
const operationLastsMs = 1_000;

interface Flight {
  readonly fields: FieldSet;
  readonly signal: AbortSignal;
  readonly sighting: Promise<Sighting>;
}

export const createSightings = ({ adapter, shelf, ends, consumesAll, isDurable, grown, now }: SightingOptions): Sightings => {
  let flight: Flight | undefined;
  let last: { readonly requestId: string; readonly fields: FieldSet; readonly at: Instant; readonly sighting: Sighting } | undefined;

  /** Returns whether it tells more of who the job is, which has to be known after a restart too; steps of progress are not worth a write. */
  const see = (entry: Entry, seen: Seen, begunAt: number): boolean => {
    entry.missed = 0;
    entry.seenAt = begunAt;
    if (entry.record.end) return false;
    entry.listed = seen;
    // A list that gives numbers alone must not wipe what was learnt before.
    const tells = seen.job !== null && (seen.job.state !== 'UNKNOWN' || entry.record.job === null);
    if (!tells) return false;
    const { job, task } = entry.record;
    entry.record = {
      ...entry.record,
      // What this look did not ask for is known from an earlier one.
      job: seen.job ? { ...job, ...lastingJob(seen.job) } : job,
      task: seen.task ? lastingTask(seen.task) : task,
    };
    return job?.state !== seen.job?.state || job?.startedAt !== seen.job?.startedAt || job?.type !== seen.job?.type;
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
    const news: Promise<unknown>[] = [];
    for (const { entry, isNew, job, task } of found) {
      listed.add(entry);
      // A list that is older than what is known may show who had the number before.
      const isNews = (isNew || begunAt > entry.learntAt) && see(entry, { job, task }, begunAt);
      if (isNews && !isNew) news.push(lane(() => shelf.amend(entry, (record) => record)));
      if (consumesAll && !entry.record.ours && !entry.record.end)
        news.push(lane(() => shelf.amend(entry, (record) => ({ ...record, ours: true }))));
    }
    for (const entry of shelf.all()) {
      if (listed.has(entry)) continue;
      entry.listed = null;
      if (jobs.missing.length === 0 && !entry.record.gone) news.push(lane(() => miss(entry, begunAt)));
    }
    await Promise.all(news);
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
    forget: () => {
      last = undefined;
    },
    look: async (asked, call) => {
      const fields = unionOf([recordFields, asked]);
      if (last?.requestId === call.requestId && includes(last.fields, fields) && Math.abs(now() - last.at) < operationLastsMs)
        return last.sighting;
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
        const at = now();
        const sighting = await own.sighting;
        last = { requestId: call.requestId, fields, at, sighting };
        return sighting;
      } finally {
        if (flight === own) flight = undefined;
      }
    },
  };
};
