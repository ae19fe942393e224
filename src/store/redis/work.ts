import type { Instant } from '../../domain/index.js';
import { fenceAt } from '../leases.js';
import { numberAt } from '../streams.js';
import type { Outage } from './outage.js';
import type { Session } from './session.js';

/** One thing to do, at the server or, while it cannot be reached, in memory. */
export interface Work<T> {
  /** `again`: it was sent before and no answer came, so it may have been done. Rejects only with what the session rejects with. */
  inRedis(session: Session, again: boolean): Promise<T>;
  inMemory(outage: Outage): T;
}

/** Does it where it can be done; in the order of asking. */
export type Perform = <T>(work: Work<T>) => Promise<T>;

/** Numbers and fences that were never given before, wherever the work is done. */
export interface Marks {
  nextNumber(): number;
  leastFence(): number;
  seenFence(fence: number): void;
  /** What the server has given already. */
  raise(highest: Session['highest']): void;
}

export const createMarks = (now: () => Instant): Marks => {
  let number = 0;
  let fence = 0;
  return {
    nextNumber: () => {
      number = Math.max(number + 1, numberAt(now()));
      return number;
    },
    leastFence: () => Math.max(fence + 1, fenceAt(now())),
    seenFence: (given) => {
      fence = Math.max(fence, given);
    },
    raise: (highest) => {
      number = Math.max(number, highest.number);
      fence = Math.max(fence, highest.fence);
    },
  };
};
