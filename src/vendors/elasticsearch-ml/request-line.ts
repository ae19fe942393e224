import { targetOf } from '../../http/index.js';

/** `http.max_initial_line_length` is 4 kB with verb and version; a longer line is refused over HTTP/1.0 and the connection closed (7.9 to 9.1). */
const longestLine = 4095;
const frame = 'GET  HTTP/1.1'.length;
/** For what a reverse proxy may put in front of the path. */
const reserve = 64;

/** Query parameters of one request. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** Bytes left for a list of ids in the path. */
export const bytesForIds = (path: string, basePath: string, query: Query): number =>
  longestLine - frame - reserve - basePath.length - targetOf({ path, query }).length;

// A colon, as in task ids, may stand in a path as it is.
const encode = (id: string): string => encodeURIComponent(id).replaceAll('%3A', ':');

/** Ids in one path segment. The comma stays as it is: `%2C` would cost three bytes for each id. */
export const idSegment = (ids: readonly string[]): string => ids.map(encode).join(',');

/** Cuts a list so that each part fits; an id longer than the budget gets a part of its own. */
export const cutByBytes = (ids: readonly string[], budget: number): readonly (readonly string[])[] => {
  const parts: string[][] = [];
  let room = 0;
  for (const id of ids) {
    const bytes = encodeURIComponent(id).length + 1;
    const part = parts.at(-1);
    if (part === undefined || bytes > room) {
      parts.push([id]);
      room = budget - bytes;
    } else {
      part.push(id);
      room -= bytes;
    }
  }
  return parts;
};
