import pLimit from 'p-limit';
import {
  type CallOptions,
  type FieldSet,
  formatId,
  type Listing,
  type Reading,
  type Readings,
  settle,
  type Task,
  type TaskKind,
} from '../../domain/index.js';
import { isVigilError, type VigilError } from '../../errors.js';
import { errorAbout, type Origin } from '../../http/index.js';
import { listsTasks } from './capabilities.js';
import type { AdapterContext } from './context.js';
import { strange } from './errors.js';
import { blockedReasonOf } from './job-state.js';
import { isPossibleTaskId } from './native-ids.js';
import { listTasks, type TaskList } from './task-list.js';
import { kindOf, mapEndedTask, mapRunningTask } from './task-mapper.js';
import { taskResultSchema, type WireJob } from './wire.js';

const kindOfReason: ReadonlyMap<string, TaskKind> = new Map([
  ['reset', 'RESET'],
  ['revert', 'REVERT'],
  ['delete', 'DELETE'],
]);

/** All that a job's `blocked` tells of the task that holds it; when it began is not among that. */
const taskOfBlocked = (backend: string, job: WireJob): Task | undefined => {
  const reason = blockedReasonOf(job);
  const nativeId = job.blocked?.task_id;
  if (reason === null || nativeId === undefined) return undefined;
  return {
    id: formatId('task', backend, nativeId),
    backendKey: backend,
    nativeId,
    kind: kindOfReason.get(reason) ?? 'UNKNOWN',
    vendorType: null,
    state: 'RUNNING',
    vendorState: reason,
    progress: null,
    counts: null,
    startedAt: null,
    endedAt: null,
    updatedAt: null,
    error: null,
    cancellable: false,
    startedBy: null,
    jobNativeId: job.job_id,
    parentId: null,
    idempotencyKey: null,
  };
};

/** What holds jobs, read with `monitor_ml`: `_tasks` needs `monitor`, and serverless projects have no list of tasks. */
const tasksFromJobs = async ({ client, origin }: AdapterContext, call: CallOptions): Promise<readonly Task[]> => {
  const { items: jobs } = await client.jobs({ filterPath: 'jobs.job_id,jobs.create_time,jobs.blocked,jobs.deleting' }, call);
  return jobs.flatMap(({ wire }) => taskOfBlocked(origin.backend, wire) ?? []);
};

/** A list of tasks these credentials or this product does not give: what holds a job is all there is to go by. */
const isOutOfReach = (error: VigilError): boolean =>
  error.code === 'UNSUPPORTED' || (error.code === 'FORBIDDEN' && error.facts.httpStatus !== 401);

const noTaskList = (origin: Origin): VigilError =>
  errorAbout(origin, 'UNSUPPORTED', 'A serverless Elasticsearch project has no list of tasks: only what holds a job is seen.');

export const discoverTasks = async (context: AdapterContext, fields: FieldSet, call: CallOptions): Promise<Listing<Task>> => {
  try {
    if (!listsTasks(call.profile.version)) throw noTaskList(context.origin);
    return (await listTasks(context, fields, call)).listing;
  } catch (error) {
    if (!isVigilError(error) || !isOutOfReach(error)) throw error;
    return { items: await tasksFromJobs(context, call), missing: [{ part: 'TASKS', error }] };
  }
};

/** A task id names any task of the cluster; what is no work on a job (a reindex, a search) is none of this gateway's: neither to be seen nor to be cancelled, which is only done with what was read. */
const readTask = async (context: AdapterContext, id: string, wantsRaw: boolean, call: CallOptions): Promise<Reading<Task>> => {
  try {
    const response = await context.client.task(id, call);
    const parsed = taskResultSchema.safeParse(response.json);
    if (!parsed.success) return { status: 'undetermined', cause: strange(context.origin, response.status, false, parsed.error) };
    const { data } = parsed;
    if (kindOf(data.task.action) === 'UNKNOWN') return { status: 'gone' };
    if (data.completed) return { status: 'found', value: mapEndedTask(context.origin, data, response.json, wantsRaw) };
    return { status: 'found', value: mapRunningTask(context.origin, { wire: data.task, raw: response.json }, null, wantsRaw) };
  } catch (error) {
    if (!isVigilError(error)) throw error;
    /*
     * Two answers mean that there is no such task: its node is there, does not run it and stored nothing; or its node left the cluster and nothing
     * was stored. Both are said of this very id. A result may be on its way into the store, and a node may come back: one `gone` is no proof of an end,
     * which is why whoever follows a task asks again before it calls it lost.
     */
    return error.code === 'NOT_FOUND' ? { status: 'gone' } : { status: 'undetermined', cause: error };
  }
};

