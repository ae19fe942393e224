import { type Client, createClient, type SubscribePayload } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { JobListLiveSubscription, TaskListLiveSubscription, TaskProgressSubscription } from '../../../../src/client/index.js';
import { resumable } from '../../../../src/client/index.js';
import { eventually } from '../../../support/gateway-rig.js';

/** Data of one event, whatever subscription it belongs to. */
export type LiveEvent = Partial<JobListLiveSubscription & TaskListLiveSubscription & TaskProgressSubscription>;

/** Both doors of a gateway as a GraphQL client is given them, with a count of what goes through. */
export interface Transport {
  readonly endpoint: string;
  readonly fetch: typeof globalThis.fetch;
  /** Set up the way the documentation says, to resume after a lost connection. Takes verbs as well: their answers and what streams say of it come in order. */
  readonly socket: Client;
  /** Queries and mutations so far, by operation. */
  requests(): Readonly<Record<string, number>>;
  /** Events so far, oldest first. */
  readonly events: readonly LiveEvent[];
  /** Loses the connection; it is opened again at once. */
  cut(): void;
  /** How the page is asked for again that a stream keeps: done when that begins with a reset. Resolves when it was done for the first time. */
  keepPage(stream: string, variables: object, refetch: () => Promise<unknown>): Promise<void>;
  /** Waits for an event, of those that came and those to come. */
  heard(isIt: (event: LiveEvent) => boolean): Promise<void>;
  dispose(): Promise<void>;
}

const nameIn = (text: string): string => /\b(?:query|mutation|subscription) (\w+)/.exec(text)?.[1] ?? 'without a name';

const operationOf = (body: unknown): string => {
  const { query } = JSON.parse(String(body)) as { readonly query: string };
  return nameIn(query);
};

/** A stream by its name and what it was asked with. */
const keyOf = (stream: string, variables: object): string =>
  `${stream} ${JSON.stringify(Object.entries(variables).filter(([, value]) => value !== undefined && value !== null))}`;

const streamOf = ({ query, variables }: SubscribePayload): string => keyOf(nameIn(query), variables ?? {});

/** Until the gateway answers, as an application does that is not alone in the world. */
const patiently: typeof globalThis.fetch = async (input, init) => {
  for (;;) {
    try {
      return await fetch(input, init);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
};

export const createTransport = (url: string): Transport => {
  const requests = new Map<string, number>();
  const events: LiveEvent[] = [];
  const pages = new Map<string, () => Promise<unknown>>();
  const socket = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    // A gateway that is started again is not there for a while.
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 20)),
    on: { message: (message) => void (message.type === 'next' && message.payload.data && events.push(message.payload.data)) },
  });
  const count = (operation: string): void => void requests.set(operation, (requests.get(operation) ?? 0) + 1);
  const resuming = resumable(socket, { onReset: (payload) => pages.get(streamOf(payload))?.() });
  return {
    endpoint: `${url}/graphql`,
    fetch: (input, init) => {
      count(operationOf(init?.body));
      return patiently(input, init);
    },
    socket: {
      ...resuming,
      subscribe: (payload, sink) => {
        if (/\bmutation \w/.test(payload.query)) count(nameIn(payload.query));
        return resuming.subscribe(payload, sink);
      },
    },
    requests: () => Object.fromEntries(requests),
    events,
    cut: () => socket.terminate(),
    keepPage: (stream, variables, refetch) =>
      new Promise((resolve, reject) => {
        pages.set(keyOf(stream, variables), async () => refetch().then(() => resolve(), reject));
      }),
    heard: async (isIt) => void (await eventually(() => events.some(isIt), Boolean)),
    dispose: async () => socket.dispose(),
  };
};
