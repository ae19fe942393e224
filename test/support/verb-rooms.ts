import { createBackend, createBackends } from '../../src/progress/backends/create-backend.js';
import type { AuditEntry, VerbService } from '../../src/progress/index.js';
import type { Journal } from '../../src/progress/journal/journal.js';
import { createIdempotency, type Idempotency } from '../../src/progress/verbs/idempotency.js';
import { createVerbRunner, type VerbRunner } from '../../src/progress/verbs/runner.js';
import { createVerbService } from '../../src/progress/verbs/service.js';
import { shareTasks } from '../../src/progress/verbs/share-tasks.js';
import { createTaskBook, type WritableTaskBook } from '../../src/progress/verbs/task-book.js';
import { createTaskKeeper, type TaskKeeper } from '../../src/progress/verbs/task-keeper.js';
import { createFollower } from '../../src/progress/watch/follower.js';
import { createLedger, type LedgerChange, type ObservableLedger } from '../../src/progress/watch/ledger.js';
import type { Store } from '../../src/store/index.js';
import { noFields } from './progress-rig.js';
import { createScriptedVendor, type ScriptedVendor, scriptedConnection } from './scripted-vendor.js';

type Said = readonly [from: string, topic: string, body: unknown];

/** What several instances say to one another, in one order; each hears it when the test lets it. */
export interface Wire {
  join(name: string, take: (said: Said) => void): Pick<Journal, 'announce'>;
  /** That one hears nothing until `let`. */
  hold(name: string): void;
  let(name: string): void;
  /** The same, but what was said meanwhile is lost on it. */
  lose(name: string): void;
  /** All that was said. */
  readonly said: readonly Said[];
}

export const createWire = (): Wire => {
  const said: Said[] = [];
  const ears = new Map<string, { readonly take: (said: Said) => void; heard: number; isHeld: boolean }>();
  const deliver = (name: string): void => {
    const ear = ears.get(name);
    while (ear && !ear.isHeld && ear.heard < said.length) {
      const each = said[ear.heard];
      ear.heard += 1;
      if (each && each[0] !== name) ear.take(each);
    }
  };
  return {
    said,
    join: (name, take) => {
      ears.set(name, { take, heard: said.length, isHeld: false });
      return {
        announce: (topic, body) => {
          // As it is written: later changes of the object are not told with it.
          said.push([name, topic, JSON.parse(JSON.stringify(body))]);
          for (const each of ears.keys()) queueMicrotask(() => deliver(each));
        },
      };
    },
    hold: (name) => {
      const ear = ears.get(name);
      if (ear) ear.isHeld = true;
    },
    lose: (name) => {
      const ear = ears.get(name);
      if (ear) Object.assign(ear, { isHeld: false, heard: said.length });
    },
    let: (name) => {
      const ear = ears.get(name);
      if (ear) ear.isHeld = false;
      deliver(name);
    },
  };
};

/** One instance's tasks and verbs. Who lives, and who leads, is what the test says. */
export interface VerbRoom {
  readonly verbs: VerbService;
  readonly book: WritableTaskBook;
  readonly keeper: TaskKeeper;
  readonly ledger: ObservableLedger;
  readonly runner: VerbRunner;
  readonly idempotency: Idempotency;
  readonly vendor: ScriptedVendor;
  readonly store: Store;
  readonly audit: AuditEntry[];
  readonly faults: string[];
  /** Backends whose loops were to look whether there is something to follow; `all` of them. */
  readonly followed: string[];
  /** What the listeners of its ledger were told of tasks. */
  readonly told: LedgerChange[];
  /** Its name, as it can change. */
  readonly life: { self: string; isPresent: boolean; leads: boolean };
  /** It learns that another one is dead. */
  bury(name: string): void;
  detach(isDetached: boolean): void;
  /** What its loop does when it leads: asks the vendor for the tasks and follows. */
  tick(): Promise<void>;
  dispose(): Promise<void>;
}

