import {
  type ClusterNode,
  type Detector,
  type Instant,
  isFinal,
  isUnfinished,
  type Job,
  type Ledger,
  type Revised,
  type Task,
} from '../../domain/index.js';
import { sameFields } from './merge-readings.js';
import { createShelf, type Kept, type Shelf } from './shelf.js';

/** What the ledger holds, by kind. */
interface Kinds {
  readonly job: Job;
  readonly task: Task;
  readonly detector: Detector;
  readonly node: ClusterNode;
}
type Kind = keyof Kinds;

/** Where a change comes from. */
interface Origin {
  /** When the read began that told of it. */
  readonly readAt: Instant;
  /** Another instance has told of it, or what it told has brought it about. */
  readonly remote?: true;
}

/**
 * A change of one object, told to whoever watches. `stirs`: more than an estimate has moved. `fills`: nothing has changed, but more of it is known; the
 * revision is the same.
 */
export type LedgerChange = Origin &
  (
    | {
        readonly [K in Kind]: { readonly kind: K; readonly value: Revised<Kinds[K]>; readonly stirs: boolean; readonly fills?: true };
      }[Kind]
    /** The vendor no longer has it, or there is no room for it. */
    | { readonly kind: `${Kind}-gone`; readonly id: string; readonly backendKey: string }
  );

/** The ledger as the hub sees it. */
export interface ObservableLedger extends Ledger {
  stampNodes(nodes: readonly ClusterNode[], readAt: Instant): readonly Revised<ClusterNode>[];
  job(id: string): Revised<Job> | undefined;
  task(id: string): Revised<Task> | undefined;
  detector(id: string): Revised<Detector> | undefined;
  node(id: string): Revised<ClusterNode> | undefined;
  /** The latest of that native id. */
  jobByNativeId(backendKey: string, nativeId: string): Revised<Job> | undefined;
  taskByNativeId(backendKey: string, nativeId: string): Revised<Task> | undefined;
  detectorByNativeId(backendKey: string, nativeId: string): Revised<Detector> | undefined;
  /** Drops an object and tells the watchers; nothing happens when it is not held. `readAt`: when the read began that did not show it; default: now. */
  forgetJob(id: string, readAt?: Instant): void;
  forgetTask(id: string, readAt?: Instant): void;
  forgetDetector(id: string, readAt?: Instant): void;
  forgetNode(id: string, readAt?: Instant): void;
  /** Of all backends, those that have ended. */
  endedTasks(): readonly Revised<Task>[];
  /** Ids of what is known of a backend. */
  jobIds(backendKey: string): readonly string[];
  detectorIds(backendKey: string): readonly string[];
  nodeIds(backendKey: string): readonly string[];
  /** Takes up what was known in an earlier run, as it was; tells nobody. */
  restore(changes: readonly LedgerChange[]): void;
  /** Holds exactly what was told elsewhere. Its listeners are told with `remote`; what follows for other objects was told elsewhere, too. */
  adopt(change: LedgerChange): void;
  /** What `agreed` waits for. */
  agreeBy(wait: () => Promise<void>): void;
  /** Called in the same turn as the change; `fills`: also when only more is known than before. Returns the way out. */
  listen(listener: (change: LedgerChange) => void, options?: { readonly fills: boolean }): () => void;
}

/** How to make one. */
export interface LedgerOptions {
  /** Objects remembered of each kind; the least recently seen go first. */
  readonly maxObjects?: number;
  readonly now?: () => Instant;
  /** Adds what the gateway itself knows about a task (who began it, under which key). */
  readonly decorate?: (task: Task, readAt: Instant) => Task;
  /** Told of tasks that another instance has read. */
  readonly adopted?: (task: Task, readAt: Instant) => void;
}

/** An object as it stands inside another: without what would lead back to that one. */
const withoutDetector = ({ detector: _detector, ...job }: Job): Job => job;
const embeddedJob = ({ revision, ...job }: Revised<Job>): Revised<Job> => ({ ...withoutDetector(job), revision });
const embeddedDetector = ({ job: _job, ...detector }: Revised<Detector>): Revised<Detector> => detector;

