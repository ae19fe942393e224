import { describe, expect, it } from 'vitest';
import { type Answer, failure, type Server, startServer, startWithJobs } from './server.js';

const jobs = '/_ml/anomaly_detectors';
const idsOf = async (server: Server, expression: string) => {
  const { status, body } = await server.ask('GET', `${jobs}/${expression}`);
  return { status, count: body.count, ids: body.jobs?.map((job) => job.job_id) };
};

describe('reading jobs (recorded: 7.9.0/02-jobs-crud)', () => {
  it.each([
    ['one id', 'a1', ['a1']],
    ['a list, answered in order of the ids', 'a2,a1', ['a1', 'a2']],
    ['a list with an escaped comma', 'a1%2Ca2', ['a1', 'a2']],
    ['a group', 'ga', ['a1', 'a2']],
    ['a wildcard over ids', 'a*', ['a1', 'a2']],
    ['a wildcard over groups', 'g*', ['a1', 'a2', 'b1']],
    ['everything, by star', '*', ['a1', 'a2', 'b1', 'c1']],
    ['everything, by _all', '_all', ['a1', 'a2', 'b1', 'c1']],
    ['a group and an id', 'ga,b1', ['a1', 'a2', 'b1']],
    ['empty tokens', 'a1,,a2', ['a1', 'a2']],
    ['blanks around tokens', '%20a1%20,%20a2', ['a1', 'a2']],
    ['a wildcard without match beside an id', 'a1,foo-*', ['a1']],
    ['a wildcard without match', 'foo-*', []],
    ['a slash at the end', 'a1/', ['a1']],
  ])('takes %s', async (_name, expression, ids) => {
    const server = await startWithJobs();
    expect(await idsOf(server, expression)).toEqual({ status: 200, count: ids.length, ids });
  });

  it.each([
    ['an unknown id', 'nope', 'nope'],
    ['an unknown id in a list', 'a1,nope', 'nope'],
    ['several unknown ids', 'nope,nope2,a1', 'nope,nope2'],
    ['_all in a list', 'a1,_all', '_all'],
    ['a letter no id has', '%C3%A9', 'é'],
  ])('answers 404 for %s and names just what is unknown', async (_name, expression, named) => {
    const server = await startWithJobs();
    const { status, body } = await server.ask('GET', `${jobs}/${expression}`);
    expect(status).toBe(404);
    expect(body).toEqual(failure(404, 'resource_not_found_exception', `No known job with id '${named}'`));
  });

  it.each(['', '/_all', '/_stats', '/_all/_stats'])('answers an empty list for no jobs at all: %s', async (path) => {
    const server = await startServer();
    expect((await server.ask('GET', jobs + path)).body).toEqual({ count: 0, jobs: [] });
  });

  it('needs a match for wildcards when told so (recorded: 7.10.0/24-allow_no_match)', async () => {
    const server = await startWithJobs({ version: '7.10' });
    const { status, body } = await server.ask('GET', `${jobs}/foo-*,a1?allow_no_match=false`);
    expect([status, body.error?.reason]).toEqual([404, "No known job with id 'foo-*'"]);
    expect((await server.ask('GET', `${jobs}/_all?allow_no_match=false`)).body.count).toBe(4);
    expect((await server.ask('GET', `${jobs}/foo-*?allow_no_match=true`)).body).toEqual({ count: 0, jobs: [] });
  });

  it('quotes a star when _all needs a match and there is none', async () => {
    const server = await startServer();
    const { body } = await server.ask('GET', `${jobs}/_all?allow_no_match=false`);
    expect(body.error?.reason).toBe("No known job with id '*'");
  });

  it('warns about the old spelling in 7.10 and lets the new one win', async () => {
    const server = await startWithJobs({ version: '7.10' });
    const old = await server.ask('GET', `${jobs}/foo-*?allow_no_jobs=false&allow_no_match=true`);
    expect(old.status).toBe(200);
    expect(old.headers.get('warning')).toBe(
      '299 Elasticsearch-7.10.0-51e9d6f22758d0374a0f3f5c6e8f3a7997850f96 "Deprecated field [allow_no_jobs] used, expected [allow_no_match] instead"',
    );
  });

  it('knows only the old spelling in 7.9, without warning', async () => {
    const server = await startWithJobs({ version: '7.9' });
    const { status, headers } = await server.ask('GET', `${jobs}/foo-*?allow_no_jobs=false`);
    expect([status, headers.get('warning')]).toEqual([404, null]);
    const { body } = await server.ask('GET', `${jobs}/a1?allow_no_match=true`);
    expect(body.error?.reason).toBe(
      'request [/_ml/anomaly_detectors/a1] contains unrecognized parameter: [allow_no_match] -> did you mean [allow_no_jobs]?',
    );
  });

  it('knows only the new spelling in 8', async () => {
    const server = await startWithJobs();
    const { status, body } = await server.ask('GET', `${jobs}/a1?allow_no_jobs=true`);
    expect(status).toBe(400);
    expect(body.error?.reason).toContain('unrecognized parameter: [allow_no_jobs] -> did you mean [allow_no_match]?');
  });
});

