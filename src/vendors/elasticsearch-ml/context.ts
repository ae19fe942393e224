import type { Origin } from '../../http/index.js';
import type { ElasticsearchClient } from './client.js';

/** What every part of the adapter works with. */
export interface AdapterContext {
  readonly client: ElasticsearchClient;
  readonly origin: Origin;
  /** Path below which the API is, without a trailing slash: part of every request line. */
  readonly basePath: string;
}
