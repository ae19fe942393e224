import { LRUCache } from 'lru-cache';
import type { Instant } from '../../domain/index.js';
import type { Store } from '../../store/store.js';
import { createListeners } from './listeners.js';
import { stopwatch } from './rights.js';

/** The other instances, by their leases of presence. */
export interface OtherInstances {
  /** It was heard of; what it says itself shows that it lives. */
  heard(instance: string): void;
  /** It has said that it goes. */
  left(instance: string): void;
  isGone(instance: string): boolean;
  gone(listener: (instance: string) => void): () => void;
  /** Looks for those that live as far as is known. */
  look(): Promise<void>;
  /** What was found so far may only tell that the store was away. */
  forgive(): void;
}

/** Every life of an instance has a name that begins with the instance's. */
export const lifeOf = (instance: string, life: number): string => `${instance}~${life}`;
const instanceOf = (name: string): string => name.split('~', 1)[0] ?? name;

export const presenceOf = (instance: string): string => `instance/${instance}`;

/** How long one has to be missed: after an outage of the store each comes back in its own time. */
export const missedForMs = 3_000;
/** How long nobody is missed after an outage. */
const graceMs = 5_000;
/** Who looks whether a lease is free takes it for a moment. */
const lookMs = 1_000;
/** Instances remembered; a task names the one that had it in hand, however long ago. */
const most = 1_000;

export const createOtherInstances = (self: () => string, store: Store, now: () => Instant): OtherInstances => {
  const known = new LRUCache<string, { readonly missed?: () => number }>({ max: most });
  const dead = new LRUCache<string, true>({ max: most });
  /** Instances that have ended in good order, with all their lives. */
  const departed = new LRUCache<string, true>({ max: most });
  const listeners = createListeners<[instance: string]>();
  let sinceOutage: (() => number) | undefined;

  const bury = (instance: string): void => {
    known.delete(instance);
    dead.set(instance, true);
    listeners.tell(instance);
  };

  const lookFor = async (instance: string): Promise<void> => {
    const looker = self();
    const free = await store.acquireLease(presenceOf(instance), looker, lookMs);
    if (free) await store.releaseLease(presenceOf(instance), looker);
    const found = known.get(instance);
    // It has spoken or gone meanwhile.
    if (!found) return;
    if (!free) known.set(instance, {});
    else if (!found.missed) known.set(instance, { missed: stopwatch(now) });
    else if (found.missed() >= missedForMs) bury(instance);
  };

  return {
    heard: (instance) => {
      dead.delete(instance);
      known.set(instance, {});
    },
    left: (instance) => {
      departed.set(instance, true);
      for (const name of [...known.keys()]) if (instanceOf(name) === instance && name !== instance) bury(name);
      bury(instance);
    },
    isGone: (instance) => {
      if (instance === self()) return false;
      if (dead.has(instance) || departed.has(instanceOf(instance))) return true;
      if (!known.has(instance)) known.set(instance, {});
      return false;
    },
    gone: listeners.add,
    look: async () => {
      if (sinceOutage && sinceOutage() < graceMs) return;
      sinceOutage = undefined;
      await Promise.all([...known.keys()].map(lookFor));
    },
    forgive: () => {
      sinceOutage = stopwatch(now);
      for (const instance of [...known.keys()]) known.set(instance, {});
    },
  };
};
