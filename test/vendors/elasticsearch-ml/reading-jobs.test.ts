import { describe, expect, it } from 'vitest';
import type { FieldSet, Job, Reading } from '../../../src/domain/index.js';
import { recorded, recording } from '../support/recordings.js';
import type { Answer, Seen } from '../support/stand-in.js';
import { byRequest, failure, setUp, unknownJobs, wireJob, wireStats } from './support.js';

const fields = (...names: readonly string[]): FieldSet => new Set(names);
const row = fields(
  'Job.id',
  'Job.type',
  'Job.state',
  'Job.vendorState',
  'Job.stateReason',
  'Job.description',
  'Job.groups',
  'Job.owner',
  'Job.lastActivityAt',
  'Job.processed',
  'Job.datafeed',
  'Datafeed.id',
  'Datafeed.state',
  'Job.allowedActions',
);
const statuses = (readings: ReadonlyMap<string, Reading<Job>>) => Object.fromEntries([...readings].map(([id, { status }]) => [id, status]));
const statesOf = (readings: ReadonlyMap<string, Reading<Job>>) =>
  Object.fromEntries([...readings].map(([id, reading]) => [id, reading.status === 'found' ? reading.value.state : reading.status]));
/** Answers reads of jobs by the ids in the path. */
const byPath =
  (answer: (ids: readonly string[], isStats: boolean) => Answer) =>
  ({ path }: Seen): Answer => {
    const isStats = path.endsWith('/_stats');
    return answer(path.slice(`${jobs}/`.length, isStats ? -'/_stats'.length : undefined).split(','), isStats);
  };
const jobs = '/_ml/anomaly_detectors';
const feeds = '/_ml/datafeeds';

