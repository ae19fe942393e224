import { VigilError } from '../../errors.js';
import type { LedgerChange } from '../watch/ledger.js';

/* Entries of the journal as they stand in the store. */

/** What one instance tells the others, in the order of the journal. */
export interface Notice {
  readonly topic: string;
  readonly body: unknown;
}

/** What is written at once. */
export interface WrittenEntry {
  /** The instance that has written it. */
  readonly by: string;
  /** The journal begins here, under that name: nothing before it counts. */
  readonly epoch?: string;
  readonly changes: readonly LedgerChange[];
  readonly notices: readonly Notice[];
}

const kinds = ['job', 'task', 'detector', 'node'] as const;

/** What a change is of. */
export type Kind = (typeof kinds)[number];

const kindsOfChanges: ReadonlyMap<string, Kind> = new Map(
  kinds.flatMap((kind) => [[kind, kind] as const, [`${kind}-gone`, kind] as const]),
);

export const kindOf = ({ kind }: LedgerChange): Kind => kindsOfChanges.get(kind) ?? 'job';

export const idOf = (change: LedgerChange): string => ('value' in change ? change.value.id : change.id);

/** Counters of nodes move all the time and are read anew after a restart. */
export const isLasting = (change: LedgerChange): boolean => kindOf(change) !== 'node';

/** Whether there is something to tell of it. */
export const isNews = (change: LedgerChange): boolean => !('fills' in change);

export const backendKeyOf = (change: LedgerChange): string => ('value' in change ? change.value.backendKey : change.backendKey);

/** What the vendor sent as it was may be large, and is read again when it is asked for. */
const withoutRaw = (key: string, value: unknown): unknown => (key === 'raw' ? undefined : value);

export const writeChange = (change: LedgerChange): string => JSON.stringify(change, withoutRaw);

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

const noEntry = (): VigilError => new VigilError('INTERNAL', 'The journal in the store holds something that is no entry of it.');

/** Throws for what is no change. */
export const parseChange = (value: unknown): LedgerChange => {
  if (isRecord(value) && typeof value.kind === 'string' && kindsOfChanges.has(value.kind) && Number.isFinite(value.readAt)) {
    const names = value.kind.endsWith('-gone') ? value : value.value;
    if (isRecord(names) && typeof names.id === 'string' && typeof names.backendKey === 'string') return value as unknown as LedgerChange;
  }
  throw noEntry();
};

const parseNotice = (value: unknown): Notice => {
  if (isRecord(value) && typeof value.topic === 'string') return { topic: value.topic, body: value.body };
  throw noEntry();
};

export const writeEntry = ({ by, epoch, changes, notices }: WrittenEntry): string => {
  const head = JSON.stringify({ by, ...(epoch === undefined ? {} : { epoch }), ...(notices.length === 0 ? {} : { notices }) });
  return `${head.slice(0, -1)},"changes":[${changes.map(writeChange).join(',')}]}`;
};

/** Throws for what is no entry. */
export const parseEntry = (text: string): WrittenEntry => {
  const value: unknown = JSON.parse(text);
  if (!isRecord(value) || typeof value.by !== 'string' || !Array.isArray(value.changes)) throw noEntry();
  const { by, epoch, changes, notices = [] } = value;
  if (!Array.isArray(notices)) throw noEntry();
  const entry = { by, changes: changes.map(parseChange), notices: notices.map(parseNotice) };
  return typeof epoch === 'string' ? { ...entry, epoch } : entry;
};
