import type { HttpRequest } from './http-client.js';

// Commas separate ids and fields in the vendors' lists; escaping them would triple their bytes in a bounded request line.
const encode = (text: string): string => encodeURIComponent(text).replaceAll('%2C', ',');

/** Path and query below the backend's base path. */
export const targetOf = ({ path, query }: Pick<HttpRequest, 'path' | 'query'>): string => {
  const pairs = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encode(name)}=${encode(String(value))}`],
  );
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
};

/** The body as it is sent; undefined for none. */
export const bodyTextOf = ({ body, text }: Pick<HttpRequest, 'body' | 'text'>): string | undefined =>
  text ?? (body === undefined ? undefined : JSON.stringify(body));

/** What a read asks: equal for reads that get the same answer. A search asks by its body. */
export const questionOf = (request: Pick<HttpRequest, 'method' | 'path' | 'query' | 'body' | 'text' | 'keepBody'>): string =>
  `${request.method} ${targetOf(request)} ${request.keepBody === true ? '+' : ''} ${bodyTextOf(request) ?? ''}`;

/** Base path of a backend's URL, without the slash at its end. */
export const basePathOf = (url: URL): string => url.pathname.replace(/\/+$/, '');
