import { describe, expect, it } from 'vitest';
import type { FieldSet } from '../../../src/domain/index.js';
import { errorOf } from '../support/connect.js';
import { recording } from '../support/recordings.js';
import type { Answer, Seen } from '../support/stand-in.js';
import { byRequest, failure, setUp, wireJob, wireStats } from './support.js';

const search = 'POST /.ml-notifications*/_search';
const privileges = 'POST /_security/user/_has_privileges';
const jobs = '/_ml/anomaly_detectors';
const noIndex = { _shards: { total: 0, successful: 0, skipped: 0, failed: 0 }, hits: { hits: [] } };
const line = (timestamp: number, message: string, more: object = {}) => ({
  _index: '.ml-notifications-000002',
  _source: { job_id: 'a1', message, level: 'info', timestamp, node_name: 'node-1', job_type: 'anomaly_detector', ...more },
});
const ofOne = (...hits: readonly unknown[]) => ({ _shards: { total: 1, failed: 0 }, hits: { hits } });
const bodyOf = (seen: Seen | undefined) => JSON.parse(seen?.body ?? '{}');

describe('messages of one job', () => {
  it('are the lines a real 7.9 wrote', async () => {
    const [audit] = recording('elasticsearch-ml/7.9.0/25-restart-and-audit');
    const { server, adapter, call } = await setUp(byRequest({ [search]: { body: audit?.response } }), { version: '7.9.0' });
    const lines = (await adapter.readJobMessages(['t1'], 60, call)).get('t1') ?? [];
    expect(lines).toHaveLength(8);
    expect(lines[0]).toEqual({ at: 1_795_316_873_570, level: 'info', message: 'Job created', nodeName: 'node-1' });
    expect(server.requests()).toEqual([search]);
  });

  it('are asked for newest first, and only of anomaly detection', async () => {
    const { server, adapter, call } = await setUp(byRequest({ [search]: ofOne(line(2, 'Job is closing'), line(1, 'Job created')) }));
    const read = await adapter.readJobMessages(['a1'], 5, call);
    expect(read.get('a1')?.map(({ message }) => message)).toEqual(['Job is closing', 'Job created']);
    expect(bodyOf(server.seen[0])).toEqual({
      size: 5,
      query: {
        bool: {
          filter: [{ terms: { job_id: ['a1'] } }],
          must_not: [{ terms: { job_type: ['data_frame_analytics', 'inference', 'system'] } }],
        },
      },
      sort: [{ timestamp: { order: 'desc', unmapped_type: 'date' } }],
      _source: ['timestamp', 'level', 'message', 'node_name'],
      track_total_hits: false,
    });
  });

  it('leave out a line that is none, and read times that are text', async () => {
    const sent = ofOne(
      line(0, 'x', { timestamp: '2023-11-14T22:13:20Z', node_name: null, level: 3 }),
      { _source: { odd: true } },
      line(0, 'y', { timestamp: 'never' }),
    );
    const { adapter, call } = await setUp(byRequest({ [search]: sent }));
    expect((await adapter.readJobMessages(['a1'], 5, call)).get('a1')).toEqual([
      { at: 1_700_000_000_000, level: 'info', message: 'x', nodeName: null },
    ]);
  });

  it('cost nothing when none are wanted', async () => {
    const { server, adapter, call } = await setUp(byRequest({}));
    expect(await adapter.readJobMessages([], 5, call)).toEqual(new Map());
    expect(await adapter.readJobMessages(['a1'], 0, call)).toEqual(new Map([['a1', []]]));
    expect(server.requests()).toEqual([]);
  });

  it('are asked for again after a failure, as any read is', async () => {
    const { adapter, call } = await setUp(() => failure(503, 'search_phase_execution_exception', 'all shards failed'));
    const error = await errorOf(adapter.readJobMessages(['a1'], 5, call));
    expect([error.code, error.facts.outcomeUnknown]).toEqual(['BACKEND_UNAVAILABLE', undefined]);
  });
});

