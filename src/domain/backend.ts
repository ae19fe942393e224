import type { ErrorCode } from '../errors.js';
import type { Detector, Job } from './model.js';
import type { KeptResults } from './results.js';
import type { Task } from './task.js';
import type { Revised } from './values.js';
import type { BackendProfile, CallOptions, VendorAdapter } from './vendor.js';
import type { HealthStatus, Instant } from './vocabulary.js';

/** Whether the gateway reaches a backend. */
export interface BackendHealth {
  readonly status: HealthStatus;
  readonly since: Instant;
  readonly lastAnswerAt: Instant | null;
  readonly code: ErrorCode | null;
  readonly message: string | null;
  readonly retryAfterMs: number | null;
}

/** One backend at run time: its adapter and what is known about it. */
export interface Backend {
  readonly id: string;
  readonly key: string;
  /** Member of the GraphQL enum. */
  readonly vendor: string;
  readonly readOnly: boolean;
  readonly adapter: VendorAdapter;
  /** Present where the product hands results over once. */
  readonly results?: KeptResults;
  profile(): BackendProfile;
  health(): BackendHealth;
  /** Options for one call: the backend's own deadline unless a shorter one is given. */
  call(options: { readonly signal: AbortSignal; readonly requestId: string; readonly timeoutMs?: number }): CallOptions;
}

/** All configured backends. */
export interface Backends {
  readonly all: readonly Backend[];
  /** By key; throws NOT_FOUND that names the keys there are. */
  get(key: string): Backend;
}

/**
 * The newest that was seen of every object, whoever saw it. Gives revisions, and keeps a slow read from answering older than an event already sent.
 */
export interface Ledger {
  /** `readAt`: when the read began. */
  stampJobs(jobs: readonly Job[], readAt: Instant): readonly Revised<Job>[];
  stampTasks(tasks: readonly Task[], readAt: Instant): readonly Revised<Task>[];
  /** Stamps what comes with a detector too: its job and its tasks carry revisions of their own then. The same holds for the detector of a job. */
  stampDetectors(detectors: readonly Detector[], readAt: Instant): readonly Revised<Detector>[];
  /**
   * Stamped objects as they are known by now, without those that are gone: taken right before an answer is made, because events may have been sent
   * while the slowest of its reads went on.
   */
  newestJobs(jobs: readonly Revised<Job>[]): readonly Revised<Job>[];
  newestTasks(tasks: readonly Revised<Task>[]): readonly Revised<Task>[];
  newestDetectors(detectors: readonly Revised<Detector>[]): readonly Revised<Detector>[];
  /** Tasks of a backend that have not ended as far as is known, but those of single entities: somebody may have been told of them. */
  unfinishedTasks(backendKey: string): readonly Revised<Task>[];
  /**
   * Resolves when all instances can know what was stamped so far: an answer must not show what the others' clients are not going to be told. At once where
   * there are no others.
   */
  agreed(): Promise<void>;
}

/** Tasks the gateway knows by itself: those it runs, those it started, and ends that vendors have forgotten. */
export interface TaskBook {
  /** Of one backend, newest first. */
  tasksOf(backendKey: string): readonly Task[];
  /** By global id, incarnation optional. */
  find(id: string): Task | undefined;
}
