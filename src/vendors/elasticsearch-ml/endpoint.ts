import type { z } from 'zod';
import type { CallOptions } from '../../domain/index.js';
import type { VigilError } from '../../errors.js';
import { count, errorAbout, type HttpClient, type HttpRequest, type HttpResponse, type Origin } from '../../http/index.js';
import { errorOfAnswer, type Purpose, strange } from './errors.js';
import type { Query } from './request-line.js';
import type { Sent } from './wire.js';

/** What every call carries. */
export type Call = Pick<CallOptions, 'signal' | 'deadlineAt' | 'requestId'>;

/** One request to one endpoint. */
export interface EndpointRequest extends Purpose {
  readonly method: HttpRequest['method'];
  readonly path: string;
  readonly query?: Query;
  /** A read that does not fit the request line; it may be sent again like any other. */
  readonly searchBody?: unknown;
  readonly route: string;
}

/** Objects an endpoint sent. One that is no such object does not cost the others. */
export interface Understood<T> {
  readonly items: readonly T[];
  /** Why these may not be all it sent; undefined: they are. */
  readonly unread: VigilError | undefined;
}

/** The same, and how many there are in all. */
export interface Page<T> extends Understood<Sent<T>> {
  /** Null where `filter_path` left it out. */
  readonly count: number | null;
  /** How many came, those not understood included. */
  readonly sent: number;
}

/** Sends requests, and takes nothing for an answer but what Elasticsearch answers when it did what was asked. */
export interface Endpoint {
  /** The answer with a 2xx status; any other is thrown as what it means. */
  send(request: EndpointRequest, call: Call): Promise<HttpResponse>;
  /** The body of such an answer, in the shape that is read. */
  ask<T extends z.ZodType>(schema: T, request: EndpointRequest, call: Call): Promise<z.infer<T>>;
  /** The objects under one key of such an answer, with what was sent. `filter_path` drops the key when nothing matches: no objects. */
  list<T extends z.ZodType>(key: string, schema: T, request: EndpointRequest, call: Call): Promise<Understood<Sent<z.infer<T>>>>;
  /** The same of an endpoint that answers in pages. */
  page<T extends z.ZodType>(key: string, schema: T, request: EndpointRequest, call: Call): Promise<Page<z.infer<T>>>;
}

export const createEndpoint = (http: HttpClient, origin: Origin): Endpoint => {
  const send = async (request: EndpointRequest, call: Call): Promise<HttpResponse> => {
    const { method, path, query, route, searchBody } = request;
    const response = await http.request({
      method,
      path,
      route,
      ...(query ? { query } : {}),
      ...(searchBody === undefined ? {} : { body: searchBody, repeatable: true }),
      signal: call.signal,
      deadlineAt: call.deadlineAt,
      requestId: call.requestId,
    });
    if (response.status >= 200 && response.status < 300) return response;
    throw errorOfAnswer(response, origin, request);
  };

  const parse = <T extends z.ZodType>(schema: T, json: unknown, status: number, request: EndpointRequest): z.infer<T> => {
    const parsed = schema.safeParse(json);
    if (parsed.success) return parsed.data;
    throw strange(origin, status, request.action !== undefined, parsed.error);
  };

  const page = async <T extends z.ZodType>(key: string, schema: T, request: EndpointRequest, call: Call): Promise<Page<z.infer<T>>> => {
    const { json, status } = await send(request, call);
    const body = typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Record<string, unknown>) : undefined;
    const elements = body && (body[key] ?? []);
    if (!Array.isArray(elements)) throw strange(origin, status, false);
    const items = elements.flatMap((raw: unknown): readonly Sent<z.infer<T>>[] => {
      const parsed = schema.safeParse(raw);
      return parsed.success ? [{ wire: parsed.data, raw }] : [];
    });
    // Nothing that is such an object: then it is another answer, and no list with holes.
    if (items.length === 0 && elements.length > 0) throw strange(origin, status, false);
    const total = count.safeParse(body?.count);
    return {
      items,
      unread:
        items.length === elements.length
          ? undefined
          : errorAbout(origin, 'BACKEND_UNAVAILABLE', `Some ${key.replaceAll('_', ' ')} could not be understood.`),
      count: total.success ? total.data : null,
      sent: elements.length,
    };
  };

  return {
    send,
    ask: async (schema, request, call) => {
      const response = await send(request, call);
      return parse(schema, response.json, response.status, request);
    },
    list: page,
    page,
  };
};
