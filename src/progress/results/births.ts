import { randomUUID } from 'node:crypto';
import { createTurns } from '../../domain/index.js';
import type { Store } from '../../store/store.js';

/** Sees to it that a number is given a record by one instance at a time. */
export interface Births {
  /**
   * Does the work when nobody else does the same for that number. `isAlone` is false once others may be at it again, because this process was held up; work
   * that finds that gives undefined, and is done anew.
   */
  alone<T>(number: string, work: (isAlone: () => boolean) => Promise<T | undefined>): Promise<T>;
}

const defaultLeaseMs = 5_000;
const pauseMs = 25;
/** Who is held up again and again goes on all the same: two records of one job are better than none. */
const triesMost = 3;

export const createBirths = (backendKey: string, store: Pick<Store, 'acquireLease' | 'releaseLease'>, leaseMs = defaultLeaseMs): Births => {
  const holder = randomUUID();
  /** By number: one after the other, for a lease does not keep its own holder out. */
  const turns = createTurns();

  /** When the lease was asked for; undefined: whoever has it keeps it for longer than it lasts. */
  const acquire = async (lease: string): Promise<number | undefined> => {
    for (const begun = performance.now(); performance.now() - begun < leaseMs + pauseMs; ) {
      const askedAt = performance.now();
      if (await store.acquireLease(lease, holder, leaseMs)) return askedAt;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    return undefined;
  };

  const attempt = async <T>(number: string, work: (isAlone: () => boolean) => Promise<T | undefined>): Promise<T> => {
    const lease = `jobs-birth/${backendKey}/${number}`;
    for (let tries = 1; ; tries += 1) {
      const askedAt = await acquire(lease);
      try {
        const done = await work(() => askedAt === undefined || tries >= triesMost || performance.now() - askedAt < leaseMs);
        if (done !== undefined) return done;
      } finally {
        if (askedAt !== undefined) await store.releaseLease(lease, holder);
      }
    }
  };

  return {
    alone: (number, work) => turns.take(number, () => attempt(number, work)),
  };
};
