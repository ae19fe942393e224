import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'vitest';
import { createJournal, type Journal, type JournalLimits } from '../../../src/progress/journal/journal.js';
import type { Published } from '../../../src/progress/journal/recent.js';
import { idOf } from '../../../src/progress/journal/wire.js';
import { createEstimates } from '../../../src/progress/watch/estimate.js';
import { createLedger, type LedgerChange, type ObservableLedger } from '../../../src/progress/watch/ledger.js';
import type { Store } from '../../../src/store/index.js';
import { createScriptedVendor } from '../../support/scripted-vendor.js';
import { createSharedStore, type SharedHandle, type SharedStore } from '../../support/shared-store.js';

const { makeTask, setJob } = createScriptedVendor();

export { setJob };
export const idOfTask = (nativeId: string): string => makeTask(nativeId).id;

/** One instance: a ledger and its journal. */
export interface Member {
  readonly name: string;
  readonly ledger: ObservableLedger;
  readonly journal: Journal;
  readonly handle: () => SharedHandle;
  /** Nobody tells it any more that there is something to read. */
  readonly deafen: () => void;
  /** What its watches were told. */
  readonly heard: LedgerChange[];
  readonly faults: string[];
  /** What others announced, and from whom. */
  readonly notices: [body: unknown, from: string][];
  readonly detached: boolean[];
  /** Reads a task as it is. */
  see(nativeId: string, progress: number, more?: object, readAt?: number): void;
  cursor(): string;
  /** Ids of what came after a cursor; undefined: it means nothing here. */
  since(cursor: string): readonly string[] | undefined;
  /** Waits until it means something here. */
  reach(cursor: string): Promise<void>;
  /** What is shown, as facts. */
  shown(): Readonly<Record<string, string>>;
  /** The same as it was at the cursor. */
  shownAt(cursor: string): Readonly<Record<string, string>> | undefined;
  /** What the ledger knows of the same objects, and of others. */
  known(): Readonly<Record<string, string>>;
}

export interface MemberOptions {
  readonly isKnown?: (key: string) => boolean;
  /** It begins without the store. */
  readonly cut?: boolean;
  /** It loses the store so many turns after it has begun. */
  readonly cutAfter?: number;
  /** How far its clock is ahead. */
  readonly skew?: number;
  readonly maxObjects?: number;
}

/** Instances on one store. */
export interface Fleet {
  readonly clock: { now: number };
  readonly store: () => SharedStore;
  member(name: string, options?: MemberOptions): Promise<Member>;
  /** Dead, at once. */
  crash(member: Member): Promise<void>;
  /** All that was written is gone. */
  empty(): void;
  settle(): Promise<void>;
}

const watch = 'tasks';

export const turns = async (count: number): Promise<void> => {
  for (let left = count; left > 0; left -= 1) await turn();
};

/** Without what is no fact. An estimate that is not there reads as null. */
const factOf = (value: object): string => {
  const all: Readonly<Record<string, unknown>> = { estimatedEndAt: null, ...value };
  const { raw: _raw, revision: _revision, updatedAt: _updatedAt, ...facts } = all;
  return JSON.stringify(facts, Object.keys(facts).sort());
};
const factsOf = (values: Iterable<object & { readonly id: string }>): Readonly<Record<string, string>> =>
  Object.fromEntries([...values].map((value) => [value.id, factOf(value)] as const).sort(([a], [b]) => (a < b ? -1 : 1)));

