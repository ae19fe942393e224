import { formatId, parseId } from '../../../src/domain/index.js';
import { VigilError } from '../../../src/errors.js';
import type { ListStep, ProgressHub } from '../../../src/progress/hub.js';
import { createMemoryStore } from '../../../src/store/index.js';
import { createProgressRig, noFields, type ProgressRig } from '../progress-rig.js';
import { createScriptedVendor } from '../scripted-vendor.js';
import { createCrashingStore } from './crashing-store.js';
import { createListClient, type ListClient } from './list-client.js';
import { createTaskClient, type TaskClient } from './task-client.js';
import type { VirtualTime } from './virtual-time.js';

/** What may happen. Numbers choose among what there is. */
export type Event =
  | { readonly is: 'task begins' | 'vendor fails' | 'vendor is back' | 'all leave' | 'a query reads' | 'an entry is refused' }
  | { readonly is: 'task moves' | 'task vanishes' | 'job goes' | 'one task is watched'; readonly of: number }
  | { readonly is: 'task ends'; readonly of: number; readonly well: boolean }
  | { readonly is: 'job is'; readonly of: number; readonly open: boolean }
  | { readonly is: 'time passes'; readonly ms: number }
  | { readonly is: 'client comes'; readonly list: number; readonly slow: boolean }
  | { readonly is: 'client joins a query' }
  | { readonly is: 'client reads' | 'client goes' | 'client comes with a foreign cursor'; readonly of: number }
  | { readonly is: 'client comes back'; readonly of: number; readonly stepsLost: number }
  | { readonly is: 'gateway restarts'; readonly crashes: boolean };

/** A vendor, a gateway in front of it, and clients. */
export interface World {
  happen(event: Event): Promise<void>;
  /** Lets all come to rest, and checks what everybody has by then. */
  rest(): Promise<void>;
  /** What was found to be wrong. */
  readonly faults: readonly string[];
  dispose(): Promise<void>;
}

type Row = { readonly id: string; readonly revision: number; readonly state?: string | undefined };

const unfinished = ['RUNNING', 'QUEUED', 'UNKNOWN'] as const;
const lists: readonly {
  readonly name: string;
  readonly open: (hub: ProgressHub, after: { readonly after?: string }) => AsyncIterableIterator<ListStep<Row>>;
}[] = [
  { name: 'unfinished tasks', open: (hub, after) => hub.watchTasks({ states: [...unfinished] }, { fields: noFields, ...after }) },
  { name: 'all tasks', open: (hub, after) => hub.watchTasks({}, { fields: noFields, ...after }) },
  { name: 'all jobs', open: (hub, after) => hub.watchJobs({}, { fields: noFields, ...after }) },
  { name: 'open jobs', open: (hub, after) => hub.watchJobs({ states: ['OPENED'] }, { fields: noFields, ...after }) },
];

/** Clients of each sort at once. */
const mostClients = 6;
const mostTasks = 8;
/** Long enough for a slow loop to come round, and for *gone* to be heard thrice. */
const restMs = 250;

const pick = <T>(from: readonly T[], index: number): T | undefined => from[from.length === 0 ? 0 : index % from.length];
const shapeOf = (rows: ReadonlyMap<string, Row>): string =>
  JSON.stringify([...rows.values()].map(({ id, state }) => `${id} ${state}`).sort());

