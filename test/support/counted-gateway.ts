import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createExecutor } from '../../src/execution/index.js';
import { buildGatewaySchema, createGatewayContext } from '../../src/graphql/index.js';
import { createLiveBackends } from '../../src/progress/backends/live-backends.js';
import { createToldLedger } from '../../src/progress/backends/told-ledger.js';
import type { VerbService } from '../../src/progress/hub.js';
import { createBackend, createBackends } from '../../src/progress/index.js';
import { createLoneInstance } from '../../src/progress/instances/instances.js';
import { createJournal } from '../../src/progress/journal/journal.js';
import { createTaskBook } from '../../src/progress/verbs/task-book.js';
import { createTaskKeeper } from '../../src/progress/verbs/task-keeper.js';
import { createHub } from '../../src/progress/watch/create-hub.js';
import { createFollower } from '../../src/progress/watch/follower.js';
import { createLedger } from '../../src/progress/watch/ledger.js';
import { createPoller } from '../../src/progress/watch/poller.js';
import { createServer } from '../../src/server/index.js';
import { createMemoryStore } from '../../src/store/index.js';
import { createScriptedVendor, type ScriptedVendor, scriptedConnection } from './scripted-vendor.js';

/** A gateway for reading, made of the product's parts, that counts everything a subscription holds on to. */
export interface CountedGateway extends AsyncDisposable {
  readonly ws: string;
  readonly vendor: ScriptedVendor;
  /** What is held just now. All of it is none when nobody watches. */
  held(): Promise<Held>;
}

export interface Held {
  readonly sockets: number;
  readonly operations: number;
  readonly groups: number;
  readonly watches: number;
  readonly interests: number;
  readonly journalListeners: number;
}

const key = 'one';

export const createCountedGateway = async (): Promise<CountedGateway> => {
  const vendor = createScriptedVendor(key);
  const backend = createBackend({
    connection: scriptedConnection(key, { poll: { fastMs: 50, slowMs: 50 } }),
    module: vendor.module,
    changed: () => undefined,
  });
  const backends = createBackends([backend]);
  const store = createMemoryStore();
  const fault = (message: string, cause: unknown): void => {
    throw new TypeError(message, { cause });
  };
  const instances = createLoneInstance('alone');
  const ledger = createLedger();
  const book = createTaskBook({ store, dropped: () => undefined, damaged: fault });
  const keeper = createTaskKeeper({ book, ledger, remembersEnds: () => false, now: Date.now });
  const follower = createFollower({ book, keeper, ledger, instances, isAtWork: () => false });
  const journal = createJournal({ ledger, store, isKnown: () => true, fault });
  const counts = { interests: 0, journalListeners: 0 };
  const poller = createPoller({
    backend,
    ...backend.connection.poll,
    ledger,
    follower,
    keeper,
    probe: backend.learnIfOlder,
    ticked: () => undefined,
    fault,
  });
  const counted = (name: keyof typeof counts, leave: () => void): (() => void) => {
    counts[name] += 1;
    return () => {
      counts[name] -= 1;
      leave();
    };
  };
  const pollerOf = () => ({
    ...poller,
    watch: (interest: Parameters<typeof poller.watch>[0]) => counted('interests', poller.watch(interest)),
  });
  const hub = createHub({
    backends,
    pollerOf,
    ledger,
    journal: { ...journal, listen: (listener) => counted('journalListeners', journal.listen(listener)) },
    book,
    keeper,
  });
  await backend.learn();
  await journal.load();

  const logger = pino({ level: 'silent' });
  const metrics = new Registry();
  const liveLedger = createToldLedger(ledger, journal.view);
  const liveBackends = createLiveBackends(backends, pollerOf, { view: journal.view, ledger, mark: liveLedger.mark });
  const server = await createServer({
    options: {
      host: '127.0.0.1',
      port: 0,
      insecure: false,
      allowedOrigins: [],
      maxRequestBytes: 1_048_576,
      maxConnections: 10_000,
      maxSubscriptionsPerSocket: 1_000,
      shutdownTimeoutMs: 5_000,
    },
    executor: createExecutor({
      schema: buildGatewaySchema({ vendors: [vendor.module] }),
      limits: { maxDepth: 12, maxAliases: 50, maxTokens: 5000, maxRootFields: 10, maxCost: 100_000 },
      introspection: true,
      logger,
    }),
    createContext: (operation) => () =>
      createGatewayContext({
        ...operation,
        backends,
        liveBackends,
        ledger: liveLedger,
        book,
        hub,
        // Nobody acts here.
        verbs: {} as VerbService,
        report: () => undefined,
      }),
    readiness: () => ({ ready: true, report: {} }),
    metrics,
    logger,
  });

  const metric = (text: string, name: string): number =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1],
    );
  return {
    ws: `${server.url.replace('http', 'ws')}/graphql`,
    vendor,
    held: async () => {
      const text = await metrics.metrics();
      return {
        sockets: metric(text, 'vigil_websocket_connections'),
        operations: metric(text, 'vigil_websocket_operations'),
        groups: metric(text, 'vigil_subscription_groups'),
        watches: hub.watches(),
        ...counts,
      };
    },
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await hub.dispose();
      await journal.dispose();
      await backend.dispose();
    },
  };
};
