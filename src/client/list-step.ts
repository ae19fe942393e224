/** What can be in a live list. */
export interface Listed {
  readonly id: string;
  readonly revision?: number;
}

/** One message of any watched list: `jobsChanged`, `tasksProgress`, `detectorsChanged`, `nodeStatsUpdated`. `changed` and `left` may select fewer fields than `added`. */
export interface ListUpdate<T extends Listed, B extends Listed = Listed> {
  readonly cursor: string;
  readonly reset: boolean;
  readonly synced: boolean;
  readonly added?: readonly T[];
  readonly changed?: readonly (Listed & Partial<T>)[];
  readonly left?: readonly Listed[];
  readonly forgotten: readonly string[];
  readonly backends?: readonly B[];
}

/** A live list as far as it was told. */
export interface ListState<T extends Listed, B extends Listed = Listed> {
  /** In the making while not `synced`. */
  readonly items: ReadonlyMap<string, T>;
  /** What to show: the items as of the last message that was `synced`, so that a snapshot arriving in parts does not flicker. */
  readonly shown: ReadonlyMap<string, T>;
  readonly synced: boolean;
  /** Backends heard of, with their health. */
  readonly backends: ReadonlyMap<string, B>;
  readonly cursor: string | undefined;
}

/** Before the first message; `items` from a query that the stream joins by its `liveCursor`. */
export const createListState = <T extends Listed, B extends Listed = Listed>(items: Iterable<T> = []): ListState<T, B> => {
  const known = new Map([...items].map((item) => [item.id, item]));
  return { items: known, shown: known, synced: false, backends: new Map(), cursor: undefined };
};

/** Whether a copy is of an earlier version than the one held. */
export const isOlder = (incoming: Listed, held: Listed | undefined): boolean =>
  held?.revision !== undefined && incoming.revision !== undefined && incoming.revision < held.revision;

/**
 * The next state of a list. Always in the same order: `reset` empties, `left` and `forgotten` go, `added` come, `changed` are updated where they are held
 * (they may lie beyond the pages a client has), a copy older than the one held is dropped. Pure.
 */
export const applyListStep = <T extends Listed, B extends Listed>(state: ListState<T, B>, update: ListUpdate<T, B>): ListState<T, B> => {
  const items = new Map(update.reset ? [] : state.items);
  for (const item of update.left ?? []) items.delete(item.id);
  for (const id of update.forgotten) items.delete(id);
  for (const item of update.added ?? []) {
    const held = items.get(item.id);
    if (!isOlder(item, held)) items.set(item.id, { ...held, ...item });
  }
  for (const item of update.changed ?? []) {
    const held = items.get(item.id);
    if (held && !isOlder(item, held)) items.set(item.id, { ...held, ...item });
  }
  const backends = new Map(state.backends);
  for (const backend of update.backends ?? []) backends.set(backend.id, backend);
  return { items, shown: update.synced ? items : state.shown, synced: update.synced, backends, cursor: update.cursor };
};
