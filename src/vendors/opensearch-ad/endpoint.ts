import type { ZodType } from 'zod';
import type { CallOptions } from '../../domain/index.js';
import { type HttpClient, type HttpRequest, type Origin } from '../../http/index.js';
import type { Dialect } from './dialect.js';
import { errorOfAnswer, strange } from './errors.js';

/** Query parameters of one request; undefined ones are left out. */
export type Query = NonNullable<HttpRequest['query']>;

/** One request to one endpoint. */
export interface EndpointRequest<T> {
  /** Shape of the answer that is read. */
  readonly schema: ZodType<T>;
  readonly method: 'GET' | 'POST';
  /** Below the base path of anomaly detection, already percent-encoded, with a leading slash; with `root` below that of the cluster. */
  readonly path: string;
  readonly root?: boolean;
  /** Name of the endpoint for metrics and logs, without ids and base path: `POST /detectors/{id}/_start`. */
  readonly route: string;
  readonly query?: Query;
  /** Absent: no body at all, not an empty object. */
  readonly body?: unknown;
  /** A read: sent again after a failure, and shared in flight. Default: GET only. */
  readonly repeatable?: boolean;
  /** What the request is about, for the message when it does not exist: `detector`, `task`. Default: detector. */
  readonly subject?: string;
}

/**
 * Sends a request and takes nothing for an answer but what anomaly detection answers when it did what was asked: not even a 200, which carries an error
 * when a running detector is started or a stopped one stopped (AD source, IndexJobActionHandler).
 */
export type Endpoint = <T>(request: EndpointRequest<T>, call: CallOptions) => Promise<T>;

export const createEndpoint =
  (http: HttpClient, origin: Origin, dialectOf: (call: CallOptions) => Dialect): Endpoint =>
  async (request, call) => {
    const { schema, method, path, root = false, route, query, body, subject = 'detector' } = request;
    const repeatable = request.repeatable ?? method === 'GET';
    const response = await http.request({
      method,
      path: root ? path : `${dialectOf(call).basePath}${path}`,
      route,
      repeatable,
      ...(query === undefined ? {} : { query }),
      ...(body === undefined ? {} : { body }),
      signal: call.signal,
      deadlineAt: call.deadlineAt,
      requestId: call.requestId,
    });
    const { product } = dialectOf(call);
    const refused = errorOfAnswer(response, { origin, product, subject, isWrite: !repeatable, isOfCluster: root });
    if (refused !== undefined) throw refused;
    const parsed = schema.safeParse(response.json);
    if (parsed.success) return parsed.data;
    throw strange(origin, response.status, !repeatable, parsed.error);
  };
