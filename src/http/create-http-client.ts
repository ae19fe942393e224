import { type BackendObserver, type Connection, type Instant, opaqueId, type Secret } from '../domain/index.js';
import type { ErrorFacts } from '../errors.js';
import { type AttemptTools, attempt, type Outcome } from './attempts.js';
import { authorizationOf, secretsOf } from './authorization.js';
import { createBreaker } from './breaker.js';
import { createDeprecations } from './deprecations.js';
import { createDiscretion, type Discretion } from './discretion.js';
import { exchange, type WireRequest } from './exchange.js';
import { createFailures } from './failures.js';
import type { HttpClient, HttpRequest, HttpResponse, SignedRequest } from './http-client.js';
import { type Circumstances, describeFailure, judge, leave } from './judge.js';
import { openStream } from './open-stream.js';
import { createPool, createStreamAgent } from './pool.js';
import type { Parse } from './read-answer.js';
import { basePathOf, bodyTextOf, questionOf, targetOf } from './request-target.js';
import { createRetryBudget } from './retry-budget.js';
import { createSharedCall, type SharedCall, type Waited } from './shared-call.js';
import { openExchange } from './stream-exchange.js';
import { createWriteSlots } from './write-slots.js';

export interface HttpClientOptions {
  readonly connection: Connection;
  /**
   * Told once about every call that ended, unless nobody waited for its end: identical reads in flight are one call, retries are part of it.
   * A call that never began, because its signal or deadline was over already, is not told of.
   */
  readonly observer: BackendObserver;
  /** Member of the GraphQL enum, for errors. */
  readonly vendor: string;
  /** Default: `vigil`. */
  readonly userAgent?: string;
  readonly now?: () => Instant;
  /** Between 0 and 1, for jitter. */
  readonly random?: () => number;
  /**
   * For products whose requests are signed: called for every attempt, right before it is sent, with what will be on the wire. Gives headers, which win
   * over the client's own; they are secret and are taken out of whatever is logged or thrown. What it throws ends the call as it is.
   */
  readonly sign?: (request: SignedRequest) => Readonly<Record<string, string>>;
  /** Texts to hide beside those of `connection.auth`: what `sign` signs with. */
  readonly secrets?: readonly Secret[];
  /** Reads JSON; throws at what is none. For products whose JSON is not strict. Default: `JSON.parse`. */
  readonly parse?: (text: string) => unknown;
  /** Whether JSON may come under no content type, or as plain text. Default: it may not. */
  readonly untypedJson?: boolean;
}

