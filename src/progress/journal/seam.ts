import type { Instant } from '../../domain/index.js';
import type { LedgerChange } from '../watch/ledger.js';
import { sameFields } from '../watch/merge-readings.js';
import type { Entry, Point, Published } from './recent.js';
import type { Shown, WritableView } from './view.js';
import { backendKeyOf, idOf, kindOf } from './wire.js';

/** Where what was told while the journal could not be followed, and what it says, come together. */
export interface Seam {
  /** From what was told back to where the journal stood before the entries that have arrived: told to nobody, undone and replayed by who comes back. */
  readonly changes: readonly Published[];
  /** From what was told to where the journal stands now, for the view; of those, what is news to the watches. */
  readonly steps: readonly LedgerChange[];
  readonly news: readonly LedgerChange[];
  /**
   * Revisions grow for whoever is told, and clients drop what has a lower one than theirs. Of what the journal says under one that has been told here for
   * something else, or outdone: the same under one that is late enough, for others that have told the same as well. Has to be written before anything of the
   * journal is told here.
   */
  readonly lifts: readonly LedgerChange[];
}

const isSame = (one: Shown | undefined, other: Shown | undefined): boolean =>
  one === other || (one !== undefined && other !== undefined && sameFields(one, other) && sameFields(other, one));

/** The change to a former state of an object. */
const backTo = (change: LedgerChange, value: Shown | undefined, readAt: number): LedgerChange => {
  const kind = kindOf(change);
  if (!value) return { kind: `${kind}-gone`, id: idOf(change), backendKey: backendKeyOf(change), readAt };
  // The value is one of an object of that kind.
  return { kind, value, stirs: true, readAt } as LedgerChange;
};

/** Objects in which two views differ, each as a change of one of them. */
export const differences = (one: WritableView, other: WritableView): ReadonlyMap<string, LedgerChange> => {
  const different = new Map<string, LedgerChange>();
  for (const [view, counterpart] of [
    [one, other],
    [other, one],
  ] as const)
    for (const change of view.all())
      if ('value' in change && counterpart.held(change.kind, change.value.id) !== change.value) different.set(change.value.id, change);
  return different;
};

const under = (revision: number, change: LedgerChange): LedgerChange =>
  // The value stays one of its kind.
  'value' in change ? ({ ...change, value: { ...change.value, revision } } as LedgerChange) : change;

/** The same under a revision above what was told of the object; what only fills in more, under one that is not below. */
export const above = (told: WritableView, change: LedgerChange): LedgerChange => {
  const here = told.held(kindOf(change), idOf(change));
  if (!('value' in change) || !here) return change;
  const least = change.fills ? here.revision : here.revision + 1;
  return change.value.revision < least ? under(least, change) : change;
};

/**
 * What was read of the journal since it could be followed again, told to nobody yet, and should be now: it is out of reach once more. `top`: what is known
 * here on top of it.
 */
export const unheardOf = (told: WritableView, log: WritableView, top: (id: string) => LedgerChange | undefined): readonly LedgerChange[] =>
  [...differences(told, log)].flatMap(([id, change]) => {
    const kind = kindOf(change);
    const known = top(id) ?? log.changeTo(kind, id, backendKeyOf(change));
    if (!('value' in known)) return told.held(kind, id) === undefined ? [] : [known];
    if (isSame(told.held(kind, id), known.value)) return [];
    // To the watches it is news, however it was learnt.
    const { fills: _fills, ...news } = known;
    return [news as LedgerChange];
  });

export const seamOf = (told: WritableView, log: WritableView, arrived: readonly Entry[], now: Instant): Seam => {
  const objects = new Map(differences(told, log));
  /** How the journal showed what it has told of since. */
  const former = new Map<string, Shown | undefined>();
  for (const { change, before } of arrived.flatMap(({ changes }) => changes)) {
    const id = idOf(change);
    if (!former.has(id)) former.set(id, before);
    if (!objects.has(id)) objects.set(id, change);
  }
  const changes: Published[] = [];
  const steps: LedgerChange[] = [];
  const news: LedgerChange[] = [];
  const lifts: LedgerChange[] = [];
  for (const [id, change] of objects) {
    const kind = kindOf(change);
    const [here, there] = [told.held(kind, id), log.held(kind, id)];
    const then = former.has(id) ? former.get(id) : there;
    if (!isSame(here, then)) changes.push({ change: backTo(change, then, change.readAt), before: here });
    if (here === there) continue;
    const step = log.changeTo(kind, id, backendKeyOf(change));
    const isNews = !isSame(here, there);
    steps.push(step);
    if (isNews) news.push(step);
    if (!here || !there) continue;
    const least = isNews ? here.revision + 1 : here.revision;
    if (there.revision < least) lifts.push({ ...under(Math.max(least, now), step), stirs: false, fills: true } as LedgerChange);
  }
  return { changes, steps, news, lifts };
};

export const seamEntry = (point: Point, changes: readonly Published[]): Entry => ({ ...point, bytes: 0, changes, seam: true });
