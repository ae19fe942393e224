import type { Revised } from '../../domain/index.js';
import type { ListStep } from '../hub.js';

/** What happens to the objects of a list, as those tell it who see it. */
export interface ListFeed<T> {
  touch(value: Revised<T>): void;
  forget(id: string): void;
}

/** The objects that a step tells of. */
export type ListNews<T> = Pick<ListStep<T>, 'added' | 'changed' | 'left' | 'forgotten'>;

/** A list with what has happened to it since it was last told. */
export interface ListChanges<T> extends ListFeed<T> {
  /** What belongs to the list, as it was touched last. */
  readonly members: ReadonlyMap<string, Revised<T>>;
  /**
   * What was not told yet; undefined: nothing. `joins`: who is told may have its list from a query, which shows what was first seen, and gone again, since its
   * cursor.
   */
  flush(joins?: boolean): ListNews<T> | undefined;
}

/** What happened to one object since it was last told: the latest is all that counts, so a slow client costs no more than one entry an object. */
interface Touched<T> {
  readonly latest: Revised<T> | undefined;
  /** It belonged to the list at some moment since: its end must be told even if it came and went in between. */
  readonly matched: boolean;
  /** How it ended, when it was forgotten after that: the end is told all the same. */
  readonly ended?: Revised<T> | undefined;
}

/** `first`: what the list holds to begin with, and has been told of. */
export const createListChanges = <T extends { readonly id: string }>(
  matches: (value: Revised<T>) => boolean,
  first: Iterable<Revised<T>>,
): ListChanges<T> => {
  const members = new Map<string, Revised<T>>();
  for (const value of first) members.set(value.id, value);
  /** What the client has in its list. */
  const sent = new Set(members.keys());
  let touched = new Map<string, Touched<T>>();

  return {
    members,
    touch: (value) => {
      const matched = matches(value);
      if (!matched && !members.has(value.id) && !touched.has(value.id)) return;
      if (matched) members.set(value.id, value);
      else members.delete(value.id);
      touched.set(value.id, { latest: value, matched: matched || (touched.get(value.id)?.matched ?? false) });
    },
    forget: (id) => {
      const before = touched.get(id);
      const isMember = members.delete(id);
      if (!isMember && !before && !sent.has(id)) return;
      const ended = before && !isMember && (sent.has(id) || before.matched) ? (before.latest ?? before.ended) : undefined;
      touched.set(id, { latest: undefined, matched: before?.matched ?? false, ended });
    },
    flush: (joins = false) => {
      const news = { added: [] as Revised<T>[], changed: [] as Revised<T>[], left: [] as Revised<T>[], forgotten: [] as string[] };
      for (const [id, { latest, matched, ended }] of touched) {
        const had = sent.has(id);
        const has = members.has(id);
        if (has && latest) (had ? news.changed : news.added).push(latest);
        else if (!latest) {
          if (ended) news.left.push(ended);
          else if (had || (joins && matched)) news.forgotten.push(id);
        } else if (had || matched) news.left.push(latest);
        if (has) sent.add(id);
        else sent.delete(id);
      }
      touched = new Map();
      const count = news.added.length + news.changed.length + news.left.length + news.forgotten.length;
      return count > 0 ? news : undefined;
    },
  };
};
