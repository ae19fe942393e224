import type { Auth } from '../domain/index.js';
import { secretsOf } from './authorization.js';
import type { HttpResponse } from './http-client.js';
import { createRedact } from './redact.js';

/** Products nest causes some ten deep at most; what lies below is replaced. */
const maxDepth = 24;
/** A shorter secret is part of ordinary words: taking it out would spoil what a refusal is understood by ("unauthorized"). Echoes carry it encoded. */
const shortestSecret = 8;
/** Larger than what any product says no with. */
const maxBytes = 1_048_576;

const isLong = (secret: string): boolean => secret.length >= shortestSecret;

/** Takes credentials out of single texts of an answer that nobody has cleaned: of a stream, or of a success that an adapter shows words of. */
export const createTextCleaner = (auth: Auth): ((text: string) => string) => {
  const redact = createRedact(secretsOf(auth).filter(isLong));
  return (text) => String(redact({ text }).text);
};

/** OpenSearch Anomaly Detection says no with a 200 too (recorded: 2.11 to 3.4): then the body is that of a refusal, an object `error` at its top. */
const isRefusal = ({ status, json }: HttpResponse): boolean => {
  if (status < 200 || status >= 300) return true;
  return typeof json === 'object' && json !== null && 'error' in json && typeof json.error === 'object' && json.error !== null;
};

/**
 * Takes credentials out of refusals: their words reach clients, and a proxy on the way may echo in them what it was sent. One that is too large to be
 * looked through is told by its status alone. What is no refusal stays as it is: it is the product's own, and may be megabytes.
 */
export const createRefusalCleaner = (secrets: readonly string[]): ((response: HttpResponse, size: number) => HttpResponse) => {
  const redact = createRedact(secrets.filter(isLong), maxDepth);
  return (response, size) => {
    if (!isRefusal(response)) return response;
    const { status, headers, json, text, body } = response;
    if (size > maxBytes) return { status, headers, json: undefined };
    const clean = redact({ json, text, body });
    return {
      status,
      headers,
      json: clean.json,
      ...(text === undefined ? {} : { text: String(clean.text) }),
      ...(body === undefined ? {} : { body: String(clean.body) }),
    };
  };
};
