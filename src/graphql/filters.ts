import { type DetectorFilter, type GlobalId, type IdKind, type JobFilter, parseIdOf, type TaskFilter } from '../domain/index.js';
import { isVigilError, VigilError } from '../errors.js';
import type { GatewayContext } from './context.js';
import type { DetectorFilterInput } from './detector.input.js';
import type { JobFilterInput } from './job.input.js';
import type { TaskFilterInput } from './task.input.js';

/** Most entries of one list in the arguments, ids above all. */
export const maxIds = 500;

type Given<T> = readonly T[] | null | undefined;
type Nulls<T> = { readonly [K in keyof T]: Exclude<T[K], null | undefined> };

/** Runs a parser and says where in the arguments its complaint belongs. */
export const at = <T>(path: readonly string[], parse: () => T): T => {
  try {
    return parse();
  } catch (error) {
    if (isVigilError(error) && error.facts.path === undefined)
      throw new VigilError(error.code, error.message, { ...error.facts, path, cause: error });
    throw error;
  }
};

/** Each row is held against each list. Throws INVALID_INPUT. */
export const bounded = (list: Given<unknown>, path: readonly string[]): void => {
  if (list && list.length > maxIds)
    throw new VigilError('INVALID_INPUT', `${list.length} entries are too many: at most ${maxIds}.`, { path });
};

const boundLists = (lists: Readonly<Record<string, Given<unknown>>>): void => {
  for (const [name, list] of Object.entries(lists)) bounded(list, ['filter', name]);
};

const parseIds = (kind: IdKind, ids: Given<string>, path: readonly string[]): readonly GlobalId[] | undefined => {
  if (!ids) return undefined;
  bounded(ids, path);
  return ids.map((id, index) => at([...path, String(index)], () => parseIdOf(kind, id)));
};

/** Backends are few and configured: one that does not exist is a mistake, not an empty list. */
const parseBackends = (context: GatewayContext, ids: Given<string>, path: readonly string[]): readonly string[] | undefined =>
  parseIds('backend', ids, path)?.map((id, index) => at([...path, String(index)], () => context.backends.get(id.backend).key));

/** Absent and null mean the same: any. */
const present = <T extends object>(filter: T): Partial<Nulls<T>> =>
  Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined && value !== null)) as Partial<Nulls<T>>;

/** Throws INVALID_INPUT or NOT_FOUND with the place in the arguments. */
export const parseJobFilter = (context: GatewayContext, input: JobFilterInput | null | undefined): JobFilter => {
  if (!input) return {};
  const { states, vendors, types, groups, owners, text, busy } = input;
  boundLists({ states, vendors, types, groups, owners });
  return present({
    ids: parseIds('job', input.ids, ['filter', 'ids']),
    backends: parseBackends(context, input.backends, ['filter', 'backends']),
    vendors,
    states,
    types,
    groups,
    owners,
    text,
    busy,
  });
};

/** Throws INVALID_INPUT or NOT_FOUND with the place in the arguments. */
export const parseTaskFilter = (context: GatewayContext, input: TaskFilterInput | null | undefined): TaskFilter => {
  if (!input) return {};
  const { states, vendors, kinds, idempotencyKeys, includeEntities } = input;
  boundLists({ states, vendors, kinds, idempotencyKeys });
  return present({
    ids: parseIds('task', input.ids, ['filter', 'ids']),
    backends: parseBackends(context, input.backends, ['filter', 'backends']),
    vendors,
    kinds,
    states,
    jobs: parseIds('job', input.jobs, ['filter', 'jobs']),
    detectors: parseIds('detector', input.detectors, ['filter', 'detectors']),
    parents: parseIds('task', input.parents, ['filter', 'parents']),
    idempotencyKeys,
    includeEntities,
  });
};

/** Throws INVALID_INPUT or NOT_FOUND with the place in the arguments. */
export const parseDetectorFilter = (context: GatewayContext, input: DetectorFilterInput | null | undefined): DetectorFilter => {
  if (!input) return {};
  const { vendors, realtimeStates, historicalStates, highCardinality, indices, text } = input;
  boundLists({ vendors, realtimeStates, historicalStates, indices });
  return present({
    ids: parseIds('detector', input.ids, ['filter', 'ids']),
    backends: parseBackends(context, input.backends, ['filter', 'backends']),
    vendors,
    realtimeStates,
    historicalStates,
    highCardinality,
    indices,
    text,
  });
};
