import { assignDatafeed } from './datafeed-lifecycle.js';
import { assignJob } from './job-lifecycle.js';
import { endPersistentTask } from './persistent-tasks.js';
import type { DatafeedRecord, JobRecord } from './records.js';
import type { World } from './world.js';

const refused: ReadonlySet<string> = new Set([
  'cluster:admin/xpack/ml/job/put',
  'cluster:admin/xpack/ml/job/update',
  'cluster:admin/xpack/ml/job/delete',
  'cluster:admin/xpack/ml/job/open',
  'cluster:admin/xpack/ml/job/close',
  'cluster:admin/xpack/ml/job/flush',
  'cluster:admin/xpack/ml/job/forecast',
  'cluster:admin/xpack/ml/job/model_snapshots/revert',
  'cluster:admin/xpack/ml/job/model_snapshots/update',
  'cluster:admin/xpack/ml/datafeeds/put',
  'cluster:admin/xpack/ml/datafeeds/update',
  'cluster:admin/xpack/ml/datafeeds/delete',
  'cluster:admin/xpack/ml/datafeed/start',
  'cluster:admin/xpack/ml/datafeed/stop',
]);

/** Actions that upgrade mode refuses (7.9; `_reset`, which is younger, refuses by itself). */
export const isRefusedInUpgrade = (action: string): boolean => refused.has(action);

const explanation = 'persistent task cannot be assigned while upgrade mode is enabled.';

const isLive = (record: JobRecord | DatafeedRecord) => record.taskId !== undefined && record.state !== 'failed';

function unassign(world: World, record: JobRecord | DatafeedRecord, reason: string): void {
  endPersistentTask(world, record.taskId);
  record.taskId = undefined;
  record.nodeId = undefined;
  record.explanation = reason;
  if ('openedAt' in record) record.openedAt = undefined;
}

/** Takes every job and datafeed that runs off its node, or those on one node only. */
export function unassignAll(world: World, reason: string, nodeId?: string): readonly (JobRecord | DatafeedRecord)[] {
  const records = [...world.jobs.values(), ...world.datafeeds.values()];
  const hit = records.filter((record) => isLive(record) && (nodeId === undefined || record.nodeId === nodeId));
  for (const record of hit) unassign(world, record, reason);
  world.changes.notify();
  return hit;
}

/** Gives every job and datafeed that should run and has no node one again. */
export function reassignAll(world: World): void {
  for (const job of world.jobs.values()) if (job.state === 'opened' && job.nodeId === undefined) assignJob(world, job);
  for (const datafeed of world.datafeeds.values())
    if (datafeed.state === 'started' && datafeed.nodeId === undefined) assignDatafeed(world, datafeed);
}

/** Switches upgrade mode: states stay, nodes go and come back. */
export async function setUpgradeMode(world: World, enabled: boolean): Promise<void> {
  if (world.settings.upgradeMode === enabled) return;
  world.settings.upgradeMode = enabled;
  if (enabled) unassignAll(world, explanation);
  else reassignAll(world);
  await world.timers.pause(80);
}
