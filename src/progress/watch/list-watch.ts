import type { Backend, Revised } from '../../domain/index.js';
import type { CountedStep } from '../hub.js';

/** What a list watch is made from. */
export interface ListWatchOptions<T, S> {
  /** Whether an object belongs to the list now. */
  readonly matches: (value: Revised<T>) => boolean;
  readonly stateOf: (value: Revised<T>) => S;
  /** Starts watching: from then on `touch`, `forget` and `touchBackend` are called. Resolves when `current` is true enough to begin with. */
  readonly begin: () => Promise<void>;
  readonly current: () => readonly Revised<T>[];
  readonly backends: () => readonly Backend[];
  /** False: the snapshot is not sent; the list is known to the client already. */
  readonly snapshot: boolean;
  /** Names where the watch stands now. */
  readonly cursor: () => string;
  /** Of a part of a step that is not its last. */
  readonly unfinished: () => string;
  /** What was told since the client heard last, as `rewind` and `replay` give it to the watch; undefined: it begins anew. Asked once, after `begin`. */
  readonly resume: () => Resumption | undefined;
  /** Called once, when the watch is over. */
  readonly end: () => void;
}

/** How a watch is brought to where its client stands, and from there to now. */
export interface Resumption {
  /** The client has its list from a query: that may show what was first seen, and gone again, since the cursor. */
  readonly joins: boolean;
  /** What an object was before the changes that the client has not heard of; calls back for each, the latest first. */
  rewind(tell: (id: string, before: unknown) => void): void;
  /** Feeds the changes to the watch. */
  replay(): void;
}

/** A watched list: an iterator of steps, and the hands that feed it. */
export interface ListWatch<T, S> extends AsyncIterableIterator<CountedStep<T, S>> {
  touch(value: Revised<T>): void;
  forget(id: string): void;
  touchBackend(backend: Backend): void;
}

/** Objects in one message. */
const partSize = 100;

/** What happened to one object since the last step: the latest is all that counts, so a slow client costs no more than one entry an object. */
interface Touched<T> {
  readonly latest: Revised<T> | undefined;
  /** It belonged to the list at some moment since: its end must be told even if it came and went between two steps. */
  readonly matched: boolean;
}

export const createListWatch = <T extends { readonly id: string }, S>(options: ListWatchOptions<T, S>): ListWatch<T, S> => {
  const { matches, stateOf, begin, current, backends, snapshot, cursor, unfinished, resume, end } = options;
  const members = new Map<string, S>();
  /** What the client has in its list. */
  const sent = new Set<string>();
  let touched = new Map<string, Touched<T>>();
  let touchedBackends = new Set<Backend>();
  let parts: CountedStep<T, S>[] | undefined;
  let over = false;
  let wake: (() => void) | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const notify = (): void => {
    wake?.();
    wake = undefined;
  };

  const counts = (): CountedStep<T, S>['stateCounts'] => {
    const byState = new Map<S, number>();
    for (const state of members.values()) byState.set(state, (byState.get(state) ?? 0) + 1);
    return [...byState].map(([state, count]) => ({ state, count }));
  };

  const step = (news: Partial<CountedStep<T, S>>): CountedStep<T, S> => ({
    cursor: cursor(),
    reset: false,
    synced: true,
    added: [],
    changed: [],
    left: [],
    forgotten: [],
    backends: [],
    stateCounts: counts(),
    ...news,
  });

  /** The same in messages of a fit size. Whoever was cut off between them has no place in the journal, and begins anew. */
  const inParts = (whole: CountedStep<T, S>): CountedStep<T, S>[] => {
    const { added, changed } = whole;
    const size = added.length + changed.length;
    if (size <= partSize) return [whole];
    return Array.from({ length: Math.ceil(size / partSize) }, (_, index): CountedStep<T, S> => {
      const [from, to] = [index * partSize, (index + 1) * partSize];
      return {
        ...(index === 0 ? whole : step({})),
        ...(to < size ? { cursor: unfinished(), synced: false } : { cursor: whole.cursor }),
        added: added.slice(from, to),
        changed: changed.slice(Math.max(0, from - added.length), Math.max(0, to - added.length)),
      };
    });
  };

  const takeSnapshot = (): CountedStep<T, S>[] => {
    touched = new Map();
    touchedBackends = new Set();
    const values = current().filter(matches);
    for (const value of values) {
      members.set(value.id, stateOf(value));
      sent.add(value.id);
    }
    return inParts(step({ reset: true, backends: backends(), added: snapshot ? values : [] }));
  };

  const flush = (joins = false): CountedStep<T, S> | undefined => {
    const news = { added: [] as Revised<T>[], changed: [] as Revised<T>[], left: [] as Revised<T>[], forgotten: [] as string[] };
    for (const [id, { latest, matched }] of touched) {
      const had = sent.has(id);
      const has = members.has(id);
      if (has && latest) (had ? news.changed : news.added).push(latest);
      else if (!latest) (had || (joins && matched)) && news.forgotten.push(id);
      else if (had || matched) news.left.push(latest);
      if (has) sent.add(id);
      else sent.delete(id);
    }
    const health = [...touchedBackends];
    touched = new Map();
    touchedBackends = new Set();
    const empty = health.length + news.added.length + news.changed.length + news.left.length + news.forgotten.length === 0;
    return empty ? undefined : step({ ...news, backends: health });
  };

  /** The list as the client knows it, and what has happened to it since as one step; the client hears in any case that it is up to date. */
  const catchUp = ({ joins, rewind, replay }: Resumption): CountedStep<T, S> => {
    touched = new Map();
    touchedBackends = new Set();
    for (const value of current()) if (matches(value)) members.set(value.id, stateOf(value));
    rewind((id, before) => {
      const value = before as Revised<T> | undefined;
      if (value && matches(value)) members.set(id, stateOf(value));
      else members.delete(id);
    });
    for (const id of members.keys()) sent.add(id);
    replay();
    return { ...(flush(joins) ?? step({})), backends: backends() };
  };

  const pull = async (): Promise<IteratorResult<CountedStep<T, S>>> => {
    if (!parts && !over) {
      await begin();
      const resumption = resume();
      parts = resumption ? inParts(catchUp(resumption)) : takeSnapshot();
    }
    for (;;) {
      if (over) return { done: true, value: undefined };
      const part = parts?.shift();
      if (part) return { done: false, value: part };
      const news = flush();
      if (news) {
        parts = inParts(news);
        continue;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };

  const finish = (): void => {
    if (over) return;
    over = true;
    end();
    notify();
  };

  return {
    touch: (value) => {
      const matched = matches(value);
      if (!matched && !members.has(value.id) && !touched.has(value.id)) return;
      if (matched) members.set(value.id, stateOf(value));
      else members.delete(value.id);
      touched.set(value.id, { latest: value, matched: matched || (touched.get(value.id)?.matched ?? false) });
      notify();
    },
    forget: (id) => {
      if (!members.delete(id) && !touched.has(id) && !sent.has(id)) return;
      touched.set(id, { latest: undefined, matched: touched.get(id)?.matched ?? false });
      notify();
    },
    touchBackend: (backend) => {
      touchedBackends.add(backend);
      notify();
    },
    next: () => {
      // One at a time: two calls at once must not share a step.
      const result = turn.then(pull);
      turn = result.catch(finish);
      return result;
    },
    return: async () => {
      finish();
      return { done: true, value: undefined };
    },
    throw: async (error) => {
      finish();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
};
