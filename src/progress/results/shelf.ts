import type { Instant, Job, Task } from '../../domain/index.js';
import type { Store } from '../../store/store.js';
import { createOneAtATime } from './one-at-a-time.js';
import { type JobRecord, mergeRecords, nameOf, parseRecord, splitName, tellsMore } from './record.js';
import { createShelfNews } from './shelf-news.js';

/** A job and its run as one answer told of them. */
export interface Seen {
  readonly job: Job | null;
  readonly task: Task | null;
}

/** A record in memory, with what this process alone knows. Moments are counted, not timed: `ShelfOfRecords.moment`. */
export interface Entry {
  record: JobRecord;
  /** When this process learnt of it. */
  readonly learntAt: number;
  /** When the list was begun that showed it last. */
  seenAt: number;
  /** When it was known that the server has it no longer. */
  goneAt: number;
  /** Lists in a row that lacked it. */
  missed: number;
  /** In the last list; null: it was not there. */
  listed: Seen | null;
  /** What the question for it was answered with, while it had not ended. */
  asked: Seen | null;
}

/** The record that a number has by now. */
export interface Birth {
  readonly entry: Entry;
  readonly isNew: boolean;
}

/** The records of one backend's jobs, in memory and in the store, where other instances write too. */
export interface ShelfOfRecords {
  /** The next moment: what is compared to tell which of two things came first. */
  moment(): number;
  /** Reads what is in the store; also what other instances have let go unnoticed. */
  load(): Promise<void>;
  /** Takes over what other instances have written and dropped since. */
  sync(): Promise<void>;
  /** Does so from now on whenever there is something. Returns the way out. */
  follow(): () => void;
  all(): Iterable<Entry>;
  latest(number: string): Entry | undefined;
  /** By native id, with or without incarnation, among those in memory. */
  held(name: string): Entry | undefined;
  /** By native id, with or without incarnation; asks the store for what is not in memory. */
  find(name: string): Promise<Entry | undefined>;
  /** Gives a number a new record unless `isTaken` says of its latest one that it is the job meant. Only one instance does that at a time. */
  bear(number: string, isTaken: (latest: Entry) => Promise<boolean>, first: Pick<JobRecord, 'ours' | 'job' | 'task'>): Promise<Birth>;
  /** Changes a record, durably. */
  amend(entry: Entry, change: Change): Promise<JobRecord>;
  /** As the store knows it by now. */
  refresh(entry: Entry): Promise<JobRecord>;
  /** Nobody has it any more, here and at other instances. */
  drop(entry: Entry): Promise<void>;
  size(): number;
}

/** How to make one. */
export interface ShelfOptions {
  readonly backendKey: string;
  readonly store: Store;
  readonly now: () => Instant;
  /** Told of an entry that cannot be read; it is left as it is. */
  readonly damaged: (key: string, cause: unknown) => void;
  /** Told when what is shown of a job has changed. */
  readonly changed: (entry: Entry) => void;
  /** Told of each record that is no more, whoever has dropped it. */
  readonly dropped: (entry: Entry) => void;
  /** Told when another instance has written of a job that has to be followed. */
  readonly stirred: () => void;
  /** Told of all records of a number when another instance has brought one, and not all of them have ended. */
  readonly settleTwins: (all: readonly Entry[]) => Promise<void>;
  /** For the log. */
  readonly fault: (message: string, cause: unknown) => void;
}

const page = 500;

/** Null: nothing to change. May be asked again, with what is known by then. */
type Change = (record: JobRecord) => JobRecord | null;

const isVisible = (before: JobRecord, after: JobRecord): boolean =>
  before.ours !== after.ours || before.end?.taskState !== after.end?.taskState || before.result.state !== after.result.state;

const isOutcome = (before: JobRecord, after: JobRecord): boolean => before.end !== after.end || before.result !== after.result;

/** The oldest first, for whoever asks. */
export const byAge = (left: Entry, right: Entry): number =>
  left.record.firstSeenAt - right.record.firstSeenAt || (nameOf(left.record) < nameOf(right.record) ? -1 : 1);

export const isOpen = ({ record }: Entry): boolean => record.end === null && !record.gone;

