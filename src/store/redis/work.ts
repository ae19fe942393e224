import type { Instant } from '../../domain/index.js';
import { fenceAt } from '../leases.js';
import { numberAt } from '../streams.js';
import type { Outage } from './outage.js';
import type { Session } from './session.js';

/** One thing to do, at the server or, while it cannot be reached, in memory. */
export interface Work<T> {
  /** `again`: it was sent before and no answer came, so it may have been done. Rejects only with what the session rejects with. */
  inRedis(session: Session, again: boolean): Promise<T>;
  inMemory(outage: Outage, again: boolean): T;
}

/** Does it where it can be done; in the order of asking. */
export type Perform = <T>(work: Work<T>) => Promise<T>;

/** Numbers and fences that this gateway has never given nor seen, wherever the work is done. Two gateways may wish for the same: Redis gives it to one. */
export interface Marks {
  nextNumber(): number;
  /** Of something that only this gateway has done, and once: what is sent a second time is known by it. */
  idOf(number: number): string;
  seenNumber(number: number): void;
  leastFence(): number;
  seenFence(fence: number): void;
  /** What the server has given already. */
  raise(highest: Session['highest']): void;
}

export const createMarks = (gateway: string, now: () => Instant): Marks => {
  let number = 0;
  let fence = 0;
  const seenNumber = (given: number): void => {
    number = Math.max(number, given);
  };
  const seenFence = (given: number): void => {
    fence = Math.max(fence, given);
  };
  return {
    nextNumber: () => {
      number = Math.max(number + 1, numberAt(now()));
      return number;
    },
    idOf: (own) => `${gateway} ${own}`,
    seenNumber,
    leastFence: () => Math.max(fence + 1, fenceAt(now())),
    seenFence,
    raise: (highest) => {
      seenNumber(highest.number);
      seenFence(highest.fence);
    },
  };
};
