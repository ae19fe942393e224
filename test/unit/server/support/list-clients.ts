import { pino } from 'pino';
import type { ListWorld, Update } from './list-schema.js';
import { createStrictList, type StrictList } from './strict-list.js';
import { createToyExecutor, startToyServer, type ToyOverrides, type ToyServer } from './toy-server.js';
import type { RawClient } from './ws.js';

/** A real server over a world of lists. */
export const startListServer = async (world: ListWorld, overrides: ToyOverrides = {}): Promise<ToyServer> =>
  startToyServer({
    executor: createToyExecutor(world.schema, pino({ level: 'silent' })),
    ...overrides,
    options: { maxConnections: 1_000, maxSubscriptionsPerSocket: 1_000, ...overrides.options },
  });

export const metricOf = async ({ metrics }: ToyServer, name: string): Promise<number> => {
  const line = (await metrics.metrics()).split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.split(' ')[1]);
};

interface NextFrame {
  readonly type: string;
  readonly id: string;
  readonly payload: { readonly data: { readonly list: Update }; readonly extensions?: { readonly vigil?: { readonly cursor?: string } } };
}

/** The lists of one socket. */
export interface SocketLists {
  (id: string): StrictList;
  /** From now on the list is told what comes under the other id, and nothing that is still under way for the old one. */
  move(list: StrictList, from: string, to: string): void;
}

/** Every update one socket gets, by the id of its subscription. */
export const listen = (client: RawClient): SocketLists => {
  const lists = new Map<string, StrictList>();
  const gone = new Set<string>();
  const listOf = (id: string): StrictList => {
    const list = lists.get(id) ?? createStrictList();
    lists.set(id, list);
    return list;
  };
  client.socket.on('message', (data) => {
    const { type, id, payload } = JSON.parse(String(data)) as NextFrame;
    if (type === 'next' && !gone.has(id)) listOf(id).apply(payload.data.list, payload.extensions?.vigil?.cursor);
  });
  return Object.assign(listOf, {
    move: (list: StrictList, from: string, to: string): void => {
      lists.delete(from);
      gone.add(from);
      lists.set(to, list);
    },
  });
};

type State = 'RUNNING' | 'ENDED';
const itemOf = <S extends State>(state: S, id: string, n: number, text: string) => ({ id, state, n, text });
export const running = (id: string, n = 0, text = '') => itemOf('RUNNING', id, n, text);
export const ended = (id: string, n = 0) => itemOf('ENDED', id, n, '');

/** Small, seeded, good enough: mulberry32. */
export const randomFrom = (seed: number): ((below: number) => number) => {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
};
