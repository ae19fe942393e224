import type { Backend, GlobalId } from '../domain/index.js';
import type { Loaders } from '../loaders/index.js';
import type { Failures } from './failures.js';
import { settle } from './settle.js';

/**
 * The objects of one backend that a filter names, in one call. Throws when none of them could be read; some that could not are an entry of their own.
 * Ids of objects that do not exist match nothing, as any filter may.
 */
export const readByIds = async <T extends { readonly id: string }>(
  backend: Backend,
  ids: readonly GlobalId[],
  load: (id: GlobalId) => Promise<T | null>,
  { loaders, failures }: { readonly loaders: Loaders; readonly failures: Failures },
): Promise<readonly T[]> => {
  const settled = await Promise.all(ids.filter((id) => id.backend === backend.key).map((id) => settle(load(id))));
  const found = new Map<string, T>();
  const errors: unknown[] = [];
  for (const each of settled) {
    if (!each.ok) errors.push(each.error);
    else if (each.value) found.set(each.value.id, each.value);
  }
  if (errors.length > 0 && errors.length === settled.length) throw errors[0];
  if (errors.length > 0) failures.add(backend, 'STATE', errors[0]);
  failures.addParts(backend, loaders.missing(backend.key));
  return [...found.values()];
};
