import { LRUCache } from 'lru-cache';
import {
  type Action,
  type Backend,
  type CallOptions,
  type FieldSet,
  type Instant,
  isFinal,
  type Job,
  type Reading,
  type Task,
  type TaskError,
  type VerbStanding,
} from '../../domain/index.js';
import { VigilError } from '../../errors.js';
import type { Instances } from '../instances/instances.js';
import type { TaskRecord } from '../verbs/kept-records.js';
import { leftUnsent } from '../verbs/not-sent.js';
import type { WritableTaskBook } from '../verbs/task-book.js';
import { endAs, type TaskKeeper, taskErrorOf } from '../verbs/task-keeper.js';
import type { ObservableLedger } from './ledger.js';

/** Brings the tasks to their true end that no call answers for: those vanished from the vendor's list, those whose call was lost, those of an earlier run. */
export interface Follower {
  /** Unfinished tasks of a backend that have to be asked about; empty: nothing to follow. */
  tasksToFollow(backend: Backend): readonly TaskRecord[];
  /**
   * Asks about followed and watched tasks that the vendor's list no longer shows. `listed`: native ids it shows. Returns whether some of them seem gone but
   * have to be asked about again before that is believed.
   */
  follow(backend: Backend, watched: readonly Task[], listed: ReadonlySet<string>, fields: FieldSet, call: CallOptions): Promise<boolean>;
}

/** How to make one. */
export interface FollowerOptions {
  readonly book: WritableTaskBook;
  readonly keeper: TaskKeeper;
  readonly ledger: ObservableLedger;
  /** Whether this very process is at work on it. */
  readonly isAtWork: (taskId: string) => boolean;
  readonly instances: Pick<Instances, 'self' | 'leads' | 'isGone'>;
  readonly now?: () => Instant;
}

/** A task its vendor says nothing about: because it knows nothing, or because it may not be asked. */
interface Unanswered {
  readonly task: Task;
  readonly forbidden: boolean;
}

/** *gone* has to be heard so often before it is believed: a result may be on its way into the vendor's store. */
const gonesUntilLost = 3;
/** Tasks asked for by id in one tick. */
const askedAtOnce = 100;
/** A task nobody can tell anything about any more is given up after this. */
const longestFollowMs = 24 * 3_600_000;

const lost = (message: string): TaskError => taskErrorOf(new VigilError('NOT_FOUND', message));
const unsent = (): TaskError => taskErrorOf(leftUnsent());

