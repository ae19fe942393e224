import { type ErrorFacts, VigilError } from '../../errors.js';
import type { Origin } from '../../http/index.js';
import { type Envelope, readEnvelope } from './envelope.js';
import { type Refusal, refusalByStatus, refusalByText } from './refusals.js';

/** What an answer said, without its entities: the refusal of a signature quotes the request there. Kept as the cause of the VigilError made from it. */
export interface Evidence {
  readonly status: number;
  readonly statusCode: string | null;
  readonly statusString: string | null;
}

const longestWords = 500;
/** More than any line that is for people; what lies beyond is not even looked through. */
const mostRead = 4_000;
const requestLine = /\b(?:GET|POST|PUT|DELETE)(?:\\n|\n|\s).*$/s;

/**
 * Keys and signatures are taken out where they stand as they were sent. A server may quote them in other spellings too: what looks like one, a long word of
 * small and capital letters with digits or escapes in it, or of hexadecimal digits alone, is not shown.
 */
const longWord = /[A-Za-z0-9+/=_%-]{20,}/g;
const isCode = (word: string): boolean =>
  (/[a-z]/.test(word) && /[A-Z]/.test(word) && /[\d%+/=]/.test(word)) || (/^[0-9a-f]+$/i.test(word) && /\d/.test(word));
const withoutCodes = (line: string): string => line.replace(longWord, (word) => (isCode(word) ? '…' : word));

/** One line for people: without a Java trace, URLs, addresses, paths of the API, and whatever quotes the request. Undefined: nothing is left. */
const fitToShow = (text: string | null): string | undefined => {
  const line = (text ?? '')
    .slice(0, mostRead)
    .replace(requestLine, '')
    .split(/\r?\n|\\n|\s{1,8}at (?:org|java|com)\.\S+\(/, 1)[0]
    ?.replace(/\[?Source: .*$/, '')
    .replace(/\b[a-z][a-z0-9+.-]{0,30}:\/\/\S+/gi, '')
    .replace(/\/symetry\/\S*/g, '')
    .replace(/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b/g, '…')
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .replace(/^[\s+]+/, '')
    .trim();
  if (line === undefined || line === '') return undefined;
  const shown = withoutCodes(line);
  return shown.length > longestWords ? `${shown.slice(0, longestWords)}…` : shown;
};

export const evidenceOf = (status: number, envelope: Envelope | undefined): Evidence => ({
  status,
  statusCode: fitToShow(envelope?.statusCode ?? null) ?? null,
  statusString: fitToShow(envelope?.statusString ?? null) ?? null,
});

const refusalIn = (status: number, envelope: Envelope | undefined): Refusal =>
  (status < 400 ? undefined : refusalByText(envelope?.statusString ?? '')) ?? refusalByStatus(status);

/** Whether the server refused the date of the request; only a refusal that came before anything was done. */
export const isClockRefusal = (status: number, json: unknown): boolean =>
  (status === 400 || status === 401) && refusalIn(status, readEnvelope(json)).ofClock === true;

/** The error a refusal stands for, by its text where that is known, else by its status. `isWrite`: something was to be done. */
export const errorOfRefusal = (origin: Origin, status: number, json: unknown, isWrite: boolean, more: ErrorFacts = {}): VigilError => {
  const envelope = readEnvelope(json);
  if (envelope === undefined && status >= 400 && status !== 401 && status !== 403 && status !== 503)
    return strange(origin, status, isWrite, more);
  const { code, message, retryable, ofAccess } = refusalIn(status, envelope);
  const evidence = evidenceOf(status, envelope);
  // Only known words of a refused signature are shown: unknown ones may quote what was signed.
  const words = ofAccess === true && refusalByText(envelope?.statusString ?? '') === undefined ? undefined : evidence.statusString;
  // Who failed in the middle may have done it, or half of it.
  const doubt = isWrite && (code === 'BACKEND_UNAVAILABLE' || code === 'TIMEOUT');
  return new VigilError(code, message, {
    ...origin,
    httpStatus: status,
    ...(retryable === undefined ? {} : { retryable }),
    ...(code === 'FORBIDDEN' ? { missing: [] } : {}),
    ...(doubt ? { outcomeUnknown: true } : {}),
    ...more,
    ...(words === undefined || words === null ? {} : { vendorMessage: words }),
    cause: words === undefined ? { ...evidence, statusString: null } : evidence,
  });
};

const strangeMessage = 'The answer is not one that SymetryML gives: check the URL, and what stands in front of it.';

/** An answer SymetryML does not give: a proxy's, or another product's. */
export const strange = (origin: Origin, status: number, isWrite: boolean, more: ErrorFacts = {}, message = strangeMessage): VigilError =>
  new VigilError(status === 504 ? 'TIMEOUT' : 'BACKEND_UNAVAILABLE', message, {
    ...origin,
    httpStatus: status,
    ...(isWrite && (status >= 500 || status < 300) ? { outcomeUnknown: true } : {}),
    ...more,
  });
