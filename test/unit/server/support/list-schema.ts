import { GraphQLBoolean, GraphQLInt, GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import type { Revised } from '../../../../src/domain/index.js';
import type { ListFeed } from '../../../../src/progress/watch/list-changes.js';
import { createListWatch, type ListWatch, type Resumption } from '../../../../src/progress/watch/list-watch.js';

/** An object of the toy world. It belongs to the list while it runs. */
export interface Item {
  readonly id: string;
  readonly state: 'RUNNING' | 'ENDED';
  readonly n: number;
  readonly text: string;
}

/** Everything there is, and a way to change it: the same list watch as the product's, over it. */
export interface ListWorld {
  readonly schema: GraphQLSchema;
  readonly items: ReadonlyMap<string, Revised<Item>>;
  put(room: string, item: Item): void;
  /** Drops it: it no longer exists. */
  forget(room: string, id: string): void;
  running(room: string): readonly Revised<Item>[];
  /** Updates that were resolved. */
  executed(): number;
  /** Watches that are open. */
  open(): number;
  /** Awaited before a watch has begun. */
  beginning: Promise<void>;
  /** Awaited by every update while it is resolved. */
  resolving: () => Promise<void>;
}

const nonNull = GraphQLNonNull;
const ItemType = new GraphQLObjectType({
  name: 'Item',
  fields: {
    id: { type: new nonNull(GraphQLString) },
    state: { type: new nonNull(GraphQLString) },
    n: { type: new nonNull(GraphQLInt) },
    text: { type: new nonNull(GraphQLString) },
    revision: { type: new nonNull(GraphQLInt) },
  },
});
const items = { type: new nonNull(new GraphQLList(new nonNull(ItemType))) };

/** What happened to an item, and what it was before. */
interface Change {
  readonly room: string;
  readonly id: string;
  readonly value: Revised<Item> | undefined;
  readonly before: Revised<Item> | undefined;
}

export const createListWorld = (): ListWorld => {
  const all = new Map<string, Revised<Item>>();
  const listeners = new Set<(change: Change) => void>();
  /** All that ever happened: a cursor is a length of it. */
  const log: Change[] = [];
  let revision = 0;
  let executed = 0;

  const tell = (change: Change): void => {
    log.push(change);
    for (const listener of listeners) listener(change);
  };
  const running = (room: string): readonly Revised<Item>[] =>
    [...all].flatMap(([key, item]) => (key.startsWith(`${room}/`) && item.state === 'RUNNING' ? [item] : []));
  const feed = (list: ListFeed<Item>, { id, value }: Change): void => (value ? list.touch(value) : list.forget(id));

  const resumeIn = (room: string, after: string): Resumption<Item> | undefined => {
    const [of, place] = after.split('@');
    if (of !== room || place === undefined) return undefined;
    const news = log.slice(Number(place)).filter((change) => change.room === room);
    return {
      joins: false,
      rewind: (say) => {
        for (const { id, before } of news.toReversed()) say(id, before);
      },
      replay: (list) => {
        for (const change of news) feed(list, change);
      },
    };
  };

  const watchRoom = (room: string, after: string | undefined): ListWatch<Item, Item['state']> => {
    const listener = (change: Change): void => {
      if (change.room === room) feed(watch, change);
    };
    const watch: ListWatch<Item, Item['state']> = createListWatch<Item, Item['state']>({
      matches: ({ state }) => state === 'RUNNING',
      stateOf: ({ state }) => state,
      begin: async () => {
        listeners.add(listener);
        await world.beginning;
      },
      current: () => running(room),
      backends: () => [],
      snapshot: true,
      cursor: () => `${room}@${log.length}`,
      unfinished: () => 'part',
      after,
      reach: async () => undefined,
      resume: (cursor) => resumeIn(room, cursor),
      end: () => void listeners.delete(listener),
    });
    return watch;
  };

  const world: ListWorld = {
    schema: new GraphQLSchema({
      query: new GraphQLObjectType({ name: 'Query', fields: { hello: { type: GraphQLString, resolve: () => 'hello' } } }),
      subscription: new GraphQLObjectType<unknown, { readonly actor: string | null; readonly after: string | undefined }>({
        name: 'Subscription',
        fields: {
          list: {
            type: new GraphQLObjectType<unknown, { readonly actor: string | null }>({
              name: 'Update',
              fields: {
                reset: {
                  type: new nonNull(GraphQLBoolean),
                  resolve: async (step) => {
                    executed += 1;
                    await world.resolving();
                    return Reflect.get(Object(step), 'reset');
                  },
                },
                synced: { type: new nonNull(GraphQLBoolean) },
                by: { type: GraphQLString, resolve: (_, __, { actor }) => actor },
                added: items,
                changed: items,
                left: items,
                forgotten: { type: new nonNull(new GraphQLList(new nonNull(GraphQLString))) },
              },
            }),
            args: { room: { type: new nonNull(GraphQLString) }, note: { type: GraphQLString }, after: { type: GraphQLString } },
            subscribe: (_, { room, after: argument }, { after }) => watchRoom(room, after ?? argument ?? undefined),
            resolve: (step) => step,
          },
        },
      }),
    }),
    items: all,
    put: (room, item) => {
      revision += 1;
      const value = { ...item, revision };
      const before = all.get(`${room}/${item.id}`);
      all.set(`${room}/${item.id}`, value);
      tell({ room, id: item.id, value, before });
    },
    forget: (room, id) => {
      const before = all.get(`${room}/${id}`);
      if (all.delete(`${room}/${id}`)) tell({ room, id, value: undefined, before });
    },
    running,
    executed: () => executed,
    open: () => listeners.size,
    beginning: Promise.resolve(),
    resolving: async () => undefined,
  };
  return world;
};

/** What a subscription to the list is told. */
export interface Update {
  readonly reset: boolean;
  readonly synced: boolean;
  readonly by: string | null;
  readonly added: readonly Revised<Item>[];
  readonly changed: readonly Revised<Item>[];
  readonly left: readonly Revised<Item>[];
  readonly forgotten: readonly string[];
}

export const listQuery = `subscription L($room: String!, $note: String) {
  list(room: $room, note: $note) {
    reset synced by forgotten
    added { ...Row } changed { ...Row } left { ...Row }
  }
}
fragment Row on Item { id state n text revision }`;
