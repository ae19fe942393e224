import type { Instant } from '../../domain/index.js';
import { acquire, markReleased } from '../leases.js';
import type { Lease, Store } from '../store.js';
import type { Marks, Perform } from './work.js';

export interface LeaseClock {
  /** In memory. */
  readonly now: () => Instant;
  /** Instead of the server's; empty: the server's. */
  readonly forServer: () => string;
}

export const createLeases = (perform: Perform, marks: Marks, clock: LeaseClock): Pick<Store, 'acquireLease' | 'releaseLease'> => ({
  acquireLease: async (name, holder, ttlMs) => {
    const lease = await perform<Lease | undefined>({
      inRedis: async ({ run, keys }) => {
        const found = await run('acquire', [keys.leases], name, holder, Math.floor(ttlMs), clock.forServer(), marks.leastFence());
        return Array.isArray(found) ? { fence: Number(String(found[0])), expiresAt: Number(String(found[1])) } : undefined;
      },
      inMemory: ({ rows }) => acquire(rows, name, holder, ttlMs, clock.now(), marks.leastFence()),
    });
    if (lease) marks.seenFence(lease.fence);
    return lease;
  },
  releaseLease: (name, holder) =>
    perform({
      inRedis: async ({ run, keys }) => void (await run('release', [keys.leases], name, holder)),
      inMemory: ({ rows }) => markReleased(rows, name, holder),
    }),
});
