import { parseId } from '../../../src/domain/index.js';
import { noFields } from '../progress-rig.js';
import { createCluster, type Member, type Setting } from './cluster.js';
import type { Event } from './events.js';
import { createListClient, type ListClient } from './list-client.js';
import { lists, type WatchedKind } from './lists.js';
import { createSeen } from './seen.js';
import { createTaskClient, type TaskClient } from './task-client.js';
import { checkLists, checkWatchers } from './truth.js';
import { createVendorWorld } from './vendor-events.js';
import type { VirtualTime } from './virtual-time.js';

/** Vendors, gateways in front of them, and clients. */
export interface World {
  happen(event: Event): Promise<void>;
  /** Lets all come to rest, and checks what everybody has by then. */
  rest(): Promise<void>;
  /** What was found to be wrong. */
  readonly faults: readonly string[];
  /** Leaves nothing of it. */
  dispose(): void;
}

export interface WorldSetting extends Setting {
  readonly backends: 1 | 2;
}

/** Clients of each sort at once. */
const mostClients = 6;
/** Long enough for a slow loop to come round, and for *gone* to be heard thrice. */
const restMs = 6_500;
/** Long enough for leases to end, and for the dead to be known as such. */
const successionMs = 15_000;
/** Watches that have begun wait so long for a backend, whether they are still there or not. */
const patienceMs = 5_500;
const foreignCursor = Buffer.from('AAAAAAAA.1.*').toString('base64url');

const pick = <T>(from: readonly T[], index: number): T | undefined => from[from.length === 0 ? 0 : index % from.length];

