/** A server for `fanout.ts`: one task, watched over WebSockets in one of four ways. Told by messages what to do. */
import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { useServer } from 'graphql-ws/use/ws';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Task } from '../src/domain/index.js';
import { createExecutor, type Executor } from '../src/execution/index.js';
import { buildGatewaySchema, createGatewayContext } from '../src/graphql/index.js';
import { createBackend, createBackends, createProgress } from '../src/progress/index.js';
import { createServer, type ServerDependencies } from '../src/server/index.js';
import { createMemoryStore } from '../src/store/index.js';
import { createScriptedVendor, scriptedConnection } from '../test/support/scripted-vendor.js';
import type { ServerReport, ServerRequest, Way } from './fanout.js';

const hourMs = 3_600_000;

const way = process.argv[2] as Way;
const logger = pino({ level: 'silent' });
const metrics = new Registry();
const vendor = createScriptedVendor();
const backend = createBackend({
  connection: scriptedConnection('one', { poll: { fastMs: hourMs, slowMs: hourMs } }),
  module: vendor.module,
  changed: () => undefined,
});
const backends = createBackends([backend]);
const progress = createProgress({ backends, store: createMemoryStore(), audit: () => undefined, fault: () => undefined });
await backend.learn();
await progress.start();

const first = vendor.makeTask('t1', { progress: 0 });
const show = (task: Task): void => {
  vendor.listed.set('t1', task);
  vendor.remembered.set('t1', task);
  progress.ledger.stampTasks([task], Date.now());
};
show(first);

const { hub, verbs, liveLedger: ledger, book, liveBackends } = progress;
const createContext: ServerDependencies['createContext'] = (operation) => () =>
  createGatewayContext({ ...operation, backends, liveBackends, ledger, book, hub, verbs, report: () => undefined });
const schema = buildGatewaySchema({ vendors: [vendor.module] });

/** A stream of its own for every client, as if subscriptions could not be shared. */
const apart = (executor: Executor): Executor => ({
  ...executor,
  subscribe: async (request, context) => {
    const stream = await executor.subscribe(request, context);
    if (!(Symbol.asyncIterator in stream)) return stream;
    const { followed: _followed, ...own } = stream;
    return own;
  },
});

const portOf = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', 4096, resolve);
  });
  return (server.address() as AddressInfo).port;
};

const listenGraphqlWs = (): Promise<number> => {
  const server = createHttpServer();
  const signal = new AbortController().signal;
  // No pings: the clients here do not answer them.
  const sockets = new WebSocketServer({ server, path: '/graphql' });
  useServer({ schema, context: () => createContext({ requestId: 'r', actor: null, signal })() }, sockets, 0);
  return portOf(server);
};

/** Sockets with nothing behind them: the least that a subscriber, and a message, can cost with this library. */
const idle = new Set<WebSocket>();
const listenBare = (): Promise<number> => {
  const server = createHttpServer();
  const sockets = new WebSocketServer({ server, path: '/graphql', clientTracking: false });
  const answer = function (this: WebSocket, data: unknown): void {
    this.send(String(data).includes('connection_init') ? '{"type":"connection_ack"}' : '{"type":"next"}');
  };
  sockets.on('connection', (socket) => {
    idle.add(socket);
    socket.on('message', answer);
  });
  return portOf(server);
};

const listenVigil = async (): Promise<number> => {
  const executor = createExecutor({
    schema,
    logger,
    introspection: true,
    limits: { maxDepth: 12, maxAliases: 50, maxTokens: 5000, maxRootFields: 10, maxCost: 100_000 },
  });
  const { port } = await createServer({
    options: {
      host: '127.0.0.1',
      port: 0,
      insecure: false,
      allowedOrigins: [],
      maxRequestBytes: 1_048_576,
      maxConnections: 100_000,
      maxSubscriptionsPerSocket: 100,
      shutdownTimeoutMs: 1_000,
    },
    executor: way === 'apart' ? apart(executor) : executor,
    createContext,
    readiness: () => ({ ready: true, report: {} }),
    metrics,
    logger,
    timing: { pingIntervalMs: hourMs, slowClientTimeoutMs: hourMs },
  });
  return port;
};

const listen = (): Promise<number> => {
  if (way === 'graphql-ws') return listenGraphqlWs();
  return way === 'bare ws' ? listenBare() : listenVigil();
};

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};
const counted = async (name: string): Promise<number> =>
  Number(
    (await metrics.metrics())
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.split(' ')[1] ?? 0,
  );

const tell = (report: ServerReport): void => void process.send?.(report);
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let published = 0;

const publish = (bytes: number): void => {
  published += 1;
  if (way === 'bare ws') {
    const message = `{"id":"${'x'.repeat(36)}","type":"next","payload":"${'x'.repeat(600)}"}`;
    for (const socket of idle) socket.send(message);
  } else show({ ...first, progress: published / 1_000_000, vendorState: bytes ? `${published}`.padEnd(bytes, 'x') : null });
};

process.on('message', async ({ prepare, publish: bytes, collect }: ServerRequest) => {
  if (prepare) {
    delay.reset();
    return tell({});
  }
  if (bytes !== undefined) {
    const at = process.hrtime.bigint().toString();
    tell({ at, cpuMs: cpuMs() });
    return publish(bytes);
  }
  const report: ServerReport = { cpuMs: cpuMs(), loopDelayMs: delay.max / 1e6, published };
  if (!collect) return tell(report);
  globalThis.gc?.();
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return tell({
    ...report,
    rss,
    heapUsed,
    sent: await counted('vigil_subscription_messages_total'),
    joined: await counted('vigil_subscription_messages_joined_total'),
  });
});
tell({ taskId: first.id, port: await listen() });
