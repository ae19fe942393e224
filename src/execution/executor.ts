import type { ExecutionResult, GraphQLFormattedError, GraphQLSchema, OperationTypeNode } from 'graphql';
import type { FollowedStream } from '../domain/index.js';
import type { ErrorCode } from '../errors.js';

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
  | {
      readonly ok: true;
      readonly kind: OperationTypeNode;
      readonly operationName: string | null;
      readonly rootFields: readonly string[];
      /** Of a subscription: the cursor that its argument `after` says. */
      readonly after: string | undefined;
      /** The variable that says only that: subscriptions that differ in it alone have the same events. */
      readonly cursorVariable: string | undefined;
    }
  | { readonly ok: false; readonly errors: readonly GraphQLFormattedError[] };

/** What is told of every operation, for metrics and logs. Holds no variables: they may be anybody's data. */
export interface OperationFacts {
  /** Null when the context could not be made. */
  readonly requestId: string | null;
  /** Null when the document was refused before its kind was known. */
  readonly kind: OperationTypeNode | null;
  /** As the document calls it; null when it has no name or was refused. A client chooses it freely: not fit to label a metric. */
  readonly operationName: string | null;
  /** Distinct names of the schema's root fields it selects, in order of the document: a bounded set. Empty when refused. */
  readonly rootFields: readonly string[];
  /** Codes in the result, each once. For a subscription: those that kept it from beginning. */
  readonly errorCodes: readonly ErrorCode[];
  /** Until the result was complete; for a subscription, until it had begun. */
  readonly durationMs: number;
}

/** The events of a subscription before they are made into results: identical subscriptions may follow them together, each event being executed once. */
export interface FollowedEvents {
  readonly stream: FollowedStream<object>;
  /** Executes one event, with a context of its own. */
  resultOf(event: object): Promise<ExecutionResult>;
  /** The last result of a stream that failed. */
  failureOf(error: unknown): ExecutionResult;
}

/** A subscription that has begun: its results in order. */
export interface ResultStream extends AsyncIterableIterator<ExecutionResult> {
  /** Instead of the results, never beside them; absent when its source cannot be followed by many. */
  readonly followed?: FollowedEvents;
}

/**
 * Turns documents into results. Both doors (HTTP and WebSocket) run everything through one of these: parse, validate, limits and cost once per document
 * (bounded cache), then execution. Compiled execution will sit behind this seam. Every error in a result went through the one formatter.
 * The keys of a result stand in the order `errors`, `data`, and its errors in the order of their paths: the same operation gives the same bytes.
 */
export interface Executor {
  readonly schema: GraphQLSchema;
  /** Parses, validates, checks limits and variables; runs nothing. `requestId` goes into the errors. */
  check(request: OperationRequest, requestId?: string): OperationCheck;
  /** Query or mutation. Never throws: faults are in `errors`. */
  execute(request: OperationRequest, createContext: ContextFactory): Promise<ExecutionResult>;
  /** Subscription: an iterator of results, or one result with errors when it cannot begin. Its `return()` ends the source at once. */
  subscribe(request: OperationRequest, createContext: ContextFactory): Promise<ResultStream | ExecutionResult>;
}
