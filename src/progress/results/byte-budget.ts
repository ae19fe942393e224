import type { Instant } from '../../domain/index.js';

/** A result that counts, and how it is let go. */
export interface KeptSize {
  readonly receivedAt: Instant;
  readonly bytes: number;
  expire(): Promise<void>;
}

/** What the results of all backends may take together. */
export interface ByteBudget {
  join(kept: () => readonly KeptSize[]): void;
  /** Lets the oldest beyond the bound go, whose ever they are. */
  prune(): Promise<void>;
}

export const createByteBudget = (maxBytes: number): ByteBudget => {
  const members: (() => readonly KeptSize[])[] = [];
  let turn: Promise<void> = Promise.resolve();
  const prune = async (): Promise<void> => {
    const newestFirst = members.flatMap((kept) => kept()).sort((left, right) => right.receivedAt - left.receivedAt);
    let sum = 0;
    // The newest is kept even when it is too large by itself: it would be gone before anybody saw it.
    const surplus = newestFirst.filter(({ bytes }, index) => {
      sum += bytes;
      return index > 0 && sum > maxBytes;
    });
    for (const each of surplus.reverse()) await each.expire();
  };
  return {
    join: (kept) => void members.push(kept),
    prune: () => {
      const own = turn.then(prune);
      turn = own.catch(() => undefined);
      return own;
    },
  };
};
