import type { VigilError } from '../errors.js';
import type { Connection } from './connection.js';
import type { FieldSet } from './fields.js';
import type {
  Anomaly,
  ClusterNode,
  ClusterStats,
  Datafeed,
  DateRange,
  Detector,
  DetectorProfile,
  EntityProfile,
  EntityValue,
  Job,
  JobMessage,
  ModelSnapshot,
  Task,
  TaskKind,
} from './model.js';
import type { Action, DetectorRun, FailedPart, Instant, TaskState } from './vocabulary.js';

/*
 * The adapter contract: all that the gateway knows of a vendor. An adapter translates; it keeps no cache, no timers and no state beyond its
 * connection pool, and throws nothing but VigilError. See docs/add-a-vendor.md.
 */

/** What is known about a backend's product. */
export interface BackendProfile {
  /** As the product reports it; null while unknown. */
  readonly version: string | null;
  /** Verbs this vendor and version have, whatever the state of a job. Conservative while the version is unknown. */
  readonly capabilities: readonly Action[];
  /** Why the backend takes no verbs just now although it answers (Elasticsearch: upgrade mode), fit to be shown; null when it does. */
  readonly notice: string | null;
  /** What else the adapter wants to be told at every call (which spelling of its paths works); opaque to the gateway. */
  readonly dialect?: string;
}

/** A part of a longer list that the vendor pages itself. */
export interface Slice {
  /** Entries to leave out before the first. */
  readonly skip: number;
  /** Entries wanted at most. */
  readonly first: number;
}

/** Answer to a slice: its entries, and how many there are in all where the vendor says so. */
export interface Sliced<T> {
  readonly items: readonly T[];
  readonly totalCount: number | null;
}

/** Which anomalies of a job or detector; highest score first, then newest. */
export interface AnomalyQuery extends Slice {
  readonly from?: Instant;
  readonly to?: Instant;
  /** 0..1. */
  readonly minScore?: number;
  /** Every pair has to be there. */
  readonly entity?: readonly EntityValue[];
}

/** What goes along with every call of the contract. */
export interface CallOptions {
  /** Ends the call early; the adapter hands it to every request it makes. */
  readonly signal: AbortSignal;
  /** When the caller stops waiting. Every request, retries included, ends before. */
  readonly deadlineAt: Instant;
  /** For logs and for headers that vendors echo. */
  readonly requestId: string;
  /** What `learnProfile` said last. */
  readonly profile: BackendProfile;
}

/**
 * What a read learnt about one id. Absence of proof is not proof of absence: `gone` only when the vendor said so for this very id
 * and every part of its answer was there; else `undetermined` with the reason.
 */
export type Reading<T> =
  | { readonly status: 'found'; readonly value: T }
  | { readonly status: 'gone' }
  | { readonly status: 'undetermined'; readonly cause: VigilError };

/** A part of an answer that could not be had. The rest of the answer stands. */
export interface PartFailure {
  readonly part: FailedPart;
  readonly error: VigilError;
}

/** Answer to a batch read: one reading for every id asked for, and the parts missing of those found. */
export interface Readings<T> {
  readonly readings: ReadonlyMap<string, Reading<T>>;
  readonly missing: readonly PartFailure[];
}

/** Answer to a list read. A list that cannot be had at all is thrown as VigilError. */
export interface Listing<T> {
  readonly items: readonly T[];
  readonly missing: readonly PartFailure[];
}

/** A verb on a job, on what feeds it, or on a task, with its arguments; ids are native. */
export type Verb =
  | { readonly action: 'OPEN_JOB'; readonly jobId: string; readonly timeoutMs?: number }
  | { readonly action: 'CLOSE_JOB'; readonly jobId: string; readonly force?: boolean; readonly timeoutMs?: number }
  | { readonly action: 'RESET_JOB'; readonly jobId: string; readonly deleteUserAnnotations?: boolean }
  | { readonly action: 'DELETE_JOB'; readonly jobId: string; readonly force?: boolean; readonly deleteUserAnnotations?: boolean }
  | { readonly action: 'REVERT_JOB'; readonly jobId: string; readonly snapshotId: string; readonly deleteInterveningResults?: boolean }
  /** `jobId`: the job it feeds, whose state decides. `start` absent: where it stopped, or the beginning of the data; `end` absent: it goes on with new data. */
  | {
      readonly action: 'START_DATAFEED';
      readonly jobId: string;
      readonly datafeedId: string;
      readonly start?: Instant;
      readonly end?: Instant;
      readonly timeoutMs?: number;
    }
  | {
      readonly action: 'STOP_DATAFEED';
      readonly jobId: string;
      readonly datafeedId: string;
      readonly force?: boolean;
      readonly timeoutMs?: number;
    }
  | { readonly action: 'CANCEL_TASK'; readonly taskId: string };

