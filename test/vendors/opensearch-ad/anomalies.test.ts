import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readDetectorAnomalies, readJobAnomalies } from '../../../src/vendors/opensearch-ad/anomalies.js';
import type { AdapterContext } from '../../../src/vendors/opensearch-ad/context.js';
import { errorOf } from '../support/connect.js';
import { type Answer, type StandIn, startStandIn } from '../support/stand-in.js';
import { base, callOf, connectReads, fields, forbidden, hitsAnswer, indexMissing, recordedAnswer, routes } from './reading-support.js';

const slice = { skip: 0, first: 20 };
const none = fields();

describe('what a detector has found', () => {
  let standIn: StandIn;
  let reads: ReturnType<typeof connectReads>;
  let context: AdapterContext;
  const call = callOf();
  beforeEach(async () => {
    standIn = await startStandIn();
    reads = connectReads(standIn.url);
    context = reads.context;
  });
  afterEach(async () => {
    await reads.dispose();
    await standIn.dispose();
  });
  const answers = (results: Answer, detector: Readonly<Record<string, unknown>> = {}, path = 'detectors/results/_search'): void =>
    standIn.answerWith(routes({ 'detectors/_search': hitsAnswer([{ _id: 'D1', _source: { name: 'd', ...detector } }]), [path]: results }));
  const sent = () => JSON.parse(standIn.seen.at(-1)?.body ?? 'null');

  it('is read from recorded results', async () => {
    answers(recordedAnswer('2.19.4/10-historical-single-finished', 'results with a grade'));
    const { items, totalCount } = await readDetectorAnomalies(context, 'D1', slice, none, call);
    expect(totalCount).toBe(5);
    expect(items[0]).toEqual({
      id: 'detector:os-logs:D1/anomalies/1B0zAaIBJWprpFwBhvfz',
      startAt: 1795061640000,
      endAt: 1795061700000,
      score: 1,
      confidence: 0.6379894524585804,
      entity: [],
      functionName: null,
      fieldName: 'avg_value',
      actual: [86.56233333333334],
      typical: [46.014312744140625],
      interim: false,
    });
  });

  it('is asked for with the highest grade first, then the newest; nothing but what has a grade', async () => {
    answers(hitsAnswer([]));
    await readDetectorAnomalies(context, 'D1', { skip: 40, first: 20 }, none, call);
    expect(sent()).toEqual({
      from: 40,
      size: 20,
      query: { bool: { filter: [{ term: { detector_id: 'D1' } }, { range: { anomaly_grade: { gt: 0 } } }] } },
      sort: [{ anomaly_grade: 'desc' }, { data_start_time: 'desc' }],
      _source: { excludes: ['user'] },
      track_total_hits: true,
    });
  });

  it('of a job is what its real-time run found, in the time and of the entity that are asked for', async () => {
    answers(hitsAnswer([]));
    const entity = [
      { name: 'host', value: 'h1' },
      { name: 'disk', value: 'sda' },
    ];
    await readJobAnomalies(context, 'D1', { ...slice, from: 1_000, to: 2_000, minScore: 0.5, entity }, none, call);
    const pair = (name: string, value: string) => ({
      nested: { path: 'entity', query: { bool: { filter: [{ term: { 'entity.name': name } }, { term: { 'entity.value': value } }] } } },
    });
    expect(sent().query).toEqual({
      bool: {
        filter: [
          { term: { detector_id: 'D1' } },
          { range: { anomaly_grade: { gte: 0.5 } } },
          { range: { data_end_time: { gt: 1_000 } } },
          { range: { data_start_time: { lt: 2_000 } } },
          pair('host', 'h1'),
          pair('disk', 'sda'),
        ],
        must_not: [{ exists: { field: 'task_id' } }],
      },
    });
  });

  it('is looked for in the detector’s own result index, where it has one', async () => {
    answers(hitsAnswer([]), { result_index: 'opensearch-ad-plugin-result-x' }, 'detectors/results/_search/opensearch-ad-plugin-result-x');
    expect(await readDetectorAnomalies(context, 'D1', slice, none, call)).toEqual({ items: [], totalCount: 0 });
    expect(standIn.requests().at(-1)).toBe(`POST ${base}/detectors/results/_search/opensearch-ad-plugin-result-x`);
  });

  it('has the values in the order of the features, by the likeliest explanation, and the feature that did most', async () => {
    const source = {
      detector_id: 'D1',
      data_start_time: 10,
      anomaly_grade: 0.4,
      entity: [{ name: 'host', value: 'h1' }],
      feature_data: [
        { feature_id: 'a', feature_name: 'cpu', data: 1 },
        { feature_id: 'b', feature_name: 'mem', data: 2 },
      ],
      expected_values: [
        { likelihood: 0.2, value_list: [{ feature_id: 'a', data: 7 }] },
        {
          likelihood: 0.8,
          value_list: [
            { feature_id: 'b', data: 20 },
            { feature_id: 'a', data: 10 },
          ],
        },
      ],
      relevant_attribution: [
        { feature_id: 'a', data: 0.1 },
        { feature_id: 'b', data: 0.9 },
      ],
      user: { name: 'ann' },
    };
    answers(hitsAnswer([{ _id: 'R1', _source: source }]));
    const { items } = await readJobAnomalies(context, 'D1', slice, fields('Anomaly.raw'), call);
    expect(items).toMatchObject([
      {
        id: 'job:os-logs:D1/anomalies/R1',
        endAt: null,
        confidence: null,
        fieldName: 'mem',
        actual: [1, 2],
        typical: [10, 20],
        entity: [{ name: 'host', value: 'h1' }],
      },
    ]);
    expect(items[0]?.raw).not.toHaveProperty('user');
  });

  it('is nothing before the first run, with or without an index for it', async () => {
    answers(recordedAnswer('2.19.4/00-virgin-cluster', 'results search'));
    expect(await readDetectorAnomalies(context, 'D1', slice, none, call)).toEqual({ items: [], totalCount: 0 });
    answers(indexMissing('.searchguard-ad-results'));
    expect(await readDetectorAnomalies(context, 'D1', slice, none, call)).toEqual({ items: [], totalCount: 0 });
  });

  it('is not found for a detector nobody knows, and forbidden where it is', async () => {
    standIn.answerWith(routes({ 'detectors/_search': hitsAnswer([]) }));
    expect((await errorOf(readDetectorAnomalies(context, 'nobody', slice, none, call))).code).toBe('NOT_FOUND');
    expect((await errorOf(readJobAnomalies(context, '*', slice, none, call))).code).toBe('NOT_FOUND');
    answers(forbidden);
    expect((await errorOf(readJobAnomalies(context, 'D1', slice, none, call))).code).toBe('FORBIDDEN');
  });

  it('goes no further than the vendor pages', async () => {
    const error = await errorOf(readDetectorAnomalies(context, 'D1', { skip: 9_990, first: 20 }, none, call));
    expect([error.code, error.facts.path, standIn.seen.length]).toEqual(['INVALID_INPUT', ['first'], 0]);
  });
});
