import type { Route } from './routes.js';

/** A route and what its placeholders stand for. */
export interface Match {
  readonly route: Route;
  readonly path: Readonly<Record<string, string>>;
}

/** Finds routes: exact segments before placeholders. */
export interface Router {
  find(method: string, path: string): Match | undefined;
}

const isPlaceholder = (segment: string) => segment.startsWith('{');
const segmentsOf = (path: string) => path.replace(/\/+$/, '').split('/').slice(1);
const rank = (segments: readonly string[]) => segments.map((segment) => (isPlaceholder(segment) ? '1' : '0')).join('');

/** A segment without its escapes, or as it is where they are none. */
export function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** A router over a fixed table. */
export function createRouter(routes: readonly Route[]): Router {
  const candidates = routes
    .map((route) => ({ route, segments: segmentsOf(route.template) }))
    .sort((left, right) => rank(left.segments).localeCompare(rank(right.segments)));
  return {
    find(method, path) {
      const asked = segmentsOf(path);
      const found = candidates.find(
        ({ route, segments }) =>
          route.method === method &&
          segments.length === asked.length &&
          segments.every((segment, index) => isPlaceholder(segment) || segment === asked[index]),
      );
      if (found === undefined) return undefined;
      const entries = found.segments.flatMap((segment, index) =>
        isPlaceholder(segment) ? [[segment.slice(1, -1), decodeSegment(asked[index] ?? '')] as const] : [],
      );
      return { route: found.route, path: Object.fromEntries(entries) };
    },
  };
}
