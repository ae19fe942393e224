import { ulid } from 'ulid';
import {
  type AnyVerb,
  type Backend,
  type DetectorRun,
  type FieldSet,
  formatId,
  gatewayTaskNative,
  type Instant,
  type Job,
  type TaskState,
} from '../../domain/index.js';
import type { TaskRecord } from './kept-records.js';

/** Whom a verb's task belongs to. */
export interface TaskOrigin {
  readonly startedBy: string | null;
  readonly idempotencyKey: string | null;
  readonly parentId: string | null;
  readonly requestId: string;
  /** The instance that was asked, by the name it had then. */
  readonly owner: string;
  /** What is wanted of the vendor's task; absent: what every task tells. */
  readonly fields?: FieldSet;
}

/** What a verb is sent to, as its task will tell of it. */
export interface VerbSubject {
  /** Global id; null for a detector. */
  readonly jobId: Job['id'] | null;
  readonly jobNativeId: string | null;
  readonly detectorNativeId: string | null;
}

export const subjectOfJob = (job: Job): VerbSubject => ({
  jobId: job.id,
  jobNativeId: job.nativeId,
  detectorNativeId: job.detector?.nativeId ?? null,
});

/** Of a verb whose job is not there yet. */
export const nobody: VerbSubject = { jobId: null, jobNativeId: null, detectorNativeId: null };

/** What is kept of a verb: what a start takes may hold credentials. */
const kept = (verb: AnyVerb): AnyVerb => (verb.action === 'START_JOB' ? { action: verb.action, request: null } : verb);

/** Of a verb on a detector: which of its runs. */
export const runOf = (verb: AnyVerb): DetectorRun | undefined => ('run' in verb ? verb.run : undefined);

/** A verb as a task of the gateway's own. */
export const recordOf = (
  backend: Backend,
  verb: AnyVerb,
  { jobId, jobNativeId, detectorNativeId }: VerbSubject,
  { startedBy, parentId, idempotencyKey }: TaskOrigin,
  { state, startedAt }: { readonly state: TaskState; readonly startedAt: Instant },
): TaskRecord => ({
  verb: kept(verb),
  vendorTaskId: null,
  jobId,
  task: {
    id: formatId('task', backend.key, gatewayTaskNative, ulid(startedAt).toLowerCase()),
    backendKey: backend.key,
    nativeId: null,
    kind: backend.adapter.taskKindOf(verb.action, runOf(verb)),
    vendorType: `gateway:${verb.action.slice(0, verb.action.indexOf('_')).toLowerCase()}`,
    state,
    vendorState: null,
    progress: null,
    counts: null,
    startedAt,
    endedAt: null,
    updatedAt: startedAt,
    error: null,
    cancellable: false,
    startedBy,
    jobNativeId,
    ...(detectorNativeId === null ? {} : { detectorNativeId }),
    ...(runOf(verb) === 'REALTIME' ? { continuous: true } : {}),
    parentId,
    idempotencyKey,
  },
});
