import { expect } from 'vitest';
import type { CallOptions, DetectorMembers, FieldSet, Task, VendorAdapter } from '../../../src/domain/index.js';
import { isVigilError } from '../../../src/errors.js';
import type { RecordedServer } from './recorded-server.js';
import { codeOf, hitsIn, isVirgin, stateOf } from './replay-expectations.js';
import { detectorOf, type Exchange, routeOf } from './replay-recordings.js';

/* What is done with each recorded answer, and what should come of it. */

/** An adapter connected to a server of recorded answers. */
export interface Setting {
  readonly server: RecordedServer;
  readonly adapter: VendorAdapter;
  readonly detectors: DetectorMembers;
  readonly call: CallOptions;
  /** Of the same file, in its order. */
  readonly exchanges: readonly Exchange[];
}

/** What one exchange is about: which requests are answered with it, what the adapter does, and what should come of it. */
export type Play = (setting: Setting, exchange: Exchange) => Promise<void>;

const fields = (type: string, ...names: readonly string[]): FieldSet => new Set(names.map((name) => `${type}.${name}`));

const settled = async <T>(work: Promise<T>): Promise<{ readonly code: string | undefined; readonly value: T | undefined }> => {
  try {
    return { code: undefined, value: await work };
  } catch (error) {
    if (!isVigilError(error)) throw error;
    return { code: error.code, value: undefined };
  }
};

/** Requests whose path ends so are answered with the exchange. */
const answering = ({ server }: Setting, exchange: Exchange, end: RegExp, others: readonly (readonly [RegExp, unknown])[] = []): void =>
  server.answerWith(({ path }) => {
    if (end.test(path)) return exchange.response;
    const other = others.find(([pattern]) => pattern.test(path));
    return other && { status: 200, body: other[1] };
  });

const noHits = { took: 1, timed_out: false, _shards: { failed: 0 }, hits: { total: { value: 0, relation: 'eq' }, hits: [] } };

const found = (...hits: readonly { readonly _id: string; readonly _source: object }[]) => ({ ...noHits, hits: { hits } });

const historicalTaskIn = (exchange: Exchange | undefined): Readonly<Record<string, unknown>> | undefined => {
  const body = exchange?.response.body as { readonly historical_analysis_task?: Readonly<Record<string, unknown>> | null } | undefined;
  return body?.historical_analysis_task ?? undefined;
};

const root: Play = async (setting, exchange) => {
  answering(setting, exchange, /^\/$/, [[/\/count$/, { count: 0, match: false }]]);
  const { version } = exchange.response.body as { version: { number: string } };
  expect(await setting.adapter.learnProfile(setting.call)).toMatchObject({ version: version.number, notice: null });
};

const count: Play = async (setting, exchange) => {
  const told = { version: { number: '2.19.4', distribution: 'opensearch' } };
  answering(setting, exchange, /\/count$/, [[/^\/$/, told]]);
  const code = codeOf(exchange);
  const notice = code === undefined ? null : expect.stringMatching(code === 'REFUSED' ? /switched off/ : /no Anomaly Detection plugin/);
  expect(await setting.adapter.learnProfile(setting.call)).toMatchObject({ version: '2.19.4', notice });
};

const detectorFields = fields('Detector', 'name', 'indices', 'features', 'categoryFields', 'highCardinality', 'intervalMs', 'shingleSize');

const listOfDetectors: Play = async (setting, exchange) => {
  answering(setting, exchange, /\/detectors\/_search$/);
  const { code, value } = await settled(setting.detectors.list({}, detectorFields, setting.call));
  if (!isVirgin(exchange)) expect(code).toBe(codeOf(exchange));
  if (code !== undefined) return;
  expect(value?.missing).toEqual([]);
  expect(value?.items).toEqual(
    hitsIn(exchange).map(({ _id, _source: source }) =>
      expect.objectContaining({
        nativeId: _id,
        name: source.name,
        indices: source.indices,
        categoryFields: source.category_field ?? [],
        highCardinality: source.detector_type === 'MULTI_ENTITY',
        intervalMs: 60_000,
        shingleSize: source.shingle_size,
      }),
    ),
  );
};

const taskFields = fields('Task', 'state', 'progress', 'error', 'entity');

