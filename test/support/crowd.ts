import { setTimeout as pause } from 'node:timers/promises';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Variables } from './gateway-rig.js';

/** What one of many subscribes to. */
export interface CrowdRequest {
  readonly document: string;
  readonly variables?: Variables;
}

/** One of many: how much it was told. */
export interface CrowdMember {
  heard(): number;
}

/** Many subscribers over few sockets: 10,000 sockets would be a test of the operating system, not of what subscriptions cost. */
export interface Crowd {
  /** Lets so many more in; resolves when each of them has been told something. */
  join(count: number, requestOf: (index: number) => CrowdRequest): Promise<readonly CrowdMember[]>;
  dispose(): Promise<void>;
}

/** As many as a socket may have unless it is configured otherwise. */
const perSocket = 100;
/** So many come at a time, as a load balancer lets them in. */
const atOnce = 1_000;

export const createCrowd = (url: string): Crowd => {
  const clients: Client[] = [];
  const faults: unknown[] = [];
  let joined = 0;

  const clientOf = (index: number): Client => {
    const known = clients[Math.floor(index / perSocket)];
    if (known) return known;
    const opened = createClient({ url: `${url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 });
    clients.push(opened);
    return opened;
  };

  const admit = ({ document, variables = {} }: CrowdRequest): CrowdMember => {
    let heard = 0;
    const fail = (error: unknown): void => void faults.push(error);
    clientOf(joined).subscribe(
      { query: document, variables: { ...variables } },
      {
        next: ({ errors }) => {
          heard += 1;
          if (errors) fail(errors);
        },
        error: fail,
        complete: () => undefined,
      },
    );
    joined += 1;
    return { heard: () => heard };
  };

  return {
    join: async (count, requestOf) => {
      const members: CrowdMember[] = [];
      while (members.length < count) {
        const size = Math.min(atOnce, count - members.length);
        const batch = Array.from({ length: size }, (_, index) => admit(requestOf(members.length + index)));
        members.push(...batch);
        // No patience of its own: a thousand take their time on a busy machine.
        while (faults.length === 0 && batch.some(({ heard }) => heard() === 0)) await pause(20);
        if (faults.length > 0) throw new TypeError(`a subscriber was not served: ${JSON.stringify(faults[0])}`);
      }
      return members;
    },
    dispose: async () => void (await Promise.all(clients.splice(0).map((client) => client.dispose()))),
  };
};
