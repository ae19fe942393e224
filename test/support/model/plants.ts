import type { ListStep, ProgressHub } from '../../../src/progress/hub.js';
import type { Store } from '../../../src/store/index.js';
import type { Row, WatchedKind } from './lists.js';

/** A bug put in on purpose, to see whether it would be found: around what the product is given, or around what it gives. */
export interface Plant {
  readonly store?: (store: Store) => Store;
  readonly open?: (open: WatchedKind['open']) => WatchedKind['open'];
}

type Steps = AsyncIterableIterator<ListStep<Row>>;

const changed = (steps: Steps, change: (step: ListStep<Row>) => ListStep<Row>): Steps => {
  const watch: Steps = {
    next: async () => {
      const { done, value } = await steps.next();
      return done ? { done, value } : { done: false, value: change(value) };
    },
    return: async () => (await steps.return?.()) ?? { done: true, value: undefined },
    [Symbol.asyncIterator]: () => watch,
  };
  return watch;
};

/** Every instance that asks for a lease is told that it has it: two lead one backend. */
export const twoLeaders: Plant = {
  store: (store) => ({
    ...store,
    acquireLease: async (name, holder, ttlMs) =>
      (await store.acquireLease(name, holder, ttlMs)) ?? { fence: Date.now(), expiresAt: Date.now() + ttlMs },
  }),
};

/** A task that began and ended between two messages is left out of the second one. */
export const endsLostInConflation: Plant = {
  open: (open) => (hub, opening) => {
    const told = new Set<string>();
    return changed(open(hub, opening), (step) => {
      const left = step.left.filter(({ id }) => told.has(id));
      for (const { id } of [...step.added, ...step.changed]) told.add(id);
      // Who comes back was told before.
      return opening.after === undefined ? { ...step, left } : step;
    });
  },
};

/** A client that comes back is served from one step after the one it has. */
export const cursorsOneTooFar = (): Plant => {
  const next = new Map<string, string>();
  return {
    open: (open) => {
      const last = new Map<ProgressHub, string>();
      return (hub, opening) => {
        const after = opening.after === undefined ? undefined : (next.get(opening.after) ?? opening.after);
        return changed(open(hub, after === undefined ? {} : { after }), (step) => {
          const before = last.get(hub);
          if (before !== undefined && before !== step.cursor) next.set(before, step.cursor);
          last.set(hub, step.cursor);
          return step;
        });
      };
    },
  };
};

/** Every step is told with the cursor of the one before it, but where a client begins anew. */
export const cursorsOneShort: Plant = {
  open: (open) => (hub, opening) => {
    let last = opening.after;
    return changed(open(hub, opening), (step) => {
      const { cursor } = step;
      const told = { ...step, cursor: step.reset ? cursor : (last ?? cursor) };
      last = cursor;
      return told;
    });
  },
};
