import type { Instant } from '../../src/domain/index.js';
import type { Store } from '../../src/store/index.js';
import type { Held } from '../../src/store/leases.js';
import { createMemoryLayer, layeredRows } from '../../src/store/memory-layer.js';
import { keyOf, kinds } from '../../src/store/row-keys.js';
import type { Rows } from '../../src/store/rows.js';
import { createSharedHandle, type SharedHandle } from './shared-store/handle.js';

export type { SharedHandle } from './shared-store/handle.js';

/** One store in memory that several gateways share, as they share one Redis. Each has a handle of its own. */
export interface SharedStore {
  /** The store as one more gateway sees it. `deliver`: how answers and news reach that gateway (a process that is stopped takes none); default: at once. */
  open(options?: { readonly deliver?: (work: () => void) => void }): SharedHandle;
  /** Who holds a lease now, by the clock of the store. */
  holderOf(lease: string): Held | undefined;
  /** How many rows there are of that kind whose name begins so. */
  count(kind: keyof typeof kinds, name?: string): number;
  /** Sequence numbers of what a stream holds. */
  entriesOf(stream: string): Promise<readonly number[]>;
}

/** How to make one. */
export interface SharedStoreOptions {
  readonly now?: () => Instant;
  /** When what is on its way arrives: every command, answer and call. What one handle sends or is sent stays in order. Default: at once. */
  readonly schedule?: (work: () => void) => void;
  /** Told of what is added to a stream. */
  readonly added?: (stream: string, value: string) => void;
}

const plenty = 1024 * 1024 * 1024;

export const createSharedStore = ({ now = Date.now, schedule = (work) => work(), added }: SharedStoreOptions = {}): SharedStore => {
  const layer = createMemoryLayer(plenty);
  const rows: Rows = layeredRows(layer);
  const handles = new Set<SharedHandle>();
  return {
    open: ({ deliver = (work: () => void) => work() } = {}) => {
      const handle: SharedHandle = createSharedHandle({
        common: rows,
        now,
        schedule,
        deliver,
        added: (stream, value) => {
          if (value !== undefined) added?.(stream, value);
          for (const each of handles) if (each !== handle) each.notify(stream);
        },
      });
      handles.add(handle);
      return handle;
    },
    holderOf: (lease) => {
      const text = rows.get(keyOf(kinds.lease, lease));
      const held = text === undefined ? undefined : (JSON.parse(text.toString('utf8')) as Held);
      return held !== undefined && held.holder !== null && held.expiresAt > now() ? held : undefined;
    },
    count: (kind, name = '') => [...layer.all()].filter(([key]) => key.startsWith(keyOf(kinds[kind], name))).length,
    entriesOf: async (stream) => {
      const reader: Store = createSharedHandle({
        common: rows,
        now,
        schedule: (work) => work(),
        deliver: (work) => work(),
        added: () => undefined,
      }).store;
      const { entries } = await reader.read(stream, { after: 0, limit: Number.MAX_SAFE_INTEGER });
      return entries.map(({ sequence }) => sequence);
    },
  };
};
