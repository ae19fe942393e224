import { filterPath } from '../elastic-rest/filter-path.js';
import type { Router } from '../elastic-rest/router.js';
import { RoutingFailure, routingJson } from '../elastic-rest/routing-failure.js';
import type { SimulatedAnswer, SimulatedRequest } from '../exchange.js';
import { isJsonObject, type Json, type JsonObject } from '../json.js';
import { AuthenticationFailure, authenticate, authorize } from './core/security.js';
import { createRequestParams } from './request-params.js';
import type { Route } from './routes.js';
import { SearchFailure } from './search/search-failure.js';
import type { World } from './world.js';

/** What the answer to one request is written with. */
interface Writing {
  readonly contentType: string;
  readonly pretty: boolean;
  /** Errors carry a stack trace. */
  readonly traced: boolean;
}

const jsonTypes = /^application\/(?:(?:x-nd)?json|yaml|smile|cbor|vnd\.elasticsearch\+(?:x-nd)?json|\*)$|^\*\/\*$/;

/** A body of a type nobody reads is refused before anything looks at it. */
function checkMediaType({ headers, body }: SimulatedRequest): void {
  const contentType = headers['content-type'] ?? '';
  const [type = ''] = contentType.split(';');
  if (body !== '' && !jsonTypes.test(type.trim().toLowerCase())) {
    throw new RoutingFailure(406, `Content-Type header [${contentType}] is not supported`);
  }
}

function write(status: number, body: Json, writing: Writing, headers: SimulatedAnswer['headers'] = {}): SimulatedAnswer {
  const text = writing.pretty ? `${JSON.stringify(body, null, 2)}\n` : JSON.stringify(body);
  return { status, headers: { ...headers, 'content-type': writing.contentType }, body: text };
}

const asClass = (type: string) =>
  type
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

/** A throwable, and those within it, with a stack trace. */
function traced(cause: Json): Json {
  if (!isJsonObject(cause) || typeof cause.type !== 'string') return cause;
  const trace = `${asClass(cause.type)}[${String(cause.reason)}]\n\tat org.opensearch.simulated`;
  return {
    ...cause,
    ...(Array.isArray(cause.root_cause) && { root_cause: cause.root_cause.map(traced) }),
    ...(cause.caused_by !== undefined && { caused_by: traced(cause.caused_by) }),
    stack_trace: trace,
  };
}

const withTraces = (body: JsonObject): JsonObject => ({ ...body, ...(body.error !== undefined && { error: traced(body.error) }) });

function refuse(cause: unknown, writing: Writing): SimulatedAnswer {
  if (cause instanceof SearchFailure) return write(cause.status, writing.traced ? withTraces(cause.body) : cause.body, writing);
  if (cause instanceof AuthenticationFailure) return cause.answer;
  if (!(cause instanceof RoutingFailure)) throw cause;
  if (cause.status === 200) return { status: 200, headers: { ...cause.headers, 'content-type': 'text/plain; charset=UTF-8' }, body: '' };
  return write(cause.status, routingJson(cause), writing, cause.headers);
}

async function handle(
  world: World,
  router: Router<Route>,
  request: SimulatedRequest,
  query: URLSearchParams,
  writing: Writing,
): Promise<SimulatedAnswer> {
  // Messages name the path alone (2.19).
  const { route, params: path } = router.find(request.method, request.path, request.path);
  const user = authenticate(world, request.headers);
  checkMediaType(request);
  const params = createRequestParams(query, path);
  const prepared = route.prepare({ path: request.path, params, body: request.body, headers: request.headers, user: user?.name });
  const unread = params.unread(request.path);
  if (unread !== undefined) throw unread;
  authorize(world, user, prepared.action);
  const { status = 200, headers, body, text } = await prepared.run();
  if (text !== undefined) return { status, headers: { ...headers, 'content-type': 'text/plain; charset=UTF-8' }, body: text };
  return write(status, filterPath(body, query.get('filter_path') ?? undefined), writing, headers);
}

/** Answers a request as the server would. */
export async function answerRequest(world: World, router: Router<Route>, request: SimulatedRequest): Promise<SimulatedAnswer> {
  if (world.server === 'down') return { status: 503, body: '', dropped: true };
  const query = new URLSearchParams(request.query);
  const flag = (name: string) => ['', 'true'].includes(query.get(name) ?? 'false');
  const elastic = world.dialect.product === 'elasticsearch';
  const contentType = elastic ? 'application/json' : 'application/json; charset=UTF-8';
  const writing = { contentType, pretty: flag('pretty'), traced: flag('error_trace') };
  const answer = await handle(world, router, request, query, writing).catch((cause: unknown) => refuse(cause, writing));
  // A server that was killed meanwhile answers nobody.
  if (isDown(world)) return { status: 503, body: '', dropped: true };
  const opaque = request.headers['x-opaque-id'];
  const own = { ...(elastic && { 'x-elastic-product': 'Elasticsearch' }), ...(typeof opaque === 'string' && { 'x-opaque-id': opaque }) };
  return { ...answer, headers: { ...own, ...answer.headers } };
}

const isDown = (world: World) => world.server === 'down';
