import { isJsonObject, type Json, type JsonObject } from '../json.js';
import { SimulatorError } from '../simulator-error.js';
import { assignDatafeed, settleStopped } from './datafeed-lifecycle.js';
import { grow } from './growth.js';
import { assignJob, beginClose, beginOpen, failJob, settleClosed, takeOver } from './job-lifecycle.js';
import { isValidId } from './naming.js';
import { addDatafeed, addJob } from './new-records.js';
import type { Blocked, JobRecord } from './records.js';
import { datafeedConfig, jobConfig } from './seed-configs.js';
import { anomaly } from './seed-results.js';
import { datafeedOf, type World } from './world.js';

/** A job in short. */
export function summariseJob(world: World, job: JobRecord): JsonObject {
  grow(world, job);
  return {
    id: job.id,
    state: job.state,
    groups: job.groups,
    node: job.nodeId ?? null,
    task: job.taskId ?? null,
    blocked: job.blocked === undefined ? null : { reason: job.blocked.reason, task_id: job.blocked.taskId ?? null },
    datafeed: datafeedOf(world, job.id)?.id ?? null,
    records: job.counts.records,
    ...job.durations,
    resetFailure: job.resetFailure ?? null,
  };
}

function setState(world: World, job: JobRecord, state: Json, reason: Json | undefined): void {
  switch (state) {
    case 'closed':
      if (job.state !== 'closed') settleClosed(world, job);
      return;
    case 'opened':
      takeOver(job);
      if (job.nodeId === undefined) assignJob(world, job);
      job.state = 'opened';
      job.finishedTime = undefined;
      break;
    case 'opening':
      if (job.state !== 'closed') settleClosed(world, job);
      beginOpen(world, job, true);
      return;
    case 'closing':
      setState(world, job, 'opened', undefined);
      beginClose(world, job);
      return;
    case 'failed':
      failJob(world, job, typeof reason === 'string' ? reason : 'the process stopped unexpectedly');
      return;
    default:
      throw new SimulatorError('"state" must be closed, opened, opening, closing or failed');
  }
  world.changes.notify();
}

function setDatafeed(world: World, job: JobRecord, state: Json): void {
  const index = `logs-${job.id}`;
  const datafeed = datafeedOf(world, job.id) ?? addDatafeed(world, `datafeed-${job.id}`, job.id, datafeedConfig(job.id), [index]);
  world.indices.set(index, 'any');
  if (state === 'stopped') settleStopped(world, datafeed);
  else if (state === 'started') {
    datafeed.state = 'started';
    if (datafeed.nodeId === undefined) assignDatafeed(world, datafeed);
  } else throw new SimulatorError('"datafeed" must be started or stopped');
}

function parseBlocked(value: Json): Blocked | undefined {
  if (value === null) return undefined;
  const reason = isJsonObject(value) ? value.reason : undefined;
  const taskId = isJsonObject(value) ? value.task_id : undefined;
  if (reason !== 'reset' && reason !== 'delete' && reason !== 'revert')
    throw new SimulatorError('"blocked" must be null or {reason, task_id?}');
  return { reason, ...(typeof taskId === 'string' && { taskId }) };
}

/** Gives a job snapshots by id, the last of them in use; nothing else about them matters to a test. */
function setSnapshots(world: World, job: JobRecord, ids: readonly Json[]): void {
  const takenAt = world.timers.now();
  const common = { retain: false, takenAt, documents: 1, modelBytes: 1000, latestRecord: takenAt, latestResult: takenAt };
  job.snapshots = ids.map((id) => ({ id: String(id), description: `Snapshot ${String(id)}`, ...common }));
  job.snapshotId = job.snapshots.at(-1)?.id;
}

/** Gives a job anomaly records `{timestamp, score}`. */
function setAnomalies(job: JobRecord, records: readonly Json[]): void {
  job.anomalies = records.map((record) => {
    if (!isJsonObject(record)) throw new SimulatorError('an anomaly must be {timestamp, score}');
    return anomaly(job, Number(record.timestamp), Number(record.score));
  });
}

function isText(value: Json): value is string {
  return typeof value === 'string';
}

function setMember(world: World, job: JobRecord, key: string, value: Json): void {
  if (key === 'openMs' || key === 'closeMs' || key === 'resetMs' || key === 'deleteMs' || key === 'revertMs') {
    if (typeof value !== 'number' || value < 0) throw new SimulatorError(`"${key}" must be a number of milliseconds`);
    job.durations[key] = value;
  } else if (key === 'recordsPerSecond' && typeof value === 'number') job.recordsPerSecond = value;
  else if (key === 'resetFailure' && (value === null || isText(value))) job.resetFailure = value ?? undefined;
  else if (key === 'groups' && Array.isArray(value) && value.every(isText)) job.groups = value;
  else if (key === 'allowLazyOpen' && typeof value === 'boolean') job.config = { ...job.config, allow_lazy_open: value };
  else if (key === 'blocked') job.blocked = parseBlocked(value);
  else if (key === 'datafeed') setDatafeed(world, job, value);
  else if (key === 'snapshots' && Array.isArray(value)) setSnapshots(world, job, value);
  else if (key === 'anomalies' && Array.isArray(value)) setAnomalies(job, value);
  else throw new SimulatorError(`"${key}" is unknown or has no such value`);
}

/** Creates a job if there is none, and puts it into a state; times hold for what begins from now on. */
export function adjustJob(world: World, id: string, body: Json | undefined): JsonObject {
  if (!isValidId(id)) throw new SimulatorError(`"${id}" is no id of a job`);
  if (!isJsonObject(body)) throw new SimulatorError('the body must be a JSON object');
  const config = { description: `Job ${id}`, bucketSpan: '15m', function: 'count', influencers: ['host.name'], module: 'test' };
  const job = world.jobs.get(id) ?? addJob(world, id, jobConfig(config));
  const { state, reason, ...rest } = body;
  // The state comes before the datafeed, which runs on the node of its job, and after the times it takes.
  const { datafeed, ...members } = rest;
  for (const [key, value] of Object.entries(members)) if (value !== undefined) setMember(world, job, key, value);
  if (state !== undefined) setState(world, job, state, reason);
  if (datafeed !== undefined) setMember(world, job, 'datafeed', datafeed);
  world.changes.notify();
  return summariseJob(world, job);
}
