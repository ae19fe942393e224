import { GraphQLError, Kind } from 'graphql';
import type { Logger } from 'pino';
import { asVigilError, isVigilError, VigilError } from '../errors.js';

/** An echo of a client's own input is cut here, so that no answer grows with what was sent. */
const maxMessageLength = 1000;

/** What the formatter is told beside the error. */
export interface ErrorSurroundings {
  /** Goes into the error and into the log; absent only when nothing could give one. */
  readonly requestId?: string | undefined;
  readonly logger: Logger;
}

const shorten = (message: string): string => (message.length <= maxMessageLength ? message : `${message.slice(0, maxMessageLength)}…`);

/** Marks an error of the document or its variables as the client's: without the mark an error of graphql-js is a fault of ours. */
export const asInvalidInput = (error: GraphQLError): GraphQLError =>
  // Positions instead of nodes: a refused document that is remembered must not keep its syntax tree.
  new GraphQLError(error.message, {
    ...(error.source ? { source: error.source } : {}),
    ...(error.positions ? { positions: error.positions } : {}),
    originalError: new VigilError('INVALID_INPUT', shorten(error.message)),
  });

/** The error that was thrown, below the wrappers that say where. */
const thrownBelow = (error: unknown): unknown => {
  let below = error;
  while (below instanceof GraphQLError && below.originalError) below = below.originalError;
  return below;
};

/**
 * graphql-js refuses some arguments only while executing (null in a variable for a non-null argument with a default): it then points at the value.
 * Its other errors without an error of ours below (null in a non-null field, a scalar that cannot be written) point at the field or at nothing.
 */
const isArgumentError = (error: unknown): error is GraphQLError => {
  const kind = error instanceof GraphQLError ? error.nodes?.[0]?.kind : undefined;
  return kind !== undefined && kind !== Kind.FIELD && kind !== Kind.OPERATION_DEFINITION;
};

const toVigilError = (error: unknown): VigilError => {
  const thrown = thrownBelow(error);
  if (isVigilError(thrown)) return thrown;
  if (isArgumentError(thrown)) return new VigilError('INVALID_INPUT', shorten(thrown.message));
  return asVigilError(thrown);
};

const extensionsOf = (fault: VigilError, requestId: string | undefined): Record<string, unknown> => {
  const { facts } = fault;
  const all = {
    code: fault.code,
    backend: facts.backend,
    vendor: facts.vendor,
    httpStatus: facts.httpStatus,
    retryable: fault.retryable,
    retryAfterMs: facts.retryAfterMs,
    path: facts.path,
    vendorMessage: facts.vendorMessage,
    missing: facts.missing,
    outcomeUnknown: facts.outcomeUnknown,
    action: facts.action,
    supported: facts.supported,
    taskId: facts.taskId,
    requestId,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
};

const log = (fault: VigilError, path: GraphQLError['path'], { requestId, logger }: ErrorSurroundings): void => {
  const facts = { requestId, code: fault.code, ...(path ? { fieldPath: path.join('.') } : {}) };
  if (fault.code === 'INTERNAL') logger.error({ ...facts, err: fault.cause ?? fault }, 'an operation met a fault');
  else if (fault.cause !== undefined) logger.debug({ ...facts, err: fault.cause }, fault.message);
};

/**
 * The one formatter: what a client sees of any error. The catalogue's code and facts, a message fit to be shown, locations and path;
 * never a cause, a stack, or the text of an unknown fault: those are logged under the request id.
 */
export const formatError = (error: unknown, surroundings: ErrorSurroundings): GraphQLError => {
  const fault = toVigilError(error);
  const located = error instanceof GraphQLError ? error : undefined;
  log(fault, located?.path, surroundings);
  return new GraphQLError(fault.message, {
    ...(located?.source ? { source: located.source } : {}),
    ...(located?.positions ? { positions: located.positions } : {}),
    ...(located?.path ? { path: located.path } : {}),
    extensions: extensionsOf(fault, surroundings.requestId),
  });
};
