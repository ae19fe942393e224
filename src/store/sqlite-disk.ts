import { chmodSync, closeSync, existsSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import Database from 'libsql';
import { sweepUnfinished } from './large-values.js';
import type { Row, Rows } from './rows.js';

/** One open file of a store. */
export interface Disk {
  readonly rows: Rows;
  /** All of it or nothing; durable when it returns. Throws SQLite's errors and the work's own. */
  transact<T>(work: (rows: Rows) => T): T;
  /** Moves what is in the write-ahead log into the file, and closes it. */
  close(): void;
  /** Closes a file that is no use any more. */
  abandon(): void;
}

/** Opening a file: it is ready, or it has to be set aside first. */
export type Opening = { readonly disk: Disk } | { readonly unusable: 'damaged' | 'unknown-version'; readonly detail: string };

/** Stamp of the layout below. A file with another stamp was written by another version of the product. */
const layout = 1;
/** The only other user of the file may be an operator's tool. Waiting blocks the process: better to go on in memory and try again. */
const busyTimeoutMs = 100;

const asKey = (bytes: string): Buffer => Buffer.from(bytes, 'latin1');

const rowsOf = (db: Database.Database): Rows => {
  // Keys and values are blobs: libsql 0.5 cuts text at the first NUL. Parameters go as one array: it takes a lone object for named ones.
  const get = db.prepare<[Buffer[]]>('SELECT value FROM rows WHERE key = ?').raw(true);
  const set = db.prepare<[Buffer[]]>('INSERT INTO rows (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value');
  const remove = db.prepare<[Buffer[]]>('DELETE FROM rows WHERE key = ?');
  const scan = db.prepare<[(Buffer | number)[]]>('SELECT key, value FROM rows WHERE key >= ? AND key < ? ORDER BY key LIMIT ?').raw(true);
  return {
    get: (key) => (get.get([asKey(key)]) as [Buffer] | undefined)?.[0],
    set: (key, value) => void set.run([asKey(key), value]),
    delete: (key) => void remove.run([asKey(key)]),
    scan: (from, to, limit) =>
      (scan.all([asKey(from), asKey(to), limit]) as [Buffer, Buffer][]).map(
        ([key, value]): Row => ({ key: key.toString('latin1'), value }),
      ),
  };
};

const transactionOf =
  (db: Database.Database, rows: Rows): Disk['transact'] =>
  (work) => {
    db.exec('BEGIN IMMEDIATE');
    try {
      const result = work(rows);
      db.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite may have rolled back by itself: after SQLITE_FULL or an input/output error it does.
      if (db.inTransaction) db.exec('ROLLBACK');
      throw error;
    }
  };

const number = (db: Database.Database, question: string): number => Number((db.prepare(question).raw(true).get([]) as [number])[0]);

const firstFault = (db: Database.Database): string => String((db.prepare('PRAGMA quick_check(1)').raw(true).get([]) as [string])[0]);

type Unusable = Extract<Opening, { readonly unusable: unknown }>;

/** Why the file is no use; or whether it is still empty. */
const inspect = (db: Database.Database): Unusable | { readonly fresh: boolean } => {
  const version = number(db, 'PRAGMA user_version');
  const fault = firstFault(db);
  if (fault !== 'ok') return { unusable: 'damaged', detail: fault.replace(/\s+/g, ' ') };
  if (version === layout) return { fresh: false };
  if (version === 0 && number(db, 'SELECT count(*) FROM sqlite_master') === 0) return { fresh: true };
  return { unusable: 'unknown-version', detail: `it has the version ${version}, this product writes ${layout}` };
};

const prepare = (db: Database.Database, fresh: boolean, maxBytes: number | undefined): Disk => {
  db.pragma('journal_mode = WAL');
  // With WAL, FULL is what makes a commit survive a power cut, not only a killed process.
  db.pragma('synchronous = FULL');
  if (maxBytes !== undefined) db.pragma(`max_page_count = ${Math.max(1, Math.floor(maxBytes / number(db, 'PRAGMA page_size')))}`);
  if (fresh) {
    const table = 'CREATE TABLE rows (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID';
    db.exec(`BEGIN IMMEDIATE; ${table}; PRAGMA user_version = ${layout}; COMMIT`);
  }
  const rows = rowsOf(db);
  const transact = transactionOf(db, rows);
  transact(sweepUnfinished);
  return {
    rows,
    transact,
    close: () => {
      // libsql closes the file when its statements are collected: until then the log would keep what was written last.
      try {
        db.pragma('wal_checkpoint(TRUNCATE)');
      } finally {
        db.close();
      }
    },
    abandon: () => void db.close(),
  };
};

/** SQLite gives the log the mode of the file. A file that others could read so far is closed to them. */
const keepPrivate = (file: string): void => {
  closeSync(openSync(file, 'a', 0o600));
  for (const name of [file, `${file}-wal`, `${file}-shm`]) {
    const stat = statSync(name, { throwIfNoEntry: false });
    // Only its owner may change a file's mode: in a volume shared by a group it may be somebody else's.
    if (stat !== undefined && (stat.mode & 0o077) !== 0 && stat.uid === process.geteuid?.()) chmodSync(name, stat.mode & 0o700);
  }
};

/** Opens the file, or makes it, for its user alone. Throws what SQLite throws: see mediumFaultOf. Reads all of it once, which takes a second or so for each gigabyte. */
export const openDisk = (file: string, maxBytes: number | undefined): Opening => {
  keepPrivate(file);
  const db = new Database(file, { timeout: busyTimeoutMs });
  try {
    const found = inspect(db);
    if ('fresh' in found) return { disk: prepare(db, found.fresh, maxBytes) };
    db.close();
    return found;
  } catch (error) {
    db.close();
    throw error;
  }
};

/** Renames a file and its log, so that SQLite's own tools still find them together. Gives the new name. */
export const setAside = (file: string, reason: string, at: Date): string => {
  const stem = `${file}.${reason}-${at.toISOString().replace(/[:.]/g, '-')}`;
  let name = stem;
  for (let count = 2; existsSync(name); count += 1) name = `${stem}-${count}`;
  renameSync(file, name);
  if (existsSync(`${file}-wal`)) renameSync(`${file}-wal`, `${name}-wal`);
  rmSync(`${file}-shm`, { force: true });
  return name;
};