/** What a task means, from its document. */
const meant = (id: string, source: Readonly<Record<string, unknown>>): Partial<Task> => ({
  nativeId: id,
  detectorNativeId: String(source.detector_id),
  ...(typeof source.state === 'string' ? { state: stateOf[source.state] ?? 'UNKNOWN', vendorState: source.state } : {}),
  ...(typeof source.execution_start_time === 'number' ? { startedAt: source.execution_start_time } : {}),
  ...(typeof source.execution_end_time === 'number' ? { endedAt: source.execution_end_time } : {}),
  ...(String(source.task_type).startsWith('HISTORICAL') && typeof source.task_progress === 'number'
    ? { progress: source.task_progress }
    : {}),
  ...(String(source.task_type).startsWith('REALTIME') ? { kind: 'REALTIME', progress: null, continuous: true } : {}),
  ...(Array.isArray(source.entity) ? { entity: source.entity, kind: 'HISTORICAL_ENTITY' } : {}),
});

const noSuchDetector = { error: { type: 'status_exception', reason: "Can't find config with id: x" }, status: 404 };

const listOfTasks: Play = async (setting, exchange) => {
  // Whether somebody works on an unfinished run is asked of its profile: as it was recorded nearest after this.
  const after = setting.exchanges.slice(setting.exchanges.indexOf(exchange));
  setting.server.answerWith(({ path }) => {
    if (/\/tasks\/_search$/.test(path)) return exchange.response;
    const id = /\/detectors\/([^/]+)\/_profile/.exec(path)?.[1];
    const known = after.find((each) => /\/_profile(?:\/ad_task)?$/.test(routeOf(each)) && detectorOf(each) === id);
    return known?.response ?? { status: 404, body: noSuchDetector };
  });
  const list = setting.adapter.listTasks;
  if (!list) throw new Error('the adapter lists no tasks');
  const { code, value } = await settled(list({ includeEntities: true }, taskFields, setting.call));
  if (!isVirgin(exchange)) expect(code).toBe(codeOf(exchange));
  if (code !== undefined) return;
  expect(value?.missing).toEqual([]);
  expect(value?.items).toEqual(hitsIn(exchange).map(({ _id, _source }) => expect.objectContaining(meant(_id, _source))));
};

const profileOfDetector: Play = async (setting, exchange) => {
  answering(setting, exchange, /\/_profile(?:\/[\w,]+)?$/);
  const wanted = fields('DetectorProfile', 'vendorState', 'error', 'models', 'initProgress', 'totalEntities', 'taskSlots', 'totalBytes');
  const { code, value } = await settled(setting.detectors.readProfile(detectorOf(exchange) ?? '', wanted, setting.call));
  expect(code).toBe(codeOf(exchange));
  if (code !== undefined) return;
  const sent = exchange.response.body as Readonly<Record<string, unknown>> & {
    readonly models?: readonly { readonly model_id: string }[];
    readonly init_progress?: { readonly percentage?: string };
  };
  expect(value).toMatchObject({ vendorState: sent.state ?? null, totalEntities: sent.total_entities ?? null });
  expect(value?.models.map(({ modelId }) => modelId)).toEqual((sent.models ?? []).map((model) => model.model_id));
  const percentage = sent.init_progress?.percentage;
  expect(value?.initProgress).toBe(percentage === undefined ? null : Number.parseInt(percentage, 10) / 100);
};

const profileOfEntity: Play = async (setting, exchange) => {
  answering(setting, exchange, /\/_profile$/);
  const entity = [{ name: 'host', value: 'host-1' }];
  const wanted = fields('EntityProfile', 'vendorState', 'active', 'model', 'initProgress');
  const { code, value } = await settled(setting.detectors.readEntityProfile(detectorOf(exchange) ?? '', entity, wanted, setting.call));
  expect(code).toBe(codeOf(exchange));
  if (code !== undefined) return;
  const sent = exchange.response.body as { readonly state?: string; readonly is_active?: boolean };
  expect(value).toMatchObject({ vendorState: sent.state ?? null, active: sent.is_active ?? null });
};

