import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { asVigilError } from '../errors.js';
import { type Exchange, type Route, splitTarget } from './exchange.js';
import type { ServerMetrics } from './metrics.js';
import type { OriginPolicy } from './origins.js';
import { requestIdFrom } from './request-id.js';
import { securityHeaders, sendError } from './respond.js';

/** What the router needs. */
interface RouterParts {
  readonly routes: Readonly<Record<string, Route>>;
  readonly origins: OriginPolicy;
  readonly metrics: ServerMetrics;
  readonly logger: Logger;
  /** Why nothing can be served now, if so. */
  readonly refusal: (exchange: Exchange) => string | undefined;
}

/** Nobody was there to read the answer; nginx's word for it. */
const clientGone = 499;
const methodLabels: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'OPTIONS', 'PUT', 'DELETE', 'PATCH']);
/** Asked every few seconds by machines: not worth a line each. */
const quiet: ReadonlySet<string> = new Set(['/health/live', '/health/ready', '/metrics']);

/** Takes every HTTP request: gives it an id, finds its route, and tells log and metrics how it ended. */
export const createRouter = ({ routes, origins, metrics, logger, refusal }: RouterParts) => {
  const dispatch = async (exchange: Exchange, route: Route | undefined): Promise<void> => {
    const { request, response, requestId } = exchange;
    const closing = refusal(exchange);
    if (closing !== undefined) {
      return sendError(
        response,
        503,
        { code: 'BACKEND_UNAVAILABLE', message: closing, requestId },
        { connection: 'close', 'retry-after': '1' },
      );
    }
    if (!origins.acceptsHost(request.headers)) {
      const message = 'This server does not answer to this name. Put the origin it is reached under into server.allowedOrigins.';
      return sendError(response, 421, { code: 'INVALID_INPUT', message, requestId });
    }
    if (route === undefined)
      return sendError(response, 404, { code: 'NOT_FOUND', message: 'Nothing is served here: see / for what is.', requestId });
    if (!route.methods.includes(request.method ?? '')) {
      const allow = route.methods.join(', ');
      return sendError(response, 405, { code: 'INVALID_INPUT', message: `This path takes ${allow}.`, requestId }, { allow });
    }
    await route.handle(exchange);
  };

  const record = (exchange: Exchange, label: string, startedAt: number): void => {
    const { request, response, requestId, noted } = exchange;
    const elapsedMs = performance.now() - startedAt;
    const method = methodLabels.has(request.method ?? '') ? (request.method ?? '') : 'other';
    const status = response.writableFinished ? response.statusCode : clientGone;
    metrics.httpRequests.inc({ method, route: label, status });
    metrics.httpDuration.observe({ route: label }, elapsedMs / 1000);
    const level = quiet.has(label) ? 'debug' : 'info';
    logger[level]({ requestId, method, route: label, status, ms: Math.round(elapsedMs * 10) / 10, ...noted }, 'request');
  };

  return (request: IncomingMessage, response: ServerResponse): void => {
    const startedAt = performance.now();
    const { pathname, search } = splitTarget(request.url);
    const exchange: Exchange = {
      request,
      response,
      pathname,
      search,
      requestId: requestIdFrom(request.headers['x-request-id']),
      noted: {},
    };
    const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    response.setHeader('x-request-id', exchange.requestId);
    response.once('close', () => record(exchange, route === undefined ? 'other' : pathname, startedAt));
    dispatch(exchange, route).catch((error: unknown) => {
      logger.error({ err: error, requestId: exchange.requestId }, 'a route failed');
      sendError(response, 500, { code: 'INTERNAL', message: asVigilError(error).message, requestId: exchange.requestId });
    });
  };
};
