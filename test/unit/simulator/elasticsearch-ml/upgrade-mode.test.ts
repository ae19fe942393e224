import { describe, expect, it } from 'vitest';
import { failure, startServer } from './server.js';

const jobs = '/_ml/anomaly_detectors';
const explained = 'persistent task cannot be assigned while upgrade mode is enabled.';

describe('upgrade mode (recorded: 7.9.0/08-upgrade-mode)', () => {
  it('takes jobs and datafeeds off their nodes and gives them back', async () => {
    const server = await startServer();
    await server.job('a1', { state: 'opened', datafeed: 'started' });
    await server.job('b1', {});
    const stats = async () =>
      (await server.ask('GET', `${jobs}/_stats?filter_path=jobs.state,jobs.node.name,jobs.assignment_explanation`)).body.jobs;
    expect((await server.ask('POST', '/_ml/set_upgrade_mode?enabled=true')).body).toEqual({ acknowledged: true });
    expect((await server.ask('GET', '/_ml/info?filter_path=upgrade_mode')).body).toEqual({ upgrade_mode: true });
    expect(await stats()).toEqual([{ state: 'opened', assignment_explanation: explained }, { state: 'closed' }]);
    const { body } = await server.ask(
      'GET',
      '/_ml/datafeeds/_stats?filter_path=datafeeds.state,datafeeds.node.name,datafeeds.assignment_explanation',
    );
    expect(body.datafeeds).toEqual([{ state: 'started', assignment_explanation: explained }]);
    expect((await server.ask('GET', '/_tasks?actions=xpack/ml/*')).body).toEqual({ nodes: {} });
    await server.ask('POST', '/_ml/set_upgrade_mode?enabled=false&timeout=30s');
    const node = { name: expect.stringMatching(/^node-/) };
    expect(await stats()).toEqual([{ state: 'opened', node, assignment_explanation: '' }, { state: 'closed' }]);
  });

  it.each([
    ['POST', `${jobs}/b1/_open`, 'job/open'],
    ['POST', `${jobs}/a1/_close`, 'job/close'],
    ['POST', `${jobs}/a1/_close?force=true`, 'job/close'],
    ['POST', `${jobs}/unknown/_close`, 'job/close'],
    ['POST', '/_ml/datafeeds/df/_start', 'datafeed/start'],
    ['POST', '/_ml/datafeeds/df/_stop', 'datafeed/stop'],
    ['DELETE', `${jobs}/unknown`, 'job/delete'],
  ])('refuses %s %s before anything else', async (method, path, action) => {
    const server = await startServer();
    await server.ask('POST', '/_ml/set_upgrade_mode?enabled=true');
    const reason = `Cannot perform cluster:admin/xpack/ml/${action} action while upgrade mode is enabled`;
    expect((await server.ask(method, path)).body).toEqual(failure(429, 'status_exception', reason));
    expect((await server.ask('GET', jobs)).status).toBe(200);
  });

  it('is off unless told on, and takes only booleans', async () => {
    const server = await startServer();
    expect((await server.ask('POST', '/_ml/set_upgrade_mode')).body).toEqual({ acknowledged: true });
    expect((await server.ask('GET', '/_ml/info?filter_path=upgrade_mode')).body).toEqual({ upgrade_mode: false });
    expect((await server.ask('POST', '/_ml/set_upgrade_mode?enabled=maybe')).status).toBe(400);
  });
});

describe('a node that leaves (recorded: 7.9.0/18-cluster-3-nodes)', () => {
  it('takes its jobs with it until they run elsewhere', async () => {
    const server = await startServer({ speed: 2 });
    await server.job('a1', { state: 'opened' });
    const path = `${jobs}/a1/_stats?filter_path=jobs.state,jobs.node.id,jobs.assignment_explanation`;
    const before = (await server.ask('GET', '/_simulator/state')).body.jobs?.[0]?.node;
    await server.ask('DELETE', `/_simulator/nodes/${String(before)}`);
    expect((await server.ask('GET', path)).body.jobs).toEqual([
      { state: 'opened', assignment_explanation: 'awaiting reassignment after node loss' },
    ]);
    const { body } = await server.until('GET', path, (answer) => answer.body.jobs?.[0]?.node !== undefined);
    expect(body.jobs?.[0]?.node).not.toEqual({ id: before });
    expect(Object.keys((await server.ask('GET', '/_nodes')).body.nodes ?? {})).toHaveLength(2);
  });
});
