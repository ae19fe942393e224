import { createHash, randomUUID } from 'node:crypto';
import type { OperationRequest } from '../../execution/executor.js';

/** A subscription as one client asked for it. */
export interface Subscription {
  readonly request: OperationRequest;
  readonly requestId: string;
  readonly actor: string | null;
  /** Cursor it resumes after. */
  readonly after: string | undefined;
  /** The variable that says only that. */
  readonly cursorVariable: string | undefined;
}

/** Keys of objects in one order: two clients may write the same variables differently. */
const ordered = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/**
 * Who may be told the same bytes: the same document, operation and variables, asked with the same rights. The actor is all that resolvers know of who asks; what
 * is not in the key must not change an answer. Where a client resumes is not in it: that decides how it comes in, not what it is told then.
 */
export const groupKey = ({ request, actor, cursorVariable }: Subscription): string => {
  const { query, operationName, variables } = request;
  const others = Object.entries(variables ?? {}).filter(([name]) => name !== cursorVariable);
  try {
    // Of one short length: a message may be large, and its group live for long.
    return createHash('sha256')
      .update(JSON.stringify([actor, operationName || null, Object.fromEntries(others), query], ordered))
      .digest('base64');
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // Variables that nest too deep to be compared are like no others.
    return randomUUID();
  }
};