export const createFollower = (options: FollowerOptions): Follower => {
  const { book, keeper, ledger, instances, now = Date.now } = options;
  /** How often in a row the vendor had nothing to say, by task. */
  const silent = new LRUCache<string, number>({ max: 10_000 });

  let turn = 0;

  /** Here, or at another instance that is not dead: what comes of it is written down there. */
  const isAtWork = (id: string): boolean => {
    const owner = book.record(id)?.owner;
    return options.isAtWork(id) || (owner !== undefined && owner !== instances.self && !instances.isGone(owner));
  };

  const heard = (id: string): void => {
    silent.delete(id);
  };
  const silentTooOften = (id: string): boolean => {
    const times = (silent.get(id) ?? 0) + 1;
    silent.set(id, times);
    return times >= gonesUntilLost;
  };

  const end = async (task: Task, state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'LOST', error?: TaskError): Promise<void> => {
    heard(task.id);
    // Held up since it asked: what it has heard is old, and somebody else judges by now.
    if (!instances.leads(task.backendKey)) return;
    if (book.record(task.id)) await keeper.end(task.id, state, error);
    else await keeper.remember({ ...task, state, error: error ?? null, endedAt: now(), updatedAt: now(), cancellable: false });
  };

  const actionOf = (backend: Backend, task: Task): Action | undefined => {
    return (
      book.record(task.id)?.verb?.action ??
      backend.profile().capabilities.find((action) => action !== 'CANCEL_TASK' && backend.adapter.taskKindOf(action) === task.kind)
    );
  };

  /**
   * Judges a task from its job, when the vendor has nothing to say about the task itself. `forbidden`: it may have, but not to us (`_tasks` needs another
   * privilege than the verbs): then the job alone decides, and as long as it is held by the task, the task is taken to run.
   */
  const judge = async (task: Task, standing: VerbStanding, forbidden: boolean): Promise<void> => {
    const vendorTask = task.nativeId !== null && !forbidden;
    switch (standing.state) {
      case 'SUCCEEDED':
        // The vendor's own result may only be on its way, and the job may not be held by the task yet.
        if (task.nativeId === null || silentTooOften(task.id)) await end(task, 'SUCCEEDED');
        return;
      case 'FAILED':
        await end(task, 'FAILED', taskErrorOf(standing.error));
        return;
      case 'RUNNING':
        if (!vendorTask && now() - (task.startedAt ?? now()) < longestFollowMs) return;
        if (silentTooOften(task.id))
          await end(
            task,
            'LOST',
            lost('The backend no longer knows this task, yet its job is still held by it. Send the verb again to recover.'),
          );
        return;
      case 'UNKNOWN':
        if (silentTooOften(task.id))
          await end(task, 'LOST', lost('The backend no longer knows this task, and nothing else tells how it ended.'));
    }
  };

  /** A detector's task tells of itself: its job shows the latest run, which may be another one. */
  const isJudgedByJob = (task: Task): boolean => task.jobNativeId !== null && task.detectorNativeId == null;

  const judgeByJobs = async (backend: Backend, unanswered: readonly Unanswered[], call: CallOptions): Promise<void> => {
    const tasks = unanswered.map(({ task }) => task);
    const jobIds = [...new Set(tasks.flatMap((task) => (isJudgedByJob(task) && task.jobNativeId !== null ? [task.jobNativeId] : [])))];
    const readAt = now();
    const readings: ReadonlyMap<string, Reading<Job>> = jobIds.length === 0
      ? new Map()
      : (await backend.adapter.readJobs(jobIds, backend.adapter.verbFields, call)).readings;
    ledger.stampJobs(
      [...readings.values()].flatMap((reading) => (reading.status === 'found' ? [reading.value] : [])),
      readAt,
    );
    for (const { task, forbidden } of unanswered) {
      const action = actionOf(backend, task);
      const reading = task.jobNativeId === null ? undefined : sameJob(book.record(task.id)?.jobId, readings.get(task.jobNativeId));
      if (reading?.status === 'undetermined') continue;
      // Not to be told is not to be gone.
      const untold: VerbStanding = { state: forbidden && task.detectorNativeId != null ? 'RUNNING' : 'UNKNOWN' };
      await judge(task, action === undefined || reading === undefined ? untold : backend.adapter.standingOf(action, reading), forbidden);
    }
  };

  /** A parent left behind by an earlier run ends as its last child does; what was not sent then is not sent now. */
  const endOrphanedParent = async (record: TaskRecord): Promise<void> => {
    const children = book.tasksOf(record.task.backendKey).filter((task) => task.parentId === record.task.id);
    if (children.some((child) => !isFinal(child.state))) return;
    const reset = children.find((child) => child.kind === record.task.kind);
    if (reset?.state === 'SUCCEEDED') return end(record.task, 'SUCCEEDED');
    const failed = reset ?? children.find((child) => child.state !== 'SUCCEEDED');
    if (failed) return end(record.task, endAs(failed), failed.error ?? undefined);
    return end(record.task, 'LOST', unsent());
  };

  const recordsOf = (backend: Backend): readonly TaskRecord[] =>
    book.unfinished().filter((record) => record.task.backendKey === backend.key && !isAtWork(record.task.id));

  const askVendor = async (backend: Backend, all: readonly Task[], fields: FieldSet, call: CallOptions): Promise<readonly Unanswered[]> => {
    if (all.length === 0) return [];
    // Each has its turn: a vendor that lists no tasks is asked for them one by one, and takes only so many at once.
    const from = turn % all.length;
    turn += askedAtOnce;
    const tasks = [...all.slice(from), ...all.slice(0, from)].slice(0, askedAtOnce);
    const readAt = now();
    const { readings } = await backend.adapter.readTasks(
      tasks.flatMap((task) => (task.nativeId === null ? [] : [task.nativeId])),
      fields,
      call,
    );
    const found: Task[] = [];
    const silentOnes: Unanswered[] = [];
    for (const task of tasks) {
      const reading = task.nativeId === null ? undefined : readings.get(task.nativeId);
      if (reading?.status === 'found') found.push(reading.value);
      else if (reading?.status === 'gone') silentOnes.push({ task, forbidden: false });
      else if (reading?.status === 'undetermined' && reading.cause.code === 'FORBIDDEN') silentOnes.push({ task, forbidden: true });
    }
    for (const task of ledger.stampTasks(found, readAt)) {
      heard(task.id);
      await keeper.absorb(task);
    }
    return silentOnes;
  };

  return {
    tasksToFollow: recordsOf,
    follow: async (backend, watched, listed, fields, call) => {
      const records = recordsOf(backend);
      const all = new Map<string, Task>();
      for (const task of watched) if (!isFinal(task.state) && !isAtWork(task.id)) all.set(task.id, task);
      for (const record of records) all.set(record.task.id, record.task);
      for (const record of records) {
        // With a native id it has been sent: it waits its turn at the vendor's.
        if (record.task.state === 'QUEUED' && record.task.nativeId === null) {
          all.delete(record.task.id);
          await end(record.task, 'LOST', unsent());
          continue;
        }
        if (record.verb !== null) continue;
        all.delete(record.task.id);
        await endOrphanedParent(record);
      }
      const tasks = [...all.values()];
      const vanished = tasks.filter((task) => task.nativeId !== null && !listed.has(task.nativeId));
      const unanswered = await askVendor(backend, vanished, fields, call);
      const withoutVendor = tasks.filter((task) => task.nativeId === null && book.record(task.id) !== undefined);
      const toJudge = [...unanswered, ...withoutVendor.map((task) => ({ task, forbidden: false }))];
      if (toJudge.length > 0) await judgeByJobs(backend, toJudge, call);
      return toJudge.some(({ task }) => silent.has(task.id));
    },
  };
};

/** A job of the same name that was made later is not the one the verb was sent to: that one is gone. */
const sameJob = (jobId: string | null | undefined, reading: Reading<Job> | undefined): Reading<Job> | undefined =>
  jobId && reading?.status === 'found' && reading.value.id !== jobId ? { status: 'gone' } : reading;