const start: Play = async (setting, exchange) => {
  const { body } = exchange.request;
  const detectorId = detectorOf(exchange) ?? '';
  const created = { detector_id: detectorId, state: 'CREATED', task_type: 'REALTIME_SINGLE_ENTITY' };
  answering(setting, exchange, /\/_start$/, [[/\/tasks\/_search$/, found({ _id: 'the-new-task', _source: created })]]);
  const historical = body !== undefined && body !== '';
  const verb = historical
    ? ({ action: 'START_DETECTOR', detectorId, run: 'HISTORICAL', dateRange: { start: 1, end: 2 } } as const)
    : ({ action: 'START_DETECTOR', detectorId, run: 'REALTIME' } as const);
  const { code, value } = await settled(setting.detectors.run(verb, setting.call));
  expect(code).toBe(codeOf(exchange));
  // No body means real time, any body a range, an empty object is refused.
  const sent = setting.server.asked.findLast(({ path }) => path.endsWith('/_start'));
  expect(sent?.body).toEqual(historical ? { start_time: 1, end_time: 2 } : undefined);
  if (code !== undefined) return;
  const { _id: id } = exchange.response.body as { _id: string };
  expect(value).toEqual({ done: false, taskId: historical ? id : 'the-new-task' });
};

const stop: Play = async (setting, exchange) => {
  const detectorId = detectorOf(exchange) ?? '';
  // What is told of the run right after this, where it was recorded: a refusal may have stopped it all the same.
  const next = setting.exchanges
    .slice(setting.exchanges.indexOf(exchange) + 1)
    .find((each) => / \/detectors\/[^/]+$/.test(routeOf(each)) && detectorOf(each) === detectorId);
  const task = historicalTaskIn(next);
  answering(setting, exchange, /\/_stop$/, [[/\/tasks\/_search$/, task ? found({ _id: String(task.task_id), _source: task }) : noHits]]);
  const historical = exchange.request.path.includes('historical');
  const verb = { action: 'STOP_DETECTOR', detectorId, run: historical ? 'HISTORICAL' : 'REALTIME' } as const;
  const { code, value } = await settled(setting.detectors.run(verb, setting.call));
  if (historical && task?.state === 'STOPPED' && task.execution_end_time === undefined) {
    expect([code, value]).toEqual([undefined, { done: true, taskId: task.task_id }]);
    return;
  }
  expect(code).toBe(codeOf(exchange));
  if (code === undefined && historical)
    expect(value).toMatchObject({ done: false, taskId: (exchange.response.body as { _id: string })._id });
};

const statistics: Play = async (setting, exchange) => {
  const sent = exchange.response.body as Readonly<Record<string, unknown>> & { readonly nodes?: Readonly<Record<string, object>> };
  const ids = Object.keys(sent.nodes ?? {});
  const named = {
    _nodes: { failed: 0 },
    cluster_name: 'c',
    nodes: Object.fromEntries(ids.map((id) => [id, { name: 'node-1', roles: ['data'] }])),
  };
  answering(setting, exchange, /\/stats(?:\/[\w,]+)?$/, [[/^\/_nodes/, named]]);
  const wanted = fields('ClusterStats', 'nodes', 'rawMetrics', 'indexStatuses', 'detectorCount', 'singleStreamDetectorCount');
  const { code, value } = await settled(
    setting.adapter.readClusterStats(new Set([...wanted, 'NodeStats.rawMetrics', 'NodeStats.name']), setting.call),
  );
  expect(code).toBe(codeOf(exchange));
  if (code !== undefined) return;
  const single = sent.single_stream_detector_count ?? sent.single_entity_detector_count;
  const high = sent.hc_detector_count ?? sent.multi_entity_detector_count;
  expect(value?.detectorCount ?? null).toBe(sent.detector_count ?? null);
  expect(value?.singleStreamDetectorCount ?? null).toBe(single ?? null);
  expect(value?.highCardinalityDetectorCount ?? null).toBe(high ?? null);
  expect(value?.nodes.map(({ nativeId }) => nativeId)).toEqual(ids);
};

const results: Play = async (setting, exchange) => {
  answering(setting, exchange, /\/results\/_search(?:\/[^/]+)?$/, [
    [
      /\/detectors\/_search$/,
      { ...noHits, hits: { hits: [{ _id: 'RR0yAaIBJWprpFwByvc6', _source: { name: 'x', feature_attributes: [] } }] } },
    ],
  ]);
  const read = setting.detectors.readAnomalies(
    'RR0yAaIBJWprpFwByvc6',
    { skip: 0, first: 10 },
    fields('Anomaly', 'score', 'entity'),
    setting.call,
  );
  const { code, value } = await settled(read);
  expect(code).toBe(codeOf(exchange));
  if (code !== undefined) return;
  const graded = hitsIn(exchange).filter(({ _source: source }) => typeof source.anomaly_grade === 'number');
  for (const { _source: source } of graded)
    expect(value?.items).toContainEqual(expect.objectContaining({ score: source.anomaly_grade, startAt: source.data_start_time }));
};

