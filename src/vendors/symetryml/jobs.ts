import {
  type CallOptions,
  type FailedPart,
  type FieldSet,
  type Job,
  type Listing,
  type Reading,
  type Readings,
  settle,
  type Task,
  wantsAny,
} from '../../domain/index.js';
import type { VigilError } from '../../errors.js';
import { errorAbout } from '../../http/index.js';
import { isPossibleJobId, listJobs as readList } from './client.js';
import type { AdapterContext } from './context.js';
import { mostListed } from './job-list.js';
import { type JobSource, mapJob, mapTask } from './job-mapper.js';

/* Everything is read from the list of jobs alone: to ask for one job may take its result from the server. */

/** What one list told, and why it may not be all. */
interface Read {
  readonly sources: readonly JobSource[];
  readonly unread: VigilError | undefined;
}

const readAll = async ({ endpoint, numbersOfOthers }: AdapterContext, call: CallOptions): Promise<Read> => {
  const { jobs, bareIds, foreign, unread, beyond } = await readList(endpoint, call);
  numbersOfOthers.learn(foreign);
  const bare = bareIds.map((jobId): JobSource => ({ info: { jobId }, raw: null }));
  const message =
    beyond > 0
      ? `SymetryML lists ${beyond} jobs more than the ${mostListed} that the gateway looks at.`
      : `SymetryML lists ${unread === 1 ? 'a job' : `${unread} jobs`} in a form that the gateway does not know.`;
  return {
    sources: [...jobs, ...bare],
    unread: unread + beyond === 0 ? undefined : errorAbout(endpoint.origin, 'BACKEND_UNAVAILABLE', message, { retryable: false }),
  };
};

type Mapping<T> = (source: JobSource) => T;

const listed = async <T>(context: AdapterContext, part: FailedPart, map: Mapping<T>, call: CallOptions): Promise<Listing<T>> => {
  const { sources, unread } = await readAll(context, call);
  return { items: sources.map(map), missing: unread ? [{ part, error: unread }] : [] };
};

const byId = async <T>(context: AdapterContext, nativeIds: readonly string[], map: Mapping<T>, call: CallOptions): Promise<Readings<T>> => {
  const possible = nativeIds.filter(isPossibleJobId);
  const read = possible.length === 0 ? undefined : await settle(readAll(context, call), call);
  const found = new Map(read?.ok ? read.value.sources.map((source) => [source.info.jobId, source]) : []);
  const trouble = read?.ok ? read.value.unread : read?.error;
  const readingOf = (id: string): Reading<T> => {
    const source = found.get(id);
    if (source) return { status: 'found', value: map(source) };
    return trouble && isPossibleJobId(id) ? { status: 'undetermined', cause: trouble } : { status: 'gone' };
  };
  return { readings: new Map(nativeIds.map((id) => [id, readingOf(id)])), missing: [] };
};

const jobMapping = ({ endpoint }: AdapterContext, fields: FieldSet): Mapping<Job> => {
  const wantsRaw = wantsAny(fields, 'SymetryJobDetails.raw', 'JobDetails.raw');
  return (source) => mapJob(endpoint.origin.backend, source, wantsRaw);
};

const taskMapping = ({ endpoint }: AdapterContext, fields: FieldSet): Mapping<Task> => {
  const wantsRaw = fields.has('Task.raw');
  return (source) => mapTask(endpoint.origin.backend, source, wantsRaw);
};

/** One job as it was told of outside of a list. */
export const jobAndTask = (context: AdapterContext, source: JobSource, fields: FieldSet): { readonly job: Job; readonly task: Task } => ({
  job: jobMapping(context, fields)(source),
  task: taskMapping(context, fields)(source),
});

export const listJobs = (context: AdapterContext, fields: FieldSet, call: CallOptions): Promise<Listing<Job>> =>
  listed(context, 'STATE', jobMapping(context, fields), call);

export const readJobs = (
  context: AdapterContext,
  nativeIds: readonly string[],
  fields: FieldSet,
  call: CallOptions,
): Promise<Readings<Job>> => byId(context, nativeIds, jobMapping(context, fields), call);

/** The run of every job, also of those that are done: only their result tells how they ended. */
export const discoverTasks = (context: AdapterContext, fields: FieldSet, call: CallOptions): Promise<Listing<Task>> =>
  listed(context, 'TASKS', taskMapping(context, fields), call);

export const readTasks = (
  context: AdapterContext,
  nativeIds: readonly string[],
  fields: FieldSet,
  call: CallOptions,
): Promise<Readings<Task>> => byId(context, nativeIds, taskMapping(context, fields), call);
