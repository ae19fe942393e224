import { describe, expect, it } from 'vitest';
import { failure, type Server, startServer } from './server.js';

const quarter = 900_000;
const path = '/_ml/anomaly_detectors/one';

async function startOpened(): Promise<Server> {
  const server = await startServer();
  await server.ask('PUT', path, {
    body: { analysis_config: { bucket_span: '15m', detectors: [{ function: 'count' }] }, data_description: { time_field: 'time' } },
  });
  await server.ask('POST', `${path}/_open`);
  return server;
}

const lines = (...times: readonly (number | string)[]) => times.map((time) => `${JSON.stringify({ time })}\n`).join('');

describe('_data', () => {
  it('counts what was posted, and adds it to the job', async () => {
    const server = await startOpened();
    const body = lines(quarter * 10, quarter * 11);
    const answer = await server.ask('POST', `${path}/_data`, { body });
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({
      job_id: 'one',
      processed_record_count: 2,
      input_bytes: body.length,
      bucket_count: 1,
      empty_bucket_count: 0,
      earliest_record_timestamp: quarter * 10,
      latest_record_timestamp: quarter * 11,
    });
    await server.ask('POST', `${path}/_data`, { body: lines(quarter * 14) });
    expect((await server.ask('GET', `${path}/_stats`)).body.jobs?.[0]?.data_counts).toMatchObject({
      processed_record_count: 3,
      bucket_count: 4,
      empty_bucket_count: 2,
      latest_empty_bucket_timestamp: quarter * 13,
    });
  });

  it.each([
    ['a list', JSON.stringify([{ time: quarter }, { time: quarter * 2 }]), 2],
    ['one object', JSON.stringify({ time: '2024-01-01T00:00:00Z' }), 1],
    ['lines', lines('1700000000000', '1700000000001'), 2],
  ])('takes %s', async (_, body, count) => {
    const server = await startOpened();
    expect((await server.ask('POST', `${path}/_data`, { body })).body).toMatchObject({ processed_record_count: count });
  });

  it('refuses what is no JSON', async () => {
    const server = await startOpened();
    expect((await server.ask('POST', `${path}/_data`, { body: 'x\n' })).body.error?.reason).toBe('The input JSON data is malformed.');
  });
});

describe('_flush', () => {
  it('tells where the last bucket ends once there is one', async () => {
    const server = await startOpened();
    expect((await server.ask('POST', `${path}/_flush`)).body).toEqual({ flushed: true });
    await server.ask('POST', `${path}/_data`, { body: lines(quarter, quarter * 3 + 5) });
    const { body } = await server.ask('POST', `${path}/_flush`, { body: { calc_interim: true } });
    expect(body).toEqual({ flushed: true, last_finalized_bucket_end: quarter * 3 });
  });
});

describe('_forecast', () => {
  it('needs data, then has an id and is counted', async () => {
    const server = await startOpened();
    expect((await server.ask('POST', `${path}/_forecast`)).status).toBe(400);
    await server.ask('POST', `${path}/_data`, { body: lines(quarter) });
    const { body } = await server.ask('POST', `${path}/_forecast`, { body: { duration: '3d' } });
    expect(body).toMatchObject({ acknowledged: true, forecast_id: expect.stringMatching(/^\S{20}$/) });
    expect((await server.ask('GET', `${path}/_stats`)).body.jobs).toMatchObject([{ forecasts_stats: { total: 1, forecasted_jobs: 1 } }]);
  });

  it('is not shorter than a bucket', async () => {
    const server = await startOpened();
    const { body } = await server.ask('POST', `${path}/_forecast?duration=1m`);
    expect(body.error?.reason).toBe('[duration] must be greater or equal to the bucket span: [1m/15m/15m]');
  });
});

describe.each(['_flush', '_forecast', '_data'])('%s', (verb) => {
  const body = lines(quarter);

  it.each([
    ['one', 'closed'],
    ['nope', undefined],
  ])('is refused for the job %s that is %s', async (id, state) => {
    const server = await startOpened();
    if (state !== undefined) await server.job(id, { state });
    const answer = await server.ask('POST', `/_ml/anomaly_detectors/${id}/${verb}`, verb === '_data' ? { body } : {});
    expect(answer.body).toEqual(failure(409, 'status_exception', `Cannot perform requested action because job [${id}] is not open`));
  });

  it('is refused for a job that failed', async () => {
    const server = await startOpened();
    await server.job('one', { state: 'failed' });
    const answer = await server.ask('POST', `${path}/${verb}`, verb === '_data' ? { body } : {});
    expect(answer.status).toBe(409);
    expect(answer.body.error?.reason).toMatch(
      /^Cannot (?:flush|forecast|process data) because job \[one\] does not have a corresponding autodetect process$/,
    );
  });
});