/** A verb on a detector; ids are native. */
export type DetectorVerb =
  | { readonly action: 'START_DETECTOR'; readonly detectorId: string; readonly run: 'REALTIME' }
  | { readonly action: 'START_DETECTOR'; readonly detectorId: string; readonly run: 'HISTORICAL'; readonly dateRange: DateRange }
  | { readonly action: 'STOP_DETECTOR'; readonly detectorId: string; readonly run: DetectorRun };

export type AnyVerb = Verb | DetectorVerb;

/**
 * What a verb's call came to: it is done, or it goes on as a task of the vendor's. `taskId` is native. Of a verb that is no kind of task itself
 * (`taskKindOf` UNKNOWN) it names the task the verb acts on: the run that was stopped. Null: begun, but the vendor did not say as which task.
 */
export type VerbAnswer = { readonly done: true; readonly taskId?: string } | { readonly done: false; readonly taskId: string | null };

/** How a verb stands, judged from the object it was sent to: for calls whose answer was lost. */
export type VerbStanding =
  | { readonly state: 'RUNNING' }
  | { readonly state: 'SUCCEEDED' }
  | { readonly state: 'FAILED'; readonly error: VigilError }
  /** The object tells nothing either way. */
  | { readonly state: 'UNKNOWN' };

/** A vendor's own way to name many jobs. */
export interface JobExpression {
  readonly expression: string;
  /** Whether a wildcard that matches nothing is fine. Default true. */
  readonly allowNoMatch?: boolean;
}

/**
 * Tasks of a vendor that remembers them, ended ones included. Fields are ANDed, a list is ORed, ids are native. The answer may hold more than
 * was asked for, never less: the gateway filters again.
 */
export interface TaskQuery {
  readonly detectors?: readonly string[];
  readonly jobs?: readonly string[];
  readonly parents?: readonly string[];
  readonly kinds?: readonly TaskKind[];
  readonly states?: readonly TaskState[];
  /** Whether tasks of single entities are wanted. */
  readonly includeEntities: boolean;
}

/** Which detectors, as far as the vendor may be asked. Read like TaskQuery. */
export interface DetectorQuery {
  readonly indices?: readonly string[];
  readonly highCardinality?: boolean;
  /** Part of the native id, name or description, in any case. */
  readonly text?: string;
}

/** What a product with detectors can do beside the rest. */
export interface DetectorMembers {
  /** All detectors that may match, in the fewest calls the vendor allows for these fields, however many there are. */
  list(query: DetectorQuery, fields: FieldSet, call: CallOptions): Promise<Listing<Detector>>;

  /** Detectors by native id. One unknown id never fails the others. */
  read(nativeIds: readonly string[], fields: FieldSet, call: CallOptions): Promise<Readings<Detector>>;

  /** What the cluster's memory holds of it. A call of its own per detector. NOT_FOUND when there is no such detector. */
  readProfile(detectorId: string, fields: FieldSet, call: CallOptions): Promise<DetectorProfile>;

  /** The same of one entity. NOT_FOUND when there is no such detector. */
  readEntityProfile(detectorId: string, entity: readonly EntityValue[], fields: FieldSet, call: CallOptions): Promise<EntityProfile>;

  /** What both of its runs have found. A call of its own per detector. NOT_FOUND when there is no such detector. */
  readAnomalies(detectorId: string, query: AnomalyQuery, fields: FieldSet, call: CallOptions): Promise<Sliced<Anomaly>>;

  /** Fields `refusalOf` and the payload's buttons need of a detector. */
  readonly verbFields: FieldSet;

  /**
   * Why the vendor would refuse this verb on the detector as it is now; null when it would not, or when only the vendor can tell. WRONG_STATE carries
   * `already` when nothing would have to be done.
   */
  refusalOf(verb: DetectorVerb, detector: Detector, profile: BackendProfile): VigilError | null;

  /** Sends the verb; throws like `run`. */
  run(verb: DetectorVerb, call: CallOptions): Promise<VerbAnswer>;
}

/** One connected backend, in domain words. */
export interface VendorAdapter {
  /**
   * Learns version and capabilities from a source the credentials may read. A version that may not be read is null, not an error;
   * a backend that does not answer throws. Called at start and after every outage.
   */
  learnProfile(call: Omit<CallOptions, 'profile'>): Promise<BackendProfile>;

  /** All jobs, in the fewest calls the vendor allows for these fields, however many jobs there are. */
  listJobs(fields: FieldSet, call: CallOptions): Promise<Listing<Job>>;

  /** Jobs by native id, in the fewest calls the vendor's limits allow. One unknown id never fails the others. */
  readJobs(nativeIds: readonly string[], fields: FieldSet, call: CallOptions): Promise<Readings<Job>>;

  /**
   * Every unfinished task the vendor tells of, also those begun by others: how new work is discovered. One call where the vendor allows. Tasks of single
   * entities are left out. `watched`: native ids somebody waits for; they may come along, ended or not, when that costs no further call.
   */
  discoverTasks(fields: FieldSet, call: CallOptions, watched?: readonly string[]): Promise<Listing<Task>>;

