import { randomUUID } from 'node:crypto';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import type { GraphQLSchema } from 'graphql';
import {
  commitMutation,
  createOperationDescriptor,
  fetchQuery,
  requestSubscription,
  type SelectorStoreUpdater,
  type Snapshot,
  type Variables,
} from 'relay-runtime';
import type {
  JobDetailQuery,
  JobListQuery,
  JobVerbFragment,
  TaskListQuery,
  TaskProgressSubscription,
  TaskRowFragment,
} from '../../../../src/client/index.js';
import { eventually } from '../../../support/gateway-rig.js';
import { type Dashboard, isSynced, nameOf, variablesOf } from './dashboard.js';
import { type CompiledApp, compileRelayApp } from './relay-compiler.js';
import { applyMessage, jobTable, type LiveList, taskTable } from './relay-list.js';
import { createEnvironment, createReader } from './relay-store.js';
import { createTransport } from './transport.js';

export interface RelayDashboard extends Dashboard {
  readonly app: CompiledApp;
  /** Asks the gateway and writes the answer to the store. */
  fetch(name: string, variables: Variables): Promise<void>;
  /** What the store alone has, fragments and all. Throws when something is missing. */
  read(name: string, variables: Variables, met?: (snapshot: Snapshot) => void): unknown;
}

export const createRelayDashboard = async (url: string, schema: GraphQLSchema): Promise<RelayDashboard> => {
  const app = await compileRelayApp(schema);
  const transport = createTransport(url);
  const environment = createEnvironment(transport);
  const { look, unmask } = createReader(environment, app);
  const leaving: (() => void)[] = [];
  let shown = 0;

  const operation = (name: string, variables: Variables) => createOperationDescriptor(app.request(name), variables);

  const fetch = async (name: string, variables: Variables): Promise<void> => {
    await fetchQuery(environment, app.request(name), variables, { fetchPolicy: 'network-only' }).toPromise();
  };

  const read: RelayDashboard['read'] = (name, variables, met = () => undefined) => look(operation(name, variables).fragment, met);

  const keep = async (name: string, variables: Variables): Promise<void> => {
    const descriptor = operation(name, variables);
    leaving.push(environment.retain(descriptor).dispose);
    await fetch(name, variables);
    const count = (): void => {
      shown += 1;
    };
    read(name, variables, (snapshot) => leaving.push(environment.subscribe(snapshot, count).dispose));
  };

  const follow = (
    name: string,
    variables: Variables,
    next: (data: unknown) => void,
    updater: SelectorStoreUpdater<unknown> = () => undefined,
  ): Promise<void> =>
    new Promise((resolve, onError) => {
      const { dispose } = requestSubscription(environment, {
        subscription: app.request(name),
        variables,
        onNext: (data) => next(unmask(data)),
        onCompleted: () => resolve(),
        onError,
        updater,
      });
      leaving.push(dispose);
    });

  const watchList = async (list: LiveList, variables: Variables): Promise<void> => {
    await keep(list.query, variables);
    const ready = transport.keepPage(list.stream, variables, () => fetch(list.query, variables));
    void follow(
      list.stream,
      variables,
      () => undefined,
      (store) => applyMessage(store, list, variables),
    );
    await ready;
  };

  const mutate = (name: string, variables: Variables): Promise<unknown> =>
    new Promise((resolve, onError) => {
      commitMutation(environment, {
        mutation: app.request(name),
        variables,
        onCompleted: (data) => resolve(unmask(data)),
        onError,
      });
    });

  return {
    transport,
    app,
    fetch,
    read,
    watchJobs: (filter) => watchList(jobTable, variablesOf(filter)),
    watchTasks: (filter) => watchList(taskTable, variablesOf(filter)),
    watchDetail: async (id) => {
      await keep('JobDetail', { id });
      let ready = false;
      void follow('JobDetailLive', { ids: [id] }, () => {
        ready = true;
      });
      await eventually(() => ready, Boolean);
    },
    closeJob: async (jobId) =>
      ((await mutate('CloseJob', { input: { jobId, idempotencyKey: randomUUID() } })) as { readonly closeJob: JobVerbFragment }).closeJob,
    resetJob: async (jobId) =>
      ((await mutate('ResetJob', { input: { jobId, idempotencyKey: randomUUID() } })) as { readonly resetJob: JobVerbFragment }).resetJob,
    deleteJob: async (jobId) =>
      ((await mutate('DeleteJob', { input: { jobId, idempotencyKey: randomUUID() } })) as { readonly deleteJob: JobVerbFragment })
        .deleteJob,
    followTask: async (id) => {
      let latest: TaskRowFragment | null = null;
      await follow('TaskProgress', { id }, (data) => {
        latest = (data as TaskProgressSubscription).taskProgress.task;
      });
      return latest;
    },
    jobs: (filter) => read('JobList', variablesOf(filter)) as JobListQuery,
    tasks: (filter) => read('TaskList', variablesOf(filter)) as TaskListQuery,
    detail: (id) => read('JobDetail', { id }) as JobDetailQuery,
    watchQuery: (query, variables) => keep(nameOf(query), variables),
    watchStream: async (stream, variables) => {
      let ready = false;
      void follow(nameOf(stream), variables, (data) => {
        ready ||= isSynced(data);
      });
      await eventually(() => ready, Boolean);
    },
    send: async <D, V extends Record<string, unknown>>(mutation: TypedDocumentNode<D, V>, variables: V) =>
      (await mutate(nameOf(mutation), variables)) as D,
    held: <D, V extends Record<string, unknown>>(query: TypedDocumentNode<D, V>, variables: V) => read(nameOf(query), variables) as D,
    shown: () => shown,
    dispose: async () => {
      for (const leave of leaving) leave();
      await transport.dispose();
    },
  };
};
