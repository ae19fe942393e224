import { createServer as createHttpServer, type Server } from 'node:http';
import { VigilError } from '../errors.js';
import { createApollo } from './apollo.js';
import { limitConnections } from './connection-limit.js';
import { createDoorKeeper } from './door-auth.js';
import type { Route } from './exchange.js';
import { createFanOutMetrics } from './fan-out/metrics.js';
import { createGraphqlRoute } from './graphql-route.js';
import { createHttpDrain } from './http-drain.js';
import { createPageRoute } from './landing-page.js';
import { createServerMetrics } from './metrics.js';
import { defaultTiming, type RunningServer, type ServerDependencies, type ServerTiming } from './options.js';
import { assertSafeBind, createOriginPolicy } from './origins.js';
import { createLiveRoute, createMetricsRoute, createReadyRoute } from './probe-routes.js';
import { createRouter } from './router.js';
import { createStop } from './stop.js';
import { createWebSocketDoor } from './websocket-door.js';

const graphqlPath = '/graphql';

const listen = (server: Server, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'the port is in use' : (cause.code ?? 'the system refused');
      reject(new VigilError('INVALID_INPUT', `Cannot listen on ${host} port ${port}: ${why}.`, { path: ['server', 'port'], cause }));
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });

const createListener = (timing: ServerTiming): Server =>
  createHttpServer({
    headersTimeout: timing.headersTimeoutMs,
    requestTimeout: timing.requestTimeoutMs,
    keepAliveTimeout: timing.keepAliveTimeoutMs,
    // How often Node looks for connections that exceeded the two limits above.
    connectionsCheckingInterval: Math.min(1_000, timing.headersTimeoutMs),
  });

/** `http://[::1]:4000`. A wildcard address is reached through loopback. */
const urlOf = (host: string, port: number): string => {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
};

/**
 * Opens both doors, HTTP and WebSocket, on one port. Resolves when it listens; rejects with a VigilError when it may not or cannot. One server per metrics registry.
 */
export const createServer = async (dependencies: ServerDependencies): Promise<RunningServer> => {
  const { options, logger } = dependencies;
  assertSafeBind(options);
  const timing: ServerTiming = { ...defaultTiming, ...dependencies.timing };
  const metrics = createServerMetrics(dependencies.metrics);
  const keeper = createDoorKeeper(options.auth);
  const origins = createOriginPolicy(options);
  const apollo = await createApollo(dependencies);
  const running = new Set<AbortController>();
  let stopping = false;
  const isStopping = (): boolean => stopping;

  const server = createListener(timing);
  const isSurplus = limitConnections(server, options.maxConnections);
  const drain = createHttpDrain(server, timing.stalledTimeoutMs);
  const routes: Readonly<Record<string, Route>> = {
    '/': createPageRoute({ graphqlPath, needsToken: keeper.required }),
    [graphqlPath]: createGraphqlRoute({ apollo, keeper, origins, metrics, running, maxRequestBytes: options.maxRequestBytes }),
    '/health/live': createLiveRoute(),
    '/health/ready': createReadyRoute(dependencies.readiness, isStopping),
    '/metrics': createMetricsRoute(dependencies.metrics, keeper),
  };
  const route = createRouter({
    routes,
    origins,
    metrics,
    logger,
    refusal: ({ request, pathname }) => {
      if (isSurplus(request.socket)) return 'Too many connections (server.maxConnections).';
      return stopping && !pathname.startsWith('/health/') ? 'The gateway is stopping: try again.' : undefined;
    },
  });
  const door = createWebSocketDoor({
    dependencies,
    keeper,
    metrics,
    origins,
    running,
    isStopping,
    isSurplus,
    path: graphqlPath,
    connectionInitTimeoutMs: timing.connectionInitTimeoutMs,
    pingIntervalMs: timing.pingIntervalMs,
    slowClientTimeoutMs: timing.slowClientTimeoutMs,
    fanOutMetrics: createFanOutMetrics(dependencies.metrics),
  });
  const answer: typeof route = (request, response) => drain.answer(response, () => route(request, response));
  server.on('request', answer);
  server.on('checkContinue', answer);
  server.on('upgrade', door.upgrade);

  const stop = createStop({
    server,
    apollo,
    door,
    drain,
    running,
    logger,
    timeoutMs: options.shutdownTimeoutMs,
    whenQuiet: dependencies.drain,
  });
  const port = await listen(server, options.host, options.port).catch(async (error: unknown) => {
    door.terminate();
    await apollo.stop();
    throw error;
  });
  const url = urlOf(options.host, port);
  logger.info({ url }, 'listening');
  let stopped: Promise<void> | undefined;
  return {
    url,
    port,
    stop: () => {
      stopping = true;
      stopped ??= stop();
      return stopped;
    },
  };
};
