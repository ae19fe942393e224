import type { Instant } from '../domain/index.js';
import { endOf, entriesOf, entryKey, keyOf, kinds, sequenceDigits, sequenceOf, sequenceText } from './row-keys.js';
import type { Rows } from './rows.js';
import type { Appended, StreamEntry } from './store.js';

export interface Head {
  /** Sequence number of the newest entry. */
  readonly last: number;
  /** Entries kept, or more: what memory let go is not counted off. */
  readonly count: number;
  /** What the last append asked to keep. */
  readonly keep?: number;
}

const headOf = (rows: Rows, stream: string): Head => {
  const head = rows.get(keyOf(kinds.streamHead, stream));
  return head === undefined ? { last: 0, count: 0 } : (JSON.parse(head.toString('utf8')) as Head);
};

/** More than anybody appends in a millisecond: numbers follow the clock, so that one is not given again even when the medium lost the newest. */
const numbersPerMs = 1_000;

/** The least number an entry gets at a time. */
export const numberAt = (now: Instant): number => Math.floor(now) * numbersPerMs;

export const appendEntry = (rows: Rows, stream: string, value: string, keep: number, atLeast: number): number => {
  const head = headOf(rows, stream);
  const sequence = Math.max(head.last + 1, atLeast);
  // Each entry names the one before it: whoever reads sees what is missing between two.
  rows.set(entryKey(stream, sequence), Buffer.from(sequenceText(head.last) + value, 'utf8'));
  const excess = Math.max(0, head.count + 1 - keep);
  const entries = entriesOf(stream);
  if (excess > 0) for (const { key } of rows.scan(entries, endOf(entries), excess)) rows.delete(key);
  rows.set(keyOf(kinds.streamHead, stream), Buffer.from(JSON.stringify({ last: sequence, count: head.count + 1 - excess, keep }), 'utf8'));
  return sequence;
};

export const appendEntryAfter = (rows: Rows, stream: string, value: string, keep: number, atLeast: number, after: number): Appended =>
  headOf(rows, stream).last === after
    ? { status: 'added', sequence: appendEntry(rows, stream, value, keep, atLeast) }
    : { status: 'behind' };

/** Entries older than that number go; the newest stays the newest, also when it goes. */
export const trimEntries = (rows: Rows, stream: string, before: number): void => {
  const head = headOf(rows, stream);
  const old = rows.scan(entriesOf(stream), entryKey(stream, before), Number.MAX_SAFE_INTEGER);
  if (old.length === 0) return;
  for (const { key } of old) rows.delete(key);
  rows.set(keyOf(kinds.streamHead, stream), Buffer.from(JSON.stringify({ ...head, count: Math.max(0, head.count - old.length) }), 'utf8'));
};

export const readEntries = (
  rows: Rows,
  stream: string,
  last: number,
  limit: number,
): { readonly entries: readonly StreamEntry[]; readonly truncated: boolean } => {
  const found = rows.scan(entryKey(stream, last + 1), endOf(entriesOf(stream)), limit);
  const entries: StreamEntry[] = [];
  let previous = last;
  let truncated = found.length === 0 && limit > 0 && headOf(rows, stream).last !== last;
  for (const { key, value } of found) {
    const text = value.toString('utf8');
    if (Number.parseInt(text.slice(0, sequenceDigits), 16) !== previous) truncated = true;
    previous = sequenceOf(key);
    entries.push({ sequence: previous, value: text.slice(sequenceDigits) });
  }
  return { entries, truncated };
};
