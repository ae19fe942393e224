/** A body of a finished job, byte for byte as the server sent it. It does not change and may be larger than memory. */
export interface StoredBody {
  /** Length in bytes. */
  readonly size: number;
  /** Exactly the bytes `from` to `to` (exclusive), both within the body. */
  read(from: number, to: number): Promise<Uint8Array>;
  /** The whole body in order, in pieces of any size. A piece's memory may be used again once the next one is asked for. */
  stream(): AsyncIterable<Uint8Array>;
}
