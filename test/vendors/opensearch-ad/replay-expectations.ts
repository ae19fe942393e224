import type { TaskState } from '../../../src/domain/index.js';
import type { ErrorCode } from '../../../src/errors.js';
import type { Exchange } from './replay-recordings.js';

/*
 * What a recorded answer means, said a second time and apart from the adapter: nearly every failure is a `status_exception`, so mostly by its text.
 */

const reasonOf = ({ response: { body } }: Exchange): string | undefined => {
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined;
  const { error } = body;
  if (typeof error === 'object' && error !== null && 'reason' in error) return String(error.reason);
  // A profile has a text of that name too, and no failure.
  return typeof error === 'string' && !('state' in body) ? error : undefined;
};

const byText: readonly (readonly [RegExp, ErrorCode])[] = [
  [/already (?:running|stopped)|job not exist|^Detector not started|^No running task found/, 'WRONG_STATE'],
  [/^no such index \[\.opendistro-anomaly-detector-jobs\]/, 'WRONG_STATE'],
  [/^Can't find|^no such index \[\.opendistro-anomaly-detectors\]|^Cannot find entity/, 'NOT_FOUND'],
  [/features configured$|task slot|^Too many historical|^AD (?:plugin|functionality) is disabled/, 'REFUSED'],
  [/^Detection data range|^For input string/, 'INVALID_INPUT'],
  [/^no handler found/, 'BACKEND_UNAVAILABLE'],
  [/unrecognized|^profiles to collect|^request body or source|^Content-Type/, 'INTERNAL'],
];

const byStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'INVALID_INPUT',
  404: 'NOT_FOUND',
  405: 'REFUSED',
  500: 'BACKEND_UNAVAILABLE',
};

/** The code that a refusal stands for, whatever its status; undefined for an answer that is none. */
export const codeOf = (exchange: Exchange): ErrorCode | undefined => {
  const reason = reasonOf(exchange);
  if (reason === undefined) return exchange.response.status < 300 ? undefined : 'BACKEND_UNAVAILABLE';
  return byText.find(([text]) => text.test(reason))?.[1] ?? byStatus[exchange.response.status];
};

/** Whether a search found no index, as before the first detector and the first start. */
export const isVirgin = (exchange: Exchange): boolean =>
  exchange.response.status === 404 && (reasonOf(exchange) ?? '').startsWith('no such index [.opendistro');

/** The vendor's states in the domain's words. */
export const stateOf: Readonly<Record<string, TaskState>> = {
  CREATED: 'CREATED',
  INIT: 'INITIALIZING',
  RUNNING: 'RUNNING',
  FINISHED: 'SUCCEEDED',
  FAILED: 'FAILED',
  STOPPED: 'CANCELLED',
  INACTIVE: 'LOST',
};

/** A hit of a search. */
export interface Hit {
  readonly _id: string;
  readonly _source: Readonly<Record<string, unknown>>;
}

/** What a search found; empty where the answer is none. */
export const hitsIn = ({ response: { body } }: Exchange): readonly Hit[] => {
  const found = (body as { readonly hits?: { readonly hits?: readonly Hit[] } } | null)?.hits?.hits;
  return found ?? [];
};