describe('listing jobs', () => {
  it('reads a row of a job from one call each for configurations, statistics and datafeed states', async () => {
    const { server, adapter, call } = await setUp(
      byRequest({
        [`GET ${jobs}`]: {
          jobs: [
            wireJob('a1', {
              groups: ['g'],
              description: 'first',
              datafeed_config: { datafeed_id: 'df-a1', job_id: 'a1', indices: ['metrics'], query_delay: '97185ms', frequency: '60s' },
            }),
          ],
        },
        [`GET ${jobs}/_stats`]: {
          jobs: [
            wireStats('a1', 'opened', {
              assignment_explanation: '',
              data_counts: { processed_record_count: 5000, latest_record_timestamp: 1_795_317_201_308 },
              node: { id: 'N1', name: 'node-1' },
            }),
          ],
        },
        [`GET ${feeds}/_stats`]: { datafeeds: [{ datafeed_id: 'df-a1', state: 'started', running_state: { real_time_configured: true } }] },
      }),
    );
    const { items, missing } = await adapter.listJobs(row, call);
    expect(missing).toEqual([]);
    expect(items).toEqual([
      {
        id: 'job:es-prod:a1~loyw3v28',
        backendKey: 'es-prod',
        nativeId: 'a1',
        type: 'anomaly_detector',
        state: 'OPENED',
        vendorState: 'opened',
        stateReason: null,
        description: 'first',
        groups: ['g'],
        owner: null,
        lastActivityAt: 1_795_317_201_308,
        processed: { current: 5000, maximum: null, unit: 'RECORDS' },
        datafeed: {
          id: 'datafeed:es-prod:df-a1',
          backendKey: 'es-prod',
          nativeId: 'df-a1',
          jobNativeId: 'a1',
          indices: ['metrics'],
          frequencyMs: 60_000,
          queryDelayMs: 97_185,
          state: 'STARTED',
          vendorState: 'started',
        },
        allowedActions: ['CLOSE_JOB', 'DELETE_JOB', 'STOP_DATAFEED'],
      },
    ]);
    expect(server.requests().toSorted()).toEqual([`GET ${jobs}`, `GET ${jobs}/_stats`, `GET ${feeds}/_stats`]);
  });

  it.each([
    { wanted: ['Job.id', 'Job.nativeId', 'Job.type', 'Job.groups'], costs: [jobs] },
    { wanted: ['Job.state'], costs: [jobs, `${jobs}/_stats`] },
    { wanted: ['Job.datafeed', 'Datafeed.indices'], costs: [jobs] },
    { wanted: ['Job.datafeed', 'Datafeed.state'], costs: [jobs, `${feeds}/_stats`] },
    { wanted: ['Job.allowedActions'], costs: [jobs, `${jobs}/_stats`, `${feeds}/_stats`] },
    { wanted: ['Job.stateReason'], costs: [jobs, `${jobs}/_stats`] },
    { wanted: ['Job.details', 'ElasticsearchJobDetails.jobVersion'], costs: [jobs] },
    { wanted: ['Job.details', 'ElasticsearchJobDetails.raw', 'JobDetails.raw'], costs: [jobs, `${jobs}/_stats`] },
  ])('asks no more than $wanted needs', async ({ wanted, costs }) => {
    const { server, adapter, call } = await setUp(
      byRequest({ [`GET ${jobs}`]: { jobs: [] }, [`GET ${jobs}/_stats`]: { jobs: [] }, [`GET ${feeds}/_stats`]: { datafeeds: [] } }),
    );
    await adapter.listJobs(fields(...wanted), call);
    expect(server.requests().toSorted()).toEqual(costs.map((path) => `GET ${path}`));
  });

  it('asks only for the fields that are read, and for everything when raw is wanted', async () => {
    const { server, adapter, call } = await setUp(byRequest({ [`GET ${jobs}`]: {}, [`GET ${jobs}/_stats`]: {} }));
    await adapter.listJobs(fields('Job.state', 'Job.processed'), call);
    expect(server.seen.map(({ query }) => query.get('filter_path')).toSorted()).toEqual([
      'jobs.job_id,jobs.create_time,jobs.blocked,jobs.deleting',
      'jobs.job_id,jobs.state,jobs.data_counts.processed_record_count',
    ]);
    await adapter.listJobs(fields('Job.state', 'ElasticsearchJobDetails.raw'), call);
    expect(server.seen.slice(2).map(({ query }) => query.get('filter_path'))).toEqual([null, null]);
  });

  it('takes an answer that the filter emptied for no jobs', async () => {
    const { adapter, call } = await setUp(byRequest({ [`GET ${jobs}`]: {} }));
    expect(await adapter.listJobs(fields('Job.id'), call)).toEqual({ items: [], missing: [] });
  });

  it.each([
    ['7.9.0', [jobs, feeds, `${feeds}/_stats`]],
    [null, [jobs, feeds, `${feeds}/_stats`]],
    ['7.14.0', [jobs, `${feeds}/_stats`]],
  ])('asks %s for datafeeds apart where jobs do not carry them', async (version, costs) => {
    const list = recorded('elasticsearch-ml/7.9.0/06-datafeeds', 'GET /_ml/datafeeds/_all').response;
    const { server, adapter, call } = await setUp(
      byRequest({ [`GET ${jobs}`]: { jobs: [wireJob('a1')] }, [`GET ${feeds}`]: list, [`GET ${feeds}/_stats`]: {} }),
      { version },
    );
    const { items } = await adapter.listJobs(fields('Job.datafeed', 'Datafeed.state'), call);
    expect(server.requests().toSorted()).toEqual(costs.map((path) => `GET ${path}`));
    expect(items[0]?.datafeed?.nativeId ?? null).toBe(version === '7.14.0' ? null : 'df-a1');
  });

  it('shows what holds a job, whatever the statistics say, and keeps a deleting job they leave out', async () => {
    const { adapter, call } = await setUp(
      byRequest({
        [`GET ${jobs}`]: {
          jobs: [
            wireJob('d', { deleting: true, blocked: { reason: 'delete', task_id: 'N:6' } }),
            wireJob('n', { blocked: { reason: 'none' } }),
            wireJob('o', { deleting: true }),
            wireJob('r', { blocked: { reason: 'reset', task_id: 'N:5' } }),
            wireJob('v', { blocked: { reason: 'revert' } }),
            wireJob('x', { blocked: { reason: 'hibernate' } }),
          ],
        },
        [`GET ${jobs}/_stats`]: { jobs: ['n', 'r', 'v', 'x'].map((id) => wireStats(id, 'closed')) },
      }),
    );
    const { items, missing } = await adapter.listJobs(fields('Job.state'), call);
    expect(items.map(({ nativeId, state, vendorState }) => [nativeId, state, vendorState])).toEqual([
      ['d', 'DELETING', 'delete'],
      ['n', 'CLOSED', 'closed'],
      ['o', 'DELETING', 'delete'],
      ['r', 'RESETTING', 'closed'],
      ['v', 'REVERTING', 'closed'],
      ['x', 'UNKNOWN', 'hibernate'],
    ]);
    expect(missing).toEqual([]);
  });

  it('keeps a word it has never seen, and offers nothing for it', async () => {
    const { adapter, call } = await setUp(
      byRequest({
        [`GET ${jobs}`]: { jobs: [wireJob('a1')] },
        [`GET ${jobs}/_stats`]: { jobs: [wireStats('a1', 'constructor')] },
        [`GET ${feeds}/_stats`]: {},
      }),
    );
    const { items } = await adapter.listJobs(fields('Job.state', 'Job.allowedActions'), call);
    expect(items[0]).toMatchObject({ state: 'UNKNOWN', vendorState: 'constructor', allowedActions: [] });
  });

  it('is not broken by fields that changed their type', async () => {
    const { adapter, call } = await setUp(
      byRequest({
        [`GET ${jobs}`]: { jobs: [{ job_id: 'a1', groups: 'g', create_time: '2026', analysis_config: 7, blocked: 'no' }] },
        [`GET ${jobs}/_stats`]: { jobs: [{ job_id: 'a1', state: 'closed', data_counts: [], node: 'N' }] },
      }),
    );
    const { items } = await adapter.listJobs(fields('Job.state', 'Job.groups', 'Job.createdAt', 'Job.processed', 'Job.node'), call);
    expect(items).toEqual([
      {
        id: 'job:es-prod:a1',
        backendKey: 'es-prod',
        nativeId: 'a1',
        state: 'CLOSED',
        vendorState: 'closed',
        groups: [],
        createdAt: null,
        processed: null,
        node: null,
      },
    ]);
  });

  it('lists jobs without state and counts when statistics are refused, and says which parts are missing', async () => {
    const { adapter, call } = await setUp(
      byRequest({
        [`GET ${jobs}`]: { jobs: [wireJob('a1'), wireJob('r', { blocked: { reason: 'reset' } })] },
        [`GET ${jobs}/_stats`]: failure(
          403,
          'security_exception',
          'action [cluster:monitor/xpack/ml/job/stats/get] is unauthorized for user [none]',
        ),
      }),
    );
    const { items, missing } = await adapter.listJobs(fields('Job.state', 'Job.processed'), call);
    expect(items.map(({ state, vendorState, processed }) => [state, vendorState, processed])).toEqual([
      ['UNKNOWN', null, null],
      ['RESETTING', 'reset', null],
    ]);
    expect(missing.map(({ part, error }) => [part, error.code, error.facts.missing])).toEqual([
      ['STATE', 'FORBIDDEN', ['monitor_ml']],
      ['STATISTICS', 'FORBIDDEN', ['monitor_ml']],
    ]);
  });

  it('lists jobs with their datafeed when only its state cannot be had', async () => {
    const { adapter, call } = await setUp(
      byRequest({
        [`GET ${jobs}`]: { jobs: [wireJob('a1', { datafeed_config: { datafeed_id: 'df-a1', indices: [] } })] },
        [`GET ${jobs}/_stats`]: { jobs: [wireStats('a1', 'opened')] },
        [`GET ${feeds}/_stats`]: failure(503, 'no_shard_available_action_exception', ''),
      }),
    );
    const { items, missing } = await adapter.listJobs(fields('Job.datafeed', 'Datafeed.state', 'Job.allowedActions'), call);
    expect(items[0]?.datafeed).toMatchObject({ nativeId: 'df-a1', state: 'UNKNOWN', vendorState: null });
    expect(items[0]?.allowedActions).toContain('CLOSE_JOB');
    expect(missing.map(({ part, error }) => [part, error.code])).toEqual([['DATAFEEDS', 'BACKEND_UNAVAILABLE']]);
  });

  it('fails as a whole when configurations cannot be had', async () => {
    const { adapter, call } = await setUp(
      byRequest({ [`GET ${jobs}`]: failure(503, 'cluster_block_exception', 'blocked by: state not recovered') }),
    );
    await expect(adapter.listJobs(fields('Job.state'), call)).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
  });

  it.each([
    ['an HTML page', '<html></html>', 'text/html'],
    ['a list', '[]', 'application/json'],
    ['jobs that are no list', '{"jobs":{"a1":{}}}', 'application/json'],
    ['jobs without ids', '{"jobs":[{}]}', 'application/json'],
  ])('does not take %s for jobs', async (_what, body, type) => {
    const { adapter, call } = await setUp(() => ({ body, headers: { 'content-type': type } }));
    await expect(adapter.listJobs(fields('Job.id'), call)).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
  });
});