export const createShelfOfRecords = (options: ShelfOptions): ShelfOfRecords => {
  const { backendKey, store, now, damaged, changed, dropped, stirred, settleTwins, fault } = options;
  const prefix = `jobs/${backendKey}/`;
  const news = createShelfNews(backendKey, store);
  const instances = createOneAtATime(backendKey, store);
  const entries = new Map<string, Entry>();
  const latest = new Map<string, Entry>();
  const writing = new WeakMap<Entry, Promise<unknown>>();
  let moments = 0;
  let loading: Promise<void> | undefined;
  /** Of which the store knows less than this process. */
  const behind = new Set<Entry>();
  const twins = new Set<string>();
  let stirs = false;

  const moment = (): number => {
    moments += 1;
    return moments;
  };

  const take = (entry: Entry, record: JobRecord, isForeign = false): void => {
    const before = entry.record;
    entry.record = record;
    if (record.gone && !before.gone) entry.goneAt = moment();
    if (record.end) {
      entry.listed = null;
      entry.asked = null;
    }
    // As long as it goes on, who has changed it tells that, and how far it is: here less may be known.
    if (isVisible(before, record) && (!isForeign || record.end)) changed(entry);
  };

  const hold = (record: JobRecord, learntAt: number, isForeign = true): Entry => {
    const name = nameOf(record);
    const known = entries.get(name);
    stirs ||= isForeign && record.ours && record.end === null && known?.record.ours !== true;
    if (known) {
      const merged = mergeRecords(known.record, record);
      if (tellsMore(merged, record)) behind.add(known);
      take(known, merged, true);
      return known;
    }
    const entry: Entry = { record, learntAt, seenAt: 0, goneAt: record.gone ? learntAt : 0, missed: 0, listed: null, asked: null };
    entries.set(name, entry);
    const other = latest.get(record.number);
    if (isForeign && other && (isOpen(other) || isOpen(entry))) twins.add(record.number);
    if (!other || other.record.firstSeenAt < record.firstSeenAt) latest.set(record.number, entry);
    return entry;
  };

  const letGo = (entry: Entry): void => {
    const { record } = entry;
    if (!entries.delete(nameOf(record))) return;
    behind.delete(entry);
    if (latest.get(record.number) !== entry) return;
    const before = ofNumber(record.number).sort(byAge).at(-1);
    if (before) latest.set(record.number, before);
    else latest.delete(record.number);
  };

  const ofNumber = (number: string): Entry[] => [...entries.values()].filter(({ record }) => record.number === number);

  const read = (key: string, text: string): JobRecord | undefined => {
    try {
      return parseRecord(text);
    } catch (cause) {
      damaged(key, cause);
      return undefined;
    }
  };

  const takeOne = async (key: string): Promise<void> => {
    const text = await store.get(key);
    const record = text === undefined ? undefined : read(key, text);
    if (record) hold(record, moment());
  };

  /** Returns the names that were there. */
  const takeAll = async (from: string, learntAt: () => number): Promise<ReadonlySet<string>> => {
    const names = new Set<string>();
    for (let after: string | undefined; ; ) {
      const found = await store.list(from, { limit: page, ...(after === undefined ? {} : { after }) });
      for (const { key, value } of found) {
        names.add(key.slice(prefix.length));
        const record = read(key, value);
        if (record) hold(record, learntAt());
      }
      after = found.at(-1)?.key;
      if (found.length < page) return names;
    }
  };

  /** An ended record that is not in the store was let go by another instance; not to be found while the store is away is not to be gone. */
  const isDroppedElsewhere = ({ record }: Entry): boolean => store.shared && record.end !== null && store.health().durable;

  const forget = (entry: Entry): void => {
    letGo(entry);
    dropped(entry);
  };

  const hearDropped = async (key: string): Promise<void> => {
    const entry = entries.get(key.slice(prefix.length));
    if (!entry || (await store.get(key)) !== undefined) return;
    // Its result may be on its way, by this name.
    if (isOpen(entry) && entry.record.intendedAt !== null) behind.add(entry);
    else forget(entry);
  };

  const takeEverything = async (): Promise<void> => {
    const known = [...entries.values()];
    const names = await takeAll(prefix, moment);
    for (const entry of known) if (!names.has(nameOf(entry.record)) && isDroppedElsewhere(entry)) forget(entry);
  };

  /** What was found out while records of others were taken in. */
  const settle = async (): Promise<void> => {
    const unwritten = [...behind];
    behind.clear();
    await Promise.all(unwritten.map((entry) => amend(entry, (record) => record)));
    for (const number of [...twins]) {
      twins.delete(number);
      await settleTwins(ofNumber(number));
    }
    const isStirred = stirs;
    stirs = false;
    if (isStirred) stirred();
  };

  const readNews = async (): Promise<void> => {
    if (loading === undefined) await load();
    await loading;
    const heard = await news.read();
    if (!heard.isWhole) await takeEverything();
    await Promise.all(heard.written.map(takeOne));
    await Promise.all(heard.dropped.map(hearDropped));
    if (store.shared) await settle();
  };

  let reading: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  /** One after the other; who comes while news are taken in needs those that came since, too. */
  const sync = (): Promise<void> => {
    if (reading) {
      next ??= reading
        .catch(() => undefined)
        .then(() => {
          next = undefined;
          return sync();
        });
      return next;
    }
    reading = readNews().finally(() => {
      reading = undefined;
    });
    return reading;
  };

  const load = async (): Promise<void> => {
    const first = loading === undefined;
    loading ??= (async () => {
      // From here on: what is written while the rest is being read is read again.
      await news.begin();
      await takeAll(prefix, () => 0);
    })();
    await loading.catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    if (!first) await takeAll(prefix, moment);
  };

  const held = (name: string): Entry | undefined => {
    const { number, incarnation } = splitName(name);
    return incarnation === undefined ? latest.get(number) : entries.get(name);
  };

  const write = async (record: JobRecord): Promise<void> => {
    const key = prefix + nameOf(record);
    await store.put(key, JSON.stringify(record));
    await news.written(key);
  };

  /** Undefined: `mayWrite` forbids it. */
  const amendNow = async (entry: Entry, change: Change, mayWrite: (known: JobRecord, next: JobRecord) => boolean) => {
    const key = prefix + nameOf(entry.record);
    const text = await store.get(key);
    const stored = text === undefined ? undefined : read(key, text);
    const known = stored ? mergeRecords(entry.record, stored) : entry.record;
    if (text === undefined && isDroppedElsewhere(entry)) {
      forget(entry);
      return entry.record;
    }
    const next = change(known);
    if (next && !mayWrite(known, next)) return undefined;
    if (next) await write(next);
    take(entry, next ?? known);
    return entry.record;
  };

  /**
   * One after the other, so that none is lost. How a job ended, and what became of its result, is written by one instance at a time: the first that does says
   * it to all. Between other writes others may write, which `mergeRecords` and whoever reads next make up for.
   */
  const amend: ShelfOfRecords['amend'] = (entry, change) => {
    const turn = (writing.get(entry) ?? Promise.resolve()).then(
      async () =>
        (await amendNow(entry, change, (known, next) => !store.shared || !isOutcome(known, next))) ??
        instances.alone(nameOf(entry.record), (isAlone) => amendNow(entry, change, isAlone)),
    );
    writing.set(
      entry,
      turn.catch(() => undefined),
    );
    return turn;
  };

  const create = async (number: string, first: Pick<JobRecord, 'ours' | 'job' | 'task'>): Promise<Entry> => {
    for (let at = Math.max(now(), (latest.get(number)?.record.firstSeenAt ?? 0) + 1); ; at += 1) {
      const record: JobRecord = {
        number,
        incarnation: at.toString(36),
        firstSeenAt: at,
        ...first,
        intendedAt: null,
        end: null,
        gone: false,
        result: { state: 'NONE', receivedAt: null, bytes: null },
      };
      const key = prefix + nameOf(record);
      if (!(await store.putIfAbsent(key, JSON.stringify(record)))) continue;
      await news.written(key);
      return hold(record, moment(), false);
    }
  };

  return {
    moment,
    load,
    sync,
    follow: () =>
      news.listen(() => {
        sync().catch((cause: unknown) => fault('what other instances know of jobs could not be read', cause));
      }),
    all: () => entries.values(),
    latest: (number) => latest.get(number),
    held,
    find: async (name) => {
      const known = held(name);
      if (known) return known;
      if (splitName(name).incarnation === undefined) await takeAll(`${prefix}${name}~`, moment);
      else await takeOne(prefix + name);
      return held(name);
    },
    bear: (number, isTaken, first) =>
      instances.alone(number, async (isAlone) => {
        await takeAll(`${prefix}${number}~`, moment);
        const known = latest.get(number);
        if (known && (await isTaken(known))) return { entry: known, isNew: false };
        return isAlone() ? { entry: await create(number, first), isNew: true } : undefined;
      }),
    amend,
    refresh: (entry) => amend(entry, () => null),
    drop: async (entry) => {
      const key = prefix + nameOf(entry.record);
      letGo(entry);
      await store.delete(key);
      await news.dropped(key);
      dropped(entry);
    },
    size: () => entries.size,
  };
};
