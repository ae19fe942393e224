import { randomBytes } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Instant } from '../../domain/index.js';
import { VigilError } from '../../errors.js';
import type { Store } from '../../store/store.js';
import type { LedgerChange } from '../watch/ledger.js';
import type { Point } from './recent.js';
import { isRecord, parseChange, writeChange } from './wire.js';

/** The whole view as it was at some point, so that the journal need not be kept from its beginning. */
export interface Checkpoint {
  /** Of the last entry that is in it. */
  readonly point: Point;
  /** What leads to the view as it was then. Throws when it cannot be read, or is there no more. */
  open(): Promise<readonly LedgerChange[]>;
}

/** Those in the store, whoever has written them. */
export interface Checkpoints {
  /** The oldest first. Throws for what another version has written. */
  kept(): Promise<readonly Checkpoint[]>;
  /**
   * Writes one. The one before stays, so that the journal reaches back for a while at any time; unless it is of another epoch, or this one counts `alone`.
   * Returns the number of the entry from which on the journal is needed; undefined: from its beginning.
   */
  write(point: Point, changes: readonly LedgerChange[], alone: boolean): Promise<number | undefined>;
  /** Lets all go that are there. */
  clear(): Promise<void>;
}

/** What is known of one, before its body is written and after: whoever breaks off in between leaves nothing that nobody knows of. */
interface Mark extends Point {
  /** Of all that the journal writes; what another version of the product wrote is not read. */
  readonly layout: number;
  readonly at: Instant;
  readonly isWhole: boolean;
}

const layout = 2;
const prefix = 'changes-view/';
const most = 100;
const atOnce = 200;
/** One that is not whole after that never will be. */
const longestWriteMs = 10 * 60_000;
/** What another version has written is let go after that: it has been upgraded by then, or is not coming back. */
const longestForeignMs = 7 * 24 * 3_600_000;

async function* lines(changes: readonly LedgerChange[]): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < changes.length; from += atOnce) {
    yield Buffer.from(
      changes
        .slice(from, from + atOnce)
        .map((change) => `${writeChange(change)}\n`)
        .join(''),
    );
    await breathe();
  }
}

const unreadable = (): VigilError => new VigilError('INTERNAL', 'What the journal keeps of its view cannot be read by this version.');

/** Undefined for what another version has written. */
const parseMark = (text: string): Mark | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    const isMark =
      isRecord(value) &&
      value.layout === layout &&
      typeof value.epoch === 'string' &&
      Number.isSafeInteger(value.sequence) &&
      typeof value.at === 'number' &&
      typeof value.isWhole === 'boolean';
    return isMark ? (value as unknown as Mark) : undefined;
  } catch {
    return undefined;
  }
};

/** Whether another version of the product has written it so long ago. */
const isOldForeign = (text: string, now: Instant): boolean => {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) && value.layout !== layout && typeof value.at === 'number' && value.at < now - longestForeignMs;
  } catch {
    return false;
  }
};

const read = async (store: Store, key: string): Promise<readonly LedgerChange[]> => {
  const body = await store.openLarge(key);
  if (body === undefined) throw unreadable();
  const pieces: Uint8Array[] = [];
  for await (const piece of body.stream()) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parseChange(JSON.parse(line)));
};

/** Keys are in the order of the entries. */
const keyOf = (sequence: number): string => `${prefix}${String(sequence).padStart(17, '0')}-${randomBytes(6).toString('base64url')}`;

export const createCheckpoints = (store: Store, now: () => Instant): Checkpoints => {
  const drop = async (key: string): Promise<void> => {
    await store.deleteLarge(key);
    await store.delete(key);
  };
  const marks = async (): Promise<readonly { readonly key: string; readonly mark: Mark | undefined; readonly isForgotten: boolean }[]> =>
    (await store.list(prefix, { limit: most })).map(({ key, value }) => ({
      key,
      mark: parseMark(value),
      isForgotten: isOldForeign(value, now()),
    }));
  /** Where the store is not shared, nobody else is at it. */
  const isBrokenOff = ({ at, isWhole }: Mark): boolean => !isWhole && (!store.shared || at < now() - longestWriteMs);

  return {
    kept: async () => {
      const all = await marks();
      // Where the store is shared, another version may be at work beside this one.
      if (!store.shared && all.some(({ mark }) => mark === undefined)) throw unreadable();
      return all.flatMap(({ key, mark }) =>
        mark?.isWhole ? [{ point: { epoch: mark.epoch, sequence: mark.sequence }, open: () => read(store, key) }] : [],
      );
    },
    write: async (point, changes, alone) => {
      const key = keyOf(point.sequence);
      const mark: Mark = { layout, ...point, at: now(), isWhole: false };
      await store.put(key, JSON.stringify(mark));
      await store.writeLarge(key, lines(changes));
      await store.put(key, JSON.stringify({ ...mark, isWhole: true }));
      const there = await marks();
      for (const each of there) if (each.isForgotten) await drop(each.key);
      const all = there.flatMap((each) => (each.mark ? [{ key: each.key, ...each.mark }] : []));
      const kept = all.filter((each) => each.isWhole && each.epoch === point.epoch && (!alone || each.key === key)).slice(-2);
      const isOld = (each: Mark & { readonly key: string }): boolean =>
        each.isWhole ? each.epoch === point.epoch || each.sequence <= point.sequence : isBrokenOff(each);
      for (const each of all) if (!kept.includes(each) && isOld(each)) await drop(each.key);
      return alone || kept.length > 1 ? kept[0]?.sequence : undefined;
    },
    clear: async () => {
      for (const { key, mark } of await marks()) if (mark || !store.shared) await drop(key);
    },
  };
};
