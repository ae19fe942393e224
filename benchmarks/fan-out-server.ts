/** A server for `fan-out.ts`: one task, watched over WebSockets in one of three ways. Told by messages what to do. */
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { useServer } from 'graphql-ws/use/ws';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { WebSocketServer } from 'ws';
import type { Task } from '../src/domain/index.js';
import { createExecutor, type Executor } from '../src/execution/index.js';
import { buildGatewaySchema, createGatewayContext } from '../src/graphql/index.js';
import { createBackend, createBackends, createProgress } from '../src/progress/index.js';
import { createServer, type ServerDependencies } from '../src/server/index.js';
import { createMemoryStore } from '../src/store/index.js';
import { createScriptedVendor, scriptedConnection } from '../test/support/scripted-vendor.js';
import type { ServerReport, ServerRequest, Way } from './fan-out.js';

const hourMs = 3_600_000;

const way = process.argv[2] as Way;
const logger = pino({ level: 'silent' });
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

const { hub, verbs, ledger, book, liveBackends } = progress;
const createContext: ServerDependencies['createContext'] = (operation) => () =>
  createGatewayContext({ ...operation, backends, liveBackends, ledger, book, hub, verbs, report: () => undefined });
const schema = buildGatewaySchema({ vendors: [vendor.module] });

/** As it was before subscriptions could be shared: every client has a stream of its own. */
const apart = (executor: Executor): Executor => ({
  ...executor,
  subscribe: async (request, context) => {
    const stream = await executor.subscribe(request, context);
    if (!(Symbol.asyncIterator in stream)) return stream;
    const { followed: _followed, ...own } = stream;
    return own;
  },
});

const listen = async (): Promise<number> => {
  if (way === 'graphql-ws') {
    const server = createHttpServer();
    const sockets = new WebSocketServer({ server, path: '/graphql' });
    const signal = new AbortController().signal;
    // No pings: the clients here do not answer them.
    useServer({ schema, context: () => createContext({ requestId: 'r', actor: null, signal })() }, sockets, 0);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', 4096, resolve);
    });
    return (server.address() as AddressInfo).port;
  }
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
    executor: way === 'before' ? apart(executor) : executor,
    createContext,
    readiness: () => ({ ready: true, report: {} }),
    metrics: new Registry(),
    logger,
    timing: { pingIntervalMs: hourMs, slowClientTimeoutMs: hourMs },
  });
  return port;
};

const tell = (report: ServerReport): void => void process.send?.(report);
const megabyte = 1_048_576;
let published = 0;
process.on('message', ({ publish, bytes }: ServerRequest) => {
  if (publish) {
    published += 1;
    show({ ...first, progress: published / 1_000_000, vendorState: bytes ? `${published}`.padEnd(bytes, 'x') : null });
    const at = process.hrtime.bigint().toString();
    const { user, system } = process.cpuUsage();
    return tell({ at, cpuMs: (user + system) / 1_000 });
  }
  const { user, system } = process.cpuUsage();
  globalThis.gc?.();
  globalThis.gc?.();
  return tell({ cpuMs: (user + system) / 1_000, rssMiB: process.memoryUsage.rss() / megabyte });
});
tell({ taskId: first.id, port: await listen() });
