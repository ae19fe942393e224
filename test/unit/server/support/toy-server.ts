import type { GraphQLSchema } from 'graphql';
import { type Logger, pino } from 'pino';
import { Registry } from 'prom-client';
import { createExecutor, type Executor } from '../../../../src/execution/index.js';
import {
  createServer,
  type Readiness,
  type RunningServer,
  type ServerDependencies,
  type ServerOptions,
} from '../../../../src/server/index.js';
import { createGate, createToySchema, type ToyContext, type ToyState } from './toy-schema.js';

/** A real server over a toy schema. */
export interface ToyServer extends AsyncDisposable {
  readonly server: RunningServer;
  readonly url: string;
  readonly graphql: string;
  readonly ws: string;
  readonly state: ToyState;
  readonly metrics: Registry;
  /** Log lines, parsed. */
  readonly log: Readonly<Record<string, unknown>>[];
  /** What `readiness()` answers. */
  ready: Readiness;
}

export interface ToyOverrides extends Partial<Omit<ServerDependencies, 'options'>> {
  readonly options?: Partial<ServerOptions>;
}

const options: ServerOptions = {
  host: '127.0.0.1',
  port: 0,
  insecure: false,
  allowedOrigins: [],
  maxRequestBytes: 1_048_576,
  maxConnections: 100,
  maxSubscriptionsPerSocket: 5,
  shutdownTimeoutMs: 5_000,
};

/** The real executor, with limits that tests can exceed in a line. */
export const createToyExecutor = (schema: GraphQLSchema, logger: Logger): Executor =>
  createExecutor({
    schema,
    limits: { maxDepth: 12, maxAliases: 15, maxTokens: 500, maxRootFields: 10, maxCost: 10_000 },
    introspection: true,
    logger,
  });

export const startToyServer = async ({ options: changes, ...overrides }: ToyOverrides = {}): Promise<ToyServer> => {
  const state: ToyState = { gate: createGate(), began: [], aborted: [], pulled: 0, open: 0 };
  const log: Readonly<Record<string, unknown>>[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => log.push(JSON.parse(line)) });
  const metrics = new Registry();
  const executor = createToyExecutor(createToySchema(state), logger);
  const toy = { state, log, metrics, ready: { ready: true, report: { backends: 'UP' } } as Readiness };
  const server = await createServer({
    options: { ...options, ...changes },
    executor,
    createContext: ({ requestId, actor, signal, after }) => {
      const context: ToyContext = { requestId, actor, signal, after };
      return () => context;
    },
    readiness: () => toy.ready,
    metrics,
    logger,
    ...overrides,
  });
  return Object.assign(toy, {
    server,
    url: server.url,
    graphql: `${server.url}/graphql`,
    ws: `${server.url.replace('http', 'ws')}/graphql`,
    [Symbol.asyncDispose]: () => server.stop(),
  });
};
