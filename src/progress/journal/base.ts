import type { Checkpoints } from './checkpoints.js';
import { createRecentEntries, type Point, type RecentEntries, type RecentLimits } from './recent.js';
import type { SavedEntries } from './saved.js';
import { applyAll, type Told } from './told.js';
import { createView, type WritableView } from './view.js';
import { parseEntry, type WrittenEntry } from './wire.js';

/** What the journal in a shared store says, as far as it was read. */
export interface Base {
  readonly view: WritableView;
  readonly point: Point;
  /** Entries that lead there. */
  readonly arrived: RecentEntries;
}

/** What reads it. */
export interface BaseOptions {
  readonly saved: SavedEntries;
  readonly checkpoints: Checkpoints;
  readonly limits: RecentLimits;
  readonly worthHolding: Told['worthHolding'];
  readonly fault: (message: string, cause: unknown) => void;
}

/** What another version of the product may have written concerns nobody here: the backends are read again. */
export const parseForeign = (text: string, fault: BaseOptions['fault']): WrittenEntry => {
  try {
    return parseEntry(text);
  } catch (cause) {
    fault('an entry of the journal cannot be read; it is left out', cause);
    return { by: '', changes: [], notices: [] };
  }
};

export const emptyBase = (point: Point, limits: RecentLimits): Base => {
  const arrived = createRecentEntries(limits);
  arrived.restart(point);
  return { view: createView(), point, arrived };
};

/**
 * Takes up the journal from the oldest checkpoint from which nothing is missing, or from where it begins. Undefined: there is neither. `away`: the store
 * cannot be reached.
 */
export const readBase = async (options: BaseOptions): Promise<Base | 'away' | undefined> => {
  const { saved, checkpoints, limits, worthHolding, fault } = options;

  const readOn = async (from: Base): Promise<Base | 'away' | undefined> => {
    let base = from;
    for await (const { entries, truncated, away } of saved.pages(from.point.sequence)) {
      if (away) return 'away';
      if (truncated) return undefined;
      for (const { sequence, value } of entries) {
        const { epoch, changes } = parseForeign(value, fault);
        if (epoch !== undefined) base = emptyBase({ epoch, sequence }, limits);
        const point = { ...base.point, sequence };
        base.arrived.add({ ...point, bytes: value.length, changes: worthHolding(applyAll(base.view, changes)) });
        base = { ...base, point };
      }
    }
    return base;
  };

  const [first, kept] = await Promise.all([saved.page(0), checkpoints.kept()]);
  if (first.away) return 'away';
  const [oldest] = first.entries;
  const epoch = oldest && parseForeign(oldest.value, () => undefined).epoch;
  const beginning = oldest && epoch !== undefined ? emptyBase({ epoch, sequence: oldest.sequence }, limits) : undefined;
  // Further back than all checkpoints, unless those are of what was before.
  if (beginning && kept.every(({ point }) => point.epoch === epoch || point.sequence < beginning.point.sequence)) {
    const base = await readOn(beginning);
    if (base) return base;
  }
  let unreadable: { readonly cause: unknown } | undefined;
  for (const { point, open } of kept) {
    try {
      const base = emptyBase(point, limits);
      applyAll(base.view, await open());
      const read = await readOn(base);
      if (read) return read;
    } catch (cause) {
      // It may just have been let go, for a newer one.
      unreadable = { cause };
    }
  }
  if (unreadable) fault('no view of the journal can be read; clients that come back begin anew', unreadable.cause);
  return undefined;
};
