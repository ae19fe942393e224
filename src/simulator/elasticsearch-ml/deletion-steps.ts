import { Failure } from './failures.js';
import type { JobRecord } from './records.js';
import type { TaskRecord } from './tasks.js';
import { pauseUnless, type World } from './world.js';

/** What a reset or a delete removes, one query after the other, with its share of the time. */
const sweeps: readonly { readonly index: string; readonly share: number; readonly documents: (job: JobRecord) => number }[] = [
  { index: '.ml-state*', share: 0.2, documents: (job) => 40 + job.snapshots.length * 25 },
  { index: '.ml-anomalies-shared', share: 0.6, documents: (job) => 200 + job.counts.buckets * 4 },
  { index: '.ml-annotations-read', share: 0.2, documents: (job) => 10 + Math.floor(job.counts.buckets / 20) },
];

const batchSize = 100;

/** The master has gone in the middle of what it did. */
export const masterLost = (task: TaskRecord) =>
  new Failure(500, {
    type: 'node_disconnected_exception',
    reason: `[${task.node.name}][${task.node.transportAddress}][${task.action}] disconnected`,
  });

/** Runs one delete-by-query as a child whose status counts up; says whether it may go on. */
async function sweep(world: World, parent: TaskRecord, index: string, total: number, ms: number): Promise<boolean> {
  const startedAt = performance.now();
  const realMs = ms / world.timers.speed;
  const deleted = () => {
    const reached = total * Math.min(1, (performance.now() - startedAt) / realMs);
    return Math.min(total, Math.floor(reached / batchSize) * batchSize + (reached >= total ? total % batchSize : 0));
  };
  const child = world.tasks.start({
    node: parent.node,
    action: 'indices:data/write/delete/byquery',
    description: `delete-by-query [${index}]`,
    parent: parent.id,
    cancellable: true,
    headers: parent.headers,
    status: () => ({
      total,
      updated: 0,
      created: 0,
      deleted: deleted(),
      batches: Math.ceil(deleted() / batchSize),
      version_conflicts: 0,
      noops: 0,
      retries: { bulk: 0, search: 0 },
      throttled_millis: 0,
      requests_per_second: -1,
      throttled_until_millis: 0,
    }),
  });
  await pauseUnless(world, () => parent.cancelled || parent.lost, ms);
  world.tasks.finish(child);
  return !parent.cancelled && !parent.lost;
}

/** Removes a job's documents, with children of `task`; false when the task was cancelled on the way. */
export async function removeDocuments(world: World, job: JobRecord, task: TaskRecord, ms: number): Promise<boolean> {
  for (const { index, share, documents } of sweeps) {
    const unharmed = await sweep(world, task, index, documents(job), ms * share);
    if (task.lost) throw masterLost(task);
    if (!unharmed) return false;
  }
  return true;
}
