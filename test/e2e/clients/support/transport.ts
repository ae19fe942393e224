import { type Client, createClient } from 'graphql-ws';
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
  /** Set up the way the documentation says, to resume after a lost connection. */
  readonly socket: Client;
  /** HTTP requests so far, by operation. */
  requests(): Readonly<Record<string, number>>;
  /** Events so far, oldest first. */
  readonly events: readonly LiveEvent[];
  /** Loses the connection; it is opened again at once. */
  cut(): void;
  /** Waits for an event, of those that came and those to come. */
  heard(isIt: (event: LiveEvent) => boolean): Promise<void>;
  dispose(): Promise<void>;
}

const operationOf = (body: unknown): string => {
  const { operationName } = JSON.parse(String(body)) as { readonly operationName?: string };
  return operationName ?? 'without a name';
};

export const createTransport = (url: string): Transport => {
  const requests = new Map<string, number>();
  const events: LiveEvent[] = [];
  const socket = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryWait: async () => undefined,
    on: { message: (message) => void (message.type === 'next' && message.payload.data && events.push(message.payload.data)) },
  });
  return {
    endpoint: `${url}/graphql`,
    fetch: (input, init) => {
      const operation = operationOf(init?.body);
      requests.set(operation, (requests.get(operation) ?? 0) + 1);
      return fetch(input, init);
    },
    socket: resumable(socket),
    requests: () => Object.fromEntries(requests),
    events,
    cut: () => socket.terminate(),
    heard: async (isIt) => void (await eventually(() => events.some(isIt), Boolean)),
    dispose: async () => socket.dispose(),
  };
};
