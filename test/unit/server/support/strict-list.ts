import type { Item, Update } from './list-schema.js';

type Row = Item & { readonly revision: number };

/** What a client has, and has been told. */
export interface Memory {
  readonly items: ReadonlyMap<string, Row>;
  readonly ends: ReadonlyMap<string, Item>;
  readonly latest: ReadonlyMap<string, number>;
}

/** A client's list, which takes nothing amiss: every gap and every repeat is a fault. */
export interface StrictList {
  readonly items: ReadonlyMap<string, Row>;
  /** Ends it was told since it last began anew, by id. */
  readonly ends: ReadonlyMap<string, Item>;
  /** Ends it has to be told. */
  readonly mustEnd: Set<string>;
  readonly updates: readonly Update[];
  readonly faults: readonly string[];
  /** Of the last update it was told. */
  cursor(): string | undefined;
  memory(): Memory;
  apply(update: Update, cursor?: string): void;
  /** Goes back to a whole update some updates ago, as if the later ones had never come. Returns its cursor; undefined: there is none, it begins anew. */
  rollBack(updatesLost: number): string | undefined;
  /** Subscribes again, perhaps with what another had: the next update has to be a reset, or must not be one. */
  comeBack(reset: boolean, having?: Memory): void;
}

const nothing: Memory = { items: new Map(), ends: new Map(), latest: new Map() };
const keptStands = 8;

export const createStrictList = (): StrictList => {
  let memory = nothing;
  let stands: (Memory & { readonly cursor: string })[] = [];
  let cursor: string | undefined;
  let expectsReset: boolean | undefined = true;
  const mustEnd = new Set<string>();
  const updates: Update[] = [];
  const faults: string[] = [];

  const list: StrictList = {
    get items() {
      return memory.items;
    },
    get ends() {
      return memory.ends;
    },
    mustEnd,
    updates,
    faults,
    cursor: () => cursor,
    memory: () => memory,
    apply: (update, at) => {
      if (update.reset !== (expectsReset ?? false)) faults.push(`reset ${update.reset} in update ${updates.length}`);
      expectsReset = undefined;
      updates.push(update);
      if (update.reset) {
        memory = nothing;
        mustEnd.clear();
      }
      const items = new Map(memory.items);
      const ends = new Map(memory.ends);
      const latest = new Map(memory.latest);
      const newer = (word: string, { id, revision }: Row): void => {
        if (revision <= (latest.get(id) ?? 0)) faults.push(`${word} ${id}@${revision} again, after @${latest.get(id)}`);
        latest.set(id, revision);
      };
      for (const item of update.left) {
        newer('left', item);
        ends.set(item.id, item);
        items.delete(item.id);
      }
      for (const id of update.forgotten) {
        if (!items.delete(id)) faults.push(`forgotten ${id} was not there`);
      }
      for (const item of update.added) {
        newer('added', item);
        if (items.has(item.id)) faults.push(`added ${item.id} was there`);
        items.set(item.id, item);
      }
      for (const item of update.changed) {
        newer('changed', item);
        if (!items.has(item.id)) faults.push(`changed ${item.id} was not there`);
        items.set(item.id, item);
      }
      memory = { items, ends, latest };
      cursor = at;
      if (update.synced && at !== undefined) stands = [...stands, { ...memory, cursor: at }].slice(-keptStands);
    },
    rollBack: (updatesLost) => {
      const stand = stands.at(-1 - Math.min(updatesLost, stands.length - 1));
      stands = stand ? stands.slice(0, stands.indexOf(stand) + 1) : [];
      memory = stand ?? nothing;
      return stand?.cursor;
    },
    comeBack: (reset, having = memory) => {
      expectsReset = reset;
      memory = having;
    },
  };
  return list;
};
