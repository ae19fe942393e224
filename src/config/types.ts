import type { Connection, RedisTarget } from '../domain/index.js';
import type { OperationLimits } from '../execution/limits.js';
import type { ServerOptions } from '../server/options.js';
import type { ConfigFile } from './schema.js';

/** Where the gateway keeps what must survive. */
export type StoreConfig =
  | { readonly kind: 'memory' }
  | { readonly kind: 'embedded' /** Absolute. */; readonly path: string }
  | { readonly kind: 'redis'; readonly target: RedisTarget; readonly keyPrefix: string };

/** How long, and how much of, results that a product has handed over are kept. */
interface ResultLimits {
  readonly retentionMs: number;
  /** Of all backends together. */
  readonly maxBytes: number;
}

/** `vigil.yaml` with the environment over it: parsed, complete and frozen. Secrets print as `***`. */
export interface VigilConfig {
  readonly server: ServerOptions;
  readonly limits: OperationLimits;
  /** Whether the schema may be asked for and errors suggest names. */
  readonly introspection: boolean;
  readonly logLevel: ConfigFile['logLevel'];
  readonly store: StoreConfig;
  readonly results: ResultLimits;
  /** At least one; keys differ. */
  readonly backends: readonly Connection[];
}
