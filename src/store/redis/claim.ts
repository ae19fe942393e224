import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { VigilError } from '../../errors.js';

/** Who writes below a prefix. One gateway at a time: the same promise that the lock of the embedded store gives. */
export interface Claimant {
  /** Words of the next session. The first is the gateway's, and stays. */
  nextToken(): string;
}

export const createClaimant = (): Claimant => {
  const gateway = randomUUID();
  let sessions = 0;
  return {
    nextToken: () => {
      sessions += 1;
      return `${gateway} ${sessions} ${process.pid} ${hostname()}`;
    },
  };
};

/** Another gateway's claim, as it was found. */
export interface OtherClaim {
  readonly token: string;
  readonly leftMs: number;
}

const describe = ({ token }: OtherClaim): string => {
  const [, , pid = '?', host = '?'] = token.split(' ');
  return `the process ${pid} on the host ${host}`;
};

const taken = (claim: OtherClaim, prefix: string): VigilError =>
  new VigilError(
    'CONFLICT',
    `The store in Redis is in use by ${describe(claim)}: it holds ${prefix}gateway. Stop that gateway, or give this one a \`store.keyPrefix\` or a database of its own.`,
  );

export interface ClaimOptions {
  readonly prefix: string;
  /** Tries to take it; gives the other's claim when there is one. */
  readonly attempt: () => Promise<OtherClaim | undefined>;
  /** Told once when another's claim has to be waited out. Absent: it is not waited for. */
  readonly onWaiting?: (message: string) => void;
  readonly pause: (ms: number) => Promise<void>;
}

/** How often a claim that is waited out is looked at. */
const lookEveryMs = 250;

/**
 * Takes the right to write. One that another gateway holds is waited out: nobody renews it if that gateway is dead. Throws CONFLICT as soon as somebody
 * does, for then it lives.
 */
export const takeClaim = async ({ prefix, attempt, onWaiting, pause }: ClaimOptions): Promise<void> => {
  const first = await attempt();
  if (first === undefined) return;
  if (onWaiting === undefined) throw taken(first, prefix);
  onWaiting(
    `the store in Redis is claimed by ${describe(first)}; if that gateway is dead, its claim ends in ${Math.max(1, Math.ceil(first.leftMs / 1_000))} s and this one goes on`,
  );
  for (let last = first; ; ) {
    await pause(Math.min(lookEveryMs, Math.max(1, last.leftMs)));
    const found = await attempt();
    if (found === undefined) return;
    // What is left of a claim shrinks until it is renewed. One without an end (-1) was not made by a gateway, and never ends.
    if (found.token !== last.token || found.leftMs > last.leftMs || found.leftMs < 0) throw taken(found, prefix);
    last = found;
  }
};
