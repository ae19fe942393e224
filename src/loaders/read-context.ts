import type { Backend, CallOptions, FieldSet, Instant, Ledger, Listing, Revised, Task, TaskBook } from '../domain/index.js';
import type { BatchOptions } from './batch-by-backend.js';
import type { CameAlong } from './stamped.js';

/** What the reads of one operation share. */
export interface ReadContext {
  readonly ledger: Ledger;
  readonly book: TaskBook;
  readonly fields: FieldSet;
  readonly now: () => Instant;
  readonly shared: Pick<BatchOptions<unknown>, 'backendOf' | 'onMissing' | 'onFault' | 'agreed'>;
  readonly call: (backend: Backend) => CallOptions;
  /** Reads a list, and notes the parts it lacks. Throws VigilError. */
  readonly listed: <T>(backendKey: string, read: (backend: Backend) => Promise<Listing<T>>) => Promise<Listing<T>>;
  /** One read that is no list. Throws VigilError. */
  readonly ask: <T>(backendKey: string, read: (backend: Backend) => Promise<T>) => Promise<T>;
  readonly vanished: (tasks: readonly Revised<Task>[]) => void;
  /** What came along need not be read by id. */
  readonly primeAlong: (along: Partial<CameAlong>) => void;
}
