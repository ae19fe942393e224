import type { PartFailure, Reading, Readings } from '../../domain/index.js';
import type { VigilError } from '../../errors.js';

/** Ids of one search. */
const idsAtOnce = 1_000;

/** What one search by ids came to. */
interface PartRead<T> {
  readonly found: ReadonlyMap<string, T>;
  /** Why it may lack some; undefined: what it does not have is gone. */
  readonly cause: VigilError | undefined;
  readonly missing: readonly PartFailure[];
}

/** The same ids in lists of so many at most. */
export const chunksOf = (ids: readonly string[], size: number): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(ids.length / size) }, (_, index) => ids.slice(index * size, (index + 1) * size));

/** Readings of ids, in searches one after the other. */
export const readById = async <T>(
  nativeIds: readonly string[],
  read: (ids: readonly string[]) => Promise<PartRead<T>>,
): Promise<Readings<T>> => {
  const readings = new Map<string, Reading<T>>();
  const missing: PartFailure[] = [];
  for (const ids of chunksOf([...new Set(nativeIds)], idsAtOnce)) {
    const { found, cause, missing: lacked } = await read(ids);
    missing.push(...lacked);
    for (const id of ids) {
      const value = found.get(id);
      if (value !== undefined) readings.set(id, { status: 'found', value });
      else readings.set(id, cause === undefined ? { status: 'gone' } : { status: 'undetermined', cause });
    }
  }
  return { readings, missing };
};
