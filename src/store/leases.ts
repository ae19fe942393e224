import type { Instant } from '../domain/index.js';
import { keyOf, kinds } from './row-keys.js';
import type { Rows } from './rows.js';
import type { Lease } from './store.js';

/** Kept after expiry: the fence must go on growing. */
export interface Held extends Lease {
  readonly holder: string | null;
}

const read = (rows: Rows, name: string): Held | undefined => {
  const held = rows.get(keyOf(kinds.lease, name));
  return held === undefined ? undefined : (JSON.parse(held.toString('utf8')) as Held);
};
const write = (rows: Rows, name: string, held: Held): void => rows.set(keyOf(kinds.lease, name), Buffer.from(JSON.stringify(held), 'utf8'));

/** A lease of no name. Its fence is the highest of those that were released: the names that were ever used are not kept. */
const released = '';

/** Fences follow the clock: they grow also when the medium lost the newest. */
export const fenceAt = (now: Instant): number => Math.floor(now);

export const acquire = (
  rows: Rows,
  name: string,
  holder: string,
  ttlMs: number,
  now: Instant,
  fenceAtLeast = fenceAt(now),
): Lease | undefined => {
  const held = read(rows, name);
  const valid = held !== undefined && held.holder !== null && held.expiresAt > now;
  if (valid && held.holder !== holder) return undefined;
  const fence = valid ? held.fence : Math.max((held?.fence ?? 0) + 1, (read(rows, released)?.fence ?? 0) + 1, fenceAtLeast);
  const expiresAt = now + ttlMs;
  write(rows, name, { holder, fence, expiresAt });
  return { fence, expiresAt };
};

export const release = (rows: Rows, name: string, holder: string): void => {
  const held = read(rows, name);
  if (held?.holder !== holder) return;
  rows.delete(keyOf(kinds.lease, name));
  write(rows, released, { holder: null, fence: Math.max(held.fence, read(rows, released)?.fence ?? 0), expiresAt: 0 });
};

/** The same, where it has to be done once more elsewhere. */
export const markReleased = (rows: Rows, name: string, holder: string): void => {
  const held = read(rows, name);
  if (held?.holder === holder) write(rows, name, { ...held, expiresAt: 0 });
};