describe('messages of several jobs', () => {
  const grouped = (...buckets: readonly (readonly [string, ...unknown[]])[]) => ({
    _shards: { total: 2, failed: 0 },
    hits: { hits: [] },
    aggregations: { jobs: { buckets: buckets.map(([key, ...hits]) => ({ key, doc_count: hits.length, newest: { hits: { hits } } })) } },
  });

  it('are one search, with no more of each than is wanted', async () => {
    const { server, adapter, call } = await setUp(byRequest({ [search]: grouped(['a1', line(2, 'x')], ['other', line(1, 'z')]) }));
    expect(await adapter.readJobMessages(['a1', 'b1', 'a1'], 3, call)).toEqual(
      new Map([
        ['a1', [{ at: 2, level: 'info', message: 'x', nodeName: 'node-1' }]],
        ['b1', []],
      ]),
    );
    expect(server.requests()).toEqual([search]);
    const body = bodyOf(server.seen[0]);
    expect([body.size, body.query.bool.filter]).toEqual([0, [{ terms: { job_id: ['a1', 'b1'] } }]]);
    expect(body.aggs.jobs).toMatchObject({ terms: { field: 'job_id', size: 2 }, aggs: { newest: { top_hits: { size: 3 } } } });
  });

  it('are at most a hundred of each, which is all that such a search gives', async () => {
    const { server, adapter, call } = await setUp(byRequest({ [search]: grouped() }));
    await adapter.readJobMessages(['a1', 'b1'], 500, call);
    expect(bodyOf(server.seen[0]).aggs.jobs.aggs.newest.top_hits.size).toBe(100);
  });

  it('are not taken to be none when the groups are missing', async () => {
    const { adapter, call } = await setUp(byRequest({ [search]: ofOne() }));
    expect((await errorOf(adapter.readJobMessages(['a1', 'b1'], 3, call))).code).toBe('BACKEND_UNAVAILABLE');
  });
});

describe('a log that cannot be read', () => {
  const read = async (answers: Readonly<Record<string, Answer | unknown>>) => {
    const { server, adapter, call } = await setUp(byRequest(answers));
    const outcome = await adapter.readJobMessages(['a1'], 5, call).catch((error: unknown) => error);
    return { outcome, requests: server.requests() };
  };
  const empty = new Map([['a1', []]]);

  it('is empty where there is no index, and the credentials may read it', async () => {
    const { outcome, requests } = await read({ [search]: noIndex, [privileges]: { has_all_requested: true } });
    expect(outcome).toEqual(empty);
    expect(requests).toEqual([search, privileges]);
  });

  it('is out of reach where the pattern silently stood for nothing', async () => {
    const { outcome } = await read({ [search]: noIndex, [privileges]: { has_all_requested: false } });
    expect(outcome).toMatchObject({ code: 'FORBIDDEN', facts: { missing: ['read on .ml-notifications*'] } });
  });

  it('is empty where there is no index and no security to ask', async () => {
    expect((await read({ [search]: noIndex })).outcome).toEqual(empty);
    const gone = failure(404, 'index_not_found_exception', 'no such index [.ml-notifications*]');
    expect((await read({ [search]: gone })).outcome).toEqual(empty);
  });

  it('is not taken for empty when nobody can say why nothing was found', async () => {
    const { outcome } = await read({ [search]: noIndex, [privileges]: failure(503, 'master_not_discovered_exception', '') });
    expect(outcome).toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
  });

  it.each([
    [
      failure(403, 'security_exception', 'action [indices:data/read/search] is unauthorized for user [mon]'),
      'FORBIDDEN',
      ['read on .ml-notifications*'],
    ],
    [failure(401, 'security_exception', 'unable to authenticate user [x] for REST request [/]'), 'FORBIDDEN', []],
    [
      failure(403, 'cluster_block_exception', 'index [.ml-notifications-000002] blocked by: [FORBIDDEN/4/index closed];'),
      'REFUSED',
      undefined,
    ],
    [failure(500, 'search_phase_execution_exception', 'all shards failed'), 'BACKEND_UNAVAILABLE', undefined],
    [{ body: { _shards: { total: 2, failed: 1 }, hits: { hits: [] } } }, 'BACKEND_UNAVAILABLE', undefined],
  ])('says why: %j', async (answer, code, missing) => {
    const { outcome } = await read({ [search]: answer });
    expect(outcome).toMatchObject({ code });
    expect((outcome as { facts: { missing?: unknown } }).facts.missing).toEqual(missing);
  });
});

