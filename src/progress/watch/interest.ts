import type { FieldSet } from '../../domain/index.js';

/** What one watch wants a backend to be asked for. */
export interface Interest {
  readonly fields: FieldSet;
  /** It is a list of jobs. */
  readonly jobs: boolean;
  /** It is about tasks. */
  readonly tasks: boolean;
}

/** What says who an object is: it never moves, so nothing has to be asked again for it. */
const identity = new Set(['id', 'nativeId', 'backend', '__typename']);

const moving = new WeakMap<FieldSet, { readonly jobs: boolean; readonly tasks: boolean }>();

/** Whether moving facts of jobs and of tasks are among the fields; remembered, because thousands of watches share one set. */
const movingOf = (fields: FieldSet): { readonly jobs: boolean; readonly tasks: boolean } => {
  const known = moving.get(fields);
  if (known) return known;
  const has = (type: string): boolean =>
    [...fields].some((field) => field.startsWith(`${type}.`) && !identity.has(field.slice(type.length + 1)));
  const found = { jobs: has('Job'), tasks: has('Task') };
  moving.set(fields, found);
  return found;
};

export const jobsWanted = (interest: Interest): boolean => interest.jobs || movingOf(interest.fields).jobs;
export const tasksWanted = (interest: Interest): boolean => interest.tasks || movingOf(interest.fields).tasks;

/** Whether nothing but who a job is, is asked of it. */
export const identityOnly = (fields: FieldSet): boolean => !movingOf(fields).jobs;
