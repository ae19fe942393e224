import { randomUUID } from 'node:crypto';
import type { Instant, KeptBody } from '../../../src/domain/index.js';
import { VigilError } from '../../../src/errors.js';
import { createBody, deletedMeanwhile, repack } from '../../../src/store/large-pieces.js';
import { acquire, fenceAt, markReleased, release } from '../../../src/store/leases.js';
import { keyOf, kinds, pieceKey } from '../../../src/store/row-keys.js';
import type { Rows } from '../../../src/store/rows.js';
import type { Store } from '../../../src/store/store.js';
import { appendEntry, appendEntryAfter, numberAt, readEntries, trimEntries } from '../../../src/store/streams.js';
import { deleteValue, getValue, listValues, putValue, putValueIfAbsent } from '../../../src/store/values.js';
import { type Away, createAway, dropLarge } from './away.js';

/** One gateway's store, and what may happen to its connection and to itself. */
export interface SharedHandle {
  readonly store: Store;
  /** Nothing is answered any more, and what is asked waits. `heard`: it is done all the same, but nobody is told. */
  sever(options?: { readonly heard: boolean }): void;
  /** The store is given up: what waits, and what is asked from now on, is done in this gateway's own memory. */
  cut(): void;
  /** The store is there again: what was kept in memory is given to it, what waits is done. */
  restore(): void;
  /** The process is dead: nothing that it still asks for is done or answered. What it holds stays until it ends. */
  crash(): void;
  isCut(): boolean;
  /** Nothing reaches the store, whether that is known already or not. */
  isAway(): boolean;
  /** Another one has added to the stream. */
  notify(stream: string): void;
  /** Who listens, in all. */
  listeners(): number;
}

/** What a handle is made from. */
export interface SharedHandleOptions {
  readonly common: Rows;
  readonly now: () => Instant;
  readonly schedule: (work: () => void) => void;
  readonly deliver: (work: () => void) => void;
  /** It has added to a stream that others may listen to; without what, when that was kept for a while. */
  readonly added: (stream: string, value?: string) => void;
}

/** One thing to do, on what all share or, while that is out of reach, in memory. */
interface Work<T> {
  readonly there: (rows: Rows) => T;
  readonly here: (away: Away) => T;
}

interface Job {
  readonly work: Work<unknown>;
  readonly done: (value: unknown) => void;
  readonly failed: (error: unknown) => void;
  /** It was done: only the answer is on its way. */
  outcome?: { readonly value: unknown } | { readonly error: unknown };
}

interface Head {
  readonly id: string;
  readonly size: number;
}

const closed = (): VigilError => new VigilError('INTERNAL', 'The store is closed.');
const unreachable = (): VigilError =>
  new VigilError('INTERNAL', 'A large value cannot be read to its end while the store is away.', { retryable: true });

/** What is sent in one direction arrives in the order of sending, whenever that is. */
const createLine = (schedule: (work: () => void) => void): ((work: () => void) => void) => {
  const waiting: (() => void)[] = [];
  return (work) => {
    waiting.push(work);
    schedule(() => waiting.shift()?.());
  };
};

