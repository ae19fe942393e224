import {
  type DataFrame,
  type DataFrameRow,
  formatId,
  type JobResult,
  type KeptResults,
  type ResultEntity,
} from '../../src/domain/index.js';
import { VigilError } from '../../src/errors.js';

/** What a toy job has made, as the test wants it kept. */
export interface ToyResult {
  readonly receivedAt: number;
  readonly bytes: number;
  readonly entities: readonly ResultEntity[];
  /** Rows of the table at a place. */
  readonly rows: ReadonlyMap<number, readonly DataFrameRow[]>;
}

/** Results kept of one backend: the test fills them in, and sees what was read. */
export interface ToyResults {
  /** By native id with incarnation. */
  readonly kept: Map<string, ToyResult>;
  /** Every read, in order: `entities 7~a raw`. */
  readonly reads: string[];
  /** Thrown by every read. */
  failure: Error | undefined;
}

export const emptyToyResults = (): ToyResults => ({ kept: new Map(), reads: [], failure: undefined });

/** The one of that name; the newest where the incarnation is left out. */
export const newestOf = <T>(all: ReadonlyMap<string, T>, native: string): readonly [string, T] | undefined =>
  [...all].filter(([name]) => name === native || name.startsWith(`${native}~`)).at(-1);

export const toyPart = (jobNativeId: string, position: number, facts: Partial<ResultEntity> & Pick<ResultEntity, 'typename'>) => {
  const [native = '', incarnation] = jobNativeId.split('~');
  return { id: formatId('result', 'one', `${native}/${position}`, incarnation), name: `part${position}`, raw: { position }, ...facts };
};

/** A table of two columns. */
export const toyFrame = (jobNativeId: string, position: number, rowCount: number): DataFrame => ({
  ...toyPart(jobNativeId, position, { typename: 'DataFrame' }),
  typename: 'DataFrame',
  columns: [
    { index: 0, name: 'marble', type: 'S' },
    { index: 1, name: 'weight', type: null },
  ],
  rowCount,
});

export const toyRows = (rowCount: number): readonly DataFrameRow[] =>
  Array.from({ length: rowCount }, (_, index) => ({ index, cells: [`m${index}`, index % 2 ? null : 'NaN'] }));

export const keepToyResults = (backendKey: string, results: ToyResults): KeptResults => {
  const { kept, reads } = results;
  const arrive = (read: string): void => {
    reads.push(read);
    if (results.failure) throw results.failure;
  };
  return {
    async read(native) {
      arrive(`result ${native}`);
      const found = newestOf(kept, native);
      if (!found) return null;
      const [jobNativeId, { receivedAt, bytes }] = found;
      return { id: `result:${backendKey}:${jobNativeId}`, backendKey, jobNativeId, receivedAt, bytes } satisfies JobResult;
    },
    async entities(native, { withRaw }) {
      arrive(`entities ${native}${withRaw ? ' raw' : ''}`);
      return (newestOf(kept, native)?.[1].entities ?? []).map((each) => (withRaw ? each : { ...each, raw: null }));
    },
    async rows(native, position, { from, count }) {
      arrive(`rows ${native}/${position} ${from}+${count}`);
      const rows = newestOf(kept, native)?.[1].rows.get(position);
      if (!rows) throw new VigilError('NOT_FOUND', 'There is no such part.');
      return rows.slice(from, from + count);
    },
  };
};