describe('what a real 7.9 server tells of a job', () => {
  it('becomes details with counts, model size, timing and node', async () => {
    const opened = recorded('elasticsearch-ml/7.9.0/06-datafeeds', `GET ${jobs}/a1/_stats`);
    const { adapter, call } = await setUp(
      byRequest({
        [`GET ${jobs}/a1`]: recorded('elasticsearch-ml/7.9.0/02-jobs-crud', `GET ${jobs}/a1`).response,
        [`GET ${jobs}/a1/_stats`]: opened.response,
      }),
      { version: '7.9.0' },
    );
    const wanted = [
      'jobVersion',
      'bucketSpanMs',
      'assignmentExplanation',
      'blockedReason',
      'openForMs',
      'memoryStatus',
      'dataCounts',
      'modelSize',
      'timing',
    ].map((name) => `ElasticsearchJobDetails.${name}`);
    const { readings } = await adapter.readJobs(
      ['a1'],
      fields('Job.node', 'Job.createdAt', 'Job.finishedAt', 'Job.startedAt', ...wanted),
      call,
    );
    const reading = readings.get('a1');
    const job = reading?.status === 'found' ? reading.value : undefined;
    expect(job).toMatchObject({ createdAt: 1_795_317_035_048, finishedAt: null, startedAt: null });
    expect(job?.node).toMatchObject({ id: 'node:es-prod:JNqdOsTlTNOFgFTGJUjxJA', name: 'node-1' });
    const { id } = job ?? { id: '' };
    expect(job?.details).toEqual({
      typename: 'ElasticsearchJobDetails',
      id: `${id}/details`,
      jobVersion: '7.9.0',
      bucketSpanMs: 900_000,
      assignmentExplanation: '',
      blockedReason: null,
      blockingTaskId: null,
      openForMs: expect.any(Number),
      memoryStatus: 'ok',
      dataCounts: {
        id: `${id}/data-counts`,
        processedRecordCount: 5000,
        processedFieldCount: 0,
        inputBytes: 114_995,
        inputRecordCount: 5000,
        inputFieldCount: 0,
        invalidDateCount: 0,
        missingFieldCount: 0,
        outOfOrderTimestampCount: 0,
        bucketCount: 959,
        emptyBucketCount: 0,
        sparseBucketCount: 0,
        earliestRecordAt: 1_794_453_374_108,
        latestRecordAt: 1_795_317_201_308,
        lastDataAt: 1_795_317_379_816,
      },
      modelSize: {
        id: `${id}/model-size`,
        modelBytes: 0,
        peakModelBytes: null,
        memoryLimitBytes: null,
        categorizationStatus: 'ok',
        bucketAllocationFailureCount: 0,
      },
      timing: {
        id: `${id}/timing`,
        bucketCount: expect.any(Number),
        totalBucketProcessingMs: expect.any(Number),
        averageBucketProcessingMs: expect.toSatisfy((value) => value === null || typeof value === 'number'),
      },
    });
  });

  it.each(recordedStates())('keeps its state $state while $note', async ({ entry, state }) => {
    const { adapter, call } = await setUp(
      byRequest({ [`GET ${jobs}`]: { jobs: [wireJob(entry.job_id)] }, [`GET ${jobs}/_stats`]: { jobs: [entry] } }),
      { version: '7.9.0' },
    );
    const { items } = await adapter.listJobs(fields('Job.state', 'Job.stateReason'), call);
    expect(items[0]).toMatchObject({ state, vendorState: entry.state, stateReason: entry.assignment_explanation || null });
  });
});