export const createWorld = async (time: VirtualTime, setting: WorldSetting): Promise<World> => {
  const { shared, checkpointEntries } = setting;
  const mistakes: string[] = [];
  const wrong = (message: string): void => void mistakes.push(message);
  const seen = createSeen();
  const vendorWorld = createVendorWorld(setting.backends);
  const { vendors, ids } = vendorWorld;
  /** Timers of an instance that does nothing. */
  let idle = 0;
  const cluster = await createCluster(time, setting, {
    vendors,
    latencyMs: vendorWorld.latencyMs,
    wrong,
    logged: seen.read,
    started: ({ progress, isOpen }) => {
      if (shared) return;
      progress.ledger.listen((change) => {
        // What a vendor answers when the gateway has ended is told nobody.
        if (isOpen() && change.kind === 'task' && change.value.state === 'RUNNING') seen.add(change.value.id);
      });
    },
  });
  const { members } = cluster;
  idle = members[0]?.gateway.process.timers() ?? 0;
  const clients: ListClient[] = [];
  const watchers: TaskClient[] = [];
  const opens = new Map<WatchedKind, WatchedKind['open']>();
  /** Since then nobody need have been reset: what was written of the log may reach back no further. */
  let mayReset = checkpointEntries < 100;
  /** An instance has gone on without the store: what came and went in the log meanwhile it learns as a whole. */
  let hadOutage = false;

  const place = (at: number): number => at % members.length;
  const member = (at: number): Member => {
    const found = members[place(at)];
    if (found) return found;
    throw new TypeError('there is no instance');
  };
  const instanceAt = (at: number): object => member(at).gateway;
  const isOfLog = (cursor: string): boolean => !shared || seen.placeOf(cursor) !== undefined;
  const everybody = (): readonly (ListClient | TaskClient)[] => [...clients, ...watchers];

  const openClient = (list: number, name = `#${clients.length}`): ListClient => {
    const kind = lists[list % lists.length];
    if (!kind) throw new TypeError('there is no list');
    const open = opens.get(kind) ?? setting.plant?.open?.(kind.open) ?? kind.open;
    opens.set(kind, open);
    return createListClient(`${kind.name} ${name}`, (opening, at) => member(at).gateway.watch((hub) => open(hub, opening)), {
      wrong,
      seen: seen.count,
      isOfLog,
      instanceAt,
      hadOutage: () => hadOutage,
    });
  };
  const openWatcher = (id: string): TaskClient =>
    createTaskClient(
      id,
      (after, at) =>
        member(at).gateway.watch((hub) => hub.watchTask(parseId(id), { fields: noFields, ...(after === undefined ? {} : { after }) })),
      {
        wrong,
        isDoubtful: (at) => mayReset || member(at).isTroubled(),
        isOfLog,
        isBefore: (cursor, other) => (seen.placeOf(cursor) ?? Number.POSITIVE_INFINITY) < (seen.placeOf(other) ?? 0),
        instanceAt,
      },
    );
  const disconnectAll = async (): Promise<void> => {
    for (const client of everybody()) await client.disconnect();
  };
  const resume = async (client: ListClient | TaskClient, stepsLost: number, at: number): Promise<void> => {
    await client.disconnect();
    client.resume(stepsLost, at);
  };

  const restart = async (at: number, crashes: boolean): Promise<void> => {
    const there = everybody().filter((client) => client.connected && place(client.at) === place(at));
    for (const client of there) await client.disconnect();
    await cluster.end(place(at), crashes);
    const elsewhere = members.length > 1 ? there.filter((_, index) => index % 2 === 0) : [];
    for (const client of elsewhere) client.resume(0, at + 1);
    await cluster.begin(place(at));
    for (const client of there) if (!elsewhere.includes(client)) client.resume(0, at);
  };

  /** A query reads what is so now, and is done some time later. */
  const query = (at: number, ms: number): void => {
    const { process, progress, isOpen } = member(at).gateway;
    const readAt = Date.now();
    const jobs = vendors.flatMap((vendor) => [...vendor.jobs.values()]);
    const tasks = vendors.flatMap((vendor) => [...vendor.listed.values()]);
    const stamp = (): void => {
      // A server answers what it was asked before it ends.
      if (!isOpen()) return;
      progress.ledger.stampJobs(jobs, readAt);
      progress.ledger.stampTasks(tasks, readAt);
    };
    if (ms === 0) process.deliver(stamp);
    else process.run(() => setTimeout(stamp, ms));
  };

  const joinQuery = async (at: number, to: number): Promise<void> => {
    const { gateway, handle } = member(at);
    const { process, progress } = gateway;
    if (clients.length >= mostClients || vendorWorld.isDown() || process.isStopped() || handle?.isAway()) return;
    const client = openClient(2);
    clients.push(client);
    const cursor = process.run(() => progress.hub.liveCursor());
    const read = vendors.flatMap((vendor) => [...vendor.jobs.values()]);
    const readAt = Date.now();
    await time.advance(120);
    const stamped = process.run(() => progress.ledger.stampJobs(read, readAt));
    let agreed = false;
    void process.run(async () => {
      await progress.ledger.agreed();
      agreed = true;
    });
    if (!(await time.until(() => agreed, patienceMs))) wrong(`instance ${place(at)} does not get what a query has read into the log`);
    client.join(cursor, progress.ledger.newestJobs(stamped), to);
  };

  const happen = async (event: Event): Promise<void> => {
    if (vendorWorld.happen(event)) return;
    switch (event.is) {
      case 'time passes':
        return time.advance(event.ms);
      case 'client comes': {
        if (clients.length >= mostClients) return;
        const client = openClient(event.list);
        client.auto = !event.slow;
        clients.push(client);
        client.begin(event.at);
        return;
      }
      case 'client joins a query':
        return joinQuery(event.at, event.to);
      case 'a query reads':
        return query(event.at, event.ms);
      case 'client reads':
        pick(clients, event.of)?.pull();
        return;
      case 'client goes':
        await pick(clients, event.of)?.disconnect();
        await pick(watchers, event.of)?.disconnect();
        return;
      case 'client comes back': {
        const client = pick(clients, event.of);
        if (client) await resume(client, event.stepsLost, event.at);
        const watcher = pick(watchers, event.of);
        if (watcher) await resume(watcher, event.stepsLost, event.at);
        return;
      }
      case 'client comes with a foreign cursor': {
        const client = pick(clients, event.of);
        await client?.disconnect();
        client?.begin(event.at, foreignCursor);
        return;
      }
      case 'one task is watched': {
        const id = pick([...ids], event.of);
        if (id === undefined || watchers.length >= mostClients) return;
        const watcher = openWatcher(id);
        watchers.push(watcher);
        watcher.resume(0, event.at);
        return;
      }
      case 'all leave':
        return disconnectAll();
      case 'an entry is refused':
        if (shared) return;
        mayReset = true;
        return cluster.refuse(1);
      case 'gateway restarts':
        return restart(event.at, event.crashes);
      case 'gateway is stopped':
        return member(event.at).gateway.process.stop();
      case 'gateway goes on':
        return member(event.at).gateway.process.goOn();
      case 'leader dies': {
        const at = cluster.leaderOf('one');
        return at === undefined ? undefined : restart(at, true);
      }
      case 'leader is stopped': {
        const at = cluster.leaderOf('one');
        return at === undefined ? undefined : member(at).gateway.process.stop();
      }
      case 'store is cut off':
        hadOutage ||= event.how === 'away';
        return cluster.cut(place(event.at), event.how);
      case 'store is back':
        return cluster.restore(place(event.at));
    }
  };

  const checkSizes = async (): Promise<void> => {
    for (const [at, { gateway }] of members.entries()) {
      const { progress, process } = gateway;
      if (progress.hub.watches() !== 0) wrong(`instance ${at}: ${progress.hub.watches()} watches are left`);
      if (process.timers() > idle) wrong(`instance ${at}: ${process.timers()} timers are left, and not ${idle}`);
      // A view may be let go, for a newer one, by one instance while another begins to read it.
      const faults = gateway.faults.filter((fault) => !fault.startsWith('a view of the journal cannot be read'));
      if (shared) for (const fault of faults) wrong(`instance ${at} met a fault: ${fault}`);
    }
    const entries = await cluster.entries();
    // Each instance may be about to write a checkpoint; one that died at it keeps the others from it for a minute.
    const most = checkpointEntries * (shared ? 16 : 2) + 4 * members.length;
    if (entries > most) wrong(`the log holds ${entries} entries`);
    const leaders = cluster.store?.count('lease', 'leader/') ?? 0;
    if (leaders > vendors.length) wrong(`the store holds ${leaders} leases of leaders`);
    const large = cluster.store?.count('largeHead') ?? 0;
    if (large > 3) wrong(`the store holds ${large} large values`);
  };

  return {
    faults: mistakes,
    happen: async (event) => {
      await happen(event);
      // No two things happen in one millisecond: readings are ordered by those.
      await time.advance(1);
    },
    rest: async () => {
      vendorWorld.recover();
      cluster.refuse(0);
      await cluster.recover();
      // Half of those that were slow hear the rest where they are, half come back for it.
      for (const [index, client] of clients.entries()) {
        client.auto ||= index % 2 === 0;
        if (client.auto) client.pull();
      }
      await time.advance(shared ? successionMs : 1_200);
      const before = clients.map((client, index) => ({ resets: client.resets(), goesOn: client.knowsWhere(index) }));
      for (const [index, client] of clients.entries()) {
        client.auto = true;
        await resume(client, 0, index);
      }
      await time.advance(1_200);
      for (const [index, client] of clients.entries())
        if (!mayReset && before[index]?.goesOn && client.resets() !== before[index]?.resets)
          wrong(`${client.name} was reset when it came back`);
      for (const watcher of watchers) if (!watcher.connected && !watcher.completed()) watcher.resume(0, watcher.at);
      const fresh = members.flatMap((_, at) =>
        lists.map((_list, index) => {
          const client = openClient(index, `fresh at ${at}`);
          client.begin(at);
          return client;
        }),
      );
      await time.advance(restMs);
      const truth = { vendors, seen, wrong, reachesBack: !shared || (checkpointEntries >= 100 && !hadOutage) };
      checkLists(truth, clients, fresh);
      checkWatchers(truth, watchers);
      for (const client of fresh) await client.disconnect();
      await disconnectAll();
      await time.advance(patienceMs);
      await checkSizes();
      await cluster.dispose();
      if (time.timers() > 0) wrong(`${time.timers()} timers are left`);
    },
    dispose: cluster.abandon,
  };
};
