import type { VigilError } from '../errors.js';
import type { FieldSet } from './fields.js';
import type { Job } from './model.js';
import type { Task } from './task.js';
import type { CallOptions } from './vendor.js';
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

/** What the question for one job was answered with. */
export type JobAnswer =
  /** It has handed its result over: `keep` has all of it, and the product has forgotten the job. */
  | { readonly kind: 'finished' }
  /** Queued or running; null where the answer told nothing of it. */
  | { readonly kind: 'unfinished'; readonly job: Job | null; readonly task: Task | null }
  /** Handed over already, dropped, killed, or never there. */
  | { readonly kind: 'absent' }
  /** It may have failed; asked twice before it is believed. */
  | { readonly kind: 'failed'; readonly error: VigilError };

/** What the adapter of a product that hands results over once can do beside the rest. */
export interface ResultMembers {
  /**
   * Asks for one job, once, without a limit on how long a result takes as long as its bytes keep coming. The bytes of a finished one go to `keep` as they
   * arrive, before anything is made of them. Throws when it was not answered, and what `keep` throws; `outcomeUnknown: false` says that nothing was handed over.
   */
  collect(
    nativeId: string,
    keep: (body: AsyncIterable<Uint8Array>) => Promise<void>,
    fields: FieldSet,
    call: CallOptions,
  ): Promise<JobAnswer>;

  /** One pass over a kept body: what it takes to read any part of it later without another pass. Plain JSON, about 1 MB at most. Never throws for what the vendor sent. */
  index(body: KeptBody): Promise<unknown>;

  /** Whether an index read back from the store is one that `index` makes; another is made anew. */
  isIndex(index: unknown): boolean;

  /** The parts of a body, in its order. Never throws for what the vendor sent: what is not understood is an `UnknownResult`. */
  readEntities(body: KeptBody, index: unknown, options: { readonly withRaw: boolean }): Promise<readonly FoundEntity[]>;

  /** Rows of the table at a place. NOT_FOUND where there is no part, UNSUPPORTED where it is no table, INVALID_INPUT when they are too large together. */
  readRows(body: KeptBody, index: unknown, position: number, range: RowRange): Promise<readonly DataFrameRow[]>;
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
