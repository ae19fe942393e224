import type { Secret } from './secret.js';

/**
 * The gateway's name in vendors' logs and task lists, sent as `X-Opaque-Id`. One value for all requests: Elasticsearch groups its deprecation log by it,
 * and asks for a finite set (API conventions, 7.16).
 */
export const opaqueId = 'vigil';

/** How the gateway proves who it is. */
export type Auth =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: Secret }
  /** `value` is the encoded form (`base64(id:key)`), as Elasticsearch hands it out. */
  | { readonly kind: 'apiKey'; readonly value: Secret }
  | { readonly kind: 'bearer'; readonly token: Secret }
  /** Every request is signed by the adapter; the key itself is never sent. */
  | { readonly kind: 'hmac'; readonly customerId: string; readonly secretKey: Secret };

/** Certificates, already read from their files. */
export interface Tls {
  /** Authorities trusted instead of the system's. */
  readonly ca?: string;
  /** Client certificate chain and key. */
  readonly cert?: string;
  readonly key?: Secret;
  readonly passphrase?: Secret;
  /** Default true. */
  readonly rejectUnauthorized?: boolean;
}

/** Bounds on talking to one backend. All have defaults in the configuration. */
export interface HttpLimits {
  /** Deadline of one read, retries included. */
  readonly requestTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly maxResponseBytes: number;
  /** Sockets to this backend. */
  readonly maxConnections: number;
  /** Retries of one safe request. */
  readonly maxRetries: number;
  /** Consecutive failures after which the breaker opens. */
  readonly breakerThreshold: number;
  /** How long it stays open before one call may try. */
  readonly breakerResetMs: number;
}

/** How often the progress hub asks one backend. */
export interface PollLimits {
  /** While something moves. */
  readonly fastMs: number;
  /** When nothing does. */
  readonly slowMs: number;
}

/** One configured connection to one vendor's cluster or server. */
export interface Connection {
  /** Key in ids: `[a-z0-9-]{1,32}`. */
  readonly key: string;
  /** Vendor's id in the registry: `elasticsearch-ml`. */
  readonly vendorId: string;
  /** Origin and base path. Holds no credentials. */
  readonly url: URL;
  readonly auth: Auth;
  readonly tls?: Tls;
  /** Verbs are refused. */
  readonly readOnly: boolean;
  /** Version to assume instead of asking. */
  readonly version?: string;
  /** Whose finished jobs are read, where reading takes the result from the server: those begun through the gateway, or everybody's. Default: own. */
  readonly consume?: 'own' | 'all';
  /** The vendor's own settings, by the names it declares; absent: its defaults. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly http: HttpLimits;
  readonly poll: PollLimits;
}

/** Where a Redis is and how to be let in: the parts of its URL. */
export interface RedisTarget {
  readonly host: string;
  readonly port: number;
  readonly database: number;
  /** Absent: the server's default user. */
  readonly username?: string;
  readonly password?: Secret;
  /** Present for `rediss://`: the connection is encrypted. */
  readonly tls?: Tls;
}
