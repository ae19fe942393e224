import type { CallOptions, FieldSet, Instant, Listing, PartFailure, Revised } from '../../domain/index.js';

/** What the last tick read. */
export interface PolledPart<T> {
  readonly items: readonly T[];
  readonly missing: readonly PartFailure[];
  readonly fields: FieldSet;
}

/** Whether what the list does not show is gone: not where some of its objects did not come, or could not be read. */
export const isWhole = ({ missing }: Pick<Listing<unknown>, 'missing'>): boolean =>
  missing.every(({ part }) => part !== 'ALL' && part !== 'STATE');

/** A list that a loop reads again and again. */
export interface PolledList<T> {
  part(): PolledPart<T> | undefined;
  /** Returns what was read, with its revisions. */
  read(fields: FieldSet, call: CallOptions): Promise<readonly Revised<T>[]>;
  /** It may not be read: empty, with the reason. */
  fail(fields: FieldSet, failure: PartFailure): void;
  /** What was read is not true any more: nobody wants it, or it could not be read again. */
  drop(): void;
  /** Forgets what it showed before, too: the next reading is a first one. */
  reset(): void;
}

/** What a list is read with. */
export interface PolledListOptions<T> {
  readonly list: (fields: FieldSet, call: CallOptions) => Promise<Listing<T>>;
  readonly stamp: (items: readonly T[], readAt: Instant) => readonly Revised<T>[];
  /** Told of what the list showed before and shows no more, with when its reading began; absent: leaving it means nothing. */
  readonly forget?: (id: string, readAt: Instant) => void;
  /** What is known of it, whoever has read it: of that, too, is forgotten what the list does not show. */
  readonly known?: () => Iterable<string>;
  readonly now: () => Instant;
}

export const createPolledList = <T extends { readonly id: string }>({
  list,
  stamp,
  forget,
  known: knownNow = () => [],
  now,
}: PolledListOptions<T>): PolledList<T> => {
  let part: PolledPart<T> | undefined;
  /** Known before the last reading began, or seen by it: a list that is older than what was read besides must not undo that. */
  let known: ReadonlySet<string> | undefined;
  return {
    part: () => part,
    read: async (fields, call) => {
      const before = forget ? [...knownNow()] : [];
      known ??= new Set(before);
      const readAt = now();
      const listing = await list(fields, call);
      // Before the watchers are told: what they resolve next is answered from here.
      part = { ...listing, fields };
      const stamped = stamp(listing.items, readAt);
      if (!forget) return stamped;
      const present = new Set(stamped.map(({ id }) => id));
      if (!isWhole(listing)) {
        known = new Set([...known, ...present, ...before]);
        return stamped;
      }
      for (const id of known) if (!present.has(id)) forget(id, readAt);
      known = new Set([...present, ...before]);
      return stamped;
    },
    fail: (fields, failure) => {
      part = { items: [], missing: [failure], fields };
    },
    drop: () => {
      part = undefined;
    },
    reset: () => {
      part = undefined;
      known = undefined;
    },
  };
};
