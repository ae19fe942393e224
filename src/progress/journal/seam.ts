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
  /** Of those, what has another revision than the journal says: that was outdone by what was told. */
  readonly raised: readonly LedgerChange[];
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

/** Revisions grow for whoever is told. */
const above = (change: LedgerChange, revision: number): LedgerChange =>
  // The value stays one of its kind.
  'value' in change && change.value.revision <= revision
    ? ({ ...change, value: { ...change.value, revision: revision + 1 } } as LedgerChange)
    : change;

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

export const seamOf = (told: WritableView, log: WritableView, arrived: readonly Entry[]): Seam => {
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
  const raised: LedgerChange[] = [];
  for (const [id, change] of objects) {
    const kind = kindOf(change);
    const [here, there] = [told.held(kind, id), log.held(kind, id)];
    const then = former.has(id) ? former.get(id) : there;
    if (!isSame(here, then)) changes.push({ change: backTo(change, then, change.readAt), before: here });
    if (here === there) continue;
    const isNews = !isSame(here, there);
    const step = log.changeTo(kind, id, backendKeyOf(change));
    const grown = isNews && here ? above(step, here.revision) : step;
    steps.push(grown);
    if (isNews) news.push(grown);
    if (grown !== step) raised.push(grown);
  }
  return { changes, steps, news, raised };
};

export const seamEntry = (point: Point, changes: readonly Published[]): Entry => ({ ...point, bytes: 0, changes, seam: true });
