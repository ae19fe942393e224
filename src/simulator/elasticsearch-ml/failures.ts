import type { JsonObject } from '../json.js';

/** One throwable as the server prints it. */
export interface Cause {
  readonly type: string;
  readonly reason: string;
  /** Printed after type and reason, e.g. `resource.id`. */
  readonly extra?: JsonObject;
  readonly causedBy?: Cause;
}

/** A request that the server refuses or that fails, with what it answers. */
export class Failure extends Error {
  readonly status: number;
  readonly failure: Cause;
  /** Where it differs from `failure` itself; an empty list is a thing as well. */
  readonly rootCause: readonly Cause[];
  readonly headers: Readonly<Record<string, string | readonly string[]>>;

  constructor(
    status: number,
    failure: Cause,
    more: { readonly rootCause?: readonly Cause[]; readonly headers?: Readonly<Record<string, string | readonly string[]>> } = {},
  ) {
    super(failure.reason);
    this.status = status;
    this.failure = failure;
    this.rootCause = more.rootCause ?? [{ type: failure.type, reason: failure.reason, ...(failure.extra && { extra: failure.extra }) }];
    this.headers = more.headers ?? {};
  }
}

const asClass = (type: string) =>
  type
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

const traceOf = (cause: Cause) => `${asClass(cause.type)}[${cause.reason}]\n\tat org.elasticsearch.simulated`;

/** A throwable as JSON, without the envelope: so it stands in the result of a task. */
export const causeJson = (cause: Cause, traced = false): JsonObject => ({
  type: cause.type,
  reason: cause.reason,
  ...cause.extra,
  ...(cause.causedBy && { caused_by: causeJson(cause.causedBy) }),
  ...(traced && { stack_trace: traceOf(cause) }),
});

/** The body of a failure; `traced` as `error_trace` asks for. */
export const failureJson = (failure: Failure, traced = false): JsonObject => ({
  error: { root_cause: failure.rootCause.map((cause) => causeJson(cause, traced)), ...causeJson(failure.failure, traced) },
  status: failure.status,
});

const fail = (status: number, type: string) => (reason: string, causedBy?: Cause) =>
  new Failure(status, { type, reason, ...(causedBy && { causedBy }) });

/** `ElasticsearchStatusException` with 409. */
export const conflict = fail(409, 'status_exception');
/** `ElasticsearchStatusException` with 400. */
export const badRequest = fail(400, 'status_exception');
/** `ElasticsearchStatusException` with 429. */
export const tooMany = fail(429, 'status_exception');
export const illegalArgument = fail(400, 'illegal_argument_exception');
export const illegalState = fail(500, 'illegal_state_exception');
export const serverError = fail(500, 'exception');
export const notFound = fail(404, 'resource_not_found_exception');
export const alreadyExists = fail(400, 'resource_already_exists_exception');
export const parseFailure = fail(400, 'parse_exception');
export const contentFailure = fail(400, 'x_content_parse_exception');
export const validationFailure = (reason: string) => fail(400, 'action_request_validation_exception')(`Validation Failed: 1: ${reason};`);

/** No job by these names. */
export const unknownJob = (tokens: string) => notFound(`No known job with id '${tokens}'`);
/** No datafeed by these names. */
export const unknownDatafeed = (tokens: string) => notFound(`No datafeed with id [${tokens}] exists`);
