import type { LedgerChange } from '../watch/ledger.js';
import { createRecentEntries, type Point, type Published, type RecentEntries, type RecentLimits } from './recent.js';
import { createView, type WritableView } from './view.js';
import { backendKeyOf, isLasting, isNews } from './wire.js';

/** What the watches of this instance were told: what they look at, and up to where. */
export interface Told {
  readonly view: WritableView;
  readonly recent: RecentEntries;
  /** Where the view stands. */
  point(): Point;
  stand(point: Point): void;
  /** Of changes that were written as one: those that clients who come back are told. */
  worthHolding(changes: readonly Published[]): readonly Published[];
  /** Tells the watches, when the view shows the changes already. */
  tell(changes: readonly LedgerChange[]): void;
  listen(listener: (change: LedgerChange) => void): () => void;
}

/** How it is made. */
export interface ToldOptions {
  readonly limits: RecentLimits;
  /** Whether such a backend is configured: the others' changes concern nobody here. */
  readonly isKnown: (backendKey: string) => boolean;
  readonly fault: (message: string, cause: unknown) => void;
}

/** Takes changes in; gives them with what was shown before. */
export const applyAll = (view: WritableView, changes: readonly LedgerChange[]): readonly Published[] =>
  changes.map((change) => ({ change, before: view.apply(change) }));

export const createTold = ({ limits, isKnown, fault }: ToldOptions): Told => {
  const view = createView();
  const recent = createRecentEntries(limits);
  const listeners = new Set<(change: LedgerChange) => void>();
  let point: Point = { epoch: '', sequence: 0 };

  const isOfInterest = (change: LedgerChange): boolean => isNews(change) && isKnown(backendKeyOf(change));
  const call = (listener: (change: LedgerChange) => void, change: LedgerChange): void => {
    try {
      listener(change);
    } catch (cause) {
      fault('a watch could not be told of a change', cause);
    }
  };

  return {
    view,
    recent,
    point: () => point,
    stand: (next) => {
      point = next;
    },
    worthHolding: (changes) => changes.filter(({ change }) => isLasting(change) && isOfInterest(change)),
    tell: (changes) => {
      for (const change of changes.filter(isOfInterest)) for (const listener of listeners) call(listener, change);
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};
