import type { OperationRequest } from '../../execution/executor.js';

/** Keys of objects in one order: two clients may write the same variables differently. */
const ordered = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/**
 * Who may be told the same bytes: the same document, operation and variables, asked with the same rights. `scope` is all that resolvers know of who asks; what
 * is not in it must not change an answer. Where a client resumes is not in the key: that decides how it comes in, not what it is told then.
 */
export const groupKey = ({ query, operationName, variables }: OperationRequest, scope: { readonly actor: string | null }): string =>
  JSON.stringify([scope.actor, operationName || null, variables ?? {}, query], ordered);
