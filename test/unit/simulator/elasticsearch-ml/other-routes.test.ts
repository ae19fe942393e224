import { describe, expect, it } from 'vitest';
import { type Server, startServer } from './server.js';

const settings = (server: Server, body: object) => server.ask('PUT', '/_simulator/settings', { body });

describe('licence and features', () => {
  it.each(['trial', 'basic'])('tell of a %s licence', async (licence) => {
    const server = await startServer();
    await settings(server, { licence });
    expect((await server.ask('GET', '/_license')).body).toMatchObject({ license: { type: licence, status: 'active' } });
    const { body } = await server.ask('GET', '/_xpack?categories=features');
    expect(body).toMatchObject({ features: { ml: { available: licence === 'trial', enabled: true } } });
    expect(body).not.toHaveProperty('license');
  });
});

describe('a server without machine learning', () => {
  it.each([
    ['8.17', 'GET', '/_ml/anomaly_detectors/_all', 400],
    ['8.17', 'POST', '/_ml/anomaly_detectors/x/_close', 400],
    ['7.9', 'GET', '/_ml/anomaly_detectors/_all', 404],
    ['7.9', 'GET', '/_ml/info', 405],
    ['7.9', 'POST', '/_ml/anomaly_detectors/x/_close', 400],
    ['7.9', 'GET', '/_tasks', 200],
  ])('%s answers %s %s with %i', async (version, method, path, status) => {
    const server = await startServer({ version });
    await settings(server, { ml: false });
    expect((await server.ask(method, path)).status).toBe(status);
    await settings(server, { ml: true });
    expect((await server.ask('GET', '/_ml/anomaly_detectors/_all')).status).toBe(200);
  });
});

describe('the paths before 7', () => {
  it('are taken by 7 with a warning, and not by 8', async () => {
    const old = await startServer({ version: '7.17' });
    const { status, headers } = await old.ask('GET', '/_xpack/ml/datafeeds/_all/_stats');
    expect(status).toBe(200);
    expect(headers.get('warning')).toContain(
      '[GET /_xpack/ml/datafeeds/{datafeed_id}/_stats] is deprecated! Use [GET /_ml/datafeeds/{datafeed_id}/_stats] instead.',
    );
    expect((await (await startServer()).ask('GET', '/_xpack/ml/datafeeds/_all/_stats')).status).toBe(400);
  });
});

describe('tables', () => {
  it('list jobs as text and as JSON', async () => {
    const server = await startServer();
    await server.job('one', {});
    await server.job('a-longer-one', { state: 'opened' });
    const [head, first, second] = (await server.ask('GET', '/_cat/ml/anomaly_detectors?v')).text.split('\n');
    expect(head).toMatch(/^id {12}state data\.processed_records/);
    expect(first).toMatch(/^one {10}closed 0 /);
    expect(second).toMatch(/^a-longer-one opened 0 /);
    const json = await server.ask('GET', '/_cat/ml/anomaly_detectors?format=json');
    expect(json.body).toMatchObject([{ id: 'one', state: 'closed' }, { id: 'a-longer-one' }]);
  });

  it('list tasks', async () => {
    const server = await startServer();
    await server.job('one', { state: 'opened' });
    const { headers, text } = await server.ask('GET', '/_cat/tasks');
    expect(headers.get('content-type')).toBe('text/plain; charset=UTF-8');
    expect(text).toMatch(/^xpack\/ml\/job\[c\] +\S+:\d+ +cluster:\d+ +persistent/m);
  });
});

describe('YAML', () => {
  it.each([
    ['?format=yaml', {}],
    ['', { accept: 'application/yaml' }],
  ])('is answered to %s %j', async (query, headers) => {
    const server = await startServer();
    await server.job('one', { groups: ['g'] });
    const path = `/_ml/anomaly_detectors/one${query}${query === '' ? '?' : '&'}filter_path=count,jobs.job_id,jobs.groups,jobs.analysis_config.influencers`;
    const answer = await server.ask('GET', path, { headers });
    expect(answer.headers.get('content-type')).toBe('application/yaml');
    const job = ['- job_id: "one"', '  groups:', '  - "g"', '  analysis_config:', '    influencers:', '    - "host.name"'];
    expect(answer.text).toBe(`---\ncount: 1\njobs:\n${job.join('\n')}\n`);
  });

  it('is taken as a body, and errors are written in it too', async () => {
    const server = await startServer();
    await server.job('one', { state: 'failed' });
    const yaml = { 'content-type': 'application/yaml' };
    const refused = await server.ask('POST', '/_ml/anomaly_detectors/one/_close', { body: 'force: false\n', headers: yaml });
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('  reason: "cannot close job [one] because it failed, use force close"\nstatus: 409\n');
    const closed = await server.ask('POST', '/_ml/anomaly_detectors/one/_close', { body: 'force: true\n', headers: yaml });
    expect(closed.text).toBe('---\nclosed: true\n');
  });
});

