import type { ErrorCode } from '../errors.js';
import type { Action, DatafeedState, DetectorRun, Instant, JobState, TaskState } from './vocabulary.js';

/*
 * What the product means by a job, a task, a detector, a datafeed, a node. Property names are those of the GraphQL schema.
 * An absent property was not asked for; null was asked for and the vendor has none.
 */

/** How much is done, of how much. */
export interface Progress {
  readonly current: number;
  readonly maximum: number | null;
  readonly unit: string | null;
}

/** What only one vendor knows about a job. `typename` names the GraphQL type the vendor's `graphql.ts` declares for it. */
export interface JobDetails {
  readonly typename: string;
  readonly id: string;
  readonly raw?: unknown;
}

/** Analysis a backend keeps and runs. */
export interface Job {
  /** Global id with incarnation. */
  readonly id: string;
  readonly backendKey: string;
  readonly nativeId: string;
  readonly type?: string;
  readonly state?: JobState;
  /** The vendor's word; null where it gave none. */
  readonly vendorState?: string | null;
  readonly stateReason?: string | null;
  readonly description?: string | null;
  readonly groups?: readonly string[];
  readonly owner?: string | null;
  readonly createdAt?: Instant | null;
  readonly startedAt?: Instant | null;
  readonly finishedAt?: Instant | null;
  readonly lastActivityAt?: Instant | null;
  readonly processed?: Progress | null;
  /** The node it runs on. */
  readonly node?: ClusterNode | null;
  readonly datafeed?: Datafeed | null;
  /** The detector it is the real-time job of, without that detector's own `job`. */
  readonly detector?: Detector | null;
  /** What would be accepted now, by the vendor's rules; the gateway empties it for read-only backends. */
  readonly allowedActions?: readonly Action[];
  readonly details?: JobDetails | null;
}

/** What feeds an Elasticsearch job. */
export interface Datafeed {
  readonly id: string;
  readonly backendKey: string;
  readonly nativeId: string;
  readonly state?: DatafeedState;
  readonly vendorState?: string | null;
  readonly stateReason?: string | null;
  readonly indices?: readonly string[];
  readonly frequencyMs?: number | null;
  readonly queryDelayMs?: number | null;
  readonly realtime?: boolean | null;
  readonly searchInterval?: DateRange | null;
  /** The vendor's id of the job it feeds; not in the schema, so given whatever was asked for. Null when it feeds none. */
  readonly jobNativeId?: string | null;
  readonly raw?: unknown;
}

/** What finds anomalies in an index: its configuration, and the latest task of each of its two runs. */
export interface Detector {
  readonly id: string;
  readonly backendKey: string;
  readonly nativeId: string;
  readonly name?: string;
  readonly description?: string | null;
  /** One model for each value of its category fields. */
  readonly highCardinality?: boolean;
  readonly indices?: readonly string[];
  readonly timeField?: string;
  /** Empty for a single stream. */
  readonly categoryFields?: readonly string[];
  readonly intervalMs?: number | null;
  readonly windowDelayMs?: number | null;
  /** Intervals looked at together. */
  readonly shingleSize?: number | null;
  readonly features?: readonly DetectorFeature[];
  readonly filterQuery?: unknown;
  /** Its own result index; null when it uses the product's. */
  readonly resultIndex?: string | null;
  readonly updatedAt?: Instant | null;
  /** Its real-time job, without that job's own `detector`. */
  readonly job?: Job;
  /** Latest of each run; null when it was never started, or the vendor has dropped it. */
  readonly realtimeTask?: Task | null;
  readonly historicalTask?: Task | null;
  /** What would be accepted now, for each run; the gateway empties it for read-only backends. */
  readonly allowedActions?: Readonly<Record<DetectorRun, readonly Action[]>>;
}

/** One aggregated value a detector watches. */
export interface DetectorFeature {
  /** `<detector id>/features/<vendor's own id>`. */
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly aggregationQuery: unknown;
}

/** A detector's state in the cluster's memory. */
export interface DetectorProfile {
  /** `<detector id>/profile`. */
  readonly id: string;
  readonly vendorState: string | null;
  readonly error: string | null;
  /** Native id of the node that coordinates its real-time run. */
  readonly coordinatingNodeId: string | null;
  readonly totalBytes: number | null;
  /** 0..1. */
  readonly initProgress: number | null;
  readonly estimatedMinutesLeft: number | null;
  readonly neededShingles: number | null;
  readonly totalEntities: number | null;
  readonly activeEntities: number | null;
  readonly modelCount: number | null;
  /** Of the historical run under way; null when there is none. */
  readonly taskSlots: number | null;
  readonly pendingEntities: number | null;
  readonly runningEntities: number | null;
  readonly models: readonly DetectorModel[];
  readonly raw?: unknown;
}

/** What the cluster knows of one entity of a high-cardinality detector's real-time run. */
export interface EntityProfile {
  /** `<detector id>/entities/<digest of the entity>`. */
  readonly id: string;
  readonly vendorState: string | null;
  readonly active: boolean | null;
  readonly lastActiveAt: Instant | null;
  readonly lastSampleAt: Instant | null;
  /** 0..1. */
  readonly initProgress: number | null;
  readonly estimatedMinutesLeft: number | null;
  readonly neededShingles: number | null;
  readonly model: DetectorModel | null;
  readonly raw?: unknown;
}

/** A model in memory. */
export interface DetectorModel {
  readonly modelId: string;
  readonly type: string | null;
  readonly detectorNativeId: string | null;
  /** Native id of the node that holds it. */
  readonly nodeId: string | null;
  readonly sizeBytes: number | null;
  readonly entity: readonly EntityValue[];
  readonly lastUsedAt: Instant | null;
  readonly lastCheckpointAt: Instant | null;
}

