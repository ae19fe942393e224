import type { Path, Place } from './faults.js';

/** What the file holds once read: maps, lists and scalars, nothing judged yet. */
export type Tree = unknown;
export type TreeMap = Readonly<Record<string, Tree>>;

export const isMap = (tree: Tree): tree is TreeMap => typeof tree === 'object' && tree !== null && !Array.isArray(tree);

/** What stands at a path; undefined when nothing does. */
export const at = (tree: Tree, path: Path): Tree => {
  let here: Tree = tree;
  for (const step of path) {
    if (Array.isArray(here) && typeof step === 'number') here = here[step];
    else if (isMap(here) && typeof step === 'string' && Object.hasOwn(here, step)) here = here[step];
    else return undefined;
  }
  return here;
};

/** Entries of a list, or none. */
export const listAt = (tree: Tree, path: Path): readonly Tree[] => {
  const list = at(tree, path);
  return Array.isArray(list) ? list : [];
};

/** Where values and keys were written. */
export interface Places {
  /** Of the value; of the nearest thing around it when there is no such value. */
  of(path: Path): Place;
  /** Of the key before the value. */
  ofKey(path: Path): Place;
  set(path: Path, place: Place, keyPlace?: Place): void;
}

export const createPlaces = (): Places => {
  const values = new Map<string, Place>();
  const keys = new Map<string, Place>();
  const name = (path: Path): string => JSON.stringify(path);
  const of = (path: Path): Place => values.get(name(path)) ?? (path.length === 0 ? { in: 'whole' } : of(path.slice(0, -1)));
  return {
    of,
    ofKey: (path) => keys.get(name(path)) ?? of(path),
    set: (path, place, keyPlace) => {
      values.set(name(path), place);
      if (keyPlace) keys.set(name(path), keyPlace);
    },
  };
};
