import { describe, expect, it } from 'vitest';
import type { AnomalyQuery, FieldSet } from '../../../src/domain/index.js';
import { errorOf } from '../support/connect.js';
import { byRequest, failure, setUp, unknownJobs } from './support.js';

const records = '/_ml/anomaly_detectors/a1/results/records';
const none: FieldSet = new Set();
const page: AnomalyQuery = { skip: 0, first: 20 };

/** A record as the results API documents it (Elasticsearch specification, ml/_types/Anomaly). */
const record = (more: object = {}) => ({
  job_id: 'a1',
  result_type: 'record',
  probability: 1.3e-7,
  multi_bucket_impact: -5,
  record_score: 91.5,
  initial_record_score: 93,
  bucket_span: 900,
  detector_index: 0,
  is_interim: false,
  timestamp: 1_700_000_000_000,
  function: 'high_count',
  function_description: 'count',
  typical: [3.2],
  actual: [120],
  ...more,
});

const read = async (sent: readonly object[], query: AnomalyQuery = page, fields: FieldSet = none) => {
  const { server, adapter, call } = await setUp(byRequest({ [`GET ${records}`]: { count: sent.length, records: sent } }));
  return { ...(await adapter.readAnomalies('a1', query, fields, call)), server };
};

describe('anomalies of a job', () => {
  it('are its records in the words of the domain', async () => {
    const sent = record({
      field_name: 'responsetime',
      by_field_name: 'airline',
      by_field_value: 'AAL',
      partition_field_name: 'region',
      partition_field_value: 'eu',
      influencers: [
        { influencer_field_name: 'airline', influencer_field_values: ['AAL'] },
        { influencer_field_name: 'host', influencer_field_values: ['h1', 'h2'] },
      ],
      is_interim: true,
    });
    const { items, totalCount } = await read([sent]);
    expect(totalCount).toBe(1);
    expect(items).toEqual([
      {
        id: expect.stringMatching(/^job:es-prod:a1\/anomalies\/1700000000000_900_0_[0-9a-f]{16}$/),
        startAt: 1_700_000_000_000,
        endAt: 1_700_000_900_000,
        score: 0.915,
        confidence: null,
        entity: [
          { name: 'region', value: 'eu' },
          { name: 'airline', value: 'AAL' },
          { name: 'host', value: 'h1' },
          { name: 'host', value: 'h2' },
        ],
        functionName: 'high_count',
        fieldName: 'responsetime',
        actual: [120],
        typical: [3.2],
        interim: true,
      },
    ]);
  });

  it('show as they were sent only when that is wanted', async () => {
    const { items } = await read([record()], page, new Set(['Anomaly.raw']));
    expect(items[0]?.raw).toEqual(record());
    expect((await read([record()])).items[0]).not.toHaveProperty('raw');
  });

  it('have ids that tell apart what happened at once, and stay the same from reading to reading', async () => {
    const at = (value?: string, more: object = {}) =>
      record({ ...(value ? { by_field_name: 'host', by_field_value: value } : {}), ...more });
    const sent = [
      at(),
      at('h1'),
      at('h2'),
      at('h1', { detector_index: 1 }),
      at('h1', { timestamp: 1_700_000_900_000 }),
      at('h1', { bucket_span: 60 }),
    ];
    const ids = async () => (await read(sent)).items.map(({ id }) => id);
    const first = await ids();
    expect(new Set(first).size).toBe(sent.length);
    expect(await ids()).toEqual(first);
  });

  it('of a population take what they measured from its one cause', async () => {
    const cause = {
      function: 'mean',
      field_name: 'bytes',
      over_field_name: 'client',
      over_field_value: 'c7',
      by_field_name: 'uri',
      by_field_value: '/x',
      actual: [9],
      typical: [1],
    };
    const population = {
      over_field_name: 'client',
      over_field_value: 'c7',
      causes: [cause],
      function: undefined,
      typical: undefined,
      actual: undefined,
    };
    const { items } = await read([record(population), record({ ...population, causes: [cause, cause] })]);
    expect(items[0]).toMatchObject({
      functionName: 'mean',
      fieldName: 'bytes',
      actual: [9],
      typical: [1],
      entity: [
        { name: 'client', value: 'c7' },
        { name: 'uri', value: '/x' },
      ],
    });
    expect(items[1]).toMatchObject({ functionName: null, actual: [], typical: [], entity: [{ name: 'client', value: 'c7' }] });
  });

  it('survive fields of types nobody has seen', async () => {
    const { items } = await read([record({ actual: 'x', bucket_span: null, influencers: [{ new: 1 }], function: 7, is_interim: 'no' })]);
    expect(items[0]).toMatchObject({ actual: [], endAt: null, functionName: null, interim: false, entity: [] });
  });

  it('are asked for by score and time, and paged by the vendor', async () => {
    const { server } = await read([], { skip: 40, first: 20, from: 1_000, to: 2_000, minScore: 0.29 });
    expect(server.seen.map(({ target }) => target)).toEqual([
      `${records}?start=1000&end=2000&record_score=29&sort=record_score&desc=true&from=40&size=20`,
    ]);
  });

  it('of one score stand newest first', async () => {
    const { items } = await read([record({ timestamp: 1 }), record({ timestamp: 3 }), record({ record_score: 5, timestamp: 9 })]);
    expect(items.map(({ startAt }) => startAt)).toEqual([3, 1, 9]);
  });

  it('are not paged beyond what Elasticsearch pages', async () => {
    const { server, adapter, call } = await setUp(byRequest({}));
    const error = await errorOf(adapter.readAnomalies('a1', { skip: 9_990, first: 20 }, none, call));
    expect([error.code, error.facts.path]).toEqual(['INVALID_INPUT', ['first']]);
    expect(server.requests()).toEqual([]);
  });

  it('of no job are not found, whatever the id looks like', async () => {
    const { server, adapter, call } = await setUp(() => unknownJobs('nope'));
    for (const id of ['nope', 'a,b', '_all', 'A b'])
      expect((await errorOf(adapter.readAnomalies(id, page, none, call))).code).toBe('NOT_FOUND');
    expect(server.requests()).toEqual(['GET /_ml/anomaly_detectors/nope/results/records']);
  });

  it('fail in the words of the catalogue', async () => {
    const { adapter, call } = await setUp(() =>
      failure(403, 'security_exception', 'action [cluster:monitor/xpack/ml/job/results/records/get] is unauthorized for user [u]'),
    );
    const error = await errorOf(adapter.readAnomalies('a1', page, none, call));
    expect([error.code, error.facts.missing]).toEqual(['FORBIDDEN', ['monitor_ml']]);
  });
});