  /** Tasks the vendor remembers, ended ones included. Absent: it remembers none but the unfinished. */
  listTasks?(query: TaskQuery, fields: FieldSet, call: CallOptions): Promise<Listing<Task>>;

  /** Tasks by native id, finished ones included as long as the vendor remembers them. */
  readTasks(nativeIds: readonly string[], fields: FieldSet, call: CallOptions): Promise<Readings<Task>>;

  /** Datafeeds by native id. Vendors without datafeeds answer `gone` for each. */
  readDatafeeds(nativeIds: readonly string[], fields: FieldSet, call: CallOptions): Promise<Readings<Datafeed>>;

  /** Cluster nodes by native id. */
  readNodes(nativeIds: readonly string[], fields: FieldSet, call: CallOptions): Promise<Readings<ClusterNode>>;

  /** All nodes of the cluster that do this product's work. */
  listNodes(fields: FieldSet, call: CallOptions): Promise<Listing<ClusterNode>>;

  /** Statistics of the whole cluster; null where the product has none. */
  readClusterStats(fields: FieldSet, call: CallOptions): Promise<ClusterStats | null>;

  /** What a job has found. A call of its own per job. NOT_FOUND when there is no such job. */
  readAnomalies(jobId: string, query: AnomalyQuery, fields: FieldSet, call: CallOptions): Promise<Sliced<Anomaly>>;

  /**
   * The newest lines of the vendor's log about each of the jobs, at most `first` each, newest first; one call for all jobs where the vendor allows.
   * Jobs without a line have an empty list. Throws when the log cannot be read (FORBIDDEN: another privilege than the jobs').
   */
  readJobMessages(jobIds: readonly string[], first: number, call: CallOptions): Promise<ReadonlyMap<string, readonly JobMessage[]>>;

  /** Saved models of a job, newest first. NOT_FOUND when there is no such job. */
  readModelSnapshots(jobId: string, slice: Slice, call: CallOptions): Promise<Sliced<ModelSnapshot>>;

  /** Native ids of the jobs a vendor's expression names, each once, in the vendor's order. NOT_FOUND names what matched nothing. */
  expandJobs(expression: JobExpression, call: CallOptions): Promise<readonly string[]>;

  /**
   * Fields `refusalOf`, `standingOf` and the payload's state need of a job. A verb reads them before it is sent.
   */
  readonly verbFields: FieldSet;

  /** Why the vendor would refuse this verb on the job as it is now; null when it would not, or when only the vendor can tell. */
  refusalOf(verb: Verb, job: Job, profile: BackendProfile): VigilError | null;

  /** Whether the vendor's call only answers at the end: the gateway then runs it in the background and shows it as a task of its own. */
  isBlocking(action: Action): boolean;

  /** What the task of this verb is called: its kind in the GraphQL enum. */
  taskKindOf(action: Action, run?: DetectorRun): TaskKind;

  /**
   * Sends the verb, once: a write is never repeated blindly. Throws what the vendor refused. TIMEOUT: the vendor stopped waiting, the work goes on.
   * A write without an answer throws with `outcomeUnknown`.
   */
  run(verb: Verb, call: CallOptions): Promise<VerbAnswer>;

  /** How a verb stands, from a reading of its job; used after a lost answer, a vendor's timeout, or a restart of the gateway. */
  standingOf(action: Action, reading: Reading<Job>): VerbStanding;

  /** Present where the product has detectors. */
  readonly detectors?: DetectorMembers;

  /** Closes the connections. Idempotent. */
  dispose(): Promise<void>;
}

/** Told about every answer and every failure of a backend: health and metrics are made from it. */
export interface BackendObserver {
  /** A complete answer came, whatever its status. `read`: nothing was to be changed, so its status says how the backend is. */
  answered(answer: { readonly status: number; readonly durationMs: number; readonly route: string; readonly read: boolean }): void;
  /** No usable answer came. */
  failed(error: VigilError): void;
  /** For the log alone: what must not reach a client. Secrets are removed before. */
  noted(level: 'debug' | 'warn', message: string, facts: Readonly<Record<string, unknown>>): void;
}

/** One entry of the vendor registry: a product's API, not a connection. */
export interface VendorModule {
  /** In vigil.yaml and the simulator's command: `elasticsearch-ml`. */
  readonly id: string;
  /** Member of the GraphQL enum: `ELASTICSEARCH_ML`. */
  readonly vendor: string;
  /** The product's name for people. */
  readonly title: string;
  /** Task kinds it can show; the GraphQL enum is the union over the registry. */
  readonly taskKinds: readonly TaskKind[];
  /** Its own GraphQL types (details and the like), declared in its `graphql.ts`. */
  readonly graphqlTypes: readonly (new (
    ...args: never[]
  ) => object)[];
  /** The capability table: verbs of a version, whatever the state of a job. Conservative for null, the version not being known. */
  capabilitiesOf(version: string | null): readonly Action[];
  /** Connects one backend. Opens no socket before the first call. */
  connect(connection: Connection, observer: BackendObserver): VendorAdapter;
}
