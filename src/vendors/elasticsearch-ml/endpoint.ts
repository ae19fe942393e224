import type { z } from 'zod';
import type { CallOptions } from '../../domain/index.js';
import { type HttpClient, type HttpRequest, type HttpResponse, type Origin } from '../../http/index.js';
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

/** Objects an endpoint sent, and how many there are in all. */
export interface Page<T> {
  readonly items: readonly Sent<T>[];
  /** Null where `filter_path` left it out. */
  readonly count: number | null;
}

/** Sends requests, and takes nothing for an answer but what Elasticsearch answers when it did what was asked. */
export interface Endpoint {
  /** The answer with a 2xx status; any other is thrown as what it means. */
  send(request: EndpointRequest, call: Call): Promise<HttpResponse>;
  /** The body of such an answer, in the shape that is read. */
  ask<T extends z.ZodType>(schema: T, request: EndpointRequest, call: Call): Promise<z.infer<T>>;
  /** The objects under one key of such an answer, with what was sent. `filter_path` drops the key when nothing matches: no objects. */
  list<T extends z.ZodType>(key: string, schema: T, request: EndpointRequest, call: Call): Promise<readonly Sent<z.infer<T>>[]>;
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
    return {
      items: elements.map((raw: unknown) => ({ wire: parse(schema, raw, status, request), raw })),
      count: typeof body?.count === 'number' ? body.count : null,
    };
  };

  return {
    send,
    ask: async (schema, request, call) => {
      const response = await send(request, call);
      return parse(schema, response.json, response.status, request);
    },
    list: async (key, schema, request, call) => (await page(key, schema, request, call)).items,
    page,
  };
};
