/**
 * What every store is made of: one ordered map of bytes. Keys are byte strings (one character for each byte of the UTF-8 form, so that the order of
 * JavaScript's strings is the order of SQLite's blobs). All of it is synchronous: one piece of work sees no other's half.
 */
export interface Rows {
  get(key: string): Buffer | undefined;
  set(key: string, value: Buffer): void;
  delete(key: string): void;
  /** In order of key, `from` included, `to` not. */
  scan(from: string, to: string, limit: number): readonly Row[];
}

export interface Row {
  readonly key: string;
  readonly value: Buffer;
}

/** Runs a piece of work; resolves once what it wrote is as durable as the store can make it. Work may be run again after a fault: it keeps nothing. */
export type Run = <T>(work: (rows: Rows) => T) => Promise<T>;
