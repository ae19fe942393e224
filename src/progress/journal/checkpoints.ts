import { setImmediate as breathe } from 'node:timers/promises';
import { VigilError } from '../../errors.js';
import type { Store } from '../../store/store.js';
import type { LedgerChange } from '../watch/ledger.js';
import { isRecord, parseChange, writeChange } from './wire.js';

/** Where a restart begins. */
export interface Checkpoint {
  readonly epoch: string;
  /** Number of the last entry that is in it; the journal has to reach back to it. */
  readonly sequence: number;
  /** What leads to the view as it was then. */
  readonly changes: readonly LedgerChange[];
}

/** The whole view as it was at some moment, so that the journal need not be kept from its beginning. */
export interface Checkpoints {
  /** Numbers of those kept, the one a restart begins with first. */
  kept(): readonly number[];
  /**
   * Writes one. The one before stays, and is what a restart begins with: so the journal reaches back for a while at any time. Unless it is of another
   * epoch, or `alone`: then nothing of before counts any more.
   */
  write(checkpoint: Checkpoint, alone: boolean): Promise<void>;
  /** What a restart begins with. Throws for what cannot be read. */
  load(): Promise<Checkpoint | undefined>;
}

/** What there is, in one value, so that it changes as one. */
interface Head {
  /** Of the layout of all that the journal writes; what another version of the product wrote is not read. */
  readonly layout: number;
  readonly epoch: string;
  readonly kept: readonly number[];
  /** Bodies to be deleted: of a write that was broken off, or no longer needed. */
  readonly litter: readonly string[];
}

const layout = 1;
const headKey = 'changes-view/head';
const atOnce = 200;
const bodyOf = (epoch: string, sequence: number): string => `changes-view/${epoch}/${sequence}`;

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

const parseHead = (text: string): Head => {
  const value: unknown = JSON.parse(text);
  const isHead =
    isRecord(value) &&
    value.layout === layout &&
    typeof value.epoch === 'string' &&
    Array.isArray(value.kept) &&
    value.kept.every(Number.isSafeInteger) &&
    Array.isArray(value.litter);
  if (!isHead) throw unreadable();
  return value as unknown as Head;
};

export const createCheckpoints = (store: Store): Checkpoints => {
  let head: Head | undefined;

  const save = async (next: Head): Promise<void> => {
    await store.put(headKey, JSON.stringify(next));
    head = next;
  };
  const sweep = async (): Promise<void> => {
    for (const body of head?.litter ?? []) await store.deleteLarge(body);
  };

  return {
    kept: () => head?.kept ?? [],
    write: async ({ epoch, sequence, changes }, alone) => {
      await sweep();
      const before = head ?? { layout, epoch, kept: [], litter: [] };
      const body = bodyOf(epoch, sequence);
      const outlasts = (each: number): boolean => before.epoch === epoch && each < sequence && !alone;
      // Known as litter until it is complete: a crash leaves nothing behind that nobody knows of.
      if (!(before.epoch === epoch && before.kept.includes(sequence))) {
        if (head) await save({ ...before, litter: [body] });
        await store.writeLarge(body, lines(changes));
      }
      const kept = [...before.kept.filter(outlasts).slice(-1), sequence];
      const bodies = before.kept.map((each) => bodyOf(before.epoch, each));
      const needed = new Set(kept.map((each) => bodyOf(epoch, each)));
      await save({ layout, epoch, kept, litter: bodies.filter((each) => !needed.has(each)) });
      await sweep();
    },
    load: async () => {
      const text = await store.get(headKey);
      if (text === undefined) return undefined;
      head = parseHead(text);
      await sweep();
      const [sequence] = head.kept;
      const body = sequence === undefined ? undefined : await store.openLarge(bodyOf(head.epoch, sequence));
      if (sequence === undefined || body === undefined) throw unreadable();
      const pieces: Uint8Array[] = [];
      for await (const piece of body.stream()) pieces.push(Uint8Array.from(piece));
      const changes = Buffer.concat(pieces)
        .toString('utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => parseChange(JSON.parse(line)));
      return { epoch: head.epoch, sequence, changes };
    },
  };
};
