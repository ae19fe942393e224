import { createHash, timingSafeEqual } from 'node:crypto';
import type { DoorAuth } from './options.js';

/** Whether somebody may come in, and under which name. */
export type Entry = { readonly admitted: true; readonly actor: string | null } | { readonly admitted: false };

/** Decides by credentials. */
export interface DoorKeeper {
  /** Whether anything has to be shown. */
  readonly required: boolean;
  /** `credentials`: an Authorization header, `Bearer …`. */
  admit(credentials: string | undefined): Entry;
  /** The token alone, as a WebSocket's `connection_init` may carry it. */
  admitToken(token: string | undefined): Entry;
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();
const refused: Entry = { admitted: false };

/** Tokens are compared as digests, all of them every time: neither their length nor which one came close shows in the time it takes. */
export const createDoorKeeper = (auth: DoorAuth | undefined): DoorKeeper => {
  if (auth === undefined) {
    const open: Entry = { admitted: true, actor: null };
    return { required: false, admit: () => open, admitToken: () => open };
  }
  const known = auth.tokens.map((token) => digestOf(token.reveal()));
  const admitToken = (token: string | undefined): Entry => {
    if (token === undefined || token === '') return refused;
    const given = digestOf(token);
    let match = false;
    for (const digest of known) match = timingSafeEqual(digest, given) || match;
    return match ? { admitted: true, actor: `token:${given.toString('hex').slice(0, 8)}` } : refused;
  };
  return {
    required: true,
    admit: (credentials) => admitToken(/^Bearer +(\S+) *$/i.exec(credentials ?? '')?.[1]),
    admitToken,
  };
};
