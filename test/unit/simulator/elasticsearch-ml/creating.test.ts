import { describe, expect, it } from 'vitest';
import { failure, type Server, startServer } from './server.js';

const bare = { analysis_config: { detectors: [{ function: 'count' }] }, data_description: {} };

const put = (server: Server, id: string, body: object) => server.ask('PUT', `/_ml/anomaly_detectors/${id}`, { body });

describe('PUT of a job', () => {
  it('answers the job with its defaults, and lists it', async () => {
    const server = await startServer();
    const { status, body } = await put(server, 'one', bare);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      job_id: 'one',
      job_type: 'anomaly_detector',
      analysis_config: {
        bucket_span: '5m',
        detectors: [{ detector_description: 'count', function: 'count', detector_index: 0 }],
        influencers: [],
      },
      analysis_limits: { model_memory_limit: '1gb', categorization_examples_limit: 4 },
      data_description: { time_field: 'time', time_format: 'epoch_ms' },
      model_snapshot_retention_days: 10,
      daily_model_snapshot_retention_after_days: 1,
      results_index_name: 'shared',
      allow_lazy_open: false,
    });
    expect((await server.ask('GET', '/_ml/anomaly_detectors/one')).body).toMatchObject({ count: 1, jobs: [{ job_id: 'one' }] });
    expect(await server.state('one')).toBe('closed');
  });

  it.each([
    [{ function: 'mean', field_name: 'bytes' }, 'mean(bytes)'],
    [{ function: 'rare', by_field_name: 'user' }, 'rare by user'],
    [{ function: 'sum', field_name: 'a', over_field_name: 'b', partition_field_name: 'c' }, 'sum(a) over b partitionfield=c'],
    [{ function: 'count', detector_description: 'mine' }, 'mine'],
  ])('describes the detector %j as "%s"', async (detector, description) => {
    const server = await startServer();
    const { body } = await put(server, 'one', { ...bare, analysis_config: { detectors: [detector] } });
    expect(body).toMatchObject({ analysis_config: { detectors: [{ detector_description: description }] } });
  });

  it('keeps results of its own in an index of its own', async () => {
    const server = await startServer();
    expect((await put(server, 'one', { ...bare, results_index_name: 'mine' })).body).toMatchObject({ results_index_name: 'custom-mine' });
  });

  it('takes an embedded datafeed since 7.14, named as the job unless it has a name', async () => {
    const server = await startServer();
    await put(server, 'one', { ...bare, datafeed_config: { indices: ['metrics'] } });
    const { body } = await put(server, 'two', { ...bare, datafeed_config: { datafeed_id: 'feed', indices: ['metrics'] } });
    expect(body).toMatchObject({ datafeed_config: { datafeed_id: 'feed', job_id: 'two', indices: ['metrics'] } });
    expect((await server.ask('GET', '/_ml/datafeeds')).body.datafeeds?.map(({ datafeed_id }) => datafeed_id)).toEqual(['feed', 'one']);
  });

  it('creates neither job nor datafeed when the embedded datafeed is not right', async () => {
    const server = await startServer();
    const { status } = await put(server, 'one', { ...bare, datafeed_config: { indices: [] } });
    expect(status).toBe(400);
    expect((await server.ask('GET', '/_ml/anomaly_detectors')).body.count).toBe(0);
  });

  it.each([
    [{}, 'illegal_argument_exception', 'An analysis_config must be set'],
    [{ analysis_config: { detectors: [] }, data_description: {} }, 'illegal_argument_exception', 'No detectors configured'],
    [{ analysis_config: bare.analysis_config }, 'illegal_argument_exception', 'A data_description must be set'],
    [{ foo: 1 }, 'x_content_parse_exception', '[1:2] [job_details] unknown field [foo]'],
  ])('refuses %j', async (body, type, reason) => {
    const server = await startServer();
    expect((await put(server, 'one', body)).body).toEqual(failure(400, type, reason));
  });

  it('wants a body', async () => {
    const server = await startServer();
    const { body } = await server.ask('PUT', '/_ml/anomaly_detectors/one');
    expect(body).toEqual(failure(400, 'parse_exception', 'request body is required'));
  });

  it('is refused in upgrade mode and without a licence', async () => {
    const server = await startServer();
    await server.ask('PUT', '/_simulator/settings', { body: { licence: 'basic' } });
    expect((await put(server, 'one', bare)).status).toBe(403);
    await server.ask('PUT', '/_simulator/settings', { body: { licence: 'trial', upgradeMode: true } });
    expect((await put(server, 'one', bare)).body.error?.reason).toBe(
      'Cannot perform cluster:admin/xpack/ml/job/put action while upgrade mode is enabled',
    );
  });
});

describe('_update of a job', () => {
  it('changes what may be changed and answers the job', async () => {
    const server = await startServer();
    await put(server, 'one', bare);
    const changes = { description: 'new', groups: ['g'], custom_settings: { a: 1 } };
    const { body } = await server.ask('POST', '/_ml/anomaly_detectors/one/_update', { body: changes });
    expect(body).toMatchObject({ job_id: 'one', ...changes });
    expect((await server.ask('GET', '/_ml/anomaly_detectors/g')).body.count).toBe(1);
  });

  it.each([
    ['one', { data_description: {} }, 400, '[1:2] [job_update] unknown field [data_description] did you mean [description]?'],
    ['nope', { description: 'x' }, 404, "No known job with id 'nope'"],
  ])('refuses %s %j', async (id, body, status, reason) => {
    const server = await startServer();
    await put(server, 'one', bare);
    const answer = await server.ask('POST', `/_ml/anomaly_detectors/${id}/_update`, { body });
    expect([answer.status, answer.body.error?.reason]).toEqual([status, reason]);
  });
});

