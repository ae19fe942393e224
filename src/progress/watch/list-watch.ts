import type { Backend, FollowedStream, Revised } from '../../domain/index.js';
import type { CountedStep } from '../hub.js';
import { joinListSteps, weighListStep } from './join-steps.js';
import { createListChanges, type ListChanges, type ListFeed } from './list-changes.js';

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
  /** Cursor that the reader of the watch resumes after; whoever enters later says its own. */
  readonly after: string | undefined;
  /** Resolves when what was told up to that cursor is known here. */
  readonly reach: (after: string) => Promise<void>;
  /** What was told since a cursor; undefined: whoever has it begins anew. Asked after `begin`. */
  readonly resume: (after: string) => Resumption<T> | undefined;
  /** Called once, when the watch is over. */
  readonly end: () => void;
}

/** How a list is brought to where a client stands, and from there to now. */
export interface Resumption<T> {
  /** The client has its list from a query: that may show what was first seen, and gone again, since the cursor. */
  readonly joins: boolean;
  /** What an object was before the changes that the client has not heard of; calls back for each, the latest first. */
  rewind(tell: (id: string, before: unknown) => void): void;
  /** Tells the list the changes. */
  replay(list: ListFeed<T>): void;
}

/** A watched list: an iterator of steps, which many may follow, and the hands that feed it. */
export interface ListWatch<T, S> extends FollowedStream<CountedStep<T, S>>, ListFeed<T> {
  touchBackend(backend: Backend): void;
}

/** Objects in one message. */
const partSize = 100;

export const createListWatch = <T extends { readonly id: string }, S>(options: ListWatchOptions<T, S>): ListWatch<T, S> => {
  const { matches, stateOf, begin, current, backends, snapshot, cursor, unfinished, resume, end } = options;
  /** What all who follow have; empty until the watch has begun. */
  let list: ListChanges<T> = createListChanges(matches, []);
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
    for (const value of list.members.values()) byState.set(stateOf(value), (byState.get(stateOf(value)) ?? 0) + 1);
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

  /** Members exactly: who comes in now and who has followed from the start hold the same list. */
  const everything = (): CountedStep<T, S> => {
    if (!snapshot) return step({ reset: true, backends: backends() });
    const newest = new Map(current().map((value) => [value.id, value]));
    const added = [...list.members.values()].map((value) => newest.get(value.id) ?? value);
    return step({ reset: true, backends: backends(), added });
  };

  /** What has happened to the list since a client knew it, as one step; it hears in any case that it is up to date. */
  const catchUp = ({ joins, rewind, replay }: Resumption<T>): CountedStep<T, S> => {
    const known = new Map(list.members);
    rewind((id, before) => {
      const value = before as Revised<T> | undefined;
      if (value && matches(value)) known.set(id, value);
      else known.delete(id);
    });
    const missed = createListChanges(matches, known.values());
    replay(missed);
    return step({ ...missed.flush(joins), backends: backends() });
  };

  /** What brings a client to where all are who have been told the steps made so far. */
  const firstSteps = (after: string | undefined): CountedStep<T, S>[] => {
    const resumption = after === undefined ? undefined : resume(after);
    return inParts(resumption ? catchUp(resumption) : everything());
  };

  /** Makes what is not told yet into steps. */
  const flush = (): void => {
    const news = list.flush();
    const health = [...touchedBackends];
    touchedBackends = new Set();
    if (!news && health.length === 0) return;
    const steps = inParts(step({ ...news, backends: health }));
    ready?.push(...steps);
    made += steps.length;
  };

  const pull = async (): Promise<IteratorResult<CountedStep<T, S>>> => {
    if (!ready && !over) {
      await begin();
      if (options.after !== undefined) await options.reach(options.after);
      list = createListChanges(matches, current().filter(matches));
      touchedBackends = new Set();
      ready = firstSteps(options.after);
      made = ready.length;
      hasBegun();
    }
    for (;;) {
      if (over) return { done: true, value: undefined };
      if (ready?.length === 0) flush();
      const value = ready?.shift();
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
      list.touch(value);
      notify();
    },
    forget: (id) => {
      list.forget(id);
      notify();
    },
    touchBackend: (backend) => {
      touchedBackends.add(backend);
      notify();
    },
    enter: async (after) => {
      await begun;
      if (after !== undefined) await options.reach(after);
      if (over) return { events: [], position: made };
      // What was touched is told to the others as a step of its own, so that the newcomer's first steps stand exactly between two steps.
      flush();
      return { events: firstSteps(after), position: made };
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
