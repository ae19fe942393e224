import { similarWords } from './levenshtein.js';

/**
 * Parameters of a request, those of the path included, which remember what was read: the server refuses what nobody reads, and proposes what was read
 * (BaseRestHandler). A handler that asks `has` first is never proposed what it did not find.
 */
export interface RequestParams<F extends Error> {
  has(name: string): boolean;
  text(name: string): string | undefined;
  flag(name: string, fallback: boolean): boolean;
  whole(name: string, fallback: number): number;
  /** The refusal of what was sent but not read, if anything was. */
  unread(path: string): F | undefined;
}

/** Parameters that every endpoint takes. */
const common: ReadonlySet<string> = new Set(['pretty', 'human', 'filter_path', 'error_trace', 'format', 'source', 'source_content_type']);

/** Reads `true` and `false`; an empty value counts as true, as in `?pretty`. `refuse` makes the refusal of an argument. */
export function readFlag(value: string, refuse: (reason: string) => Error): boolean {
  if (value === '' || value === 'true') return true;
  if (value === 'false') return false;
  throw refuse(`Failed to parse value [${value}] as only [true] or [false] are allowed.`);
}

function describeUnread(path: string, unread: readonly string[], read: ReadonlySet<string>): string {
  const listed = unread.map((name) => {
    const similar = similarWords(name, read);
    if (similar.length === 0) return `[${name}]`;
    return `[${name}] -> did you mean ${similar.length === 1 ? `[${similar[0]}]` : `any of [${similar.join(', ')}]`}?`;
  });
  return `request [${path}] contains unrecognized parameter${unread.length > 1 ? 's' : ''}: ${listed.join(', ')}`;
}

/** The parameters of a query, together with those of the path. */
export function readRequestParams<F extends Error>(
  query: URLSearchParams,
  pathParams: Readonly<Record<string, string>>,
  refuse: (reason: string) => F,
): RequestParams<F> {
  const read = new Set(Object.keys(pathParams));
  const text = (name: string) => {
    read.add(name);
    return pathParams[name] ?? query.get(name) ?? undefined;
  };
  return {
    has: (name) => query.has(name) || pathParams[name] !== undefined,
    text,
    flag(name, fallback) {
      const value = text(name);
      return value === undefined ? fallback : readFlag(value, refuse);
    },
    whole(name, fallback) {
      const value = text(name);
      if (value === undefined) return fallback;
      if (!/^-?\d+$/.test(value)) throw refuse(`Failed to parse int parameter [${name}] with value [${value}]`);
      return Number(value);
    },
    unread(path) {
      const unread = [...new Set(query.keys())].filter((name) => !read.has(name) && !common.has(name)).sort();
      return unread.length === 0 ? undefined : refuse(describeUnread(path, unread, read));
    },
  };
}
