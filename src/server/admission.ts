import { type DocumentNode, type GraphQLFormattedError, Kind, type OperationTypeNode } from 'graphql';
import type { Executor, OperationRequest } from '../execution/executor.js';

/** What both doors learn of an operation before it runs. */
export type Admission =
  | {
      readonly ok: true;
      readonly kind: OperationTypeNode;
      /** For logs, cut to a length fit for them. */
      readonly name: string | null;
      readonly rootFields: readonly string[];
      readonly outline: DocumentNode;
    }
  | { readonly ok: false; readonly errors: readonly GraphQLFormattedError[] };

const shownNameLength = 80;

/**
 * What the libraries at the doors get for a document. They look for its operation and whether that is a query, a mutation or a subscription; the executor
 * alone knows the real one, so that it is parsed and validated once, limits first.
 */
const outlineOf = (operation: OperationTypeNode, name: string | null | undefined): DocumentNode => ({
  kind: Kind.DOCUMENT,
  definitions: [
    {
      kind: Kind.OPERATION_DEFINITION,
      operation,
      ...(typeof name === 'string' && { name: { kind: Kind.NAME, value: name } }),
      selectionSet: { kind: Kind.SELECTION_SET, selections: [] },
    },
  ],
});

/** Asks the executor whether an operation may run. */
export const admit = (executor: Executor, request: OperationRequest, requestId: string): Admission => {
  const check = executor.check(request, requestId);
  if (!check.ok) return check;
  const { kind, operationName, rootFields } = check;
  return {
    ok: true,
    kind,
    name: operationName?.slice(0, shownNameLength) ?? null,
    rootFields,
    outline: outlineOf(kind, request.operationName),
  };
};
