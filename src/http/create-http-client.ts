import { type BackendObserver, type Connection, type Instant, opaqueId } from '../domain/index.js';
import type { ErrorFacts } from '../errors.js';
import { type AttemptTools, attempt, type Outcome } from './attempts.js';
import { authorizationOf, secretsOf } from './authorization.js';
import { createBreaker } from './breaker.js';
import { createRefusalCleaner } from './clean-refusal.js';
import { createDeprecations } from './deprecations.js';
import { exchange, type WireRequest } from './exchange.js';
import { createFailures } from './failures.js';
import type { HttpClient, HttpRequest, HttpResponse } from './http-client.js';
import { type Circumstances, describeFailure, judge, leave } from './judge.js';
import { createPool } from './pool.js';
import { createRedact } from './redact.js';
import { basePathOf, questionOf, targetOf } from './request-target.js';
import { createRetryBudget } from './retry-budget.js';
import { createSharedCall, type SharedCall, type Waited } from './shared-call.js';
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
}

/** The connection to one backend: deadlines, retries, breaker, sharing of reads. See HttpClient. */
export const createHttpClient = ({
  connection,
  observer,
  vendor,
  userAgent = 'vigil',
  now = Date.now,
  random = Math.random,
}: HttpClientOptions): HttpClient => {
  const { auth, http, key, tls, url } = connection;
  const pool = createPool(connection);
  const secrets = secretsOf(auth, tls?.key, tls?.passphrase);
  const redact = createRedact(secrets);
  const cleaned = createRefusalCleaner(secrets);
  const note: BackendObserver['noted'] = (level, message, facts) => observer.noted(level, message, redact({ backend: key, ...facts }));
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
  const running = new Set<SharedCall<HttpResponse>>();
  const reads = new Map<string, SharedCall<HttpResponse>>();
  let closed: Promise<void> | undefined;

  const toWire = (request: HttpRequest): WireRequest => ({
    method: request.method,
    path: `${basePath}${targetOf(request)}`,
    // Elasticsearch and OpenSearch put it into their logs and task lists.
    headers: {
      ...headers,
      'x-opaque-id': opaqueId,
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: request.body === undefined ? undefined : JSON.stringify(request.body),
  });

  const circumstances = (write: boolean, { signal }: Waited): Circumstances => ({
    write,
    why: signal.reason,
    maxBytes: http.maxResponseBytes,
    now: now(),
  });

  const run = async (request: HttpRequest, repeatable: boolean, waited: Waited): Promise<Outcome> => {
    const { route, requestId } = request;
    const wire = toWire(request);
    const tools: AttemptTools = {
      breaker,
      budget,
      maxRetries: repeatable ? http.maxRetries : 0,
      now,
      random,
      describe: (outcome) => describeFailure(failures, outcome, circumstances(!repeatable, waited)),
      onRetry: (retry) => note('debug', 'asking again', { route, requestId, ...retry }),
    };
    const work = (): Promise<Outcome> => attempt(() => exchange(pool, wire, waited.signal, http.maxResponseBytes), waited, tools);
    if (repeatable) return work();
    // What was read before a write ended may be shared with nobody who asks after it.
    return withWriteSlot(waited.signal, work).finally(() => reads.clear());
  };

  const perform = async (request: HttpRequest, repeatable: boolean, waited: Waited): Promise<HttpResponse> => {
    const { route, requestId } = request;
    const startedAt = performance.now();
    const outcome = await run(request, repeatable, waited);
    const verdict = judge(failures, outcome, circumstances(!repeatable, waited));
    if ('error' in verdict) {
      if (verdict.excerpt !== undefined)
        note('warn', 'unusable answer', { route, requestId, excerpt: verdict.excerpt, ...verdict.error.facts });
      if (outcome.kind !== 'abandoned' || waited.signal.reason === 'deadline') observer.failed(verdict.error);
      throw verdict.error;
    }
    const { response, size, warnings } = verdict;
    observer.answered({ status: response.status, durationMs: performance.now() - startedAt, route, read: repeatable });
    for (const warning of deprecations(warnings)) note('warn', 'deprecated by the backend', { route, warning });
    return cleaned(response, size);
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
    dispose: () => {
      closed ??= (async () => {
        for (const call of running) call.close();
        await pool.destroy();
      })();
      return closed;
    },
  };
};
