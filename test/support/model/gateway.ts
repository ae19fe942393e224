import type { CallOptions, VendorAdapter } from '../../../src/domain/index.js';
import { createBackend, createBackends, createProgress, type Progress } from '../../../src/progress/index.js';
import type { ManagedHub } from '../../../src/progress/watch/create-hub.js';
import type { Store } from '../../../src/store/index.js';
import { type ScriptedVendor, scriptedConnection } from '../scripted-vendor.js';
import { shareHub } from './shared-hub.js';
import type { VirtualProcess } from './virtual-process.js';

/** One instance of the gateway, in a process of its own. */
export interface Gateway {
  readonly progress: Progress;
  readonly process: VirtualProcess;
  /** What it noted down as a fault of its own. */
  readonly faults: readonly string[];
  /** A watch as a client from outside opens it: a gateway that is stopped takes it up when it goes on. */
  watch<T>(open: (hub: ManagedHub) => AsyncIterableIterator<T>): AsyncIterableIterator<T>;
  /** Nobody has told it to end. */
  isOpen(): boolean;
  /** Resolves when it has begun. */
  start(): Promise<void>;
  /** Ends it in good order. */
  dispose(): Promise<void>;
}

/** How to make one. */
export interface GatewayOptions {
  readonly vendors: readonly ScriptedVendor[];
  readonly store: Store;
  readonly process: VirtualProcess;
  readonly checkpointEntries: number;
  /** How far its clock is ahead of the others'. */
  readonly skewMs: number;
  /** Whether clients who watch the same share a watch, as the server has them do. */
  readonly sharesWatches?: boolean;
  /** How long a vendor takes. */
  readonly latencyMs: () => number;
  /** A loop begins to read a list. */
  readonly polls: (backendKey: string) => void;
}

const pollMs = { fastMs: 500, slowMs: 1_000 };

const polled: ReadonlySet<string> = new Set<keyof VendorAdapter>(['listJobs', 'discoverTasks', 'listNodes']);
const reads: readonly (keyof VendorAdapter)[] = [
  'learnProfile',
  'listJobs',
  'readJobs',
  'discoverTasks',
  'readTasks',
  'readDatafeeds',
  'readNodes',
  'listNodes',
];

const requestOf = (given: readonly unknown[]): string | undefined =>
  given.map((each) => (typeof each === 'object' && each !== null ? (each as Partial<CallOptions>).requestId : undefined)).find(Boolean);

export const createGateway = (options: GatewayOptions): Gateway => {
  const { vendors, store, process, checkpointEntries, skewMs, sharesWatches, latencyMs, polls } = options;
  const faults: string[] = [];
  let isOpen = true;
  const now = (): number => Date.now() + skewMs;

  /** What the vendor says is so when it was asked; it comes later, and to a process that runs. */
  const fromOutside = (backendKey: string, adapter: VendorAdapter): VendorAdapter => {
    const distant = Object.fromEntries(
      reads.map((member) => [
        member,
        async (...given: unknown[]) => {
          if (polled.has(member) && requestOf(given)?.startsWith('poll-')) polls(backendKey);
          const ms = latencyMs();
          try {
            return await Reflect.apply(adapter[member] as (...given: unknown[]) => unknown, adapter, given);
          } finally {
            if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
            await process.awake();
          }
        },
      ]),
    );
    return { ...adapter, ...distant };
  };

  return process.run(() => {
    let progress: Progress | undefined;
    const backends = vendors.map((vendor, index) => {
      const key = index === 0 ? 'one' : 'two';
      return createBackend({
        connection: scriptedConnection(key, { poll: pollMs }),
        module: { ...vendor.module, connect: (connection, observer) => fromOutside(key, vendor.module.connect(connection, observer)) },
        changed: (changed) => progress?.hub.backendChanged(changed),
        now,
      });
    });
    const made = createProgress({
      backends: createBackends(backends),
      store,
      audit: () => undefined,
      fault: (message, cause) => void faults.push(`${message}: ${String(cause)}`),
      journal: { checkpointEntries },
      // More than there ever are, and little to set up: a gateway begins often.
      maxObjects: 1_000,
      maxTasks: 1_000,
      now,
    });
    progress = made;
    const hub = sharesWatches ? shareHub(made.hub) : made.hub;

    return {
      progress: made,
      process,
      faults,
      watch: (open) => {
        let inner: ReturnType<typeof open> | undefined;
        let over = false;
        const opened = process.awake().then(() => {
          if (!over) inner = process.run(() => open(hub));
        });
        const watch: ReturnType<typeof open> = {
          next: async () => {
            await opened;
            await process.awake();
            const mine = inner;
            return mine && !over ? process.run(() => mine.next()) : { done: true, value: undefined };
          },
          return: async () => {
            over = true;
            // A process that is stopped learns of it when it goes on.
            process.deliver(() => void inner?.return?.());
            return { done: true, value: undefined };
          },
          [Symbol.asyncIterator]: () => watch,
        };
        return watch;
      },
      isOpen: () => isOpen,
      start: () =>
        process.run(async () => {
          for (const backend of backends) await backend.learn();
          await made.start();
        }),
      dispose: () =>
        process.run(async () => {
          isOpen = false;
          await made.dispose();
          for (const backend of backends) await backend.dispose();
        }),
    };
  });
};
