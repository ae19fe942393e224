import { RoutingFailure } from './routing-failure.js';

/** What a router has to know of a route. */
export interface Routed {
  readonly method: string;
  /** Path with placeholders; also the name it is counted under. */
  readonly template: string;
}

/** A route and what its placeholders stand for. */
export interface Match<R extends Routed> {
  readonly route: R;
  readonly params: Readonly<Record<string, string>>;
}

/** Finds routes the way the server does: exact segments before placeholders, and a 405 with the methods there are. */
export interface Router<R extends Routed> {
  /** The route of a request; refusals carry what the server answers. */
  find(method: string, path: string, uri: string): Match<R>;
  /** `GET /_tasks/{id}`, or `unmatched`. */
  name(method: string, path: string): string;
}

interface Candidate<R extends Routed> {
  readonly route: R;
  readonly segments: readonly string[];
}

const isPlaceholder = (segment: string) => segment.startsWith('{');

/** Segments of a path; slashes at its end do not count, empty segments within do. */
function segmentsOf(path: string): readonly string[] {
  const segments = path.split('/').slice(1);
  while (segments.at(-1) === '') segments.pop();
  return segments;
}

const fits = (template: readonly string[], path: readonly string[]) =>
  template.length === path.length && template.every((segment, index) => isPlaceholder(segment) || segment === path[index]);

/** Exact segments first, compared from the left. */
const rank = ({ segments }: { readonly segments: readonly string[] }) =>
  segments.map((segment) => (isPlaceholder(segment) ? '1' : '0')).join('');
const bySpecificity = <R extends Routed>(left: Candidate<R>, right: Candidate<R>) => rank(left).localeCompare(rank(right));

const methodOrder = ['GET', 'DELETE', 'PUT', 'HEAD', 'POST'];

function decodeSegment(segment: string, allowed: readonly string[]): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    const at = segment.search(/%(?![0-9a-f]{2})/i);
    const sequence = segment.slice(at, at + 3);
    const reason = `invalid escape sequence \`${sequence}' at index ${at} of: ${segment}, allowed: [${allowed.join(', ')}]`;
    throw new RoutingFailure(405, reason, { headers: { allow: allowed.join(',') } });
  }
}

/** A router over a fixed table. */
export function createRouter<R extends Routed>(routes: readonly R[]): Router<R> {
  const candidates: readonly Candidate<R>[] = routes.map((route) => ({ route, segments: segmentsOf(route.template) })).sort(bySpecificity);
  const lookUp = (method: string, path: string) => {
    const segments = segmentsOf(path);
    const first = candidates.find((candidate) => fits(candidate.segments, segments));
    // An exact segment hides placeholders: PUT /_tasks is refused although PUT /{index} exists (8.17).
    const fitting = candidates.filter(
      (candidate) => first !== undefined && fits(candidate.segments, segments) && rank(candidate) === rank(first),
    );
    return { segments, fitting, chosen: fitting.find(({ route }) => route.method === method) };
  };
  return {
    find(method, path, uri) {
      const { segments, fitting, chosen } = lookUp(method, path);
      const known = new Set(fitting.map(({ route }) => route.method));
      const allowed = methodOrder.filter((name) => known.has(name));
      if (chosen !== undefined) {
        const entries = chosen.segments.flatMap((segment, index) =>
          isPlaceholder(segment) ? [[segment.slice(1, -1), decodeSegment(segments[index] ?? '', allowed)] as const] : [],
        );
        return { route: chosen.route, params: Object.fromEntries(entries) };
      }
      const headers = { allow: allowed.join(',') };
      if (fitting.length === 0) throw new RoutingFailure(400, `no handler found for uri [${uri}] and method [${method}]`, { bare: true });
      if (method === 'OPTIONS') throw new RoutingFailure(200, '', { headers });
      throw new RoutingFailure(405, `Incorrect HTTP method for uri [${uri}] and method [${method}], allowed: [${allowed.join(', ')}]`, {
        headers,
      });
    },
    name: (method, path) => {
      const { chosen } = lookUp(method, path);
      return chosen === undefined ? 'unmatched' : `${method} ${chosen.route.template}`;
    },
  };
}
