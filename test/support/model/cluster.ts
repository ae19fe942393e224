import { createMemoryStore, type Store } from '../../../src/store/index.js';
import type { ScriptedVendor } from '../scripted-vendor.js';
import { createSharedStore, type SharedHandle, type SharedStore } from '../shared-store.js';
import { createCrashingStore } from './crashing-store.js';
import { createGateway, type Gateway } from './gateway.js';
import type { Plant } from './plants.js';
import type { VirtualTime } from './virtual-time.js';

/** How many instances there are, and over what. */
export interface Setting {
  readonly instances: number;
  /** Over one store that all share; false: one instance alone, over a store of its own. */
  readonly shared: boolean;
  readonly checkpointEntries: number;
  readonly skewMs: number;
  /** Whether clients who watch the same share a watch. */
  readonly sharesWatches: boolean;
  /** A bug put in on purpose. */
  readonly plant?: Plant;
}

/** One place where an instance runs; after it has died, another one. */
export interface Member {
  readonly gateway: Gateway;
  readonly handle: SharedHandle | undefined;
  /** Names under which it has asked for leases. */
  readonly holders: ReadonlySet<string>;
  /** Whether it was without the store a moment ago: its cursors may be good for nothing. */
  isTroubled(): boolean;
}

/** All instances of one company's gateway. */
export interface Cluster {
  readonly members: readonly Member[];
  readonly store: SharedStore | undefined;
  /** Entries of the log. */
  entries(): Promise<number>;
  refuse(entries: number): void;
  /** The instance at that place ends, in good order or not. */
  end(at: number, crashes: boolean): Promise<void>;
  /** Another one takes its place. */
  begin(at: number): Promise<void>;
  cut(at: number, how: 'silent' | 'heard' | 'away'): void;
  restore(at: number): void;
  /** Where the loop of that backend runs. */
  leaderOf(backendKey: string): number | undefined;
  /** All of them run and reach the store. */
  recover(): Promise<void>;
  dispose(): Promise<void>;
  /** All of them die where they stand. */
  abandon(): void;
}

/** So long after a store has come back it may not be known yet. */
const troubledMs = 5_000;
/** An instance that begins or ends takes no longer. */
const patienceMs = 30_000;

export const createCluster = async (
  time: VirtualTime,
  setting: Setting,
  around: {
    readonly vendors: readonly ScriptedVendor[];
    readonly latencyMs: () => number;
    readonly wrong: (message: string) => void;
    /** An entry has come into the log. */
    readonly logged: (value: string) => void;
    readonly started: (gateway: Gateway) => void;
  },
): Promise<Cluster> => {
  const { vendors, wrong } = around;
  const store = setting.shared ? createSharedStore({ added: (_stream, value) => around.logged(value) }) : undefined;
  const memory = createMemoryStore();
  const own = createCrashingStore(memory);
  const members: (Member & { trouble(): void })[] = [];

  const within = async (what: string, work: Promise<void>): Promise<void> => {
    let over = false;
    work.then(
      () => {
        over = true;
      },
      (error: unknown) => {
        over = true;
        wrong(`${what}: ${String(error)}`);
      },
    );
    if (!(await time.until(() => over, patienceMs))) wrong(`${what}: takes for ever`);
  };

  const isHolder = (lease: string, holders: ReadonlySet<string>): boolean => {
    const held = store?.holderOf(lease);
    return held?.holder != null && holders.has(held.holder);
  };

  const begin = async (at: number): Promise<void> => {
    const process = time.process();
    const handle = store?.open({ deliver: process.deliver });
    const holders = new Set<string>();
    const base = handle?.store ?? own.open();
    const watched: Store = {
      ...base,
      acquireLease: (name, holder, ttlMs) => {
        holders.add(holder);
        return base.acquireLease(name, holder, ttlMs);
      },
    };
    let troubledAt = Number.NEGATIVE_INFINITY;
    const gateway = createGateway({
      vendors,
      store: setting.plant?.store?.(watched) ?? watched,
      process,
      checkpointEntries: setting.checkpointEntries,
      skewMs: (at - 1) * setting.skewMs,
      sharesWatches: setting.sharesWatches,
      latencyMs: around.latencyMs,
      polls: (backendKey) => {
        if (process.isDead()) return;
        if (handle && !members[at]?.isTroubled() && !isHolder(`leader/${backendKey}`, holders))
          wrong(
            `instance ${at} polls ${backendKey}, and does not hold its lease: ${JSON.stringify(store?.holderOf(`leader/${backendKey}`))}`,
          );
      },
    });
    members[at] = {
      gateway,
      handle,
      holders,
      trouble: () => {
        troubledAt = Date.now();
      },
      isTroubled: () => handle?.isCut() === true || Date.now() - troubledAt < troubledMs,
    };
    around.started(gateway);
    await within(`instance ${at} begins`, gateway.start());
  };

  const crash = (at: number): void => {
    const member = members[at];
    if (!member) return;
    member.handle?.crash();
    if (!member.handle) own.kill();
    member.gateway.process.die();
  };
  const end = async (at: number): Promise<void> => {
    const member = members[at];
    if (!member) return;
    const { gateway, handle } = member;
    await gateway.process.goOn();
    await within(`instance ${at} ends`, gateway.dispose());
    // The server of the gateway does that last.
    await handle?.store.dispose();
    await time.settle();
    if (gateway.process.timers() > 0) await time.advance(patienceMs);
    if (gateway.process.timers() > 0) wrong(`instance ${at} has ended, and ${gateway.process.timers()} timers are left`);
    if (handle && handle.listeners() > 0) wrong(`instance ${at} has ended, and listens to the store`);
    gateway.process.die();
  };

  for (let at = 0; at < setting.instances; at += 1) await begin(at);

  const cluster: Cluster = {
    members,
    store,
    entries: async () => {
      if (store) return (await store.entriesOf('changes')).length;
      return (await memory.read('changes', { after: 0, limit: 100_000 })).entries.length;
    },
    refuse: own.refuse,
    end: async (at, crashes) => {
      const member = members[at];
      // A process that cannot reach its store or is stopped is killed by whoever restarts it.
      const isWell = !member?.gateway.process.isStopped() && !member?.handle?.isAway();
      if (crashes || !isWell) crash(at);
      else await end(at);
    },
    begin,
    cut: (at, how) => {
      const { handle } = members[at] ?? {};
      if (how === 'away') {
        members[at]?.trouble();
        handle?.cut();
      } else handle?.sever({ heard: how === 'heard' });
    },
    restore: (at) => {
      const member = members[at];
      if (member?.handle?.isCut()) member.trouble();
      member?.handle?.restore();
    },
    leaderOf: (backendKey) => {
      const at = members.findIndex(({ holders }) => isHolder(`leader/${backendKey}`, holders));
      return at < 0 ? undefined : at;
    },
    recover: async () => {
      for (const [at, { gateway }] of members.entries()) {
        cluster.restore(at);
        await gateway.process.goOn();
      }
    },
    dispose: async () => {
      for (const at of members.keys()) await end(at);
      await memory.dispose();
    },
    abandon: () => {
      for (const at of members.keys()) crash(at);
    },
  };
  return cluster;
};
