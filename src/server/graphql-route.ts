import { type ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import type { DoorContext } from './apollo.js';
import type { DoorKeeper } from './door-auth.js';
import { withRequestId } from './door-error.js';
import type { Exchange, Route } from './exchange.js';
import { createHttpOperation, type HttpOperation } from './http-operation.js';
import type { ServerMetrics } from './metrics.js';
import type { OriginPolicy } from './origins.js';
import { readJsonBody } from './request-body.js';
import { requireEntry } from './require-entry.js';
import { send, sendError } from './respond.js';

/** What the GraphQL route needs. */
interface GraphqlRouteParts {
  readonly apollo: ApolloServer<DoorContext>;
  readonly keeper: DoorKeeper;
  readonly origins: OriginPolicy;
  readonly metrics: ServerMetrics;
  readonly maxRequestBytes: number;
  /** Operations running now; whoever stops hard aborts them. */
  readonly running: Set<AbortController>;
}

/** Headers that other pages' scripts may send. */
const allowedHeaders = 'authorization, content-type, apollo-require-preflight, x-apollo-operation-name, x-request-id';

const bodyText = async ({ body }: HTTPGraphQLResponse): Promise<string> => {
  if (body.kind === 'complete') return body.string;
  let text = '';
  for await (const chunk of body.asyncIterator) text += chunk;
  return text;
};

const headersOf = ({ request }: Exchange): HeaderMap => {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  return headers;
};

/** Apollo answers some requests before any hook of ours runs (CSRF, bad body); those bodies are a line of errors. */
const named = (body: string, operation: HttpOperation): string => {
  if (operation.answered) return body;
  const { errors } = JSON.parse(body);
  return `${JSON.stringify({ errors: withRequestId(errors, operation.requestId) })}\n`;
};

const answer = async ({ response }: Exchange, operation: HttpOperation, answered: HTTPGraphQLResponse): Promise<void> => {
  const body = named(await bodyText(answered), operation);
  const headers = Object.fromEntries(answered.headers);
  const plainJson = headers['content-type']?.startsWith('application/json') === true;
  // GraphQL over HTTP: clients that ask for plain JSON take any other status for a broken connection and never read the errors.
  const status = answered.status === 400 && operation.requestError && plainJson ? 200 : (answered.status ?? 200);
  send(response, status, headers, body);
};

const observe = (exchange: Exchange, operation: HttpOperation, metrics: ServerMetrics, startedAt: number): void => {
  const { admission, actor } = operation;
  if (admission === undefined) {
    exchange.noted = { actor };
  } else if (admission.ok) {
    exchange.noted = { actor, kind: admission.kind, operation: admission.name, fields: admission.rootFields };
    const outcome = operation.failed ? 'error' : 'ok';
    metrics.operations.observe({ kind: admission.kind, transport: 'http', outcome }, (performance.now() - startedAt) / 1000);
  } else {
    exchange.noted = { actor, kind: 'refused' };
    metrics.refused.inc({ transport: 'http' });
  }
};

/** `/graphql` over HTTP: who may, what they sent, Apollo, the answer. */
export const createGraphqlRoute = (parts: GraphqlRouteParts): Route => {
  const { apollo, keeper, metrics, running } = parts;

  const run = async (exchange: Exchange, actor: string | null, body: unknown): Promise<void> => {
    const { request, response } = exchange;
    const operation = createHttpOperation(exchange.requestId, actor);
    const startedAt = performance.now();
    const whenGone = (): void => {
      // Nobody reads the answer of a query; a mutation has been asked for and goes on.
      const mutates = operation.admission?.ok === true && operation.admission.kind === 'mutation';
      if (!response.writableFinished && !mutates) operation.controller.abort();
    };
    response.once('close', whenGone);
    running.add(operation.controller);
    try {
      const httpGraphQLRequest = { method: request.method ?? 'GET', headers: headersOf(exchange), search: exchange.search, body };
      const answered = await apollo.executeHTTPGraphQLRequest({ httpGraphQLRequest, context: async () => ({ operation }) });
      await answer(exchange, operation, answered);
    } finally {
      running.delete(operation.controller);
      observe(exchange, operation, metrics, startedAt);
    }
  };

  const preflight = ({ response }: Exchange): void => {
    response.writeHead(204, {
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': allowedHeaders,
      'access-control-max-age': '600',
    });
    response.end();
  };

  return {
    methods: ['GET', 'POST', 'OPTIONS'],
    handle: async (exchange) => {
      const { request, response, requestId } = exchange;
      const welcome = parts.origins.corsOrigin(request.headers);
      response.setHeader('vary', 'origin, accept');
      if (welcome !== undefined) {
        response.setHeader('access-control-allow-origin', welcome);
        response.setHeader('access-control-expose-headers', 'x-request-id');
      }
      if (request.method === 'OPTIONS') return preflight(exchange);
      if (request.method === 'GET' && request.headers.accept?.includes('text/html')) {
        return send(response, 303, { location: '/' }, '');
      }
      const entry = requireEntry(exchange, keeper);
      if (entry === undefined) return;
      if (request.method === 'GET') return run(exchange, entry.actor, undefined);
      const body = await readJsonBody(request, response, parts.maxRequestBytes);
      if (body.kind === 'gone') return;
      if (body.kind === 'json') return run(exchange, entry.actor, body.value);
      sendError(
        response,
        body.status,
        { code: 'INVALID_INPUT', message: body.message, requestId },
        body.status === 413 ? { connection: 'close' } : {},
      );
    },
  };
};
