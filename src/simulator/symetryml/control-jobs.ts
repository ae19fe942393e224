import { isJsonObject, type Json, type JsonObject } from '../json.js';
import { SimulatorError } from '../simulator-error.js';
import { jobTypeOf } from './job-info.js';
import { isJobKind, type JobKindId } from './job-kinds.js';
import { addJob, failJob, finishJob, type NewJob, runJob, startWaiting } from './job-lifecycle.js';
import { progressOf } from './job-progress.js';
import type { JobRecord, JobResult } from './job-record.js';
import type { World } from './world.js';

type Members = Record<string, Json | undefined>;

/** Takes members out of a JSON object one by one, so that what is left over is unknown. */
function createReader(body: Json | undefined) {
  if (!isJsonObject(body)) throw new SimulatorError('a job must be a JSON object');
  const left: Members = { ...body };
  const take = <T extends Json>(name: string, fits: (value: Json) => value is T): T | undefined => {
    const value = left[name];
    delete left[name];
    if (value === undefined) return undefined;
    if (!fits(value)) throw new SimulatorError(`"${name}" has no such value`);
    return value;
  };
  return {
    text: (name: string) => take(name, (value): value is string => typeof value === 'string'),
    number: (name: string) => take(name, (value): value is number => typeof value === 'number' && value >= 0),
    flag: (name: string) => take(name, (value): value is boolean => typeof value === 'boolean'),
    object: (name: string) => take(name, (value): value is JsonObject => isJsonObject(value)),
    any: (name: string) => take(name, (_value): _value is Json => true),
    end() {
      const [unknown] = Object.keys(left);
      if (unknown !== undefined) throw new SimulatorError(`"${unknown}" is unknown`);
    },
  };
}

type Reader = ReturnType<typeof createReader>;

function readFrame(frame: JsonObject): JobResult {
  const reader = createReader(frame);
  const [rows, columns, key] = [reader.number('rows'), reader.number('columns'), reader.text('key')];
  reader.end();
  if (rows === undefined || columns === undefined) throw new SimulatorError('"frame" must have "rows" and "columns"');
  return { frame: { rows, columns, key: key ?? 'dataframe' } };
}

/** `raw` (a whole body, with its `status`), `values` of the envelope, or a `frame` of so many rows and columns. */
function readResult(reader: Reader): JobResult | undefined {
  const [raw, status, values, frame] = [reader.text('raw'), reader.number('status'), reader.object('values'), reader.object('frame')];
  if (raw !== undefined) return { raw, status: status ?? 200 };
  if (values !== undefined) return { values };
  return frame === undefined ? undefined : readFrame(frame);
}

function readKind(reader: Reader): JobKindId {
  const kind = reader.text('kind') ?? 'build';
  if (!isJobKind(kind)) throw new SimulatorError(`there is no kind of job "${kind}"`);
  return kind;
}

const textsOf = (details: JsonObject) => Object.fromEntries(Object.entries(details).map(([key, value]) => [key, String(value)]));

const states = ['queued', 'running', 'finished', 'failed'];

function readState(reader: Reader): string | undefined {
  const state = reader.text('state');
  if (state !== undefined && !states.includes(state)) throw new SimulatorError(`"state" must be one of ${states.join(', ')}`);
  return state;
}

/** Puts a job into a state, with what is planted for its end. */
function settle(world: World, job: JobRecord, state: string | undefined): void {
  if (state === 'finished') finishJob(world, job);
  else if (state === 'failed') failJob(world, job, job.failure);
  else if (state === 'running') runJob(world, job);
}

/** A job in short. */
export const summariseJob = (world: World, job: JobRecord): JsonObject => ({
  id: job.id,
  incarnation: job.incarnation,
  kind: job.kind,
  jobType: jobTypeOf(world, job),
  owner: job.owner,
  state: job.state,
  current: progressOf(world, job),
  maximum: job.maximum,
  removed: job.removed ?? null,
  reads: job.reads,
  lateReads: job.lateReads,
});

/** Plants a job of any kind; in no state given, it waits its turn. */
export function plantJob(world: World, body: Json | undefined): JsonObject {
  const reader = createReader(body);
  const [defaultOwner = 'c1'] = world.customers.keys();
  const kind = readKind(reader);
  const projectId = reader.text('pid');
  const modelId = reader.text('modelid');
  const query = textsOf(reader.object('query') ?? {});
  const held = reader.flag('held') === true;
  const durationMs = held ? undefined : reader.number('durationMs');
  const [killable, jobType, details] = [reader.flag('killable'), reader.text('jobType'), reader.object('details')];
  const [maximum, current] = [reader.number('maximum'), reader.number('current')];
  const failure = reader.text('error');
  const state = readState(reader);
  const given: NewJob = {
    kind,
    owner: reader.text('owner') ?? defaultOwner,
    input: { query, body: reader.any('body'), ...(projectId !== undefined && { projectId }), ...(modelId !== undefined && { modelId }) },
    ...((held || durationMs !== undefined) && { durationMs }),
    ...(killable !== undefined && { killable }),
    ...(jobType !== undefined && { jobType }),
    ...(details !== undefined && { details: textsOf(details) }),
    ...(maximum !== undefined && { maximum }),
    ...(current !== undefined && { current }),
    ...(failure !== undefined && { failure }),
    result: readResult(reader),
  };
  reader.end();
  const job = addJob(world, given);
  settle(world, job, state);
  startWaiting(world);
  return summariseJob(world, job);
}

/** Moves a job on: its progress, its end, what it hands over. */
export function adjustJob(world: World, job: JobRecord, body: Json | undefined): JsonObject {
  const reader = createReader(body);
  const [maximum, current, failure, state] = [reader.number('maximum'), reader.number('current'), reader.text('error'), readState(reader)];
  const details = reader.object('details');
  const result = readResult(reader);
  reader.end();
  job.maximum = maximum ?? job.maximum;
  job.current = current ?? job.current;
  job.failure = failure ?? job.failure;
  job.details = details === undefined ? job.details : textsOf(details);
  job.result = result ?? job.result;
  settle(world, job, state);
  return summariseJob(world, job);
}
