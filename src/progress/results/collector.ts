import pLimit from 'p-limit';
import { type CallOptions, type Instant, within } from '../../domain/index.js';
import { isVigilError } from '../../errors.js';
import type { Store } from '../../store/store.js';
import type { Attempts, ReadOnce } from './read-once.js';
import { nameOf } from './record.js';
import type { Entry, ShelfOfRecords } from './shelf.js';

/** Decides which jobs are asked for, and when; nobody else asks. */
export interface Collector {
  /** Whether there are jobs whose end has to be learnt. */
  isNeeded(): boolean;
  /** Asks for those that are due, in the background. Called after each look at the list. */
  collect(): void;
  /** Asks for one now, whether it is due or not, as long as it has not ended. Settles when that was answered, well or badly; never throws. */
  collectNow(entry: Entry): Promise<void>;
  /** Results being read from their server just now. */
  underWay(): number;
  /** Results that are ours and done, and not being read: the store would not keep them, or the server did not answer. */
  waiting(): number;
  /** Begins no new read and lets those under way end, for some time. Idempotent. */
  dispose(): Promise<void>;
}

/** How to make one. */
export interface CollectorOptions {
  readonly shelf: ShelfOfRecords;
  readonly readOnce: ReadOnce;
  readonly store: Pick<Store, 'health'>;
  readonly consumesAll: boolean;
  readonly call: (requestId: string, signal: AbortSignal) => CallOptions;
  readonly now: () => Instant;
  /** First pause after a question was not answered a second time; doubles from then on. */
  readonly retryMs: number;
  /** How long reads under way may take when the gateway is stopping. */
  readonly lastReadsMs: number;
  /** For the log. */
  readonly noted: (level: 'debug' | 'warn', message: string, facts: Readonly<Record<string, unknown>>) => void;
  readonly fault: (message: string, cause: unknown) => void;
  /** Called after each result. */
  readonly received: () => Promise<void>;
}

/** Results read at the same time: each may be as large as a disk is fast. */
const readsAtOnce = 2;
const longestRetryMs = 60_000;
/** How long reads that were told to stop may take for it. */
const lettingGoMs = 1_000;

/** One job that is asked for again and again. */
interface Pursuit extends Attempts {
  running: Promise<void> | undefined;
  reading: boolean;
  failures: number;
  notBefore: Instant;
}

const isPowerOfTwo = (count: number): boolean => Number.isInteger(Math.log2(count));

export const createCollector = (options: CollectorOptions): Collector => {
  const { shelf, readOnce, store, consumesAll, call, now, retryMs, lastReadsMs, noted, fault, received } = options;
  const lane = pLimit(readsAtOnce);
  const pursuits = new Map<Entry, Pursuit>();
  let disposal: Promise<void> | undefined;
  const ending = new AbortController();
  let isEnding = false;
  let heldBack = false;

  const isOpen = ({ record }: Entry): boolean => record.ours && record.end === null;

  /** Its result cannot be had twice: it is taken only when it will be kept. */
  const mayRead = (): boolean => {
    const { durable, message } = store.health();
    if (durable === heldBack) {
      heldBack = !durable;
      if (durable) noted('warn', 'the store is durable again: results are collected', {});
      else noted('warn', 'results are left on their server until the store is durable again', { reason: message });
    }
    return durable;
  };

  const failed = (entry: Entry, pursuit: Pursuit, error: unknown): void => {
    pursuit.failures += 1;
    const pause = pursuit.failures === 1 ? 0 : Math.min(longestRetryMs, retryMs * 2 ** Math.min(pursuit.failures - 2, 16));
    pursuit.notBefore = now() + pause;
    const facts = { job: nameOf(entry.record), doubt: pursuit.doubt };
    if (ending.signal.aborted) {
      if (pursuit.doubt !== null) noted('warn', 'a result was being read when the gateway had to stop: it is probably lost', facts);
    } else if (!isVigilError(error)) fault(`the result of job ${nameOf(entry.record)} could not be read`, error);
    // A server may refuse one for days: what is said again and again is said more and more seldom.
    else
      noted(isPowerOfTwo(pursuit.failures) ? 'warn' : 'debug', 'a job could not be asked for', {
        ...facts,
        code: error.code,
        failures: pursuit.failures,
      });
  };

  const attempt = async (entry: Entry, pursuit: Pursuit): Promise<void> => {
    if (isEnding || !isOpen(entry) || !mayRead()) return;
    pursuit.reading = true;
    try {
      await readOnce.read(entry, pursuit, () => call(`collect-${nameOf(entry.record)}`, ending.signal));
      pursuit.failures = 0;
    } catch (error) {
      failed(entry, pursuit, error);
    } finally {
      pursuit.reading = false;
    }
    if (entry.record.result.state === 'AVAILABLE') await received();
  };

  const pursue = (entry: Entry): Promise<void> => {
    const pursuit = pursuits.get(entry) ?? {
      doubt: null,
      intendedAt: null,
      saidFailed: false,
      running: undefined,
      reading: false,
      failures: 0,
      notBefore: 0,
    };
    pursuits.set(entry, pursuit);
    pursuit.running ??= lane(() => attempt(entry, pursuit))
      .catch((cause: unknown) => fault('what became of a job could not be written down', cause))
      .finally(() => {
        pursuit.running = undefined;
        if (!isOpen(entry)) pursuits.delete(entry);
      });
    return pursuit.running;
  };

  /** It is done; or only the question tells whether it is, because the list gives numbers alone; or a whole list lacked it. */
  const isDue = (entry: Entry): boolean => {
    if (!isOpen(entry)) return false;
    const { listed, missed } = entry;
    const calls = listed ? listed.job?.state === 'FINISHED' || listed.job?.state === 'UNKNOWN' : missed > 0;
    const { running, notBefore = 0 } = pursuits.get(entry) ?? {};
    const wait = notBefore - now();
    // A pause that is longer than any is none: the clock was set back.
    return calls && running === undefined && (wait <= 0 || wait > longestRetryMs);
  };

  return {
    isNeeded: () => consumesAll || [...shelf.all()].some(isOpen),
    collect: () => {
      if (isEnding) return;
      for (const entry of shelf.all()) if (isDue(entry)) void pursue(entry);
      // Those that were killed, or that others have read.
      for (const [entry, { running }] of pursuits) if (running === undefined && !isOpen(entry)) pursuits.delete(entry);
    },
    collectNow: async (entry) => {
      if (!isEnding) await pursue(entry);
    },
    underWay: () => [...pursuits.values()].filter(({ reading }) => reading).length,
    waiting: () =>
      [...shelf.all()].filter((entry) => isOpen(entry) && entry.listed?.job?.state === 'FINISHED' && pursuits.get(entry)?.reading !== true)
        .length,
    dispose: () => {
      isEnding = true;
      disposal ??= (async () => {
        const running = [...pursuits.values()].flatMap((pursuit) => pursuit.running ?? []);
        await within(Promise.allSettled(running), lastReadsMs);
        ending.abort();
        await within(Promise.allSettled(running), lettingGoMs);
      })();
      return disposal;
    },
  };
};