describe('anomalies of an entity', () => {
  const many = (count: number, isMatch: (index: number) => boolean) =>
    Array.from({ length: count }, (_, index) =>
      record({
        timestamp: index,
        record_score: 90 - index / 1000,
        partition_field_name: 'host',
        partition_field_value: isMatch(index) ? 'h1' : 'h2',
      }),
    );
  const setUpWith = (sent: readonly object[]) =>
    setUp(({ query }) => {
      const from = Number(query.get('from'));
      return { body: { count: sent.length, records: sent.slice(from, from + Number(query.get('size'))) } };
    });
  const entity = [{ name: 'host', value: 'h1' }];

  it('are picked out here, for the vendor has no such filter', async () => {
    const { server, adapter, call } = await setUpWith(many(2_500, (index) => index % 1_000 === 999));
    const all = await adapter.readAnomalies('a1', { ...page, entity }, none, call);
    expect(all.items.map(({ startAt }) => startAt)).toEqual([999, 1999]);
    expect(all.totalCount).toBeNull();
    expect(server.seen.map(({ query }) => [query.get('from'), query.get('size')])).toEqual([
      ['0', '1000'],
      ['1000', '1000'],
      ['2000', '1000'],
    ]);
    expect((await adapter.readAnomalies('a1', { skip: 1, first: 1, entity }, none, call)).items.map(({ startAt }) => startAt)).toEqual([
      1999,
    ]);
  });

  it('are read no further than the page needs', async () => {
    const { server, adapter, call } = await setUpWith(many(5_000, () => true));
    expect((await adapter.readAnomalies('a1', { skip: 10, first: 5, entity }, none, call)).items).toHaveLength(5);
    expect(server.requests()).toHaveLength(1);
  });

  it('have to have every pair', async () => {
    const { adapter, call } = await setUpWith(many(3, () => true));
    const both = [...entity, { name: 'region', value: 'eu' }];
    expect((await adapter.readAnomalies('a1', { ...page, entity: both }, none, call)).items).toEqual([]);
  });

  it('beyond what can be read are not passed over in silence', async () => {
    const { server, adapter, call } = await setUpWith(many(12_000, () => false));
    const error = await errorOf(adapter.readAnomalies('a1', { ...page, entity }, none, call));
    expect([error.code, error.facts.path]).toEqual(['INVALID_INPUT', ['filter']]);
    expect(server.requests()).toHaveLength(10);
  });
});

describe('model snapshots', () => {
  const path = '/_ml/anomaly_detectors/a1/model_snapshots';

  it('are read newest first, and counted by the vendor', async () => {
    const { server, adapter, call } = await setUp(
      byRequest({
        [`GET ${path}`]: {
          count: 7,
          model_snapshots: [
            {
              job_id: 'a1',
              min_version: '8.3.0',
              timestamp: 1_700_000_000_000,
              description: 'State persisted due to job close',
              snapshot_id: '1700000000',
              snapshot_doc_count: 3,
              latest_record_time_stamp: 1_699_999_000_000,
              latest_result_time_stamp: 1_699_998_000_000,
              retain: true,
            },
            { snapshot_id: '1600000000', timestamp: 1_600_000_000_000 },
          ],
        },
      }),
    );
    expect(await adapter.readModelSnapshots('a1', { skip: 2, first: 2 }, call)).toEqual({
      items: [
        {
          snapshotId: '1700000000',
          description: 'State persisted due to job close',
          createdAt: 1_700_000_000_000,
          documentCount: 3,
          latestRecordAt: 1_699_999_000_000,
          latestResultAt: 1_699_998_000_000,
          retain: true,
        },
        {
          snapshotId: '1600000000',
          description: null,
          createdAt: 1_600_000_000_000,
          documentCount: null,
          latestRecordAt: null,
          latestResultAt: null,
          retain: false,
        },
      ],
      totalCount: 7,
    });
    expect(server.seen.map(({ target }) => target)).toEqual([`${path}?from=2&size=2&sort=timestamp&desc=true`]);
  });

  it('of no job are not found, and not paged without end', async () => {
    const { adapter, call } = await setUp(() => unknownJobs('nope'));
    expect((await errorOf(adapter.readModelSnapshots('nope', page, call))).code).toBe('NOT_FOUND');
    expect((await errorOf(adapter.readModelSnapshots('*', page, call))).code).toBe('NOT_FOUND');
    expect((await errorOf(adapter.readModelSnapshots('a1', { skip: 10_000, first: 1 }, call))).code).toBe('INVALID_INPUT');
  });

  it('are nothing a proxy could give', async () => {
    const { adapter, call } = await setUp(byRequest({ [`GET ${path}`]: { body: ['?'] } }));
    expect((await errorOf(adapter.readModelSnapshots('a1', page, call))).code).toBe('BACKEND_UNAVAILABLE');
  });
});
