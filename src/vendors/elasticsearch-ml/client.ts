import { type HttpClient, type HttpResponse, type Origin } from '../../http/index.js';
import type { Call, Endpoint, EndpointRequest } from './endpoint.js';
import { createEndpoint } from './endpoint.js';
import { idSegment, type Query } from './request-line.js';
import * as wire from './wire.js';
import * as results from './wire-results.js';

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

/** The log of jobs; a pattern, because its number changes with the version (`-000001` in 7.x, `-000002` later). */
export const notificationIndices = '.ml-notifications*';

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

    nodes: ({ ids, filterPath }: Selection, call: Call) =>
      endpoint.ask(wire.nodesAnswerSchema, read('/_nodes', { ...(ids ? { ids } : {}), ...(filterPath ? { filterPath } : {}) }), call),
    /** Since 8.2. Names and roles too, and with `monitor_ml`, where `_nodes` needs `monitor`. */
    memory: (selection: Selection, call: Call) => endpoint.ask(results.memoryAnswerSchema, read('/_ml/memory', selection, '/_stats'), call),

    records: (jobId: string, query: Query, call: Call) =>
      endpoint.page('records', results.recordSchema, read(jobs, { ids: [jobId] }, '/results/records', query), call),
    modelSnapshots: (jobId: string, query: Query, call: Call) =>
      endpoint.page('model_snapshots', results.snapshotSchema, read(jobs, { ids: [jobId] }, '/model_snapshots', query), call),

    /** Needs `read` on the indices. */
    searchNotifications: (body: unknown, call: Call) =>
      endpoint.ask(
        results.searchAnswerSchema,
        {
          method: 'POST',
          path: `/${notificationIndices}/_search`,
          route: `POST /${notificationIndices}/_search`,
          searchBody: body,
        },
        call,
      ),
    /** Anyone may ask it about himself; there is no such route where security is off. */
    mayReadNotifications: (call: Call) =>
      endpoint.ask(
        results.hasPrivilegesSchema,
        {
          method: 'POST',
          path: '/_security/user/_has_privileges',
          route: 'POST /_security/user/_has_privileges',
          query: { filter_path: 'has_all_requested' },
          searchBody: { index: [{ names: [notificationIndices], privileges: ['read'] }] },
        },
        call,
      ),

    openJob: (write: Write, call: Call): Promise<HttpResponse> => endpoint.send(post(jobs, '_open', write), call),
    closeJob: (write: Write, call: Call): Promise<HttpResponse> => endpoint.send(post(jobs, '_close', write), call),
    /** Always synchronous. */
    revertJob: (write: Write, snapshotId: string, call: Call): Promise<HttpResponse> => {
      const base = `${jobs}/${idSegment([write.id])}/model_snapshots`;
      return endpoint.send(
        { ...post(base, '_revert', { ...write, id: snapshotId }), route: `POST ${jobs}/{id}/model_snapshots/{id}/_revert` },
        call,
      );
    },
    startDatafeed: (write: Write, call: Call): Promise<HttpResponse> => endpoint.send(post(feeds, '_start', write), call),
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
        { method: 'GET', path: '/_ml/info', route: 'GET /_ml/info', query: { filter_path: 'native_code.version,upgrade_mode' } },
        call,
      ),
    settings: (call: Call) =>
      endpoint.ask(
        wire.settingsSchema,
        { method: 'GET', path: '/_ml/info', route: 'GET /_ml/info', query: { filter_path: 'limits,defaults,upgrade_mode' } },
        call,
      ),
    /** Needs `monitor`. */
    root: (call: Call) =>
      endpoint.ask(
        wire.rootSchema,
        { method: 'GET', path: '/', route: 'GET /', query: { filter_path: 'version.number,version.build_flavor' } },
        call,
      ),
    dispose: (): Promise<void> => http.dispose(),
  };
};