/** One more instance on the store and the wire. */
export const createVerbRoom = async (
  name: string,
  {
    store,
    wire,
    vendor = createScriptedVendor(),
    remembersEnds = false,
  }: {
    readonly store: Store;
    readonly wire: Wire;
    readonly vendor?: ScriptedVendor;
    readonly remembersEnds?: boolean;
  },
): Promise<VerbRoom> => {
  const audit: AuditEntry[] = [];
  const faults: string[] = [];
  const followed: string[] = [];
  const told: LedgerChange[] = [];
  const life = { self: name, isPresent: true, leads: true };
  const dead = new Set<string>();
  const goneListeners = new Set<(instance: string) => void>();
  const detachedListeners = new Set<(isDetached: boolean) => void>();
  const heard = new Map<string, (body: unknown, from: string) => void>();
  const fault = (message: string): undefined => void faults.push(message);

  const backend = createBackend({ connection: scriptedConnection('one'), module: vendor.module, changed: () => undefined });
  const backends = createBackends([backend]);
  const { announce } = wire.join(name, ([from, topic, body]) => {
    if (topic === 'ledger') ledger.adopt({ ...(body as LedgerChange), remote: true });
    else heard.get(topic)?.(body, from);
  });
  const book = createTaskBook({ store, announce, dropped: () => undefined, damaged: (key) => fault(key) });
  const ledger = createLedger({ decorate: book.decorate });
  const keeper = createTaskKeeper({ book, ledger, remembersEnds: () => remembersEnds });
  const instances = {
    get self() {
      return life.self;
    },
    isPresent: () => life.isPresent,
    leads: () => life.leads,
    isGone: (instance: string) => dead.has(instance),
    gone: (listener: (instance: string) => void) => {
      goneListeners.add(listener);
      return () => goneListeners.delete(listener);
    },
  };
  const runner = createVerbRunner({
    keeper,
    ledger,
    instances,
    wake: () => undefined,
    track: () => undefined,
    refused: () => undefined,
    fault,
  });
  const follower = createFollower({ book, keeper, ledger, instances, isAtWork: runner.isAtWork });
  const idempotency = createIdempotency(store, Date.now, instances);
  const leave = [
    ledger.listen((change) => {
      if (change.kind === 'task' || change.kind === 'task-gone') told.push(change);
      if (!change.remote) announce('ledger', change);
    }),
    shareTasks({
      book,
      keeper,
      ledger,
      instances,
      journal: {
        hear: (topic, listener) => {
          heard.set(topic, listener);
          return () => heard.delete(topic);
        },
        detached: (listener) => {
          detachedListeners.add(listener);
          return () => detachedListeners.delete(listener);
        },
      },
      follow: (backendKey = 'all') => void followed.push(backendKey),
      fault,
    }),
  ];
  const verbs = createVerbService({
    backends,
    ledger,
    book,
    keeper,
    runner,
    idempotency,
    instances,
    audit: (entry) => audit.push(entry),
    wake: () => undefined,
    track: () => undefined,
    fault,
    renew: async () => undefined,
  });
  await backend.learn();
  await book.load();

  return {
    verbs,
    book,
    keeper,
    ledger,
    runner,
    idempotency,
    vendor,
    store,
    audit,
    faults,
    followed,
    told,
    life,
    bury: (instance) => {
      dead.add(instance);
      for (const listener of goneListeners) listener(instance);
    },
    detach: (isDetached) => {
      for (const listener of detachedListeners) listener(isDetached);
    },
    tick: async () => {
      const call = () => backend.call({ signal: new AbortController().signal, requestId: `tick-${name}` });
      const readAt = Date.now();
      const { items } = await backend.adapter.discoverTasks(noFields, call());
      for (const task of ledger.stampTasks(items, readAt)) await keeper.absorb(task);
      const listed = new Set(items.flatMap(({ nativeId }) => nativeId ?? []));
      await follower.follow(backend, ledger.unfinishedTasks('one'), listed, noFields, call());
    },
    dispose: async () => {
      for (const each of leave) each();
      idempotency.release();
      await runner.dispose();
      await backend.dispose();
    },
  };
};
