import type {
  Backend,
  ClusterNode,
  Datafeed,
  DateRange,
  Detector,
  DetectorFilter,
  DetectorRun,
  FieldSet,
  GlobalId,
  Instant,
  Job,
  JobFilter,
  JobState,
  Revised,
  Task,
  TaskFilter,
  TaskState,
} from '../domain/index.js';
import type { VigilError } from '../errors.js';

/** One step of one task. The stream ends after a final state. */
export interface TaskStep {
  readonly cursor: string;
  readonly task: Revised<Task>;
}

/** One step of a watched list. Apply in this order: `reset` empties, `left` and `forgotten` go, `added` come, `changed` are updated; show it when `synced`. */
export interface ListStep<T> {
  readonly cursor: string;
  readonly reset: boolean;
  readonly synced: boolean;
  readonly added: readonly Revised<T>[];
  readonly changed: readonly Revised<T>[];
  /** Stopped matching, in the state that made them. */
  readonly left: readonly Revised<T>[];
  /** Global ids of what no longer exists. */
  readonly forgotten: readonly string[];
  /** Whose health changed; all of them in the first step. */
  readonly backends: readonly Backend[];
}

/** A step of a job or task list counts what matches by state. */
export interface CountedStep<T, S> extends ListStep<T> {
  readonly stateCounts: readonly { readonly state: S; readonly count: number }[];
}

/** What every watch may say. */
export interface WatchOptions {
  readonly fields: FieldSet;
  /** Cursor to resume after. One that is unknown gives `reset: true`, never an error. */
  readonly after?: string;
  /** False: after a reset nothing is sent but the changes from then on. */
  readonly snapshot?: boolean;
}

/** Who watches what. Every iterator's `return()` ends its watch; the last one out stops the backend's poll loop. */
export interface ProgressHub {
  /** NOT_FOUND when there is no such task. A task that has ended gives its last state and completes. */
  watchTask(id: GlobalId, options: WatchOptions): AsyncIterableIterator<TaskStep>;
  watchTasks(filter: TaskFilter, options: WatchOptions): AsyncIterableIterator<CountedStep<Task, TaskState>>;
  watchJobs(filter: JobFilter, options: WatchOptions): AsyncIterableIterator<CountedStep<Job, JobState>>;
  watchDetectors(filter: DetectorFilter, options: WatchOptions): AsyncIterableIterator<ListStep<Detector>>;
  /** Nodes of one backend's cluster; `nativeIds` absent: all. */
  watchNodes(
    backendKey: string,
    nativeIds: readonly string[] | undefined,
    options: WatchOptions,
  ): AsyncIterableIterator<ListStep<ClusterNode>>;
  watchBackends(options: Pick<WatchOptions, 'after'>): AsyncIterableIterator<ListStep<never>>;
  /** Finds out how these have ended, which their vendor lists no more, should nobody do that already. */
  followUp(tasks: readonly Task[]): void;
  /** Names this moment: handed to a watch as `after`, it joins a list that was read after it was taken. */
  liveCursor(): string;
  /** Ends every watch and loop. Idempotent. */
  dispose(): Promise<void>;
}

/** What a mutation says beside its verb. */
export interface VerbOptions {
  /** Wait so long for the task to end. */
  readonly waitMs?: number;
  /** A repeat with the same key returns the first outcome. */
  readonly idempotencyKey?: string;
  readonly requestId: string;
  /** Who asked, for the audit line and `Task.startedBy`; null when the doors are open to all. */
  readonly actor?: string | null;
  /** Where the job's id stands in the input, for errors: `['input', 'jobId']`. */
  readonly path?: readonly string[];
  /** Fields of the job wanted in the payload. */
  readonly fields: FieldSet;
}

/** A verb on jobs as a mutation asks for it. */
export type JobVerbRequest =
  | { readonly action: 'OPEN_JOB'; readonly timeoutMs?: number }
  | { readonly action: 'CLOSE_JOB'; readonly force?: boolean; readonly timeoutMs?: number }
  /** `closeFirst`: the gateway closes the job before, under one parent task; `force` closes it without waiting for its work. */
  | { readonly action: 'RESET_JOB'; readonly deleteUserAnnotations?: boolean; readonly closeFirst?: boolean; readonly force?: boolean }
  | { readonly action: 'DELETE_JOB'; readonly force?: boolean; readonly deleteUserAnnotations?: boolean }
  | { readonly action: 'REVERT_JOB'; readonly snapshotId: string; readonly deleteInterveningResults?: boolean }
  | { readonly action: 'KILL_JOB' }
  | { readonly action: 'COLLECT_JOB_RESULT' };

