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
  /** Origins of browsers' WebSocket upgrades besides the server's own; `*` allows all. */
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

/** What the server is given by the composition root. */
export interface ServerDependencies {
  readonly options: ServerOptions;
  readonly executor: Executor;
  /** Makes context factories: one call per operation. `signal` aborts when the client went away or the server stops hard. */
  createContext(operation: { readonly requestId: string; readonly signal: AbortSignal; readonly actor: string | null }): ContextFactory;
  readonly readiness: () => Readiness;
  readonly metrics: Registry;
  readonly logger: Logger;
  /** Resolves when no mutation is being answered any more; graceful stop waits for it within its time. */
  readonly drain?: () => Promise<void>;
}

/** A listening server. */
export interface RunningServer {
  /** `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly port: number;
  /** Stops accepting, drains requests, closes subscriptions with 1001, all within `shutdownTimeoutMs`. Idempotent. */
  stop(): Promise<void>;
}