/** One category field and its value. */
export interface EntityValue {
  readonly name: string;
  readonly value: string;
}

/** From start (included) to end (excluded). */
export interface DateRange {
  readonly start: Instant;
  readonly end: Instant;
}

/** A node of a backend's cluster. */
export interface ClusterNode {
  readonly id: string;
  readonly backendKey: string;
  readonly nativeId: string;
  readonly name?: string | null;
  readonly roles?: readonly string[];
  /** Typed metrics, by product; null where it gives none. */
  readonly metrics?: NodeMetrics | null;
  /** Every number the vendor gives about the node, under the vendor's own names. */
  readonly rawMetrics?: readonly Metric[];
  /** Models of detectors in its memory; empty where the product has none. */
  readonly models?: readonly DetectorModel[];
}

/** A node's typed metrics. `typename` names the GraphQL type the vendor's `graphql.ts` declares for them. */
export interface NodeMetrics {
  readonly typename: string;
  readonly id: string;
}

/** A metric under the vendor's own name. */
export interface Metric {
  readonly name: string;
  readonly text: string;
  /** Null for what is no number. */
  readonly number: number | null;
}

/** Statistics of a whole cluster. */
export interface ClusterStats {
  /** `cluster:<backend>:<the cluster's own id or name>`. */
  readonly id: string;
  readonly backendKey: string;
  readonly nodes: readonly ClusterNode[];
  readonly rawMetrics: readonly Metric[];
  /** Health of the product's own indices, in the vendor's words; absent where it tells none. */
  readonly indexStatuses?: readonly IndexStatus[];
  readonly detectorCount?: number | null;
  readonly singleStreamDetectorCount?: number | null;
  readonly highCardinalityDetectorCount?: number | null;
}

/** Health of one of the product's own indices. */
export interface IndexStatus {
  readonly name: string;
  readonly status: string;
}

/** Something unusual that a job or a detector has found. */
export interface Anomaly {
  /** Unique over all backends, not an id that can be fetched: `<job or detector id>/anomalies/<vendor's own key of the result>`. */
  readonly id: string;
  readonly startAt: Instant;
  readonly endAt: Instant | null;
  /** 0..1. */
  readonly score: number;
  readonly confidence: number | null;
  readonly entity: readonly EntityValue[];
  readonly functionName: string | null;
  readonly fieldName: string | null;
  readonly actual: readonly number[];
  readonly typical: readonly number[];
  readonly interim: boolean;
  readonly raw?: unknown;
}

/** A line of the vendor's own log about a job. */
export interface JobMessage {
  readonly at: Instant;
  readonly level: string;
  readonly message: string;
  readonly nodeName: string | null;
}

/** A saved model one can revert to. */
export interface ModelSnapshot {
  readonly snapshotId: string;
  readonly description: string | null;
  readonly createdAt: Instant;
  readonly documentCount: number | null;
  readonly latestRecordAt: Instant | null;
  readonly latestResultAt: Instant | null;
  readonly retain: boolean;
}

/** Why a task failed; on a running task: what went wrong so far. */
export interface TaskError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly detail: string | null;
  /** Privileges that are missing, when the vendor names them; for the errors of a mutation that waits. */
  readonly missing?: readonly string[];
  /** When the vendor asked to be left alone for a while; for the same errors. */
  readonly retryAfterMs?: number;
}

/** What a task does. The GraphQL enum is the union of what the registered vendors declare. */
export type TaskKind = string;

/** One execution with a beginning, progress and an end. */
export interface Task {
  /** Global id with incarnation. */
  readonly id: string;
  readonly backendKey: string;
  /** Null when the gateway runs it for a vendor that only has a blocking call. */
  readonly nativeId: string | null;
  readonly kind: TaskKind;
  readonly vendorType: string | null;
  readonly state: TaskState;
  readonly vendorState: string | null;
  /** 0..1; null where the vendor reports none. */
  readonly progress: number | null;
  readonly counts: Progress | null;
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
  readonly updatedAt: Instant | null;
  readonly error: TaskError | null;
  readonly cancellable: boolean;
  readonly startedBy: string | null;
  /** The vendor's id of the job it works on. */
  readonly jobNativeId: string | null;
  /** Global id of the parent task. */
  readonly parentId: string | null;
  /** The vendor's id of the detector it works for. */
  readonly detectorNativeId?: string | null;
  /** 0..1, of a real-time task's start; null where the vendor reports none. */
  readonly initProgress?: number | null;
  /** Its entity tasks by state; empty where it has none. */
  readonly stateCounts?: readonly { readonly state: TaskState; readonly count: number }[];
  /** From observed progress; the gateway fills it, adapters leave it out. */
  readonly estimatedEndAt?: Instant | null;
  readonly stoppedBy?: string | null;
  /** Of an entity task: which entity. */
  readonly entity?: readonly EntityValue[];
  /** Native ids of the nodes that coordinate it and do its work. */
  readonly coordinatingNodeId?: string | null;
  readonly workerNodeId?: string | null;
  /** What a historical run analyses. */
  readonly dateRange?: DateRange | null;
  /** It has no end of its own: once RUNNING it runs until it is stopped, and nobody waits for it. */
  readonly continuous?: boolean;
  /** Client's key of the mutation that began it. */
  readonly idempotencyKey: string | null;
  readonly raw?: unknown;
}

/** An object with the revision the ledger gave it. */
export type Revised<T> = T & { readonly revision: number };
