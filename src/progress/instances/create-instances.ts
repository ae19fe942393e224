import type { Instant } from '../../domain/index.js';
import type { Lease, Store } from '../../store/store.js';
import type { Channel, Leadership } from './instances.js';
import { createListeners } from './listeners.js';
import { createOtherInstances } from './others.js';
import { createPresence } from './presence.js';
import { type Right, rightOf, stopwatch } from './rights.js';

/** What takes part among several is made from. */
export interface InstancesOptions {
  /** Its name in the log. */
  readonly instance: string;
  /** A shared one. */
  readonly store: Store;
  readonly backendKeys: readonly string[];
  readonly channel: Channel & {
    /** Calls when the store could not be reached, and when the log goes on. */
    detached(listener: (isDetached: boolean) => void): () => void;
  };
  /** Somebody else leads the backend now. */
  readonly replaced: (backendKey: string) => void;
  readonly now: () => Instant;
  /** For the log. */
  readonly fault: (message: string, cause: unknown) => void;
}

/** How long a backend goes unasked when its leader dies, at most. */
const leaderMs = 5_000;
/** All leases are asked for so often, together. */
const roundMs = 1_500;

const leaderOfBackend = (backendKey: string): string => `leader/${backendKey}`;
/** Nobody writes into it: whoever listens is told only that the store is there again. */
const silentStream = 'instances';

/** Fences follow the clock. One that is further ahead than any clock goes wrong is none: believed, it would keep everybody from leading for good. */
const furthestAheadMs = 366 * 24 * 3_600_000;

const leadIn = (body: unknown, now: Instant): { readonly backendKey: string; readonly fence: number } | undefined => {
  const { backendKey, fence } = (body ?? {}) as { readonly backendKey?: unknown; readonly fence?: unknown };
  const isFence = typeof fence === 'number' && fence < now + furthestAheadMs;
  return typeof backendKey === 'string' && isFence ? { backendKey, fence } : undefined;
};

