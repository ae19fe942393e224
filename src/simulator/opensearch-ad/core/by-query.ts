import { printDuration } from '../../elastic-rest/durations.js';
import type { JsonObject } from '../../json.js';
import type { StoredDoc } from '../indices.js';
import { type Reply, reply } from '../routes.js';
import { SearchFailure } from '../search/search-failure.js';
import type { World } from '../world.js';
import type { TaskRecord, TaskRegistry } from './task-registry.js';

/** What is done with documents, batch by batch. */
export interface ByQuery {
  readonly action: string;
  readonly description: string;
  /** Throws a SearchFailure where there is no index. */
  readonly find: () => readonly StoredDoc[];
  readonly each: (doc: StoredDoc) => 'created' | 'updated' | 'deleted';
  /** Of a batch. */
  readonly size: number;
  /** Documents per second; -1 for as many as possible. */
  readonly perSecond: number;
  /** Counters that the answer leaves out, though not the task. */
  readonly without: readonly string[];
}

interface Progress {
  total: number;
  updated: number;
  created: number;
  deleted: number;
  batches: number;
  throttledMs: number;
  /** 0 until there is something to do it at. */
  perSecond: number;
  /** When the next batch is due, in simulated milliseconds. */
  dueAt: number;
}

const statusJson = (world: World, progress: Progress, cancelled: boolean): JsonObject => ({
  total: progress.total,
  updated: progress.updated,
  created: progress.created,
  deleted: progress.deleted,
  batches: progress.batches,
  version_conflicts: 0,
  noops: 0,
  retries: { bulk: 0, search: 0 },
  throttled_millis: Math.floor(progress.throttledMs),
  requests_per_second: cancelled ? -1 : progress.perSecond,
  ...(cancelled && { canceled: 'by user request' }),
  throttled_until_millis: cancelled ? 0 : Math.max(0, Math.round(progress.dueAt - world.schedule.now())),
});

function runBatch(docs: readonly StoredDoc[], work: ByQuery, progress: Progress): void {
  for (const doc of docs) progress[work.each(doc)] += 1;
  progress.batches += 1;
}

/** Works through the documents until all are done or the task is cancelled. */
async function workThrough(world: World, tasks: TaskRegistry, task: TaskRecord, work: ByQuery, progress: Progress): Promise<void> {
  const docs = work.find();
  progress.total = docs.length;
  progress.perSecond = work.perSecond;
  for (let start = 0; start < docs.length && task.cancelledAt === undefined; start += work.size) {
    const batch = docs.slice(start, start + work.size);
    runBatch(batch, work, progress);
    if (work.perSecond <= 0 || start + work.size >= docs.length) continue;
    const waitMs = (batch.length / work.perSecond) * 1000;
    progress.dueAt = world.schedule.now() + waitMs;
    await Promise.race([world.schedule.pause(waitMs), tasks.ended(task)]);
    // A wait that was cut short does not count.
    if (task.cancelledAt === undefined) progress.throttledMs += waitMs - 0.1;
    progress.dueAt = 0;
  }
}

/** The response: durations also in words when it is stored with a task. */
function responseJson(status: JsonObject, tookMs: number, stored: boolean, without: readonly string[]): JsonObject {
  const { throttled_millis: throttled, throttled_until_millis: until, ...counters } = status;
  const all = {
    took: tookMs,
    timed_out: false,
    ...counters,
    ...(stored && { throttled: printDuration(Number(throttled)), throttled_until: '0s' }),
    throttled_millis: throttled,
    throttled_until_millis: until,
    failures: [],
  };
  return stored ? all : Object.fromEntries(Object.entries(all).filter(([key]) => !without.includes(key)));
}

/** Runs such work as a task: waited for, or in the background with `{task}` at once. */
export async function runByQuery(world: World, tasks: TaskRegistry, work: ByQuery, background: boolean): Promise<Reply> {
  const progress: Progress = { total: 0, updated: 0, created: 0, deleted: 0, batches: 0, throttledMs: 0, perSecond: 0, dueAt: 0 };
  const { action, description } = work;
  const task: TaskRecord = tasks.start({
    action,
    description,
    cancellable: true,
    status: () => statusJson(world, progress, task.cancelledAt !== undefined),
  });
  const tookMs = () => Math.round((performance.now() - task.startedTicks) * world.schedule.speed);
  const done = workThrough(world, tasks, task, work, progress);
  if (!background) {
    try {
      await done;
      return reply(responseJson(statusJson(world, progress, task.cancelledAt !== undefined), tookMs(), false, work.without));
    } finally {
      tasks.finish(task);
    }
  }
  done
    .then(() => {
      const status = statusJson(world, progress, task.cancelledAt !== undefined);
      tasks.finish(task, { response: responseJson(status, tookMs(), true, work.without) });
    })
    .catch((cause: unknown) => {
      const failure = cause instanceof SearchFailure ? cause.failure : { type: 'exception', reason: String(cause) };
      tasks.finish(task, { failure });
    });
  return reply({ task: task.id });
}