describe('datafeeds', () => {
  async function startWithFeed(): Promise<Server> {
    const server = await startServer();
    await server.ask('PUT', '/metrics', { body: { mappings: { properties: { time: { type: 'date' } } } } });
    await put(server, 'one', bare);
    await server.ask('PUT', '/_ml/datafeeds/feed', { body: { job_id: 'one', indices: ['metrics'] } });
    return server;
  }

  it('are created with defaults', async () => {
    const server = await startWithFeed();
    const { body } = await server.ask('GET', '/_ml/datafeeds/feed');
    expect(body.datafeeds).toMatchObject([
      {
        datafeed_id: 'feed',
        job_id: 'one',
        indices: ['metrics'],
        query: { match_all: {} },
        scroll_size: 1000,
        chunking_config: { mode: 'auto' },
      },
    ]);
  });

  it('are read by the job that is opened, once the index has the time', async () => {
    const server = await startWithFeed();
    await server.ask('POST', '/_ml/anomaly_detectors/one/_open');
    expect((await server.ask('POST', '/_ml/datafeeds/feed/_start')).body).toMatchObject({ started: true });
    await server.ask('PUT', '/other');
    await put(server, 'two', bare);
    await server.ask('PUT', '/_ml/datafeeds/feed2', { body: { job_id: 'two', indices: ['other'] } });
    await server.ask('POST', '/_ml/anomaly_detectors/two/_open');
    const { body } = await server.ask('POST', '/_ml/datafeeds/feed2/_start');
    expect(body.error?.reason).toBe('[feed2] cannot retrieve field [time] because it has no mappings');
  });

  it('are changed while they are stopped, but not given to another job', async () => {
    const server = await startWithFeed();
    const { body } = await server.ask('POST', '/_ml/datafeeds/feed/_update', { body: { frequency: '30s', indices: ['a', 'b'] } });
    expect(body).toMatchObject({ frequency: '30s', indices: ['a', 'b'] });
    const moved = await server.ask('POST', '/_ml/datafeeds/feed/_update', { body: { job_id: 'two' } });
    expect(moved.body.error?.reason).toBe("Datafeed's job_id cannot be changed. Old: [one], new: [two]");
  });

  it('are deleted when stopped, by force when started', async () => {
    const server = await startWithFeed();
    await server.ask('POST', '/_ml/anomaly_detectors/one/_open');
    await server.ask('POST', '/_ml/datafeeds/feed/_start');
    const refused = await server.ask('DELETE', '/_ml/datafeeds/feed');
    expect(refused.body).toEqual(failure(409, 'status_exception', 'Cannot delete datafeed [feed] while its status is started'));
    expect((await server.ask('DELETE', '/_ml/datafeeds/feed?force=true')).body).toEqual({ acknowledged: true });
    expect((await server.ask('GET', '/_ml/datafeeds')).body.count).toBe(0);
  });

  it.each([
    ['feed', { job_id: 'two', indices: ['x'] }, 400, 'A datafeed with id [feed] already exists'],
    ['new', { job_id: 'one', indices: ['x'] }, 409, 'A datafeed [feed] already exists for job [one]'],
    [
      'new',
      { datafeed_id: 'x', job_id: 'two', indices: ['x'] },
      400,
      "Inconsistent datafeed_id; 'x' specified in the body differs from 'new' specified as a URL argument",
    ],
    ['new', { job_id: 'two', indices: ['x'], query: { magic: {} } }, 400, '[1:52] [datafeed_config] failed to parse field [query]'],
  ])('%s %j is refused', async (id, body, status, reason) => {
    const server = await startWithFeed();
    await put(server, 'two', bare);
    const answer = await server.ask('PUT', `/_ml/datafeeds/${id}`, { body });
    expect([answer.status, answer.body.error?.reason]).toEqual([status, reason]);
  });

  it('are created with the privileges of the secondary credentials', async () => {
    const basic = (name: string) => `Basic ${Buffer.from(`${name}:pw`).toString('base64')}`;
    const users = [
      { name: 'all', password: 'pw', privileges: ['all'] },
      { name: 'ml', password: 'pw', privileges: ['manage_ml'] },
      { name: 'reader', password: 'pw', privileges: ['read'] },
    ];
    const server = await startServer({ users });
    const as = (name: string) => ({ authorization: basic(name) });
    await server.ask('PUT', '/_ml/anomaly_detectors/one', { body: bare, headers: as('all') });
    const body = { job_id: 'one', indices: ['metrics'] };
    const refused = await server.ask('PUT', '/_ml/datafeeds/feed', { body, headers: as('ml') });
    expect(refused.status).toBe(403);
    expect(refused.body.error?.reason).toContain(
      'user ml lacks permissions on the indices: {"metrics":{"indices:data/read/search":false}}',
    );
    const headers = { ...as('ml'), 'es-secondary-authorization': basic('reader') };
    expect((await server.ask('PUT', '/_ml/datafeeds/feed', { body, headers })).status).toBe(200);
    const wrong = { ...as('ml'), 'es-secondary-authorization': basic('nobody') };
    expect((await server.ask('PUT', '/_ml/datafeeds/feed2', { body, headers: wrong })).status).toBe(401);
  });
});
