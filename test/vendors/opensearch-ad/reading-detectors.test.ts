import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallOptions } from '../../../src/domain/index.js';
import type { AdapterContext } from '../../../src/vendors/opensearch-ad/context.js';
import { listDetectors, readDetectors } from '../../../src/vendors/opensearch-ad/detectors.js';
import { expandJobs, listJobs, readJobs } from '../../../src/vendors/opensearch-ad/jobs.js';
import { errorOf } from '../support/connect.js';
import { type Answer, type StandIn, startStandIn } from '../support/stand-in.js';
import {
  base,
  callOf,
  connectReads,
  exchangesOf,
  failToSearch,
  fields,
  forbidden,
  hitsAnswer,
  recordedAnswer,
  recordedHits,
  routes,
} from './reading-support.js';

const detectorsPath = 'detectors/_search';
const tasksPath = 'detectors/tasks/_search';
const live = 'Vh0yAaIBJWprpFwBzPcC';
const everything = fields(
  'Detector.realtimeTask',
  'Detector.historicalTask',
  'Detector.job',
  'Detector.allowedActions',
  'Job.state',
  'Task.error',
);

/** A detector as a search shows it, from what `GET detectors/{id}` recorded. */
const detectorHit = (label: string, recording = '2.19.4/20-real-time') => {
  const { body } = recordedAnswer(recording, label) as { body: { _id: string; anomaly_detector: unknown } };
  return { _id: body._id, _source: body.anomaly_detector };
};

