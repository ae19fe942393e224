import type { VigilError } from '../errors.js';
import type { ClusterNode, ClusterStats } from './cluster.js';
import type { Auth, Connection } from './connection.js';
import type { DetectorProfile, EntityProfile } from './detector-profile.js';
import type { FieldSet } from './fields.js';
import type { Anomaly, JobMessage, ModelSnapshot } from './findings.js';
import type { Datafeed, Detector, Job } from './model.js';
import type { AnomalyQuery, DetectorQuery, JobExpression, Slice, Sliced, TaskQuery } from './queries.js';
import type { Listing, Reading, Readings } from './readings.js';
import type { DataFrameRow, FoundEntity, KeptBody, RowRange } from './results.js';
import type { Task, TaskKind } from './task.js';
import type { EntityValue } from './values.js';
import type { DetectorVerb, Verb, VerbAnswer, VerbStanding } from './verbs.js';
import type { Action, DetectorRun, Instant } from './vocabulary.js';

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

/** What the question for one job was answered with. */
export type JobAnswer =
  /** It has handed its result over: `keep` has all of it, and the product has forgotten the job. */
  | { readonly kind: 'finished' }
  /** Queued or running; null where the answer told nothing of it. */
  | { readonly kind: 'unfinished'; readonly job: Job | null; readonly task: Task | null }
  /** Handed over already, dropped, killed, or never there. */
  | { readonly kind: 'absent' }
  /** It may have failed; asked twice before it is believed. */
  | { readonly kind: 'failed'; readonly error: VigilError };

/** What the adapter of a product that hands results over once can do beside the rest. */
export interface ResultMembers {
  /**
   * Asks for one job, once, without a limit on how long a result takes as long as its bytes keep coming. The bytes of a finished one go to `keep` as they
   * arrive, before anything is made of them. Throws when it was not answered, and what `keep` throws; `outcomeUnknown: false` says that nothing was handed over.
   */
  collect(
    nativeId: string,
    keep: (body: AsyncIterable<Uint8Array>) => Promise<void>,
    fields: FieldSet,
    call: CallOptions,
  ): Promise<JobAnswer>;

  /** One pass over a kept body: what it takes to read any part of it later without another pass. Plain JSON, about 1 MB at most. Never throws for what the vendor sent. */
  index(body: KeptBody): Promise<unknown>;

  /** Whether an index read back from the store is one that `index` makes; another is made anew. */
  isIndex(index: unknown): boolean;

  /** The parts of a body, in its order. Never throws for what the vendor sent: what is not understood is an `UnknownResult`. */
  readEntities(body: KeptBody, index: unknown, options: { readonly withRaw: boolean }): Promise<readonly FoundEntity[]>;

  /** Rows of the table at a place. NOT_FOUND where there is no part, UNSUPPORTED where it is no table, INVALID_INPUT when they are too large together. */
  readRows(body: KeptBody, index: unknown, position: number, range: RowRange): Promise<readonly DataFrameRow[]>;
}

/** One connected backend, in domain words. */
export interface VendorAdapter {
  /**
   * Learns version and capabilities from a source the credentials may read. A version that may not be read is null, not an error;
   * a backend that does not answer throws. Called at start, after every outage, when a verb was refused, and now and then
   * while anybody watches: it has to be cheap.
   */
  learnProfile(call: Omit<CallOptions, 'profile'>): Promise<BackendProfile>;

  /** All jobs, in the fewest calls the vendor allows for these fields, however many jobs there are. */
  listJobs(fields: FieldSet, call: CallOptions): Promise<Listing<Job>>;

  /** Jobs by native id, in the fewest calls the vendor's limits allow. One unknown id never fails the others. */
  readJobs(nativeIds: readonly string[], fields: FieldSet, call: CallOptions): Promise<Readings<Job>>;

  /**
   * Every unfinished task the vendor tells of, also those begun by others: how new work is discovered. One call where the vendor allows. Tasks of single
   * entities are left out. `watched`: native ids somebody waits for; they may come along, ended or not, when that costs no further call. What was seen running
   * and is not told of any more is asked for by `readTasks`: leaving a task out costs a call, and never ends it.
   */
  discoverTasks(fields: FieldSet, call: CallOptions, watched?: readonly string[]): Promise<Listing<Task>>;

  /**
   * Tasks the vendor remembers, ended ones included. Absent: it remembers none but the unfinished, and the gateway keeps how they ended; present: of tasks that
   * others began the gateway keeps nothing, because it can ask.
   */
  listTasks?(query: TaskQuery, fields: FieldSet, call: CallOptions): Promise<Listing<Task>>;

  /** Kinds that only tasks of single entities have: who asks for one of them asks for entities. Absent: none. */
  readonly entityTaskKinds?: readonly TaskKind[];

  /**
   * Tasks by native id, finished ones included as long as the vendor remembers them, under the global id that every other member gives them. Anybody may ask at
   * any time: it must not change anything there. One that is `gone` is asked for twice more before that is believed. Who may not be told (FORBIDDEN) leaves it
   * `undetermined`: then its job is all there is to judge by.
   */
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

