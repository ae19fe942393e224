import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Instant } from '../domain/index.js';
import { VigilError } from '../errors.js';
import { createCommitQueue } from './commit-queue.js';
import { type FileLock, takeLock } from './file-lock.js';
import { createMemoryLayer, layeredRows } from './memory-layer.js';
import { closedStore } from './memory-store.js';
import { createRowStore } from './row-store.js';
import type { Rows, Run } from './rows.js';
import { type Disk, openDisk, setAside } from './sqlite-disk.js';
import { describeFault, mediumFaultOf } from './sqlite-faults.js';
import type { Store } from './store.js';
import type { StoreFault } from './store-fault.js';

export interface EmbeddedStoreOptions {
  /** Folder of the store; made when it is missing. Holds `vigil.db`, its log, and the lock. */
  readonly path: string;
  /** Told once about each fault; never called again for the same one while it lasts. */
  readonly onFault: (fault: StoreFault) => void;
  /** Told when what was kept in memory is on the disk, and writes are durable again. */
  readonly onRecovered?: () => void;
  readonly now?: () => Instant;
  /** Largest size of the file; a larger one is treated like a full disk. Default: what the disk holds. */
  readonly maxBytes?: number;
  /** What is kept in memory while the disk fails. Default 64 MiB. */
  readonly maxMemoryBytes?: number;
  /** How often a failing disk is tried again. Default 5 s. */
  readonly retryMs?: number;
}

const misconfigured: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'ENOTDIR', 'EEXIST', 'EROFS', 'ENAMETOOLONG', 'EISDIR']);
/** One transaction holds no more pieces of work: it blocks the process while it is written. */
const batchSize = 256;

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '');

/**
 * A store in one SQLite file. SQLite is called synchronously: a commit blocks the process for one flush of the disk (well below a millisecond on an SSD
 * with a write cache, some on others), so everything that is asked for in one turn of the event loop shares one commit.
 * Throws CONFLICT while another process uses the folder, INVALID_INPUT when the folder cannot be used at all.
 */
