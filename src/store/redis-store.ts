import type { Instant, RedisTarget } from '../domain/index.js';
import { isVigilError, VigilError } from '../errors.js';
import { closedStore } from './memory-store.js';
import { createClaimant } from './redis/claim.js';
import { createLargeValues } from './redis/large-values.js';
import { createLeases, type LeaseClock } from './redis/leases.js';
import { createLink } from './redis/link.js';
import { createOutage } from './redis/outage.js';
import { atTarget, openSession, type Session, type SessionOptions } from './redis/session.js';
import { createStreams } from './redis/streams.js';
import { createValues } from './redis/values.js';
import { createMarks, type Perform } from './redis/work.js';
import { writeBack } from './redis/write-back.js';
import type { Store } from './store.js';
import type { StoreFault } from './store-fault.js';

export interface RedisStoreOptions {
  readonly target: RedisTarget;
  /** All keys of the store begin with it. One gateway at a time may use it. */
  readonly keyPrefix: string;
  /** Told once about each fault; never called again for the same one while it lasts. */
  readonly onFault: (fault: StoreFault) => void;
  /** Told when what was kept in memory is in Redis, and writes are durable again. */
  readonly onRecovered?: () => void;
  /** Told when another gateway has the prefix and its claim is waited out, because that gateway may be dead. */
  readonly onWaiting?: (message: string) => void;
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
  /** How long a gateway that died keeps others out. Default 15 s; renewed three times in it. */
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
      if (error.code === 'INVALID_INPUT' || error.code === 'CONFLICT') throw atTarget(options.target, error);
      if (Date.now() + startRetryMs > until) return error;
      await pause(startRetryMs);
    }
  }
};

const emptied: StoreFault = {
  kind: 'damaged',
  message: 'Redis has lost what was written to it: it was emptied, or another server answers in its place. A fresh store was begun.',
};

/** What an outage has cost; null when everything was kept. */
const costOf = (forgotten: number, lost: number): string | null =>
  forgotten + lost === 0 ? null : `While Redis was away ${forgotten + lost} entries were lost for lack of room in memory or in Redis.`;

/**
 * A store in one Redis. Whatever must happen in one go is a script, and commands of a time that is over do nothing. While Redis is away the store goes on in
 * memory, and writes it back: what others of the first-one-wins kind have put there first stays.
 * Throws CONFLICT while another gateway uses the prefix, INVALID_INPUT when Redis can be reached but not used as it is configured.
 */
export const createRedisStore = async (options: RedisStoreOptions): Promise<Store> => {
  const { target, keyPrefix, onFault, onRecovered = () => undefined, onWaiting, now = Date.now } = options;
  const { deadlineMs = 3_000, patienceMs = 1_000, startPatienceMs = 5_000, retryMs = 2_000, claimMs = 15_000 } = options;
  const outage = createOutage(options.maxMemoryBytes ?? 64 * 1024 * 1024);
  const marks = createMarks(now);
  const clock: LeaseClock = { now, forServer: () => (options.now === undefined ? '' : String(Math.floor(now()))) };
  const opening: SessionOptions = { target, prefix: keyPrefix, claimant: createClaimant(), deadlineMs, claimMs, pause };
  /** Where the values are: another place than before is a fresh one. */
  let area: string | undefined;
  let disposal: Promise<void> | undefined;

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
      const { lost } = await writeBack(session, outage, clock);
      return costOf(outage.forgotten(), lost);
    },
    onFault,
    onRecovered,
    patienceMs,
    retryMs,
    renewMs: claimMs / 3,
  });
  await link.begin(await start({ ...opening, onWaiting: onWaiting ?? (() => undefined) }, startPatienceMs));

  const perform: Perform = (work) => (disposal ? Promise.reject(closedStore()) : link.perform(work));
  return {
    ...createValues(perform),
    ...createStreams(perform, marks),
    ...createLargeValues(perform),
    ...createLeases(perform, marks, clock),
    health: link.health,
    dispose: () => {
      disposal ??= link.end();
      return disposal;
    },
  };
};