  /**
   * Native ids of the jobs a vendor's expression names, each once, in the vendor's order. NOT_FOUND names what matched nothing; UNSUPPORTED where the vendor
   * has no expressions.
   */
  expandJobs(expression: JobExpression, call: CallOptions): Promise<readonly string[]>;

  /** Fields `refusalOf`, `standingOf` and the payload's state need of a job. A verb reads them before it is sent. */
  readonly verbFields: FieldSet;

  /**
   * Why the vendor would refuse this verb on the job as it is now; null when it would not, or when only the vendor can tell. Not asked about CANCEL_TASK:
   * `Task.cancellable` says it.
   */
  refusalOf(verb: Verb, job: Job, profile: BackendProfile): VigilError | null;

  /** Whether the vendor's call only answers at the end: the gateway then runs it in the background and shows it as a task of its own. */
  isBlocking(action: Action): boolean;

  /**
   * What the task of this verb is called: its kind in the GraphQL enum. UNKNOWN: the verb is no task itself (see VerbAnswer). A task on a job that others began
   * is judged as if the first verb of its kind had begun it.
   */
  taskKindOf(action: Action, run?: DetectorRun): TaskKind;

  /**
   * Sends the verb, once: a write is never repeated blindly. Throws what the vendor refused. TIMEOUT: the vendor stopped waiting, the work goes on.
   * A write without an answer throws with `outcomeUnknown`.
   */
  run(verb: Verb, call: CallOptions): Promise<VerbAnswer>;

  /**
   * Starts a job, where the product runs jobs once and the vendor's own mutation says what: `request` comes from there, and is kept nowhere. Throws like `run`.
   * `taskId` names the run, which has the native id of its job.
   */
  startJob?(request: unknown, call: CallOptions): Promise<VerbAnswer>;

  /**
   * How a verb stands, from a reading of its job with `verbFields`; used after a lost answer, a vendor's timeout, or a restart of the gateway, and for every task
   * on a job of which the vendor itself tells nothing any more, whoever began it. Never RUNNING on a job that is gone; UNKNOWN where it could not be read, and
   * where the vendor's forgetting is all there is: such a task ends as LOST.
   */
  standingOf(action: Action, reading: Reading<Job>): VerbStanding;

  /** Present where the product has detectors. */
  readonly detectors?: DetectorMembers;

  /**
   * Present where the product hands a finished job's result over once. Its jobs' native ids may be handed out again: the gateway gives them an incarnation,
   * remembers how they ended and what they made, and asks for what has become of them. Such an adapter tells of what the product lists, changing nothing
   * there; a listed job whose end only its result tells is a task in state UNKNOWN. Each of its jobs has one run, under its own native id, and it has no other
   * tasks: what belongs to no listed job, or to a detector, would not be shown.
   */
  readonly results?: ResultMembers;

  /** Set by the gateway alone: native ids of its jobs and tasks carry their incarnation (`7~lx3k9a`), and one without it means the latest. */
  readonly qualifiesIds?: boolean;

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

/** One setting of a vendor's own in vigil.yaml. */
export interface VendorSetting {
  /** What it is, for the message when it is wrong: "must be …". */
  readonly must: string;
  readonly pattern: RegExp;
}

/** One entry of the vendor registry: a product's API, not a connection. */
export interface VendorModule {
  /** In vigil.yaml and the simulator's command: `elasticsearch-ml`. */
  readonly id: string;
  /** Member of the GraphQL enum: `ELASTICSEARCH_ML`. */
  readonly vendor: string;
  /** The product's name for people. */
  readonly title: string;
  /**
   * Task kinds it can show, but UNKNOWN, each with its meaning for whoever reads the schema. The GraphQL enum is the union over the registry; of a kind that
   * several vendors have, the meaning of the first one registered stands.
   */
  readonly taskKinds: Readonly<Record<TaskKind, string>>;
  /** Its own GraphQL types (details and the like), declared in its `graphql.ts`. */
  readonly graphqlTypes: readonly (new (
    ...args: never[]
  ) => object)[];
  /** The capability table: verbs of a version, whatever the state of a job. Conservative for null, the version not being known. */
  capabilitiesOf(version: string | null): readonly Action[];
  /** Resolvers of its own mutations, declared in its `graphql.ts` too. */
  readonly graphqlResolvers?: readonly (new (
    ...args: never[]
  ) => object)[];
  /** How the gateway may prove who it is. Absent: every way but `hmac`. */
  readonly authKinds?: readonly Auth['kind'][];
  /** Settings of its own, by name: `Connection.settings`. */
  readonly settings?: Readonly<Record<string, VendorSetting>>;
  /** Its adapters have `results`: the store has to be durable, and `consume` has a meaning. */
  readonly handsResultsOver?: boolean;
  /** Connects one backend. Opens no socket before the first call. */
  connect(connection: Connection, observer: BackendObserver): VendorAdapter;
}