describe('the shape of jobs', () => {
  it('shows a job as 7.9 did, without datafeed and blocked', async () => {
    const server = await startServer({ version: '7.9' });
    await server.job('a1', { groups: ['ga'], datafeed: 'stopped', blocked: { reason: 'reset' } });
    const job = (await server.ask('GET', `${jobs}/a1`)).body.jobs?.[0];
    expect(job).toMatchObject({ job_id: 'a1', job_type: 'anomaly_detector', job_version: '7.9.0', groups: ['ga'], allow_lazy_open: false });
    expect(job).not.toHaveProperty('datafeed_config');
    expect(job).not.toHaveProperty('blocked');
  });

  it('embeds the datafeed and tells what blocks a job in 8', async () => {
    const server = await startServer();
    await server.job('a1', { datafeed: 'stopped', blocked: { reason: 'reset', task_id: 'n:5' } });
    const job = (await server.ask('GET', `${jobs}/a1`)).body.jobs?.[0];
    expect(job?.datafeed_config).toMatchObject({ datafeed_id: 'datafeed-a1', job_id: 'a1', indices: ['logs-a1'] });
    // Printed by the 8.17.0 classes: core/x-pack-core-8.17.0-classes.
    expect(job?.blocked).toEqual({ reason: 'reset', task_id: 'n:5' });
  });

  it('leaves out ids and times with exclude_generated', async () => {
    const server = await startServer();
    await server.job('a1', { datafeed: 'stopped' });
    const job = (await server.ask('GET', `${jobs}/a1?exclude_generated=true`)).body.jobs?.[0];
    expect(Object.keys(job ?? {})).not.toEqual(expect.arrayContaining(['create_time']));
    expect(job?.datafeed_config).not.toHaveProperty('datafeed_id');
  });

  it('adds readable times with human, before the times themselves', async () => {
    const server = await startServer();
    await server.job('a1', {});
    const { text } = await server.ask('GET', `${jobs}/a1?human=true&filter_path=jobs.create_time*`);
    expect(text).toMatch(/^{"jobs":\[{"create_time_string":"\d{4}-\d\d-\d\dT[\d:.]+Z","create_time":\d+}]}$/);
  });

  it('seeds jobs in every state, about a kilobyte each and twice that in statistics', async () => {
    const server = await startServer({ empty: false });
    const all = await server.ask('GET', jobs);
    const stats = await server.ask('GET', `${jobs}/_stats`);
    const states = new Set(stats.body.jobs?.map((job) => job.state));
    expect(states).toEqual(new Set(['opened', 'closed', 'failed', 'opening']));
    expect(all.body.count).toBe(12);
    expect(all.text.length / 12).toBeGreaterThan(1000);
    expect(stats.text.length / 12).toBeGreaterThan(1400);
  });

  it('lets the counts of jobs with a started datafeed grow, and no others', async () => {
    const server = await startServer({ empty: false, speed: 1000 });
    const path = `${jobs}/nginx-request-rate,dns-tunneling/_stats?filter_path=jobs.data_counts.processed_record_count`;
    const counts = (answer: Answer) => answer.body.jobs?.map((job) => job.data_counts?.processed_record_count ?? 0) ?? [];
    const before = counts(await server.ask('GET', path));
    const after = counts(await server.until('GET', path, (answer) => (counts(answer)[1] ?? 0) > (before[1] ?? 0)));
    expect(after[0]).toBe(before[0]);
  });
});

describe('filter_path (recorded: 7.9.0/02, 11, 12)', () => {
  it.each([
    ['members', 'jobs.job_id,count', { count: 1, jobs: [{ job_id: 'a1' }] }],
    ['globs in names', 'jobs.job_*', { jobs: [{ job_id: 'a1', job_type: 'anomaly_detector', job_version: '12.0.0' }] }],
    ['any depth', '**.bucket_span', { jobs: [{ analysis_config: { bucket_span: '15m' } }] }],
    ['nothing that is there', 'nope', {}],
  ])('keeps %s', async (_name, filter, body) => {
    const server = await startServer();
    await server.job('a1', {});
    expect((await server.ask('GET', `${jobs}/a1?filter_path=${filter}`)).body).toEqual(body);
  });

  it('leaves out what has a minus, keeps all when empty, and never filters errors', async () => {
    const server = await startServer();
    await server.job('a1', {});
    const whole = (await server.ask('GET', `${jobs}/a1?filter_path=`)).body.jobs?.[0];
    const less = (await server.ask('GET', `${jobs}/a1?filter_path=-jobs.analysis_config`)).body.jobs?.[0];
    expect(whole).toHaveProperty('analysis_config');
    expect(less).toHaveProperty('job_id');
    expect(less).not.toHaveProperty('analysis_config');
    const error = await server.ask('GET', `${jobs}/nope?filter_path=status`);
    expect(error.body.error?.reason).toBe("No known job with id 'nope'");
  });
});
