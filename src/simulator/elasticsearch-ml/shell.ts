import { filterPath } from '../elastic-rest/filter-path.js';
import type { Router } from '../elastic-rest/router.js';
import { RoutingFailure, routingJson } from '../elastic-rest/routing-failure.js';
import type { SimulatedAnswer, SimulatedRequest } from '../exchange.js';
import type { Json, JsonObject } from '../json.js';
import { Failure, failureJson, illegalArgument, parseFailure, tooMany } from './failures.js';
import { humanise } from './human.js';
import { lineLimitBytes, overLimit } from './limits.js';
import { negotiate, plainContentType, sendsYaml, wantsYaml } from './media-types.js';
import { createRequestParams, parseFlag } from './request-params.js';
import { outcomeOf } from './route-job-removal.js';
import type { Prepared, Reply, Route } from './routes.js';
import { authenticate, authenticateSecondary, authorize, type Principal } from './security.js';
import type { TaskRecord } from './tasks.js';
import { isRefusedInUpgrade } from './upgrade-mode.js';
import type { World } from './world.js';
import { flatYamlToJson, toYaml } from './yaml.js';

/** What the answer to one request is written with. */
interface Writing {
  contentType: string;
  pretty: boolean;
  yaml: boolean;
  /** Errors carry a stack trace. */
  traced: boolean;
  readonly warnings: string[];
}

/** Whether somebody may run an action now. */
function admit(world: World, principal: Principal | undefined, prepared: Prepared): void {
  authorize(world.dialect, principal, prepared.action, prepared.index);
  // Upgrade mode refuses before anything is looked at (7.9).
  if (world.settings.upgradeMode && isRefusedInUpgrade(prepared.action)) {
    throw tooMany(`Cannot perform ${prepared.action} action while upgrade mode is enabled`);
  }
}

function startTask(world: World, prepared: Prepared, headers: JsonObject): TaskRecord {
  const { status } = prepared;
  const task: TaskRecord = world.tasks.start({
    node: world.cluster.entry(),
    action: prepared.action,
    description: prepared.description ?? '',
    cancellable: prepared.cancellable ?? false,
    headers,
    ...(status !== undefined && { status: () => status(task) }),
  });
  return task;
}

async function runInBackground(world: World, principal: Principal | undefined, prepared: Prepared, task: TaskRecord): Promise<void> {
  try {
    admit(world, principal, prepared);
    const { body } = await prepared.run(task);
    world.tasks.finish(task, { response: body });
  } catch (cause) {
    world.tasks.finish(task, outcomeOf(cause));
  }
}

async function run(world: World, principal: Principal | undefined, prepared: Prepared, headers: JsonObject): Promise<Reply> {
  if (prepared.background === true) {
    const task = startTask(world, prepared, headers);
    void runInBackground(world, principal, prepared, task);
    return { body: { task: task.id } };
  }
  admit(world, principal, prepared);
  const task = startTask(world, prepared, headers);
  try {
    return await prepared.run(task);
  } finally {
    world.tasks.finish(task);
  }
}

async function handle(world: World, router: Router<Route>, request: SimulatedRequest, writing: Writing): Promise<SimulatedAnswer> {
  const { dialect } = world;
  const { route, params: path } = router.find(request.method, request.path, request.uri);
  const hasBody = request.body !== '';
  writing.contentType = negotiate(dialect, request.headers, hasBody);
  const query = new URLSearchParams(request.query);
  writing.yaml = query.get('format') === 'yaml' || wantsYaml(request.headers, hasBody);
  const principal = authenticate(world.settings.users, request.headers, request.uri);
  const params = createRequestParams(query, path);
  const secondary = authenticateSecondary(world.settings.users, request.headers, request.uri);
  const call = {
    world,
    params,
    path,
    body: sendsYaml(request.headers, hasBody) ? flatYamlToJson(request.body) : request.body,
    principal,
    secondary,
  };
  const prepared = route.prepare({ ...call, warn: (text) => writing.warnings.push(text) });
  // The parameter promises a body that this endpoint then does not look for (7.9).
  if (!hasBody && prepared.readsBody === true && query.has('source')) throw parseFailure('request body is required');
  writing.traced = parseFlag(query.get('error_trace') ?? 'false');
  const unread = params.unread(request.path);
  if (unread !== undefined) throw unread;
  if (hasBody && prepared.readsBody !== true && dialect.refusesBody) {
    throw illegalArgument(`request [${request.method} ${request.path}] does not support having a body`);
  }
  writing.pretty = parseFlag(query.get('pretty') ?? 'false');
  const human = parseFlag(query.get('human') ?? 'false');
  const opaque = request.headers['x-opaque-id'];
  const headers: JsonObject = typeof opaque === 'string' ? { 'X-Opaque-Id': opaque } : {};
  const { status = 200, body, text } = await run(world, principal, prepared, headers);
  if (text !== undefined) return { status, headers: { 'content-type': 'text/plain; charset=UTF-8' }, body: text };
  return write(status, filterPath(human ? humanise(body) : body, query.get('filter_path') ?? undefined), writing);
}

function write(status: number, body: Json, writing: Writing, headers: SimulatedAnswer['headers'] = {}): SimulatedAnswer {
  if (writing.yaml) return { status, headers: { ...headers, 'content-type': 'application/yaml' }, body: toYaml(body) };
  const text = writing.pretty ? `${JSON.stringify(body, null, 2)}\n` : JSON.stringify(body);
  return { status, headers: { ...headers, 'content-type': writing.contentType }, body: text };
}

function refuse(cause: unknown, writing: Writing): SimulatedAnswer {
  if (cause instanceof Failure) return write(cause.status, failureJson(cause, writing.traced), writing, cause.headers);
  if (!(cause instanceof RoutingFailure)) throw cause;
  if (cause.status === 200) return { status: 200, headers: { ...cause.headers, 'content-type': 'text/plain; charset=UTF-8' }, body: '' };
  return write(cause.status, routingJson(cause), writing, cause.headers);
}

/** Headers that every answer carries, whatever it says. */
function commonHeaders(
  world: World,
  request: SimulatedRequest,
  answer: SimulatedAnswer,
  warnings: readonly string[],
): SimulatedAnswer['headers'] {
  const { dialect } = world;
  const opaque = request.headers['x-opaque-id'];
  const secret = answer.status === 401 || answer.status === 403;
  const product = `299 Elasticsearch-${dialect.number}-${dialect.buildHash}`;
  return {
    ...(typeof opaque === 'string' && { 'x-opaque-id': opaque }),
    ...(dialect.productHeader && !secret && { 'x-elastic-product': 'Elasticsearch' }),
    ...(warnings.length > 0 && !secret && { warning: warnings.map((text) => `${product} "${text}"`) }),
  };
}

/** Answers a request as the server would. */
export async function answerRequest(world: World, router: Router<Route>, request: SimulatedRequest): Promise<SimulatedAnswer> {
  const writing: Writing = { contentType: plainContentType(world.dialect), pretty: false, yaml: false, traced: false, warnings: [] };
  const tooLong = overLimit(world.dialect, request, lineLimitBytes);
  if (tooLong !== undefined) {
    const answer = refuse(tooLong, writing);
    return { ...answer, headers: { ...commonHeaders(world, request, answer, []), ...answer.headers }, http10: true };
  }
  const answer = await handle(world, router, request, writing).catch((cause: unknown) => refuse(cause, writing));
  return { ...answer, headers: { ...commonHeaders(world, request, answer, writing.warnings), ...answer.headers } };
}
