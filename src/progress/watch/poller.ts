import type { Backend, Instant, Task } from '../../domain/index.js';
import { isVigilError, type VigilError } from '../../errors.js';
import { leadLost } from '../instances/guarded-backend.js';
import type { JobArchive } from '../results/archive.js';
import type { TaskKeeper } from '../verbs/task-keeper.js';
import type { Follower } from './follower.js';
import type { Interest } from './interest.js';
import type { ObservableLedger } from './ledger.js';
import { createTickReads, type PolledParts } from './tick-reads.js';

/** The one loop that asks a backend, for everybody who watches. Runs while somebody watches or a task is followed; then not at all. */
export interface Poller {
  readonly backend: Backend;
  /** Adds a watcher. Returns the way out. */
  watch(interest: Interest): () => void;
  /** Something was begun: look now. */
  wake(): void;
  /** Asks about this task until it has ended, should the vendor's list not show it; as long as anybody watches. */
  track(task: Task): void;
  /** Resolves once a tick that is no older than one fast interval has covered the interest; with the failure when the backend did not answer. */
  fresh(interest: Interest): Promise<VigilError | undefined>;
  readonly parts: PolledParts;
  dispose(): Promise<void>;
}

/** How to make one. */
export interface PollerOptions {
  readonly backend: Backend;
  readonly fastMs: number;
  readonly slowMs: number;
  readonly ledger: ObservableLedger;
  readonly follower: Follower;
  readonly keeper: TaskKeeper;
  /** Of a product that hands results over once: its jobs are followed whether anybody watches or not. */
  readonly archive?: Pick<JobArchive, 'isNeeded' | 'collect'>;
  readonly now?: () => Instant;
  readonly random?: () => number;
  /** Re-learns what the backend is, unless that was done less than so long ago: the whole tick when only its health is watched. */
  readonly probe: (maxAgeMs: number) => Promise<void>;
  /** Told after each tick, for metrics. */
  readonly ticked: (tick: { readonly durationMs: number; readonly failed: boolean }) => void;
  /** For the log: a fault of the gateway itself. */
  readonly fault: (message: string, cause: unknown) => void;
  /** False: another instance asks this backend for all of them, and the loop rests. Default: it may. */
  readonly mayRun?: () => boolean;
  /** Told when the parts may have changed: after each tick, with its failure, and when the loop comes to rest. */
  readonly looked?: (error: VigilError | undefined) => void;
}

/**
 * Of the time in which nothing has changed: what is under way, but stands still, is looked at again after so much of it. The next change is seen with a delay
 * that is small against the standstill; a run whose node has died does not keep the loop at full speed for hours.
 */
const stillShare = 1 / 20;

