import type { ExecutionResult, GraphQLFormattedError, GraphQLSchema, OperationTypeNode } from 'graphql';

/** One operation as a door received it. */
export interface OperationRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/** What execution itself needs of a context. `graphql/` says what else is in it. */
export interface ExecutionContext {
  readonly requestId: string;
}

/**
 * Makes the context of one execution: once per query or mutation, once per event of a subscription, so that DataLoaders never outlive an answer.
 */
export type ContextFactory = () => ExecutionContext;

/** What a door may know of an operation before it runs: errors that keep it from running, or its kind. */
export type OperationCheck =
  | { readonly ok: true; readonly kind: OperationTypeNode }
  | { readonly ok: false; readonly errors: readonly GraphQLFormattedError[] };

/**
 * Turns documents into results. Both doors (HTTP and WebSocket) run everything through one of these: parse, validate, limits and cost once per document
 * (bounded cache), then execution. Compiled execution will sit behind this seam. Every error in a result went through the one formatter.
 */
export interface Executor {
  readonly schema: GraphQLSchema;
  /** Parses, validates, checks limits and variables; runs nothing. */
  check(request: OperationRequest): OperationCheck;
  /** Query or mutation. Never throws: faults are in `errors`. */
  execute(request: OperationRequest, createContext: ContextFactory): Promise<ExecutionResult>;
  /** Subscription: an iterator of results, or one result with errors when it cannot begin. Its `return()` ends the source at once. */
  subscribe(request: OperationRequest, createContext: ContextFactory): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult>;
}
