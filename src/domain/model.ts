import type { ClusterNode } from './cluster.js';
import type { JobResult, ResultState } from './results.js';
import type { Task } from './task.js';
import type { DateRange, Progress } from './values.js';
import type { Action, DatafeedState, DetectorRun, Instant, JobState } from './vocabulary.js';

/*
 * What the product means by a job, what feeds it, and a detector; tasks, nodes and findings have files of their own. Property names are those of the
 * GraphQL schema. An absent property was not asked for; null was asked for and the vendor has none.
 */

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
  /** The gateway fills both in for products that hand results over; adapters leave them out. */
  readonly resultState?: ResultState;
  readonly result?: JobResult | null;
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
