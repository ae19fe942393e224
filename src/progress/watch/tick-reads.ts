import {
  type Backend,
  type CallOptions,
  type ClusterNode,
  type Detector,
  type FieldSet,
  type Instant,
  isFinal,
  type Job,
  type Task,
  unionOf,
} from '../../domain/index.js';
import { isVigilError } from '../../errors.js';
import type { JobArchive } from '../results/archive.js';
import { isResting, startLastsMs } from '../verbs/task-book.js';
import type { TaskKeeper } from '../verbs/task-keeper.js';
import type { Follower } from './follower.js';
import { type Interest, includes, type Listed, wantsList } from './interest.js';
import type { ObservableLedger } from './ledger.js';
import { createPolledList, type PolledList, type PolledPart } from './polled-list.js';
import { createPolledPast } from './polled-past.js';

/** What the last tick read of each list; undefined when nobody watches it or it failed. */
export interface PolledParts {
  jobs(): PolledPart<Job> | undefined;
  tasks(): PolledPart<Task> | undefined;
  detectors(): PolledPart<Detector> | undefined;
  nodes(): PolledPart<ClusterNode> | undefined;
  /** Tasks that this watch alone has asked for: those of entities, those of the past. */
  tasksFor(interest: Interest): readonly Task[];
}

/** The reads of a loop: all lists that somebody wants, each in one go, and what has to be asked besides. */
export interface TickReads {
  readonly parts: PolledParts;
  /** Reads what the interests want. Returns whether it was anything at all. */
  read(interests: readonly Interest[], call: () => CallOptions): Promise<boolean>;
  /** Whether the parts tell all the interest wants. */
  covers(interest: Interest): boolean;
  /** Whether something of what was read is on its way to an end. */
  isMoving(): boolean;
  /** Whether something of it seems gone, and has to be asked about again before that is believed. */
  isInDoubt(): boolean;
  track(task: Task): void;
  /** What was read is not true any more. */
  drop(): void;
  reset(): void;
}

/** What the reads need. */
export interface TickReadOptions {
  readonly backend: Backend;
  readonly ledger: ObservableLedger;
  readonly follower: Follower;
  readonly keeper: TaskKeeper;
  /** Of a product that hands results over once. */
  readonly archive?: Pick<JobArchive, 'isNeeded' | 'collect'>;
  readonly now: () => Instant;
}

