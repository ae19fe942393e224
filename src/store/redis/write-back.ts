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

/** So much is on its way at a time: a server that takes it slowly must still answer within the deadline. */
const batchBytes = 1024 * 1024;
const batchRows = 200;

type Restore = (session: Session, row: OutageRow, clock: LeaseClock) => Promise<unknown>;

const restoreValue: Restore = ({ run, keys }, { key, value, first }) => {
  const where = [keys.values, keys.names];
  if (value === null) return run('delete', where, nameOf(key));
  return first ? run('putIfAbsent', where, nameOf(key), value, '1') : run('put', where, nameOf(key), value);
};

const restorePiece: Restore = async ({ run, keys }, { key, value }) => {
  const name = nameOf(key);
  // The last eight digits are the index: see pieceKey.
  if (value !== null) await run('piece', [keys.pieces + name.slice(0, -8)], Number.parseInt(name.slice(-8), 16), value, unfinishedMs);
};

const restoreLargeHead: Restore = async ({ run, keys }, { key, value, first }) => {
  if (value === null) return run('deleteLarge', [keys.large], nameOf(key), keys.pieces);
  const { id, size } = parseHead(value.toString('utf8'));
  const where = keys.pieces + id;
  const done = await run('complete', [keys.large, where], nameOf(key), id, size, piecesIn(size), first ? '0' : '1', keys.pieces);
  return done === 0 ? run('discard', [where]) : done;
};

const restoreEntry: Restore = async ({ run, keys }, { key, value }) => {
  if (value === null) return;
  const name = streamOf(key);
  const text = value.toString('utf8');
  const previous = Number.parseInt(text.slice(0, sequenceDigits), 16);
  await run('restoreEntry', [keys.stream(name), keys.heads], name, text.slice(sequenceDigits), sequenceOf(key), previous);
};

const restoreHead: Restore = async ({ run, keys }, { key, value }) => {
  if (value === null) return;
  const name = nameOf(key);
  const { last, count, keep = count } = JSON.parse(value.toString('utf8')) as Head;
  await run('restoreHead', [keys.stream(name), keys.heads], name, last, keep);
};

const leftOf = (expiresAt: Instant, now: Instant): number => Math.max(0, Math.floor(expiresAt - now));

const restoreLease: Restore = async ({ run, keys }, { key, value }, clock) => {
  if (value === null) return;
  const { holder, fence, expiresAt } = JSON.parse(value.toString('utf8')) as Held;
  const left = holder === null ? 0 : leftOf(expiresAt, clock.now());
  await run('restoreLease', [keys.leases], nameOf(key), holder ?? '', left, clock.forServer(), fence);
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

/** Gives the server what was kept in memory while it was away. Rejects when it goes away again; then all of it may be given once more. */
export const writeBack = async (session: Session, outage: Outage, clock: LeaseClock): Promise<{ readonly lost: number }> => {
  const rows = outage.all();
  let lost = 0;
  let underWay: Promise<unknown>[] = [];
  let bytes = 0;
  const settle = async (): Promise<void> => {
    const batch = underWay;
    underWay = [];
    bytes = 0;
    const answers = (await Promise.all(batch)) as readonly Reply[];
    lost += answers.filter((answer) => answer === -1).length;
  };
  for (const [kind, restore] of steps) {
    for (const row of rows) {
      if (!row.key.startsWith(kind)) continue;
      underWay.push(restore(session, row, clock));
      bytes += row.value?.length ?? 0;
      if (underWay.length >= batchRows || bytes >= batchBytes) await settle();
    }
  }
  await settle();
  return { lost };
};
