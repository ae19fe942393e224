import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { failure, startServer } from './server.js';

const path = '/_security/user/_has_privileges';
const granted: Readonly<Record<string, readonly string[]>> = {
  admin: ['all'],
  mon: ['monitor'],
  ml: ['manage_ml', 'read', 'write'],
  raw: ['cluster:admin/xpack/ml/*'],
  none: [],
};
const users = Object.entries(granted).map(([name, privileges]) => ({ name, password: 'pw', privileges }));
const as = (name: string) => ({ authorization: `Basic ${Buffer.from(`${name}:pw`).toString('base64')}` });

describe('asking what one may do', () => {
  it('answers by privilege and index', async () => {
    const server = await startServer({ users });
    const index = [
      { names: ['.ml-anomalies-*', 'logs'], privileges: ['read'] },
      { names: ['logs'], privileges: ['write', 'delete'] },
    ];
    const body = { cluster: ['manage_ml', 'monitor_ml', 'manage'], index };
    expect((await server.ask('POST', path, { body, headers: as('ml') })).body).toEqual({
      username: 'ml',
      has_all_requested: false,
      cluster: { manage_ml: true, monitor_ml: true, manage: false },
      index: { '.ml-anomalies-*': { read: true }, logs: { read: true, write: true, delete: false } },
      application: {},
    });
  });

  it('answers a GET with a body, and wants one', async () => {
    const server = await startServer({ users });
    const refused = await server.ask('GET', path, { headers: as('mon') });
    expect(refused.body).toEqual(failure(400, 'parse_exception', 'request body or source parameter is required'));
    const body = JSON.stringify({ cluster: ['monitor'] });
    const headers = { ...as('mon'), 'content-type': 'application/json', 'content-length': body.length };
    // fetch sends no body with GET.
    const request = httpRequest(server.simulator.url + path, { method: 'GET', headers });
    const answered = new Promise<IncomingMessage>((resolve, reject) => request.on('response', resolve).on('error', reject));
    request.end(body);
    const answer: object = JSON.parse(await text(await answered));
    expect(answer).toMatchObject({ username: 'mon', has_all_requested: true, cluster: { monitor: true }, index: {} });
  });

  it.each([
    ['admin', ['all', 'manage', 'manage_ml', 'manage_pipeline'], ['read', 'all', 'write'], true],
    ['mon', ['monitor', 'monitor_ml'], [], true],
    ['mon', ['manage_ml'], [], false],
    ['mon', [], ['monitor'], false],
    ['ml', ['read'], [], false],
    ['ml', [], ['indices:data/read/search'], true],
    ['raw', ['cluster:admin/xpack/ml/job/close'], [], true],
    ['raw', ['manage_ml'], [], false],
    ['none', ['monitor_ml'], [], false],
  ])('says of %s with cluster %j and index %j: %s', async (name, cluster, privileges, all) => {
    const server = await startServer({ users });
    const index = privileges.length === 0 ? [] : [{ names: ['logs'], privileges }];
    const asked = await server.ask('POST', path, { body: { cluster, index }, headers: as(name) });
    const answer: { readonly username: string; readonly has_all_requested: boolean } = JSON.parse(asked.text);
    expect([asked.status, answer.username, answer.has_all_requested]).toEqual([200, name, all]);
  });

  it.each([
    [{}, 'action_request_validation_exception', 'Validation Failed: 1: must specify at least one privilege;'],
    [{ clusters: [] }, 'parse_exception', 'failed to parse privileges check [mon/has_privileges]. unexpected field [clusters]'],
    [{ application: [{}] }, 'illegal_argument_exception', 'simulated users have no application privileges to check'],
  ])('refuses %j', async (body, type, reason) => {
    const server = await startServer({ users });
    expect((await server.ask('POST', path, { body, headers: as('mon') })).body).toEqual(failure(400, type, reason));
  });

  it.each(['7.17', '8.17', '9.1'])('is 401 without credentials in %s', async (version) => {
    const server = await startServer({ version, users });
    const { status, body } = await server.ask('POST', path, { body: { cluster: ['monitor'] } });
    expect([status, body.error?.reason]).toEqual([401, `missing authentication credentials for REST request [${path}]`]);
  });
});

describe('a server without security', () => {
  it.each(['GET', 'POST'])('does not know the question: %s', async (method) => {
    const server = await startServer();
    const { status, body } = await server.ask(method, path, method === 'POST' ? { body: { cluster: ['monitor'] } } : {});
    expect([status, body]).toEqual([400, { error: `no handler found for uri [${path}] and method [${method}]` }]);
  });

  it('takes it for a document with a type before 8', async () => {
    const server = await startServer({ version: '7.17' });
    const { status, body } = await server.ask('POST', path, { body: { cluster: ['monitor'] } });
    expect([status, body.error?.type]).toEqual([400, 'invalid_index_name_exception']);
  });

  it('learns it when security is turned on', async () => {
    const server = await startServer();
    await server.ask('PUT', '/_simulator/settings', { body: { users } });
    const { status } = await server.ask('POST', path, { body: { cluster: ['monitor'] }, headers: as('mon') });
    expect(status).toBe(200);
  });
});