/** Some readings count as older than all that is known. */
const dated = (readAt: Instant): Instant => Math.max(0, readAt);

/** The newest that was seen of every object. Revisions are epoch milliseconds at least, so that they also grow over restarts. */
export const createLedger = (options: LedgerOptions = {}): ObservableLedger => {
  const now = options.now ?? Date.now;
  const decorate = options.decorate ?? ((task: Task) => task);
  const listeners = new Map<(change: LedgerChange) => void, boolean>();
  let agreed = (): Promise<void> => Promise.resolve();

  /** Whether a reading of both a detector and its job is being taken in. */
  let takesBoth = false;
  const takingBoth = <T>(both: boolean, take: () => T): T => {
    const before = takesBoth;
    takesBoth ||= both;
    try {
      return take();
    } finally {
      takesBoth = before;
    }
  };

  /**
   * A detector's job is its real-time run: the states of the two belong together. One that was read alone is not put beside the other as that was before;
   * the next reading of both brings them.
   */
  const mayPair = (before: string | undefined, after: string | undefined, other: string | undefined): boolean =>
    takesBoth || before === after || before === undefined || other === undefined;

  const tell = (change: LedgerChange): void => {
    for (const [listener, hearsFills] of listeners) if (hearsFills || !('fills' in change)) listener(change);
  };
  const shelfOf = <T extends Kept>(
    kind: Kind,
    changed: (value: Revised<T>, stirs: boolean, readAt: Instant) => void,
    filled: (value: Revised<T>, readAt: Instant) => void,
  ): Shelf<T> =>
    createShelf<T>({
      max: options.maxObjects ?? 50_000,
      now,
      changed,
      filled,
      dropped: ({ id, backendKey }, readAt) => tell({ kind: `${kind}-gone`, id, backendKey, readAt: dated(readAt) }),
    });

  const jobs = shelfOf<Job>(
    'job',
    (value, stirs, readAt) => {
      tell({ kind: 'job', value, stirs, readAt: dated(readAt) });
      const detector = detectors.byNativeId(value.backendKey, value.nativeId);
      if (detector?.job?.id !== value.id || !mayPair(detector.job.state, value.state, detector.realtimeTask?.state)) return;
      detectors.amend(detector.id, { job: embeddedJob(value) }, readAt);
    },
    (value, readAt) => tell({ kind: 'job', value, stirs: false, fills: true, readAt: dated(readAt) }),
  );
  const tasks = shelfOf<Task>(
    'task',
    (value, stirs, readAt) => {
      tell({ kind: 'task', value, stirs, readAt: dated(readAt) });
      const detector = value.detectorNativeId == null ? undefined : detectors.byNativeId(value.backendKey, value.detectorNativeId);
      if (detector?.realtimeTask?.id === value.id && mayPair(detector.realtimeTask.state, value.state, detector.job?.state))
        detectors.amend(detector.id, { realtimeTask: value }, readAt);
      if (detector?.historicalTask?.id === value.id) detectors.amend(detector.id, { historicalTask: value }, readAt);
    },
    (value, readAt) => tell({ kind: 'task', value, stirs: false, fills: true, readAt: dated(readAt) }),
  );
  const detectors = shelfOf<Detector>(
    'detector',
    (value, stirs, readAt) => {
      tell({ kind: 'detector', value, stirs, readAt: dated(readAt) });
      const job = jobs.byNativeId(value.backendKey, value.nativeId);
      if (job?.detector?.id !== value.id || !mayPair(job.detector.realtimeTask?.state, value.realtimeTask?.state, job.state)) return;
      jobs.amend(job.id, { detector: embeddedDetector(value) }, readAt);
    },
    (value, readAt) => tell({ kind: 'detector', value, stirs: false, fills: true, readAt: dated(readAt) }),
  );
  const nodes = shelfOf<ClusterNode>(
    'node',
    (value, stirs, readAt) => tell({ kind: 'node', value, stirs, readAt: dated(readAt) }),
    (value, readAt) => tell({ kind: 'node', value, stirs: false, fills: true, readAt: dated(readAt) }),
  );

  /** `updatedAt` is when the last change was seen, unless the vendor says it better. */
  const settle = (seen: Task, readAt: Instant): Task => {
    const task = decorate(seen, readAt);
    const known = tasks.get(task.id);
    // An end is final, whoever read it: the book learns of it a tick later and must not bring the task back to life meanwhile.
    if (known && isFinal(known.state) && !isFinal(task.state)) return known;
    const same = known !== undefined && sameFields(known, task);
    return { ...task, updatedAt: same ? known.updatedAt : (task.updatedAt ?? readAt) };
  };

  const stampTask = (seen: Task, readAt: Instant): Revised<Task> => {
    const held = tasks.get(seen.id);
    return held === seen ? held : tasks.stamp(settle(seen, readAt), readAt);
  };

  const stampRun = (seen: Task | null | undefined, readAt: Instant): Revised<Task> | null | undefined =>
    seen ? stampTask(seen, readAt) : seen;

  /**
   * When a reading of a detector was begun that is also one of its job. What its real-time run has come to since was read by another call, and the job has come
   * as far: such a reading is taken for one older than all that is known.
   */
  const asOf = ({ realtimeTask }: Pick<Detector, 'realtimeTask'>, readAt: Instant): Instant => {
    const known = realtimeTask ? tasks.get(decorate(realtimeTask, readAt).id) : undefined;
    const isOutdone = known !== undefined && known.state !== realtimeTask?.state && readAt <= known.revision;
    return isOutdone ? Number.NEGATIVE_INFINITY : readAt;
  };

  const takeDetector = (seen: Detector, readAt: Instant, pairReadAt: Instant): Revised<Detector> => {
    // First what it embeds: whoever hears of the detector may look at those.
    const { job, realtimeTask, historicalTask, ...facts } = seen;
    const realtime = stampRun(realtimeTask, readAt);
    const historical = stampRun(historicalTask, readAt);
    return detectors.stamp(
      {
        ...facts,
        ...(realtime === undefined ? {} : { realtimeTask: realtime }),
        ...(historical === undefined ? {} : { historicalTask: historical }),
        ...(job ? { job: embeddedJob(jobs.stamp(withoutDetector(job), pairReadAt)) } : {}),
      },
      pairReadAt,
    );
  };

  const stampDetector = (seen: Detector, readAt: Instant): Revised<Detector> => {
    const held = detectors.get(seen.id);
    if (held === seen) return held;
    return takingBoth(seen.job != null, () => takeDetector(seen, readAt, seen.job ? asOf(seen, readAt) : readAt));
  };

  const stampJob = (seen: Job, readAt: Instant): Revised<Job> => {
    const held = jobs.get(seen.id);
    if (held === seen) return held;
    const { detector } = seen;
    if (!detector) return jobs.stamp(seen, readAt);
    const { job: _job, ...facts } = detector;
    return takingBoth(true, () => {
      const pairReadAt = asOf(facts, readAt);
      const taken = takeDetector(facts, readAt, pairReadAt);
      const value = jobs.stamp({ ...seen, detector: embeddedDetector(taken) }, pairReadAt);
      // It may have been known before, from a reading of the job alone, and be no change now.
      const { job } = detectors.get(taken.id) ?? {};
      if (job?.id === value.id && job.state !== value.state) detectors.amend(taken.id, { job: embeddedJob(value) }, readAt);
      return value;
    });
  };

  const newest = <T extends Kept>(shelf: Shelf<T>, stamped: readonly Revised<T>[]): readonly Revised<T>[] =>
    stamped.flatMap((value) => shelf.newest(value) ?? []);

  const idsOf = <T extends Kept>(shelf: Shelf<T>, backendKey: string): readonly string[] =>
    shelf.all().flatMap((value) => (value.backendKey === backendKey ? value.id : []));

  const forget = <T extends Kept>(shelf: Shelf<T>, kind: `${Kind}-gone`, id: string, readAt: Instant = now()): Revised<T> | undefined => {
    const held = shelf.forget(id);
    if (held) tell({ kind, id, backendKey: held.backendKey, readAt });
    return held;
  };

  /** A detector and its job go together: the list of the one may have been read when the other was still there, and have brought it back. */
  const forgetJob = (id: string, readAt?: Instant): void => {
    const detector = forget(jobs, 'job-gone', id, readAt)?.detector;
    if (detector) forgetDetector(detector.id, readAt);
  };
  const forgetDetector = (id: string, readAt?: Instant): void => {
    const job = forget(detectors, 'detector-gone', id, readAt)?.job;
    if (job) forgetJob(job.id, readAt);
  };

  const put = <T extends Kept>(shelf: Shelf<T>, value: Revised<T>, readAt: Instant): Revised<T> =>
    // A clock that is ahead of ours must not keep our readings out.
    shelf.adopt(value, Math.min(readAt, now()));

  const drop = (kind: LedgerChange['kind'], id: string): unknown => {
    if (kind === 'job-gone') return jobs.forget(id);
    if (kind === 'task-gone') return tasks.forget(id);
    return kind === 'detector-gone' ? detectors.forget(id) : nodes.forget(id);
  };

  const held = (change: LedgerChange): LedgerChange | undefined => {
    switch (change.kind) {
      case 'job':
        return { ...change, value: put(jobs, change.value, change.readAt) };
      case 'task':
        options.adopted?.(change.value, change.readAt);
        return { ...change, value: put(tasks, change.value, change.readAt) };
      case 'detector':
        return { ...change, value: put(detectors, change.value, change.readAt) };
      case 'node':
        return { ...change, value: put(nodes, change.value, change.readAt) };
      default:
        return drop(change.kind, change.id) === undefined ? undefined : change;
    }
  };

  return {
    stampJobs: (seen, readAt) => seen.map((job) => stampJob(job, readAt)),
    stampTasks: (seen, readAt) => seen.map((task) => stampTask(task, readAt)),
    stampDetectors: (seen, readAt) => seen.map((detector) => stampDetector(detector, readAt)),
    stampNodes: (seen, readAt) => seen.map((node) => nodes.stamp(node, readAt)),
    newestJobs: (stamped) => newest(jobs, stamped),
    newestTasks: (stamped) => newest(tasks, stamped),
    newestDetectors: (stamped) => newest(detectors, stamped),
    job: jobs.get,
    task: tasks.get,
    detector: detectors.get,
    node: nodes.get,
    jobByNativeId: jobs.byNativeId,
    taskByNativeId: tasks.byNativeId,
    detectorByNativeId: detectors.byNativeId,
    forgetJob,
    forgetTask: (id, readAt) => void forget(tasks, 'task-gone', id, readAt),
    forgetDetector,
    forgetNode: (id, readAt) => void forget(nodes, 'node-gone', id, readAt),
    unfinishedTasks: (backendKey) =>
      tasks.all().filter((task) => task.backendKey === backendKey && isUnfinished(task) && (task.entity?.length ?? 0) === 0),
    endedTasks: () => tasks.all().filter((task) => isFinal(task.state)),
    jobIds: (backendKey) => idsOf(jobs, backendKey),
    detectorIds: (backendKey) => idsOf(detectors, backendKey),
    nodeIds: (backendKey) => idsOf(nodes, backendKey),
    restore: (changes) => {
      for (const change of changes) {
        if (change.kind === 'job') jobs.restore(change.value);
        else if (change.kind === 'task') tasks.restore(change.value);
        else if (change.kind === 'detector') detectors.restore(change.value);
        else if (change.kind === 'node') nodes.restore(change.value);
      }
    },
    adopt: (change) => {
      const taken = held(change);
      if (taken) tell({ ...taken, remote: true });
    },
    agreeBy: (wait) => {
      agreed = wait;
    },
    agreed: () => agreed(),
    listen: (listener, { fills } = { fills: false }) => {
      listeners.set(listener, fills);
      return () => listeners.delete(listener);
    },
  };
};
