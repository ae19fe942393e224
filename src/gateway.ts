import type { GraphQLSchema } from 'graphql';
import { type Logger, pino } from 'pino';
import type { VigilConfig } from './config.js';
import type { BackendObserver, Connection, VendorModule } from './domain/index.js';
import { VigilError } from './errors.js';
import { createExecutor } from './execution/index.js';
import { createGatewayMetrics, type GatewayMetrics } from './gateway-metrics.js';
import { buildGatewaySchema, createGatewayContext } from './graphql/index.js';
import {
  type ArchiveKeeping,
  createBackend,
  createBackends,
  createByteBudget,
  createOrphans,
  createProgress,
  type ManagedBackend,
  type Progress,
} from './progress/index.js';
import { createServer } from './server/index.js';
import { createEmbeddedStore, createMemoryStore, createRedisStore, type RedisStoreOptions, type Store } from './store/index.js';
import { vendorModules } from './vendors/registry.js';

export { schemaFiles } from './graphql/index.js';
export { vendorModules };

/** A running gateway. */
export interface Gateway {
  /** `http://127.0.0.1:4000`; GraphQL over HTTP and WebSocket is at `/graphql` below it. */
  readonly url: string;
  readonly port: number;
  /** Answers what is under way, closes subscriptions, then everything else, within `server.shutdownTimeoutMs`. Idempotent. */
  stop(): Promise<void>;
}

/** What may be given instead of what the gateway makes itself. */
export interface GatewayOptions {
  /** Default: pino on stdout at the configured level. */
  readonly logger?: Logger;
  /** Default: the registry's. */
  readonly vendors?: readonly VendorModule[];
}

/** How long the start waits for backends to say what they are; those that take longer say it later. */
const patienceAtStartMs = 3_000;
/** The share of the time for stopping that mutations may go on waiting for their tasks. */
const waitingShare = 0.6;

/** The schema as the code says it, for the registered vendors. */
export const gatewaySchema = (vendors: readonly VendorModule[] = vendorModules): GraphQLSchema => buildGatewaySchema({ vendors });

const openStore = async (config: VigilConfig, logger: Logger): Promise<Store> => {
  const observer: Pick<RedisStoreOptions, 'onFault' | 'onRecovered'> = {
    onRecovered: () => logger.info('the store is durable again'),
    onFault: ({ kind, message, cause }) => {
      if (kind === 'reservation') logger.warn({ store: message }, 'the store is durable, with a reservation');
      else logger.error({ err: cause, fault: message }, 'the store met a fault; serving goes on');
    },
  };
  switch (config.store.kind) {
    case 'memory':
      return createMemoryStore();
    case 'embedded':
      return createEmbeddedStore({ path: config.store.path, ...observer });
    case 'redis': {
      const { target, keyPrefix } = config.store;
      return createRedisStore({ target, keyPrefix, ...observer });
    }
  }
};

const connect = (
  connections: readonly Connection[],
  vendors: readonly VendorModule[],
  metrics: GatewayMetrics,
  logger: Logger,
  archive: ArchiveKeeping,
  changed: (backend: ManagedBackend) => void,
) =>
  connections.map((connection) => {
    const module = vendors.find((each) => each.id === connection.vendorId);
    if (!module)
      throw new VigilError(
        'INVALID_INPUT',
        `There is no vendor "${connection.vendorId}". There are: ${vendors.map((each) => each.id).join(', ')}.`,
      );
    const noted: BackendObserver['noted'] = (level, message, facts) => logger[level]({ backend: connection.key, ...facts }, message);
    const backend: ManagedBackend = createBackend({
      connection,
      module,
      observer: metrics.observe(connection.key, noted),
      archive,
      changed: () => changed(backend),
    });
    return backend;
  });

const leadTaken = 'this instance asks the backend for all instances from now on';
const leadAlone = 'this instance asks the backend for its own clients, as long as the store cannot be reached';
const leadLost = 'this instance does not ask the backend for all instances any more';

/** What a product hands over once must not go where it is forgotten; only the store's configuration mends that. */
const refuseForgetful = (store: Store, readOnce: readonly string[]): void => {
  const { forgetful, message } = store.health();
  if (!forgetful || readOnce.length === 0) return;
  throw new VigilError(
    'INVALID_INPUT',
    `Results of ${readOnce.join(', ')} can be read only once, and this store would forget them. ${message ?? 'It has to be set to keep what it is given.'}`,
  );
};

