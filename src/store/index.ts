export { createEmbeddedStore, type EmbeddedStoreOptions, type StoreFault } from './embedded-store.js';
export { createMemoryStore } from './memory-store.js';
export type { Store } from './store.js';
