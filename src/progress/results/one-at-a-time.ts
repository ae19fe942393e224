import { randomUUID } from 'node:crypto';
import { createTurns } from '../../domain/index.js';
import type { Store } from '../../store/store.js';

/** Sees to it that one instance at a time gives a number a record, or a record its end. */
export interface OneAtATime {
  /**
   * Does the work when nobody else does the same under that name. `isAlone` is false once others may be at it again, because this process was held up; work
   * that finds that gives undefined, and is done anew.
   */
  alone<T>(name: string, work: (isAlone: () => boolean) => Promise<T | undefined>): Promise<T>;
}

const defaultLeaseMs = 5_000;
const pauseMs = 25;
/** Who is held up again and again goes on all the same: two records of one job, or ends of one record, are better than none. */
const triesMost = 3;

export const createOneAtATime = (
  backendKey: string,
  store: Pick<Store, 'acquireLease' | 'releaseLease'>,
  leaseMs = defaultLeaseMs,
): OneAtATime => {
  const holder = randomUUID();
  /** By name: one after the other, for a lease does not keep its own holder out. */
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

  const attempt = async <T>(name: string, work: (isAlone: () => boolean) => Promise<T | undefined>): Promise<T> => {
    const lease = `jobs-change/${backendKey}/${name}`;
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
    alone: (name, work) => turns.take(name, () => attempt(name, work)),
  };
};