describe('error_trace', () => {
  it('adds a stack trace to the error and its root', async () => {
    const server = await startServer();
    const { body } = await server.ask('GET', '/_ml/anomaly_detectors/nope?error_trace=true');
    const trace = { stack_trace: expect.stringMatching(/^ResourceNotFoundException\[No known job with id 'nope'\]\n\tat /) };
    expect(body.error).toMatchObject({ ...trace, root_cause: [trace] });
    expect((await server.ask('GET', '/_ml/anomaly_detectors/nope')).body.error).not.toHaveProperty('stack_trace');
  });
});

describe('work of other parts of the server', () => {
  const body = { source: { index: 'metrics', size: 100 }, dest: { index: 'copy' } };

  it('runs as a task with a status, and ends when it is cancelled', async () => {
    const server = await startServer();
    await server.ask('PUT', '/metrics');
    const { body: begun } = await server.ask('POST', '/_reindex?wait_for_completion=false&requests_per_second=1000', { body });
    const running = await server.ask('GET', `/_tasks/${begun.task}`);
    expect(running.body).toMatchObject({ completed: false, task: { action: 'indices:data/write/reindex', status: { total: 5000 } } });
    await server.ask('POST', `/_tasks/${begun.task}/_cancel`);
    const ended = await server.until('GET', `/_tasks/${begun.task}`, (answer) => answer.body.completed === true);
    expect(ended.body).toMatchObject({ response: { canceled: 'by user request', failures: [] } });
  });

  it('runs to its end', async () => {
    const server = await startServer();
    await server.ask('PUT', '/metrics');
    expect((await server.ask('POST', '/_reindex', { body })).body).toMatchObject({ total: 5000, created: 5000 });
    const { body: merged } = await server.ask('POST', '/metrics/_forcemerge');
    expect(merged).toEqual({ _shards: { total: 1, successful: 1, failed: 0 } });
  });

  it('fails in its result when the index is not there', async () => {
    const server = await startServer();
    const { body: begun } = await server.ask('POST', '/nope/_forcemerge?wait_for_completion=false');
    const ended = await server.until('GET', `/_tasks/${begun.task}`, (answer) => answer.body.completed === true);
    expect(ended.body).toMatchObject({ error: { type: 'index_not_found_exception', reason: 'no such index [nope]' } });
  });

  it('includes the health node since 8', async () => {
    const actions = async (version: string) =>
      (await (await startServer({ version })).ask('GET', '/_tasks?group_by=none')).body.tasks?.map(({ action }) => action);
    expect(await actions('8.17')).toContain('health-node[c]');
    expect(await actions('7.17')).not.toContain('health-node[c]');
  });
});

describe('a cluster without an ML node', () => {
  it('opens no job, but lazily', async () => {
    const server = await startServer();
    await server.ask('PUT', '/_simulator/nodes/plain', { body: { roles: ['master', 'data'] } });
    for (const name of ['node-1', 'node-2', 'node-3']) await server.ask('DELETE', `/_simulator/nodes/${name}`);
    await server.job('one', {});
    await server.job('lazy', { allowLazyOpen: true });
    expect((await server.ask('POST', '/_ml/anomaly_detectors/one/_open')).body.error?.caused_by).toMatchObject({
      reason: expect.stringContaining("[Not opening job [one] on node [plain], because this node isn't a ml node.]"),
    });
    expect((await server.ask('POST', '/_ml/anomaly_detectors/lazy/_open')).body).toEqual({ opened: true, node: '' });
    expect((await server.ask('GET', '/_ml/info')).body).toMatchObject({ limits: {} });
  });
});