/** Each combination of state and explanation that was recorded, once. */
function recordedStates() {
  const seen = new Map<
    string,
    { note: string; state: string; entry: { job_id: string; state: string; assignment_explanation?: string } }
  >();
  const known: Record<string, string> = { opening: 'OPENING', opened: 'OPENED', closing: 'CLOSING', closed: 'CLOSED', failed: 'FAILED' };
  for (const file of ['03-open-close', '04-states', '05-failed-jobs', '08-upgrade-mode']) {
    for (const { method, path, response } of recording(`elasticsearch-ml/7.9.0/${file}`)) {
      if (method !== 'GET' || !path.includes('/_stats') || !path.includes('anomaly_detectors')) continue;
      for (const entry of (response as { jobs?: { job_id?: string; state?: string; assignment_explanation?: string }[] }).jobs ?? []) {
        if (entry.job_id === undefined || entry.state === undefined) continue;
        const note = `${entry.state}: ${entry.assignment_explanation ?? 'no explanation'}`;
        seen.set(note, { note, state: known[entry.state] ?? 'UNKNOWN', entry: { ...entry, job_id: entry.job_id, state: entry.state } });
      }
    }
  }
  return [...seen.values()];
}

describe('reading jobs by id', () => {
  const known = new Set(['a1', 'a2', 'b1']);
  /** Answers as 7.9 was seen to: every unknown id is named, the answer sorted, groups expanded. */
  const server79 = (deleting: readonly string[] = []) =>
    byPath((ids, isStats) => {
      const there = (id: string) => known.has(id) && !(isStats && deleting.includes(id));
      const unknown = ids.filter((id) => id !== 'ga' && !there(id));
      if (unknown.length > 0) return unknownJobs(...unknown);
      const expanded = [...new Set(ids.flatMap((id) => (id === 'ga' ? ['a1', 'a2'] : [id])))].sort();
      return {
        body: {
          jobs: expanded.map((id) => (isStats ? wireStats(id, 'closed') : wireJob(id, deleting.includes(id) ? { deleting: true } : {}))),
        },
      };
    });

  it('asks again without the ids a 404 names', async () => {
    const { server, adapter, call } = await setUp(server79());
    const { readings } = await adapter.readJobs(['a2', 'nope', 'a1', 'nope2'], fields('Job.id'), call);
    expect(statuses(readings)).toEqual({ a2: 'found', nope: 'gone', a1: 'found', nope2: 'gone' });
    expect(server.requests()).toEqual([`GET ${jobs}/a2,nope,a1,nope2`, `GET ${jobs}/a2,a1`]);
  });

  it('asks no more when every id is unknown', async () => {
    const { server, adapter, call } = await setUp(server79());
    const { readings } = await adapter.readJobs(['nope', 'nope2'], fields('Job.id'), call);
    expect(statuses(readings)).toEqual({ nope: 'gone', nope2: 'gone' });
    expect(server.requests()).toHaveLength(1);
  });

  it('sends nothing for ids no job can have, and lets them fail nobody', async () => {
    const { server, adapter, call } = await setUp(server79());
    const impossible = ['*', 'a*', 'a1,a2', '_all', '_stats', 'Upper', 'a/b', '../x', 'a?b', '-a', '', 'é', 'x'.repeat(300)];
    const { readings } = await adapter.readJobs(['a1', ...impossible], fields('Job.id'), call);
    expect(statuses(readings)).toEqual({ a1: 'found', ...Object.fromEntries(impossible.map((id) => [id, 'gone'])) });
    expect(server.requests()).toEqual([`GET ${jobs}/a1`]);
  });

  it('does not take the jobs of a group for a job of its name', async () => {
    const { adapter, call } = await setUp(server79());
    const { readings } = await adapter.readJobs(['ga', 'b1'], fields('Job.id'), call);
    expect(statuses(readings)).toEqual({ ga: 'gone', b1: 'found' });
  });

  it('keeps a job being deleted that its statistics know no longer', async () => {
    const { adapter, call } = await setUp(server79(['a2']));
    const { readings, missing } = await adapter.readJobs(['a1', 'a2'], fields('Job.state'), call);
    expect(statesOf(readings)).toEqual({ a1: 'CLOSED', a2: 'DELETING' });
    expect(missing).toEqual([]);
  });

  it('cuts a long list so that every request line stays below 4096 bytes, and asks for each id once', async () => {
    const ids = Array.from({ length: 500 }, (_, index) => `${'j'.repeat(58)}-${String(index).padStart(4, '0')}`);
    const { server, adapter, call } = await setUp(
      byPath((asked, isStats) => ({ body: { jobs: asked.map((id) => (isStats ? wireStats(id, 'closed') : wireJob(id))) } })),
      { basePath: '/behind/a/proxy' },
    );
    const { readings } = await adapter.readJobs(ids, fields('Job.state', 'Job.processed'), call);
    expect(new Set(Object.values(statuses(readings)))).toEqual(new Set(['found']));
    expect(Math.max(...server.seen.map(({ target }) => `GET ${target} HTTP/1.1`.length))).toBeLessThanOrEqual(4095);
    const asked = server.seen
      .filter(({ path }) => !path.endsWith('/_stats'))
      .flatMap(({ path }) => path.slice(`${jobs}/`.length).split(','));
    expect(asked.toSorted()).toEqual(ids);
    expect(server.seen.length).toBeLessThanOrEqual(20);
  });

  it('gives the ids of a failed part their reason, and those of the other parts their jobs', async () => {
    const ids = Array.from({ length: 100 }, (_, index) => `${'j'.repeat(58)}-${String(index).padStart(4, '0')}`);
    const { adapter, call } = await setUp(
      byPath((asked) =>
        asked.includes(ids[0] ?? '')
          ? failure(500, 'search_phase_execution_exception', 'all shards failed')
          : { body: { jobs: asked.map((id) => wireJob(id)) } },
      ),
    );
    const { readings } = await adapter.readJobs(ids, fields('Job.id'), call);
    const first = readings.get(ids[0] ?? '');
    expect(first).toMatchObject({ status: 'undetermined', cause: { code: 'BACKEND_UNAVAILABLE' } });
    expect(readings.get(ids[99] ?? '')?.status).toBe('found');
  });

  it('never calls a job gone because machine learning is switched off', async () => {
    const { response, status } = recorded('elasticsearch-ml/7.9.0/22-ml-disabled', `GET ${jobs}/_all`);
    const { adapter, call } = await setUp(() => ({ status, body: response }));
    const { readings } = await adapter.readJobs(['a1'], fields('Job.id'), call);
    expect(readings.get('a1')).toMatchObject({
      status: 'undetermined',
      cause: { code: 'BACKEND_UNAVAILABLE', facts: { retryable: false } },
    });
  });

  it('never calls a job gone because a proxy answers 404', async () => {
    const { adapter, call } = await setUp(() => ({ status: 404, body: { message: 'no route' } }));
    const { readings } = await adapter.readJobs(['a1'], fields('Job.id'), call);
    expect(readings.get('a1')).toMatchObject({ status: 'undetermined', cause: { code: 'BACKEND_UNAVAILABLE' } });
  });

  it('gives up on a server that names ever new ids', async () => {
    const { server, adapter, call } = await setUp(byPath(([first]) => unknownJobs(first ?? '')));
    const { readings } = await adapter.readJobs(['a', 'b', 'c', 'd', 'e', 'f'], fields('Job.id'), call);
    expect(statuses(readings)).toEqual({ a: 'gone', b: 'gone', c: 'gone', d: 'undetermined', e: 'undetermined', f: 'undetermined' });
    expect(server.requests()).toHaveLength(4);
  });

  it('asks for the states of just the datafeeds those jobs have', async () => {
    const withFeed = (id: string) => wireJob(id, { datafeed_config: { datafeed_id: `df-${id}`, indices: [] } });
    const { server, adapter, call } = await setUp(({ path }) => {
      if (path === `${jobs}/a1,a2`) return { body: { jobs: [withFeed('a1'), wireJob('a2')] } };
      if (path === `${jobs}/a1,a2/_stats`) return { body: { jobs: [wireStats('a1', 'opened'), wireStats('a2', 'closed')] } };
      return path === `${feeds}/df-a1/_stats` ? { body: { datafeeds: [{ datafeed_id: 'df-a1', state: 'stopped' }] } } : undefined;
    });
    const { readings } = await adapter.readJobs(['a1', 'a2'], fields('Job.allowedActions', 'Job.datafeed', 'Datafeed.state'), call);
    expect(server.requests()).toHaveLength(3);
    const first = readings.get('a1');
    expect(first?.status === 'found' && first.value.datafeed?.state).toBe('STOPPED');
    expect(first?.status === 'found' && first.value.allowedActions).toEqual(['CLOSE_JOB', 'DELETE_JOB', 'START_DATAFEED']);
  });
});
