import pLimit from 'p-limit';
import { type CallOptions, settle, type Task } from '../../domain/index.js';
import { getProfile } from './client.js';
import type { AdapterContext } from './context.js';
import type { Hit } from './search.js';
import { orphaned } from './task-error.js';
import { isUnfinishedState, runOf } from './task-words.js';
import type { WireTask } from './wire.js';
import type { WireProfile } from './wire-results.js';

/**
 * A node that dies leaves the historical runs it had as INIT, RUNNING or CREATED, and a search shows them so until the next start or stop of the detector, or
 * an hourly sweep that does not find all of them (recorded: 2.19.4 and 3.4.0 after SIGKILL).
 */

/** A piece takes 5 s by default; only a slow run, or the parent of slow entities, writes nothing for so long. */
const silentMs = 45_000;
/** Each is a call of its own. More orphans than these show no reason. */
const mostAsked = 20;
const askedAtOnce = 4;

const isSuspicious = ({ wire }: Hit<WireTask>, now: number): boolean =>
  runOf(wire.task_type) === 'HISTORICAL' && isUnfinishedState(wire.state) && now - (wire.last_update_time ?? now) > silentMs;

/** The profile of a run somebody works on says where, how far, and with which entities. */
const isAbandoned = (taskId: string, { ad_task: known }: WireProfile): boolean =>
  known?.ad_task?.task_id === taskId &&
  isUnfinishedState(known.ad_task.state) &&
  known.node_id === undefined &&
  known.task_id === undefined &&
  known.detector_task_slots === undefined &&
  (known.entity_task_profiles ?? []).length === 0;

/** Ids of those tasks nobody works on any more. What cannot be found out is not among them. A profile changes no state (AD source, getLatestHistoricalTaskProfile). */
const findOrphans = async (
  context: AdapterContext,
  hits: readonly Hit<WireTask>[],
  call: CallOptions,
  now: number,
): Promise<ReadonlySet<string>> => {
  const suspicious = hits
    .filter((hit) => isSuspicious(hit, now))
    .toSorted((left, right) => (left.wire.last_update_time ?? 0) - (right.wire.last_update_time ?? 0) || left.id.localeCompare(right.id))
    .slice(0, mostAsked);
  const orphans = await pLimit(askedAtOnce).map(suspicious, async ({ id, wire }) => {
    const profile = await settle(getProfile(context, wire.detector_id, ['ad_task'], call), call);
    return profile.ok && isAbandoned(id, profile.value) ? [id] : [];
  });
  return new Set(orphans.flat());
};

/** Tells the orphaned apart from the slow: the state stays the vendor's, the error says how it is. */
export const withOrphans = async (
  context: AdapterContext,
  hits: readonly Hit<WireTask>[],
  tasks: readonly Task[],
  call: CallOptions,
  now: number = Date.now(),
): Promise<readonly Task[]> => {
  const orphans = await findOrphans(context, hits, call, now);
  return orphans.size === 0
    ? tasks
    : tasks.map((task) => (task.nativeId !== null && orphans.has(task.nativeId) ? { ...task, error: orphaned(task.error) } : task));
};
