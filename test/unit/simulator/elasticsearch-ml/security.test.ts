import { describe, expect, it } from 'vitest';
import type { SimulatedUser } from '../../../../src/simulator/index.js';
import { failure, type Server, startServer } from './server.js';

const basic = (name: string, password = `pw-${name}`) => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
});

/** The users of the recording, and what each may do. */
const privileges: Readonly<Record<string, readonly string[]>> = {
  mon: ['monitor_ml'],
  man: ['manage_ml'],
  both: ['manage_ml', 'monitor'],
  tasks: ['manage_ml', 'monitor', 'cluster:admin/tasks/cancel'],
  none: [],
};
const users: readonly SimulatedUser[] = Object.entries(privileges).map(([name, granted]) => ({
  name,
  password: `pw-${name}`,
  privileges: granted,
}));

async function startSecured(version = '7.9', more: readonly SimulatedUser[] = []): Promise<Server> {
  const server = await startServer({ version, users: [...users, ...more] });
  await server.job('s1', {});
  return server;
}

describe('authentication (recorded: 7.9.0/13-security, 14-security-apikey)', () => {
  const header = 'Basic realm="security" charset="UTF-8"';
  it.each([
    ['nothing', {}, 'missing authentication credentials for REST request [/_ml/anomaly_detectors/s1]'],
    ['a wrong password', basic('mon', 'wrong'), 'unable to authenticate user [mon] for REST request [/_ml/anomaly_detectors/s1]'],
    ['an unknown user', basic('nobody'), 'unable to authenticate user [nobody] for REST request [/_ml/anomaly_detectors/s1]'],
    ['a bad token', { authorization: 'Bearer abc' }, 'missing authentication credentials for REST request [/_ml/anomaly_detectors/s1]'],
    [
      'a bad API key',
      { authorization: 'ApiKey YWJjOmRlZg==' },
      'missing authentication credentials for REST request [/_ml/anomaly_detectors/s1]',
    ],
    ['another scheme', { authorization: 'Foo abc' }, 'missing authentication credentials for REST request [/_ml/anomaly_detectors/s1]'],
  ])('answers 401 for %s', async (_name, headers, reason) => {
    const server = await startSecured();
    const answer = await server.ask('GET', '/_ml/anomaly_detectors/s1', { headers });
    const cause = { type: 'security_exception', reason, header: { 'WWW-Authenticate': header } };
    expect(answer.body).toEqual({ error: { root_cause: [cause], ...cause }, status: 401 });
    expect(answer.headers.get('www-authenticate')).toBe(header);
  });

  it('offers tokens and API keys where there are any', async () => {
    const server = await startSecured('7.9', [{ name: 'gw', apiKey: 'a2V5OnNlY3JldA==', privileges: ['monitor_ml'] }]);
    const answer = await server.ask('GET', '/_ml/anomaly_detectors/s1');
    expect(answer.headers.get('www-authenticate')).toBe(`Bearer realm="security", ApiKey, ${header}`);
    expect(answer.body.error).toMatchObject({ header: { 'WWW-Authenticate': ['Bearer realm="security"', 'ApiKey', header] } });
  });

  it('takes passwords, API keys and tokens', async () => {
    const server = await startSecured('8.17', [
      { name: 'gw', apiKey: 'a2V5OnNlY3JldA==', privileges: ['monitor_ml'] },
      { name: 'svc', bearer: 'token-1', privileges: ['monitor_ml'] },
    ]);
    for (const headers of [basic('mon'), { authorization: 'ApiKey a2V5OnNlY3JldA==' }, { authorization: 'Bearer token-1' }]) {
      expect((await server.ask('GET', '/_ml/anomaly_detectors/s1', { headers })).status).toBe(200);
    }
  });

  it('comes after the refusal of routes and methods', async () => {
    const server = await startSecured();
    expect((await server.ask('GET', '/_ml/anomaly_detectors/s1/_close')).status).toBe(405);
    expect((await server.ask('POST', '/_ml/anomaly_detectors/s1/_reset')).status).toBe(400);
  });

  it('does not name the product, nor in 403', async () => {
    const server = await startSecured('8.17');
    const statuses = [await server.ask('GET', '/_ml/info'), await server.ask('GET', '/_ml/info', { headers: basic('none') })];
    expect(statuses.map(({ status, headers }) => [status, headers.get('x-elastic-product')])).toEqual([
      [401, null],
      [403, null],
    ]);
  });
});

