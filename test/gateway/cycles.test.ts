import { getHeapCodeStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type CountedGateway, createCountedGateway, type Held } from '../support/counted-gateway.js';
import { eventually } from '../support/gateway-rig.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const nothing: Held = { sockets: 0, operations: 0, groups: 0, watches: 0, interests: 0, journalListeners: 0 };

/** What clients come for, in turn. */
const documents: readonly { readonly query: string; readonly variables?: object }[] = [
  { query: 'subscription { tasksProgress { cursor reset added { id state progress job { id } } left { id state } } }' },
  { query: 'subscription { tasksProgress(filter: { states: [RUNNING] }) { reset added { id } stateCounts { state count } } }' },
  { query: 'subscription T($id: ID!) { taskProgress(id: $id) { task { id state progress } } }', variables: { id: '' } },
  { query: 'subscription { jobsChanged { reset added { id state tasks { id } } } }' },
  { query: 'subscription { backendsChanged { reset backends { id health { status } } } }' },
  { query: 'subscription { nodeStatsUpdated(backend: "backend:one") { reset added { id } } }' },
  // These cannot begin.
  { query: 'subscription { taskProgress(id: "task:one:nobody~1") { task { id } } }' },
  { query: 'subscription { nope }' },
];

interface Frame {
  readonly type: string;
  readonly id?: string;
}

/** A client that says little: what it holds is not what is looked at. */
interface Client {
  readonly socket: WebSocket;
  /** Resolves with the first answer under that id. */
  ask(id: string, payload: object): Promise<Frame>;
  complete(id: string): void;
  /** Resolves when all that was sent has been looked at. */
  settled(): Promise<void>;
  closed(): Promise<void>;
}

const connect = (url: string): Promise<Client> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, 'graphql-transport-ws');
    const waiting = new Map<string, (frame: Frame) => void>();
    const answer = (id: string): Promise<Frame> => new Promise((heard) => waiting.set(id, heard));
    const client: Client = {
      socket,
      ask: (id, payload) => {
        const heard = answer(id);
        socket.send(JSON.stringify({ id, type: 'subscribe', payload }));
        return heard;
      },
      complete: (id) => socket.send(JSON.stringify({ id, type: 'complete' })),
      settled: async () => {
        const heard = answer('pong');
        socket.send('{"type":"ping"}');
        await heard;
      },
      closed: () =>
        new Promise((over) => {
          if (socket.readyState === socket.CLOSED) over();
          else socket.once('close', () => over());
        }),
    };
    socket.once('open', () => socket.send('{"type":"connection_init"}'));
    socket.on('error', reject);
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as Frame;
      if (frame.type === 'connection_ack') resolve(client);
      const name = frame.id ?? frame.type;
      waiting.get(name)?.(frame);
      waiting.delete(name);
    });
  });

let gateway: CountedGateway;
beforeEach(async () => {
  gateway = await createCountedGateway();
});
afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
});

describe('25,000 subscriptions that come and go', () => {
  it('leave nothing behind: no memory, no listener, no timer, no loop', { timeout: 300_000 }, async () => {
    const rounds = 25;
    const { vendor } = gateway;
    const task = vendor.makeTask('t1');
    const show = (progress: number): void => {
      for (const told of [vendor.listed, vendor.remembered]) told.set('t1', { ...task, progress });
    };
    show(0);
    vendor.setJob('a', 'OPENED');
    let cursor = '';
    let count = 0;
    const payloadOf = (index: number): object => {
      const { query, variables } = documents[index % documents.length] ?? { query: '' };
      return {
        query,
        ...(variables && { variables: { id: task.id } }),
        ...(index % 3 === 0 && { extensions: { vigil: { after: cursor } } }),
      };
    };
    /** Some wait for their first answer, some do not, some do not even say that they go. */
    const subscribe = async (client: Client, index: number): Promise<void> => {
      const id = `${index}`;
      count += 1;
      const heard = client.ask(id, payloadOf(index));
      if (index % 4 !== 0) await heard;
      client.complete(id);
    };
    const comeAndGo = async (index: number): Promise<void> => {
      const client = await connect(gateway.ws);
      count += 1;
      const heard = client.ask('a', payloadOf(index));
      if (index % 4 !== 1) await heard;
      if (index % 2 === 0) client.socket.terminate();
      else client.socket.close();
      await client.closed();
    };
    const round = async (number: number): Promise<void> => {
      const stay = await Promise.all(Array.from({ length: 8 }, () => connect(gateway.ws)));
      // A thousand in each: one in ten with a socket of its own.
      await Promise.all(
        stay.map(async (client, place) => {
          for (let step = 0; step < 125; step += 1) {
            const index = number * 1_000 + place * 125 + step;
            if (step % 10 === 0) await comeAndGo(index);
            else await subscribe(client, index);
          }
          await client.settled();
          client.socket.close();
          await client.closed();
        }),
      );
      show(number / 100);
      vendor.watched.length = 0;
      cursor = `${number}`;
      expect(
        await eventually(
          () => gateway.held(),
          (held) => JSON.stringify(held) === JSON.stringify(nothing),
        ),
      ).toEqual(nothing);
    };
    /** Without the code that is compiled as things go on. */
    const heap = (): number => {
      collectGarbage();
      collectGarbage();
      return process.memoryUsage().heapUsed - getHeapCodeStatistics().code_and_metadata_size;
    };
    /** Patience of watches that have just begun, and of connections that were kept, is over by then. */
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

    await round(0);
    const timersBefore = timers();
    const sizes: number[] = [];
    for (let number = 1; number <= rounds; number += 1) {
      await round(number);
      sizes.push(heap());
    }
    process.stdout.write(`heap after each 1,000: ${sizes.map((size) => (size / 1e6).toFixed(2)).join(', ')} MB\n`);
    expect(count).toBe((rounds + 1) * 1_000);

    // From the first rounds to the last: less than 40 bytes a subscription.
    const average = (some: readonly number[]): number => some.reduce((sum, size) => sum + size, 0) / some.length;
    const growth = average(sizes.slice(-5)) - average(sizes.slice(2, 7));
    expect(growth / (18 * 1_000)).toBeLessThan(40);

    // The loop is asleep: ten of its intervals without a call.
    const calls = (): number => [...vendor.calls.values()].reduce((sum, each) => sum + each, 0);
    await eventually(
      async () => {
        const before = calls();
        await new Promise((resolve) => setTimeout(resolve, 500));
        return calls() - before;
      },
      (made) => made === 0,
    );
    await eventually(timers, (left) => left <= timersBefore);
    expect(await gateway.held()).toEqual(nothing);
  });
});
