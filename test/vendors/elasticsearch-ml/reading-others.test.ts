import { describe, expect, it } from 'vitest';
import type { FieldSet } from '../../../src/domain/index.js';
import { recorded, recording } from '../support/recordings.js';
import { failure, setUp } from './support.js';

const feeds = '/_ml/datafeeds';
const file = 'elasticsearch-ml/7.9.0/06-datafeeds';
const everything: FieldSet = new Set(
  ['state', 'stateReason', 'realtime', 'searchInterval', 'indices', 'raw'].map((field) => `Datafeed.${field}`),
);

describe('reading datafeeds by id', () => {
  it('reads what a real 7.9 server tells of them', async () => {
    const started = recording(file).find(
      ({ path, response }) => path === `${feeds}/df-a1/_stats` && JSON.stringify(response).includes('"started"'),
    );
    const config = recorded(file, `GET ${feeds}/df-a1`);
    const { server, adapter, call } = await setUp(({ path }) => ({ body: path.endsWith('/_stats') ? started?.response : config.response }));
    const { readings, missing } = await adapter.readDatafeeds(['df-a1'], everything, call);
    expect(readings.get('df-a1')).toMatchObject({
      status: 'found',
      value: {
        id: 'datafeed:es-prod:df-a1',
        jobNativeId: 'a1',
        state: 'STARTED',
        vendorState: 'started',
        stateReason: null,
        indices: ['metrics'],
        queryDelayMs: 97_185,
        frequencyMs: null,
        realtime: null,
        raw: { config: { scroll_size: 1000 }, stats: { state: 'started' } },
      },
    });
    expect(missing).toEqual([]);
    expect(server.requests().toSorted()).toEqual([`GET ${feeds}/df-a1`, `GET ${feeds}/df-a1/_stats`]);
  });

  it('asks for no state that is not wanted', async () => {
    const config = recorded(file, `GET ${feeds}/df-a1`);
    const { server, adapter, call } = await setUp(() => ({ body: config.response }));
    const { readings } = await adapter.readDatafeeds(['df-a1'], new Set(['Datafeed.indices']), call);
    expect(server.requests()).toEqual([`GET ${feeds}/df-a1`]);
    const reading = readings.get('df-a1');
    expect(reading?.status === 'found' && 'state' in reading.value).toBe(false);
  });

  it('tells where it is reading now', async () => {
    const { adapter, call } = await setUp(({ path }) => ({
      body: path.endsWith('/_stats')
        ? {
            datafeeds: [
              {
                datafeed_id: 'd',
                state: 'started',
                running_state: { real_time_configured: false, search_interval: { start_ms: 1, end_ms: 2 } },
              },
            ],
          }
        : { datafeeds: [{ datafeed_id: 'd' }] },
    }));
    const { readings } = await adapter.readDatafeeds(['d'], new Set(['Datafeed.realtime', 'Datafeed.searchInterval']), call);
    expect(readings.get('d')).toMatchObject({ value: { realtime: false, searchInterval: { start: 1, end: 2 }, indices: [] } });
  });

  it.each([
    ['Datafeed.state', []],
    ['Datafeed.stateReason', ['stateReason']],
    ['Datafeed.realtime', ['realtime']],
    ['Datafeed.searchInterval', ['searchInterval']],
  ])('tells for %s beside the state only %j: what moves by itself is no news to who does not want it', async (field, told) => {
    const { adapter, call } = await setUp(({ path }) => ({
      body: { datafeeds: [{ datafeed_id: 'd', ...(path.endsWith('/_stats') ? { state: 'started' } : {}) }] },
    }));
    const reading = (await adapter.readDatafeeds(['d'], new Set([field]), call)).readings.get('d');
    const moving = ['state', 'vendorState', 'stateReason', 'realtime', 'searchInterval'];
    expect(moving.filter((name) => reading?.status === 'found' && name in reading.value)).toEqual(['state', 'vendorState', ...told]);
  });

  it('asks again without the ids a 404 names, and sends none that cannot be', async () => {
    const unknown = recorded(file, `GET ${feeds}/df-a1,nope`);
    const { server, adapter, call } = await setUp(({ path }) =>
      path.includes('nope') ? { status: unknown.status, body: unknown.response } : { body: recorded(file, `GET ${feeds}/df-a1`).response },
    );
    const { readings } = await adapter.readDatafeeds(['df-a1', 'nope', '*'], new Set(), call);
    expect([...readings].map(([id, { status }]) => [id, status])).toEqual([
      ['df-a1', 'found'],
      ['nope', 'gone'],
      ['*', 'gone'],
    ]);
    expect(server.requests()).toEqual([`GET ${feeds}/df-a1,nope`, `GET ${feeds}/df-a1`]);
  });

  it('says which part is missing when states cannot be had', async () => {
    const { adapter, call } = await setUp(({ path }) =>
      path.endsWith('/_stats')
        ? failure(500, 'search_phase_execution_exception', 'all shards failed')
        : { body: { datafeeds: [{ datafeed_id: 'd' }] } },
    );
    const { readings, missing } = await adapter.readDatafeeds(['d'], new Set(['Datafeed.state']), call);
    expect(readings.get('d')).toMatchObject({ value: { state: 'UNKNOWN', vendorState: null } });
    expect(missing.map(({ part, error }) => [part, error.code])).toEqual([['DATAFEEDS', 'BACKEND_UNAVAILABLE']]);
  });
});