/** Makes everything, binds the port, and finds the tasks of an earlier run again. Throws VigilError; then nothing is left behind. */
export const createGateway = async (config: VigilConfig, options: GatewayOptions = {}): Promise<Gateway> => {
  const logger = options.logger ?? pino({ level: config.logLevel });
  const vendors = options.vendors ?? vendorModules;
  const metrics = createGatewayMetrics();
  const undo: (() => Promise<void>)[] = [];
  const dispose = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    // Who did what is told whatever the level of the rest, unless nothing is to be told at all.
    const auditLogger = logger.child({}, { level: logger.level === 'silent' ? 'silent' : 'info' });
    const store = await openStore(config, logger);
    undo.push(() => store.dispose());
    const fault = (message: string, cause: unknown): undefined => void logger.error({ err: cause }, message);
    const { retentionMs, maxBytes } = config.results;
    const budget = createByteBudget(maxBytes);
    const keeping: ArchiveKeeping = {
      store,
      limits: { retentionMs },
      budget,
      lost: (backend, result) => {
        metrics.resultLost(backend, result.loss);
        logger.error({ backend, ...result }, 'a result is lost');
      },
      fault,
    };
    let progress: Progress | undefined;
    const backends = createBackends(
      connect(config.backends, vendors, metrics, logger, keeping, (backend) => {
        const { status, code, message } = backend.health();
        const level = status === 'DOWN' ? 'error' : status === 'DEGRADED' ? 'warn' : 'info';
        logger[level](
          { backend: backend.key, health: status, code, reason: message, version: backend.profile().version },
          'a backend has changed',
        );
        progress?.hub.backendChanged(backend);
      }),
    );
    // Together: each may be waiting for results that are still coming.
    undo.push(async () => void (await Promise.all(backends.all.map((backend) => backend.dispose()))));
    /** The backends that hand results over once. */
    const readOnce = backends.all.flatMap(({ key, archive }) => (archive ? key : []));
    refuseForgetful(store, readOnce);
    progress = createProgress({
      backends,
      store,
      audit: (entry) => auditLogger.info({ audit: entry }, 'audit'),
      fault,
      ticked: metrics.ticked,
      turned: (backend, leads, isAlone) => {
        if (leads && !isAlone) metrics.tookOver(backend);
        logger.info({ backend, instance: progress?.instances.self }, leads ? (isAlone ? leadAlone : leadTaken) : leadLost);
      },
      orphans: createOrphans({
        store,
        backendKeys: new Set(readOnce),
        retentionMs,
        budget,
        found: (orphaned) =>
          logger.warn(
            { ...orphaned, retentionMs },
            'the store holds jobs of a backend that is not configured; they are let go when they are too old',
          ),
        fault,
      }),
    });
    const { hub, verbs, liveLedger, book, liveBackends, instances } = progress;
    undo.push(progress.dispose);
    metrics.watch({
      backends: () => backends.all,
      watches: hub.watches,
      leads: instances.leads,
      store: () => store.health(),
      results: () => new Map(backends.all.flatMap(({ key, archive }) => (archive ? [[key, archive.tally()]] : []))),
    });
    await Promise.race([Promise.all(backends.all.map((backend) => backend.learn())), pause(patienceAtStartMs)]);
    await progress.start();
    const { durable, message } = store.health();
    if (!durable && readOnce.length > 0)
      logger.error(
        { backends: readOnce, store: message },
        'results that can be read only once are not read as long as the store is not durable',
      );

    const executor = createExecutor({ schema: gatewaySchema(vendors), limits: config.limits, introspection: config.introspection, logger });
    const server = await createServer({
      options: config.server,
      executor,
      logger,
      metrics: metrics.registry,
      createContext: (operation) => () =>
        createGatewayContext({
          ...operation,
          backends,
          liveBackends,
          ledger: liveLedger,
          book,
          hub,
          verbs,
          report: (fault) => logger.error({ err: fault, requestId: operation.requestId }, 'a part of a list met a fault'),
        }),
      readiness: () => ({
        ready: true,
        report: {
          instance: instances.self,
          store: store.health().durable ? 'durable' : 'memory',
          leads: backends.all.flatMap(({ key }) => (instances.leads(key) ? key : [])),
          backends: Object.fromEntries(backends.all.map(({ key, health }) => [key, health().status])),
        },
      }),
    });

    let stopping: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      logger.info('the gateway is stopping');
      // Mutations that wait for a long task answer with what is known while there is time to answer.
      const letGo = setTimeout(progress.stopWaiting, config.server.shutdownTimeoutMs * waitingShare);
      // Results that are coming are let come while the last requests are answered; none is begun any more.
      const lastReads = Promise.all(backends.all.map(({ archive }) => archive?.dispose()));
      await server.stop();
      clearTimeout(letGo);
      await lastReads;
      await dispose();
      logger.info('the gateway has stopped');
    };
    return {
      url: server.url,
      port: server.port,
      stop: () => {
        stopping ??= stop();
        return stopping;
      },
    };
  } catch (error) {
    await dispose();
    throw error;
  }
};

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
