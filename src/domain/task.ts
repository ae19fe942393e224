import type { ErrorCode } from '../errors.js';
import type { DateRange, EntityValue, Progress } from './values.js';
import type { Instant, TaskState } from './vocabulary.js';

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
