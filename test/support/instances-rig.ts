import type { BackendObserver, FieldSet, VendorAdapter } from '../../src/domain/index.js';
import { VigilError } from '../../src/errors.js';
import type { ListStep } from '../../src/progress/index.js';
import { createGateway, type Gateway } from './model/gateway.js';
import { createVirtualTime, type VirtualTime } from './model/virtual-time.js';
import { createScriptedVendor, type ScriptedVendor } from './scripted-vendor.js';
import { createSharedStore, type SharedHandle, type SharedStore } from './shared-store.js';

/** One instance of several, and what it asks the vendor. */
export interface RigInstance extends Gateway {
  readonly handle: SharedHandle;
  /** When its loop began to read a list. */
  readonly looks: readonly number[];
  /** How long its vendor takes. */
  latencyMs: number;
  /** It dies where it stands. */
  crash(): void;
  leave(): Promise<void>;
}

/** Several instances over one store and one vendor, on a clock of the test's. */
export interface InstancesRig {
  readonly time: VirtualTime;
  readonly store: SharedStore;
  readonly vendor: ScriptedVendor;
  /** Fields the vendor's list of jobs was asked for last. */
  readonly asked: () => FieldSet | undefined;
  /** The vendor answers nothing. */
  isDown: boolean;
  begin(): Promise<RigInstance>;
  /** All instances now running that say they lead. */
  leaders(): readonly RigInstance[];
  until(isSo: () => boolean, mostMs?: number): Promise<void>;
  /** What instances announced under that topic, in order. */
  announced(topic: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  dispose(): Promise<void>;
}

const reads = ['learnProfile', 'listJobs', 'readJobs', 'discoverTasks', 'readTasks', 'listNodes', 'readNodes'] as const;

export const createInstancesRig = (): InstancesRig => {
  const time = createVirtualTime();
  const store = createSharedStore();
  const scripted = createScriptedVendor();
  const instances: RigInstance[] = [];
  let asked: FieldSet | undefined;

  /** A vendor whose answers tell how it is, as those over HTTP do. */
  const observed = (adapter: VendorAdapter, observer: BackendObserver): VendorAdapter => {
    const told = Object.fromEntries(
      reads.map((member) => [
        member,
        async (...given: unknown[]) => {
          if (rig.isDown) {
            const error = new VigilError('BACKEND_UNAVAILABLE', 'nobody answers');
            observer.failed(error);
            throw error;
          }
          if (member === 'listJobs') asked = given[0] as FieldSet;
          const answer: unknown = await Reflect.apply(adapter[member] as (...given: unknown[]) => unknown, adapter, given);
          observer.answered({ status: 200, durationMs: 1, route: member, read: true });
          return answer;
        },
      ]),
    );
    return { ...adapter, ...told };
  };
  const vendor: ScriptedVendor = {
    ...scripted,
    module: {
      ...scripted.module,
      connect: (connection, observer) => observed(scripted.module.connect(connection, observer), observer),
    },
  };

  const rig: InstancesRig = {
    time,
    store,
    vendor: scripted,
    asked: () => asked,
    isDown: false,
    begin: async () => {
      const process = time.process();
      const handle = store.open({ deliver: process.deliver });
      const looks: number[] = [];
      const gateway = createGateway({
        vendors: [vendor],
        store: handle.store,
        process,
        checkpointEntries: 512,
        skewMs: 0,
        latencyMs: () => instance.latencyMs,
        polls: () => void looks.push(Date.now()),
      });
      const instance: RigInstance = {
        ...gateway,
        handle,
        looks,
        latencyMs: 0,
        crash: () => {
          handle.crash();
          process.die();
          instances.splice(instances.indexOf(instance), 1);
        },
        leave: async () => {
          instances.splice(instances.indexOf(instance), 1);
          let isOver = false;
          const ended = gateway.dispose().then(() => handle.store.dispose());
          ended.finally(() => {
            isOver = true;
          });
          await rig.until(() => isOver, 30_000);
          await ended;
        },
      };
      instances.push(instance);
      let hasBegun = false;
      const begun = gateway.start();
      begun.finally(() => {
        hasBegun = true;
      });
      await rig.until(() => hasBegun, 30_000);
      await begun;
      return instance;
    },
    leaders: () => instances.filter(({ progress }) => progress.instances.leads('one')),
    until: async (isSo, mostMs = 5_000) => {
      if (!(await time.until(isSo, mostMs))) throw new Error(`not so within ${mostMs} ms: ${String(isSo)}`);
    },
    announced: async (topic) => {
      const handle = store.open();
      const { entries } = await handle.store.read('changes', { after: 0, limit: 100_000 });
      return entries.flatMap(({ value }) => {
        const { notices = [] } = JSON.parse(value) as {
          readonly notices?: readonly { readonly topic: string; readonly body: Readonly<Record<string, unknown>> }[];
        };
        return notices.filter((notice) => notice.topic === topic).map(({ body }) => body);
      });
    },
    dispose: async () => {
      for (const instance of [...instances]) {
        instance.handle.restore();
        await instance.process.goOn();
        await instance.leave();
      }
      time.stop();
    },
  };
  return rig;
};

/** A client that takes every step of a watched list at once. */
export interface Follower<T> {
  readonly steps: readonly ListStep<T>[];
  /** Its list by now: states by native id. */
  list(): Readonly<Record<string, string>>;
  /** States in which the object was told, in order. */
  told(nativeId: string): readonly string[];
  resets(): number;
  leave(): Promise<void>;
}

interface Row {
  readonly id: string;
  readonly nativeId: string | null;
  readonly state?: string | undefined;
}

export const followList = <T extends Row>(watch: AsyncIterableIterator<ListStep<T>>): Follower<T> => {
  const steps: ListStep<T>[] = [];
  const rows = new Map<string, Row>();
  const take = async (): Promise<void> => {
    for await (const step of watch) {
      steps.push(step);
      if (step.reset) rows.clear();
      for (const { id } of step.left) rows.delete(id);
      for (const id of step.forgotten) rows.delete(id);
      for (const row of [...step.added, ...step.changed]) rows.set(row.id, row);
    }
  };
  const over = take();
  return {
    steps,
    list: () => Object.fromEntries([...rows.values()].map(({ nativeId, state }) => [nativeId, state])),
    told: (nativeId) =>
      steps.flatMap(({ added, changed, left }) =>
        [...added, ...changed, ...left].flatMap((row) => (row.nativeId === nativeId ? (row.state ?? '') : [])),
      ),
    resets: () => steps.filter(({ reset }) => reset).length,
    leave: async () => {
      await watch.return?.();
      await over;
    },
  };
};
