import { describe, expect, it } from 'vitest';
import { refusal, type Server, startServer } from './server.js';

const minutes = (interval: number) => ({ period: { interval, unit: 'Minutes' } });

const config = (more: object = {}) => ({
  name: 'cpu',
  time_field: 'timestamp',
  indices: ['metrics'],
  feature_attributes: [{ feature_name: 'avg_value', feature_enabled: true, aggregation_query: { avg_value: { avg: { field: 'value' } } } }],
  detection_interval: minutes(1),
  ...more,
});

async function withData(version = '2.19.4'): Promise<Server> {
  const server = await startServer({ version });
  await server.raw('POST', '/_simulator/data', {});
  return server;
}

describe('creating a detector', () => {
  it('fills in defaults', async () => {
    const server = await withData();
    const created = await server.ask('POST', '/detectors', config());
    expect([created.status, created.headers.get('location')]).toEqual([201, `/_opendistro/_anomaly_detection/${created.body._id}`]);
    expect(created.body.anomaly_detector).toMatchObject({
      filter_query: { match_all: { boost: 1 } },
      window_delay: minutes(0),
      shingle_size: 8,
      recency_emphasis: 2560,
      history: 40,
      detector_type: 'SINGLE_ENTITY',
      rules: [{ action: 'IGNORE_ANOMALY' }],
    });
    const older = await (await withData('2.11.0')).ask('POST', '/detectors', config());
    expect(older.body.anomaly_detector).not.toHaveProperty('rules');
  });

  it.each<[string, object, number, string]>([
    ['no name', { name: undefined }, 500, 'name should be set'],
    ['a bad name', { name: 'a b' }, 500, 'Valid characters for name are a-z, A-Z, 0-9, -(hyphen), _(underscore) and .(period)'],
    ['no time field', { time_field: undefined }, 500, 'Time field should be set'],
    ['no interval', { detection_interval: minutes(0) }, 500, 'Detection interval must be a positive integer'],
    ['an index that is missing', { indices: ['nope'] }, 404, 'no such index [nope]'],
    [
      'a feature over words',
      { feature_attributes: [{ feature_name: 'f', aggregation_query: { f: { avg: { field: 'host' } } } }] },
      500,
      'Validation failed for feature(s) of detector cpu Exceptions: [Feature has an invalid query causing a runtime exception: f]',
    ],
  ])('refuses %s', async (_, more, status, reason) => {
    const server = await withData();
    expect(refusal(await server.ask('POST', '/detectors', config(more)))).toEqual([status, reason]);
  });

  it('refuses a name twice, in the words of the release', async () => {
    const server = await withData();
    await server.ask('POST', '/detectors', config());
    const reason = "Cannot create anomaly detector with name [cpu] as it's already used by another detector";
    expect(refusal(await server.ask('POST', '/detectors', config()))).toEqual([409, reason]);
    expect((await server.ask('POST', '/detectors/_validate', config())).body).toEqual({ detector: { name: { message: reason } } });
    const older = await withData('2.11.0');
    const { _id: id } = (await older.ask('POST', '/detectors', config())).body;
    expect(refusal(await older.ask('POST', '/detectors', config()))).toEqual([
      500,
      `Cannot create anomaly detector with name [cpu] as it's already used by detector [${id}]`,
    ]);
  });
});

describe('changing a detector', () => {
  it('counts versions and minds sequence numbers', async () => {
    const server = await withData();
    const { _id: id = '', _seq_no: seqNo = -1 } = (await server.ask('POST', '/detectors', config())).body;
    const changed = await server.ask('PUT', `/detectors/${id}?if_seq_no=${seqNo}&if_primary_term=1`, config({ description: 'new' }));
    expect([changed.status, changed.body._version, changed.body.anomaly_detector?.description]).toEqual([200, 2, 'new']);
    expect(refusal(await server.ask('PUT', `/detectors/${id}?if_seq_no=${seqNo}&if_primary_term=1`, config()))).toEqual([
      400,
      `There was a problem updating the config:[${id}]`,
    ]);
    expect(refusal(await server.ask('PUT', `/detectors/${id}?if_seq_no=1`, config()))).toEqual([
      400,
      'Validation Failed: 1: ifSeqNo is set, but primary term is [0];',
    ]);
    expect(refusal(await server.ask('PUT', '/detectors/nope', config({ name: 'other' })))).toEqual([
      404,
      "Can't find config with id: nope",
    ]);
  });

  it('ends with its deletion', async () => {
    const server = await withData();
    const { _id: id = '' } = (await server.ask('POST', '/detectors', config())).body;
    expect((await server.ask('DELETE', `/detectors/${id}`)).body).toMatchObject({ result: 'deleted', _version: 2 });
    expect((await server.ask('DELETE', `/detectors/${id}`)).body).toMatchObject({ result: 'not_found' });
    expect((await server.ask('GET', '/detectors/count')).body.count).toBe(0);
  });
});

describe('starting', () => {
  it.each<[string, object, string]>([
    ['without features', { feature_attributes: [] }, "Can't start job as no features configured"],
    [
      'with features switched off',
      { feature_attributes: [{ feature_name: 'f', feature_enabled: false, aggregation_query: { f: { avg: { field: 'value' } } } }] },
      "Can't start job as no enabled features configured",
    ],
  ])('is refused %s', async (_, more, reason) => {
    const server = await withData();
    const { _id: id = '' } = (await server.ask('POST', '/detectors', config(more))).body;
    expect(refusal(await server.ask('POST', `/detectors/${id}/_start`))).toEqual([400, reason]);
  });

  it.each<[object, string]>([
    [{}, "Detection data range's start time must not be null"],
    [{ start_time: 1 }, "Detection data range's end time must not be null"],
    [{ start_time: 2, end_time: 1 }, "Detection data range's end time must be after start time"],
    [{ start_time: 'yesterday', end_time: 2 }, 'For input string: "yesterday"'],
  ])('is refused with the range %j', async (range, reason) => {
    const server = await startServer();
    const id = await server.seed();
    expect(refusal(await server.ask('POST', `/detectors/${id}/_start`, range))).toEqual([400, reason]);
  });
});

describe('seeds', () => {
  it.each(['opensearch-ad', 'search-guard-ad'])('give %s a handful of believable detectors', async (id) => {
    const server = await startServer({ empty: false }, id);
    expect((await server.ask('GET', '/detectors/count')).body.count).toBe(5);
    const tasks = await server.tasks({ match_all: {} });
    expect(tasks.map(({ state }) => state).sort()).toEqual([
      'FAILED',
      'FINISHED',
      'FINISHED',
      'FINISHED',
      'FINISHED',
      'RUNNING',
      'STOPPED',
    ]);
    const graded = await server.ask('POST', '/detectors/results/_search', { query: { range: { anomaly_grade: { gt: 0 } } } });
    expect(graded.body.hits?.total.value).toBeGreaterThan(3);
    expect(Object.keys((await server.ask('GET', '/stats')).body.nodes ?? {})).toHaveLength(3);
  });
});
