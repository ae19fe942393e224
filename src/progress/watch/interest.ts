import { type FieldSet, type GlobalId, wantsAny } from '../../domain/index.js';

/** The lists a loop can read. */
export type Listed = 'jobs' | 'tasks' | 'detectors' | 'nodes';

/** What one watch wants a backend to be asked for. */
export interface Interest {
  readonly fields: FieldSet;
  /** What it is a list of; empty: nothing but the backend's health. */
  readonly lists: readonly Listed[];
  /** Tasks of single entities too: those of these parents, or of any run that has not ended. */
  readonly entities?: { readonly parents?: readonly GlobalId[] };
  /** Detectors whose ended tasks are wanted as well, once, to begin with. */
  readonly pastOf?: readonly GlobalId[];
  /** Tasks asked for by name, once, to begin with: those that have ended are in no list. */
  readonly named?: readonly GlobalId[];
  /** Somebody waits for it to come to an end: there is reason to look often, though nothing of it would say so by itself. */
  readonly awaited?: boolean;
}

/** The GraphQL type of each list's objects. */
const typeOf: Readonly<Record<Listed, string>> = { jobs: 'Job', tasks: 'Task', detectors: 'Detector', nodes: 'NodeStats' };
const allLists = Object.keys(typeOf) as readonly Listed[];

/** What says who an object is: it never moves, so nothing has to be asked again for it. */
const identity = new Set(['id', 'nativeId', 'backend', '__typename']);

const moving = new WeakMap<FieldSet, ReadonlySet<Listed>>();

/** Of which objects moving facts are among the fields; remembered, because thousands of watches share one set. */
const movingOf = (fields: FieldSet): ReadonlySet<Listed> => {
  const known = moving.get(fields);
  if (known) return known;
  const has = (prefix: string): boolean =>
    [...fields].some((field) => field.startsWith(prefix) && !identity.has(field.slice(prefix.length)));
  const found = new Set(allLists.filter((list) => has(`${typeOf[list]}.`)));
  moving.set(fields, found);
  return found;
};

/**
 * Whether events of the watch are resolved from this list although it is not the one watched. A detector comes with its job and its latest tasks,
 * a job with its detector: those lead to no other list.
 */
const leadsTo = (list: Listed, { fields, lists }: Interest): boolean => {
  const fromDetectors = lists.includes('detectors');
  switch (list) {
    case 'jobs':
      return !fromDetectors || fields.has('Task.job');
    case 'tasks':
      return !fromDetectors || wantsAny(fields, 'Detector.tasks', 'Detector.currentTask', 'Job.tasks', 'Job.currentTask');
    case 'detectors':
      return fields.has('Task.detector');
    case 'nodes':
      return wantsAny(fields, 'Task.coordinatingNode', 'Task.workerNode');
  }
};

/** Whether the watch wants this list read. */
export const wantsList = (list: Listed, interest: Interest): boolean =>
  interest.lists.includes(list) || (movingOf(interest.fields).has(list) && leadsTo(list, interest));

/** Whether nothing but who an object of this list is, is asked of it. */
export const identityOnly = (list: Listed, fields: FieldSet): boolean => !movingOf(fields).has(list);

/** Whether what was read for `read` tells all that `wanted` asks for. */
export const includes = (read: FieldSet, wanted: FieldSet): boolean => read === wanted || [...wanted].every((field) => read.has(field));