/** A job to be started, as the vendor's own mutation asks for it. */
export interface StartJobRequest {
  readonly action: 'START_JOB';
  /** The vendor's word for what is started, for the audit. */
  readonly kind: string;
  /** For the vendor's adapter; may hold credentials. */
  readonly request: unknown;
}

/** A verb on a datafeed as a mutation asks for it. */
export type DatafeedVerbRequest =
  | { readonly action: 'START_DATAFEED'; readonly start?: Instant; readonly end?: Instant; readonly timeoutMs?: number }
  | { readonly action: 'STOP_DATAFEED'; readonly force?: boolean; readonly timeoutMs?: number };

/**
 * A verb on detectors as a mutation asks for it. `idempotent`: that nothing has to be done (it runs already, it stands already) counts as done; the payload
 * shows the run as it is.
 */
export type DetectorVerbRequest =
  | { readonly action: 'START_DETECTOR'; readonly run: 'REALTIME'; readonly idempotent?: boolean }
  | { readonly action: 'START_DETECTOR'; readonly run: 'HISTORICAL'; readonly dateRange: DateRange; readonly idempotent?: boolean }
  | { readonly action: 'STOP_DETECTOR'; readonly run: DetectorRun; readonly idempotent?: boolean };

/** What became of a verb, as far as is known when answering. */
export interface VerbOutcome {
  /** The id as given. */
  readonly jobId: string;
  /** Fresh, also when refused; null when there is no such job or it cannot be read now. */
  readonly job: Revised<Job> | null;
  readonly task: Revised<Task> | null;
  readonly errors: readonly VigilError[];
}

/** What became of a verb on a detector. */
export interface DetectorOutcome extends Omit<VerbOutcome, 'jobId' | 'job'> {
  /** The id as given. */
  readonly detectorId: string;
  /** Fresh, also when refused; null when there is no such detector or it cannot be read now. */
  readonly detector: Revised<Detector> | null;
}

/** What became of a verb on a datafeed. */
export interface DatafeedOutcome extends Omit<VerbOutcome, 'jobId'> {
  /** Fresh, also when refused; null when there is no such datafeed or it cannot be read now. */
  readonly datafeed: Datafeed | null;
}

/** The mutations' back end: pre-reads, refuses in typed errors, sends, follows. */
export interface VerbService {
  /** One outcome for each distinct id, in the order given; bounded concurrency; never throws for a single job. */
  runOnJobs(request: JobVerbRequest, jobIds: readonly GlobalId[], options: VerbOptions): Promise<readonly VerbOutcome[]>;
  /** Reads the datafeed and the job it feeds, judges by both, sends. Throws for the request as a whole only. */
  runOnDatafeed(request: DatafeedVerbRequest, datafeedId: GlobalId, options: VerbOptions): Promise<DatafeedOutcome>;
  /**
   * Like `runOnJobs`. With `waitMs` the answer waits for a historical run to end, for a real-time run to be RUNNING or to fail, for a stopped run to have
   * stopped.
   */
  runOnDetectors(request: DetectorVerbRequest, detectorIds: readonly GlobalId[], options: VerbOptions): Promise<readonly DetectorOutcome[]>;
  /** Starts a job on a backend. Like `runOnJobs` for the job that was begun; `jobId` is the backend's id. Throws for the request as a whole only. */
  startJob(backendKey: string, request: StartJobRequest, options: VerbOptions): Promise<VerbOutcome>;
  /** Jobs an expression names, as global ids. Throws VigilError. */
  expand(
    backendKey: string,
    expression: { readonly expression: string; readonly allowNoMatch?: boolean },
    requestId: string,
  ): Promise<readonly GlobalId[]>;
  cancelTask(
    taskId: GlobalId,
    options: VerbOptions,
  ): Promise<{ readonly task: Revised<Task> | null; readonly errors: readonly VigilError[] }>;
}
