import { setImmediate as breathe } from 'node:timers/promises';
import type { Store } from '../../store/store.js';
import type { LedgerChange } from '../watch/ledger.js';
import { parseChange, writeChange } from './wire.js';

/** The whole view as it was at some moment, so that the journal need not be kept from its beginning. */
export interface Checkpoints {
  /** Sequence number of the one a restart begins with; everything after it has to stay in the journal. Undefined: there is none. */
  base(): number | undefined;
  /** Writes one; the one before the last becomes the base, so that the journal reaches back for a while at any time. */
  write(sequence: number, changes: readonly LedgerChange[]): Promise<void>;
  /** What leads to the view at the base. */
  load(): Promise<{ readonly sequence: number; readonly changes: readonly LedgerChange[] } | undefined>;
}

const pointer = 'changes-view/kept';
const bodyOf = (sequence: number): string => `changes-view/${sequence}`;
const atOnce = 200;

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

const parsePointer = (text: string | undefined): readonly number[] => {
  const found: unknown = text === undefined ? [] : JSON.parse(text);
  return Array.isArray(found) ? found.filter((each): each is number => typeof each === 'number') : [];
};

export const createCheckpoints = (store: Store): Checkpoints => {
  let kept: readonly number[] = [];

  return {
    base: () => kept[0],
    write: async (sequence, changes) => {
      await store.writeLarge(bodyOf(sequence), lines(changes));
      const leaving = kept.slice(0, -1).filter((each) => each !== sequence);
      kept = [...kept.slice(-1).filter((each) => each !== sequence), sequence];
      await store.put(pointer, JSON.stringify(kept));
      for (const old of leaving) await store.deleteLarge(bodyOf(old));
    },
    load: async () => {
      kept = parsePointer(await store.get(pointer));
      const [sequence] = kept;
      const body = sequence === undefined ? undefined : await store.openLarge(bodyOf(sequence));
      if (sequence === undefined || body === undefined) return undefined;
      const pieces: Uint8Array[] = [];
      for await (const piece of body.stream()) pieces.push(Uint8Array.from(piece));
      const text = Buffer.concat(pieces).toString('utf8');
      return {
        sequence,
        changes: text
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => parseChange(JSON.parse(line))),
      };
    },
  };
};
