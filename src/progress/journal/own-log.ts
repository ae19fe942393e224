import type { LedgerChange } from '../watch/ledger.js';
import { type Log, type LogOptions, newEpoch } from './log.js';
import { createViewSaver } from './save-view.js';
import { applyAll } from './told.js';
import { isLasting, parseEntry, writeEntry } from './wire.js';

/** The journal of the one instance that uses the store. What cannot be written is told all the same. */
export const createOwnLog = ({ instance, saved, checkpoints, pending, told, loaded, limits, fault }: LogOptions): Log => {
  const { view, recent } = told;
  let pumping: Promise<void> | undefined;
  const saver = createViewSaver({
    limits,
    fault,
    write: async (alone) => {
      const point = told.point();
      const needed = await checkpoints.write(point, view.lasting(), alone);
      if (needed !== undefined) await saved.trim(needed);
      return point.sequence;
    },
  });

  const hold = (sequence: number, bytes: number, changes: readonly LedgerChange[]): void => {
    const published = applyAll(view, changes);
    told.stand({ ...told.point(), sequence });
    recent.add({ ...told.point(), bytes, changes: told.worthHolding(published) });
    saver.count(sequence, bytes);
  };

  /** Cursors handed out so far mean nothing any more: what came in between is in no entry. */
  const beginAnew = (epoch: string, sequence: number): void => {
    told.stand({ epoch, sequence });
    recent.restart(told.point());
    saver.breakOff();
  };

  /** What cannot be written is told all the same; but then nobody can be told it again. */
  const publish = async (changes: readonly LedgerChange[]): Promise<void> => {
    const lasting = changes.filter(isLasting);
    const text = writeEntry({ by: instance, changes: lasting, notices: [] });
    let sequence: number | undefined;
    let failure: { readonly cause: unknown } | undefined;
    try {
      if (lasting.length > 0) sequence = await saved.append(text);
    } catch (cause) {
      failure = { cause };
    }
    // From here on in one turn: who asks in between would be told half of it.
    if (sequence === undefined) applyAll(view, changes);
    else hold(sequence, text.length, changes);
    if (failure) {
      beginAnew(newEpoch(), told.point().sequence);
      fault('changes could not be written into the journal; clients that come back begin anew', failure.cause);
    }
    told.tell(changes);
    pending.written();
    saver.saveIfDue();
  };

  const pump = async (): Promise<void> => {
    // What one reading changes is written as one.
    await Promise.resolve();
    while (!pending.isEmpty()) await publish(pending.take().changes);
  };
  const wake = (): void => {
    pumping ??= pump().finally(() => {
      pumping = undefined;
      if (!pending.isEmpty()) wake();
    });
  };

  /** Returns whether clients may go on from where they were. */
  const takeUp = async (): Promise<boolean> => {
    const [base] = await checkpoints.kept();
    if (!base) return false;
    applyAll(view, await base.open());
    told.stand(base.point);
    recent.restart(base.point);
    let isWhole = true;
    for await (const { entries, truncated } of saved.pages(base.point.sequence)) {
      isWhole &&= !truncated;
      for (const { sequence, value } of entries) hold(sequence, value.length, parseEntry(value).changes);
    }
    return isWhole;
  };

  /** Writes down that the journal begins here: what is before it in the store is not looked at again. */
  const begin = async (): Promise<void> => {
    const epoch = newEpoch();
    beginAnew(epoch, await saved.append(writeEntry({ by: instance, epoch, changes: [], notices: [] })));
    await checkpoints.clear();
    await saver.save();
  };

  return {
    load: async () => {
      let resumes = false;
      try {
        resumes = await takeUp();
      } catch (cause) {
        fault('the journal of changes cannot be read; clients that come back begin anew', cause);
        view.clear();
      }
      if (!resumes) await begin();
      loaded();
    },
    wake,
    // Nobody else leads anything.
    discard: () => undefined,
    reach: async () => undefined,
    dispose: async () => {
      await pumping;
      await saver.settle();
    },
  };
};
