import { addRecords, grow } from './growth.js';
import { beginClose } from './job-lifecycle.js';
import { endPersistentTask, startPersistentTask } from './persistent-tasks.js';
import type { DatafeedRecord, JobRecord } from './records.js';
import type { World } from './world.js';

/** Simulated milliseconds from the request until a datafeed has a node, has started, has stopped. */
const assignMs = 40;
const startMs = 70;
const stopMs = 120;

function takeOver(datafeed: DatafeedRecord): () => boolean {
  datafeed.generation += 1;
  const mine = datafeed.generation;
  return () => datafeed.generation === mine;
}

/** The datafeed has no persistent task any more; its job stays as it is. */
export function settleStopped(world: World, datafeed: DatafeedRecord): void {
  takeOver(datafeed);
  const job = world.jobs.get(datafeed.jobId);
  if (job !== undefined) grow(world, job);
  endPersistentTask(world, datafeed.taskId);
  datafeed.state = 'stopped';
  datafeed.nodeId = undefined;
  datafeed.taskId = undefined;
  datafeed.explanation = undefined;
  world.changes.notify();
}

/** Puts a datafeed onto the node of its job. */
export function assignDatafeed(world: World, datafeed: DatafeedRecord): void {
  const node = world.cluster.find(world.jobs.get(datafeed.jobId)?.nodeId ?? '') ?? world.cluster.nextForJob();
  if (node === undefined) return;
  datafeed.nodeId = node.id;
  datafeed.explanation = '';
  datafeed.taskId = startPersistentTask(world, 'datafeed', datafeed.id, node, () => settleStopped(world, datafeed)).id;
  world.changes.notify();
}

async function runLookback(world: World, datafeed: DatafeedRecord, job: JobRecord, current: () => boolean): Promise<void> {
  await world.timers.pause(datafeed.lookbackMs);
  if (!current()) return;
  addRecords(job, Math.max(5000, job.counts.records), world.timers.now() - 3_600_000, world.timers.now());
  datafeed.searches += 120;
  settleStopped(world, datafeed);
  // A datafeed that has come to its end closes its job (7.9).
  await world.timers.pause(20);
  if (job.state === 'opened') beginClose(world, job);
}

async function runStarting(world: World, datafeed: DatafeedRecord, job: JobRecord, current: () => boolean): Promise<void> {
  await world.timers.pause(assignMs);
  if (!current()) return;
  datafeed.state = 'starting';
  assignDatafeed(world, datafeed);
  await world.timers.pause(startMs);
  if (!current()) return;
  datafeed.state = 'started';
  datafeed.searches += 1;
  job.countedUntil = world.timers.now();
  world.audit(job.id, datafeed.realTime ? 'Datafeed started (from: now to: real-time)' : 'Datafeed started');
  world.changes.notify();
  if (!datafeed.realTime) void runLookback(world, datafeed, job, current);
}

/** Begins to start a stopped datafeed; returns whether this start is still the latest thing done to it. */
export function beginStart(world: World, datafeed: DatafeedRecord, job: JobRecord, realTime: boolean): () => boolean {
  const current = takeOver(datafeed);
  datafeed.realTime = realTime;
  datafeed.state = 'starting';
  datafeed.explanation = '';
  void runStarting(world, datafeed, job, current);
  return current;
}

async function runStopping(world: World, datafeed: DatafeedRecord, current: () => boolean): Promise<void> {
  await world.timers.pause(stopMs);
  if (!current()) return;
  settleStopped(world, datafeed);
  world.audit(datafeed.jobId, 'Datafeed stopped');
}

/** Stops a datafeed and waits for it; by force at once. */
export async function stopDatafeed(world: World, datafeed: DatafeedRecord, force: boolean): Promise<void> {
  if (datafeed.state === 'stopped') return;
  if (force || datafeed.nodeId === undefined) {
    settleStopped(world, datafeed);
    return;
  }
  if (datafeed.state !== 'stopping') {
    const current = takeOver(datafeed);
    datafeed.state = 'stopping';
    world.changes.notify();
    void runStopping(world, datafeed, current);
  }
  await world.changes.until(() => datafeed.state === 'stopped', Number.POSITIVE_INFINITY);
}
