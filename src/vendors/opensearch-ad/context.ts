import type { CallOptions } from '../../domain/index.js';
import type { Origin } from '../../http/index.js';
import type { Dialect } from './dialect.js';
import type { Endpoint } from './endpoint.js';

/** What every part of the adapter works with. */
export interface AdapterContext {
  readonly origin: Origin;
  readonly request: Endpoint;
  /** How the backend of this call is to be spoken to, by its profile. */
  dialectOf(call: Pick<CallOptions, 'profile'>): Dialect;
}