/** The connection to one backend: deadlines, retries, breaker, sharing of reads. See HttpClient. */
export const createHttpClient = ({
  connection,
  observer,
  vendor,
  userAgent = 'vigil',
  now = Date.now,
  random = Math.random,
  sign,
  secrets: more = [],
  parse: parseJson = JSON.parse,
  untypedJson = false,
}: HttpClientOptions): HttpClient => {
  const { auth, http, key, tls, url } = connection;
  const pool = createPool(connection);
  const streamAgent = createStreamAgent(connection);
  const secrets = secretsOf(auth, tls?.key, tls?.passphrase, ...more);
  const parse: Parse = { json: parseJson, untyped: untypedJson };
  const discretion = createDiscretion(key, secrets, observer);
  const { note } = discretion();
  const failures = createFailures(key, vendor);
  const deprecations = createDeprecations();
  const basePath = basePathOf(url);
  const authorization = authorizationOf(auth);
  const headers = {
    accept: 'application/json',
    'accept-encoding': 'identity',
    'user-agent': userAgent,
    ...(authorization === undefined ? {} : { authorization }),
  };
  const breaker = createBreaker({
    threshold: http.breakerThreshold,
    resetMs: http.breakerResetMs,
    now,
    onChange: (state, failed) => note(state === 'open' ? 'warn' : 'debug', 'breaker', { state, failures: failed }),
  });
  const budget = createRetryBudget();
  const withWriteSlot = createWriteSlots(http.maxConnections);
  const running = new Set<{ close(): void }>();
  const reads = new Map<string, SharedCall<HttpResponse>>();
  let closed: Promise<void> | undefined;

  const toWire = (request: Omit<HttpRequest, 'repeatable'>): WireRequest => ({
    method: request.method,
    path: `${basePath}${targetOf(request)}`,
    // Elasticsearch and OpenSearch put it into their logs and task lists.
    headers: {
      ...headers,
      'x-opaque-id': opaqueId,
      ...(bodyTextOf(request) === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
    },
    body: bodyTextOf(request),
  });

  /** As it goes out this time: a signature holds for a moment only. */
  const signed = (wire: WireRequest, { hide }: Discretion): WireRequest => {
    if (sign === undefined) return wire;
    const [path = '', query = ''] = wire.path.split(/\?(.*)/s, 2);
    const added = sign({ method: wire.method, path, query, body: wire.body });
    hide(added);
    return { ...wire, headers: { ...wire.headers, ...added } };
  };

  const circumstances = (write: boolean, { signal }: Waited): Circumstances => ({
    write,
    why: signal.reason,
    maxBytes: http.maxResponseBytes,
    now: now(),
    parse,
    signed: sign !== undefined,
  });

  const run = async (request: HttpRequest, repeatable: boolean, waited: Waited, discreet: Discretion): Promise<Outcome> => {
    const { route, requestId } = request;
    const wire = toWire(request);
    const tools: AttemptTools = {
      breaker,
      budget,
      maxRetries: repeatable ? http.maxRetries : 0,
      now,
      random,
      parse,
      describe: (outcome) => describeFailure(failures, outcome, circumstances(!repeatable, waited)),
      onRetry: (retry) => discreet.note('debug', 'asking again', { route, requestId, ...retry }),
    };
    const work = (): Promise<Outcome> =>
      attempt(async () => exchange(pool, signed(wire, discreet), waited.signal, http.maxResponseBytes), waited, tools);
    if (repeatable) return work();
    // What was read before a write ended may be shared with nobody who asks after it.
    return withWriteSlot(waited.signal, work).finally(() => reads.clear());
  };

  const perform = async (request: HttpRequest, repeatable: boolean, waited: Waited): Promise<HttpResponse> => {
    const { route, requestId } = request;
    const startedAt = performance.now();
    const discreet = discretion();
    const outcome = await run(request, repeatable, waited, discreet);
    const verdict = judge(failures, outcome, circumstances(!repeatable, waited));
    if ('error' in verdict) {
      if (verdict.excerpt !== undefined)
        discreet.note('warn', 'unusable answer', { route, requestId, excerpt: verdict.excerpt, ...verdict.error.facts });
      if (outcome.kind !== 'abandoned' || waited.signal.reason === 'deadline') observer.failed(verdict.error);
      throw verdict.error;
    }
    const { response, size, warnings } = verdict;
    observer.answered({ status: response.status, durationMs: performance.now() - startedAt, route, read: repeatable });
    for (const warning of deprecations(warnings)) discreet.note('warn', 'deprecated by the backend', { route, warning });
    // Gone through as text: what came may hold what JSON cannot say.
    const body = request.keepBody === true && outcome.kind === 'answered' ? { body: outcome.body.toString('utf8') } : {};
    return discreet.cleaned({ ...response, ...body }, size);
  };

  /** Begins a call and keeps it in sight until it ends. */
  const begin = (request: HttpRequest, repeatable: boolean, question: string | undefined): SharedCall<HttpResponse> => {
    const call = createSharedCall<HttpResponse>(
      (waited) =>
        perform(request, repeatable, waited).finally(() => {
          running.delete(call);
          if (question !== undefined && reads.get(question) === call) reads.delete(question);
        }),
      (why) => leave(failures, why),
      now,
    );
    running.add(call);
    if (question !== undefined) reads.set(question, call);
    return call;
  };

  return {
    request: async (request) => {
      const repeatable = request.repeatable ?? request.method === 'GET';
      const never: ErrorFacts = repeatable ? {} : { outcomeUnknown: false };
      if (closed) throw leave(failures, 'closed', never);
      if (request.signal.aborted) throw leave(failures, 'caller', never);
      if (request.deadlineAt <= now()) throw leave(failures, 'deadline', never);

      const question = repeatable ? questionOf(request) : undefined;
      const inFlight = question === undefined ? undefined : reads.get(question);
      const call = inFlight && !inFlight.over ? inFlight : begin(request, repeatable, question);
      return call.join(request);
    },
    stream: (request) => {
      const never: ErrorFacts = { outcomeUnknown: false };
      if (closed) return Promise.reject(leave(failures, 'closed', never));
      if (request.signal.aborted) return Promise.reject(leave(failures, 'caller', never));
      if (request.deadlineAt <= now()) return Promise.reject(leave(failures, 'deadline', never));
      const { origin } = url;
      const { connectTimeoutMs } = http;
      const open = async (signal: AbortSignal) =>
        openExchange(signed(toWire(request), discretion()), {
          origin: new URL(origin),
          agent: streamAgent,
          connectTimeoutMs,
          idleMs: request.idleMs,
          signal,
        });
      const stream = openStream(request, { breaker, failures, observer, now, open }, () => running.delete(stream));
      running.add(stream);
      return stream.opened;
    },
    dispose: () => {
      closed ??= (async () => {
        for (const call of running) call.close();
        streamAgent.destroy();
        await pool.destroy();
      })();
      return closed;
    },
  };
};
