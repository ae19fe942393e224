import type { Instant } from '../domain/index.js';
import { VigilError } from '../errors.js';
import { createMemoryLayer, layeredRows } from './memory-layer.js';
import { createRowStore } from './row-store.js';
import type { Run } from './rows.js';
import type { Store } from './store.js';

export interface MemoryStoreOptions {
  /** Beyond, what was written longest ago is let go. Default 256 MiB. */
  readonly maxBytes?: number;
  readonly now?: () => Instant;
}

const defaultMaxBytes = 256 * 1024 * 1024;

export const closedStore = (): VigilError => new VigilError('INTERNAL', 'The store is closed.');

/** A store that forgets everything at the end of the process. It is not durable and says so. */
export const createMemoryStore = ({ maxBytes = defaultMaxBytes, now = Date.now }: MemoryStoreOptions = {}): Store => {
  const layer = createMemoryLayer(maxBytes);
  const rows = layeredRows(layer);
  let disposed = false;
  const run: Run = async (work) => {
    if (disposed) throw closedStore();
    return work(rows);
  };
  return {
    ...createRowStore(run, now),
    health: () => ({
      durable: false,
      message: `The store is in memory: nothing survives a restart.${layer.forgotten() > 0 ? ` ${layer.forgotten()} old entries were let go for lack of room.` : ''}`,
    }),
    dispose: async () => {
      disposed = true;
      layer.clear();
    },
  };
};
