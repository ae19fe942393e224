import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Secret } from '../domain/index.js';
import type { ContextFactory, Executor } from '../execution/executor.js';

/** Who may come in. */
export type DoorAuth = { readonly kind: 'bearer'; readonly tokens: readonly Secret[] };

/** `server:` of vigil.yaml, parsed. */
export interface ServerOptions {
  /** Loopback only, unless there is `auth` or `insecure: true`. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly auth?: DoorAuth;
  /** Listens beyond loopback without auth, on purpose. */
  readonly insecure: boolean;
  /** Origins whose pages may ask over HTTP (CORS) and WebSocket besides the server's own, and whose hosts are names of this server; `*` allows all. */
  readonly allowedOrigins: readonly string[];
  /** Bytes of one HTTP body or WebSocket message. */
  readonly maxRequestBytes: number;
  /** Sockets open at the same time; more are refused with 503. */
  readonly maxConnections: number;
  /** Operations running on one socket at the same time; more get an error. */
  readonly maxSubscriptionsPerSocket: number;
  /** How long requests may take to end after SIGTERM. */
  readonly shutdownTimeoutMs: number;
}

/** Whether the process can serve: `/health/ready` answers 503 while `ready` is false. */
export interface Readiness {
  readonly ready: boolean;
  /** Public to whoever may reach the port: no URLs, no versions of backends' software beyond health words. */
  readonly report: Readonly<Record<string, unknown>>;
}

/** What a door knows of one operation, whatever the operation says. */
export interface DoorOperation {
  readonly requestId: string;
  /** Aborts when the server stops hard; for a query or subscription also when the client went away. A mutation outlives its client. */
  readonly signal: AbortSignal;
  /** Who asked, as a short name that is no secret; null where nobody has to say. */
  readonly actor: string | null;
  /** `extensions.vigil.after` of a subscribe message: the cursor to resume after, which wins over the argument `after`. */
  readonly after?: string;
}

/** Bounds in time on what a client may keep waiting. */
export interface ServerTiming {
  /** A request's headers are in by then, else 408. */
  readonly headersTimeoutMs: number;
  /** A whole request is in by then, else 408. */
  readonly requestTimeoutMs: number;
  /** How long an idle connection is kept for another request. */
  readonly keepAliveTimeoutMs: number;
  /** How long an HTTP client may read nothing of an answer before its connection is cut. */
  readonly stalledTimeoutMs: number;
  /** `connection_init` comes by then, else the socket closes with 4408. */
  readonly connectionInitTimeoutMs: number;
  /** Time between pings of a WebSocket; one that has not answered the last is cut. */
  readonly pingIntervalMs: number;
  /** A WebSocket whose client has not read a byte of the events that wait for it is closed with 4420 after this. */
  readonly slowClientTimeoutMs: number;
}

export const defaultTiming: ServerTiming = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  // Longer than the 60 s after which most load balancers drop idle connections: whoever closes first must not be us.
  keepAliveTimeoutMs: 65_000,
  stalledTimeoutMs: 30_000,
  connectionInitTimeoutMs: 5_000,
  pingIntervalMs: 15_000,
  // Before two pings have gone unanswered: a client that wakes up learns why it was closed.
  slowClientTimeoutMs: 10_000,
};

/** What the server is given by the composition root. */
export interface ServerDependencies {
  readonly options: ServerOptions;
  readonly executor: Executor;
  /** Makes context factories: one call per operation. */
  createContext(operation: DoorOperation): ContextFactory;
  readonly readiness: () => Readiness;
  readonly metrics: Registry;
  readonly logger: Logger;
  /** Resolves when no mutation is being answered any more; graceful stop waits for it within its time. */
  readonly drain?: () => Promise<void>;
  /** Overrides of `defaultTiming`. */
  readonly timing?: Partial<ServerTiming>;
}

/** A listening server. */
export interface RunningServer {
  /** `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly port: number;
  /** Stops accepting, drains requests, closes subscriptions with 1001, all within `shutdownTimeoutMs`. Idempotent. */
  stop(): Promise<void>;
}
