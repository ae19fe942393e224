import { z } from 'zod';
import type { Task } from '../../domain/index.js';
import type { VigilError } from '../../errors.js';
import type { Interest } from '../watch/interest.js';
import type { Channel } from './instances.js';
import { fold, nameOf, type ToldInterest, tellInterest, toldInterest, withoutOnce } from './told-interests.js';

export const toldWishes = z.object({
  backendKey: z.string(),
  interests: z.array(toldInterest),
  /** The number of the wish that a look is asked for by; the leader names it when it has looked. */
  ask: z.number().optional(),
  /** Something was begun: look now. */
  wake: z.boolean().optional(),
  /** Tasks of single entities, which are in no list. */
  tracked: z.array(z.looseObject({ id: z.string() })).optional(),
});

/** How a wish for a look ended: it was looked, or somebody else has to be asked now. */
export type Outcome = { readonly status: 'looked'; readonly error: VigilError | undefined } | { readonly status: 'turned' };

/** What this instance wants of a backend that another one leads. */
export interface Asking {
  /** Returns the way out. */
  watch(interest: Interest): () => void;
  wake(): void;
  track(task: Task): void;
  /** Asks for a look that begins after now and covers what is watched. */
  fresh(): Promise<Outcome>;
  /** The leader has looked for all that was asked up to that number. */
  looked(upTo: number, error: VigilError | undefined): void;
  /** Somebody leads who may not have heard. */
  repeat(): void;
  /** Nobody has to be asked: this instance leads. Who waits is sent there. */
  stop(): void;
  dispose(): void;
}

/** How one is made. */
export interface AskingOptions {
  readonly backendKey: string;
  readonly channel: Channel;
  /** Whether another one has to be asked. */
  readonly isAsked: () => boolean;
}

/** All that is wanted within so much is said at once. */
const apartMs = 100;
/** That less is wanted is no news in a hurry. */
const lazyMs = 5_000;
/** Told to the leader at once, at most. */
const mostTracked = 1_000;

interface Wanted {
  readonly told: ToldInterest;
  count: number;
  /** The wish that asked for it first; what is asked for only once need not be said when that was served. */
  readonly since: number;
}

export const createAsking = ({ backendKey, channel, isAsked }: AskingOptions): Asking => {
  const wanted = new Map<string, Wanted>();
  const tracked = new Map<string, Task>();
  let waiters: { readonly ask: number; readonly resolve: (outcome: Outcome) => void }[] = [];
  let asks = 0;
  let served = 0;
  let wakes = false;
  let said = '';
  /** `soon` waits for more to say, `lazy` for more to let go; `quiet`: something has just been said. */
  let timer: { readonly kind: 'soon' | 'lazy' | 'quiet'; readonly handle: NodeJS.Timeout } | undefined;
  let isDue = false;

  const wait = (kind: 'soon' | 'lazy' | 'quiet', ms: number, then: () => void): void => {
    clearTimeout(timer?.handle);
    const handle = setTimeout(() => {
      timer = undefined;
      then();
    }, ms);
    handle.unref();
    timer = { kind, handle };
  };

  const wishes = (): readonly ToldInterest[] => {
    const all = [...wanted.values()];
    const whole = fold(all.map(({ told }) => told));
    // Not so many that it matters, or what was asked for once is not said again.
    return whole.length === wanted.size ? whole : fold(all.map(({ told, since }) => (since <= served ? withoutOnce(told) : told)));
  };

  const say = (): void => {
    isDue = false;
    if (!isAsked()) return;
    const interests = wishes();
    const text = JSON.stringify(interests);
    const asksNow = waiters.some(({ ask }) => ask > asks);
    if (text === said && !asksNow && !wakes && tracked.size === 0) return;
    said = text;
    if (asksNow) asks += 1;
    channel.announce('interests', {
      backendKey,
      interests,
      ...(waiters.length > 0 ? { ask: asks } : {}),
      ...(wakes ? { wake: true } : {}),
      ...(tracked.size > 0 ? { tracked: [...tracked.values()] } : {}),
    });
    wakes = false;
    tracked.clear();
    wait('quiet', apartMs, () => {
      if (isDue) say();
    });
  };

  const soon = (): void => {
    if (!isAsked()) return;
    isDue = true;
    if (timer === undefined || timer.kind === 'lazy') wait('soon', 0, say);
  };

  const send = (outcome: Outcome, isMeant: (ask: number) => boolean): void => {
    const meant = waiters.filter(({ ask }) => isMeant(ask));
    waiters = waiters.filter(({ ask }) => !isMeant(ask));
    for (const { resolve } of meant) resolve(outcome);
  };

  return {
    watch: (interest) => {
      const told = tellInterest(backendKey, interest);
      const name = nameOf(told);
      const known = wanted.get(name) ?? { told, count: 0, since: asks + 1 };
      wanted.set(name, known);
      known.count += 1;
      if (known.count === 1) soon();
      let isIn = true;
      return () => {
        if (!isIn) return;
        isIn = false;
        known.count -= 1;
        if (known.count > 0 || wanted.get(name) !== known) return;
        wanted.delete(name);
        if (timer === undefined && isAsked()) wait('lazy', lazyMs, say);
        else isDue ||= timer?.kind === 'quiet';
      };
    },
    wake: () => {
      wakes = true;
      soon();
    },
    track: ({ raw: _raw, ...task }) => {
      // Of all others that have not ended the leader knows by itself: they are in the log.
      if ((task.entity?.length ?? 0) === 0) return;
      if (tracked.size < mostTracked) tracked.set(task.id, task);
      soon();
    },
    fresh: () =>
      new Promise((resolve) => {
        waiters.push({ ask: asks + 1, resolve });
        soon();
      }),
    looked: (upTo, error) => {
      if (!error) served = Math.max(served, upTo);
      send({ status: 'looked', error }, (ask) => ask <= upTo);
    },
    repeat: () => {
      said = '';
      soon();
    },
    stop: () => {
      clearTimeout(timer?.handle);
      timer = undefined;
      said = '';
      wakes = false;
      tracked.clear();
      send({ status: 'turned' }, () => true);
    },
    dispose: () => {
      clearTimeout(timer?.handle);
      timer = undefined;
      wanted.clear();
      send({ status: 'looked', error: undefined }, () => true);
    },
  };
};
