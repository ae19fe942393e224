import type { Instant, KeptBody } from '../domain/index.js';

/** One entry of a stream. */
export interface StreamEntry {
  /** Grows by at least one; never reused, also after trimming and restarts. */
  readonly sequence: number;
  readonly value: string;
}

/** What became of an entry that was to come right after a certain one. */
export type Appended =
  | { readonly status: 'added'; readonly sequence: number }
  /** Another one has come after that: whoever wants to add has to read it first. Also when the stream was emptied. Nothing was written. */
  | { readonly status: 'behind' }
  /** The store is shared and cannot be reached: what others add is not seen. One that was on its way then may have been written: reading tells, later. */
  | { readonly status: 'away' };

/** The right to do something alone for a while. */
export interface Lease {
  /** Grows with every new holder: whoever acts under a lower one is late. */
  readonly fence: number;
  readonly expiresAt: Instant;
}

/** Whether what is written is kept. */
export interface StoreHealth {
  /** False: serving goes on from memory, and nothing written now survives a restart. */
  readonly durable: boolean;
  /** Why not, fit to be shown to an operator. */
  readonly message: string | null;
  /** It can be reached, and is set to forget; only its configuration mends that. */
  readonly forgetful?: true;
}

/**
 * What must survive: outcomes, results, streams, leases. One interface, several implementations, one test suite over all.
 * Keys and values are text; keys are paths (`tasks/es-prod/…`). Every write has returned only after it is durable.
 * A store whose medium fails does not throw: it says so in `health()`, goes on in memory, and its owner is told once.
 */
export interface Store {
  /** Whether other processes may use the same data at the same time. */
  readonly shared: boolean;
  get(key: string): Promise<string | undefined>;
  put(key: string, value: string): Promise<void>;
  /** Writes only when the key is free; false when it was taken. */
  putIfAbsent(key: string, value: string): Promise<boolean>;
  delete(key: string): Promise<void>;
  /** Entries whose key begins with the prefix, in order of key, at most `limit`; `after` is the last key of the page before. */
  list(
    prefix: string,
    options: { readonly limit: number; readonly after?: string },
  ): Promise<readonly { readonly key: string; readonly value: string }[]>;

  /** Adds to a stream; keeps at most `keep` entries. */
  append(stream: string, value: string, options: { readonly keep: number }): Promise<number>;
  /** The same, as the entry right after `after` (0: as the first): of several that try at once, one does. */
  appendAfter(stream: string, value: string, options: { readonly keep: number; readonly after: number }): Promise<Appended>;
  /**
   * Entries after the sequence number, oldest first. `truncated`: some after it have been dropped already. `away`: the store is shared and cannot be
   * reached, so these are not what others have added.
   */
  read(
    stream: string,
    options: { readonly after: number; readonly limit: number },
  ): Promise<{ readonly entries: readonly StreamEntry[]; readonly truncated: boolean; readonly away: boolean }>;
  /** Drops entries older than that number. */
  trim(stream: string, options: { readonly before: number }): Promise<void>;
  /**
   * Called when there may be something in the stream that other processes have added, and whenever a shared store can be reached again; also without a
   * reason. Never called where the store is not shared. Returns the way out.
   */
  listen(stream: string, listener: () => void): () => void;

  /** Writes a large value in pieces as they arrive; it can be read only once complete. False when the key was taken (the first one wins). */
  writeLarge(key: string, pieces: AsyncIterable<Uint8Array>): Promise<boolean>;
  /** A complete large value, to be read in part or as a whole without ever being in memory as one; undefined when there is none. */
  openLarge(key: string): Promise<KeptBody | undefined>;
  deleteLarge(key: string): Promise<void>;

  /** Takes a lease that is free, expired, or already the holder's (which renews it); undefined while another holds it. */
  acquireLease(name: string, holder: string, ttlMs: number): Promise<Lease | undefined>;
  releaseLease(name: string, holder: string): Promise<void>;

  health(): StoreHealth;
  /** Idempotent. */
  dispose(): Promise<void>;
}
