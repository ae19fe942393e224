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

const appending: ReadonlySet<keyof Store> = new Set<keyof Store>(['append', 'appendAfter']);

export const createCrashingStore = (store: Store): CrashingStore => {
  let generation = 0;
  let refused = 0;
  return {
    open: () => {
      generation += 1;
      const mine = generation;
      const mortal = Object.entries(store).map(([name, held]: [string, unknown]) => {
        if (typeof held !== 'function' || name === 'listen' || name === 'health') return [name, held];
        return [
          name,
          async (...given: unknown[]): Promise<unknown> => {
            if (mine !== generation) throw new TypeError('this process is dead');
            if (refused > 0 && appending.has(name as keyof Store)) {
              refused -= 1;
              throw new TypeError('the entry is refused');
            }
            return Reflect.apply(held, store, given);
          },
        ];
      });
      return Object.fromEntries(mortal) as Store;
    },
    kill: () => {
      generation += 1;
    },
    refuse: (entries) => {
      refused = entries;
    },
  };
};
