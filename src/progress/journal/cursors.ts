import { createHash } from 'node:crypto';

/** What a cursor says. */
export interface Place {
  /** Of the journal, or of an instance that could not reach it. */
  readonly epoch: string;
  readonly sequence: number;
  /** It comes from this very watch; false: a query handed it out, which any watch of these backends may join. */
  readonly own: boolean;
}

/** Where a client stands in the journal, and of which watch. Opaque to clients. */
export interface Cursors {
  /** `watch`: what names the watch, the same for equal ones; or what a query's cursor is named by. */
  encode(sequence: number, watch: string): string;
  /** `query`: the name of a query's cursors. Undefined for what is malformed, or of another watch: then the client begins anew. */
  decode(cursor: string, watch: string, query: string): Place | undefined;
  /** Of a part of a step: whoever has only that begins anew. */
  unfinished(): string;
}

const fingerprint = (watch: string): string => createHash('sha256').update(watch).digest('base64url').slice(0, 10);
const pattern = /^([A-Za-z0-9_-]{8})\.([0-9a-z]{1,11})\.([A-Za-z0-9_-]{10})$/;

/** `epoch`: names the journal as it is now. */
export const createCursors = (epoch: () => string): Cursors => {
  const write = (text: string): string => Buffer.from(text).toString('base64url');
  return {
    encode: (sequence, watch) => write(`${epoch()}.${sequence.toString(36)}.${fingerprint(watch)}`),
    unfinished: () => write(`${epoch()}.part`),
    decode: (cursor, watch, query) => {
      const [, of, sequence, print] = pattern.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
      if (of === undefined || sequence === undefined) return undefined;
      const own = print === fingerprint(watch);
      return own || print === fingerprint(query) ? { epoch: of, sequence: Number.parseInt(sequence, 36), own } : undefined;
    },
  };
};
