import type { PartFailure } from '../domain/index.js';

/** A backend's whole list as one operation saw it, and the parts missing from it. */
export interface ReadList<T> {
  readonly items: readonly T[];
  readonly missing: readonly PartFailure[];
}

/** Reads once per key and query, until cleared; a failed read stays failed, so that one operation tells one story. */
export interface MemoisedLists<T, Q> {
  get(backendKey: string, ...query: Q extends undefined ? [] : [Q]): Promise<ReadList<T>>;
  clear(): void;
}

export const memoiseLists = <T, Q = undefined>(
  read: (backendKey: string, ...query: Q extends undefined ? [] : [Q]) => Promise<ReadList<T>>,
): MemoisedLists<T, Q> => {
  const lists = new Map<string, Promise<ReadList<T>>>();
  return {
    get(backendKey, ...query) {
      const key = `${backendKey} ${JSON.stringify(query)}`;
      const known = lists.get(key);
      if (known) return known;
      const reading = read(backendKey, ...query);
      lists.set(key, reading);
      return reading;
    },
    clear() {
      lists.clear();
    },
  };
};
