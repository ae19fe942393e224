import { randomUUID } from 'node:crypto';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, type TypePolicies } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import type { GraphQLSchema } from 'graphql';
import {
  applyToPage,
  CloseJobDocument,
  DeleteJobDocument,
  JobDetailDocument,
  JobDetailLiveDocument,
  JobListDocument,
  JobListLiveDocument,
  jobPage,
  ResetJobDocument,
  TaskListDocument,
  TaskListLiveDocument,
  TaskProgressDocument,
  TaskRowFragmentDoc,
  taskPage,
} from '../../../../src/client/index.js';
import { possibleTypes } from '../../../../src/graphql/index.js';
import { eventually } from '../../../support/gateway-rig.js';
import { type Dashboard, isSynced, variablesOf } from './dashboard.js';
import { createTransport } from './transport.js';

/** Values that belong to one object and have no id: what another document selected of them is kept. */
const typePolicies: TypePolicies = {
  BackendHealth: { merge: true },
  DateRange: { merge: true },
  DetectorModel: { merge: true },
  Progress: { merge: true },
  TaskError: { merge: true },
  // Pages, in the same way: their rows are always sent whole.
  AnomalyConnection: { merge: true },
  DataFrameRowConnection: { merge: true },
  DetectorConnection: { merge: true },
  DetectorModelConnection: { merge: true },
  JobConnection: { merge: true },
  ModelSnapshotConnection: { merge: true },
  PageInfo: { merge: true },
  TaskConnection: { merge: true },
  // Lists of values are always sent whole, too: one that got shorter has lost nothing.
  Task: { fields: { stateCounts: { merge: false } } },
  DetectorProfile: { fields: { models: { merge: false } } },
};

export interface ApolloDashboard extends Dashboard {
  readonly client: ApolloClient;
}

const mutableTypes = (schema: GraphQLSchema): Record<string, string[]> =>
  Object.fromEntries(Object.entries(possibleTypes(schema)).map(([name, types]) => [name, [...types]]));

export const createApolloDashboard = (url: string, schema: GraphQLSchema): ApolloDashboard => {
  const transport = createTransport(url);
  const cache = new InMemoryCache({ possibleTypes: mutableTypes(schema), typePolicies });
  const client = new ApolloClient({
    cache,
    link: ApolloLink.split(
      ({ operationType }) => operationType !== 'query',
      new GraphQLWsLink(transport.socket),
      new HttpLink({ uri: transport.endpoint, fetch: transport.fetch }),
    ),
  });
  const leaving: (() => void)[] = [];
  let shown = 0;

  const keep = async <D, V extends Record<string, unknown>>(query: TypedDocumentNode<D, V>, variables: V) => {
    const watched = client.watchQuery<D, Record<string, unknown>>({ query, variables });
    const subscription = watched.subscribe(() => {
      shown += 1;
    });
    leaving.push(() => subscription.unsubscribe());
    await eventually(
      () => watched.getCurrentResult(),
      ({ dataState }) => dataState === 'complete',
    );
    return watched;
  };

  const follow = <D, V extends Record<string, unknown>>(query: TypedDocumentNode<D, V>, variables: V, next: (data: D) => void) => {
    const subscription = client
      .subscribe<D, Record<string, unknown>>({ query, variables })
      .subscribe(({ data }) => void (data && next(data as D)));
    leaving.push(() => subscription.unsubscribe());
  };

  const mutate = async <D, V extends Record<string, unknown>>(mutation: TypedDocumentNode<D, V>, variables: V): Promise<D> => {
    const { data } = await client.mutate<D, Record<string, unknown>>({ mutation, variables });
    return data as D;
  };

  return {
    transport,
    client,
    watchJobs: async (filter) => {
      const variables = variablesOf(filter);
      const watched = await keep(JobListDocument, variables);
      const ready = transport.keepPage('JobListLive', variables, () => watched.refetch());
      follow(JobListLiveDocument, variables, ({ jobsChanged }) => {
        if (jobsChanged.reset) return;
        cache.updateQuery(
          { query: JobListDocument, variables },
          (data) => data && { ...data, jobs: applyToPage(data.jobs, jobsChanged, jobPage) },
        );
      });
      await ready;
    },
    watchTasks: async (filter) => {
      const variables = variablesOf(filter);
      const watched = await keep(TaskListDocument, variables);
      const ready = transport.keepPage('TaskListLive', variables, () => watched.refetch());
      follow(TaskListLiveDocument, variables, ({ tasksProgress }) => {
        if (tasksProgress.reset) return;
        cache.updateQuery(
          { query: TaskListDocument, variables },
          (data) => data && { ...data, tasks: applyToPage(data.tasks, tasksProgress, taskPage) },
        );
      });
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
    followTask: async (id) => {
      await new Promise<void>((complete, error) => {
        client.subscribe({ query: TaskProgressDocument, variables: { id } }).subscribe({ complete, error });
      });
      return cache.readFragment({ fragment: TaskRowFragmentDoc, fragmentName: 'TaskRow', id: `Task:${id}` });
    },
    jobs: (filter) => cache.readQuery({ query: JobListDocument, variables: variablesOf(filter) }),
    tasks: (filter) => cache.readQuery({ query: TaskListDocument, variables: variablesOf(filter) }),
    detail: (id) => cache.readQuery({ query: JobDetailDocument, variables: { id } }),
    watchQuery: async (query, variables) => void (await keep(query, variables)),
    watchStream: async (stream, variables) => {
      let ready = false;
      follow(stream, variables, (data) => {
        ready ||= isSynced(data);
      });
      await eventually(() => ready, Boolean);
    },
    send: mutate,
    held: (query, variables) => cache.readQuery({ query, variables }),
    shown: () => shown,
    dispose: async () => {
      for (const leave of leaving) leave();
      client.stop();
      await transport.dispose();
    },
  };
};
