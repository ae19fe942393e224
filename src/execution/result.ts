import type { ExecutionResult, GraphQLError } from 'graphql';
import { type ErrorCode, errorCatalogue } from '../errors.js';

type Path = readonly (string | number)[];

const compareSteps = (a: string | number, b: string | number): number => {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [String(a), String(b)];
  return left < right ? -1 : left > right ? 1 : 0;
};

const comparePaths = (a: Path, b: Path): number => {
  for (const [index, step] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    const order = compareSteps(step, other);
    if (order !== 0) return order;
  }
  return a.length - b.length;
};

/**
 * A result with its keys in the order `errors`, `data` (as the GraphQL specification advises, so that errors are seen first) and its errors in the
 * order of their paths: graphql-js lists them as they happen, which depends on who answered first.
 */
export const orderedResult = (data: ExecutionResult['data'], errors: readonly GraphQLError[]): ExecutionResult => ({
  ...(errors.length > 0 ? { errors: errors.toSorted((a, b) => comparePaths(a.path ?? [], b.path ?? [])) } : {}),
  ...(data === undefined ? {} : { data }),
});

const isCode = (code: unknown): code is ErrorCode => typeof code === 'string' && Object.hasOwn(errorCatalogue, code);

/** Codes of the errors in a result, each once. */
export const errorCodesOf = (result: object): readonly ErrorCode[] => {
  const errors: readonly GraphQLError[] = 'errors' in result && Array.isArray(result.errors) ? result.errors : [];
  return [...new Set(errors.map((error) => error.extensions.code).filter(isCode))];
};
