import { describe, expect, it } from 'vitest';
import { failure, type Server, startServer, startWithJobs } from './server.js';

const jobs = '/_ml/anomaly_detectors';
const seen = '_stats?filter_path=jobs.state,jobs.node.id,jobs.assignment_explanation,jobs.open_time';

/** What `_stats` shows over time, each change once. */
async function watchStates(server: Server, id: string, last: string): Promise<readonly string[]> {
  const series: string[] = [];
  await server.until('GET', `${jobs}/${id}/${seen}`, ({ body }) => {
    const job = body.jobs?.[0];
    const now = `${job?.state}${job?.node ? ' on a node' : ''}${job?.assignment_explanation === undefined ? '' : ' explained'}`;
    if (series.at(-1) !== now) series.push(now);
    return now === last;
  });
  return series;
}

describe('opening (recorded: 7.9.0/03-open-close, 04-states)', () => {
  it('answers the node, and then refuses a second open', async () => {
    const server = await startWithJobs();
    const opened = await server.ask('POST', `${jobs}/a1/_open`);
    expect(opened.body).toEqual({ opened: true, node: expect.stringMatching(/^[\w-]{22}$/) });
    const again = await server.ask('POST', `${jobs}/a1/_open`);
    const cause = { type: 'resource_already_exists_exception', reason: 'task with id {job-a1} already exist' };
    expect(again.status).toBe(409);
    expect(again.body).toEqual({
      error: {
        root_cause: [cause],
        type: 'status_exception',
        reason: 'Cannot open job [a1] because it has already been opened',
        caused_by: cause,
      },
      status: 409,
    });
  });

  it('goes through opening without and with a node', async () => {
    const server = await startWithJobs({ speed: 1 });
    const opening = server.ask('POST', `${jobs}/a1/_open`);
    expect(await watchStates(server, 'a1', 'opened on a node explained')).toEqual(
      expect.arrayContaining(['opening explained', 'opening on a node explained', 'opened on a node explained']),
    );
    await opening;
  });

  it.each(['a1,a2', '_all', 'a*', 'Bad', '-x'])('refuses what is no id: %s', async (id) => {
    const server = await startWithJobs();
    const { status, body } = await server.ask('POST', `${jobs}/${id}/_open`);
    const reason = `Invalid job_id; '${id}' can contain lowercase alphanumeric (a-z and 0-9), hyphens or underscores; must start and end with alphanumeric`;
    expect(status).toBe(400);
    expect(body).toEqual(failure(400, 'illegal_argument_exception', reason));
  });

  it('does not know groups', async () => {
    const server = await startWithJobs();
    expect((await server.ask('POST', `${jobs}/ga/_open`)).body).toEqual(
      failure(404, 'resource_not_found_exception', "No known job with id 'ga'"),
    );
  });

  it.each([
    ['7.9', 500, 'exception'],
    ['8.17', 408, 'status_exception'],
  ])('times out with its own status in %s, and the job opens all the same', async (version, status, type) => {
    const server = await startServer({ version });
    await server.job('c1', { openMs: 2000 });
    const { body } = await server.ask('POST', `${jobs}/c1/_open?timeout=1ms`);
    expect(body).toEqual(failure(status, type, 'Opening job [c1] timed out after [1ms]'));
    await server.until('GET', `${jobs}/c1/_stats`, (answer) => answer.body.jobs?.[0]?.state === 'opened');
  });

  it('opens lazily where there is no room, and refuses others with 429', async () => {
    const server = await startServer();
    await server.ask('PUT', '/_simulator/settings', { body: { maxOpenJobs: 0 } });
    await server.job('lazy1', { allowLazyOpen: true });
    await server.job('hard1', {});
    expect((await server.ask('POST', `${jobs}/lazy1/_open`)).body).toEqual({ opened: true, node: '' });
    expect((await server.ask('GET', `${jobs}/lazy1/${seen}`)).body).toEqual({
      jobs: [{ state: 'opening', assignment_explanation: 'persistent task is awaiting node assignment.' }],
    });
    const hard = await server.ask('POST', `${jobs}/hard1/_open`);
    expect([hard.status, hard.body.error?.reason]).toEqual([
      429,
      'Could not open job because no ML nodes with sufficient capacity were found',
    ]);
    const lazy = await server.ask('DELETE', `${jobs}/lazy1`);
    expect(lazy.body).toEqual(failure(409, 'status_exception', 'Cannot delete job [lazy1] because the job is opening'));
    expect((await server.ask('POST', `${jobs}/lazy1/_close`)).body).toEqual({ closed: true });
    expect(await server.state('lazy1')).toBe('closed');
  });

  it('refuses lazy jobs as well while allocation is disabled', async () => {
    const server = await startServer();
    await server.ask('PUT', '/_simulator/settings', { body: { allocation: 'none' } });
    await server.job('lazy1', { allowLazyOpen: true });
    expect((await server.ask('POST', `${jobs}/lazy1/_open`)).body).toEqual(
      failure(
        429,
        'status_exception',
        'Cannot open jobs because persistent task assignment is disabled by the [cluster.persistent_tasks.allocation.enable] setting',
      ),
    );
  });

  it.each(['reset', 'delete', 'revert'])('refuses a job that is executing %s', async (reason) => {
    const server = await startServer();
    await server.job('a1', { blocked: { reason } });
    expect((await server.ask('POST', `${jobs}/a1/_open`)).body.error?.reason).toBe(
      `Cannot open job [a1] because it is executing [${reason}]`,
    );
  });

  it('says so when the job is closed before it was opened', async () => {
    const server = await startServer();
    await server.job('a1', { openMs: 20_000 });
    const opening = server.ask('POST', `${jobs}/a1/_open`);
    await server.until('GET', `${jobs}/a1/_stats`, ({ body }) => body.jobs?.[0]?.state === 'opening');
    await server.ask('POST', `${jobs}/a1/_close?force=true`);
    expect((await opening).body).toEqual(failure(409, 'status_exception', 'The job has been closed while waiting to be opened'));
  });

  it('sets the finished time on close and clears it on open', async () => {
    const server = await startServer();
    await server.job('a1', {});
    const times = async () => (await server.ask('GET', `${jobs}/a1?filter_path=jobs.finished_time`)).body;
    await server.ask('POST', `${jobs}/a1/_open`);
    await server.ask('POST', `${jobs}/a1/_close`);
    expect(await times()).toEqual({ jobs: [{ finished_time: expect.any(Number) }] });
    await server.ask('POST', `${jobs}/a1/_open`);
    expect(await times()).toEqual({});
  });
});

