import type { Backend, Instant } from '../../domain/index.js';
import type { View } from '../journal/view.js';
import type { Interest } from '../watch/interest.js';
import type { Poller, PollerOptions } from '../watch/poller.js';
import { createAnswering } from './answering.js';
import { createAsking } from './asking.js';
import { guardBackend } from './guarded-backend.js';
import type { Channel, Leadership } from './instances.js';
import { createToldParts } from './told-parts.js';
import { toldRead } from './told-reads.js';

/** How one is made. */
export interface SharedPollerOptions<B extends Backend> {
  readonly backend: B;
  /** No look that served somebody longer ago counts for somebody else. */
  readonly fastMs: number;
  /** The name of this one in the log. */
  readonly instance: string;
  readonly instances: Leadership;
  readonly channel: Channel;
  readonly view: View;
  /** Resolves when what was read so far is in the log. */
  readonly settled: () => Promise<void>;
  readonly now: () => Instant;
  /** Makes the loop of this instance; it may run only while this one leads. */
  readonly createLoop: (options: Pick<PollerOptions, 'mayRun' | 'looked'> & { readonly backend: B }) => Poller;
}

/**
 * The loop of a backend among several instances. The one that leads runs its own for what all of them want; at the others watching is telling it so, and
 * what there is to see comes through the journal.
 */
export const createSharedPoller = <B extends Backend>(options: SharedPollerOptions<B>): Poller => {
  const { backend, fastMs, instance, instances, channel, view, settled, now, createLoop } = options;
  const { key } = backend;
  const own = new Map<Interest, (() => void) | undefined>();
  let isLeading = false;
  let turns = 0;
  let isOver = false;

  const leads = (): boolean => isLeading && instances.leads(key);
  const poller = createLoop({
    backend: guardBackend(backend, () => instances.term(key)),
    mayRun: leads,
    looked: (error) => answering.looked(error),
  });
  const answering = createAnswering({ backendKey: key, channel, poller, settled });
  const asking = createAsking({ backendKey: key, channel, isAsked: () => !instances.leads(key) });
  const told = createToldParts({ backend, view, leader: () => instances.leaderOf(key), now });

  const lead = (): void => {
    asking.stop();
    for (const interest of own.keys()) own.set(interest, poller.watch(interest));
    answering.lead();
    poller.wake();
  };
  const follow = (): void => {
    for (const [interest, leave] of own) {
      own.set(interest, undefined);
      leave?.();
    }
    answering.follow();
    asking.repeat();
  };

  const isMine = (body: unknown): boolean => (body as { readonly backendKey?: unknown } | null)?.backendKey === key;
  const isFromLeader = (body: unknown, from: string): boolean => isMine(body) && !leads() && instances.leaderOf(key) === from;

  const waysOut = [
    instances.turned((backendKey, leadsNow) => {
      if (backendKey !== key || isLeading === leadsNow) return;
      isLeading = leadsNow;
      turns += 1;
      if (leadsNow) lead();
      else follow();
    }),
    instances.led((backendKey) => {
      if (backendKey === key) asking.repeat();
    }),
    instances.missed(() => (leads() ? answering.repeat() : asking.repeat())),
    instances.gone(answering.drop),
    channel.hear('read', (body, from) => {
      if (!isFromLeader(body, from)) return;
      const read = toldRead.safeParse(body);
      if (!read.success) return;
      told.take(read.data, from);
      const served = read.data.served?.[instance];
      if (served !== undefined) asking.looked(served, told.failure());
    }),
  ];

  return {
    backend,
    watch: (interest) => {
      const stopAsking = asking.watch(interest);
      own.set(interest, isLeading ? poller.watch(interest) : undefined);
      return () => {
        const leave = own.get(interest);
        own.delete(interest);
        leave?.();
        stopAsking();
      };
    },
    wake: () => (leads() ? poller.wake() : asking.wake()),
    track: (task) => (leads() ? poller.track(task) : asking.track(task)),
    fresh: async (interest) => {
      while (!isOver) {
        const turn = turns;
        if (leads()) {
          const error = await poller.fresh(interest);
          if (turn === turns && leads()) return error;
          continue;
        }
        const just = told.justLooked(interest, fastMs);
        if (just) return just.error;
        const outcome = await asking.fresh();
        if (outcome.status === 'looked') return outcome.error;
      }
      return undefined;
    },
    parts: {
      jobs: () => (leads() ? poller : told).parts.jobs(),
      tasks: () => (leads() ? poller : told).parts.tasks(),
      detectors: () => (leads() ? poller : told).parts.detectors(),
      nodes: () => (leads() ? poller : told).parts.nodes(),
      tasksFor: (interest) => (leads() ? poller : told).parts.tasksFor(interest),
    },
    dispose: async () => {
      isOver = true;
      for (const leave of waysOut) leave();
      asking.dispose();
      answering.dispose();
      own.clear();
      await poller.dispose();
    },
  };
};
