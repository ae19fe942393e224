import { GraphQLBoolean, GraphQLInt, GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import type { Revised } from '../../../../src/domain/index.js';
import { createListWatch, type ListWatch } from '../../../../src/progress/watch/list-watch.js';

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

export const createListWorld = (): ListWorld => {
  const all = new Map<string, Revised<Item>>();
  const listeners = new Set<(watch: string, change: (watch: ListWatch<Item, Item['state']>) => void) => void>();
  let revision = 0;
  let executed = 0;
  let cursors = 0;

  const tell = (room: string, change: (watch: ListWatch<Item, Item['state']>) => void): void => {
    for (const listener of listeners) listener(room, change);
  };
  const running = (room: string): readonly Revised<Item>[] =>
    [...all].flatMap(([key, item]) => (key.startsWith(`${room}/`) && item.state === 'RUNNING' ? [item] : []));

  const watchRoom = (room: string): ListWatch<Item, Item['state']> => {
    const listener = (changed: string, change: (watch: ListWatch<Item, Item['state']>) => void): void => {
      if (changed === room) change(watch);
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
      cursor: () => `c${++cursors}`,
      end: () => void listeners.delete(listener),
    });
    return watch;
  };

  const world: ListWorld = {
    schema: new GraphQLSchema({
      query: new GraphQLObjectType({ name: 'Query', fields: { hello: { type: GraphQLString, resolve: () => 'hello' } } }),
      subscription: new GraphQLObjectType<unknown, { readonly actor: string | null }>({
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
            args: { room: { type: new nonNull(GraphQLString) }, note: { type: GraphQLString } },
            subscribe: (_, { room }) => watchRoom(room),
            resolve: (step) => step,
          },
        },
      }),
    }),
    items: all,
    put: (room, item) => {
      revision += 1;
      const value = { ...item, revision };
      all.set(`${room}/${item.id}`, value);
      tell(room, (watch) => watch.touch(value));
    },
    forget: (room, id) => {
      if (all.delete(`${room}/${id}`)) tell(room, (watch) => watch.forget(id));
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
