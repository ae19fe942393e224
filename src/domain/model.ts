import type { ErrorCode } from '../errors.js';
import type { Action, DatafeedState, Instant, JobState, TaskState } from './vocabulary.js';

/*
 * What the product means by a job, a task, a datafeed, a node. Property names are those of the GraphQL schema.
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
}

/** Something unusual that a job has found. */
export interface Anomaly {
  /** Unique over all backends, not an id that can be fetched: `<job id>/anomalies/<vendor's own key of the result>`. */
  readonly id: string;
  readonly startAt: Instant;
  readonly endAt: Instant | null;
  /** 0..1. */
  readonly score: number;
  readonly confidence: number | null;
  readonly entity: readonly { readonly name: string; readonly value: string }[];
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
  /** Client's key of the mutation that began it. */
  readonly idempotencyKey: string | null;
  readonly raw?: unknown;
}

/** An object with the revision the ledger gave it. */
export type Revised<T> = T & { readonly revision: number };