export const createFleet = (limits: Partial<JournalLimits> = {}, schedule?: (work: () => void) => void): Fleet => {
  const clock = { now: 1_800_000_000_000 };
  /** Commands and answers on their way. */
  let underWay = 0;
  const counted = (work: () => void): void => {
    underWay += 1;
    (schedule ?? setImmediate)(() => {
      underWay -= 1;
      work();
    });
  };
  const make = (): SharedStore => createSharedStore({ now: () => clock.now, schedule: counted });
  let shared = make();
  const replaced = new Set<() => void>();

  /** A store that may turn out to be another one. */
  const open = () => {
    let handle = shared.open();
    const listeners = new Map<() => void, { readonly stream: string; leave: () => void }>();
    const replace = (): void => {
      handle = shared.open();
      for (const [listener, entry] of listeners) {
        entry.leave = handle.store.listen(entry.stream, listener);
        listener();
      }
    };
    replaced.add(replace);
    const store: Store = new Proxy(handle.store, {
      get: (_, member: keyof Store) => {
        if (member === 'listen')
          return (stream: string, listener: () => void) => {
            const entry = { stream, leave: handle.store.listen(stream, listener) };
            listeners.set(listener, entry);
            return () => {
              entry.leave();
              listeners.delete(listener);
            };
          };
        return Reflect.get(handle.store, member) as unknown;
      },
    });
    return {
      store,
      handle: () => handle,
      deafen: () => {
        for (const { leave } of listeners.values()) leave();
      },
      leave: () => {
        replaced.delete(replace);
        handle.crash();
      },
    };
  };
  const leaves = new Map<Member, () => void>();

  return {
    clock,
    store: () => shared,
    member: async (name, { isKnown = () => true, cut = false, cutAfter, skew = 0, maxObjects = 50_000 } = {}) => {
      const { store, handle, deafen, leave } = open();
      if (cut) handle().cut();
      const faults: string[] = [];
      const heard: LedgerChange[] = [];
      const notices: [unknown, string][] = [];
      const detached: boolean[] = [];
      const estimates = createEstimates();
      const ledger = createLedger({
        maxObjects,
        now: () => clock.now + skew,
        decorate: (task, readAt) => estimates.fill(task, readAt),
        adopted: estimates.adopt,
      });
      const journal = createJournal({
        ledger,
        store,
        instance: name,
        isKnown,
        now: () => clock.now + skew,
        fault: (message) => faults.push(message),
        limits,
      });
      const replica = new Map<string, object & { readonly id: string }>();
      journal.listen((change) => {
        heard.push(change);
        if ('value' in change) replica.set(change.value.id, change.value);
        else replica.delete(change.id);
      });
      journal.hear('word', (body, from) => notices.push([body, from]));
      journal.detached((isDetached) => detached.push(isDetached));
      const loaded = journal.load();
      if (cutAfter !== undefined) {
        await turns(cutAfter);
        handle().cut();
      }
      await loaded;
      for (const key of ['one', 'two'])
        for (const value of [...journal.view.tasksOf(key), ...journal.view.jobsOf(key)]) replica.set(value.id, value);
      const { view } = journal;
      const all = () => ['one', 'two'].flatMap((key) => [...view.tasksOf(key), ...view.jobsOf(key)]);
      const since = (cursor: string): readonly Published[] | undefined => {
        const place = journal.cursors.decode(cursor, watch, '*');
        return place && journal.since(place);
      };
      const member: Member = {
        name,
        ledger,
        journal,
        handle,
        deafen,
        heard,
        faults,
        notices,
        detached,
        see: (nativeId, progress, more = {}, readAt = ++clock.now) =>
          void ledger.stampTasks([makeTask(nativeId, { progress, ...more })], readAt),
        cursor: () => journal.cursors.encode(journal.position(), watch),
        since: (cursor) => since(cursor)?.map(({ change }) => idOf(change)),
        reach: async (cursor) => {
          const place = journal.cursors.decode(cursor, watch, '*');
          if (place) await journal.reach(place);
        },
        shown: () => {
          const facts = factsOf(all());
          // What is told leads to what is shown.
          expect(Object.keys(factsOf(replica.values()))).toEqual(Object.keys(facts));
          for (const value of all()) expect(value).toMatchObject({ revision: expect.any(Number) });
          return facts;
        },
        shownAt: (cursor) => {
          const changes = since(cursor);
          if (!changes) return undefined;
          const then = new Map(all().map((value) => [value.id, value as object & { readonly id: string }]));
          for (const { change, before } of changes.toReversed()) {
            if (before) then.set(idOf(change), before);
            else then.delete(idOf(change));
          }
          return factsOf(then.values());
        },
        known: () =>
          factsOf([
            ...[...ledger.endedTasks(), ...['one', 'two'].flatMap((key) => ledger.unfinishedTasks(key))],
            ...['one', 'two'].flatMap((key) => ledger.jobIds(key).flatMap((id) => ledger.job(id) ?? [])),
          ]),
      };
      leaves.set(member, leave);
      return member;
    },
    crash: async (member) => {
      leaves.get(member)?.();
      // What it still waits for never comes.
      void member.journal.dispose();
    },
    empty: () => {
      // Numbers follow the clock: none is given twice.
      clock.now += 1;
      shared = make();
      for (const replace of [...replaced]) replace();
    },
    settle: async () => {
      for (let quiet = 0; quiet < 8; quiet = underWay > 0 ? 0 : quiet + 1) await turn();
    },
  };
};

/** One in which every command and answer takes a turn of its own. */
export const createSlowFleet = (): Fleet => createFleet({}, (work) => void setImmediate(work));

/** Reads a task so often within a millisecond that its revision is ahead. */
export const readOften = (member: Member, times: number, at: number): void => {
  for (let time = 0; time < times; time += 1) member.see('n:1', 0.2 + time / 100, {}, at);
};

/** What was told of an object under a revision that is not above the one before; and what is shown under a lower one than was told. */
const fallen = ({ heard, journal }: Member): readonly string[] => {
  const told = new Map<string, number>();
  const falls: string[] = [];
  for (const change of heard) {
    if (!('value' in change)) {
      told.delete(change.id);
      continue;
    }
    const { id, revision } = change.value;
    if (revision <= (told.get(id) ?? 0)) falls.push(`${id} is told as of ${revision} after ${told.get(id)}`);
    told.set(id, revision);
  }
  for (const [id, revision] of told) {
    const shown = (journal.view.task(id) ?? journal.view.job(id))?.revision ?? revision;
    if (shown < revision) falls.push(`${id} is shown as of ${shown}, and was told as of ${revision}`);
  }
  return falls;
};

/** All show the same, know nothing else, and have told their watches of it. */
export const agree = (...members: readonly Member[]): void => {
  const [first] = members;
  for (const member of members) {
    expect(member.shown()).toEqual(first?.shown());
    expect(member.known()).toEqual(member.shown());
    for (const task of member.journal.view.tasksOf('one')) {
      expect(member.ledger.task(task.id)?.revision).toBe(task.revision);
      expect(first?.journal.view.task(task.id)?.revision).toBe(task.revision);
    }
    expect(fallen(member)).toEqual([]);
    expect(member.cursor()).toBe(first?.cursor());
  }
};

export const startAll = async (fleet: Fleet, ...names: readonly string[]): Promise<readonly Member[]> => {
  const members = await Promise.all(names.map((name) => fleet.member(name)));
  await fleet.settle();
  return members;
};
export const pair = async (fleet: Fleet): Promise<readonly [Member, Member]> => {
  const [a, b] = await startAll(fleet, 'a', 'b');
  if (!a || !b) throw new TypeError('two were asked for');
  return [a, b];
};
export const progressOf = (member: Member, nativeId: string) => member.journal.view.task(idOfTask(nativeId))?.progress;
export const stateOf = (member: Member, nativeId: string) => member.journal.view.task(idOfTask(nativeId))?.state;
