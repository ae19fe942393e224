import { isRecord } from '../../../domain/index.js';
import { VigilError } from '../../../errors.js';
import type { ScanFault } from './json-scanner.js';

/** Changes with the shape of the index: one stored under another number is made anew from the body. */
export const bodyIndexFormat = 1;

/** Where the rows of a data frame are, so that a page costs no reading of what is before it. Plain JSON. */
export interface FrameIndex {
  /** Of the columns, in order; fewer than `width` when the frame has unnamed ones. */
  readonly names: readonly string[];
  /** In the order of `names`; null when not sent. */
  readonly types: readonly (string | null)[];
  /** Cells of the longest row. */
  readonly width: number;
  readonly rowCount: number;
  /** Every how many rows an offset is kept: a power of two. */
  readonly stride: number;
  /** Byte offset in the body of row `i * stride`. */
  readonly offsets: readonly number[];
}

/** One entity under `values` of the envelope. Plain JSON. */
export interface EntityIndex {
  /** The vendor's key. */
  readonly name: string;
  /** First byte of the value in the body. */
  readonly from: number;
  /** Byte after its last. */
  readonly to: number;
  /** False: the body is damaged within this value. */
  readonly complete: boolean;
  /** Of an entity with a data frame's key and shape. */
  readonly frame: FrameIndex | null;
  /** Why an entity with a data frame's key is none, for people. */
  readonly notAFrame: string | null;
}

/** What one pass over a body finds: enough to read any part of it later without a second pass. Plain JSON, at most about 1 MB. */
export interface BodyIndex {
  readonly format: typeof bodyIndexFormat;
  /** Length of the body in bytes. */
  readonly size: number;
  /** As sent: a word in every sample, a number by the schema. Null when absent. */
  readonly statusCode: string | null;
  readonly statusString: string | null;
  /** In the order of the body. The same key twice is two entities. */
  readonly entities: readonly EntityIndex[];
  /** Where the body stops being an envelope; what is before it can be read. */
  readonly damage: ScanFault | null;
}

/** Whether it is an index as they are made now. It was made here and read back: its number tells enough. */
export const isBodyIndex = (index: unknown): index is BodyIndex => isRecord(index) && index.format === bodyIndexFormat;

/** A damaged body as an error; null for a sound one. */
export const damageOf = ({ damage }: BodyIndex): VigilError | null =>
  damage === null
    ? null
    : new VigilError('BACKEND_UNAVAILABLE', `What the backend sent as the job's result is damaged at byte ${damage.at}: ${damage.reason}`, {
        retryable: false,
      });
