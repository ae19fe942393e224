import type { ErrorCode } from '../../../src/errors.js';
import type { Exchange } from '../support/recordings.js';

/*
 * What a recorded answer means, said a second time and apart from the adapter: by status and type as Elasticsearch documents them, and by the few texts
 * that tell more.
 */

interface Envelope {
  readonly error?: string | { readonly type?: string; readonly reason?: string };
}

const envelopeOf = ({ response }: Exchange): Envelope => (typeof response === 'object' && response !== null ? (response as Envelope) : {});

const byText: readonly (readonly [RegExp, ErrorCode])[] = [
  [/HTTP (line|header) is larger/, 'INTERNAL'],
  [/[Tt]imed out/, 'TIMEOUT'],
  [/upgrade mode is enabled/, 'REFUSED'],
  [/license is non-compliant/, 'REFUSED'],
  [/cannot retrieve (data|field)/, 'REFUSED'],
  [/(is|are) not supported$|invalid escape/, 'REFUSED'],
];

const byStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'INVALID_INPUT',
  401: 'FORBIDDEN',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'WRONG_STATE',
  429: 'REFUSED',
  500: 'BACKEND_UNAVAILABLE',
  503: 'BACKEND_UNAVAILABLE',
};

/** The code a refusal stands for; undefined for an answer that is none. */
export const codeOf = (exchange: Exchange, isVerb: boolean): ErrorCode | undefined => {
  if (exchange.status < 300) return typeof exchange.response === 'string' ? 'BACKEND_UNAVAILABLE' : undefined;
  const { error } = envelopeOf(exchange);
  // Not JSON (`format=yaml`), or a proxy.
  if (error === undefined) return exchange.status === 401 ? 'FORBIDDEN' : 'BACKEND_UNAVAILABLE';
  const reason = typeof error === 'string' ? error : (error.reason ?? '');
  const noRoute = /^no handler found|^Incorrect HTTP method/.test(reason) || /no such index \[_ml\]/.test(reason);
  if (noRoute) return isVerb ? 'UNSUPPORTED' : 'BACKEND_UNAVAILABLE';
  return byText.find(([text]) => text.test(reason))?.[1] ?? byStatus[exchange.status];
};

/** Elements under a key that have an id, as they were sent; undefined where one has none, as the recorder asked for other fields. */
export const idsIn = ({ response }: Exchange, key: string, id: string): readonly string[] | undefined => {
  const elements = (response as Readonly<Record<string, readonly Readonly<Record<string, unknown>>[] | undefined>>)[key] ?? [];
  const ids = elements.map((element) => element[id]);
  return ids.every((each) => typeof each === 'string') ? (ids as readonly string[]) : undefined;
};
