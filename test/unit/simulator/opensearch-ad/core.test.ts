import { expect, test } from 'vitest';
import { isJsonObject, type Json } from '../../../../src/simulator/json.js';
import { AuthenticationFailure, authenticate, authorize } from '../../../../src/simulator/opensearch-ad/core/security.js';
import { findDialect } from '../../../../src/simulator/opensearch-ad/dialect.js';
import { SearchFailure } from '../../../../src/simulator/opensearch-ad/search/search-failure.js';
import { boot, crash } from '../../../../src/simulator/opensearch-ad/server-life.js';
import { createWorld } from '../../../../src/simulator/opensearch-ad/world.js';
import { coreServer } from './core-server.js';

const users = [
  { name: 'reader', password: 'secret', privileges: ['anomaly_read_access'] },
  { name: 'full', bearer: 'token-1', privileges: ['anomaly_full_access'] },
  { name: 'starter', password: 'a:b', privileges: ['cluster:admin/opendistro/ad/detector/job*'] },
];

const worldOf = (product: 'opensearch' | 'elasticsearch') => {
  const world = createWorld(findDialect(product, undefined), 1, users);
  world.dispose();
  return world;
};

const basic = (name: string, password: string) => ({ authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` });

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (cause) {
    return cause;
  }
  return undefined;
}

const refusalOf = (run: () => unknown) => {
  const cause = thrownBy(run);
  return cause instanceof AuthenticationFailure ? cause.answer : undefined;
};

const reasonOf = (run: () => unknown) => {
  const cause = thrownBy(run);
  return cause instanceof SearchFailure ? { status: cause.status, ...cause.failure } : undefined;
};

const member = (value: Json | undefined, ...path: readonly string[]): Json | undefined =>
  path.reduce<Json | undefined>((inner, key) => (isJsonObject(inner) ? inner[key] : undefined), value);

test('OpenSearch Security answers who is not known with a challenge and no body', () => {
  const world = worldOf('opensearch');
  for (const headers of [{}, basic('reader', 'wrong'), { authorization: 'Bearer nobody' }, basic('full', '')]) {
    expect(refusalOf(() => authenticate(world, headers))).toMatchObject({
      status: 401,
      body: '',
      headers: { 'www-authenticate': 'Basic realm="OpenSearch Security"' },
    });
  }
});

test('Search Guard answers who is not known with JSON where JSON is accepted, and with text otherwise', () => {
  const world = worldOf('elasticsearch');
  const json = refusalOf(() => authenticate(world, { accept: 'application/json' }));
  expect(JSON.parse(String(json?.body ?? ''))).toEqual({
    status: 401,
    error: { reason: 'Unauthorized', type: 'authentication_exception' },
  });
  expect(refusalOf(() => authenticate(world, {}))).toMatchObject({ status: 401, body: 'Unauthorized' });
});

test('users are known by password, which may hold colons, and by bearer token; without users nobody is asked', () => {
  const world = worldOf('opensearch');
  expect(authenticate(world, basic('starter', 'a:b'))?.name).toBe('starter');
  expect(authenticate(world, { authorization: 'bearer token-1' })?.name).toBe('full');
  world.users = undefined;
  expect(authenticate(world, {})).toBeUndefined();
});

test('the role for reading sees tasks but neither statistics nor the root; the other role sees all three', () => {
  const world = worldOf('opensearch');
  const [reader, full] = users;
  const start = 'cluster:admin/opendistro/ad';
  expect(reasonOf(() => authorize(world, reader, `${start}/tasks/search`))).toBeUndefined();
  expect(reasonOf(() => authorize(world, reader, `${start}/detector/stats`))).toEqual({
    status: 403,
    type: 'security_exception',
    reason:
      'no permissions for [cluster:admin/opendistro/ad/detector/stats] and User [name=reader, backend_roles=[], requestedTenant=null]',
  });
  expect(reasonOf(() => authorize(world, reader, 'cluster:monitor/main'))).toMatchObject({ status: 403 });
  for (const action of [`${start}/detector/stats`, `${start}/tasks/search`, 'cluster:monitor/main']) {
    expect(reasonOf(() => authorize(world, full, action))).toBeUndefined();
  }
});

test('actions are granted by name with wildcards, and Search Guard does not say what is missing', () => {
  const [, , starter] = users;
  const world = worldOf('opensearch');
  expect(reasonOf(() => authorize(world, starter, 'cluster:admin/opendistro/ad/detector/jobmanagement'))).toBeUndefined();
  expect(reasonOf(() => authorize(world, starter, 'cluster:admin/opendistro/ad/detector/write'))).toMatchObject({ status: 403 });
  expect(reasonOf(() => authorize(worldOf('elasticsearch'), starter, 'cluster:admin/searchguard/ad/detector/write'))).toMatchObject({
    status: 403,
    reason: 'Insufficient permissions',
  });
});

test.each([
  ['1.3', '1.3.20'],
  ['2.11', '2.11.0'],
  ['2.19', '2.19.4'],
  ['3.4', '3.4.0'],
])('OpenSearch %s names its distribution and version at its root', async (version, number) => {
  const { ask } = await coreServer({ version });
  const { body } = await ask('GET', '/');
  expect(member(body, 'version', 'distribution')).toBe('opensearch');
  expect(member(body, 'version', 'number')).toBe(number);
  expect(member(body, 'tagline')).toBe('The OpenSearch Project: https://opensearch.org/');
  expect((await ask('HEAD', '/')).status).toBe(200);
});

test('Search Guard runs on Elasticsearch 8.17.0, which names a flavour and no distribution', async () => {
  const { ask } = await coreServer({ product: 'elasticsearch' });
  const { body } = await ask('GET', '/');
  expect(member(body, 'version')).toMatchObject({ number: '8.17.0', build_flavor: 'default' });
  expect(member(body, 'version', 'distribution')).toBeUndefined();
  expect(member(body, 'tagline')).toBe('You Know, for Search');
});

test('an index with a replica keeps one node yellow; waiting for green ends with a 408', async () => {
  const { ask } = await coreServer({ speed: 100 });
  expect(member((await ask('GET', '/_cluster/health')).body, 'status')).toBe('green');
  await ask('PUT', '/a');
  const waited = await ask('GET', '/_cluster/health?wait_for_status=green&timeout=1s');
  expect(waited.status).toBe(408);
  expect(waited.body).toMatchObject({ status: 'yellow', timed_out: true, active_primary_shards: 1, unassigned_shards: 1 });
});

test('settings of the plugin are only known where it is installed, and are kept as text', async () => {
  const { ask, world } = await coreServer();
  const body = '{"transient":{"plugins.anomaly_detection.enabled":false}}';
  expect((await ask('PUT', '/_cluster/settings', body)).status).toBe(400);
  world.plugin = true;
  expect((await ask('PUT', '/_cluster/settings', body)).body).toEqual({
    acknowledged: true,
    persistent: {},
    transient: { plugins: { anomaly_detection: { enabled: 'false' } } },
  });
  await ask('PUT', '/_cluster/settings', '{"transient":{"plugins.anomaly_detection.enabled":null}}');
  expect((await ask('GET', '/_cluster/settings')).body).toEqual({ persistent: {}, transient: {} });
});

test('a body of plain text is refused with 406, and an unknown route has an error without status', async () => {
  const { ask } = await coreServer();
  const refused = await ask('POST', '/_search', '{}', { 'content-type': 'text/plain' });
  expect(refused).toMatchObject({ status: 406, body: { error: 'Content-Type header [text/plain] is not supported', status: 406 } });
  const unknown = await ask('GET', '/_plugins/_anomaly_detection/detectors/x?task=true');
  expect(unknown.status).toBe(400);
  expect(unknown.body).toEqual({
    error: 'no handler found for uri [/_plugins/_anomaly_detection/detectors/x] and method [GET]',
  });
});

test('a crash loses running tasks but no documents, and until shards are back nothing can be searched', async () => {
  const { ask, world } = await coreServer();
  await ask('POST', '/many/_bulk', Array.from({ length: 40 }, () => '{"index":{}}\n{"a":1}\n').join(''));
  const query = '/_reindex?wait_for_completion=false&requests_per_second=1';
  const { body } = await ask('POST', query, '{"source":{"index":"many","size":20},"dest":{"index":"copy"}}');
  const id = String(member(body, 'task'));
  expect((await ask('GET', `/_tasks/${id}`)).body).toMatchObject({ completed: false, task: { status: { total: 40, created: 20 } } });
  crash(world);
  boot(world);
  expect((await ask('GET', '/many/_search')).status).toBe(503);
  expect(member((await ask('GET', '/_cluster/health')).body, 'status')).toBe('red');
  world.schedule.advance(10_000);
  expect(member((await ask('GET', '/many/_count')).body, 'count')).toBe(40);
  expect((await ask('GET', `/_tasks/${id}`)).status).toBe(404);
});

test('node statistics have what a plugin adds only where there is the plugin', async () => {
  const { ask, world } = await coreServer();
  const path = '/_nodes/stats/jvm,os,process,thread_pool?filter_path=nodes.*.thread_pool.ad-*,nodes.*.jvm.mem.heap_used_percent';
  const node = world.cluster.manager().id;
  expect(member((await ask('GET', path)).body, 'nodes', node, 'thread_pool')).toBeUndefined();
  world.plugin = true;
  const { body } = await ask('GET', path);
  expect(Object.keys(Object(member(body, 'nodes', node, 'thread_pool')))).toEqual(['ad-batch-task-threadpool', 'ad-threadpool']);
  expect(member(body, 'nodes', node, 'jvm', 'mem', 'heap_used_percent')).toBeTypeOf('number');
});
