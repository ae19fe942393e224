/*
 * Words of a product on their way to a client. Where nodes listen and what a URL holds is nobody's business there.
 */

/** `[node-1][127.0.0.1:45201]`, `{node-1}{127.0.0.1}{127.0.0.1:9300}`, `[/10.0.0.7:9300]`. */
const inBrackets = /\[[^\s[\]]{0,80}?(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:]{2,45}\]):\d{1,5}\]/g;
const inBraces = /\{(?:\d{1,3}(?:\.\d{1,3}){3}|\[?[0-9a-fA-F]{0,4}:[0-9a-fA-F:]{1,40}\]?)(?::\d{1,5})?\}/g;
const url = /\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s"'<>)\]}]+/gi;

export const withoutPlaces = (text: string): string => text.replace(url, '…').replace(inBrackets, '').replace(inBraces, '');

export const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length)}…` : text);

/** More than anything that is read by a person; what lies beyond is not even looked through. */
const mostRead = 16_000;

/** The part of a text that is looked at; the backend chose how long it is. */
export const readable = (text: string): string => text.slice(0, mostRead);

/** The route a routing error or a 401 quotes: `no handler found for uri [/_ml/x]`. */
const quotedRoute = /(?:uri |REST request |request )\[[^\]]*\]/g;

export const withoutRoutes = (text: string): string => text.replace(quotedRoute, (found) => found.slice(0, found.indexOf('[')).trimEnd());

/** What may follow a line: frames of a Java trace, with or without breaks between them. */
const endOfLine = /\r?\n|\s{1,8}at (?:org|java|com|co)\.\S+\(/;

/** The first line: what follows may be a trace. */
export const firstLine = (text: string): string => text.split(endOfLine, 1)[0] ?? '';

const longestText = 2_000;

/** What a product wrote for people, of any length, fit to be shown. */
export const fitText = (text: string): string => cut(withoutPlaces(firstLine(readable(text))), longestText);