export const createInstances = (options: InstancesOptions): Leadership => {
  const { instance, store, backendKeys, channel, replaced, now, fault } = options;
  const presence = createPresence(instance, store, now);
  const others = createOtherInstances(presence.name, store, now);
  const held = new Map<string, Right>();
  /** The highest fence that another one has said, and who. */
  const told = new Map<string, { readonly fence: number; readonly leader: string; readonly isThere: boolean }>();
  /** What `turned` was told last. */
  const leading = new Set<string>();
  const turned = createListeners<[backendKey: string, leads: boolean, isAlone: boolean]>();
  const led = createListeners<[backendKey: string, leader: string]>();
  const missed = createListeners<[]>();
  /** The life that the others have heard of. */
  let introduced = presence.name();
  let isAway = false;
  /** How often the store has come back: what was asked for before may have been answered from memory. */
  let returns = 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isDue = false;
  let hasStarted = false;
  let ending: Promise<void> | undefined;
  let isEnding = false;

  const leads = (backendKey: string): boolean => !isEnding && held.get(backendKey)?.isValid() === true;

  const sayThatItLeads = (backendKey: string): void => {
    const right = held.get(backendKey);
    if (right?.isValid() && !right.ofMemory) channel.announce('leads', { backendKey, fence: right.fence });
  };

  const lose = (backendKey: string): void => {
    if (leading.delete(backendKey)) turned.tell(backendKey, false, false);
  };
  const settle = (): void => {
    for (const key of backendKeys) {
      if (!leads(key)) lose(key);
      else if (!leading.has(key)) {
        leading.add(key);
        sayThatItLeads(key);
        turned.tell(key, true, held.get(key)?.ofMemory === true);
      }
    }
  };

  const take = async (backendKey: string, lease: Lease | undefined, sinceAsked: () => number): Promise<void> => {
    const before = held.get(backendKey);
    held.delete(backendKey);
    if (!lease) return;
    // Who leads under a fence below one that was heard is not believed: a fresh lease has a higher one.
    if (!isAway && lease.fence <= (told.get(backendKey)?.fence ?? 0)) return store.releaseLease(leaderOfBackend(backendKey), instance);
    held.set(backendKey, rightOf(lease, sinceAsked, leaderMs, isAway));
    // Somebody may have led in between.
    if (before?.fence !== lease.fence) lose(backendKey);
  };

  const round = async (): Promise<void> => {
    settle();
    const before = returns;
    const sinceAsked = stopwatch(now);
    const [{ away }, present, leases] = await Promise.all([
      store.read(silentStream, { after: 0, limit: 1 }),
      presence.renew(),
      Promise.all(backendKeys.map((key) => store.acquireLease(leaderOfBackend(key), instance, leaderMs))),
    ]);
    if (returns !== before) isDue = true;
    if (returns !== before || isEnding) return;
    isAway = away;
    present(away);
    // Asleep for long, or out of reach: the others have given up what it wanted, too.
    if (presence.name() !== introduced) introduce();
    await Promise.all(backendKeys.map((key, index) => take(key, leases[index], sinceAsked)));
    if (isEnding) return;
    settle();
    if (!away) await others.look();
  };

  const schedule = (inMs: number): void => {
    clearTimeout(timer);
    if (isEnding || !hasStarted) return;
    timer = setTimeout(run, inMs);
    timer.unref();
  };

  const run = (): void => {
    isDue = false;
    running ??= round()
      .catch((cause: unknown) => fault('who leads which backend could not be settled', cause))
      .finally(() => {
        running = undefined;
        schedule(isDue ? 0 : roundMs);
      });
  };
  const soon = (): void => {
    isDue = true;
    if (!running) schedule(0);
  };

  /** The store is there again: what its memory gave counts no more. */
  const comeBack = (): void => {
    returns += 1;
    for (const [key, right] of held) if (right.ofMemory) held.delete(key);
    if (isAway) others.forgive();
    isAway = false;
    settle();
    soon();
  };

  const sayAgain = (): void => {
    for (const key of backendKeys) sayThatItLeads(key);
    missed.tell();
  };

  const introduce = (): void => {
    introduced = presence.name();
    channel.announce('hello', {});
    sayAgain();
  };

  const hearThatItLeads = (body: unknown, from: string): void => {
    others.heard(from);
    const news = leadIn(body, now());
    if (!news || !backendKeys.includes(news.backendKey)) return;
    const { backendKey, fence } = news;
    const before = told.get(backendKey);
    if (fence < (before?.fence ?? 0)) return;
    told.set(backendKey, { fence, leader: from, isThere: true });
    if ((held.get(backendKey)?.fence ?? Number.POSITIVE_INFINITY) <= fence) {
      held.delete(backendKey);
      settle();
      soon();
    }
    if (before?.fence !== fence) replaced(backendKey);
    led.tell(backendKey, from);
  };

  const forget = (gone: string): void => {
    for (const [key, lead] of told) if (lead.leader === gone) told.set(key, { ...lead, isThere: false });
  };

  const waysOut = [
    channel.hear('leads', hearThatItLeads),
    // Who wants something is looked for: should it die, that is not read for it any more.
    channel.hear('interests', (_body, from) => others.heard(from)),
    channel.hear('resigns', (_body, from) => {
      others.left(from);
      soon();
    }),
    channel.hear('hello', (_body, from) => {
      others.heard(from);
      sayAgain();
    }),
    channel.detached((isDetached) => {
      if (isDetached) return soon();
      comeBack();
      introduce();
    }),
    store.listen(silentStream, comeBack),
    others.gone(forget),
  ];

  const giveBack = async (): Promise<void> => {
    isEnding = true;
    clearTimeout(timer);
    for (const leave of waysOut) leave();
    await running;
    if (hasStarted) {
      await Promise.all([presence.giveBack(), ...backendKeys.map((key) => store.releaseLease(leaderOfBackend(key), instance))]);
      channel.announce('resigns', { backends: [...held.keys()] });
    }
    held.clear();
    settle();
  };

  return {
    get self() {
      return presence.name();
    },
    leads,
    term: (backendKey) => (leads(backendKey) ? held.get(backendKey)?.fence : undefined),
    isPresent: () => !isEnding && presence.isValid(),
    isGone: others.isGone,
    gone: others.gone,
    leaderOf: (backendKey) => {
      const lead = told.get(backendKey);
      return lead?.isThere && !leads(backendKey) ? lead.leader : undefined;
    },
    turned: turned.add,
    led: led.add,
    missed: missed.add,
    start: async () => {
      hasStarted = true;
      run();
      await running;
      channel.announce('hello', {});
    },
    dispose: () => {
      ending ??= giveBack();
      return ending;
    },
  };
};