export const createPoller = (options: PollerOptions): Poller => {
  const { backend, fastMs, slowMs, ledger, follower, archive, probe, ticked, fault, mayRun = () => true, looked } = options;
  const now = options.now ?? Date.now;
  const random = options.random ?? Math.random;
  const interests = new Set<Interest>();
  const ending = new AbortController();
  const reads = createTickReads({ ...options, now });
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let delay = fastMs;
  /** When the last tick ended, and how, if badly. */
  let last: { readonly at: Instant; readonly error?: VigilError } = { at: 0 };
  let waiters: { readonly since: number; readonly resolve: () => void }[] = [];
  let ticks = 0;
  /** Since when nothing has changed, whoever would have seen it; and whether something has since the last tick. */
  let stillSince = now();
  let stirred = false;

  const stopListening = ledger.listen((change) => {
    const { backendKey } = 'value' in change ? change.value : change;
    // Counters of a node always move: who looks at them alone is served as slowly as everybody else. So is who looks at an estimate.
    if (backendKey !== backend.key || change.kind === 'node' || ('stirs' in change && !change.stirs)) return;
    stillSince = now();
    stirred = true;
  });

  const needed = (): boolean =>
    mayRun() && (interests.size > 0 || follower.tasksToFollow(backend).length > 0 || archive?.isNeeded() === true);

  const read = async (): Promise<void> => {
    const requestId = `poll-${backend.key}-${ticks}`;
    try {
      const asked = await reads.read([...interests], () => backend.call({ signal: ending.signal, requestId }));
      // Beside the reads, and slowly: it changes when somebody upgrades the backend, or prepares to.
      if (asked) void probe(slowMs);
      else await probe(0);
    } catch (error) {
      // It answers, but refuses: perhaps it says of itself why.
      if (isVigilError(error) && error.facts.httpStatus !== undefined) void probe(slowMs);
      throw error;
    }
  };

  /** How long to wait after a tick that went well. */
  const pace = (): number => {
    if (stirred || reads.isInDoubt()) return fastMs;
    const isAwaited = [...interests].some(({ awaited }) => awaited === true);
    if (!isAwaited && !reads.isMoving() && follower.tasksToFollow(backend).length === 0) return Math.min(slowMs, delay * 1.5);
    return Math.min(slowMs, Math.max(fastMs, (now() - stillSince) * stillShare));
  };

  const tick = async (): Promise<void> => {
    // Who slept wakes here: a timer fires before anything else can tell.
    if (!mayRun()) return;
    const begun = ++ticks;
    const startedAt = now();
    let failure: VigilError | undefined;
    try {
      await read();
    } catch (error) {
      // Nothing was read, and nobody is told so: whoever leads reads it.
      if (error === leadLost) return;
      if (isVigilError(error)) failure = error;
      else fault('a poll met a fault', error);
    }
    if (failure) {
      reads.drop();
      // What it is like after that is worth a closer look.
      stillSince = now();
    }
    last = { at: now(), ...(failure ? { error: failure } : {}) };
    ticked({ durationMs: now() - startedAt, failed: failure !== undefined });
    looked?.(failure);
    // Never faster on errors; what the backend asks for is a lower bound.
    delay = failure ? Math.max(Math.min(slowMs, delay * 2), failure.facts.retryAfterMs ?? 0) : pace();
    stirred = false;
    serve(begun);
  };

  /** Lets those go who have waited for a tick up to this one. */
  const serve = (begun: number): void => {
    const served = waiters.filter((waiter) => waiter.since < begun);
    waiters = waiters.filter((waiter) => waiter.since >= begun);
    for (const waiter of served) waiter.resolve();
  };

  const schedule = (inMs: number): void => {
    clearTimeout(timer);
    timer = undefined;
    if (ending.signal.aborted || !needed()) {
      rest();
      return;
    }
    timer = setTimeout(run, inMs);
  };

  const rest = (): void => {
    delay = fastMs;
    reads.reset();
    last = { at: 0 };
    looked?.(undefined);
    serve(Number.POSITIVE_INFINITY);
  };

  const run = (): void => {
    if (running) return;
    running = tick().finally(() => {
      running = undefined;
      schedule(waiters.length > 0 ? 0 : delay * (0.9 + random() * 0.2));
    });
  };

  const soon = (): void => {
    delay = fastMs;
    if (!running) schedule(0);
  };

  return {
    backend,
    watch: (interest) => {
      interests.add(interest);
      if (!timer && !running) schedule(0);
      return () => {
        if (interests.delete(interest) && !needed() && !running) schedule(0);
      };
    },
    wake: () => {
      stillSince = now();
      soon();
    },
    track: reads.track,
    fresh: async (interest) => {
      if (last.at + fastMs >= now() && (last.error !== undefined || reads.covers(interest))) return last.error;
      await new Promise<void>((resolve) => {
        waiters.push({ since: ticks, resolve });
        soon();
      });
      return last.error;
    },
    parts: reads.parts,
    dispose: async () => {
      ending.abort();
      stopListening();
      clearTimeout(timer);
      timer = undefined;
      interests.clear();
      await running;
      clearTimeout(timer);
      rest();
    },
  };
};
