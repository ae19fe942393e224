import { describe, expect, it } from 'vitest';
import { failure, type Server, startServer } from './server.js';

const feeds = '/_ml/datafeeds';
const feedState = async (server: Server, id: string) => (await server.ask('GET', `${feeds}/${id}/_stats`)).body.datafeeds?.[0]?.state;

/** Two opened jobs with stopped datafeeds. */
async function startWithFeeds(version?: string): Promise<Server> {
  const server = await startServer({ ...(version !== undefined && { version }) });
  for (const id of ['a1', 'a2']) await server.job(id, { state: 'opened', datafeed: 'stopped' });
  return server;
}

describe('reading datafeeds (recorded: 7.9.0/06-datafeeds)', () => {
  it.each(['', '/_stats', '/foo-*', '/_all'])('answers an empty list when there are none: %s', async (path) => {
    const server = await startServer();
    expect((await server.ask('GET', feeds + path)).body).toEqual({ count: 0, datafeeds: [] });
  });

  it.each([
    ['nope', 'nope'],
    ['datafeed-a1,nope', 'nope'],
    ['nope,nope2', 'nope,nope2'],
    ['foo-*?allow_no_match=false', 'foo-*'],
  ])('names what is unknown of %s', async (expression, named) => {
    const server = await startWithFeeds();
    const [path, query = ''] = expression.split('?');
    const reason = `No datafeed with id [${named}] exists`;
    for (const suffix of ['', '/_stats']) {
      const { body } = await server.ask('GET', `${feeds}/${path}${suffix}?${query}`);
      expect(body).toEqual(failure(404, 'resource_not_found_exception', reason));
    }
  });

  it('shows a stopped datafeed without node, and a started one with node and running state', async () => {
    const server = await startWithFeeds();
    await server.ask('POST', `${feeds}/datafeed-a1/_start`);
    const { body } = await server.ask('GET', `${feeds}/datafeed-*/_stats`);
    expect(body.datafeeds?.[0]).toMatchObject({
      datafeed_id: 'datafeed-a1',
      state: 'started',
      node: { id: expect.any(String), name: expect.stringMatching(/^node-\d$/) },
      assignment_explanation: '',
      running_state: { real_time_configured: true, real_time_running: true },
    });
    expect(body.datafeeds?.[1]).toEqual({
      datafeed_id: 'datafeed-a2',
      state: 'stopped',
      timing_stats: {
        job_id: 'a2',
        search_count: 0,
        bucket_count: 0,
        total_search_time_ms: 0,
        exponential_average_search_time_per_hour_ms: 0,
      },
    });
  });

  it('has no running state in 7.9, and its own name for allow_no_match', async () => {
    const server = await startWithFeeds('7.9');
    await server.ask('POST', `${feeds}/datafeed-a1/_start`);
    const { body } = await server.ask('GET', `${feeds}/datafeed-a1/_stats`);
    expect(body.datafeeds?.[0]).not.toHaveProperty('running_state');
    const refused = await server.ask('GET', `${feeds}/foo-*?allow_no_match=false`);
    expect(refused.body.error?.reason).toBe(
      'request [/_ml/datafeeds/foo-*] contains unrecognized parameter: [allow_no_match] -> did you mean [allow_no_datafeeds]?',
    );
    const stop = await server.ask('POST', `${feeds}/foo-*/_stop?allow_no_match=false`);
    expect(stop.body.error?.reason).toBe('request [/_ml/datafeeds/foo-*/_stop] contains unrecognized parameter: [allow_no_match]');
  });
});

