import type { Instant } from '../domain/index.js';
import { deleteLarge, openLarge, writeLarge } from './large-values.js';
import { acquire, release } from './leases.js';
import type { Run } from './rows.js';
import type { Store } from './store.js';
import { appendEntry, appendEntryAfter, numberAt, readEntries, trimEntries } from './streams.js';
import { deleteValue, getValue, listValues, putValue, putValueIfAbsent } from './values.js';

/** Everything a store does, on whatever keeps its rows. */
export const createRowStore = (run: Run, now: () => Instant): Omit<Store, 'health' | 'dispose'> => ({
  // The lock of the file, or the process, keeps others out.
  shared: false,
  listen: () => () => undefined,
  get: (key) => run((rows) => getValue(rows, key)),
  put: (key, value) => run((rows) => putValue(rows, key, value)),
  putIfAbsent: (key, value) => run((rows) => putValueIfAbsent(rows, key, value)),
  delete: (key) => run((rows) => deleteValue(rows, key)),
  list: (prefix, { limit, after }) => run((rows) => listValues(rows, prefix, limit, after)),
  append: (stream, value, { keep }) => run((rows) => appendEntry(rows, stream, value, keep, numberAt(now()))),
  appendAfter: (stream, value, { keep, after }) => run((rows) => appendEntryAfter(rows, stream, value, keep, numberAt(now()), after)),
  read: async (stream, { after, limit }) => ({ ...(await run((rows) => readEntries(rows, stream, after, limit))), away: false }),
  trim: (stream, { before }) => run((rows) => trimEntries(rows, stream, before)),
  writeLarge: (key, pieces) => writeLarge(run, key, pieces),
  openLarge: (key) => openLarge(run, key),
  deleteLarge: (key) => deleteLarge(run, key),
  acquireLease: (name, holder, ttlMs) => run((rows) => acquire(rows, name, holder, ttlMs, now())),
  releaseLease: (name, holder) => run((rows) => release(rows, name, holder)),
});
