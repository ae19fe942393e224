import { isDeepStrictEqual } from 'node:util';
import { type Instant, isFinal, type Revised, type Task } from '../../domain/index.js';
import type { LedgerChange } from '../watch/ledger.js';
import { isOneObject, knowsMore, merge, sameButEstimates, sameFields } from '../watch/merge-readings.js';
import type { Shown } from './view.js';

/*
 * What this instance has read of an object and not written yet, put on top of what others have written of it meanwhile.
 */

type Valued = Extract<LedgerChange, { readonly value: unknown }>;

const shownBy = (change: LedgerChange): Shown | undefined => ('value' in change ? change.value : undefined);

const endOf = (change: Valued): Task['state'] | undefined =>
  change.kind === 'task' && isFinal(change.value.state) ? change.value.state : undefined;

/** `top`, with what `mine` says otherwise than `base`, on which it was made: what it only took over from there may be old by now. */
const onTop = <T extends object>(top: T, mine: T, base: T | undefined): T => {
  const merged: T = { ...top };
  for (const key of Object.keys(mine) as (keyof T)[]) {
    const [value, before, there] = [mine[key], base?.[key], top[key]];
    if (value === undefined || isDeepStrictEqual(value, before)) continue;
    merged[key] = isOneObject(there, value)
      ? (onTop(there as object, value as object, isOneObject(before, value) ? (before as object) : undefined) as T[keyof T])
      : value;
  }
  return merged;
};

const withValue = (change: Valued, value: Shown, facts: Pick<Valued, 'stirs' | 'fills'>): LedgerChange => {
  const { fills: _fills, remote: _remote, ...rest } = change;
  // The value is made from those of two changes of one object.
  return { ...rest, ...facts, value } as LedgerChange;
};

/** What is there keeps its revision when only more is known than before, unless that was to be lifted. */
const newsOver = (there: Shown, mine: Valued, merged: Shown): LedgerChange | undefined => {
  if (!sameFields(there, merged)) {
    const revision = Math.max(mine.value.revision, there.revision + 1);
    return withValue(mine, { ...merged, revision }, { stirs: !sameButEstimates(there, merged) });
  }
  const revision = mine.fills ? Math.max(mine.value.revision, there.revision) : there.revision;
  if (revision === there.revision && !knowsMore(there, merged)) return undefined;
  return withValue(mine, { ...merged, revision }, { stirs: false, fills: true });
};

/** Says of `base` nothing but a later revision: it is no reading, and outdoes none. */
const isLift = (change: LedgerChange, base: Shown | undefined): boolean =>
  'value' in change &&
  change.fills === true &&
  base !== undefined &&
  change.value.revision > base.revision &&
  sameFields(base, change.value) &&
  !knowsMore(base, change.value);

const over = (top: LedgerChange, mine: LedgerChange, base: Shown | undefined, since: Instant): LedgerChange | undefined => {
  if (!('value' in top))
    return 'value' in mine && !isLift(mine, base) && since <= mine.readAt ? withValue(mine, mine.value, { stirs: true }) : undefined;
  if (!('value' in mine)) return since <= mine.readAt || isLift(top, base) ? mine : undefined;
  const [there, own]: [Shown, Shown] = [top.value, mine.value];
  const [theirEnd, myEnd] = [endOf(top), endOf(mine)];
  // The first end is the one that counts, and nothing comes after it.
  if (theirEnd !== undefined && theirEnd !== myEnd) return undefined;
  const endsIt = myEnd !== undefined && theirEnd === undefined;
  // A later reading is right in everything; what only this one asked for it does not know.
  if (since > mine.readAt && !endsIt && !isLift(top, base)) return newsOver(there, mine, merge<Revised<Shown>>(own, there));
  return newsOver(there, mine, onTop<Shown>(there, own, base));
};

/**
 * `mine`: changes of one object, in order, made on top of `base`. `theirs`: what the journal says of it by now. Gives for each what remains of it; nothing
 * when it tells no news any more, or is outdone.
 */
export const rebase = (
  mine: readonly LedgerChange[],
  base: Shown | undefined,
  theirs: LedgerChange,
): readonly (LedgerChange | undefined)[] => {
  let [top, under] = [theirs, base];
  return mine.map((change) => {
    const rebased = over(top, change, under, theirs.readAt);
    under = shownBy(change);
    top = rebased ?? top;
    return rebased;
  });
};
