import type { Backend, FollowedStream, Revised } from '../../domain/index.js';
import type { CountedStep } from '../hub.js';
import { joinListSteps, weighListStep } from './join-steps.js';

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
  readonly cursor: () => string;
  /** Called once, when the watch is over. */
  readonly end: () => void;
}

/** A watched list: an iterator of steps, which many may follow, and the hands that feed it. */
export interface ListWatch<T, S> extends FollowedStream<CountedStep<T, S>> {
  touch(value: Revised<T>): void;
  forget(id: string): void;
  touchBackend(backend: Backend): void;
}

/** Objects in one part of a snapshot. */
const partSize = 100;

/** What happened to one object since the last step: the latest is all that counts, so a slow client costs no more than one entry an object. */
interface Touched<T> {
  readonly latest: Revised<T> | undefined;
  /** It belonged to the list at some moment since: its end must be told even if it came and went between two steps. */
  readonly matched: boolean;
  /** How it ended, when it was forgotten after that: the end is told all the same. */
  readonly ended?: Revised<T> | undefined;
}

export const createListWatch = <T extends { readonly id: string }, S>(options: ListWatchOptions<T, S>): ListWatch<T, S> => {
  const { matches, stateOf, begin, current, backends, snapshot, cursor, end } = options;
  /** What belongs to the list, as it was touched last. */
  const members = new Map<string, Revised<T>>();
  /** What the client has in its list. */
  const sent = new Set<string>();
  let touched = new Map<string, Touched<T>>();
  let touchedBackends = new Set<Backend>();
  /** Steps that are made and not taken yet; undefined until the watch has begun. */
  let ready: CountedStep<T, S>[] | undefined;
  /** Steps made so far. */
  let made = 0;
  let over = false;
  let hasBegun: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    hasBegun = resolve;
  });
  let wake: (() => void) | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const notify = (): void => {
    wake?.();
    wake = undefined;
  };

  const counts = (): CountedStep<T, S>['stateCounts'] => {
    const byState = new Map<S, number>();
    for (const value of members.values()) byState.set(stateOf(value), (byState.get(stateOf(value)) ?? 0) + 1);
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

  const snapshotOf = (values: readonly Revised<T>[]): CountedStep<T, S>[] => {
    const first = { reset: true, backends: backends() };
    if (!snapshot || values.length === 0) return [step(first)];
    const found: CountedStep<T, S>[] = [];
    for (let from = 0; from < values.length; from += partSize) {
      const isLast = from + partSize >= values.length;
      found.push(step({ ...(from === 0 ? first : {}), synced: isLast, added: values.slice(from, from + partSize) }));
    }
    return found;
  };

  const takeSnapshot = (): CountedStep<T, S>[] => {
    touched = new Map();
    touchedBackends = new Set();
    const values = current().filter(matches);
    for (const value of values) {
      members.set(value.id, value);
      sent.add(value.id);
    }
    return snapshotOf(values);
  };

  const flush = (): CountedStep<T, S> | undefined => {
    const news = { added: [] as Revised<T>[], changed: [] as Revised<T>[], left: [] as Revised<T>[], forgotten: [] as string[] };
    for (const [id, { latest, matched, ended }] of touched) {
      const had = sent.has(id);
      const has = members.has(id);
      if (has && latest) (had ? news.changed : news.added).push(latest);
      else if (!latest) {
        if (ended) news.left.push(ended);
        if (had) news.forgotten.push(id);
      } else if (had || matched) news.left.push(latest);
      if (has) sent.add(id);
      else sent.delete(id);
    }
    const health = [...touchedBackends];
    touched = new Map();
    touchedBackends = new Set();
    const empty = health.length + news.added.length + news.changed.length + news.left.length + news.forgotten.length === 0;
    if (empty) return undefined;
    made += 1;
    return step({ ...news, backends: health });
  };

  /** Members exactly: who comes in now and who has followed from the start hold the same list. */
  const membersNow = (): readonly Revised<T>[] => {
    const newest = new Map(current().map((value) => [value.id, value]));
    return [...members.values()].map((value) => newest.get(value.id) ?? value);
  };

  const pull = async (): Promise<IteratorResult<CountedStep<T, S>>> => {
    if (!ready && !over) {
      await begin();
      ready = takeSnapshot();
      made = ready.length;
      hasBegun();
    }
    for (;;) {
      if (over) return { done: true, value: undefined };
      const value = ready?.shift() ?? flush();
      if (value) return { done: false, value };
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };

  const finish = (): void => {
    if (over) return;
    over = true;
    end();
    hasBegun();
    notify();
  };

  return {
    touch: (value) => {
      const matched = matches(value);
      if (!matched && !members.has(value.id) && !touched.has(value.id)) return;
      if (matched) members.set(value.id, value);
      else members.delete(value.id);
      touched.set(value.id, { latest: value, matched: matched || (touched.get(value.id)?.matched ?? false) });
      notify();
    },
    forget: (id) => {
      const before = touched.get(id);
      const isMember = members.delete(id);
      if (!isMember && !before && !sent.has(id)) return;
      const ended = before && !isMember && (sent.has(id) || before.matched) ? (before.latest ?? before.ended) : undefined;
      touched.set(id, { latest: undefined, matched: false, ended });
      notify();
    },
    touchBackend: (backend) => {
      touchedBackends.add(backend);
      notify();
    },
    enter: async () => {
      await begun;
      if (over) return { events: [], position: made };
      // What was touched is told to the others as a step of its own, so that the newcomer's snapshot stands exactly between two steps.
      const news = flush();
      if (news) ready?.push(news);
      return { events: snapshotOf(membersNow()), position: made };
    },
    join: joinListSteps,
    weigh: weighListStep,
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
