import type { Item, Update } from './list-schema.js';

/** A client's list, which takes nothing amiss: every gap and every repeat is a fault. */
export interface StrictList {
  readonly items: ReadonlyMap<string, { readonly n: number; readonly revision: number }>;
  /** Ends it was told, by id. */
  readonly ends: ReadonlyMap<string, Item>;
  readonly updates: readonly Update[];
  readonly faults: readonly string[];
  apply(update: Update): void;
}

export const createStrictList = (): StrictList => {
  const items = new Map<string, Item & { readonly revision: number }>();
  const ends = new Map<string, Item>();
  const latest = new Map<string, number>();
  const updates: Update[] = [];
  const faults: string[] = [];

  const newer = (word: string, { id, revision }: Item & { readonly revision: number }): void => {
    if (revision <= (latest.get(id) ?? 0)) faults.push(`${word} ${id}@${revision} again, after @${latest.get(id)}`);
    latest.set(id, revision);
  };
  return {
    items,
    ends,
    updates,
    faults,
    apply: (update) => {
      if (update.reset !== (updates.length === 0)) faults.push(`reset ${update.reset} in update ${updates.length}`);
      updates.push(update);
      if (update.reset) items.clear();
      for (const item of update.left) {
        newer('left', item);
        ends.set(item.id, item);
        items.delete(item.id);
      }
      for (const id of update.forgotten) {
        if (!items.delete(id) && !ends.has(id)) faults.push(`forgotten ${id} was not there`);
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
    },
  };
};
