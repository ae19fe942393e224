import { type ErrorCode, type ErrorFacts, VigilError } from '../errors.js';
import type { HttpResponse } from './http-client.js';
import { retryAfterMs } from './retry-wait.js';

/** Whose answer an error is about. */
export interface Origin {
  readonly backend: string;
  readonly vendor: string;
}

/** An error of ours about this backend. */
export const errorAbout = (origin: Origin, code: ErrorCode, message: string, facts: ErrorFacts = {}): VigilError =>
  new VigilError(code, message, { ...origin, ...facts });

/**
 * An answer the product does not give: a proxy's, or another product's. What a write behind a proxy's 5xx came to is not known.
 * `product`: its name for people.
 */
export const strangeAnswer = (origin: Origin, product: string, status: number, isWrite: boolean, cause?: unknown): VigilError =>
  errorAbout(
    origin,
    status === 504 ? 'TIMEOUT' : 'BACKEND_UNAVAILABLE',
    status === 503
      ? `${product} is not ready to answer, or what stands in front of it is not.`
      : `The answer is not one that ${product} gives: check the URL, and what stands in front of it.`,
    {
      httpStatus: status,
      ...(isWrite && (status >= 500 || status < 300) ? { outcomeUnknown: true } : {}),
      cause,
    },
  );

/** How long a refusal asks to be left alone. */
export const retryAfterOf = (response: Pick<HttpResponse, 'headers'>): Pick<ErrorFacts, 'retryAfterMs'> => {
  const waitMs = retryAfterMs(response.headers['retry-after'], Date.now());
  return waitMs === undefined || waitMs === 0 ? {} : { retryAfterMs: waitMs };
};
