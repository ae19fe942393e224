import { describe, expect, it } from 'vitest';
import { openSearch, refusal, searchGuard, startServer } from './server.js';

const everything = { query: { match_all: {} } };

describe('a cluster without any detector', () => {
  it('misses the indices that are searched, but not those of results', async () => {
    const server = await startServer();
    expect(refusal(await server.ask('POST', '/detectors/_search', everything))).toEqual([
      404,
      'no such index [.opendistro-anomaly-detectors]',
    ]);
    expect(refusal(await server.ask('POST', '/detectors/tasks/_search', everything))).toEqual([
      404,
      'no such index [.opendistro-anomaly-detection-state]',
    ]);
    expect((await server.ask('POST', '/detectors/results/_search', everything)).body.hits).toEqual({
      total: { value: 0, relation: 'eq' },
      max_score: 0,
      hits: [],
    });
    expect((await server.ask('GET', '/detectors/count')).body).toEqual({ count: 0, match: false });
    expect((await server.ask('GET', '/detectors/match?name=x')).body).toEqual({ count: 0, match: false });
  });

  it.each([
    ['2.19.4', 404, "Can't find config with id: x"],
    ['2.11.0', 500, "Can't find detector with id: x"],
  ])('does not find a detector in the words of %s', async (version, profileStatus, reason) => {
    const server = await startServer({ version });
    expect(refusal(await server.ask('GET', '/detectors/x?job=true&task=true'))).toEqual([404, reason]);
    expect(refusal(await server.ask('GET', '/detectors/x/_profile'))).toEqual([profileStatus, reason]);
    expect((await server.ask('HEAD', '/detectors/x')).status).toBe(404);
    for (const path of ['/detectors/x/_start', '/detectors/x/_stop', '/detectors/x/_stop?historical']) {
      expect(refusal(await server.ask('POST', path))).toEqual([404, 'no such index [.opendistro-anomaly-detectors]']);
    }
  });

  it.each([
    ['3.4.0', ['forecast_config_index_status', 'single_stream_detector_count', 'hc_detector_count', 'anomaly_detectors_index_status']],
    ['2.15.0', ['config_index_status', 'job_index_status', 'anomaly_models_checkpoint_index_status', 'hc_detector_count']],
    ['2.11.0', ['single_entity_detector_count', 'multi_entity_detector_count', 'models_checkpoint_index_status']],
  ])('has statistics under the names of %s', async (version, names) => {
    const server = await startServer({ version });
    const { body } = await server.ask('GET', '/stats');
    expect(Object.keys(body)).toEqual(expect.arrayContaining(names));
  });

  it('counts by path: all, by stat, by node, by node and stat', async () => {
    const server = await startServer();
    const { nodes = {} } = (await server.ask('GET', '/stats/')).body;
    const [id = ''] = Object.keys(nodes);
    expect(Object.keys(nodes[id] ?? {})).toHaveLength(11);
    expect((await server.ask('GET', '/stats/detector_count')).body).toEqual({ detector_count: 0, nodes: { [id]: {} } });
    expect((await server.ask('GET', '/node-1/stats/model_count,models')).body).toEqual({ nodes: { [id]: { model_count: 0, models: [] } } });
    expect((await server.ask('GET', '/nobody/stats/model_count')).body).toEqual({ nodes: {} });
    expect(refusal(await server.ask('GET', '/stats/nonsense'))).toEqual([
      400,
      `request [${openSearch}/stats/nonsense] contains unrecognized stat: [nonsense]`,
    ]);
    expect(refusal(await server.ask('GET', '/stats/_all,models'))).toEqual([
      400,
      `Request ${openSearch}/stats/_all,models contains _all and individual stats`,
    ]);
  });
});

describe('routes', () => {
  it('are strict about parameters, methods and paths', async () => {
    const server = await startServer();
    expect(refusal(await server.ask('GET', '/stats?foo=bar'))).toEqual([
      400,
      `request [${openSearch}/stats] contains unrecognized parameter: [foo]`,
    ]);
    expect(refusal(await server.ask('GET', '/nonsense?a=b'))).toEqual([
      400,
      `no handler found for uri [${openSearch}/nonsense] and method [GET]`,
    ]);
    expect(refusal(await server.ask('GET', '/detectors/x/_start'))).toEqual([
      405,
      `Incorrect HTTP method for uri [${openSearch}/detectors/x/_start] and method [GET], allowed: [POST]`,
    ]);
    expect(refusal(await server.raw('POST', `${openSearch}/detectors/_search`, '{}', { 'content-type': 'text/plain' }))).toEqual([
      406,
      'Content-Type header [text/plain] is not supported',
    ]);
  });

  it('have a legacy spelling on OpenSearch, and another one with Search Guard', async () => {
    const server = await startServer();
    expect((await server.raw('GET', '/_opendistro/_anomaly_detection/stats')).status).toBe(200);
    expect((await server.raw('GET', `${searchGuard}/stats`)).status).toBe(400);
    const guarded = await startServer({}, 'search-guard-ad');
    const answer = await guarded.ask('GET', '/detectors/count');
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('x-elastic-product')]).toEqual([
      200,
      'application/json',
      'Elasticsearch',
    ]);
    expect(refusal(await guarded.ask('POST', '/detectors/tasks/_search', everything))).toEqual([
      404,
      'no such index [.searchguard-ad-state]',
    ]);
    expect((await guarded.raw('GET', `${openSearch}/stats`)).status).toBe(400);
  });

  it('are nobody’s without the plugin', async () => {
    const server = await startServer();
    await server.raw('PUT', '/_simulator/settings', { plugin: false });
    expect(refusal(await server.ask('GET', '/stats'))).toEqual([400, `no handler found for uri [${openSearch}/stats] and method [GET]`]);
  });

  it('are counted under their templates', async () => {
    const server = await startServer();
    await server.ask('GET', '/detectors/a?task=true');
    await server.ask('GET', '/detectors/b');
    await server.ask('GET', '/stats/models');
    expect(server.simulator.calls()).toEqual({ [`GET ${openSearch}/detectors/{id}`]: 2, [`GET ${openSearch}/stats/{stat}`]: 1 });
  });
});
