import type { SimulatedAnswer } from '../exchange.js';
import type { Json, JsonObject } from '../json.js';
import type { Customer } from './customers.js';
import { envelope, prewritten } from './envelope.js';
import { streamFrame } from './frame-stream.js';
import { jobInfo } from './job-info.js';
import { jobKind } from './job-kinds.js';
import { reap, removeJob, startWaiting } from './job-lifecycle.js';
import type { JobRecord } from './job-record.js';
import { Refusal } from './refusal.js';
import type { World } from './world.js';

/** A job a customer may touch; asking for one that is gone is remembered. */
function findJob(world: World, customer: Customer, id: string): JobRecord {
  reap(world);
  const number = /^\d+$/.test(id) ? Number(id) : Number.NaN;
  const job = world.jobs.get(number);
  if (job !== undefined && (job.owner === customer.id || world.settings.foreignJobs === 'open')) return job;
  const gone = world.history.findLast((one) => one.id === number && one.incarnation === world.incarnation);
  if (gone?.removed !== undefined) gone.lateReads += 1;
  throw new Refusal(400, 'No such job');
}

const finished = 'Job is finished';

function resultAnswer(world: World, { result }: JobRecord): SimulatedAnswer {
  if (result === undefined) return envelope(200, finished);
  if ('values' in result) return envelope(200, finished, result.values);
  if ('raw' in result) return prewritten(result.status, result.raw);
  const { incarnation } = world;
  return prewritten(
    200,
    streamFrame(result.frame, () => world.incarnation !== incarnation),
  );
}

function failedAnswer(world: World, job: JobRecord): SimulatedAnswer {
  if (world.settings.failure === 'finished') return envelope(200, finished);
  const { result } = job;
  const planted = result !== undefined && 'raw' in result && result.status >= 400;
  return planted ? resultAnswer(world, job) : envelope(500, job.failure ?? '');
}

/** `GET /jobs/{id}`: the only status is the HTTP code, and the end of a job is told once. */
export function readJob(world: World, customer: Customer, id: string): SimulatedAnswer {
  const job = findJob(world, customer, id);
  if (job.state === 'queued' || job.state === 'running') {
    return envelope(202, 'Job still running', world.settings.runningBody === 'jobinfo' ? { jobinfo: jobInfo(world, job) } : {});
  }
  job.reads += 1;
  const failed = job.state === 'failed' && world.settings.failure === '500';
  const answer = failed ? failedAnswer(world, job) : job.state === 'finished' ? resultAnswer(world, job) : envelope(200, finished);
  if (failed ? world.settings.consumeFailed : world.settings.consume) removeJob(world, job, 'read');
  return answer;
}

function listValues(world: World, jobs: readonly JobRecord[]): JsonObject {
  const infos: readonly Json[] = jobs.map((job) => jobInfo(world, job));
  const ids = jobs.map(({ id }) => String(id));
  switch (world.settings.listShape) {
    case 'jobinfo':
      return { jobinfo: infos };
    case 'jobInfoList':
      return { jobInfoList: { values: infos } };
    case 'wrapped':
      return { jobinfo: { values: infos } };
    case 'stringList':
      return { stringList: { values: ids } };
    case 'bareStringList':
      return { stringList: ids };
  }
}

/** `GET /jobs`: "all the currently created on the computer". */
export function listJobs(world: World, customer: Customer): SimulatedAnswer {
  const { settings } = world;
  reap(world);
  const jobs = [...world.jobs.values()].filter(({ owner }) => settings.listOwners === 'all' || owner === customer.id);
  const answer = envelope(200, settings.listStatus, listValues(world, jobs));
  for (const job of settings.listConsumes ? jobs : []) if (job.doneAt !== undefined) removeJob(world, job, 'listed');
  return answer;
}

const killable = ({ settings }: World, job: JobRecord) =>
  (job.killable ?? !settings.notKillable.includes(job.kind)) && (job.state === 'running' || settings.killQueued);

/** `DELETE /jobs/{id}`: 202 is a refusal. */
export function killJob(world: World, customer: Customer, id: string): SimulatedAnswer {
  const { settings } = world;
  const job = findJob(world, customer, id);
  const refused = envelope(202, 'Job cannot be killed.');
  const done = job.doneAt !== undefined;
  if (done) {
    if (settings.killFinished === 'unknown') throw new Refusal(400, 'No such job');
    if (settings.killFinished === 'refused') return refused;
  } else if (!killable(world, job)) return refused;
  job.state = 'killed';
  job.doneAt = world.timers.now();
  job.failure = `${jobKind(job.kind).name} was killed`;
  if (done || settings.afterKill === 'gone') removeJob(world, job, 'killed');
  else startWaiting(world);
  return envelope(200, 'Job was killed.');
}
