import type { Instant } from '../../domain/index.js';
import type { Store } from '../../store/store.js';
import { lifeOf, presenceOf } from './others.js';
import { type Right, rightOf, stopwatch } from './rights.js';

/** By which name the others count on this instance. */
export interface Presence {
  /** Of the life it leads now. */
  name(): string;
  isValid(): boolean;
  /** Asks for the lease; `then` says whether the store was away when all was asked. */
  renew(): Promise<(isAway: boolean) => void>;
  giveBack(): Promise<void>;
}

const presenceMs = 10_000;

/** `instance`: its name in the log. */
export const createPresence = (instance: string, store: Store, now: () => Instant): Presence => {
  let life = 1;
  let right: Right | undefined;

  const name = (): string => lifeOf(instance, life);
  const endIfLapsed = (): void => {
    if (right === undefined || right.isValid()) return;
    life += 1;
    right = undefined;
  };

  return {
    name,
    isValid: () => right?.isValid() === true,
    renew: async () => {
      endIfLapsed();
      const asked = name();
      const sinceAsked = stopwatch(now);
      const [lease] = await Promise.all([
        store.acquireLease(presenceOf(asked), asked, presenceMs),
        // What it says in the log outlives its lives.
        store.acquireLease(presenceOf(instance), instance, presenceMs),
      ]);
      return (isAway) => {
        endIfLapsed();
        // A life that others know of is not prolonged by a memory that they do not see.
        const isKnown = right !== undefined && !right.ofMemory;
        if (lease && asked === name() && !(isAway && isKnown)) right = rightOf(lease, sinceAsked, presenceMs, isAway);
      };
    },
    giveBack: async () => {
      const held = name();
      right = undefined;
      await Promise.all([store.releaseLease(presenceOf(held), held), store.releaseLease(presenceOf(instance), instance)]);
    },
  };
};
