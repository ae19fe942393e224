import {
  type CallOptions,
  type FieldSet,
  type Listing,
  type PartFailure,
  type Readings,
  settle,
  type Task,
  type TaskQuery,
} from '../../domain/index.js';
import { readById } from './by-id.js';
import type { AdapterContext } from './context.js';
import { withOrphans } from './orphans.js';
import { mapTask } from './task-mapper.js';
import { allOf, anyOf, type Clause, type FoundTasks, findTasks, type TaskSearch, taskPageSize } from './task-search.js';
import { detectorLevelTypes, entityType, typesOfKind, unfinishedStates, vendorStatesOf } from './task-words.js';

/** Tasks of one search, in the domain's words, by the order they were found in. */
export const mapFound = async (
  context: AdapterContext,
  found: FoundTasks,
  fields: FieldSet,
  call: CallOptions,
): Promise<readonly Task[]> => {
  const wantsRaw = fields.has('Task.raw');
  const tasks = found.hits.map((hit) => {
    const stateCounts = found.countsOf(hit);
    return { ...mapTask(context.origin.backend, hit, wantsRaw), ...(stateCounts === undefined ? {} : { stateCounts }) };
  });
  return withOrphans(context, found.hits, tasks, call);
};

/** Why the answer may not be all there is. */
export const lacking = ({ incomplete, uncounted }: FoundTasks): readonly PartFailure[] => {
  const error = incomplete ?? uncounted;
  return error === undefined ? [] : [{ part: 'TASKS', error }];
};

const list = async (context: AdapterContext, search: TaskSearch, fields: FieldSet, call: CallOptions): Promise<Listing<Task>> => {
  const found = await findTasks(context, search, fields, call);
  return { items: await mapFound(context, found, fields, call), missing: lacking(found) };
};

const unfinished = allOf({ terms: { state: unfinishedStates } }, { terms: { task_type: detectorLevelTypes } });

/** One search, however many are watched. Those beyond a page of ids are left to be read by id. */
export const discoverTasks = (
  context: AdapterContext,
  fields: FieldSet,
  call: CallOptions,
  watched: readonly string[] = [],
): Promise<Listing<Task>> => {
  const values = [...new Set(watched)].sort().slice(0, taskPageSize);
  return list(context, { wanted: values.length === 0 ? unfinished : anyOf(unfinished, { ids: { values } }) }, fields, call);
};

const terms = (field: string, values: readonly string[] | undefined): readonly Clause[] =>
  values === undefined ? [] : [{ terms: { [field]: values } }];

const typesOf = ({ kinds, includeEntities }: TaskQuery): readonly Clause[] => {
  if (kinds !== undefined && !kinds.includes('UNKNOWN')) {
    const types = Object.entries(typesOfKind).flatMap(([kind, each]) => (kinds.includes(kind) ? each : []));
    return [{ terms: { task_type: types.filter((type) => includeEntities || type !== entityType) } }];
  }
  return includeEntities ? [] : [{ bool: { must_not: [{ term: { task_type: entityType } }] } }];
};

/** Everything the cluster remembers: of each detector and run the latest, and one older unless it was told to keep more. */
export const listTasks = (context: AdapterContext, query: TaskQuery, fields: FieldSet, call: CallOptions): Promise<Listing<Task>> => {
  const { detectors, jobs, parents, states } = query;
  const wanted = allOf(
    ...terms('detector_id', detectors),
    // A job is its detector's real-time run.
    ...(jobs === undefined ? [] : [...terms('detector_id', jobs), ...terms('task_type', typesOfKind.REALTIME)]),
    ...terms('parent_task_id', parents),
    ...terms('state', states && vendorStatesOf(states)),
    ...typesOf(query),
  );
  const children = detectors && allOf({ term: { task_type: entityType } }, ...terms('detector_id', detectors));
  return list(context, { wanted, ...(children ? { children } : {}) }, fields, call);
};

/** One search, finished ones and those of entities included. What a whole answer does not have is gone: the cluster has dropped it, or never had it. */
export const readTasks = async (
  context: AdapterContext,
  nativeIds: readonly string[],
  fields: FieldSet,
  call: CallOptions,
): Promise<Readings<Task>> => {
  const { readings, missing } = await readById(nativeIds, async (ids) => {
    const search = { wanted: { ids: { values: ids } }, children: { terms: { parent_task_id: ids } } };
    const found = await settle(findTasks(context, search, fields, call), call);
    if (!found.ok) return { found: new Map<string, Task>(), cause: found.error, missing: [] };
    const tasks = await mapFound(context, found.value, fields, call);
    return {
      found: new Map(tasks.flatMap((task) => (task.nativeId === null ? [] : [[task.nativeId, task] as const]))),
      cause: found.value.incomplete,
      missing: lacking(found.value),
    };
  });
  return { readings, missing: missing.slice(0, 1) };
};
