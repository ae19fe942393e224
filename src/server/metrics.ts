import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** The server's own numbers. Labels come from closed sets only: a client cannot make new series. */
export interface ServerMetrics {
  readonly httpRequests: Counter<'method' | 'route' | 'status'>;
  readonly httpDuration: Histogram<'route'>;
  readonly operations: Histogram<'kind' | 'transport' | 'outcome'>;
  readonly refused: Counter<'transport'>;
  readonly connections: Gauge;
  readonly subscriptions: Gauge;
}

/** Registers them; once per registry. */
export const createServerMetrics = (registry: Registry): ServerMetrics => {
  const registers = [registry];
  return {
    httpRequests: new Counter({
      name: 'vigil_http_requests_total',
      help: 'HTTP requests answered.',
      labelNames: ['method', 'route', 'status'],
      registers,
    }),
    httpDuration: new Histogram({
      name: 'vigil_http_request_duration_seconds',
      help: 'Time from the headers of an HTTP request to the end of its answer.',
      labelNames: ['route'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    operations: new Histogram({
      name: 'vigil_graphql_operation_duration_seconds',
      help: 'Time a GraphQL operation took; a subscription counts until it ends.',
      labelNames: ['kind', 'transport', 'outcome'],
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600],
      registers,
    }),
    refused: new Counter({
      name: 'vigil_graphql_refused_total',
      help: 'GraphQL operations refused before they ran: syntax, validation, limits, variables.',
      labelNames: ['transport'],
      registers,
    }),
    connections: new Gauge({ name: 'vigil_websocket_connections', help: 'Open WebSockets.', registers }),
    subscriptions: new Gauge({
      name: 'vigil_websocket_operations',
      help: 'Operations running on WebSockets, subscriptions above all.',
      registers,
    }),
  };
};
