import { formatId, isInstant, type Progress, type Task, type TaskError, type TaskKind } from '../../domain/index.js';
import type { VigilError } from '../../errors.js';
import { type Origin } from '../../http/index.js';
import { errorOfTask } from './errors.js';
import { isPossibleId } from './native-ids.js';
import { withoutSecrets } from './raw.js';
import type { Sent, WireTask, WireTaskResult } from './wire.js';

/** Kinds of task this vendor can show, and what they mean. */
export const taskKinds = {
  OPEN: 'Opens a job.',
  CLOSE: 'Closes a job.',
  RESET: "Deletes a job's results and model, so that it starts afresh.",
  DELETE: 'Deletes a job.',
  REVERT: 'Takes a job back to an earlier model.',
} as const satisfies Readonly<Record<TaskKind, string>>;
type Kind = keyof typeof taskKinds;

const kinds: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['cluster:admin/xpack/ml/job/open', 'OPEN'],
  ['cluster:admin/xpack/ml/job/close', 'CLOSE'],
  ['cluster:admin/xpack/ml/job/reset', 'RESET'],
  ['cluster:admin/xpack/ml/job/delete', 'DELETE'],
  ['cluster:admin/xpack/ml/job/model_snapshots/revert', 'REVERT'],
]);
export const jobActions = [...kinds.keys()];
export const deleteByQueryAction = 'indices:data/write/delete/byquery';

export const kindOf = (action: string): TaskKind => kinds.get(action) ?? 'UNKNOWN';

export const nativeIdOf = (task: WireTask): string => `${task.node}:${task.id}`;

/** Task numbers begin again with the node's next start: the time the task began tells them apart. */
const taskIdOf = (backend: string, task: WireTask): string => formatId('task', backend, nativeIdOf(task), task.start_time_in_millis);

/** A reset is described as `job-x`, a delete as `delete-job-x`; opening and closing have no description. */
export const jobOfTask = (task: WireTask): string | null => {
  const prefix = kindOf(task.action) === 'DELETE' ? 'delete-job-' : 'job-';
  const text = task.description ?? '';
  const jobId = text.startsWith(prefix) ? text.slice(prefix.length) : '';
  return isPossibleId(jobId) ? jobId : null;
};

/** Deleted documents of all children; the vendor gives no share of the whole. Null: it says nothing (yet). */
export const mapCounts = (children: readonly WireTask[]): Progress | null => {
  const told = children.filter((child) => child.status?.total !== undefined);
  if (told.length === 0) return null;
  const sum = (of: (status: NonNullable<WireTask['status']>) => number | undefined): number =>
    told.reduce((total, { status }) => total + ((status && of(status)) ?? 0), 0);
  // A delete by query does not know its total before its first search has answered.
  const current = sum((status) => status.deleted);
  const maximum = sum((status) => status.total);
  return Number.isSafeInteger(current) && Number.isSafeInteger(maximum) ? { current, maximum: maximum || null, unit: 'DOCUMENTS' } : null;
};

const base = (origin: Origin, task: WireTask) => ({
  id: taskIdOf(origin.backend, task),
  backendKey: origin.backend,
  nativeId: nativeIdOf(task),
  kind: kindOf(task.action),
  vendorType: task.action,
  progress: null,
  startedAt: task.start_time_in_millis,
  startedBy: null,
  jobNativeId: jobOfTask(task),
  // Persistent tasks belong to `cluster:23`, which is no task that can be read.
  parentId:
    task.parent_task_id && !task.parent_task_id.startsWith('cluster:') ? formatId('task', origin.backend, task.parent_task_id) : null,
  idempotencyKey: null,
});

/** A task that runs. */
export const mapRunningTask = (origin: Origin, sent: Sent<WireTask>, counts: Progress | null, wantsRaw: boolean): Task => ({
  ...base(origin, sent.wire),
  state: 'RUNNING',
  vendorState: sent.wire.cancelled === true ? 'cancelled' : null,
  counts,
  endedAt: null,
  updatedAt: null,
  error: null,
  cancellable: sent.wire.cancellable === true && sent.wire.cancelled !== true,
  ...(wantsRaw ? { raw: withoutSecrets(sent.raw) } : {}),
});

const stillHeld = (what: string): TaskError => ({
  code: 'WRONG_STATE',
  message: `The ${what} was cancelled half-way, and its job stays held by it. Reset the job again, or delete it.`,
  detail: null,
});

/** A task's error from what a vendor's failure means. */
const taskError = (error: VigilError): TaskError => ({
  code: error.code,
  message: error.message,
  detail: error.facts.vendorMessage ?? null,
  ...(error.facts.missing ? { missing: error.facts.missing } : {}),
});

type Ending = Pick<Task, 'state' | 'error'>;

/**
 * A reset that was cancelled between two steps answers `acknowledged: false`, as success; the flag `cancelled` tells nothing (7.17 says false of a
 * cancelled task). A result with neither answer nor error is one nobody stored.
 */
const endingOf = (origin: Origin, { task, response, error }: WireTaskResult): Ending => {
  if (error !== undefined) {
    const state = error.type === 'task_cancelled_exception' ? 'CANCELLED' : 'FAILED';
    return { state, error: taskError(errorOfTask(error, origin)) };
  }
  if (typeof response !== 'object' || response === null) return { state: 'LOST', error: null };
  const refused = 'acknowledged' in response && response.acknowledged === false;
  return refused
    ? { state: 'CANCELLED', error: stillHeld(kindOf(task.action) === 'DELETE' ? 'delete' : 'reset') }
    : { state: 'SUCCEEDED', error: null };
};

const endOf = ({ start_time_in_millis: startedAt, running_time_in_nanos: nanos }: WireTask): number | null => {
  const endedAt = nanos === undefined ? Number.NaN : startedAt + Math.round(nanos / 1e6);
  return isInstant(endedAt) ? endedAt : null;
};

/** A task whose result was stored. */
export const mapEndedTask = (origin: Origin, result: WireTaskResult, raw: unknown, wantsRaw: boolean): Task => {
  const { task } = result;
  const endedAt = endOf(task);
  return {
    ...base(origin, task),
    ...endingOf(origin, result),
    vendorState: null,
    counts: null,
    endedAt,
    updatedAt: endedAt,
    cancellable: false,
    ...(wantsRaw ? { raw: withoutSecrets(raw) } : {}),
  };
};
