import { similarWords } from '../levenshtein.js';
import { type Failure, illegalArgument } from './failures.js';
import { parseTimeValue, type TimeValue } from './time-value.js';

/**
 * Parameters of a request, which remember what was read: the server refuses what nobody reads, and proposes what was read
 * (BaseRestHandler). A handler that asks `has` first is never proposed what it did not find.
 */
export interface RequestParams {
  has(name: string): boolean;
  text(name: string): string | undefined;
  flag(name: string, fallback: boolean): boolean;
  time(name: string, fallback: TimeValue): TimeValue;
  whole(name: string, fallback: number): number;
  /** The refusal of what was sent but not read, if anything was. */
  unread(path: string): Failure | undefined;
}

/** Parameters that every endpoint takes. */
const common: ReadonlySet<string> = new Set(['pretty', 'human', 'filter_path', 'error_trace', 'format', 'source', 'source_content_type']);

/** Reads `true` and `false`; an empty value counts as true, as in `?pretty`. */
export function parseFlag(value: string): boolean {
  if (value === '' || value === 'true') return true;
  if (value === 'false') return false;
  throw illegalArgument(`Failed to parse value [${value}] as only [true] or [false] are allowed.`);
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
export function createRequestParams(query: URLSearchParams, pathParams: Readonly<Record<string, string>>): RequestParams {
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
      return value === undefined ? fallback : parseFlag(value);
    },
    time(name, fallback) {
      const value = text(name);
      return value === undefined ? fallback : parseTimeValue(name, value);
    },
    whole(name, fallback) {
      const value = text(name);
      if (value === undefined) return fallback;
      if (!/^-?\d+$/.test(value)) throw illegalArgument(`Failed to parse int parameter [${name}] with value [${value}]`);
      return Number(value);
    },
    unread(path) {
      const unread = [...new Set(query.keys())].filter((name) => !read.has(name) && !common.has(name)).sort();
      return unread.length === 0 ? undefined : illegalArgument(describeUnread(path, unread, read));
    },
  };
}
