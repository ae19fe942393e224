import { setImmediate as breathe } from 'node:timers/promises';
import pLimit from 'p-limit';
import {
  type DataFrameRow,
  type GlobalId,
  type JobResult,
  type KeptResults,
  nativeOf,
  parseId,
  type ResultEntity,
  type RowRange,
  sameObject,
} from '../domain/index.js';
import { VigilError } from '../errors.js';
import type { ReadContext } from './read-context.js';

/**
 * Reads of what finished jobs handed over, by the id of the job or of its result: from the store, never from the vendor. Each is made once in an operation.
 * All throw VigilError.
 */
export interface ResultReads {
  /** Null: none is kept. */
  result(id: GlobalId): Promise<JobResult | null>;
  /** Empty when none is kept. */
  resultEntities(id: GlobalId, options: { readonly withRaw: boolean }): Promise<readonly ResultEntity[]>;
  /** NOT_FOUND when none is kept, or the result has no such part. */
  resultRows(id: GlobalId, position: number, range: RowRange): Promise<readonly DataFrameRow[]>;
}

export const createResultReads = ({
  shared,
  ask,
  call,
}: Pick<ReadContext, 'shared' | 'ask' | 'call'>): { readonly reads: ResultReads; clear(): void } => {
  /** Each may read megabytes and parse them: a list asks for hundreds at once, and others have their turn in between. */
  const lane = pLimit(1);
  const kept = new Map<string, Promise<JobResult | null>>();
  const entities = new Map<string, Promise<readonly ResultEntity[]>>();
  const pages = new Map<string, Promise<readonly DataFrameRow[]>>();

  const inTurn =
    <T>(read: (results: KeptResults, native: string) => Promise<T>) =>
    (results: KeptResults, native: string, signal: AbortSignal): Promise<T> =>
      lane(async () => {
        await breathe();
        if (signal.aborted) throw new VigilError('BACKEND_UNAVAILABLE', 'The request was given up by its caller.');
        return read(results, native);
      });

  /** `part` tells the read from others of the same job. Undefined: nothing can be kept there. */
  const once = <T>(
    reads: Map<string, Promise<T>>,
    id: GlobalId,
    part: string,
    read: (results: KeptResults, native: string, signal: AbortSignal) => Promise<T>,
  ): Promise<T> | undefined => {
    const backend = shared.backendOf(id.backend);
    const results = backend?.results;
    if (!backend || !results) return undefined;
    const native = nativeOf(id, backend.adapter);
    const key = `${backend.key}:${native} ${part}`;
    const reading = reads.get(key) ?? ask(backend.key, () => read(results, native, call(backend).signal));
    reads.set(key, reading);
    return reading;
  };

  return {
    reads: {
      async result(id) {
        const result = await once(kept, id, '', (results, native) => results.read(native));
        // The latest of that name is not the one that was asked for when its incarnation is another.
        return result && sameObject({ ...id, kind: 'result' }, parseId(result.id)) ? result : null;
      },
      resultEntities: async (id, { withRaw }) =>
        (await once(
          entities,
          id,
          `${withRaw}`,
          inTurn((results, native) => results.entities(native, { withRaw })),
        )) ?? [],
      async resultRows(id, position, { from, count }) {
        const rows = await once(
          pages,
          id,
          `${position} ${from} ${count}`,
          inTurn((results, native) => results.rows(native, position, { from, count })),
        );
        if (!rows) throw new VigilError('NOT_FOUND', 'There is no such result.');
        return rows;
      },
    },
    clear() {
      for (const reads of [kept, entities, pages]) reads.clear();
    },
  };
};