describe('closing (recorded: 7.9.0/03-open-close)', () => {
  it.each(['', '?force=true', '?timeout=1m'])('is idempotent: a closed job, %s', async (query) => {
    const server = await startWithJobs();
    expect((await server.ask('POST', `${jobs}/a1/_close${query}`)).body).toEqual({ closed: true });
  });

  it.each([
    ['a list', 'a1,b1', ['closed', 'opened', 'closed', 'opened']],
    ['a group', 'ga', ['closed', 'closed', 'opened', 'opened']],
    ['a wildcard and an id', 'a*,c1', ['closed', 'closed', 'opened', 'closed']],
    ['everything', '_all', ['closed', 'closed', 'closed', 'closed']],
    ['an empty id', '', ['closed', 'closed', 'closed', 'closed']],
    ['a wildcard without match', 'foo-*', ['opened', 'opened', 'opened', 'opened']],
  ])('closes %s', async (_name, expression, states) => {
    const server = await startWithJobs();
    for (const id of ['a1', 'a2', 'b1', 'c1']) await server.job(id, { state: 'opened' });
    expect((await server.ask('POST', `${jobs}/${expression}/_close`)).body).toEqual({ closed: true });
    const { body } = await server.ask('GET', `${jobs}/_stats`);
    expect(body.jobs?.map((job) => job.state)).toEqual(states);
  });

  it.each([
    ['nope', 'nope'],
    ['a1,nope', 'nope'],
    ['nope,nope2,a1', 'nope,nope2'],
    ['foo-*?allow_no_match=false', 'foo-*'],
    ['a1,foo-*?allow_no_match=false', 'foo-*'],
  ])('closes nothing of %s', async (expression, named) => {
    const server = await startWithJobs();
    await server.job('a1', { state: 'opened' });
    const [path, query = ''] = expression.split('?');
    const { body } = await server.ask('POST', `${jobs}/${path}/_close?${query}`);
    expect(body).toEqual(failure(404, 'resource_not_found_exception', `No known job with id '${named}'`));
    expect(await server.state('a1')).toBe('opened');
  });

  it('goes through closing with and without a node', async () => {
    const server = await startWithJobs({ speed: 1 });
    await server.job('a1', { state: 'opened' });
    const closing = server.ask('POST', `${jobs}/a1/_close`);
    const series = await watchStates(server, 'a1', 'closed');
    expect(series.slice(-3)).toEqual(['closing on a node explained', 'closing explained', 'closed']);
    await closing;
  });

  it.each([
    ['1ms', '1ms'],
    ['0', '0s'],
    ['-1', '-1'],
  ])('gives up after %s, while the close goes on', async (timeout, printed) => {
    const server = await startServer();
    await server.job('a1', { state: 'opened', closeMs: 3000 });
    const { body } = await server.ask('POST', `${jobs}/a1/_close?timeout=${timeout}`);
    expect(body).toEqual(failure(500, 'illegal_state_exception', `Timed out when waiting for persistent tasks after ${printed}`));
    expect(await server.state('a1')).toBe('closing');
    expect((await server.ask('POST', `${jobs}/a1/_close`)).body).toEqual({ closed: true });
    expect(await server.state('a1')).toBe('closed');
  });

  it('stops the datafeed first, since 7.14', async () => {
    const server = await startServer();
    await server.job('a1', { state: 'opened', datafeed: 'started' });
    expect((await server.ask('POST', `${jobs}/a1/_close`)).body).toEqual({ closed: true });
    const { body } = await server.ask('GET', '/_ml/datafeeds/datafeed-a1/_stats?filter_path=datafeeds.state');
    expect(body).toEqual({ datafeeds: [{ state: 'stopped' }] });
  });

  it.each(['a1/_close', 'a1/_close?force=true', '_all/_close', 'ga/_close'])('refuses a started datafeed before: %s', async (path) => {
    // Recorded: 7.9.0/06-datafeeds, 7.10.0/24-allow_no_match.
    const server = await startServer({ version: '7.10' });
    await server.job('a1', { state: 'opened', datafeed: 'started', groups: ['ga'] });
    const { body } = await server.ask('POST', `${jobs}/${path}`);
    expect(body).toEqual(failure(409, 'status_exception', "cannot close job datafeed [datafeed-a1] hasn't been stopped"));
  });
});

