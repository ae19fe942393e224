import { randomUUID } from 'node:crypto';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { type AnyVariables, Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { type Cache, cacheExchange, type KeyingConfig } from '@urql/exchange-graphcache';
import { type GraphQLSchema, introspectionFromSchema, isObjectType } from 'graphql';
import {
  applyToPage,
  CloseJobDocument,
  DeleteJobDocument,
  JobDetailDocument,
  JobDetailLiveDocument,
  JobListDocument,
  JobListLiveDocument,
  type JobListLiveSubscription,
  type JobListLiveSubscriptionVariables,
  jobPage,
  ResetJobDocument,
  TaskListDocument,
  TaskListLiveDocument,
  type TaskListLiveSubscription,
  type TaskListLiveSubscriptionVariables,
  TaskProgressDocument,
  type TaskRowFragment,
  taskPage,
} from '../../../../src/client/index.js';
import { eventually } from '../../../support/gateway-rig.js';
import { type Dashboard, isSynced, variablesOf } from './dashboard.js';
import { createTransport } from './transport.js';

/** What has no id is part of the object that holds it. */
const keysOf = (schema: GraphQLSchema): KeyingConfig =>
  Object.fromEntries(
    Object.values(schema.getTypeMap())
      .filter((type) => isObjectType(type) && !('id' in type.getFields()))
      .map(({ name }) => [name, () => null]),
  );

const applyToJobs = ({ jobsChanged }: JobListLiveSubscription, { filter }: JobListLiveSubscriptionVariables, cache: Cache): void => {
  if (jobsChanged.reset) return;
  cache.updateQuery(
    { query: JobListDocument, variables: variablesOf(filter) },
    (data) => data && { ...data, jobs: applyToPage(data.jobs, jobsChanged, jobPage) },
  );
};

const applyToTasks = ({ tasksProgress }: TaskListLiveSubscription, { filter }: TaskListLiveSubscriptionVariables, cache: Cache): void => {
  if (tasksProgress.reset) return;
  cache.updateQuery(
    { query: TaskListDocument, variables: variablesOf(filter) },
    (data) => data && { ...data, tasks: applyToPage(data.tasks, tasksProgress, taskPage) },
  );
};

export interface UrqlDashboard extends Dashboard {
  readonly client: Client;
}

export const createUrqlDashboard = (url: string, schema: GraphQLSchema): UrqlDashboard => {
  const transport = createTransport(url);
  const client = new Client({
    url: transport.endpoint,
    fetch: transport.fetch,
    preferGetMethod: false,
    exchanges: [
      cacheExchange({
        schema: introspectionFromSchema(schema),
        keys: keysOf(schema),
        updates: { Subscription: { jobsChanged: applyToJobs, tasksProgress: applyToTasks } },
      }),
      fetchExchange,
      subscriptionExchange({
        isSubscriptionOperation: ({ kind }) => kind === 'subscription' || kind === 'mutation',
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({
            unsubscribe: transport.socket.subscribe(
              { query, variables: variables ?? {} },
              { ...sink, next: ({ data = null, errors = [] }) => sink.next({ data, errors }) },
            ),
          }),
        }),
      }),
    ],
  });
  const leaving: (() => void)[] = [];
  let shown = 0;

  const keep = async <D, V extends AnyVariables>(query: TypedDocumentNode<D, V>, variables: V): Promise<void> => {
    let complete = false;
    const { unsubscribe } = client.query(query, variables).subscribe(({ data, stale }) => {
      shown += 1;
      complete = data !== undefined && !stale;
    });
    leaving.push(unsubscribe);
    await eventually(() => complete, Boolean);
  };

  const follow = <D, V extends AnyVariables>(query: TypedDocumentNode<D, V>, variables: V, next: (data: D) => void): void => {
    leaving.push(client.subscription(query, variables).subscribe(({ data }) => void (data && next(data))).unsubscribe);
  };

  const refetch = async <D, V extends AnyVariables>(query: TypedDocumentNode<D, V>, variables: V): Promise<void> => {
    await client.query(query, variables, { requestPolicy: 'network-only' }).toPromise();
  };

  const mutate = async <D, V extends AnyVariables>(mutation: TypedDocumentNode<D, V>, variables: V): Promise<D> => {
    const { data, error } = await client.mutation(mutation, variables).toPromise();
    if (!data) throw error ?? new TypeError('a mutation was answered with nothing');
    return data;
  };

  return {
    transport,
    client,
    watchJobs: async (filter) => {
      const variables = variablesOf(filter);
      await keep(JobListDocument, variables);
      const ready = transport.keepPage('JobListLive', variables, () => refetch(JobListDocument, variables));
      follow(JobListLiveDocument, variables, () => undefined);
      await ready;
    },
    watchTasks: async (filter) => {
      const variables = variablesOf(filter);
      await keep(TaskListDocument, variables);
      const ready = transport.keepPage('TaskListLive', variables, () => refetch(TaskListDocument, variables));
      follow(TaskListLiveDocument, variables, () => undefined);
      await ready;
    },
    watchDetail: async (id) => {
      await keep(JobDetailDocument, { id });
      let ready = false;
      follow(JobDetailLiveDocument, { ids: [id] }, ({ jobsChanged }) => {
        ready ||= jobsChanged.synced;
      });
      await eventually(() => ready, Boolean);
    },
    closeJob: async (jobId) => (await mutate(CloseJobDocument, { input: { jobId, idempotencyKey: randomUUID() } })).closeJob,
    resetJob: async (jobId) => (await mutate(ResetJobDocument, { input: { jobId, idempotencyKey: randomUUID() } })).resetJob,
    deleteJob: async (jobId) => (await mutate(DeleteJobDocument, { input: { jobId, idempotencyKey: randomUUID() } })).deleteJob,
    followTask: (id) => {
      let latest: TaskRowFragment | null = null;
      return new Promise((resolve) => {
        client.subscription(TaskProgressDocument, { id }).subscribe(({ data, hasNext }) => {
          latest = data?.taskProgress.task ?? latest;
          if (!hasNext) resolve(latest);
        });
      });
    },
    jobs: (filter) => client.readQuery(JobListDocument, variablesOf(filter), { requestPolicy: 'cache-only' })?.data ?? null,
    tasks: (filter) => client.readQuery(TaskListDocument, variablesOf(filter), { requestPolicy: 'cache-only' })?.data ?? null,
    detail: (id) => client.readQuery(JobDetailDocument, { id }, { requestPolicy: 'cache-only' })?.data ?? null,
    watchQuery: keep,
    watchStream: async (stream, variables) => {
      let ready = false;
      follow(stream, variables, (data) => {
        ready ||= isSynced(data);
      });
      await eventually(() => ready, Boolean);
    },
    send: mutate,
    held: (query, variables) => client.readQuery(query, variables, { requestPolicy: 'cache-only' })?.data ?? null,
    shown: () => shown,
    dispose: async () => {
      for (const leave of leaving) leave();
      await transport.dispose();
    },
  };
};
