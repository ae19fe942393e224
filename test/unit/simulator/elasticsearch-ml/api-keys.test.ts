import { describe, expect, it } from 'vitest';
import { failure, startServer } from './server.js';

const first = Buffer.from('one:key').toString('base64');
const basic = { authorization: `Basic ${Buffer.from('admin:pw').toString('base64')}` };
const users = [
  { name: 'admin', password: 'pw', privileges: ['all'] },
  { name: 'admin', apiKey: first, privileges: ['monitor_ml'] },
];

describe('API keys', () => {
  const body = { name: 'gateway', role_descriptors: { x: { cluster: ['manage_ml', 'monitor'] } } };

  it('are made, and may do what they were given', async () => {
    const server = await startServer({ users });
    const { text } = await server.ask('POST', '/_security/api_key', { body, headers: basic });
    const made: { readonly id: string; readonly name: string; readonly api_key: string; readonly encoded: string } = JSON.parse(text);
    expect(made.name).toBe('gateway');
    expect(Buffer.from(made.encoded, 'base64').toString()).toBe(`${made.id}:${made.api_key}`);
    const headers = { authorization: `ApiKey ${made.encoded}` };
    expect((await server.ask('GET', '/_tasks', { headers })).status).toBe(200);
    const refused = await server.ask('POST', '/_tasks/_cancel', { headers });
    expect(refused.body.error?.reason).toContain(`is unauthorized for API key id [${made.id}] of user [admin]`);
  });

  it('are not made by those who may not', async () => {
    const server = await startServer({ users });
    expect((await server.ask('POST', '/_security/api_key', { body, headers: { authorization: `ApiKey ${first}` } })).status).toBe(403);
  });

  it('are not enabled where there were none', async () => {
    const server = await startServer({ users: users.slice(0, 1) });
    const answer = await server.ask('POST', '/_security/api_key', { body, headers: basic });
    const refusal = failure(400, 'feature_not_enabled_exception', 'api keys are not enabled');
    expect(answer.body).toMatchObject({ ...refusal, error: { 'disabled.feature': 'api_keys' } });
  });

  it('tell whose they are, without any privilege', async () => {
    const server = await startServer({ users: [{ name: 'nobody', apiKey: first, privileges: [] }] });
    const { status, body: who } = await server.ask('GET', '/_security/_authenticate', { headers: { authorization: `ApiKey ${first}` } });
    expect([status, who]).toMatchObject([200, { username: 'nobody', enabled: true }]);
    expect((await server.ask('GET', '/_security/_authenticate')).status).toBe(401);
  });
});

describe('the index of task results', () => {
  it('appears with the first result', async () => {
    const server = await startServer();
    expect((await server.ask('GET', '/.tasks/_search')).status).toBe(404);
    const { body: begun } = await server.ask('DELETE', '/_ml/anomaly_detectors/nope?wait_for_completion=false');
    await server.until('GET', `/_tasks/${begun.task}`, (answer) => answer.body.completed === true);
    const { body } = await server.ask('GET', '/.tasks/_search');
    expect(body).toMatchObject({ hits: { hits: [{ _index: '.tasks', _id: begun.task, _source: { completed: true } }] } });
  });
});
