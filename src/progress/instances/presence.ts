import type { Instant } from '../../domain/index.js';
import type { Store } from '../../store/store.js';
import { lifeOf, missedForMs, presenceOf } from './others.js';
import { type Right, rightOf, stopwatch } from './rights.js';

/** By which name the others count on this instance. */
export interface Presence {
  /** Of the life it leads now: another one as soon as the lease of the last has lapsed. */
  name(): string;
  isValid(): boolean;
  /** Asks for the lease; `then` says whether the store was away when all was asked. */
  renew(): Promise<(isAway: boolean) => void>;
  giveBack(): Promise<void>;
}

const presenceMs = 10_000;

/** `instance`: its name in the log. */
export const createPresence = (instance: string, store: Store, now: () => Instant): Presence => {
  /** Whoever hears of a life looks for its lease for so long before he gives it up. */
  const newborn = (): Right => rightOf({ fence: 0 }, stopwatch(now), missedForMs, true);
  let life = 1;
  let right = newborn();

  const endIfLapsed = (): void => {
    if (right.isValid()) return;
    life += 1;
    right = newborn();
  };
  const name = (): string => {
    endIfLapsed();
    return lifeOf(instance, life);
  };

  return {
    name,
    isValid: () => {
      endIfLapsed();
      return right.isValid();
    },
    renew: async () => {
      const asked = name();
      const sinceAsked = stopwatch(now);
      const [lease] = await Promise.all([
        store.acquireLease(presenceOf(asked), asked, presenceMs),
        // What it says in the log outlives its lives.
        store.acquireLease(presenceOf(instance), instance, presenceMs),
      ]);
      return (isAway) => {
        // A life that others know of is not prolonged by a memory that they do not see.
        const isKnown = !right.ofMemory;
        if (lease && asked === name() && !(isAway && isKnown)) right = rightOf(lease, sinceAsked, presenceMs, isAway);
      };
    },
    giveBack: async () => {
      const held = lifeOf(instance, life);
      await Promise.all([store.releaseLease(presenceOf(held), held), store.releaseLease(presenceOf(instance), instance)]);
    },
  };
};
