import type { GraphQLSchema } from 'graphql';
import {
  commitMutation,
  ConnectionHandler,
  createOperationDescriptor,
  Environment,
  fetchQuery,
  getSingularSelector,
  type GraphQLResponse,
  Network,
  Observable,
  type RecordProxy,
  RecordSource,
  type RecordSourceSelectorProxy,
  requestSubscription,
  type SelectorStoreUpdater,
  Store,
  type Variables,
} from 'relay-runtime';
import type { JobDetailQuery, JobListQuery, JobVerbFragment, TaskListQuery, TaskProgressSubscription, TaskRowFragment } from '../../../../src/client/index.js';
import { eventually } from '../../../support/gateway-rig.js';
import { type Dashboard, variablesOf } from './dashboard.js';
import { type CompiledApp, compileRelayApp } from './relay-compiler.js';
import { createTransport, type Transport } from './transport.js';

export interface RelayDashboard extends Dashboard {
  readonly app: CompiledApp;
  /** Asks the gateway and writes the answer to the store. */
  fetch(name: string, variables: Variables): Promise<void>;
  /** What the store alone has, fragments and all. Throws when something is missing. */
  read(name: string, variables: Variables): unknown;
}

const createEnvironment = (transport: Transport): Environment =>
  new Environment({
    store: new Store(new RecordSource()),
    network: Network.create(
      async ({ text, name }, variables) => {
        const response = await transport.fetch(transport.endpoint, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query: text, operationName: name, variables }),
        });
        return (await response.json()) as GraphQLResponse;
      },
      ({ text, name }, variables) =>
        Observable.create((sink) =>
          transport.socket.subscribe(
            { query: text ?? '', operationName: name, variables },
            { next: (result) => sink.next(result as GraphQLResponse), error: (error) => sink.error(error as Error), complete: () => sink.complete() },
          ),
        ),
    ),
  });

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

const mergeDeep = (left: unknown, right: unknown): unknown => {
  if (Array.isArray(left) && Array.isArray(right)) return left.map((each, index) => mergeDeep(each, right[index]));
  if (!isRecord(left) || !isRecord(right)) return right;
  const merged: Record<string, unknown> = { ...left };
  for (const [key, value] of Object.entries(right)) merged[key] = key in left ? mergeDeep(left[key], value) : value;
  return merged;
};

/** Puts the data of the fragments where Relay has masked them. */
const unmask = (environment: Environment, app: CompiledApp, value: unknown): unknown => {
  if (Array.isArray(value)) return value.map((each) => unmask(environment, app, each));
  if (!isRecord(value)) return value;
  const { __fragments: fragments, __fragmentOwner: _owner, __id: _id, ...own } = value;
  const shown: unknown = Object.fromEntries(Object.entries(own).map(([key, each]) => [key, unmask(environment, app, each)]));
  return Object.keys(isRecord(fragments) ? fragments : {}).reduce((merged, name) => {
    const selector = getSingularSelector(app.fragment(name), value);
    if (!selector) throw new TypeError(`the data has no reference to ${name}`);
    const { data, isMissingData } = environment.lookup(selector);
    if (isMissingData) throw new TypeError(`the store misses data of ${name}`);
    return mergeDeep(merged, unmask(environment, app, data));
  }, shown);
};

/** A list that is kept live: the connection in the documents, and the messages of its stream. */
interface LiveList {
  readonly query: string;
  readonly connection: string;
  readonly stream: string;
  readonly message: string;
  readonly edge: string;
  readonly compare: (a: RecordProxy, b: RecordProxy) => number;
}

const textOf = (record: RecordProxy, field: string): string => String(record.getValue(field) ?? '');
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const jobs: LiveList = {
  query: 'JobList',
  connection: 'JobTable_jobs',
  stream: 'JobListLive',
  message: 'jobsChanged',
  edge: 'JobEdge',
  compare: (a, b) => byText(textOf(a, 'id'), textOf(b, 'id')),
};

const tasks: LiveList = {
  query: 'TaskList',
  connection: 'TaskTable_tasks',
  stream: 'TaskListLive',
  message: 'tasksProgress',
  edge: 'TaskEdge',
  compare: (a, b) => byText(textOf(b, 'startedAt'), textOf(a, 'startedAt')) || byText(textOf(a, 'id'), textOf(b, 'id')),
};

const nodeOf = (edge: RecordProxy): RecordProxy | undefined => edge.getLinkedRecord('node') ?? undefined;

