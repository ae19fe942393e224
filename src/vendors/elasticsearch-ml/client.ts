import type { HttpClient, HttpResponse } from '../../http/http-client.js';
import type { Call, Endpoint, EndpointRequest } from './endpoint.js';
import { createEndpoint } from './endpoint.js';
import type { Origin } from './errors.js';
import { idSegment, type Query } from './request-line.js';
import * as wire from './wire.js';

/** Which objects, and which of their fields; without ids all, without paths everything. */
export interface Selection {
  readonly ids?: readonly string[];
  readonly filterPath?: string;
}

/** A write, and the verb it is sent for. */
export interface Write {
  readonly id: string;
  readonly query?: Query;
  readonly action: string;
  readonly supported: readonly string[];
}

const jobs = '/_ml/anomaly_detectors';
const feeds = '/_ml/datafeeds';

/** The endpoints that are used, one function each. */
export type ElasticsearchClient = ReturnType<typeof createElasticsearchClient>;

export const createElasticsearchClient = (http: HttpClient, origin: Origin) => {
  const endpoint: Endpoint = createEndpoint(http, origin);

  const read = (base: string, selection: Selection, tail = '', query: Query = {}): EndpointRequest => ({
    method: 'GET',
    path: `${base}${selection.ids ? `/${idSegment(selection.ids)}` : ''}${tail}`,
    route: `GET ${base}${selection.ids ? '/{id}' : ''}${tail}`,
    query: { filter_path: selection.filterPath, ...query },
  });
  const post = (base: string, verb: string, write: Write): EndpointRequest => ({
    method: 'POST',
    path: `${base}/${idSegment([write.id])}/${verb}`,
    route: `POST ${base}/{id}/${verb}`,
    query: write.query ?? {},
    action: write.action,
    supported: write.supported,
  });

  return {
    jobs: (selection: Selection, call: Call, query: Query = {}) =>
      endpoint.list('jobs', wire.jobSchema, read(jobs, selection, '', query), call),
    jobStats: (selection: Selection, call: Call) => endpoint.list('jobs', wire.jobStatsSchema, read(jobs, selection, '/_stats'), call),
    datafeeds: (selection: Selection, call: Call) => endpoint.list('datafeeds', wire.datafeedSchema, read(feeds, selection), call),
    datafeedStats: (selection: Selection, call: Call) =>
      endpoint.list('datafeeds', wire.datafeedStatsSchema, read(feeds, selection, '/_stats'), call),

    /** Flat: children name their parents. Descriptions and statuses only come with `detailed`. */
    tasks: (actions: string, call: Call) =>
      endpoint.ask(
        wire.taskListSchema,
        { method: 'GET', path: '/_tasks', route: 'GET /_tasks', query: { actions, detailed: true, group_by: 'none' } },
        call,
      ),
    /** Also gives what the task left as its result; refuses `detailed`, which it always is. */
    task: (id: string, call: Call) => endpoint.send({ method: 'GET', path: `/_tasks/${idSegment([id])}`, route: 'GET /_tasks/{id}' }, call),
    cancelTask: (write: Write, call: Call) => endpoint.ask(wire.cancelAnswerSchema, post('/_tasks', '_cancel', write), call),

    nodes: (ids: readonly string[], call: Call) =>
      endpoint.ask(
        wire.nodesAnswerSchema,
        {
          method: 'GET',
          path: `/_nodes/${idSegment(ids)}`,
          route: 'GET /_nodes/{id}',
          query: { filter_path: '_nodes.failed,nodes.*.name,nodes.*.roles' },
        },
        call,
      ),

    openJob: (write: Write, call: Call): Promise<HttpResponse> => endpoint.send(post(jobs, '_open', write), call),
    closeJob: (write: Write, call: Call): Promise<HttpResponse> => endpoint.send(post(jobs, '_close', write), call),
    stopDatafeed: (write: Write, call: Call): Promise<HttpResponse> => endpoint.send(post(feeds, '_stop', write), call),
    resetJob: (write: Write, call: Call) => endpoint.ask(wire.startedSchema, post(jobs, '_reset', write), call),
    deleteJob: (write: Write, call: Call) =>
      endpoint.ask(
        wire.startedSchema,
        { ...post(jobs, '', write), method: 'DELETE', path: `${jobs}/${idSegment([write.id])}`, route: `DELETE ${jobs}/{id}` },
        call,
      ),

    /** Readable with `monitor_ml`. */
    info: (call: Call) =>
      endpoint.ask(
        wire.infoSchema,
        { method: 'GET', path: '/_ml/info', route: 'GET /_ml/info', query: { filter_path: 'native_code.version' } },
        call,
      ),
    /** Needs `monitor`. */
    root: (call: Call) =>
      endpoint.ask(wire.rootSchema, { method: 'GET', path: '/', route: 'GET /', query: { filter_path: 'version.number' } }, call),
    dispose: (): Promise<void> => http.dispose(),
  };
};
