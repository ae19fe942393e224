import type { GraphQLResolveInfo } from 'graphql';
import {
  type Backend,
  filterTouches,
  isUnfinished,
  type Job,
  type JobFilter,
  type JobState,
  jobStates,
  matchesJob,
  type Revised,
  type Task,
} from '../domain/index.js';
import { type ConnectionSource, readConnection } from './connection.js';
import type { GatewayContext } from './context.js';
import { listHash } from './cursor.js';
import type { Failures } from './failures.js';
import { parseJobFilter } from './filters.js';
import type { JobFilterInput, JobOrderInput } from './job.input.js';
import { prefetchDetectors } from './job-detector.js';
import { prefetchMessages } from './job-messages.js';
import { prefetchNodes } from './node-stats-list.js';
import { jobOrder } from './order.js';
import { parsePage } from './paging.js';
import { readByIds } from './read-by-ids.js';
import { settle } from './settle.js';

export type JobConnectionSource = ConnectionSource<Revised<Job>, JobState>;

/** Arguments of a list of jobs. */
export interface JobListArguments {
  readonly filter: JobFilterInput | null | undefined;
  readonly orderBy: JobOrderInput | null | undefined;
  readonly first: number | null | undefined;
  readonly after: string | null | undefined;
}

const defaultFirst = 50;

/** Reads what is wanted of the objects that jobs name, and their logs; what fails is said in `unavailable`. */
export const prefetchJobRelations = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  jobs: readonly Revised<Job>[],
  failures: Failures,
): Promise<void> => {
  const nodes = jobs.flatMap(({ node }) => node ?? []);
  await Promise.all([
    prefetchNodes(context, info, nodes, failures),
    prefetchMessages(context, info, jobs, failures),
    prefetchDetectors(context, info, jobs, failures),
  ]);
};

export const readJobList = (context: GatewayContext, info: GraphQLResolveInfo, args: JobListArguments): Promise<JobConnectionSource> => {
  const filter: JobFilter = parseJobFilter(context, args.filter);
  const order = jobOrder(args.orderBy);
  const list = listHash('jobs', filter, { field: order.field, direction: order.direction });
  const fields = context.fields(info);
  const loaders = context.loaders(info);
  /** Unfinished tasks by backend, as far as they were read: what `busy` is judged by. */
  const unfinished = new Map<string, readonly Revised<Task>[]>();
  const isBusy = (job: Job): boolean =>
    context.shown.newestTasks(unfinished.get(job.backendKey) ?? []).some((task) => isUnfinished(task) && task.jobNativeId === job.nativeId);
  /** Where the vendor remembers tasks, a job's own list asks for them. */
  const needsTasks = ({ adapter }: Backend): boolean =>
    filter.busy !== undefined || fields.has('Job.currentTask') || (fields.has('Job.tasks') && adapter.listTasks === undefined);

  return readConnection({
    context,
    list,
    page: parsePage(list, args.first, args.after, defaultFirst),
    order,
    backends: context.backends.all.filter((backend) => filterTouches(filter, backend)),
    async read(backend, failures) {
      const tasksRead = needsTasks(backend) ? settle(loaders.tasks(backend.key)) : undefined;
      const jobsRead = settle(
        filter.ids
          ? readByIds(backend, filter.ids, loaders.job, { loaders, failures })
          : loaders.jobs(backend.key).then(({ items }) => items),
      );
      const [jobs, tasks] = await Promise.all([jobsRead, tasksRead]);
      if (!jobs.ok) throw jobs.error;
      if (tasks && !tasks.ok) failures.add(backend, 'TASKS', tasks.error);
      failures.addParts(backend, loaders.missing(backend.key));
      // Whether they are busy is not known: a filter on it can neither let them in nor keep them out, and `unavailable` says so.
      if (filter.busy !== undefined && !tasks?.ok) return [];
      if (tasks?.ok) unfinished.set(backend.key, tasks.value.items.filter(isUnfinished));
      return jobs.value;
    },
    matching: (rows) =>
      context.shown
        .newestJobs(rows)
        .filter((job) => matchesJob(filter, context.ownerOf(job.backendKey).vendor, job, filter.busy !== undefined && isBusy(job))),
    prefetch: (rows, failures) => prefetchJobRelations(context, info, rows, failures),
    counted: { stateOf: (job) => job.state ?? 'UNKNOWN', states: jobStates },
  });
};