/** A document of a detector or a task, as a search would have found it. */
type Document = Readonly<Record<string, unknown>>;

interface WholeDetector {
  readonly _id: string;
  readonly anomaly_detector: Document;
  readonly anomaly_detector_job?: Document | null;
  readonly realtime_task?: Document | null;
  readonly realtime_detection_task?: Document | null;
  readonly historical_analysis_task?: Document | null;
}

const detectorAndJob: Play = async (setting, exchange) => {
  const id = detectorOf(exchange) ?? '';
  const code = codeOf(exchange);
  const sent = (code === undefined ? exchange.response.body : { _id: id, anomaly_detector: { name: 'x' } }) as WholeDetector;
  const realtime = sent.realtime_task ?? sent.realtime_detection_task ?? undefined;
  const historical = sent.historical_analysis_task ?? undefined;
  const tasks = [realtime, historical].flatMap((task) => (task ? [{ _id: String(task.task_id), _source: task }] : []));
  answering(setting, exchange, /\/detectors\/(?!_search)[\w-]+$/, [
    [/\/detectors\/_search$/, found({ _id: id, _source: sent.anomaly_detector })],
    [/\/tasks\/_search$/, found(...tasks)],
    [/\/_profile\/ad_task$/, {}],
  ]);
  const wanted = new Set([
    'Job.state',
    'Job.details',
    'Job.detector',
    'DetectorJobDetails.enabled',
    'Detector.historicalTask',
    'Task.state',
  ]);
  const { readings, missing } = await setting.adapter.readJobs([id], wanted, setting.call);
  // The document of the job is one part of many; what was deleted since it was listed has none.
  expect(missing.map(({ error }) => error.code)).toEqual(code === undefined || code === 'NOT_FOUND' ? [] : [code]);
  const reading = readings.get(id);
  const job = reading?.status === 'found' ? reading.value : undefined;
  expect(job?.detector?.name).toBe(sent.anomaly_detector.name);
  expect(job?.vendorState).toBe(realtime?.state ?? null);
  expect(job?.detector?.historicalTask?.vendorState ?? null).toBe(historical?.state ?? null);
  if (code === undefined && exchange.request.path.includes('job=true'))
    expect(job?.details).toMatchObject({ typename: 'DetectorJobDetails', enabled: sent.anomaly_detector_job?.enabled ?? false });
};

const nodes: Play = async (setting, exchange) => {
  answering(setting, exchange, /^\/_nodes$/);
  const { items, missing } = await setting.adapter.listNodes(fields('NodeStats', 'name', 'roles'), setting.call);
  const { nodes: sent } = exchange.response.body as { nodes: Readonly<Record<string, { name: string; roles: readonly string[] }>> };
  expect(missing).toEqual([]);
  expect(items).toEqual(Object.entries(sent).map(([nativeId, { name, roles }]) => expect.objectContaining({ nativeId, name, roles })));
};

/** By method and path below the base path, the first that fits. */
export const plays: readonly (readonly [string, RegExp, Play])[] = [
  ['root', /^GET \/$/, root],
  ['count', /^GET \/detectors\/count$/, count],
  ['detectors', /^(?:GET|POST) \/detectors\/_search$/, listOfDetectors],
  ['tasks', /^(?:GET|POST) \/detectors\/tasks\/_search$/, listOfTasks],
  ['results', /^(?:GET|POST) \/detectors\/results\/_search(?:\/[^/]+)?$/, results],
  ['profile of an entity', /^POST \/detectors\/[^/]+\/_profile$/, profileOfEntity],
  ['profile', /^GET \/detectors\/[^/]+\/_profile(?:\/[\w,]+)?\/?$/, profileOfDetector],
  ['start', /^POST \/detectors\/[^/]+\/_start$/, start],
  ['stop', /^POST \/detectors\/[^/]+\/_stop$/, stop],
  ['detector and job', /^GET \/detectors\/(?!_|count|match)[\w-]+$/, detectorAndJob],
  ['nodes', /^GET \/_nodes$/, nodes],
  ['statistics', /^GET (?:\/[\w-]+)?\/stats(?:\/[\w,]+)?\/?$/, statistics],
];
