import { VigilError } from '../../errors.js';
import type { LedgerChange } from '../watch/ledger.js';

/* Changes as they stand in the store. */

const kinds: ReadonlySet<string> = new Set(['job', 'task', 'detector', 'job-gone', 'task-gone', 'detector-gone']);

/** Counters of nodes move all the time and are read anew after a restart. */
export const isLasting = (change: LedgerChange): boolean => kinds.has(change.kind);

/** Whether there is something to tell of it. */
export const isNews = (change: LedgerChange): boolean => !('fills' in change);

export const backendKeyOf = (change: LedgerChange): string => ('value' in change ? change.value.backendKey : change.backendKey);

/** What the vendor sent as it was may be large, and is read again when it is asked for. */
const withoutRaw = (key: string, value: unknown): unknown => (key === 'raw' ? undefined : value);

export const writeChange = (change: LedgerChange): string => JSON.stringify(change, withoutRaw);

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

const noChange = (): VigilError => new VigilError('INTERNAL', 'The journal in the store holds something that is no change.');

/** Throws for what is no change. */
export const parseChange = (value: unknown): LedgerChange => {
  if (isRecord(value) && typeof value.kind === 'string' && kinds.has(value.kind)) {
    const names = value.kind.endsWith('-gone') ? value : value.value;
    if (isRecord(names) && typeof names.id === 'string' && typeof names.backendKey === 'string') return value as unknown as LedgerChange;
  }
  throw noChange();
};

export const writeEntry = (changes: readonly LedgerChange[]): string => `[${changes.map(writeChange).join(',')}]`;

/** Throws for what is no entry. */
export const parseEntry = (text: string): readonly LedgerChange[] => {
  const parsed: unknown = JSON.parse(text);
  if (!Array.isArray(parsed)) throw noChange();
  return parsed.map(parseChange);
};
