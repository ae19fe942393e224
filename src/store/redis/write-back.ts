import type { Instant } from '../../domain/index.js';
import { piecesIn } from '../large-pieces.js';
import type { Held } from '../leases.js';
import { type Kind, kinds, nameOf, sequenceDigits, sequenceOf, streamOf } from '../row-keys.js';
import type { Head } from '../streams.js';
import type { Reply } from './connection.js';
import { parseHead, unfinishedMs } from './large-values.js';
import type { LeaseClock } from './leases.js';
import type { Outage, OutageRow } from './outage.js';
import type { Session } from './session.js';
import type { Marks } from './work.js';

/** So much is on its way at a time: a server that takes it slowly must still answer within the deadline. */
const batchBytes = 1024 * 1024;
const batchRows = 200;

interface Restoring {
  readonly session: Session;
  readonly clock: LeaseClock;
  readonly marks: Marks;
  /** By stream, the entry that was written back last. */
  readonly newest: Map<string, number>;
}

type Restore = (row: OutageRow, restoring: Restoring) => Promise<unknown>;

const restoreValue: Restore = ({ key, value, first }, { session: { run, keys } }) => {
  const where = [keys.values, keys.names];
  if (value === null) return run('delete', where, nameOf(key));
  return run(first ? 'restoreFirst' : 'put', where, nameOf(key), value);
};

const flag = (isSo: boolean): string => (isSo ? '1' : '0');

const restorePiece: Restore = async ({ key, value }, { session: { run, keys } }) => {
  const name = nameOf(key);
  // The last eight digits are the index: see pieceKey.
  if (value !== null) await run('piece', [keys.pieces + name.slice(0, -8)], Number.parseInt(name.slice(-8), 16), value, unfinishedMs);
};

const restoreLargeHead: Restore = async ({ key, value, first }, { session: { run, keys } }) => {
  if (value === null) return run('deleteLarge', [keys.large], nameOf(key), keys.pieces);
  const { id, size } = parseHead(value.toString('utf8'));
  const where = keys.pieces + id;
  const done = await run('complete', [keys.large, where], nameOf(key), id, size, piecesIn(size), first ? '0' : '1', keys.pieces);
  return done === 0 ? run('discard', [where]) : done;
};

/** Others may have added meanwhile, also between two of these: each goes to the end, under its own number if that is free. */
const restoreEntry: Restore = async ({ key, value, doubtful }, { session: { run, keys }, marks, newest }) => {
  if (value === null) return;
  const name = streamOf(key);
  const number = sequenceOf(key);
  const text = value.toString('utf8');
  const previous = Number.parseInt(text.slice(0, sequenceDigits), 16);
  const isAfterGap = previous !== 0 && previous !== newest.get(name);
  newest.set(name, number);
  const where = [keys.stream(name), keys.heads];
  await run('restoreEntry', where, name, text.slice(sequenceDigits), number, marks.idOf(number), flag(isAfterGap), flag(doubtful));
};

const restoreHead: Restore = async ({ key, value }, { session: { run, keys }, newest }) => {
  if (value === null) return;
  const name = nameOf(key);
  const { last, count, keep = count } = JSON.parse(value.toString('utf8')) as Head;
  await run('restoreHead', [keys.stream(name), keys.heads], name, last, keep, flag(newest.get(name) !== last));
};

const leftOf = (expiresAt: Instant, now: Instant): number => Math.max(0, Math.floor(expiresAt - now));

const restoreLease: Restore = async ({ key, value }, { session: { run, keys }, clock }) => {
  if (value === null) return;
  const { holder, fence, expiresAt } = JSON.parse(value.toString('utf8')) as Held;
  await run('restoreLease', [keys.leases], nameOf(key), holder ?? '', leftOf(expiresAt, clock.now()), clock.forServer(), fence);
};

/** In this order: what is complete only with other rows comes after them. */
const steps: readonly (readonly [Kind, Restore])[] = [
  [kinds.largePiece, restorePiece],
  [kinds.largeHead, restoreLargeHead],
  [kinds.streamEntry, restoreEntry],
  [kinds.streamHead, restoreHead],
  [kinds.value, restoreValue],
  [kinds.lease, restoreLease],
];
/** Written again as a whole when writing back was interrupted: the server forgets large values that are not complete. */
const isLarge = (key: string): boolean => key.startsWith(kinds.largePiece) || key.startsWith(kinds.largeHead);

export interface WriteBackOptions {
  readonly outage: Outage;
  readonly clock: LeaseClock;
  readonly marks: Marks;
}

/** Gives the server what was kept in memory while it was away. Rejects when it goes away again; what it has not answered for is then given once more. */
export const createWriteBack = ({ outage, clock, marks }: WriteBackOptions) => {
  /** What was given has been answered for up to here. */
  let settled: ReadonlyMap<string, number> = new Map();

  return async (session: Session): Promise<{ readonly lost: number }> => {
    const restoring: Restoring = { session, clock, marks, newest: new Map(settled) };
    let lost = 0;
    let underWay: { readonly key: string; readonly answer: Promise<unknown> }[] = [];
    let bytes = 0;
    const settle = async (): Promise<void> => {
      const keys = underWay.map(({ key }) => key).filter((key) => !isLarge(key));
      const batch = underWay.map(({ answer }) => answer);
      underWay = [];
      bytes = 0;
      try {
        const answers = (await Promise.all(batch)) as readonly Reply[];
        lost += answers.filter((answer) => answer === -1).length;
      } catch (error) {
        outage.settle(keys, 'doubtful');
        throw error;
      }
      outage.settle(keys, 'written');
      settled = new Map(restoring.newest);
    };
    const rows = outage.all();
    for (const [kind, restore] of steps) {
      for (const row of rows) {
        if (!row.key.startsWith(kind)) continue;
        underWay.push({ key: row.key, answer: restore(row, restoring) });
        bytes += row.value?.length ?? 0;
        if (underWay.length >= batchRows || bytes >= batchBytes) await settle();
      }
    }
    await settle();
    settled = new Map();
    return { lost };
  };
};