export const createWorld = async (time: VirtualTime, checkpointEntries: number): Promise<World> => {
  const vendor = createScriptedVendor();
  const memory = createMemoryStore();
  const store = createCrashingStore(memory);
  const faults: string[] = [];
  const wrong = (message: string): void => void faults.push(message);
  let rig: ProgressRig | undefined;
  /** Unfinished tasks as the gateway has seen them, in order: whoever listened by then has to be told how they end. */
  const seen: string[] = [];
  const start = async (): Promise<ProgressRig> => {
    rig = await createProgressRig({
      vendor,
      store: store.open(),
      bounds: { journal: { checkpointEntries }, maxObjects: 1_000 },
      connection: { poll: { fastMs: 20, slowMs: 40 } },
    });
    rig.progress.ledger.listen((change) => {
      if (change.kind === 'task' && change.value.state === 'RUNNING') seen.push(change.value.id);
    });
    return rig;
  };
  let running = await start();
  const clients: ListClient[] = [];
  const watchers: TaskClient[] = [];
  const ids = new Set<string>();
  let tasks = 0;
  let jobs = 0;
  /** Since then nobody need have been reset: entries refused make everybody begin anew. */
  let mayReset = checkpointEntries < 100;

  /** One that is made anew under the name of another is another one. */
  const setJob = (name: string, state: 'OPENED' | 'CLOSED'): void => {
    jobs += vendor.jobs.has(name) ? 0 : 1;
    vendor.setJob(name, state, { id: vendor.jobs.get(name)?.id ?? formatId('job', 'one', name, 1_700_000_000_000 + jobs) });
  };
  const isDown = (): boolean => vendor.notice === 'down';
  const setDown = (down: boolean): void => {
    vendor.notice = down ? 'down' : null;
    vendor.beforeRead = async () => {
      if (down) throw new VigilError('BACKEND_UNAVAILABLE', 'down');
    };
  };
  const openClient = (list: number): ListClient => {
    const { name, open } = lists[list % lists.length] ??
      lists[0] ?? { name: '', open: () => running.progress.hub.watchJobs({}, { fields: noFields }) };
    return createListClient(
      `${name} #${clients.length}`,
      (opening) => open(running.progress.hub, opening),
      wrong,
      () => seen.length,
    );
  };
  const disconnectAll = async (): Promise<void> => {
    for (const client of [...clients, ...watchers]) await client.disconnect();
  };

  const resume = async (client: ListClient, stepsLost: number): Promise<void> => {
    await client.disconnect();
    client.resume(stepsLost);
  };

  const happen = async (event: Event): Promise<void> => {
    switch (event.is) {
      case 'task begins': {
        if (vendor.listed.size >= mostTasks) return;
        tasks += 1;
        const task = vendor.makeTask(`n:${tasks}`, { progress: 0 });
        ids.add(task.id);
        vendor.listed.set(`n:${tasks}`, task);
        vendor.remembered.set(`n:${tasks}`, task);
        return;
      }
      case 'task moves': {
        const task = pick([...vendor.listed.values()], event.of);
        if (!task?.nativeId) return;
        const moved = { ...task, progress: Math.min(0.99, (task.progress ?? 0) + 0.1) };
        vendor.listed.set(task.nativeId, moved);
        vendor.remembered.set(task.nativeId, moved);
        return;
      }
      case 'task ends': {
        const task = pick([...vendor.listed.values()], event.of);
        if (!task?.nativeId) return;
        vendor.listed.delete(task.nativeId);
        vendor.remembered.set(task.nativeId, { ...task, state: event.well ? 'SUCCEEDED' : 'FAILED', endedAt: Date.now() });
        return;
      }
      case 'task vanishes': {
        const task = pick([...vendor.listed.values()], event.of);
        if (!task?.nativeId) return;
        vendor.listed.delete(task.nativeId);
        vendor.remembered.delete(task.nativeId);
        return;
      }
      case 'job is':
        setJob(`j${event.of % 4}`, event.open ? 'OPENED' : 'CLOSED');
        return;
      case 'job goes':
        vendor.jobs.delete(`j${event.of % 4}`);
        return;
      case 'vendor fails':
        return setDown(true);
      case 'vendor is back':
        return setDown(false);
      case 'time passes':
        return time.advance(event.ms);
      case 'client comes': {
        if (clients.length >= mostClients) return;
        const client = openClient(event.list);
        client.auto = !event.slow;
        clients.push(client);
        client.begin();
        return;
      }
      case 'client joins a query': {
        if (clients.length >= mostClients || isDown()) return;
        const client = openClient(2);
        clients.push(client);
        const cursor = running.progress.hub.liveCursor();
        const read = [...vendor.jobs.values()];
        const readAt = Date.now();
        await time.advance(5);
        client.join(cursor, running.progress.ledger.stampJobs(read, readAt));
        return;
      }
      case 'a query reads':
        running.progress.ledger.stampJobs([...vendor.jobs.values()], Date.now());
        running.progress.ledger.stampTasks([...vendor.listed.values()], Date.now());
        return;
      case 'client reads':
        pick(clients, event.of)?.pull();
        return;
      case 'client goes':
        await pick(clients, event.of)?.disconnect();
        await pick(watchers, event.of)?.disconnect();
        return;
      case 'client comes back': {
        const client = pick(clients, event.of);
        if (client) await resume(client, event.stepsLost);
        const watcher = pick(watchers, event.of);
        await watcher?.disconnect();
        watcher?.resume(event.stepsLost);
        return;
      }
      case 'client comes with a foreign cursor': {
        const client = pick(clients, event.of);
        await client?.disconnect();
        client?.begin(Buffer.from('AAAAAAAA.1.*').toString('base64url'));
        return;
      }
      case 'one task is watched': {
        const id = pick([...ids], event.of);
        if (id === undefined || watchers.length >= mostClients) return;
        const watcher = createTaskClient(
          id,
          (after) => running.progress.hub.watchTask(parseId(id), { fields: noFields, ...(after === undefined ? {} : { after }) }),
          wrong,
          () => mayReset,
        );
        watchers.push(watcher);
        watcher.resume(0);
        return;
      }
      case 'all leave':
        return disconnectAll();
      case 'an entry is refused':
        mayReset = true;
        return store.refuse(1);
      case 'gateway restarts': {
        const connected = clients.filter((client) => client.connected);
        const watching = watchers.filter((client) => client.connected);
        if (event.crashes) store.kill();
        await disconnectAll();
        await running.dispose();
        running = await start();
        for (const client of connected) client.resume(0);
        for (const client of watching) client.resume(0);
      }
    }
  };

  /** What the lists have to be in the end, as far as the vendor alone decides it. */
  const checkTruth = (list: string, rows: ReadonlyMap<string, Row>, name: string): void => {
    const expected: Readonly<Record<string, readonly { readonly id: string; readonly state?: string | undefined }[]>> = {
      'unfinished tasks': [...vendor.listed.values()],
      'all tasks': [...vendor.listed.values()],
      'all jobs': [...vendor.jobs.values()],
      'open jobs': [...vendor.jobs.values()].filter(({ state }) => state === 'OPENED'),
    };
    const shown = new Map([...rows].filter(([, { state }]) => list !== 'all tasks' || state === 'RUNNING'));
    const truth = new Map((expected[list] ?? []).map((row) => [row.id, { ...row, revision: 0 }]));
    if (shapeOf(shown) !== shapeOf(truth)) wrong(`${name} ends with ${shapeOf(shown)}, and not with ${shapeOf(truth)}`);
    if (list !== 'all tasks') return;
    for (const { id, state } of rows.values()) {
      const ended = [...vendor.remembered.values()].find((task) => task.id === id)?.state ?? 'LOST';
      if (state !== 'RUNNING' && state !== ended) wrong(`${name} ends with ${id} as ${state}, and not as ${ended}`);
    }
  };

  const rest = async (): Promise<void> => {
    setDown(false);
    store.refuse(0);
    await time.settle();
    const before = clients.map((client) => ({ resets: client.resets(), goesOn: client.knowsWhere() }));
    for (const client of clients) {
      client.auto = true;
      await resume(client, 0);
    }
    await time.advance(50);
    for (const [index, client] of clients.entries())
      if (!mayReset && before[index]?.goesOn && client.resets() !== before[index]?.resets)
        wrong(`${client.name} was reset when it came back`);
    for (const watcher of watchers) {
      if (watcher.connected || watcher.completed()) continue;
      watcher.resume(0);
    }
    const fresh = lists.map((_, index) => openClient(index));
    for (const client of fresh) client.begin();
    await time.advance(restMs);
    for (const [index, { name }] of lists.entries()) {
      const newest = fresh[index];
      if (!newest) continue;
      checkTruth(name, newest.rows(), `a new client of ${name}`);
      for (const client of clients.filter((each) => each.name.startsWith(name))) {
        checkTruth(name, client.rows(), client.name);
        const owed = new Set(name.endsWith('tasks') ? seen.slice(client.since() ?? seen.length) : []);
        for (const { id } of vendor.listed.values()) owed.delete(id);
        for (const id of owed) if (!client.knowsEnd(id)) wrong(`${client.name} was never told how ${id} ended`);
        if (shapeOf(client.rows()) !== shapeOf(newest.rows()))
          wrong(`${client.name} has ${shapeOf(client.rows())}, a new client ${shapeOf(newest.rows())}`);
      }
    }
    for (const watcher of watchers) {
      const last = watcher.last();
      const truth = [...vendor.listed.values(), ...vendor.remembered.values()].find(({ id }) => id === watcher.id);
      if (!last) continue;
      if (last.state !== (truth?.state ?? 'LOST') || (truth?.state === 'RUNNING' && last.progress !== truth.progress))
        wrong(`${watcher.id} is ${JSON.stringify(truth)}, and the last that was told is ${JSON.stringify(last)}`);
      if (watcher.completed() !== (last.state !== 'RUNNING')) wrong(`${watcher.id}: ${last.state}, and completed: ${watcher.completed()}`);
    }
    for (const client of fresh) await client.disconnect();
    await disconnectAll();
    await time.advance(50);
    if (running.progress.hub.watches() !== 0) wrong(`${running.progress.hub.watches()} watches are left`);
    const { entries } = await memory.read('changes', { after: 0, limit: 100_000 });
    if (entries.length > checkpointEntries * 2 + 4) wrong(`the journal holds ${entries.length} entries`);
  };

  return {
    happen: async (event) => {
      await happen(event);
      await time.settle();
    },
    rest,
    faults,
    dispose: async () => {
      await rig?.dispose();
      await memory.dispose();
    },
  };
};
