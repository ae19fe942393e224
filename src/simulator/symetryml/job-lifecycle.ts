import { jobKind } from './job-kinds.js';
import type { JobRecord, Removal } from './job-record.js';
import { resultOf } from './job-results.js';
import { exceptionText } from './refusal.js';
import type { World } from './world.js';

/** How many jobs are remembered after they are gone. */
const remembered = 2000;

const isBounded = (job: JobRecord) => jobKind(job.kind).bounded;
const inState = (world: World, state: JobRecord['state']) => [...world.jobs.values()].filter((job) => job.state === state);

/** How many jobs wait. */
export const queueLength = (world: World): number => inState(world, 'queued').length;

/** Takes a job off the server. */
export function removeJob(world: World, job: JobRecord, why: Removal): void {
  job.removed = why;
  world.jobs.delete(job.id);
  startWaiting(world);
}

/** Ends a job badly. */
export function failJob(world: World, job: JobRecord, reason: string | undefined): void {
  job.startedAt ??= world.timers.now();
  job.doneAt = world.timers.now();
  job.state = 'failed';
  job.failure = reason ?? exceptionText(`Error in ${jobKind(job.kind).name}`);
  startWaiting(world);
}

/** Ends a job well, with the result of its kind unless it has one; badly where that cannot be made. */
export function finishJob(world: World, job: JobRecord): void {
  job.startedAt ??= world.timers.now();
  job.doneAt = world.timers.now();
  job.state = 'finished';
  job.failure = undefined;
  try {
    job.result ??= { values: resultOf(world, job) };
  } catch (cause) {
    failJob(world, job, exceptionText(cause instanceof Error ? cause.message : String(cause)));
    return;
  }
  startWaiting(world);
}

async function run(world: World, job: JobRecord, durationMs: number): Promise<void> {
  const doomed = world.settings.failKinds.includes(job.kind);
  await world.timers.pause(doomed ? durationMs / 2 : durationMs);
  if (job.state !== 'running' || job.removed !== undefined) return;
  if (doomed) failJob(world, job, undefined);
  else finishJob(world, job);
}

/** Lets a job run, whether or not there is a place for it. */
export function runJob(world: World, job: JobRecord): void {
  job.state = 'running';
  job.startedAt = world.timers.now();
  job.doneAt = undefined;
  if (job.durationMs !== undefined) void run(world, job, job.durationMs);
}

/** Starts what waits, as far as there are places; unbounded kinds wait for none. */
export function startWaiting(world: World): void {
  for (const job of inState(world, 'queued')) {
    const busy = inState(world, 'running').filter(isBounded).length;
    if (!isBounded(job) || busy < world.settings.parallelism) runJob(world, job);
  }
}

/** What is known of a job before it is one. */
export type NewJob = Pick<JobRecord, 'kind' | 'owner' | 'input'> &
  Partial<Pick<JobRecord, 'durationMs' | 'killable' | 'jobType' | 'details' | 'maximum' | 'current' | 'result' | 'failure'>>;

/** Puts a job at the end of the queue; it does not start by itself. */
export function addJob(world: World, given: NewJob): JobRecord {
  const { durationMs, maximum } = jobKind(given.kind);
  const job: JobRecord = {
    id: world.nextJobId,
    incarnation: world.incarnation,
    createdAt: world.timers.now(),
    durationMs,
    killable: undefined,
    jobType: undefined,
    details: {},
    maximum,
    current: undefined,
    state: 'queued',
    startedAt: undefined,
    doneAt: undefined,
    result: undefined,
    failure: undefined,
    removed: undefined,
    reads: 0,
    lateReads: 0,
    ...given,
  };
  world.nextJobId += 1;
  world.jobs.set(job.id, job);
  world.history.push(job);
  const forgotten = world.history.length > remembered ? world.history.findIndex(({ removed }) => removed !== undefined) : -1;
  if (forgotten >= 0) world.history.splice(forgotten, 1);
  return job;
}

/** Runs of the reaper fall due at whole periods after the start; what has expired by the last one is gone. By force, it takes all that is done. */
export function reap(world: World, byForce = false): void {
  const { reaperPeriodMs, expirationMs } = world.settings;
  const now = world.timers.now();
  const lastRun = reaperPeriodMs === 0 ? now : now - ((now - world.startedAt) % reaperPeriodMs);
  for (const job of world.jobs.values()) {
    if (job.doneAt !== undefined && (byForce || job.doneAt + expirationMs <= lastRun)) removeJob(world, job, 'reaped');
  }
}

/** The server goes and comes back: no job survives, and numbers begin anew. */
export function restart(world: World, downMs: number): void {
  for (const job of world.jobs.values()) job.removed = 'restarted';
  world.jobs.clear();
  world.signatures.clear();
  world.nextJobId = 1;
  world.incarnation += 1;
  world.startedAt = world.timers.now();
  world.downUntil = world.timers.now() + downMs;
}
