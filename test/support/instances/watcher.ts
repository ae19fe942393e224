import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { type ListUpdate, resumable } from '../../../src/client/index.js';
import type { Instance } from './instance.js';
import { createToldList, createToldTask, type Row, type Told, type ToldList } from './told.js';

/** A client with one socket, which goes to the next instance when its own is gone, and goes on there with its cursors. */
export interface Watcher {
  readonly name: string;
  readonly tasks: ToldList;
  /** The list of tasks that have not ended: how they ended is told as they leave it. */
  readonly unended: ToldList;
  readonly jobs: ToldList;
  /** Of all subscriptions. */
  told(): readonly Told[];
  /** Follows one task until it has ended. Rejects when its stream ends otherwise. */
  follow(taskId: string): Promise<void>;
  /** Connections made after the first. */
  reconnects(): number;
  /** Where it is connected. */
  at(): Instance | undefined;
  /** Breaks its connection; it goes on elsewhere. */
  cut(): void;
  /** Streams that ended though nobody ended them. */
  failures(): readonly string[];
  dispose(): Promise<void>;
}

export interface WatcherOptions {
  readonly name: string;
  /** Where it can go. */
  readonly instances: () => readonly Instance[];
  /** Which of them it tries first. */
  readonly home: number;
  /** Gives up a connection on which nothing answers. False: it stays, however long that takes. */
  readonly impatient: boolean;
}

const unendedStates = ['CREATED', 'INITIALIZING', 'QUEUED', 'RUNNING', 'UNKNOWN'];
const taskRow = 'id revision state progress startedAt endedAt estimatedEndAt';
const jobRow = 'id revision state stateReason resultState';
const step = (row: string): string => `cursor reset synced forgotten added { ${row} } changed { ${row} } left { ${row} }`;
const documents = {
  tasks: `subscription T { list: tasksProgress { ${step(taskRow)} } }`,
  unended: `subscription U { list: tasksProgress(filter: { states: [${unendedStates.join(' ')}] }) { ${step(taskRow)} } }`,
  jobs: `subscription J { list: jobsChanged { ${step(jobRow)} } }`,
  task: `subscription P($id: ID!) { taskProgress(id: $id) { cursor task { ${taskRow} backend { version capabilities health { status since code message } } } } }`,
};

const [pingEveryMs, pongWithinMs] = [1_000, 2_000];
/** Between two tries, each anew by chance within these bounds. */
const [retryLeastMs, retryMostMs] = [50, 300];

/** A server that sleeps takes connections and says nothing. */
class ImpatientSocket extends WebSocket {
  constructor(address: string, protocols: string[]) {
    super(address, protocols, { handshakeTimeout: pongWithinMs });
  }
}

export const createWatcher = ({ name, instances, home, impatient }: WatcherOptions): Watcher => {
  const failures: string[] = [];
  const following: ReturnType<typeof createToldTask>[] = [];
  let connections = 0;
  let turn = home;
  let at: Instance | undefined;
  let waiting: NodeJS.Timeout | undefined;
  let socket: WebSocket | undefined;
  let over = false;

  /** A socket that was given up may still have something to say: that must not get into the streams that go on elsewhere. */
  const giveUp = (): void => {
    socket?.removeAllListeners('message');
    socket?.terminate();
    client.terminate();
  };
  const pick = (): string => {
    const open = instances();
    at = open[turn % Math.max(1, open.length)];
    turn += 1;
    // Nobody is there: refused as by a load balancer with nothing behind it.
    return `${(at?.url() ?? 'http://127.0.0.1:1').replace('http', 'ws')}/graphql`;
  };
  const client: Client = createClient({
    url: pick,
    webSocketImpl: impatient ? ImpatientSocket : WebSocket,
    lazy: false,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => !over,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, retryLeastMs + Math.random() * (retryMostMs - retryLeastMs))),
    ...(impatient ? { keepAlive: pingEveryMs, connectionAckWaitTimeout: pongWithinMs } : {}),
    on: {
      opened: (opened) => {
        socket = opened as WebSocket;
      },
      connected: () => {
        connections += 1;
        for (const each of following) each.reconnected();
      },
      ping: (received) => {
        if (!received) waiting = setTimeout(giveUp, pongWithinMs);
      },
      pong: (received) => {
        if (received) clearTimeout(waiting);
      },
      closed: () => clearTimeout(waiting),
    },
    onNonLazyError: () => undefined,
  });
  const resuming = resumable(client);

  const subscribe = <T>(
    what: string,
    query: string,
    variables: Record<string, unknown>,
    take: (data: T) => void,
    completes: boolean,
  ): Promise<void> =>
    new Promise((resolve, reject) => {
      const fail = (reason: unknown): void => {
        if (over) {
          resolve();
          return;
        }
        const said = `${name}: ${what} ended: ${reason instanceof Error ? reason.message : JSON.stringify(reason)}`;
        failures.push(said);
        reject(new TypeError(said));
      };
      resuming.subscribe<T>(
        { query, variables },
        {
          next: ({ data, errors }) => {
            if (errors || !data) fail(errors);
            else take(data);
          },
          error: fail,
          complete: () => (completes ? resolve() : fail('it was completed')),
        },
      );
    });

  const list = (what: 'tasks' | 'unended' | 'jobs'): ToldList => {
    const told = createToldList(`${name}, ${what}`);
    subscribe<{ readonly list: ListUpdate<Row> }>(what, documents[what], {}, (data) => told.apply(data.list), false).catch(() => undefined);
    return told;
  };
  const lists = { tasks: list('tasks'), unended: list('unended'), jobs: list('jobs') };

  return {
    name,
    ...lists,
    told: () => [...Object.values(lists), ...following],
    follow: (id) => {
      const told = createToldTask(`${name}, ${id}`);
      following.push(told);
      return subscribe<{ readonly taskProgress: { readonly task: Row & { readonly backend: object } } }>(
        id,
        documents.task,
        { id },
        ({ taskProgress: { task } }) => told.apply(task, JSON.stringify(task.backend)),
        true,
      );
    },
    reconnects: () => Math.max(0, connections - 1),
    at: () => at,
    cut: giveUp,
    failures: () => failures,
    dispose: async () => {
      over = true;
      clearTimeout(waiting);
      giveUp();
      await client.dispose();
    },
  };
};