const fromList = (context: AdapterContext, list: TaskList, id: string, wantsRaw: boolean): Reading<Task> | undefined => {
  const sent = list.byId.get(id);
  return sent && { status: 'found', value: mapRunningTask(context.origin, sent, list.countsOf(id), wantsRaw) };
};

const canCount = (reading: Reading<Task> | undefined): boolean =>
  reading?.status === 'found' && reading.value.state === 'RUNNING' && (reading.value.kind === 'RESET' || reading.value.kind === 'DELETE');

/** Each read by id is a call of its own. */
const atOnce = 8;
const mostById = 100;

const tooMany = (origin: Origin): VigilError => errorAbout(origin, 'INVALID_INPUT', `At most ${mostById} tasks can be read by id at once.`);

/**
 * Several tasks: one list answers for all that run, and only the others are asked for by id. One task: by id, and the list only to count what its
 * children did. Without the privilege for either, a job that is held by a task shows that it runs; nothing shows that it ended.
 */
export const readTasks = async (
  context: AdapterContext,
  nativeIds: readonly string[],
  fields: FieldSet,
  call: CallOptions,
): Promise<Readings<Task>> => {
  const wantsRaw = fields.has('Task.raw');
  const ids = [...new Set(nativeIds)];
  const possible = ids.filter(isPossibleTaskId);
  const list = possible.length > 1 && listsTasks(call.profile.version) ? await settle(listTasks(context, fields, call), call) : undefined;
  const listed = new Map<string, Reading<Task>>();
  for (const id of possible) {
    const reading = list?.ok ? fromList(context, list.value, id, wantsRaw) : undefined;
    if (reading) listed.set(id, reading);
  }
  const others = possible.filter((id) => !listed.has(id));
  const within = others.slice(0, mostById);
  const asked = new Map(await pLimit(atOnce).map(within, async (id) => [id, await readTask(context, id, wantsRaw, call)] as const));
  // Who may not read one may read none: those left out are forbidden as well.
  const cause = forbiddenIn(asked) ?? tooMany(context.origin);
  for (const id of others.slice(mostById)) asked.set(id, { status: 'undetermined', cause });

  if (list === undefined && listsTasks(call.profile.version) && fields.has('Task.counts') && [...asked.values()].some(canCount)) {
    const counted = await settle(listTasks(context, fields, call), call);
    for (const [id, reading] of asked) {
      if (reading.status === 'found' && counted.ok)
        asked.set(id, { status: 'found', value: { ...reading.value, counts: reading.value.counts ?? counted.value.countsOf(id) } });
    }
  }
  const readings = new Map<string, Reading<Task>>();
  for (const id of nativeIds) readings.set(id, listed.get(id) ?? asked.get(id) ?? { status: 'gone' });
  return withHolders(context, readings, call);
};

const forbiddenIn = (readings: ReadonlyMap<string, Reading<Task>>): VigilError | undefined => {
  for (const reading of readings.values()) {
    if (reading.status === 'undetermined' && reading.cause.code === 'FORBIDDEN' && reading.cause.facts.httpStatus !== 401)
      return reading.cause;
  }
  return undefined;
};

const withHolders = async (context: AdapterContext, readings: Map<string, Reading<Task>>, call: CallOptions): Promise<Readings<Task>> => {
  const forbidden = forbiddenIn(readings);
  if (forbidden === undefined) return { readings, missing: [] };
  const holders = await settle(tasksFromJobs(context, call), call);
  for (const task of holders.ok ? holders.value : []) {
    if (task.nativeId !== null && readings.get(task.nativeId)?.status === 'undetermined')
      readings.set(task.nativeId, { status: 'found', value: task });
  }
  return { readings, missing: [{ part: 'TASKS', error: forbidden }] };
};
