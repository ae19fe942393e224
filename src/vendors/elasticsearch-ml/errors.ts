import { type ErrorFacts, VigilError } from '../../errors.js';
import {
  cut,
  firstLine,
  type HttpResponse,
  type Origin,
  retryAfterOf,
  strangeAnswer,
  withoutPlaces,
  withoutRoutes,
} from '../../http/index.js';
import { isUnauthorized, missingPrivileges } from './privileges.js';
import { type Refusal, refusalByStatus, refusalByWords } from './refusals.js';
import { envelopeSchema, type WireFailure } from './wire.js';

/** What the gateway was about: a verb whose route is missing is unsupported; a read whose route is missing means there is no machine learning. */
export interface Purpose {
  readonly action?: string;
  readonly supported?: readonly string[];
}

/** A failure as Elasticsearch told it. Kept as the cause of the VigilError made from it. */
export interface ElasticsearchFailure {
  /** Null in a stored task result. */
  readonly status: number | null;
  readonly type: string | null;
  readonly reason: string;
}

const isFailure = (cause: unknown): cause is ElasticsearchFailure =>
  typeof cause === 'object' &&
  cause !== null &&
  'reason' in cause &&
  typeof cause.reason === 'string' &&
  'type' in cause &&
  'status' in cause;

/** What Elasticsearch said, when the error was made from an answer of its. */
export const failureOf = (error: VigilError): ElasticsearchFailure | undefined => (isFailure(error.cause) ? error.cause : undefined);

const longestWords = 500;

/** The first line of the vendor's own words, without places and without the paths of the REST API, which its routing errors and 401s quote. */
const fitToShow = (reason: string): string => cut(withoutRoutes(withoutPlaces(firstLine(reason))), longestWords);

const noMachineLearning = (origin: Origin, failure: ElasticsearchFailure): VigilError =>
  new VigilError('BACKEND_UNAVAILABLE', 'Machine learning is switched off or missing on this Elasticsearch cluster.', {
    ...origin,
    ...(failure.status === null ? {} : { httpStatus: failure.status }),
    retryable: false,
    cause: failure,
  });

const forbidden = (origin: Origin, failure: ElasticsearchFailure, rejected: boolean): VigilError => {
  const missing = rejected ? [] : missingPrivileges(failure.reason);
  const message = rejected
    ? 'Elasticsearch does not accept the credentials configured for this backend.'
    : `The credentials configured for this backend lack a privilege${missing.length > 0 ? `: ${missing.join(', ')}` : ''}.`;
  const status = failure.status === null ? {} : { httpStatus: failure.status };
  return new VigilError('FORBIDDEN', message, {
    ...origin,
    ...status,
    missing,
    ...(rejected ? {} : { vendorMessage: fitToShow(failure.reason) }),
    cause: failure,
  });
};

const routeIsMissing = (failure: ElasticsearchFailure): boolean =>
  /^no handler found for uri|^Incorrect HTTP method for uri/.test(failure.reason) ||
  (failure.type === 'index_not_found_exception' && /\[_ml\]/.test(failure.reason));

const unsupported = (origin: Origin, failure: ElasticsearchFailure, action: string, supported: readonly string[]): VigilError =>
  new VigilError('UNSUPPORTED', 'This version of Elasticsearch has no such verb, or machine learning is switched off on the cluster.', {
    ...origin,
    ...(failure.status === null ? {} : { httpStatus: failure.status }),
    action,
    supported: supported.filter((each) => each !== action),
    cause: failure,
  });

/** Said with 410, and with 404 and a plain text by the first of them (Elasticsearch source, ServerlessApiProtections). */
const isLeftOut = (failure: ElasticsearchFailure): boolean => /not available when running in serverless mode/.test(failure.reason);

/** Whether an answer could only come from a serverless project. */
export const isServerlessRefusal = (error: unknown): boolean => {
  const failure = error instanceof VigilError ? failureOf(error) : undefined;
  return failure !== undefined && isLeftOut(failure);
};

const leftOut = (origin: Origin, failure: ElasticsearchFailure, { action, supported = [] }: Purpose): VigilError =>
  new VigilError('UNSUPPORTED', 'A serverless Elasticsearch project does not offer this.', {
    ...origin,
    ...(failure.status === null ? {} : { httpStatus: failure.status }),
    ...(action === undefined ? {} : { action, supported: supported.filter((each) => each !== action) }),
    cause: failure,
  });

const judged = (origin: Origin, failure: ElasticsearchFailure, refusal: Refusal, facts: ErrorFacts = {}): VigilError =>
  new VigilError(refusal.code, refusal.message, {
    ...origin,
    ...(failure.status === null ? {} : { httpStatus: failure.status }),
    ...(refusal.retryable === undefined ? {} : { retryable: refusal.retryable }),
    ...(failure.reason === '' ? {} : { vendorMessage: fitToShow(failure.reason) }),
    ...facts,
    cause: failure,
  });

const failureIn = (response: HttpResponse): ElasticsearchFailure | undefined => {
  const envelope = envelopeSchema.safeParse(response.json);
  if (!envelope.success) return undefined;
  const { error } = envelope.data;
  if (typeof error === 'string') return { status: response.status, type: null, reason: error };
  return { status: response.status, type: error.type ?? null, reason: error.reason ?? error.caused_by?.reason ?? '' };
};

/** The error an answer with a status other than 2xx stands for. */
export const errorOfAnswer = (response: HttpResponse, origin: Origin, purpose: Purpose = {}): VigilError => {
  const failure = failureIn(response);
  if (response.status === 401) return forbidden(origin, failure ?? { status: 401, type: null, reason: '' }, true);
  if (failure === undefined) return strange(origin, response.status, purpose.action !== undefined);
  if (isUnauthorized(failure.reason)) return forbidden(origin, failure, false);
  if (isLeftOut(failure)) return leftOut(origin, failure, purpose);
  if (routeIsMissing(failure)) {
    return purpose.action === undefined
      ? noMachineLearning(origin, failure)
      : unsupported(origin, failure, purpose.action, purpose.supported ?? []);
  }
  // A block with 5xx is a cluster that is starting; with 403 it is a closed or read-only index.
  const words = response.status === 503 ? undefined : refusalByWords(failure);
  if (words !== undefined) return judged(origin, failure, words, retryAfterOf(response));
  if (response.status === 403)
    return failure.type === 'security_exception' ? forbidden(origin, failure, false) : judged(origin, failure, refusalByStatus(403));
  return judged(origin, failure, refusalByStatus(response.status), retryAfterOf(response));
};

/** An answer Elasticsearch does not give. */
export const strange = (origin: Origin, status: number, isWrite: boolean, cause?: unknown): VigilError =>
  strangeAnswer(origin, 'Elasticsearch', status, isWrite, cause);

/** Why a task failed, from its stored result: one bare failure, without a status. */
export const errorOfTask = (wire: WireFailure, origin: Origin): VigilError => {
  const failure: ElasticsearchFailure = { status: null, type: wire.type ?? null, reason: wire.reason ?? wire.caused_by?.reason ?? '' };
  if (failure.type === 'security_exception' && !/license/.test(failure.reason)) return forbidden(origin, failure, false);
  return judged(origin, failure, refusalByWords(failure) ?? { code: 'REFUSED', message: 'Elasticsearch could not do it.' });
};