describe('authorization (recorded: 7.9.0/13-security, matrix)', () => {
  const everybody = ['mon', 'man', 'both', 'tasks'];
  it.each([
    ['GET', '/', 'cluster:monitor/main', ['both', 'tasks']],
    ['GET', '/_cluster/health', 'cluster:monitor/health', ['both', 'tasks']],
    ['GET', '/_ml/info', 'cluster:monitor/xpack/ml/info/get', everybody],
    ['GET', '/_ml/anomaly_detectors/s1', 'cluster:monitor/xpack/ml/job/get', everybody],
    ['GET', '/_ml/anomaly_detectors/_all/_stats', 'cluster:monitor/xpack/ml/job/stats/get', everybody],
    ['GET', '/_ml/datafeeds/_all/_stats', 'cluster:monitor/xpack/ml/datafeeds/stats/get', everybody],
    ['POST', '/_ml/anomaly_detectors/s1/_open', 'cluster:admin/xpack/ml/job/open', ['man', 'both', 'tasks']],
    ['POST', '/_ml/anomaly_detectors/s1/_close', 'cluster:admin/xpack/ml/job/close', ['man', 'both', 'tasks']],
    ['DELETE', '/_ml/anomaly_detectors/s1', 'cluster:admin/xpack/ml/job/delete', ['man', 'both', 'tasks']],
    ['GET', '/_tasks?actions=xpack/ml/*', 'cluster:monitor/tasks/lists', ['both', 'tasks']],
    ['GET', '/_tasks/foo:1', 'cluster:monitor/task/get', ['both', 'tasks']],
    ['POST', '/_tasks/_cancel?actions=nope', 'cluster:admin/tasks/cancel', ['tasks']],
    ['POST', '/_ml/set_upgrade_mode?enabled=false', 'cluster:admin/xpack/ml/upgrade_mode', ['man', 'both', 'tasks']],
  ])('%s %s needs what grants %s', async (method, path, action, allowed) => {
    const server = await startSecured();
    for (const name of Object.keys(privileges)) {
      const { status, body } = await server.ask(method, path, { headers: basic(name) });
      if (allowed.includes(name)) expect([name, status]).not.toEqual([name, 403]);
      else expect(body).toEqual(failure(403, 'security_exception', `action [${action}] is unauthorized for user [${name}]`));
    }
  });

  it('names the id of an API key', async () => {
    const server = await startSecured('7.9', [
      { name: 'admin', apiKey: Buffer.from('dalM:s').toString('base64'), privileges: ['manage_ml'] },
    ]);
    const { body } = await server.ask('GET', '/', { headers: { authorization: `ApiKey ${Buffer.from('dalM:s').toString('base64')}` } });
    expect(body.error?.reason).toBe('action [cluster:monitor/main] is unauthorized for API key id [dalM] of user [admin]');
  });

  it('names the privileges that would do in 8', async () => {
    const server = await startSecured('8.17');
    const { body } = await server.ask('POST', '/_ml/anomaly_detectors/s1/_reset', { headers: basic('mon') });
    expect(body.error?.reason).toBe(
      'action [cluster:admin/xpack/ml/job/reset] is unauthorized for user [mon] with effective roles [mon], ' +
        'this action is granted by the cluster privileges [manage_ml,manage,all]',
    );
  });

  it.each([
    ['7.9', 'DELETE', '/_ml/anomaly_detectors/s1', 'cluster:admin/xpack/ml/job/delete', /unauthorized for user \[none]$/],
    ['8.17', 'POST', '/_ml/anomaly_detectors/s1/_reset', 'cluster:admin/xpack/ml/job/reset', /unauthorized for user \[none] with/],
  ])('answers a task to a background verb of %s, with the refusal in its result alone', async (version, method, path, action, who) => {
    const server = await startSecured(version);
    const { status, body } = await server.ask(method, `${path}?wait_for_completion=false`, { headers: basic('none') });
    expect(status).toBe(200);
    const stored = await server.ask('GET', `/_tasks/${String(body.task)}`, { headers: basic('both') });
    expect(stored.body).toMatchObject({ completed: true, task: { action } });
    expect(stored.body.error).toEqual({ type: 'security_exception', reason: expect.stringMatching(who) });
  });

  it('lets credentials be revoked while it runs', async () => {
    const server = await startSecured();
    const ask = () => server.ask('GET', '/_ml/info', { headers: basic('mon') });
    expect((await ask()).status).toBe(200);
    await server.ask('PUT', '/_simulator/settings', { body: { users: [] } });
    expect((await ask()).status).toBe(401);
    await server.ask('PUT', '/_simulator/settings', { body: { users: null } });
    expect((await ask()).status).toBe(200);
  });
});