describe('failed jobs (recorded: 7.9.0/05-failed-jobs)', () => {
  it('shows no node, and an empty explanation', async () => {
    const server = await startServer();
    await server.job('a1', { state: 'failed' });
    expect((await server.ask('GET', `${jobs}/a1/${seen}`)).body).toEqual({ jobs: [{ state: 'failed', assignment_explanation: '' }] });
  });

  it.each([
    ['a1', 'cannot close job [a1] because it failed, use force close'],
    ['a1,c1', 'one or more jobs have state failed, use force close'],
    ['_all', 'one or more jobs have state failed, use force close'],
  ])('are closed by force only, and nothing beside them: %s', async (expression, reason) => {
    const server = await startServer();
    await server.job('a1', { state: 'failed' });
    await server.job('c1', { state: 'opened' });
    expect((await server.ask('POST', `${jobs}/${expression}/_close`)).body).toEqual(failure(409, 'status_exception', reason));
    expect(await server.state('c1')).toBe('opened');
    expect((await server.ask('POST', `${jobs}/a1,c1/_close?force=true`)).body).toEqual({ closed: true });
    expect([await server.state('a1'), await server.state('c1')]).toEqual(['closed', 'closed']);
  });

  it('are opened already, as far as open is concerned', async () => {
    const server = await startServer();
    await server.job('a1', { state: 'failed' });
    const { status, body } = await server.ask('POST', `${jobs}/a1/_open`);
    expect([status, body.error?.reason]).toEqual([409, 'Cannot open job [a1] because it has already been opened']);
  });

  it('keep their persistent task', async () => {
    const server = await startServer();
    await server.job('a1', { state: 'failed' });
    const { body } = await server.ask('GET', '/_tasks?actions=xpack/ml/job*&detailed&group_by=none');
    expect(body.tasks).toMatchObject([{ description: 'job-a1', status: { state: 'STARTED' }, type: 'persistent' }]);
  });
});

