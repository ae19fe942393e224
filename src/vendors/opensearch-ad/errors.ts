import { z } from 'zod';
import { type ErrorFacts, VigilError } from '../../errors.js';
import {
  cut,
  firstLine,
  type HttpResponse,
  type Origin,
  readable,
  retryAfterOf,
  strangeAnswer,
  withoutPlaces,
  withoutRoutes,
} from '../../http/index.js';
import { isDenied, missingPrivileges } from './privileges.js';
import { type Refusal, refusalByStatus, refusalByWords } from './refusals.js';

/** What a request was about. */
export interface Purpose {
  readonly origin: Origin;
  /** For people: `OpenSearch`. */
  readonly product: string;
  /** What there is none of when the answer is a bare 404: `detector`. */
  readonly subject: string;
  readonly isWrite: boolean;
  /** Of the cluster itself, and none of anomaly detection's. */
  readonly isOfCluster: boolean;
}

/** A failure as it was told. Kept as the cause of the VigilError made from it. */
export interface Failure {
  readonly status: number;
  readonly type: string | null;
  readonly reason: string;
  readonly missing?: unknown;
}

const isFailure = (cause: unknown): cause is Failure =>
  typeof cause === 'object' && cause !== null && 'reason' in cause && typeof cause.reason === 'string' && 'type' in cause;

/** What was said, when the error was made from an answer. */
export const failureOf = (error: unknown): Failure | undefined =>
  error instanceof VigilError && isFailure(error.cause) ? error.cause : undefined;

/** Whether a search failed because its index does not exist yet, or no more: nothing was ever created, or started. */
export const isMissingIndex = (error: unknown): boolean => failureOf(error)?.type === 'index_not_found_exception';

const longestWords = 500;

/** The first line, without paths of the REST API, and without the account with its roles, which a denial quotes. */
const fitToShow = (reason: string): string => {
  const words = withoutRoutes(withoutPlaces(firstLine(reason)))
    .replace(/ (?:and|associated with) (?:User|roles?) \[.*$/, '')
    .trim();
  return cut(words, longestWords);
};

const isNoRoute = ({ reason }: Failure): boolean => /^no handler found for uri/.test(reason);

/** Whether anomaly detection as a whole is not there. */
export const isAbsent = (error: unknown): boolean => {
  const failure = failureOf(error);
  return failure !== undefined && isNoRoute(failure);
};

const noPlugin = ({ origin, product }: Purpose, failure: Failure): VigilError =>
  new VigilError('BACKEND_UNAVAILABLE', `This ${product} has no Anomaly Detection plugin.`, {
    ...origin,
    httpStatus: failure.status,
    retryable: false,
    cause: failure,
  });

const switchedOff = ({ origin }: Purpose, failure: Failure): VigilError =>
  new VigilError('REFUSED', 'Anomaly Detection is switched off on this cluster.', {
    ...origin,
    httpStatus: failure.status,
    vendorMessage: fitToShow(failure.reason),
    cause: failure,
  });

const rejected = ({ origin, product }: Purpose, failure: Failure): VigilError =>
  new VigilError('FORBIDDEN', `${product} does not accept the credentials configured for this backend.`, {
    ...origin,
    httpStatus: failure.status,
    missing: [],
    cause: failure,
  });

const denied = ({ origin }: Purpose, failure: Failure): VigilError => {
  const missing = missingPrivileges(failure);
  const what = missing.length > 0 ? `: ${missing.join(', ')}` : '';
  const message = /access (?:config|detector)/.test(failure.reason)
    ? 'The credentials configured for this backend may not use this detector: it belongs to other backend roles.'
    : `The credentials configured for this backend lack a privilege${what}.`;
  const words = fitToShow(failure.reason);
  return new VigilError('FORBIDDEN', message, {
    ...origin,
    httpStatus: failure.status,
    missing,
    ...(words === '' ? {} : { vendorMessage: words }),
    cause: failure,
  });
};

const judged = (origin: Origin, failure: Failure, refusal: Refusal, facts: ErrorFacts = {}): VigilError => {
  const { code, message, ...more } = refusal;
  const words = fitToShow(failure.reason);
  return new VigilError(code, message, {
    ...origin,
    httpStatus: failure.status,
    ...more,
    ...facts,
    ...(words === '' ? {} : { vendorMessage: words }),
    cause: failure,
  });
};

const words = z.string().transform(readable);
const text = words.catch('');
const objectSchema = z.object({
  type: z.string().nullable().catch(null),
  reason: text,
  missing_permissions: z.unknown().optional(),
  caused_by: z.object({ reason: text }).optional().catch(undefined),
});
const envelopeSchema = z.object({ error: z.union([words, objectSchema]) });

/** `{"error": {…}, "status": n}`, and with the errors of routing and of plugins `{"error": "text"}`, or nothing but text. */
const failureIn = ({ status, json, text: plain }: HttpResponse): Failure | undefined => {
  const envelope = envelopeSchema.safeParse(json);
  if (!envelope.success) return plain === undefined ? undefined : { status, type: null, reason: plain };
  const { error } = envelope.data;
  if (typeof error === 'string') return { status, type: null, reason: error };
  return { status, type: error.type, reason: error.reason || (error.caused_by?.reason ?? ''), missing: error.missing_permissions };
};

/** A profile has a member `error` too, a text: only a failure comes as an object with a type. */
const isErrorInside = (json: unknown): boolean => {
  const error = typeof json === 'object' && json !== null && 'error' in json ? json.error : undefined;
  return typeof error === 'object' && error !== null && 'type' in error;
};

const isSuccess = ({ status }: HttpResponse): boolean => status >= 200 && status < 300;

/** The error an answer stands for, whatever its status; undefined when it is none. */
export const errorOfAnswer = (response: HttpResponse, purpose: Purpose): VigilError | undefined => {
  if (isSuccess(response) && !isErrorInside(response.json)) return undefined;
  const { origin, subject, isWrite } = purpose;
  const { status } = response;
  const failure = failureIn(response);
  if (status === 401) return rejected(purpose, failure ?? { status, type: null, reason: '' });
  if (status === 403 && failure === undefined) return denied(purpose, { status, type: null, reason: '' });
  if (failure === undefined)
    return status === 408
      ? judged(origin, { status, type: null, reason: '' }, refusalByStatus(408, subject))
      : strange(origin, status, isWrite);
  if (isNoRoute(failure)) return purpose.isOfCluster ? strange(origin, status, isWrite, failure) : noPlugin(purpose, failure);
  // 500 with `illegal_state_exception`; "plugin" until 2.14, "functionality" since 2.15 (recorded).
  if (/^AD (?:functionality|plugin) is disabled/.test(failure.reason)) return switchedOff(purpose, failure);
  // A block with 5xx is a cluster that is starting.
  const words = status === 503 ? undefined : refusalByWords(failure);
  if (words !== undefined) return judged(origin, failure, words, retryAfterOf(response));
  if (status === 403 && (isDenied(failure.type, failure.reason) || failure.type === null)) return denied(purpose, failure);
  return judged(origin, failure, refusalByStatus(status, subject), retryAfterOf(response));
};

/** An answer anomaly detection does not give. */
export const strange = (origin: Origin, status: number, isWrite: boolean, cause?: unknown): VigilError =>
  strangeAnswer(origin, 'Anomaly Detection', status, isWrite, cause);
