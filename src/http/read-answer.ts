import type { HttpResponse } from './http-client.js';

/** A complete answer as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Buffer;
}

/** The answer of a product's API, or why it is none. `what` completes "The backend x …". */
export type Reading = { readonly usable: true; readonly response: HttpResponse } | { readonly usable: false; readonly what: string };

const jsonType = /^application\/(?:json|[\w.+-]+\+json)$/;
/** Refusals in plain text are short; more than this is not for people. */
const maxTextBytes = 4_096;

/** Only these are named in messages: what else stands in a header may be an echo of anything. */
const namedTypes: ReadonlySet<string> = new Set([
  'text/html',
  'text/plain',
  'text/xml',
  'application/xml',
  'application/yaml',
  'application/cbor',
  'application/smile',
  'application/octet-stream',
]);
const nameOf = (type: string): string => (namedTypes.has(type) ? type : type === '' ? 'no content type' : 'an unknown content type');

const mediaTypeOf = (headers: RawAnswer['headers']): string =>
  (headers['content-type']?.[0] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** How a product's JSON is read. */
export interface Parse {
  /** Throws at what is none. */
  readonly json: (text: string) => unknown;
  /** Whether it may come under no content type, or as plain text. */
  readonly untyped: boolean;
}

const tryParse = (body: Buffer, parse: Parse): { readonly json: unknown } | undefined => {
  try {
    return { json: parse.json(body.toString('utf8')) };
  } catch {
    // Whatever the syntax error says quotes the body: "undefined" is all a reader needs.
    return undefined;
  }
};

/** Judges the form of an answer, never its status: except that a refusal may come in other forms than JSON, and a redirect is never a product's answer. */
export const readAnswer = ({ status, headers, body }: RawAnswer, parse: Parse): Reading => {
  const flat = Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, values.join(', ')]));
  const usable = (rest: Pick<HttpResponse, 'json' | 'text'>): Reading => ({ usable: true, response: { status, headers: flat, ...rest } });
  // Whatever stands in front of a backend says so in a form of its own, and the product itself while it starts: "OpenSearch Security not initialized."
  const not = (what: string): Reading => ({ usable: false, what: status === 503 ? 'answered 503: it is not ready to answer.' : what });

  if (status >= 300 && status < 400) return not(`answered ${status}, a redirect: is the URL that of the backend?`);
  if (body.length === 0) return usable({ json: undefined });
  const encoding = (headers['content-encoding']?.[0] ?? 'identity').toLowerCase();
  if (encoding !== 'identity') return not(`answered ${status} in a compressed form that was not asked for.`);

  const type = mediaTypeOf(headers);
  if (jsonType.test(type)) {
    const parsed = tryParse(body, parse);
    return parsed === undefined ? not(`answered ${status} with JSON that cannot be read.`) : usable(parsed);
  }
  const untyped = parse.untyped && (type === '' || type === 'text/plain') ? tryParse(body, parse) : undefined;
  if (untyped !== undefined) return usable(untyped);
  const refused = status >= 400 && status < 500;
  if (refused && type === 'text/plain') return usable({ json: undefined, text: body.subarray(0, maxTextBytes).toString('utf8') });
  // Proxies and security plugins refuse in forms of their own; the status tells enough.
  if (status === 401 || status === 403) return usable({ json: undefined });
  return not(`answered ${status === 200 ? '' : `${status} with `}${nameOf(type)}, not JSON: is the URL that of the backend?`);
};

/** Whether a product spoke: a body in JSON that can be read. Proxies in front of it answer with pages or nothing. */
export const isSpoken = (answer: RawAnswer, parse: Parse): boolean => {
  const reading = readAnswer(answer, parse);
  return reading.usable && reading.response.json !== undefined;
};