describe('starting a datafeed (recorded: 7.9.0/06-datafeeds, 07-datafeed-run)', () => {
  it('answers the node, and refuses a second start', async () => {
    const server = await startWithFeeds();
    expect((await server.ask('POST', `${feeds}/datafeed-a1/_start`)).body).toEqual({ started: true, node: expect.any(String) });
    expect((await server.ask('POST', `${feeds}/datafeed-a1/_start`)).body).toEqual(
      failure(409, 'status_exception', 'cannot start datafeed [datafeed-a1] because it has already been started'),
    );
  });

  it('needs its job opened', async () => {
    const server = await startWithFeeds();
    await server.job('a1', { state: 'closed' });
    expect((await server.ask('POST', `${feeds}/datafeed-a1/_start`)).body).toEqual(
      failure(409, 'status_exception', 'cannot start datafeed [datafeed-a1] because job [a1] is closed'),
    );
  });

  it.each(['nope', 'datafeed-a1,datafeed-a2', 'datafeed-*'])('takes one id only: %s', async (id) => {
    const server = await startWithFeeds();
    expect((await server.ask('POST', `${feeds}/${id}/_start`)).body).toEqual(
      failure(404, 'resource_not_found_exception', `No datafeed with id [${id}] exists`),
    );
  });

  it.each(['2020-01-01T00:00:00Z', '2020-01-02T00:00:00Z'])('needs an end after its start: %s', async (end) => {
    const server = await startWithFeeds();
    const { body } = await server.ask('POST', `${feeds}/datafeed-a1/_start?start=2020-01-02T00:00:00Z&end=${end}`);
    const reason = `Validation Failed: 1: start [1577923200000] must be earlier than end [${Date.parse(end)}];`;
    expect(body).toEqual(failure(400, 'action_request_validation_exception', reason));
  });

  it('says what is wrong with a date, down to the deepest cause', async () => {
    const server = await startWithFeeds();
    const { body } = await server.ask('POST', `${feeds}/datafeed-a1/_start?start=garbage`);
    const format = 'failed to parse date field [garbage] with format [strict_date_optional_time||epoch_millis]';
    const inner = { type: 'parse_exception', reason: `${format}: [${format}]` };
    expect(body.error).toEqual({
      root_cause: [inner],
      type: 'parse_exception',
      reason: 'Query param [start] with value [garbage] cannot be parsed as a date or converted to a number (epoch).',
      caused_by: {
        ...inner,
        caused_by: {
          type: 'illegal_argument_exception',
          reason: format,
          caused_by: { type: 'date_time_parse_exception', reason: 'Failed to parse with all enclosed parsers' },
        },
      },
    });
  });

  it('times out while the datafeed starts all the same', async () => {
    const server = await startServer({ speed: 1 });
    await server.job('a1', { state: 'opened', datafeed: 'stopped' });
    const { body } = await server.ask('POST', `${feeds}/datafeed-a1/_start?timeout=1ms`);
    expect(body).toEqual(failure(500, 'exception', 'Starting datafeed [datafeed-a1] timed out after [1ms]'));
    await server.until('GET', `${feeds}/datafeed-a1/_stats`, (answer) => answer.body.datafeeds?.[0]?.state === 'started');
  });

  it('closes the job when a lookback has come to its end', async () => {
    const server = await startServer({ speed: 2 });
    await server.job('a1', { state: 'opened', datafeed: 'stopped' });
    const body = { start: '2020-01-01T00:00:00Z', end: 'now', timeout: '10s', foo: 1 };
    expect((await server.ask('POST', `${feeds}/datafeed-a1/_start`, { body })).status).toBe(200);
    // A poll may come too late for a step that is over soon; what it sees has to come in this order all the same.
    const steps = ['started opened', 'stopped opened', 'stopped closing', 'stopped closed'];
    const series = new Set<string>();
    await server.until('GET', '/_simulator/state', ({ body: state }) => {
      const now = `${state.datafeeds?.[0]?.state} ${state.jobs?.[0]?.state}`;
      series.add(now);
      return now === 'stopped closed';
    });
    expect([...series]).toEqual(steps.filter((step) => series.has(step)));
    const { text } = await server.ask('GET', '/.ml-notifications*/_search?size=50');
    const found: { readonly hits: { readonly hits: readonly { readonly _source: { readonly message: string } }[] } } = JSON.parse(text);
    const told = found.hits.hits.map(({ _source }) => _source.message);
    expect(told.slice(-2)).toEqual(['Datafeed started', 'Job is closing']);
    const counts = (await server.ask('GET', '/_ml/anomaly_detectors/a1/_stats')).body.jobs?.[0]?.data_counts;
    expect(counts?.processed_record_count).toBe(5000);
  });
});

describe('stopping datafeeds (recorded: 7.9.0/06-datafeeds)', () => {
  it.each(['datafeed-a1', 'datafeed-a1,datafeed-a2', 'datafeed-*', '_all', 'foo-*'])('is idempotent: %s', async (id) => {
    const server = await startWithFeeds();
    expect((await server.ask('POST', `${feeds}/${id}/_stop`)).body).toEqual({ stopped: true });
  });

  it.each(['', '?force=true', '?timeout=1ms', '?timeout=0s'])('stops, and leaves the job opened%s', async (query) => {
    const server = await startWithFeeds();
    await server.ask('POST', `${feeds}/datafeed-a1/_start`);
    expect((await server.ask('POST', `${feeds}/datafeed-a1/_stop${query}`)).body).toEqual({ stopped: true });
    expect([await feedState(server, 'datafeed-a1'), await server.state('a1')]).toEqual(['stopped', 'opened']);
  });

  it('stops nothing of a list with one unknown', async () => {
    const server = await startWithFeeds();
    await server.ask('POST', `${feeds}/datafeed-a1/_start`);
    expect((await server.ask('POST', `${feeds}/datafeed-a1,nope/_stop`)).body).toEqual(
      failure(404, 'resource_not_found_exception', 'No datafeed with id [nope] exists'),
    );
    expect(await feedState(server, 'datafeed-a1')).toBe('started');
  });

  it.each([
    [
      '?foo=1',
      undefined,
      'illegal_argument_exception',
      'request [/_ml/datafeeds/datafeed-a1/_stop] contains unrecognized parameter: [foo]',
    ],
    [
      '?close_job=true',
      undefined,
      'illegal_argument_exception',
      'request [/_ml/datafeeds/datafeed-a1/_stop] contains unrecognized parameter: [close_job]',
    ],
    ['', { foo: 1 }, 'x_content_parse_exception', '[1:2] [cluster:admin/xpack/ml/datafeed/stop] unknown field [foo]'],
  ])('refuses what it does not know: %s %j', async (query, body, type, reason) => {
    const server = await startWithFeeds();
    const answer = await server.ask('POST', `${feeds}/datafeed-a1/_stop${query}`, { ...(body !== undefined && { body }) });
    expect(answer.body).toEqual(failure(400, type, reason));
  });
});
