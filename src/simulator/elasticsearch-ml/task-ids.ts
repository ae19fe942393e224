import type { Dialect } from './dialect.js';
import { type Cause, Failure, illegalArgument, validationFailure } from './failures.js';

/** A task id taken apart. */
export interface TaskId {
  readonly text: string;
  readonly node: string;
}

const longestLong = 2n ** 63n;

/** Takes an id apart and refuses what is none. */
export function parseTaskId(text: string): TaskId {
  if (text === 'unset') throw validationFailure('task id is required');
  const colon = text.indexOf(':');
  if (colon < 0) throw illegalArgument(`malformed task id ${text}`);
  const number = text.slice(colon + 1);
  if (!/^-?\d+$/.test(number) || BigInt(number) >= longestLong || BigInt(number) < -longestLong) {
    throw illegalArgument(`malformed task id ${text}`, { type: 'number_format_exception', reason: `For input string: "${number}"` });
  }
  if (BigInt(number) === -1n) throw validationFailure('task id is required');
  return { text, node: text.slice(0, colon) };
}

const missingIndex = (dialect: Dialect): Cause => ({
  type: 'index_not_found_exception',
  reason: 'no such index [.tasks]',
  extra: { 'resource.type': dialect.missingIndexType, 'resource.id': '.tasks', index_uuid: '_na_', index: '.tasks' },
});

/**
 * The two 404s of a task that neither runs nor has a result: its node is there, or is not. As long as no result was ever
 * stored, the cause is the missing index.
 */
export function unknownTask(dialect: Dialect, id: TaskId, known: { readonly node: boolean; readonly index: boolean }): Failure {
  const cause = known.index ? undefined : missingIndex(dialect);
  const gone: Cause = {
    type: 'resource_not_found_exception',
    reason: `task [${id.text}] isn't running and hasn't stored its results`,
    ...(cause && { causedBy: cause }),
  };
  const root = cause ?? { type: gone.type, reason: gone.reason };
  if (known.node) return new Failure(404, gone, { rootCause: [root] });
  const reason = `task [${id.text}] belongs to the node [${id.node}] which isn't part of the cluster and there is no record of the task`;
  return new Failure(404, { type: gone.type, reason, causedBy: gone }, { rootCause: [root] });
}

/** What runs under an action, as the older message names it. */
const classes: ReadonlyMap<string, string> = new Map([
  ['xpack/ml/job[c]', 'xpack.ml.action.TransportOpenJobAction$JobTask'],
  ['xpack/ml/datafeed[c]', 'xpack.ml.action.TransportStartDatafeedAction$DatafeedTask'],
  ['indices:data/write/reindex', 'index.reindex.BulkByScrollTask'],
]);

/** What waiting for a task answers when time is up. */
export function taskTimeout(dialect: Dialect, action: string, timeout: string): Failure {
  const type = 'timeout_exception';
  if (dialect.taskTimeout === 'names-task') {
    return new Failure(500, {
      type,
      reason: `Timed out waiting for completion of [org.elasticsearch.${classes.get(action) ?? 'tasks.CancellableTask'}@1b2c3d4e]`,
    });
  }
  const reason = `timed out after [${timeout}/${timeout}]`;
  if (dialect.taskTimeout === 'durations') return new Failure(500, { type, reason });
  const header = { 'X-Timed-Out': '?1' };
  return new Failure(429, { type, reason, extra: { timed_out: true, header } }, { headers: { 'x-timed-out': '?1' } });
}
