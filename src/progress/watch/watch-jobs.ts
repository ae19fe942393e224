import {
  type Backends,
  filterTouches,
  isUnfinished,
  type Job,
  type JobFilter,
  type JobState,
  jobFilterFields,
  matchesJob,
  wantsAny,
} from '../../domain/index.js';
import type { WatchOptions } from '../hub.js';
import { knownTasks, type WatchSources } from './known-tasks.js';
import type { ListWatch } from './list-watch.js';
import { type WatchLists, withFields } from './watch-lists.js';

/** What a watch of jobs needs. */
export interface JobWatchOptions extends WatchSources {
  readonly backends: Backends;
  readonly lists: WatchLists;
}

export const createJobWatches = (sources: JobWatchOptions) => {
  const { backends, lists, view } = sources;

  const busyJobs = (backendKey: string): ReadonlySet<string> =>
    new Set(
      knownTasks(sources, backends.get(backendKey)).flatMap((task) => (isUnfinished(task) && task.jobNativeId ? [task.jobNativeId] : [])),
    );

  return (filter: JobFilter, watching: WatchOptions): ListWatch<Job, JobState> => {
    const wantsBusy = filter.busy !== undefined;
    const wantsTasks = wantsBusy || wantsAny(watching.fields, 'Job.currentTask', 'Job.tasks');
    return lists.watch<Job, JobState>({
      // What a job's tasks were like when the client heard last is not known: whether it was busy then, neither.
      ...(wantsBusy ? {} : { kind: 'job', name: JSON.stringify(['jobs', filter]) }),
      touched: backends.all.filter((backend) => filterTouches(filter, backend)),
      interest: { fields: withFields(watching.fields, jobFilterFields(filter)), lists: wantsTasks ? ['jobs', 'tasks'] : ['jobs'] },
      matches: (job) =>
        matchesJob(filter, backends.get(job.backendKey).vendor, job, wantsBusy && busyJobs(job.backendKey).has(job.nativeId)),
      stateOf: (job) => job.state ?? 'UNKNOWN',
      current: ({ key }) => view.jobsOf(key),
      feed: (watch, change) => {
        if (change.kind === 'job') watch.touch(change.value);
        if (change.kind === 'job-gone') watch.forget(change.id);
        if (change.kind === 'task' && wantsTasks && change.value.jobNativeId !== null) {
          const job = view.jobByNativeId(change.value.backendKey, change.value.jobNativeId);
          if (job) watch.touch(job);
        }
      },
      options: watching,
    });
  };
};
