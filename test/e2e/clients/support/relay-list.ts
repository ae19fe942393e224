import { ConnectionHandler, type RecordProxy, type RecordSourceSelectorProxy, type Variables } from 'relay-runtime';

/** A list that is kept live: the connection in the documents, and the messages of its stream. */
export interface LiveList {
  readonly query: string;
  readonly connection: string;
  readonly stream: string;
  readonly message: string;
  readonly edge: string;
  readonly compare: (a: RecordProxy, b: RecordProxy) => number;
}

const textOf = (record: RecordProxy, field: string): string => String(record.getValue(field) ?? '');
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const jobTable: LiveList = {
  query: 'JobList',
  connection: 'JobTable_jobs',
  stream: 'JobListLive',
  message: 'jobsChanged',
  edge: 'JobEdge',
  compare: (a, b) => byText(textOf(a, 'id'), textOf(b, 'id')),
};

export const taskTable: LiveList = {
  query: 'TaskList',
  connection: 'TaskTable_tasks',
  stream: 'TaskListLive',
  message: 'tasksProgress',
  edge: 'TaskEdge',
  compare: (a, b) => byText(textOf(b, 'startedAt'), textOf(a, 'startedAt')) || byText(textOf(a, 'id'), textOf(b, 'id')),
};

const nodeOf = (edge: RecordProxy): RecordProxy | undefined => edge.getLinkedRecord('node') ?? undefined;

/** `left` and `forgotten` go, `added` come, in the order of the list. On a reset the page is fetched again. */
export const applyMessage = (store: RecordSourceSelectorProxy, list: LiveList, variables: Variables): void => {
  const message = store.getRootField(list.message);
  const connection = ConnectionHandler.getConnection(store.getRoot(), list.connection, variables);
  if (!message || !connection || message.getValue('reset')) return;
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
  connection.setValue(
    counts.reduce((sum, each) => sum + Number(each.getValue('count')), 0),
    'totalCount',
  );
};
