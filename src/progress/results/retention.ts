import type { Instant } from '../../domain/index.js';
import type { Bodies } from './bodies.js';
import type { ByteBudget } from './byte-budget.js';
import type { Entry, ShelfOfRecords } from './shelf.js';

/** Keeps results and records within their bounds. */
export interface Retention {
  /** Lets go of results that are too old, and of the oldest beyond the bound in bytes: their records say that they were here. */
  prune(): Promise<void>;
  /** Drops the oldest ended records beyond the bound, those without a result first; never one that has not ended. */
  shrink(): Promise<void>;
}

/** The bounds. */
export interface RetentionOptions {
  readonly shelf: ShelfOfRecords;
  readonly bodies: Bodies;
  readonly retentionMs: number;
  readonly budget: ByteBudget;
  readonly maxRecords: number;
  readonly now: () => Instant;
}

const receivedAt = ({ record }: Entry): Instant => record.result.receivedAt ?? 0;
const hasResult = ({ record }: Entry): boolean => record.result.state === 'AVAILABLE';

export const createRetention = ({ shelf, bodies, budget, retentionMs, maxRecords, now }: RetentionOptions): Retention => {
  /** First the word, then the deed: what is half deleted must not be promised. */
  const expire = async (entry: Entry): Promise<void> => {
    await shelf.amend(entry, (record) => ({ ...record, result: { ...record.result, state: 'EXPIRED', leaving: true } }));
    await bodies.delete(entry.record);
    await shelf.amend(entry, (record) => ({ ...record, result: { ...record.result, leaving: false } }));
  };

  budget.join(() =>
    [...shelf.all()].filter(hasResult).map((entry) => ({
      receivedAt: receivedAt(entry),
      bytes: entry.record.result.bytes ?? 0,
      expire: () => expire(entry),
    })),
  );

  /** Least worth first. */
  const droppable = (): readonly Entry[] =>
    [...shelf.all()]
      .filter(({ record }) => record.end !== null)
      .sort((left, right) => Number(hasResult(left)) - Number(hasResult(right)) || left.record.firstSeenAt - right.record.firstSeenAt);

  let turn: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const own = turn.then(work);
    turn = own.catch(() => undefined);
    return own;
  };

  return {
    prune: () =>
      inTurn(async () => {
        const oldest = now() - retentionMs;
        const all = [...shelf.all()];
        for (const entry of all)
          if (entry.record.result.leaving === true || (hasResult(entry) && receivedAt(entry) < oldest)) await expire(entry);
        await budget.prune();
      }),
    shrink: () =>
      inTurn(async () => {
        const surplus = shelf.size() - maxRecords;
        if (surplus <= 0) return;
        for (const entry of droppable().slice(0, surplus)) {
          if (entry.record.result.state !== 'NONE') await bodies.delete(entry.record);
          await shelf.drop(entry);
        }
      }),
  };
};
