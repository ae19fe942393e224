import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

/**
 * What a gateway holds while it may write below a prefix. Each has its own and keeps no other out: it tells the sessions of one gateway apart, so that what
 * was sent in an earlier one does nothing any more, and it lapses when the gateway stands still.
 */
export interface Claimant {
  /** Its name, and never another's. */
  readonly gateway: string;
  /** The words of its next session, which hold whom they are of, for whoever looks into Redis. */
  nextToken(): string;
}

export const createClaimant = (): Claimant => {
  let sessions = 0;
  return {
    gateway: randomUUID(),
    nextToken: () => {
      sessions += 1;
      return `${sessions} ${process.pid} ${hostname()}`;
    },
  };
};