export const createEmbeddedStore = (options: EmbeddedStoreOptions): Store => {
  const { path, onFault, onRecovered, now = Date.now, maxBytes, maxMemoryBytes = 64 * 1024 * 1024, retryMs = 5_000 } = options;
  const file = join(path, 'vigil.db');
  const layer = createMemoryLayer(maxMemoryBytes);
  let lock: FileLock | undefined;
  let disk: Disk | undefined;
  /** Why writes go to memory. */
  let failing: string | null = null;
  /** What was set aside, if anything. */
  let notice: string | null = null;
  let timer: NodeJS.Timeout | undefined;
  let disposal: Promise<void> | undefined;

  const open = (): void => {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    lock ??= takeLock(join(path, 'vigil.lock'));
    const opening = openFile();
    disk = 'disk' in opening ? opening.disk : replace(opening.unusable, opening.detail);
  };
  const openFile = (): ReturnType<typeof openDisk> => {
    try {
      return openDisk(file, maxBytes);
    } catch (error) {
      if (mediumFaultOf(error) !== 'damaged') throw error;
      return { unusable: 'damaged', detail: describeFault(error) };
    }
  };
  /** Sets the file aside and begins a fresh one. */
  const replace = (kind: 'damaged' | 'unknown-version', detail: string, cause?: unknown): Disk => {
    const aside = setAside(file, kind, new Date(now()));
    notice = `The store's file was ${kind === 'damaged' ? 'damaged' : 'of an unknown version'} (${detail}). It was set aside as ${basename(aside)} and a fresh one begun.`;
    onFault({ kind, message: notice, ...(cause === undefined ? {} : { cause }) });
    const opening = openDisk(file, maxBytes);
    if ('disk' in opening) return opening.disk;
    throw new VigilError('INTERNAL', `A fresh file of the store is not usable: ${opening.detail}.`);
  };

  const fail = (error: unknown): void => {
    timer ??= setInterval(recover, retryMs).unref();
    if (failing !== null) return;
    failing = `Nothing that is written now survives a restart: ${describeFault(error)}. Serving goes on from memory; the disk is tried again every ${retryMs} ms.`;
    onFault({ kind: 'unwritable', message: failing, cause: error });
  };
  /** Damage is repaired at once by a fresh file; everything else is waited out in memory. */
  const cope = (error: unknown): void => {
    if (mediumFaultOf(error) !== 'damaged') {
      fail(error);
      return;
    }
    try {
      disk?.abandon();
      disk = undefined;
      disk = replace('damaged', describeFault(error), error);
    } catch (again) {
      fail(again);
    }
  };

  const writeBack = (rows: Rows): void => {
    // Deletions first: on a full disk they make the room.
    for (const [key, value] of layer.all()) if (value === null) rows.delete(key);
    for (const [key, value] of layer.all()) if (value !== null) rows.set(key, value);
  };
  const recover = (): void => {
    try {
      if (disk === undefined) open();
      disk?.transact(writeBack);
    } catch (error) {
      // Still failing, and said so. A file found damaged by now is replaced, for the next try.
      if (mediumFaultOf(error) === 'damaged') cope(error);
      return;
    }
    layer.clear();
    failing = null;
    clearInterval(timer);
    timer = undefined;
    onRecovered?.();
  };

  /** What can still be read of the disk; what cannot counts as absent. */
  const readable: Pick<Rows, 'get' | 'scan'> = {
    get: (key) => orElse(() => disk?.rows.get(key), undefined),
    scan: (from, to, limit) => orElse(() => disk?.rows.scan(from, to, limit) ?? [], []),
  };
  const inMemory = layeredRows(layer, readable);
  const commit = <T>(work: (rows: Rows) => T): { readonly value: T } | undefined => {
    // Twice: the second time on the fresh file that took the place of a damaged one.
    for (let tries = 0; failing === null && disk !== undefined && tries < 2; tries += 1) {
      try {
        return { value: disk.transact(work) };
      } catch (error) {
        if (mediumFaultOf(error) === undefined) throw error;
        cope(error);
      }
    }
    return undefined;
  };
  const queue = createCommitQueue({ commit, alone: (work) => work(inMemory) }, batchSize);

  try {
    open();
  } catch (error) {
    if (error instanceof VigilError) throw error;
    if (misconfigured.has(codeOf(error))) {
      lock?.release();
      throw new VigilError(
        'INVALID_INPUT',
        `The folder ${path} cannot be used for the store (${codeOf(error)}): it has to be a folder this user may write to.`,
        {
          path: ['store', 'path'],
          cause: error,
        },
      );
    }
    fail(error);
  }

  const forgotten = (): string => (layer.forgotten() > 0 ? ` ${layer.forgotten()} old entries were let go for lack of room.` : '');
  const run: Run = (work) => (disposal ? Promise.reject(closedStore()) : queue.run(work));
  return {
    ...createRowStore(run, now),
    health: () => ({ durable: failing === null, message: failing === null ? notice : `${failing}${forgotten()}` }),
    dispose: () => {
      disposal ??= (async () => {
        queue.flush();
        if (failing !== null) recover();
        clearInterval(timer);
        try {
          disk?.close();
        } catch (error) {
          if (mediumFaultOf(error) === undefined) throw error;
          if (failing === null)
            onFault({ kind: 'unwritable', message: `The store could not be closed in order: ${describeFault(error)}.`, cause: error });
        } finally {
          lock?.release();
        }
      })();
      return disposal;
    },
  };
};

/** The disk's answer, or the other when its medium fails. */
const orElse = <T>(read: () => T, otherwise: T): T => {
  try {
    return read();
  } catch (error) {
    if (mediumFaultOf(error) === undefined) throw error;
    return otherwise;
  }
};