describe('bodies and queries of open and close (recorded: 7.9.0/03-open-close)', () => {
  const unknown = (path: string, name: string) => `request [${path}] contains unrecognized parameter: [${name}]`;
  it.each([
    ['POST', '/a1/_open?foo=1', undefined, 'illegal_argument_exception', unknown('/_ml/anomaly_detectors/a1/_open', 'foo')],
    [
      'POST',
      '/a1/_open?timeout=1s',
      { timeout: '1s' },
      'illegal_argument_exception',
      unknown('/_ml/anomaly_detectors/a1/_open', 'timeout'),
    ],
    ['POST', '/a1/_close?forse=true', undefined, 'illegal_argument_exception', unknown('/_ml/anomaly_detectors/a1/_close', 'forse')],
    ['POST', '/a1/_close?force=true', { force: true }, 'illegal_argument_exception', unknown('/_ml/anomaly_detectors/a1/_close', 'force')],
    [
      'POST',
      '/a1/_close?force=maybe',
      undefined,
      'illegal_argument_exception',
      'Failed to parse value [maybe] as only [true] or [false] are allowed.',
    ],
    [
      'POST',
      '/a1/_close?timeout=5',
      undefined,
      'illegal_argument_exception',
      'failed to parse setting [timeout] with value [5] as a time value: unit is missing or unrecognized',
    ],
    [
      'POST',
      '/a1/_open?timeout=abc',
      undefined,
      'illegal_argument_exception',
      'failed to parse setting [timeout] with value [abc] as a time value: unit is missing or unrecognized',
    ],
    ['POST', '/a1/_close', '{"foo": 1}', 'x_content_parse_exception', '[1:2] [cluster:admin/xpack/ml/job/close] unknown field [foo]'],
    [
      'POST',
      '/a1/_close',
      '{"timeout": 5}',
      'x_content_parse_exception',
      "[1:13] [cluster:admin/xpack/ml/job/close] timeout doesn't support values of type: VALUE_NUMBER",
    ],
    [
      'POST',
      '/a1/_close',
      '[]',
      'x_content_parse_exception',
      '[1:1] [cluster:admin/xpack/ml/job/close] Expected START_OBJECT but was: START_ARRAY',
    ],
    [
      'POST',
      '/a1/_close',
      '"x"',
      'x_content_parse_exception',
      '[1:1] [cluster:admin/xpack/ml/job/close] Expected START_OBJECT but was: VALUE_STRING',
    ],
    ['POST', '/a1/_open', '[]', 'x_content_parse_exception', '[1:1] [xpack/ml/job] Expected START_OBJECT but was: START_ARRAY'],
  ])('%s %s with body %j is refused', async (method, path, body, type, reason) => {
    const server = await startWithJobs();
    const answer = await server.ask(method, jobs + path, { ...(body !== undefined && { body }) });
    expect(answer.body).toEqual(failure(400, type, reason));
  });

  it('names the place of a value that does not fit, and why', async () => {
    const server = await startWithJobs();
    const { body } = await server.ask('POST', `${jobs}/a1/_close`, { body: '{"force": "x"}' });
    expect(body.error?.reason).toBe('[1:11] [cluster:admin/xpack/ml/job/close] failed to parse field [force]');
    expect(body.error?.caused_by).toEqual({
      type: 'illegal_argument_exception',
      reason: 'Failed to parse value [x] as only [true] or [false] are allowed.',
    });
  });

  it('takes the options in the body, ignores its job_id, and ignores unknown members on open', async () => {
    const server = await startWithJobs();
    expect((await server.ask('POST', `${jobs}/a1/_open`, { body: { foo: 1, timeout: '30s' } })).status).toBe(200);
    const body = { job_id: 'b1', force: false, timeout: '1m', allow_no_match: false };
    expect((await server.ask('POST', `${jobs}/a1/_close`, { body })).body).toEqual({ closed: true });
    expect(await server.state('a1')).toBe('closed');
  });

  it('proposes the old spelling of a member in 7.9 and warns about it in 7.10', async () => {
    const old = await startWithJobs({ version: '7.9' });
    const refused = await old.ask('POST', `${jobs}/a1/_close`, { body: { allow_no_match: true } });
    expect(refused.body.error?.reason).toBe(
      '[1:2] [cluster:admin/xpack/ml/job/close] unknown field [allow_no_match] did you mean [allow_no_jobs]?',
    );
    const newer = await startWithJobs({ version: '7.10' });
    const warned = await newer.ask('POST', `${jobs}/foo-*/_close`, { body: '{"allow_no_jobs": true}' });
    expect(warned.headers.get('warning')).toContain(
      '"[cluster:admin/xpack/ml/job/close][1:19] Deprecated field [allow_no_jobs] used, expected [allow_no_match] instead"',
    );
  });
});
