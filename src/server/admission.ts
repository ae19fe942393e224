import type { GraphQLFormattedError } from 'graphql';
import type { Executor, OperationCheck, OperationRequest } from '../execution/executor.js';

/** What both doors learn of an operation before it runs. */
export type Admission =
  | (Omit<Extract<OperationCheck, { readonly ok: true }>, 'operationName'> & {
      /** For logs, cut to a length fit for them. */
      readonly name: string | null;
    })
  | { readonly ok: false; readonly errors: readonly GraphQLFormattedError[] };

const shownNameLength = 80;

/** Asks the executor whether an operation may run. */
export const admit = (executor: Executor, request: OperationRequest, requestId: string): Admission => {
  const check = executor.check(request, requestId);
  if (!check.ok) return check;
  const { operationName, ...facts } = check;
  return { ...facts, name: operationName?.slice(0, shownNameLength) ?? null };
};