export const createTickReads = ({ backend, ledger, follower, keeper, archive, now }: TickReadOptions): TickReads => {
  const { adapter } = backend;
  /** Unfinished tasks seen so far: one that is missing from a later list has to be asked about. */
  const open = new Map<string, Task>();
  let entities: readonly Task[] = [];
  let doubtful = false;

  /** Whether there is reason to look often. */
  const isBusy = (task: Task | null | undefined): boolean => {
    if (task == null || isFinal(task.state) || isResting(task)) return false;
    return task.continuous !== true || now() - (task.startedAt ?? now()) < startLastsMs;
  };

  const followed = (): readonly string[] => follower.tasksToFollow(backend).flatMap(({ vendorTaskId }) => vendorTaskId ?? []);
  const watched = (): readonly string[] => [...new Set([...[...open.values()].flatMap(({ nativeId }) => nativeId ?? []), ...followed()])];

  const isFollowing = (): boolean => followed().length > 0 || archive?.isNeeded() === true;

  const jobs = createPolledList<Job>({
    list: (fields, call) => adapter.listJobs(fields, call),
    stamp: ledger.stampJobs,
    forget: ledger.forgetJob,
    known: () => ledger.jobIds(backend.key),
    now,
  });
  const tasks = createPolledList<Task>({
    list: (fields, call) => adapter.discoverTasks(fields, call, watched()),
    stamp: ledger.stampTasks,
    now,
  });
  const detectors = createPolledList<Detector>({
    list: async (fields, call) => (await adapter.detectors?.list({}, fields, call)) ?? { items: [], missing: [] },
    stamp: ledger.stampDetectors,
    forget: ledger.forgetDetector,
    known: () => ledger.detectorIds(backend.key),
    now,
  });
  const nodes = createPolledList<ClusterNode>({
    list: (fields, call) => adapter.listNodes(fields, call),
    stamp: ledger.stampNodes,
    forget: ledger.forgetNode,
    known: () => ledger.nodeIds(backend.key),
    now,
  });
  const past = createPolledPast({ backendKey: backend.key, adapter, stamp: ledger.stampTasks, now });
  const lists: Readonly<Record<Listed, Pick<PolledList<unknown>, 'part' | 'drop' | 'reset'>>> = { jobs, tasks, detectors, nodes };
  const listed = Object.keys(lists) as readonly Listed[];

  const readTasks = async (fields: FieldSet, call: CallOptions): Promise<ReadonlySet<string>> => {
    const stamped = await tasks.read(fields, call);
    for (const task of stamped) {
      open.set(task.id, task);
      await keeper.absorb(task);
    }
    return new Set(stamped.flatMap(({ nativeId }) => nativeId ?? []));
  };

  /** Statistics may need a privilege of their own: without it everything else is watched all the same. */
  const readNodes = async (fields: FieldSet, call: CallOptions): Promise<void> => {
    try {
      await nodes.read(fields, call);
    } catch (error) {
      if (!isVigilError(error) || error.code !== 'FORBIDDEN') throw error;
      nodes.fail(fields, { part: 'STATISTICS', error });
    }
  };

  return {
    parts: { jobs: jobs.part, tasks: tasks.part, detectors: detectors.part, nodes: nodes.part, tasksFor: past.tasksFor },
    read: async (interests, call) => {
      const fields = unionOf(new Set(interests.map((interest) => interest.fields)));
      const wants = (list: Listed): boolean => interests.some((interest) => wantsList(list, interest));
      const wanted = new Set(listed.filter((list) => (list === 'tasks' && isFollowing()) || wants(list)));
      if (!adapter.detectors) wanted.delete('detectors');
      for (const list of listed) if (!wanted.has(list)) lists[list].drop();
      // Nobody looks at tasks any more: what becomes of them is nobody's question, until somebody looks again who knew them. Who looks is shown every one
      // that is known, whoever has read it: a query, an earlier run.
      if (!wanted.has('tasks')) open.clear();
      else for (const task of ledger.unfinishedTasks(backend.key)) open.set(task.id, task);
      const [told, ofEntities] = await Promise.all([
        wanted.has('tasks') ? readTasks(fields, call()) : new Set<string>(),
        past.read(interests, fields, call()),
        wanted.has('jobs') ? jobs.read(fields, call()) : undefined,
        wanted.has('detectors') ? detectors.read(fields, call()) : undefined,
        wanted.has('nodes') ? readNodes(fields, call()) : undefined,
      ]);
      entities = ofEntities.items;
      for (const task of ofEntities.unfollowed) open.set(task.id, task);
      archive?.collect();
      doubtful = await follower.follow(backend, [...open.values()], told, fields, call());
      for (const task of open.values()) if (isFinal(ledger.task(task.id)?.state ?? 'LOST')) open.delete(task.id);
      return wanted.size > 0 || entities.length > 0;
    },
    covers: (interest) =>
      listed.every((list) => {
        if (!wantsList(list, interest) || (list === 'detectors' && !adapter.detectors)) return true;
        const part = lists[list].part();
        return part !== undefined && includes(part.fields, interest.fields);
      }) && past.covers(interest),
    isMoving: () =>
      [...open.values()].some((task) => isBusy(ledger.task(task.id) ?? task)) ||
      entities.some(isBusy) ||
      (detectors.part()?.items ?? []).some(({ id }) => {
        const detector = ledger.detector(id);
        return isBusy(detector?.realtimeTask) || isBusy(detector?.historicalTask);
      }),
    isInDoubt: () => doubtful,
    track: (task) => {
      open.set(task.id, task);
    },
    drop: () => {
      for (const list of listed) lists[list].drop();
    },
    reset: () => {
      open.clear();
      entities = [];
      doubtful = false;
      past.reset();
      for (const list of listed) lists[list].reset();
    },
  };
};
