import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import type { DocumentNode } from 'graphql';
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
  /** Runs any of the product's queries, and keeps it watched. Resolves when its answer is there. */
  watchQuery<D, V extends Record<string, unknown>>(query: TypedDocumentNode<D, V>, variables: V): Promise<void>;
  /** Follows any of its streams of a list, for what the cache makes of it by itself. Resolves when it is synced. */
  watchStream<D, V extends Record<string, unknown>>(stream: TypedDocumentNode<D, V>, variables: V): Promise<void>;
  send<D, V extends Record<string, unknown>>(mutation: TypedDocumentNode<D, V>, variables: V): Promise<D>;
  /** The cache alone answers; null when it lacks something. */
  held<D, V extends Record<string, unknown>>(query: TypedDocumentNode<D, V>, variables: V): D | null;
  /** How often what is watched was shown anew. */
  shown(): number;
  dispose(): Promise<void>;
}

/** Whether a message of a stream of a list says that all of it has come. */
export const isSynced = (data: unknown): boolean =>
  Object.values(Object(data)).some(
    (message) => typeof message === 'object' && message !== null && 'synced' in message && message.synced === true,
  );

/** What an operation is called. */
export const nameOf = ({ definitions }: DocumentNode): string =>
  definitions.flatMap((each) => (each.kind === 'OperationDefinition' ? (each.name?.value ?? []) : []))[0] ?? '';

export const variablesOf = <F>(filter: F | undefined): { filter?: F } => (filter === undefined ? {} : { filter });
