import { describe, expect, it } from 'vitest';
import type { FieldSet, VendorAdapter } from '../../../src/domain/index.js';
import { byRequest, setUp, wireJob, wireStats } from './support.js';

const jobs = '/_ml/anomaly_detectors';
const feeds = '/_ml/datafeeds';
const fields = (...names: string[]): FieldSet => new Set(names);

/** A datafeed's configuration with everything that Elasticsearch, or somebody who made it, may have put there. */
const feed = (authorization: unknown) => ({
  datafeed_id: 'df',
  job_id: 'a1',
  indices: ['metrics'],
  authorization,
  scroll_size: 1000,
  runtime_mappings: { total: { type: 'long', script: { source: 'emit(1)', params: { api_key: 'K', Password: 'P', limit: 3 } } } },
});
const cleanFeed = (authorization: unknown) => ({
  ...feed(authorization),
  runtime_mappings: { total: { type: 'long', script: { source: 'emit(1)', params: { limit: 3 } } } },
});

const running = (headers: unknown) => ({
  node: 'N',
  id: 7,
  action: 'cluster:admin/xpack/ml/job/reset',
  description: 'job-a1',
  start_time_in_millis: 1_700_000_000_000,
  cancellable: true,
  headers,
});
const rawOf = async (adapter: VendorAdapter, call: Parameters<VendorAdapter['readTasks']>[2]) => {
  const reading = (await adapter.readTasks(['N:7'], fields('Task.raw'), call)).readings.get('N:7');
  return reading?.status === 'found' ? reading.value.raw : reading;
};

describe('raw', () => {
  it.each([
    [{ roles: ['superuser'] }, { roles: ['superuser'] }],
    [{ service_account: 'elastic/fleet' }, { service_account: 'elastic/fleet' }],
    [{ api_key: { id: 'VuaCfGcBCdbkQm-e5aOx', name: 'mine' } }, {}],
    [{ roles: ['a'], api_key: { id: 'x' } }, { roles: ['a'] }],
    ['Basic dXNlcjpwYXNz', undefined],
  ])('of a datafeed with authorization %j has %j', async (authorization, left) => {
    const { adapter, call } = await setUp(
      byRequest({ [`GET ${feeds}/df`]: { datafeeds: [feed(authorization)] }, [`GET ${feeds}/df/_stats`]: { datafeeds: [] } }),
    );
    const reading = (await adapter.readDatafeeds(['df'], fields('Datafeed.raw'), call)).readings.get('df');
    expect(reading).toMatchObject({ status: 'found', value: { raw: { stats: null } } });
    const { authorization: _any, ...rest } = cleanFeed(null);
    expect(reading?.status === 'found' && reading.value.raw).toEqual({
      config: { ...rest, ...(left === undefined ? {} : { authorization: left }) },
      stats: null,
    });
  });

  it('of a job, and of the datafeed in it, has no secrets either', async () => {
    const custom = { access_token: 'T', 'x-api-key': 'K', clientSecret: 'S', 'Set-Cookie': 'C', credentials: ['u', 'p'] };
    const harmless = {
      tokenizer: 'ml_standard',
      max_tokens: 3,
      token_filters: ['lowercase'],
      url: 'https://kibana/app',
      created_by: 'single-metric',
      nothing: null,
    };
    const answers = byRequest({
      [`GET ${jobs}/a1`]: {
        jobs: [wireJob('a1', { custom_settings: { ...custom, ...harmless }, datafeed_config: feed({ api_key: 'K', roles: [] }) })],
      },
      [`GET ${jobs}/a1/_stats`]: { jobs: [wireStats('a1', 'closed', { password: 'P' })] },
      [`GET ${feeds}/df/_stats`]: { datafeeds: [{ datafeed_id: 'df', state: 'stopped', token: 'T' }] },
    });
    const { adapter, call } = await setUp(answers);
    const wanted = fields('Job.details', 'ElasticsearchJobDetails.raw', 'Job.datafeed', 'Datafeed.raw');
    const reading = (await adapter.readJobs(['a1'], wanted, call)).readings.get('a1');
    expect(reading?.status === 'found' && reading.value).toMatchObject({
      details: {
        raw: {
          config: wireJob('a1', { custom_settings: harmless, datafeed_config: cleanFeed({ roles: [] }) }),
          stats: wireStats('a1', 'closed'),
        },
      },
      datafeed: { raw: { config: cleanFeed({ roles: [] }), stats: { datafeed_id: 'df', state: 'stopped' } } },
    });
    expect(JSON.stringify(reading)).not.toMatch(/access_token|api.?key|secret|cookie|credentials|password|"T"/i);
  });

  it('of a task has of its headers the one that says who began it', async () => {
    const headers = { 'X-Opaque-Id': 'kibana', Authorization: 'Basic abc', 'trace.id': 't', 'es-security-runas-user': 'admin' };
    const { server, adapter, call } = await setUp(byRequest({ 'GET /_tasks/N:7': { completed: false, task: running(headers) } }));
    expect(await rawOf(adapter, call)).toEqual({ completed: false, task: running({ 'X-Opaque-Id': 'kibana' }) });

    const ended = { completed: true, task: running({ 'x-opaque-id': 'me', cookie: 'c' }), response: { acknowledged: true, token: 'T' } };
    server.answerWith(byRequest({ 'GET /_tasks/N:7': ended }));
    expect(await rawOf(adapter, call)).toEqual({
      completed: true,
      task: running({ 'x-opaque-id': 'me' }),
      response: { acknowledged: true },
    });

    server.answerWith(byRequest({ 'GET /_tasks': { tasks: [running(headers)] } }));
    const { items } = await adapter.discoverTasks(fields('Task.raw'), call);
    expect(items.map(({ raw }) => raw)).toEqual([running({ 'X-Opaque-Id': 'kibana' })]);
  });
});

describe('the words of a task that failed', () => {
  it.each([
    ['no handler found for uri [/_ml/x?token=T] and method [GET]', 'no handler found for uri and method [GET]'],
    [`${'x'.repeat(600)}`, `${'x'.repeat(500)}…`],
    ['', null],
  ])('are shown as those of any refusal: %s', async (reason, shown) => {
    const { adapter, call } = await setUp(
      byRequest({ 'GET /_tasks/N:7': { completed: true, task: running({}), error: { type: 'exception', reason } } }),
    );
    const reading = (await adapter.readTasks(['N:7'], fields(), call)).readings.get('N:7');
    expect(reading?.status === 'found' && reading.value.error?.detail).toBe(shown);
  });
});
