import type { ExecutionResult, GraphQLSchema } from 'graphql';
import { createSourceEventStream, execute, GraphQLError, getVariableValues } from 'graphql';
import type { Logger } from 'pino';
import { isFollowed } from '../domain/index.js';
import { VigilError } from '../errors.js';
import { createDocumentCache } from './document-cache.js';
import { createEventStream } from './event-stream.js';
import type { ContextFactory, ExecutionContext, Executor, OperationFacts, OperationRequest, ResultStream } from './executor.js';
import { asInvalidInput, formatError } from './format-error.js';
import type { OperationLimits } from './limits.js';
import { figure } from './measure.js';
import type { PreparedOperation } from './prepare.js';
import { errorCodesOf, orderedResult } from './result.js';

/** Faults of variables reported at once. */
const maxVariableErrors = 10;

/** What an executor is made of. */
export interface ExecutorOptions {
  readonly schema: GraphQLSchema;
  readonly limits: OperationLimits;
  /** Off: `__schema` and `__type` are refused, and errors suggest no names. */
  readonly introspection: boolean;
  /** Gets the causes of faults, under the request's id. */
  readonly logger: Logger;
  /** Told once of every `execute` and `subscribe`, when its result (or its stream) is there. What it throws is logged and changes nothing. */
  readonly onOperation?: (facts: OperationFacts) => void;
}

type Errors = readonly GraphQLError[];
/** An operation that may run, or why not; then with what is known of it. */
type Admission =
  | { readonly ok: true; readonly prepared: PreparedOperation; readonly variables: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly errors: Errors; readonly prepared?: PreparedOperation };

const refused = (message: string, prepared: PreparedOperation): Admission => ({
  ok: false,
  prepared,
  errors: [new GraphQLError(message, { originalError: new VigilError('INVALID_INPUT', message) })],
});

/** Where a client resumes is in every frame, whether its document selects `cursor` or not: its transport sends it back. */
const withCursor = (result: ExecutionResult, event: unknown): ExecutionResult =>
  typeof event === 'object' && event !== null && 'cursor' in event && typeof event.cursor === 'string'
    ? { ...result, extensions: { vigil: { cursor: event.cursor } } }
    : result;

/** Makes the executor over graphql-js. It holds nothing but memory: there is nothing to dispose. */
export const createExecutor = ({ schema, limits, introspection, logger, onOperation }: ExecutorOptions): Executor => {
  const documents = createDocumentCache({ schema, limits, introspection });

  const admit = (request: OperationRequest): Admission => {
    const prepared = documents.prepare(request);
    if (!prepared.ok) return prepared;
    const variables = getVariableValues(schema, prepared.operation.variableDefinitions ?? [], request.variables ?? {}, {
      maxErrors: maxVariableErrors,
      hideSuggestions: !introspection,
    });
    if (variables.errors) return { ok: false, prepared, errors: variables.errors.map(asInvalidInput) };
    const cost = prepared.cost(variables.coerced);
    if (cost <= limits.maxCost) return { ok: true, prepared, variables: variables.coerced };
    return refused(
      `The answer may hold ${figure(cost)} fields; limits.maxCost allows ${limits.maxCost}. Ask for smaller pages or fewer fields.`,
      prepared,
    );
  };

  const formatAll = (errors: Errors, requestId: string | undefined): Errors =>
    errors.map((error) => formatError(error, { requestId, logger }));
  const failure = (error: unknown, requestId: string | undefined): ExecutionResult => ({
    errors: [formatError(error, { requestId, logger })],
  });

  const run = async (
    { document }: PreparedOperation,
    request: OperationRequest,
    context: ExecutionContext,
    rootValue?: unknown,
  ): Promise<ExecutionResult> => {
    try {
      const result = await execute({
        schema,
        document,
        rootValue,
        contextValue: context,
        variableValues: request.variables ?? {},
        operationName: request.operationName || null,
      });
      return orderedResult(result.data, formatAll(result.errors ?? [], context.requestId));
    } catch (error) {
      return failure(error, context.requestId);
    }
  };

  const stream = async (
    prepared: PreparedOperation,
    request: OperationRequest,
    context: ExecutionContext,
    createContext: ContextFactory,
  ): Promise<ResultStream | ExecutionResult> => {
    const source = await createSourceEventStream({
      schema,
      document: prepared.document,
      contextValue: context,
      variableValues: request.variables ?? {},
      operationName: request.operationName || null,
    });
    if (!(Symbol.asyncIterator in source)) return orderedResult(source.data, formatAll(source.errors ?? [], context.requestId));
    const resultOf = async (event: unknown): Promise<ExecutionResult> =>
      withCursor(await run(prepared, request, createContext(), event), event);
    const failureOf = (error: unknown): ExecutionResult => failure(error, context.requestId);
    const results = createEventStream<unknown, ExecutionResult>(source, {
      toResult: resultOf,
      toFailure: failureOf,
      onCleanupFault: (error) =>
        logger.error({ requestId: context.requestId, err: error }, 'the source of a subscription did not end cleanly'),
    });
    return isFollowed(source) ? Object.assign(results, { followed: { stream: source, resultOf, failureOf } }) : results;
  };

  const report = (facts: OperationFacts): void => {
    try {
      onOperation?.(facts);
    } catch (error) {
      logger.error({ requestId: facts.requestId, err: error }, 'the observer of operations threw');
    }
  };

  /** What both ways of running share: a context first (it knows the request's id), admission, the facts. */
  const answer = async <R extends object>(
    request: OperationRequest,
    createContext: ContextFactory,
    start: (prepared: PreparedOperation, context: ExecutionContext) => Promise<R | ExecutionResult>,
  ): Promise<R | ExecutionResult> => {
    const startedAt = performance.now();
    let context: ExecutionContext | undefined;
    let admission: Admission | undefined;
    let result: R | ExecutionResult;
    try {
      context = createContext();
      admission = admit(request);
      result = admission.ok ? await start(admission.prepared, context) : { errors: formatAll(admission.errors, context.requestId) };
    } catch (error) {
      result = failure(error, context?.requestId);
    }
    const prepared = admission?.prepared;
    report({
      requestId: context?.requestId ?? null,
      kind: prepared?.kind ?? null,
      operationName: prepared?.operationName ?? null,
      rootFields: prepared?.rootFields ?? [],
      errorCodes: errorCodesOf(result),
      durationMs: performance.now() - startedAt,
    });
    return result;
  };

  return {
    schema,

    check: (request, requestId) => {
      try {
        const admission = admit(request);
        if (!admission.ok) return { ok: false, errors: formatAll(admission.errors, requestId).map((error) => error.toJSON()) };
        const { kind, operationName, rootFields, cursor } = admission.prepared;
        return { ok: true, kind, operationName, rootFields, after: cursor?.valueIn(admission.variables), cursorVariable: cursor?.variable };
      } catch (error) {
        return { ok: false, errors: [formatError(error, { requestId, logger }).toJSON()] };
      }
    },

    execute: (request, createContext) =>
      answer(request, createContext, async (prepared, context) =>
        prepared.kind === 'subscription'
          ? failure(
              new VigilError('INVALID_INPUT', 'A subscription needs the WebSocket (graphql-transport-ws) at the same URL.'),
              context.requestId,
            )
          : run(prepared, request, context),
      ),

    subscribe: (request, createContext) =>
      answer<ResultStream>(request, createContext, async (prepared, context) =>
        prepared.kind === 'subscription'
          ? stream(prepared, request, context, createContext)
          : failure(new VigilError('INVALID_INPUT', `This operation is a ${prepared.kind} and not a subscription.`), context.requestId),
      ),
  };
};