/** `reset` empties, `left` and `forgotten` go, `added` come, in the order of the list. */
const applyMessage = (store: RecordSourceSelectorProxy, list: LiveList, variables: Variables): void => {
  const message = store.getRootField(list.message);
  const connection = ConnectionHandler.getConnection(store.getRoot(), list.connection, variables);
  if (!message || !connection) return;
  if (message.getValue('reset')) connection.setLinkedRecords([], 'edges');
  for (const record of message.getLinkedRecords('left') ?? []) ConnectionHandler.deleteNode(connection, record.getDataID());
  for (const id of (message.getValue('forgotten') as readonly string[] | null) ?? []) ConnectionHandler.deleteNode(connection, id);
  const added = message.getLinkedRecords('added') ?? [];
  for (const node of added) {
    ConnectionHandler.deleteNode(connection, node.getDataID());
    ConnectionHandler.insertEdgeAfter(connection, ConnectionHandler.createEdge(store, connection, node, list.edge));
  }
  const edges = [...(connection.getLinkedRecords('edges') ?? [])];
  if (added.length > 0) {
    edges.sort((a, b) => {
      const [left, right] = [nodeOf(a), nodeOf(b)];
      return left && right ? list.compare(left, right) : 0;
    });
    connection.setLinkedRecords(edges, 'edges');
  }
  const counts = message.getLinkedRecords('stateCounts') ?? [];
  connection.setLinkedRecords(counts, 'stateCounts');
  connection.setValue(counts.reduce((sum, each) => sum + Number(each.getValue('count')), 0), 'totalCount');
};

export const createRelayDashboard = async (url: string, schema: GraphQLSchema): Promise<RelayDashboard> => {
  const app = await compileRelayApp(schema);
  const transport = createTransport(url);
  const environment = createEnvironment(transport);
  const leaving: (() => void)[] = [];
  let shown = 0;

  const operation = (name: string, variables: Variables) => createOperationDescriptor(app.request(name), variables);

  const fetch = async (name: string, variables: Variables): Promise<void> => {
    await fetchQuery(environment, app.request(name), variables, { fetchPolicy: 'network-only' }).toPromise();
  };

  const read = (name: string, variables: Variables): unknown => {
    const { data, isMissingData } = environment.lookup(operation(name, variables).fragment);
    if (isMissingData) throw new TypeError(`the store misses data of ${name}`);
    return unmask(environment, app, data);
  };

  const keep = async (name: string, variables: Variables): Promise<void> => {
    const descriptor = operation(name, variables);
    leaving.push(environment.retain(descriptor).dispose);
    await fetch(name, variables);
    leaving.push(
      environment.subscribe(environment.lookup(descriptor.fragment), () => {
        shown += 1;
      }).dispose,
    );
  };

  const follow = (name: string, variables: Variables, next: (data: unknown) => void, updater?: SelectorStoreUpdater): Promise<void> =>
    new Promise((resolve, onError) => {
      const { dispose } = requestSubscription(environment, {
        subscription: app.request(name),
        variables,
        onNext: (data) => next(unmask(environment, app, data)),
        onCompleted: () => resolve(),
        onError,
        updater,
      });
      leaving.push(dispose);
    });

  const watchList = async (list: LiveList, variables: Variables): Promise<void> => {
    await keep(list.query, variables);
    let ready = false;
    const next = (data: unknown): void => {
      const message = isRecord(data) ? data[list.message] : undefined;
      if (isRecord(message) && message.reset) void fetch(list.query, variables).then(() => { ready = true; });
    };
    void follow(list.stream, variables, next, (store) => applyMessage(store, list, variables));
    await eventually(() => ready, Boolean);
  };

  const mutate = (name: string, jobId: string): Promise<unknown> =>
    new Promise((resolve, onError) => {
      commitMutation(environment, {
        mutation: app.request(name),
        variables: { input: { jobId } },
        onCompleted: (data) => resolve(unmask(environment, app, data)),
        onError,
      });
    });

  return {
    transport,
    app,
    fetch,
    read,
    watchJobs: (filter) => watchList(jobs, variablesOf(filter)),
    watchTasks: (filter) => watchList(tasks, variablesOf(filter)),
    watchDetail: async (id) => {
      await keep('JobDetail', { id });
      let ready = false;
      void follow('JobDetailLive', { ids: [id] }, () => {
        ready = true;
      });
      await eventually(() => ready, Boolean);
    },
    closeJob: async (jobId) => ((await mutate('CloseJob', jobId)) as { readonly closeJob: JobVerbFragment }).closeJob,
    resetJob: async (jobId) => ((await mutate('ResetJob', jobId)) as { readonly resetJob: JobVerbFragment }).resetJob,
    deleteJob: async (jobId) => ((await mutate('DeleteJob', jobId)) as { readonly deleteJob: JobVerbFragment }).deleteJob,
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
    shown: () => shown,
    dispose: async () => {
      for (const leave of leaving) leave();
      await transport.dispose();
    },
  };
};
