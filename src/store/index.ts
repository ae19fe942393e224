export { createEmbeddedStore, type EmbeddedStoreOptions, type StoreFault } from './embedded-store.js';
export { createMemoryStore, type MemoryStoreOptions } from './memory-store.js';
export type { Lease, Store, StoreHealth, StreamEntry } from './store.js';
