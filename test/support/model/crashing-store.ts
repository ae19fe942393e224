import type { Store } from '../../../src/store/index.js';

/** A store that outlives the gateways on it. */
export interface CrashingStore {
  /** As the gateway that runs now sees it. */
  open(): Store;
  /** The process is dead: nothing that the gateway still does reaches the store. */
  kill(): void;
  /** The next entries are refused. */
  refuse(entries: number): void;
}

export const createCrashingStore = (store: Store): CrashingStore => {
  let generation = 0;
  let refused = 0;
  return {
    open: () => {
      generation += 1;
      const mine = generation;
      return new Proxy(store, {
        get: (target, member: keyof Store) => {
          const held = target[member];
          return async (...given: unknown[]) => {
            if (mine !== generation) throw new TypeError('this process is dead');
            if (member === 'append' && refused > 0) {
              refused -= 1;
              throw new TypeError('the entry is refused');
            }
            return Reflect.apply(held, target, given) as unknown;
          };
        },
      });
    },
    kill: () => {
      generation += 1;
    },
    refuse: (entries) => {
      refused = entries;
    },
  };
};
