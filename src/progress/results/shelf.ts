import { randomUUID } from 'node:crypto';
import type { Instant, Job, Task } from '../../domain/index.js';
import type { Store } from '../../store/store.js';
import { type JobRecord, mergeRecords, nameOf, parseRecord, splitName } from './record.js';

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
  /** Takes over what other instances have written since. */
  sync(): Promise<void>;
  all(): Iterable<Entry>;
  latest(number: string): Entry | undefined;
  /** By native id, with or without incarnation, among those in memory. */
  held(name: string): Entry | undefined;
  /** By native id, with or without incarnation; asks the store for what is not in memory. */
  find(name: string): Promise<Entry | undefined>;
  /** Gives a number a new record unless `isTaken` says of its latest one that it is the job meant. Only one instance does that at a time. */
  bear(number: string, isTaken: (latest: Entry) => Promise<boolean>, first: Pick<JobRecord, 'ours' | 'job' | 'task'>): Promise<Birth>;
  /** Changes a record, durably. Null: nothing to change. */
  amend(entry: Entry, change: (record: JobRecord) => JobRecord | null): Promise<JobRecord>;
  /** As the store knows it by now. */
  refresh(entry: Entry): Promise<JobRecord>;
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
  readonly changed: (entry: Entry, before: JobRecord) => void;
}

const page = 500;
/** News among instances that are remembered: who has missed more reads everything. */
const newsKept = 1_000;
const birthLeaseMs = 5_000;
const birthTries = 40;
const birthPauseMs = 25;

const isVisible = (before: JobRecord, after: JobRecord): boolean =>
  before.ours !== after.ours || before.end?.taskState !== after.end?.taskState || before.result.state !== after.result.state;

export const createShelfOfRecords = ({ backendKey, store, now, damaged, changed }: ShelfOptions): ShelfOfRecords => {
  const prefix = `jobs/${backendKey}/`;
  const news = `jobs-news/${backendKey}`;
  const writer = randomUUID();
  const entries = new Map<string, Entry>();
  const latest = new Map<string, Entry>();
  const writing = new WeakMap<Entry, Promise<unknown>>();
  let moments = 0;
  let newsRead = 0;
  let loading: Promise<void> | undefined;
  /** By number: one after the other, for a lease does not keep its own holder out. */
  const births = new Map<string, Promise<unknown>>();

  const moment = (): number => {
    moments += 1;
    return moments;
  };

  const take = (entry: Entry, record: JobRecord): void => {
    const before = entry.record;
    entry.record = record;
    if (record.gone && !before.gone) entry.goneAt = moment();
    if (record.end) {
      entry.listed = null;
      entry.asked = null;
    }
    if (isVisible(before, record)) changed(entry, before);
  };

  const hold = (record: JobRecord, learntAt: number): Entry => {
    const name = nameOf(record);
    const known = entries.get(name);
    if (known) {
      take(known, mergeRecords(known.record, record));
      return known;
    }
    const entry: Entry = { record, learntAt, seenAt: 0, goneAt: record.gone ? learntAt : 0, missed: 0, listed: null, asked: null };
    entries.set(name, entry);
    const other = latest.get(record.number);
    if (!other || other.record.firstSeenAt < record.firstSeenAt) latest.set(record.number, entry);
    return entry;
  };

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

  const takeAll = async (from: string, learntAt: () => number): Promise<void> => {
    for (let after: string | undefined; ; ) {
      const found = await store.list(from, { limit: page, ...(after === undefined ? {} : { after }) });
      for (const { key, value } of found) {
        const record = read(key, value);
        if (record) hold(record, learntAt());
      }
      after = found.at(-1)?.key;
      if (found.length < page) return;
    }
  };

  const readNews = async (): Promise<void> => {
    const { entries: items, truncated } = await store.read(news, { after: newsRead, limit: newsKept });
    newsRead = items.at(-1)?.sequence ?? newsRead;
    if (truncated) await takeAll(prefix, moment);
    const keys = new Set(
      items.flatMap(({ value }) => {
        const blank = value.indexOf(' ');
        return value.slice(0, blank) === writer ? [] : value.slice(blank + 1);
      }),
    );
    for (const key of keys) await takeOne(key);
  };

  const load = async (): Promise<void> => {
    const first = loading === undefined;
    loading ??= (async () => {
      // From here on: what is written while the rest is being read is read again.
      const { entries: items } = await store.read(news, { after: 0, limit: newsKept });
      newsRead = items.at(-1)?.sequence ?? 0;
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
    await store.append(news, `${writer} ${key}`, { keep: newsKept });
  };

  /** One after the other, so that none is lost; other instances may write between, which `mergeRecords` and whoever reads next make up for. */
  const amend: ShelfOfRecords['amend'] = (entry, change) => {
    const turn = (writing.get(entry) ?? Promise.resolve()).then(async () => {
      const key = prefix + nameOf(entry.record);
      const text = await store.get(key);
      const stored = text === undefined ? undefined : read(key, text);
      const known = stored ? mergeRecords(entry.record, stored) : entry.record;
      const next = change(known);
      if (next) await write(next);
      take(entry, next ?? known);
      return entry.record;
    });
    writing.set(
      entry,
      turn.catch(() => undefined),
    );
    return turn;
  };

  const alone = async <T>(number: string, work: () => Promise<T>): Promise<T> => {
    const lease = `jobs-birth/${backendKey}/${number}`;
    let held = false;
    // Whoever holds it for longer has died: two records of one job are better than none.
    for (let tried = 0; tried < birthTries && !held; tried += 1) {
      held = (await store.acquireLease(lease, writer, birthLeaseMs)) !== undefined;
      if (!held) await new Promise((resolve) => setTimeout(resolve, birthPauseMs));
    }
    try {
      return await work();
    } finally {
      if (held) await store.releaseLease(lease, writer);
    }
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
      await store.append(news, `${writer} ${key}`, { keep: newsKept });
      return hold(record, moment());
    }
  };

  return {
    moment,
    load,
    sync: async () => {
      if (loading === undefined) await load();
      await loading;
      await readNews();
    },
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
    bear: (number, isTaken, first) => {
      const birth = (births.get(number) ?? Promise.resolve()).then(() =>
        alone(number, async () => {
          await takeAll(`${prefix}${number}~`, moment);
          const known = latest.get(number);
          if (known && (await isTaken(known))) return { entry: known, isNew: false };
          return { entry: await create(number, first), isNew: true };
        }),
      );
      const settled = birth
        .catch(() => undefined)
        .finally(() => {
          if (births.get(number) === settled) births.delete(number);
        });
      births.set(number, settled);
      return birth;
    },
    amend,
    refresh: (entry) => amend(entry, () => null),
    drop: async (entry) => {
      const { record } = entry;
      entries.delete(nameOf(record));
      if (latest.get(record.number) === entry) latest.delete(record.number);
      await store.delete(prefix + nameOf(record));
    },
    size: () => entries.size,
  };
};