describe('why a job is in its state', () => {
  const fields: FieldSet = new Set(['Job.state', 'Job.stateReason']);
  const listing = (config: readonly object[], stats: readonly object[], more: Readonly<Record<string, unknown>> = {}) =>
    setUp(byRequest({ [`GET ${jobs}`]: { jobs: config }, [`GET ${jobs}/_stats`]: { jobs: stats }, ...more }));
  const failed = wireStats('a1', 'failed', { assignment_explanation: '' });

  it('is the newest error in its log once it has failed, and costs one search for all of them', async () => {
    const { server, adapter, call } = await listing([wireJob('a1'), wireJob('b1')], [failed, wireStats('b1', 'opened')], {
      [search]: ofOne(line(9, 'job failed: process died', { level: 'error' })),
    });
    const { items, missing } = await adapter.listJobs(fields, call);
    expect(items.map(({ stateReason }) => stateReason)).toEqual(['job failed: process died', null]);
    expect(missing).toEqual([]);
    expect(bodyOf(server.seen.at(-1))).toMatchObject({
      size: 1,
      query: { bool: { filter: [{ terms: { job_id: ['a1'] } }, { term: { level: 'error' } }] } },
    });
    expect(server.requests()).toHaveLength(3);
  });

  it('is also read with single jobs, and never when it is not wanted or none has failed', async () => {
    const one = (state: string) =>
      setUp(({ path, method }) => {
        if (`${method} ${path}` === search) return { body: ofOne(line(9, 'died', { level: 'error' })) };
        return { body: { jobs: [path.endsWith('_stats') ? wireStats('a1', state) : wireJob('a1')] } };
      });
    const reasonAndCalls = async (state: string, wanted: FieldSet) => {
      const { server, adapter, call } = await one(state);
      const reading = (await adapter.readJobs(['a1'], wanted, call)).readings.get('a1');
      return [reading?.status === 'found' ? reading.value.stateReason : reading, server.requests().includes(search)];
    };
    expect(await reasonAndCalls('failed', fields)).toEqual(['died', true]);
    expect(await reasonAndCalls('failed', new Set(['Job.state']))).toEqual([undefined, false]);
    expect(await reasonAndCalls('opened', fields)).toEqual([null, false]);
  });

  it('is missing, and said to be, where the log may not be read', async () => {
    const { adapter, call } = await listing([wireJob('a1')], [failed], {
      [search]: failure(403, 'security_exception', 'action [indices:data/read/search] is unauthorized for user [mon]'),
    });
    const { items, missing } = await adapter.listJobs(fields, call);
    expect(items[0]).toMatchObject({ state: 'FAILED', stateReason: null });
    expect(missing.map(({ part, error }) => [part, error.code])).toEqual([['MESSAGES', 'FORBIDDEN']]);
  });

  it.each([
    [{ blocked: { reason: 'reset', task_id: 'N:5' } }, 'blocked by reset, task N:5'],
    [{ blocked: { reason: 'delete' } }, 'blocked by delete'],
    [{ deleting: true }, 'blocked by delete'],
    [{ blocked: { reason: 'none' } }, 'no node'],
    [{}, 'no node'],
  ])('is what holds it before anything else: %j', async (config, reason) => {
    const { adapter, call } = await listing([wireJob('a1', config)], [wireStats('a1', 'closed', { assignment_explanation: 'no node' })]);
    expect((await adapter.listJobs(fields, call)).items[0]?.stateReason).toBe(reason);
  });
});
