import type { PartFailure } from '../domain/index.js';

/** A backend's whole list as one operation saw it, and the parts missing from it. */
export interface ReadList<T> {
  readonly items: readonly T[];
  readonly missing: readonly PartFailure[];
}

/** Reads once per key, until cleared; a failed read stays failed, so that one operation tells one story. */
export interface MemoisedLists<T> {
  get(backendKey: string): Promise<ReadList<T>>;
  clear(): void;
}

export const memoiseLists = <T>(read: (backendKey: string) => Promise<ReadList<T>>): MemoisedLists<T> => {
  const lists = new Map<string, Promise<ReadList<T>>>();
  return {
    get(backendKey) {
      const known = lists.get(backendKey);
      if (known) return known;
      const reading = read(backendKey);
      lists.set(backendKey, reading);
      return reading;
    },
    clear() {
      lists.clear();
    },
  };
};
