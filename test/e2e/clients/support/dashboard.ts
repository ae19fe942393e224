import type {
  JobDetailQuery,
  JobFilter,
  JobListQuery,
  JobVerbFragment,
  TaskFilter,
  TaskListQuery,
  TaskRowFragment,
} from '../../../../src/client/index.js';
import type { Transport } from './transport.js';

/** What a front end does with jobs and tasks, whatever GraphQL client it is built on. */
export interface Dashboard {
  readonly transport: Transport;
  /** Runs JobList, keeps it watched and live. Resolves when the stream has begun and the page is there. */
  watchJobs(filter?: JobFilter): Promise<void>;
  /** The same with TaskList. */
  watchTasks(filter?: TaskFilter): Promise<void>;
  /** Runs JobDetail, keeps it watched, and its job live. */
  watchDetail(id: string): Promise<void>;
  closeJob(jobId: string): Promise<JobVerbFragment>;
  resetJob(jobId: string): Promise<JobVerbFragment>;
  deleteJob(jobId: string): Promise<JobVerbFragment>;
  /** Follows one task until its stream completes. Resolves with its last state. */
  followTask(id: string): Promise<TaskRowFragment | null>;
  /** The cache alone answers; null when it lacks something. */
  jobs(filter?: JobFilter): JobListQuery | null;
  tasks(filter?: TaskFilter): TaskListQuery | null;
  detail(id: string): JobDetailQuery | null;
  /** How often what is watched was shown anew. */
  shown(): number;
  dispose(): Promise<void>;
}

export const variablesOf = <F>(filter: F | undefined): { filter?: F } => (filter === undefined ? {} : { filter });
