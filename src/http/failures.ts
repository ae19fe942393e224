import { type ErrorFacts, VigilError } from '../errors.js';
import type { Refusal } from './breaker.js';

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection: is it running, and is the port right?',
  ENOTFOUND: 'was not found: its host name does not resolve.',
  EAI_AGAIN: 'was not found: its host name cannot be resolved now.',
  EHOSTUNREACH: 'cannot be reached from here.',
  ENETUNREACH: 'cannot be reached from here.',
  ETIMEDOUT: 'did not take the connection in time.',
  UND_ERR_CONNECT_TIMEOUT: 'did not take the connection in time.',
  ECONNRESET: 'closed the connection before its answer was complete.',
  EPIPE: 'closed the connection before its answer was complete.',
  UND_ERR_SOCKET: 'closed the connection before its answer was complete.',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'cut its answer short.',
  UND_ERR_HEADERS_OVERFLOW: 'answered with headers that are too large.',
  EPROTO: 'does not speak TLS as asked: do http or https and the port in the URL fit?',
};

const certificateCodes =
  /^(CERT_|ERR_TLS_CERT|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED_CERT|HOSTNAME_MISMATCH|INVALID_CA|CRL_|ERROR_IN_CERT)/;

const codeOf = (cause: unknown): string => {
  if (typeof cause !== 'object' || cause === null) return '';
  if ('code' in cause && typeof cause.code === 'string') return cause.code;
  return cause instanceof AggregateError ? codeOf(cause.errors[0]) : '';
};

/** Certificates do not get better by asking again. */
export const isCertificateFault = (cause: unknown): boolean => certificateCodes.test(codeOf(cause));

/** The request itself cannot be sent: a fault of ours. */
export const isOurFault = (cause: unknown): boolean => codeOf(cause) === 'UND_ERR_INVALID_ARG';

/** What a broken connection means, in words without addresses. */
const describeBroken = (cause: unknown): string => {
  const code = codeOf(cause);
  if (certificateCodes.test(code))
    return `has a certificate that is not trusted (${code}): is \`tls.caFile\` right, and is the host name in the URL that of the certificate?`;
  // undici leaves out the code when the very first bytes are not HTTP.
  if (code.startsWith('HPE_') || (cause instanceof Error && cause.name === 'HTTPParserError'))
    return 'answered with something that is not HTTP: is the URL that of the backend?';
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_OSSL'))
    return `refused the TLS handshake (${code}): does it ask for a client certificate?`;
  return words[code] ?? `did not answer${code === '' ? '' : ` (${code})`}.`;
};

/** Makes the errors of one backend. Their messages hold neither URL nor header nor body. */
export interface Failures {
  broken(cause: unknown, more: ErrorFacts): VigilError;
  tooLarge(maxBytes: number, more: ErrorFacts): VigilError;
  unusable(what: string, more: ErrorFacts): VigilError;
  late(more: ErrorFacts): VigilError;
  /** Its answer had begun. */
  stalled(more: ErrorFacts): VigilError;
  givenUp(more: ErrorFacts): VigilError;
  /** For a call that the breaker did not let begin. */
  open(refusal: Refusal, more: ErrorFacts): VigilError;
  closed(more: ErrorFacts): VigilError;
}

export const createFailures = (backend: string, vendor: string): Failures => {
  const unavailable = (rest: string, more: ErrorFacts): VigilError =>
    new VigilError('BACKEND_UNAVAILABLE', `The backend ${backend} ${rest}`, { backend, vendor, ...more });
  return {
    broken: (cause, more) => unavailable(describeBroken(cause), { ...more, cause }),
    tooLarge: (maxBytes, more) =>
      unavailable(`answered with more than the ${maxBytes} bytes that \`http.maxResponseBytes\` allows.`, { retryable: false, ...more }),
    unusable: (what, more) => unavailable(what, more),
    late: (more) =>
      new VigilError('TIMEOUT', `The backend ${backend} did not answer within the time allowed.`, { backend, vendor, ...more }),
    stalled: (more) =>
      new VigilError('TIMEOUT', `The backend ${backend} stopped in the middle of its answer.`, { backend, vendor, ...more }),
    givenUp: (more) => new VigilError('BACKEND_UNAVAILABLE', 'The request was given up by its caller.', { backend, vendor, ...more }),
    open: ({ retryAfterMs, failures, last }, more) => {
      const often = failures === 1 ? 'once' : `${failures} times in a row`;
      const message = `${last.message} It has failed ${often} and is left alone for ${Math.ceil(retryAfterMs / 1_000)} s.`;
      const httpStatus = last.httpStatus === undefined ? {} : { httpStatus: last.httpStatus };
      return new VigilError('BACKEND_UNAVAILABLE', message, { backend, vendor, ...httpStatus, retryAfterMs, ...more });
    },
    closed: (more) => unavailable('is no longer connected: the gateway is stopping.', { retryable: false, ...more }),
  };
};