export const createSharedHandle = ({ common, now, schedule, deliver, added }: SharedHandleOptions): SharedHandle => {
  let state: 'joined' | 'severed' | 'cut' | 'dead' | 'closed' = 'joined';
  let isHeard = true;
  let away = createAway();
  /** The highest fence it was given. */
  let fence = 0;
  const jobs = new Set<Job>();
  const listeners = new Map<() => void, string>();
  const told = new Set<string>();
  const toStore = createLine(schedule);
  const toHere = createLine(schedule);

  const inMemory = ({ work, done, failed }: Job): void => {
    try {
      done(work.here(away));
    } catch (error) {
      failed(error);
    }
  };
  const answer = (job: Job): void =>
    toHere(() => {
      if (state !== 'joined' || !jobs.delete(job)) return;
      const { outcome } = job;
      deliver(() => {
        if (state === 'dead' || outcome === undefined) return;
        if ('error' in outcome) job.failed(outcome.error);
        else job.done(outcome.value);
      });
    });
  const arrive = (job: Job): void => {
    if (!jobs.has(job) || job.outcome || state === 'dead' || (state === 'severed' && !isHeard)) return;
    try {
      job.outcome = { value: job.work.there(common) };
    } catch (error) {
      job.outcome = { error };
    }
    answer(job);
  };
  const perform = <T>(work: Work<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      // `done` is given what this very work returned.
      const job: Job = { work, done: (value) => resolve(value as T), failed: reject };
      if (state === 'closed') return reject(closed());
      if (state === 'dead') return;
      if (state === 'cut') return inMemory(job);
      jobs.add(job);
      toStore(() => arrive(job));
    });
  const on = <T>(work: (rows: Rows) => T): Promise<T> => perform({ there: work, here: ({ rows }) => work(rows) });

  const notify = (stream: string): void => {
    if (told.has(stream) || ![...listeners.values()].includes(stream)) return;
    told.add(stream);
    queueMicrotask(() =>
      toHere(() => {
        told.delete(stream);
        if (state !== 'joined') return;
        deliver(() => {
          if (state === 'dead') return;
          for (const [listener, of] of [...listeners]) if (of === stream) listener();
        });
      }),
    );
  };
  const grown = <T>(stream: string, value: string, result: T): T => {
    added(stream, value);
    return result;
  };

  const headOf = (rows: Rows, key: string): Head | undefined => {
    const head = rows.get(keyOf(kinds.largeHead, key));
    return head === undefined ? undefined : (JSON.parse(head.toString('utf8')) as Head);
  };
  const writeLarge = async (key: string, source: AsyncIterable<Uint8Array>): Promise<boolean> => {
    if (await on((rows) => headOf(rows, key) !== undefined)) {
      await source[Symbol.asyncIterator]().return?.();
      return false;
    }
    const id = randomUUID();
    const pieces: Buffer[] = [];
    for await (const piece of repack(source)) pieces.push(Buffer.from(piece));
    const size = pieces.reduce((sum, { length }) => sum + length, 0);
    return on((rows) => {
      // It may be asked for a second time, when its answer was lost.
      const found = headOf(rows, key);
      if (found !== undefined) return found.id === id;
      for (const [index, piece] of pieces.entries()) rows.set(pieceKey(id, index), piece);
      rows.set(keyOf(kinds.largeHead, key), Buffer.from(JSON.stringify({ id, size } satisfies Head), 'utf8'));
      return true;
    });
  };
  const openLarge = async (key: string): Promise<KeptBody | undefined> => {
    const found = await perform({
      there: (rows) => ({ head: headOf(rows, key), isHere: false }),
      here: ({ rows }) => ({ head: headOf(rows, key), isHere: true }),
    });
    const { head, isHere } = found;
    if (head === undefined) return undefined;
    return createBody(head.size, async (index) => {
      const piece = await perform<Buffer | VigilError>({
        there: (rows) => rows.get(pieceKey(head.id, index)) ?? deletedMeanwhile(),
        here: ({ rows }) => rows.get(pieceKey(head.id, index)) ?? (isHere ? deletedMeanwhile() : unreachable()),
      });
      if (piece instanceof VigilError) throw piece;
      return piece;
    });
  };

  const store: Store = {
    shared: true,
    get: (key) => on((rows) => getValue(rows, key)),
    put: (key, value) => on((rows) => putValue(rows, key, value)),
    putIfAbsent: (key, value) =>
      perform({
        there: (rows) => putValueIfAbsent(rows, key, value),
        here: ({ rows, setFirst }) => {
          if (getValue(rows, key) !== undefined) return false;
          setFirst(keyOf(kinds.value, key), Buffer.from(value, 'utf8'));
          return true;
        },
      }),
    delete: (key) => on((rows) => deleteValue(rows, key)),
    list: (prefix, { limit, after }) => on((rows) => listValues(rows, prefix, limit, after)),
    append: (stream, value, { keep }) =>
      perform({
        there: (rows) => grown(stream, value, appendEntry(rows, stream, value, keep, numberAt(now()))),
        here: ({ rows }) => appendEntry(rows, stream, value, keep, numberAt(now())),
      }),
    appendAfter: (stream, value, { keep, after }) =>
      perform({
        there: (rows) => {
          const outcome = appendEntryAfter(rows, stream, value, keep, numberAt(now()), after);
          return outcome.status === 'added' ? grown(stream, value, outcome) : outcome;
        },
        here: () => ({ status: 'away' }),
      }),
    read: (stream, { after, limit }) =>
      perform<Awaited<ReturnType<Store['read']>>>({
        there: (rows) => ({ ...readEntries(rows, stream, after, limit), away: false }),
        here: ({ rows }) => ({ ...readEntries(rows, stream, after, limit), away: true }),
      }),
    trim: (stream, { before }) => on((rows) => trimEntries(rows, stream, before)),
    listen: (stream, listener) => {
      const heard = (): void => listener();
      listeners.set(heard, stream);
      return () => listeners.delete(heard);
    },
    writeLarge,
    openLarge,
    deleteLarge: (key) =>
      perform({
        there: (rows) => dropLarge(rows, keyOf(kinds.largeHead, key)),
        here: ({ rows }) => {
          dropLarge(rows, keyOf(kinds.largeHead, key));
          rows.delete(keyOf(kinds.largeHead, key));
        },
      }),
    acquireLease: async (name, holder, ttlMs) => {
      const take = (rows: Rows) => acquire(rows, name, holder, ttlMs, now(), Math.max(fence + 1, fenceAt(now())));
      const lease = await on(take);
      fence = Math.max(fence, lease?.fence ?? 0);
      return lease;
    },
    releaseLease: (name, holder) =>
      perform({ there: (rows) => release(rows, name, holder), here: ({ rows }) => markReleased(rows, name, holder) }),
    health: () =>
      handle.isAway()
        ? { durable: false, message: 'The store cannot be reached; serving goes on from memory.' }
        : { durable: true, message: null },
    dispose: async () => {
      if (state === 'closed') return;
      // What was asked for before it is done before it.
      if (state === 'joined') await on(() => undefined);
      state = 'closed';
      listeners.clear();
      for (const job of jobs) job.failed(closed());
      jobs.clear();
    },
  };

  const handle: SharedHandle = {
    store,
    sever: (options) => {
      if (state !== 'joined') return;
      state = 'severed';
      isHeard = options?.heard ?? false;
    },
    cut: () => {
      if (state !== 'joined' && state !== 'severed') return;
      state = 'cut';
      const waiting = [...jobs];
      jobs.clear();
      for (const job of waiting) deliver(() => inMemory(job));
    },
    restore: () => {
      if (state !== 'cut' && state !== 'severed') return;
      const streams = state === 'cut' ? away.writeBack(common, now()) : new Set<string>();
      away = createAway();
      state = 'joined';
      for (const job of jobs) {
        if (job.outcome) answer(job);
        else toStore(() => arrive(job));
      }
      for (const stream of streams) added(stream);
      for (const stream of new Set(listeners.values())) notify(stream);
    },
    crash: () => {
      state = 'dead';
      jobs.clear();
      listeners.clear();
    },
    isCut: () => state === 'cut',
    isAway: () => state === 'cut' || state === 'severed',
    notify,
    listeners: () => listeners.size,
  };
  return handle;
};
