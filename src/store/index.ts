export { createEmbeddedStore, type EmbeddedStoreOptions } from './embedded-store.js';
export { createMemoryStore } from './memory-store.js';
export { createRedisStore, type RedisStoreOptions } from './redis-store.js';
export type { Store } from './store.js';
export type { StoreFault } from './store-fault.js';