describe('reading nodes by id', () => {
  it('asks for several at once, for names and roles only', async () => {
    const { server, adapter, call } = await setUp(() => ({
      body: { nodes: { N1: { name: 'node-1', roles: ['ml', 'data'] }, N2: { name: 'node-2' } } },
    }));
    const { readings } = await adapter.readNodes(['N1', 'N2', 'N3', 'master:true', '*'], new Set(), call);
    expect(readings.get('N1')).toEqual({
      status: 'found',
      value: { id: 'node:es-prod:N1', backendKey: 'es-prod', nativeId: 'N1', name: 'node-1', roles: ['ml', 'data'] },
    });
    expect(['N2', 'N3', 'master:true', '*'].map((id) => readings.get(id)?.status)).toEqual(['found', 'gone', 'gone', 'gone']);
    expect(server.seen.map(({ path, query }) => `${path}?${query.get('filter_path')}`)).toEqual([
      '/_nodes/N1,N2,N3?_nodes.failed,cluster_name,nodes.*.name,nodes.*.roles',
    ]);
  });

  it.each(['constructor', 'toString', '__proto__'])('finds no node in %s, which every object has', async (id) => {
    const { adapter, call } = await setUp(() => ({ body: { nodes: { N1: { name: 'node-1' } } } }));
    expect((await adapter.readNodes([id], new Set(), call)).readings.get(id)).toEqual({ status: 'gone' });
  });

  it('calls no node gone while some give no answer', async () => {
    const { adapter, call } = await setUp(() => ({ body: { _nodes: { failed: 1 }, nodes: { N1: { name: 'node-1' } } } }));
    const { readings } = await adapter.readNodes(['N1', 'N2'], new Set(), call);
    expect(readings.get('N1')?.status).toBe('found');
    expect(readings.get('N2')).toMatchObject({ status: 'undetermined', cause: { code: 'BACKEND_UNAVAILABLE' } });
  });

  it('does not know a node it may not read', async () => {
    const { adapter, call } = await setUp(() =>
      failure(403, 'security_exception', 'action [cluster:monitor/nodes/info] is unauthorized for user [u]'),
    );
    const { readings } = await adapter.readNodes(['N1'], new Set(), call);
    expect(readings.get('N1')).toMatchObject({ status: 'undetermined', cause: { code: 'FORBIDDEN', facts: { missing: ['monitor'] } } });
  });
});
