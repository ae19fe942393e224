import type { Instant, RedisTarget } from '../domain/index.js';
import { isVigilError, VigilError } from '../errors.js';
import { closedStore } from './memory-store.js';
import { createClaimant } from './redis/claim.js';
import { openConnection } from './redis/connection.js';
import { createEar } from './redis/ear.js';
import { createLargeValues } from './redis/large-values.js';
import { createLeases, type LeaseClock } from './redis/leases.js';
import { createLink } from './redis/link.js';
import { createOutage } from './redis/outage.js';
import { atTarget, openSession, type Session, type SessionOptions } from './redis/session.js';
import { createStandstill } from './redis/standstill.js';
import { createStreams } from './redis/streams.js';
import { createValues } from './redis/values.js';
import { createMarks, type Perform } from './redis/work.js';
import { createWriteBack } from './redis/write-back.js';
import type { Store } from './store.js';
import type { StoreFault } from './store-fault.js';

export interface RedisStoreOptions {
  readonly target: RedisTarget;
  /** All keys of the store begin with it. Gateways with the same one share what is kept. */
  readonly keyPrefix: string;
  /** Told once about each fault; never called again for the same one while it lasts. */
  readonly onFault: (fault: StoreFault) => void;
  /** Told when what was kept in memory is in Redis, and writes are durable again. */
  readonly onRecovered?: () => void;
  /** Default: the clock of this machine; leases in Redis then end by the server's. One that is given counts for both. */
  readonly now?: () => Instant;
  /** What is kept in memory while Redis is away. Default 64 MiB. */
  readonly maxMemoryBytes?: number;
  /** Longest silence of the server while it owes an answer. Default 3 s. */
  readonly deadlineMs?: number;
  /** How long work waits for a broken connection to be mended before it is done in memory. Default 1 s. */
  readonly patienceMs?: number;
  /** How long the start waits for a server that cannot be reached. Default 5 s. */
  readonly startPatienceMs?: number;
  /** Longest pause between two tries to reach it. Default 2 s. */
  readonly retryMs?: number;
  /** How long a gateway that stands still may go on afterwards as if nothing had been; otherwise it begins a new session. Default 15 s; renewed three times in it. */
  readonly claimMs?: number;
}

/** The first try comes at once. */
const startRetryMs = 100;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Opens a session; one that cannot be had now is the reason. Throws what waiting does not mend. */
const start = async (options: SessionOptions, patienceMs: number): Promise<Session | VigilError> => {
  for (const until = Date.now() + patienceMs; ; ) {
    try {
      return await openSession(options);
    } catch (error) {
      if (!isVigilError(error)) throw error;
      if (error.code === 'INVALID_INPUT') throw atTarget(options.target, error);
      if (Date.now() + startRetryMs > until) return error;
      await pause(startRetryMs);
    }
  }
};

const emptied: StoreFault = {
  kind: 'damaged',
  message:
    'Redis has lost what was written to it: it was emptied, another server answers in its place, or a gateway of another version has set it aside. A fresh store was begun.',
};

/** What an outage has cost; null when everything was kept. */
const costOf = (forgotten: number, lost: number): string | null =>
  forgotten + lost === 0 ? null : `While Redis was away ${forgotten + lost} entries were lost for lack of room in memory or in Redis.`;

/**
 * A store in one Redis. Whatever must happen in one go is a script, and commands of a time that is over do nothing. While Redis is away the store goes on in
 * memory, and writes it back: what others of the first-one-wins kind have put there first stays. Several gateways may use one prefix at the same time.
 * Throws INVALID_INPUT when Redis can be reached but not used as it is configured.
 */
export const createRedisStore = async (options: RedisStoreOptions): Promise<Store> => {
  const { target, keyPrefix, onFault, onRecovered = () => undefined, now = Date.now } = options;
  const { deadlineMs = 3_000, patienceMs = 1_000, startPatienceMs = 5_000, retryMs = 2_000, claimMs = 15_000 } = options;
  const outage = createOutage(options.maxMemoryBytes ?? 64 * 1024 * 1024);
  const claimant = createClaimant();
  const marks = createMarks(claimant.gateway, now);
  const clock: LeaseClock = { now, forServer: () => (options.now === undefined ? '' : String(Math.floor(now()))) };
  const opening: SessionOptions = { target, prefix: keyPrefix, claimant, deadlineMs, claimMs, clock: clock.forServer };
  /** Where the values are: another place than before is a fresh one. */
  let area: string | undefined;
  let disposal: Promise<void> | undefined;

  const begun = await start(opening, startPatienceMs);
  const standstill = createStandstill();
  const ear = createEar({
    open: (silenceMs) => openConnection(target, deadlineMs + silenceMs),
    isOwn: (id) => id.startsWith(`${claimant.gateway} `),
    troubled: (message) => onFault({ kind: 'reservation', message }),
  });
  const writeBack = createWriteBack({ outage, clock, marks });

  const link = createLink({
    outage,
    open: () => openSession(opening),
    arrive: ({ highest, setAside, keys }) => {
      marks.raise(highest);
      const fault = setAside ?? (area === undefined || area === keys.values ? undefined : emptied);
      area = keys.values;
      if (fault) onFault(fault);
      return fault?.message ?? null;
    },
    writeBack: async (session) => {
      const { lost } = await writeBack(session);
      return costOf(outage.forgotten(), lost);
    },
    changed: (session) => ear.follow(session?.keys),
    stoodStill: standstill.lately,
    onFault,
    onRecovered,
    patienceMs,
    retryMs,
    renewMs: claimMs / 3,
  });
  await link.begin(begun);

  const perform: Perform = (work) => (disposal ? Promise.reject(closedStore()) : link.perform(work));
  return {
    shared: true,
    ...createValues(perform, marks),
    ...createStreams(perform, marks),
    ...createLargeValues(perform),
    ...createLeases(perform, marks, clock),
    listen: (stream, listener) => (disposal ? () => undefined : ear.listen(stream, listener)),
    health: () => {
      const { message, ...health } = link.health();
      return { ...health, message: [message, ear.trouble()].filter((each) => each !== null).join(' ') || null };
    },
    dispose: () => {
      ear.dispose();
      standstill.dispose();
      disposal ??= link.end();
      return disposal;
    },
  };
};
