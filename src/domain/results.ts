import type { Instant } from './vocabulary.js';

/*
 * Results that a product hands over once: whoever asks for a finished job gets what it made, and the product forgets it. The adapter asks and understands;
 * the gateway decides when to ask, keeps the bytes before anybody sees them, and answers from what it kept.
 */

/** What became of a job's result. */
export const resultStates = ['NONE', 'AVAILABLE', 'UNCLAIMED', 'LOST', 'EXPIRED'] as const;
export type ResultState = (typeof resultStates)[number];

/** What a finished job handed over, as the gateway keeps it. */
export interface JobResult {
  /** `result:sym:7~lx3k9a`. */
  readonly id: string;
  readonly backendKey: string;
  /** Of its job, as `Job.nativeId`. */
  readonly jobNativeId: string;
  readonly receivedAt: Instant;
  /** Bytes of the body as the vendor sent it. */
  readonly bytes: number;
}

/** One named part of a result. `typename` names its GraphQL type, of which the other properties are the fields: the vendor's `graphql.ts` declares what only it has. */
export interface ResultEntity {
  readonly typename: string;
  /** `result:sym:7/0~lx3k9a`: the result's own id with the part's place. The gateway gives it. */
  readonly id: string;
  /** The vendor's key. */
  readonly name: string;
  /** As the vendor sent it, secrets removed; null when it was not asked for or is too large. */
  readonly raw: unknown;
}

/** A part as the adapter understands it: its place in the result stands for the id. */
export type FoundEntity = Omit<ResultEntity, 'id'> & { readonly position: number };

/** A table. Its rows are read page by page. */
export interface DataFrame extends ResultEntity {
  readonly typename: 'DataFrame';
  readonly columns: readonly DataFrameColumn[];
  readonly rowCount: number;
}

export interface DataFrameColumn {
  readonly index: number;
  /** Empty when the vendor sent no name for it. */
  readonly name: string;
  /** The vendor's word; null when not sent. */
  readonly type: string | null;
}

export interface DataFrameRow {
  /** From 0, as sent. */
  readonly index: number;
  /** In the order of the columns; as text, because JSON's numbers cannot carry all of them. Null: sent as null, or the row is shorter than others. */
  readonly cells: readonly (string | null)[];
}

/** Which rows of a table. Those beyond the last are left out. */
export interface RowRange {
  readonly from: number;
  readonly count: number;
}

/** A body, byte for byte as the vendor sent it. It does not change and may be larger than memory. */
export interface KeptBody {
  /** Bytes. */
  readonly size: number;
  /** Exactly the bytes `from` to `to` (exclusive), both within the body. NOT_FOUND when it was deleted meanwhile. */
  read(from: number, to: number): Promise<Uint8Array>;
  /** The whole body in order. A piece's memory may be used again once the next one is asked for. */
  stream(): AsyncIterable<Uint8Array>;
}

/** The results the gateway keeps of one backend. Jobs are named as in `Job.nativeId`. Nothing is asked of the vendor. */
export interface KeptResults {
  /** Null: none is kept; `Job.resultState` says why. */
  read(jobNativeId: string): Promise<JobResult | null>;
  /** Empty when none is kept. */
  entities(jobNativeId: string, options: { readonly withRaw: boolean }): Promise<readonly ResultEntity[]>;
  /** NOT_FOUND when none is kept or it has no such part; else as `ResultMembers.readRows`. */
  rows(jobNativeId: string, position: number, range: RowRange): Promise<readonly DataFrameRow[]>;
}