describe('reading detectors and their jobs', () => {
  let standIn: StandIn;
  let reads: ReturnType<typeof connectReads>;
  let context: AdapterContext;
  let call: CallOptions;
  beforeEach(async () => {
    standIn = await startStandIn();
    reads = connectReads(standIn.url);
    context = reads.context;
    call = callOf();
  });
  afterEach(async () => {
    await reads.dispose();
    await standIn.dispose();
  });

  const answers = (detectors: Answer, tasks: Answer = hitsAnswer([]), more: Parameters<typeof routes>[0] = {}): void =>
    standIn.answerWith(routes({ [detectorsPath]: detectors, [tasksPath]: tasks, ...more }));
  const feature = { feature_id: 'F1', feature_name: 'mean', feature_enabled: true, aggregation_query: {} };
  const detector = (id: string, source: Readonly<Record<string, unknown>> = {}) => ({
    _id: id,
    _source: { name: `name of ${id}`, feature_attributes: [feature], ...source },
  });
  const realtime = (detectorId: string, state: string, more: Readonly<Record<string, unknown>> = {}) => ({
    _id: `rt-${detectorId}-${state}`,
    _source: { detector_id: detectorId, task_type: 'REALTIME_SINGLE_ENTITY', state, is_latest: true, execution_start_time: 5, ...more },
  });
  const bodyOf = (path: string) => JSON.parse(standIn.seen.find((seen) => seen.path === `${base}/${path}`)?.body ?? 'null');

  it('finds nothing on a virgin cluster', async () => {
    answers(recordedAnswer('2.19.4/00-virgin-cluster', 'detectors search'), recordedAnswer('2.19.4/00-virgin-cluster', 'tasks search'));
    expect(await listDetectors(context, {}, everything, call)).toEqual({ items: [], missing: [] });
    expect(await listJobs(context, everything, call)).toEqual({ items: [], missing: [] });
    expect((await readJobs(context, ['D1'], everything, call)).readings.get('D1')).toEqual({ status: 'gone' });
  });

  it('maps a recorded configuration', async () => {
    answers(hitsAnswer(recordedHits('2.19.4/01-create-validate-preview', 'detectors search')));
    const { items } = await listDetectors(context, {}, fields('Detector.name'), call);
    expect(items[0]).toEqual({
      id: 'detector:os-logs:Th0yAaIBJWprpFwBy_cE',
      backendKey: 'os-logs',
      nativeId: 'Th0yAaIBJWprpFwBy_cE',
      name: 'cpu-by-host',
      description: 'test detector',
      highCardinality: true,
      indices: ['metrics'],
      timeField: 'timestamp',
      categoryFields: ['host'],
      intervalMs: 60_000,
      windowDelayMs: 0,
      shingleSize: 8,
      features: [
        {
          id: 'detector:os-logs:Th0yAaIBJWprpFwBy_cE/features/TR0yAaIBJWprpFwByvfk',
          name: 'avg_value',
          enabled: true,
          aggregationQuery: { avg_value: { avg: { field: 'value' } } },
        },
      ],
      filterQuery: { match_all: { boost: 1 } },
      resultIndex: null,
      updatedAt: 1795316435715,
    });
    expect(items[1]).toMatchObject({ highCardinality: false, categoryFields: [], description: 'changed' });
    expect(standIn.requests()).toEqual([`POST ${base}/${detectorsPath}`]);
  });

  it('brings the latest task of both runs and the job in two searches, whatever is selected', async () => {
    const ids = Array.from({ length: 100 }, (_, index) => `D${index}`);
    answers(
      hitsAnswer(ids.map((id) => detector(id))),
      hitsAnswer([
        ...ids.map((id) => realtime(id, 'RUNNING')),
        ...ids.map((id) => ({
          _id: `h-${id}`,
          _source: { detector_id: id, task_type: 'HISTORICAL_SINGLE_ENTITY', state: 'FINISHED', is_latest: true, execution_start_time: 7 },
        })),
      ]),
    );
    const { items, missing } = await listDetectors(context, {}, new Set([...everything, 'Task.stateCounts', 'Task.children']), call);
    expect(missing).toEqual([]);
    expect(items).toHaveLength(100);
    for (const { nativeId, realtimeTask, historicalTask, job } of items) {
      expect(realtimeTask).toMatchObject({ state: 'RUNNING', detectorNativeId: nativeId, jobNativeId: nativeId });
      expect(historicalTask).toMatchObject({ state: 'SUCCEEDED', kind: 'HISTORICAL' });
      expect(job).toMatchObject({ id: `job:os-logs:${nativeId}`, state: 'OPENED', vendorState: 'RUNNING', allowedActions: ['CLOSE_JOB'] });
      expect(job).not.toHaveProperty('detector');
    }
    expect(standIn.seen).toHaveLength(2);
  });

  it('asks alike for detectors and for jobs, so that both at once cost two calls', async () => {
    answers(hitsAnswer([detector('D1')]), hitsAnswer([realtime('D1', 'INIT')]));
    const [detectors, jobs] = await Promise.all([
      listDetectors(context, {}, fields('Detector.name', 'Detector.realtimeTask', 'Task.state'), call),
      listJobs(context, fields('Job.state'), call),
    ]);
    expect(standIn.seen).toHaveLength(2);
    expect(detectors.items[0]?.realtimeTask?.state).toBe('INITIALIZING');
    expect(jobs.items).toMatchObject([{ nativeId: 'D1', state: 'OPENING' }]);
  });

  it.each([
    [null, 'CLOSED', ['OPEN_JOB']],
    ['CREATED', 'OPENING', ['CLOSE_JOB']],
    ['INIT', 'OPENING', ['CLOSE_JOB']],
    ['RUNNING', 'OPENED', ['CLOSE_JOB']],
    ['STOPPED', 'CLOSED', ['OPEN_JOB']],
    ['FINISHED', 'CLOSED', ['OPEN_JOB']],
    ['FAILED', 'FAILED', ['OPEN_JOB']],
    ['AWAITING_DATA_TO_INIT', 'UNKNOWN', []],
  ])('of a real-time run in %s, the job is %s', async (word, state, allowedActions) => {
    answers(hitsAnswer([detector('D1')]), hitsAnswer(word === null ? [] : [realtime('D1', word)]));
    const { items } = await listJobs(context, fields('Job.state'), call);
    expect(items).toMatchObject([{ state, vendorState: word, allowedActions }]);
  });

  it('takes the run that began last, when several call themselves the latest', async () => {
    answers(
      hitsAnswer([detector('D1')]),
      hitsAnswer([
        realtime('D1', 'STOPPED', { execution_start_time: 10 }),
        realtime('D1', 'RUNNING', { execution_start_time: 20 }),
        realtime('D1', 'FAILED', { execution_start_time: 15 }),
      ]),
    );
    const { items } = await listDetectors(context, {}, everything, call);
    expect(items[0]?.realtimeTask?.vendorState).toBe('RUNNING');
  });

  it('reads a recorded job: its run, its node, its reason', async () => {
    const recording = '2.19.4/20-real-time';
    const { body } = recordedAnswer(recording, 'get when running (empty)') as { body: { realtime_task: { task_id: string } } };
    const { task_id: id, ...source } = body.realtime_task;
    answers(hitsAnswer([detectorHit('get when running (empty)')]), hitsAnswer([{ _id: id, _source: source }]));
    const { items } = await listJobs(context, fields('Job.state', 'Job.detector', 'Detector.name'), call);
    expect(items).toMatchObject([
      {
        type: 'SINGLE_ENTITY',
        state: 'OPENING',
        vendorState: 'CREATED',
        stateReason: expect.stringMatching(/^No data in current window/),
        startedAt: 1795316669354,
        finishedAt: null,
        node: { id: 'node:os-logs:j3R-hAwMQvasdEGra2HoMw', nativeId: 'j3R-hAwMQvasdEGra2HoMw' },
        detector: { name: 'empty-single', realtimeTask: { state: 'CREATED' }, historicalTask: null },
      },
    ]);
    expect(items[0]?.detector).not.toHaveProperty('job');
  });

  it('lets the cluster filter what it can filter', async () => {
    answers(hitsAnswer([]));
    await listDetectors(context, { indices: ['metrics'], highCardinality: true, text: 'cpu' }, fields(), call);
    expect(bodyOf(detectorsPath).query).toEqual({
      bool: { filter: [{ terms: { 'indices.keyword': ['metrics'] } }, { exists: { field: 'category_field' } }] },
    });
    standIn.seen.length = 0;
    await listDetectors(context, { indices: ['x'.repeat(300)], highCardinality: false }, fields(), call);
    expect(bodyOf(detectorsPath).query).toEqual({ bool: { filter: [{ bool: { must_not: [{ exists: { field: 'category_field' } }] } }] } });
    expect(standIn.seen).toHaveLength(1);
  });

  it('reads more than a thousand, and one that was changed meanwhile once', async () => {
    const all = Array.from({ length: 2_500 }, (_, index) => ({ ...detector(`D${index}`), sort: [1_000 + Math.floor(index / 2)] }));
    standIn.answerWith((seen) => {
      const { size, search_after: after } = JSON.parse(seen.body);
      const left = all.filter(({ sort }) => after === undefined || (sort[0] ?? 0) > after[0]);
      return hitsAnswer(left.slice(0, size));
    });
    const { items, missing } = await listDetectors(context, {}, fields('Detector.name'), call);
    expect(new Set(items.map(({ nativeId }) => nativeId)).size).toBe(2_500);
    expect(missing).toEqual([]);
    expect(standIn.seen).toHaveLength(3);
  });

  it('shows configurations when tasks cannot be read, and says which part is missing', async () => {
    answers(hitsAnswer([detector('D1')]), failToSearch);
    const { items, missing } = await listDetectors(context, {}, everything, call);
    expect(items).toMatchObject([{ nativeId: 'D1', name: 'name of D1' }]);
    for (const absent of ['realtimeTask', 'historicalTask', 'allowedActions']) expect(items[0]).not.toHaveProperty(absent);
    expect(items[0]?.job).not.toHaveProperty('state');
    expect(missing.map(({ part, error }) => [part, error.code])).toEqual([
      ['TASKS', 'BACKEND_UNAVAILABLE'],
      ['STATE', 'BACKEND_UNAVAILABLE'],
      ['STATISTICS', 'BACKEND_UNAVAILABLE'],
    ]);
    answers(hitsAnswer([detector('D1')]), forbidden);
    expect((await listJobs(context, fields('Job.state'), call)).missing[0]?.error.code).toBe('FORBIDDEN');
  });

  it('never takes a run it could not see for one that never was', async () => {
    answers(hitsAnswer([detector('D1'), detector('D2')]), hitsAnswer([realtime('D1', 'RUNNING')], { timed_out: true }));
    const { items, missing } = await listDetectors(context, {}, everything, call);
    expect(items[0]?.realtimeTask?.state).toBe('RUNNING');
    expect(items[1]).not.toHaveProperty('realtimeTask');
    expect(missing).toMatchObject([{ part: 'TASKS' }]);
  });

  it('fails as a whole when there is no list of detectors', async () => {
    answers(failToSearch);
    expect((await errorOf(listDetectors(context, {}, everything, call))).code).toBe('BACKEND_UNAVAILABLE');
    expect((await errorOf(listJobs(context, everything, call))).code).toBe('BACKEND_UNAVAILABLE');
    answers(recordedAnswer('2.19.4/31-miscellany', 'disabled', '_search'));
    expect((await errorOf(listJobs(context, everything, call))).code).toBe('REFUSED');
    answers(recordedAnswer('2.19.4/40-no-plugin', 'no plugin', 'detectors/_search'));
    expect((await errorOf(listJobs(context, everything, call))).message).toMatch(/no Anomaly Detection plugin/);
  });

  it('reads by id: one unknown id never fails the others, and none is gone that could not be looked for', async () => {
    answers(hitsAnswer([detector('D1')]), hitsAnswer([realtime('D1', 'RUNNING')]));
    const { readings } = await readDetectors(context, ['D1', 'nobody', '../_all', '*'], everything, call);
    expect(readings.get('D1')).toMatchObject({ status: 'found', value: { realtimeTask: { state: 'RUNNING' } } });
    for (const id of ['nobody', '../_all', '*']) expect(readings.get(id)).toEqual({ status: 'gone' });
    expect(bodyOf(detectorsPath).query).toEqual({ ids: { values: ['D1', 'nobody', '../_all', '*'] } });
    expect(bodyOf(tasksPath).query.bool.filter).toContainEqual({ terms: { detector_id: ['D1', 'nobody', '../_all', '*'] } });
    answers(failToSearch);
    expect((await readJobs(context, ['D1'], everything, call)).readings.get('D1')).toMatchObject({ status: 'undetermined' });
  });

  it('reads more ids than one search takes', async () => {
    answers(hitsAnswer([detector('D1500')]));
    const ids = Array.from({ length: 2_100 }, (_, index) => `D${index}`);
    const { readings } = await readJobs(context, ids, fields('Job.state'), call);
    expect(readings.size).toBe(2_100);
    expect(readings.get('D1500')?.status).toBe('found');
    expect(readings.get('D1')?.status).toBe('gone');
    expect(standIn.seen).toHaveLength(6);
  });

  describe('the document of a job', () => {
    const recorded = (label: string) => recordedAnswer('2.19.4/20-real-time', label);
    const details = fields('Job.details', 'DetectorJobDetails.enabled');

    it('is not read for its id alone', async () => {
      answers(hitsAnswer([detector(live)]));
      const { items } = await listJobs(context, fields('Job.details', 'DetectorJobDetails.id'), call);
      expect(items[0]?.details).toEqual({ typename: 'DetectorJobDetails', id: `job:os-logs:${live}/details` });
      expect(standIn.seen).toHaveLength(2);
    });

    it('is read when anything of it is selected, and never in the way that changes a task', async () => {
      answers(hitsAnswer([detector(live)]), hitsAnswer([]), { [`detectors/${live}`]: recorded('get just after start') });
      const { items, missing } = await listJobs(context, details, call);
      expect(missing).toEqual([]);
      expect(items[0]?.details).toEqual({
        typename: 'DetectorJobDetails',
        id: `job:os-logs:${live}/details`,
        enabled: true,
        enabledAt: 1795316668985,
        disabledAt: null,
        intervalMs: 60_000,
        windowDelayMs: 0,
        lockDurationMs: 60_000,
        resultIndex: null,
      });
      expect(standIn.seen.at(-1)?.target).toBe(`${base}/detectors/${live}?job=true`);
    });

    it('tells a stop, and forgets it with the next start', async () => {
      const read = async (label: string) => {
        answers(hitsAnswer([detector(live)]), hitsAnswer([]), { [`detectors/${live}`]: recorded(label) });
        return (await listJobs(context, details, call)).items[0]?.details;
      };
      expect(await read('get just after stop')).toMatchObject({ enabled: false, disabledAt: 1795316959890 });
      expect(await read('get after restart')).toMatchObject({ enabled: true, enabledAt: 1795316965187, disabledAt: null });
    });

    it('of a detector that was never started is that it is not enabled', async () => {
      const never = recordedAnswer('2.19.4/01-create-validate-preview', 'get job only');
      answers(hitsAnswer([detector('D1')]), hitsAnswer([]), { 'detectors/D1': never });
      const { items } = await listJobs(context, fields('DetectorJobDetails.enabled', 'JobDetails.raw'), call);
      expect(items[0]?.details).toMatchObject({ enabled: false, enabledAt: null, intervalMs: null, raw: null });
    });

    it('is missing where it may not be read, while the rest stands', async () => {
      answers(hitsAnswer([detector('D1'), detector('D2')]), hitsAnswer([]), {
        'detectors/D1': forbidden,
        'detectors/D2': recordedAnswer('2.19.4/01-create-validate-preview', 'get unknown'),
      });
      const { items, missing } = await listJobs(context, details, call);
      expect(items.map((job) => job.details)).toEqual([null, null]);
      expect(missing).toMatchObject([{ part: 'STATISTICS', error: { code: 'FORBIDDEN' } }]);
    });
  });

  it('joins the name of the node a job runs on, when it is selected', async () => {
    const wanted = fields('Job.node', 'NodeStats.name');
    const nodes = { body: { _nodes: { failed: 0 }, nodes: { n1: { name: 'node-1', roles: ['data'] } } } };
    answers(hitsAnswer([detector('D1')]), hitsAnswer([realtime('D1', 'RUNNING', { coordinating_node: 'n1' })]), { _nodes: nodes });
    const { items } = await listJobs(context, wanted, call);
    expect(items[0]?.node).toMatchObject({ id: 'node:os-logs:n1', name: 'node-1' });
    answers(hitsAnswer([detector('D1')]), hitsAnswer([realtime('D1', 'STOPPED', { coordinating_node: 'n1' })]), { _nodes: nodes });
    standIn.seen.length = 0;
    expect((await listJobs(context, wanted, call)).items[0]?.node).toBeNull();
    expect(standIn.seen).toHaveLength(2);
  });

  it('shows no users: neither their roles nor what the vendor’s pages keep', async () => {
    answers(hitsAnswer([]));
    await listDetectors(context, {}, everything, call);
    expect(bodyOf(detectorsPath)._source).toEqual({ excludes: ['ui_metadata', 'user'] });
  });

  it('reads every configuration that was recorded', async () => {
    const hits = ['2.11.0', '2.19.4'].flatMap((version) =>
      exchangesOf(`${version}/01-create-validate-preview`).flatMap(({ response: { body } }) => {
        const { _id: id, anomaly_detector: source } = (body ?? {}) as { _id?: string; anomaly_detector?: unknown };
        return id && source ? [{ _id: `${version.replaceAll('.', '_')}-${id}`, _source: source }] : [];
      }),
    );
    expect(hits.length).toBeGreaterThan(10);
    answers(hitsAnswer(hits));
    const { items, missing } = await listDetectors(context, {}, fields('Detector.name'), call);
    expect(missing).toEqual([]);
    expect(items).toHaveLength(new Set(hits.map(({ _id }) => _id)).size);
    for (const { name, timeField, intervalMs, indices } of items)
      expect([name, timeField, intervalMs, indices?.length]).not.toContain(null);
  });

  it('knows no expressions', async () => {
    expect((await errorOf(expandJobs(context, { expression: 'a*' }))).code).toBe('UNSUPPORTED');
  });
});
