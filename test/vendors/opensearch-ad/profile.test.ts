import { describe, expect, it } from 'vitest';
import type { CallOptions, VendorAdapter } from '../../../src/domain/index.js';
import { opensearchAd, searchGuardAd } from '../../../src/vendors/opensearch-ad/index.js';
import { connectTo, errorOf } from '../support/connect.js';
import type { Answer } from '../support/stand-in.js';
import { answered, base, byRequest, failure, setUp } from './rig.js';

const root = 'GET /';
const node = 'GET /_nodes/_local';
const count = `GET ${base}/detectors/count`;
const legacyCount = 'GET /_opendistro/_anomaly_detection/detectors/count';
const guardCount = 'GET /_anomaly_detection/api/detectors/count';
const none: Answer = answered('2.19.4/00-virgin-cluster', 'count');
const denied = failure(403, 'security_exception', 'no permissions for [cluster:monitor/main] and User [name=u]');
const rejected: Answer = { status: 401, body: '' };

/** A read or a verb that needs anomaly detection. */
type Read = (adapter: VendorAdapter, call: CallOptions) => Promise<unknown>;

const learn = async (answers: Readonly<Record<string, Answer>>, module = opensearchAd) => {
  const { server, adapter, call } = await setUp(byRequest(answers), { module });
  const outcome = await adapter.learnProfile(call()).catch((error: unknown) => error);
  return { outcome, requests: server.requests() };
};

/** Roots, as far as they are read. */
const elasticsearch = (number: string): Answer => ({
  body: { version: { number, build_flavor: 'default' }, tagline: 'You Know, for Search' },
});
const compatible: Answer = {
  body: { version: { number: '7.10.2', build_type: 'unknown' }, tagline: 'The OpenSearch Project: https://opensearch.org/' },
};

describe('learning the version', () => {
  it.each(['2.11.0', '2.19.4', '3.4.0'])('takes that of a real %s for the plugin’s', async (version) => {
    const { outcome, requests } = await learn({ [root]: answered(`${version}/00-virgin-cluster`, 'root'), [count]: none });
    expect(outcome).toEqual({
      version,
      capabilities: ['OPEN_JOB', 'CLOSE_JOB', 'START_DETECTOR', 'STOP_DETECTOR', 'CANCEL_TASK'],
      notice: null,
      dialect: 'opensearch',
    });
    expect(requests).toEqual([root, count]);
  });

  it.each([
    ['Open Distro by its root', opensearchAd, elasticsearch('7.10.2'), legacyCount, { version: '7.10.2', dialect: 'opendistro' }],
    ['Search Guard', searchGuardAd, elasticsearch('8.17.0'), guardCount, { version: '1.0.0-tp1', dialect: 'search-guard' }],
    [
      'Search Guard on another Elasticsearch',
      searchGuardAd,
      elasticsearch('8.19.0'),
      guardCount,
      { version: null, dialect: 'search-guard' },
    ],
    ['a root that says nothing', opensearchAd, { body: {} }, count, { version: null, dialect: 'opensearch' }],
    ['a version that is none', opensearchAd, { body: { version: { number: 'x', distribution: 'opensearch' } } }, count, { version: null }],
  ])('knows %s', async (_what, module, rootAnswer, countRequest, expected) => {
    const { outcome, requests } = await learn({ [root]: rootAnswer, [countRequest]: none }, module);
    expect(outcome).toMatchObject({ ...expected, notice: null });
    expect(requests).toEqual([root, countRequest]);
  });

  it.each([
    ['says so', { body: { nodes: { n1: { version: '2.19.4' } } } }, '2.19.4'],
    ['may not be asked', denied, null],
    ['says nothing', { body: {} }, null],
  ])('asks a node of an OpenSearch that calls itself 7.10.2, which %s', async (_what, answer, version) => {
    const { outcome, requests } = await learn({ [root]: compatible, [node]: answer, [count]: none });
    expect(outcome).toMatchObject({ version, dialect: 'opensearch', notice: null });
    expect(requests).toEqual([root, node, count]);
  });

  it.each([
    ['lack the privilege', denied],
    ['are not accepted there', rejected],
  ])('does without it where the credentials %s, and finds the product by its paths', async (_what, answer) => {
    const here = await learn({ [root]: answer, [count]: none });
    expect(here.outcome).toMatchObject({ version: null, dialect: 'opensearch', capabilities: opensearchAd.capabilitiesOf(null) });
    const there = await learn({ [root]: answer, [legacyCount]: none });
    expect(there.outcome).toMatchObject({ version: null, dialect: 'opendistro', notice: null });
    const guard = await learn({ [root]: answer, [guardCount]: none }, searchGuardAd);
    expect(guard.outcome).toMatchObject({ version: null, dialect: 'search-guard' });
  });

  it('does without the count of detectors, which may be denied too', async () => {
    const { outcome } = await learn({ [root]: denied, [count]: denied });
    expect(outcome).toMatchObject({ version: null, notice: null });
  });

  it('does not take refused credentials for an answer', async () => {
    const { outcome, requests } = await learn({ [root]: rejected, [count]: rejected });
    expect(outcome).toMatchObject({ code: 'FORBIDDEN', facts: { httpStatus: 401 } });
    expect(requests).toEqual([root, count]);
  });

  it.each([
    ['a cluster that is starting', failure(503, 'cluster_block_exception', 'state not recovered')],
    ['an HTML page', { body: '<html></html>', headers: { 'content-type': 'text/html' } }],
  ])('throws on %s', async (_what, answer) => {
    expect((await learn({ [root]: answer })).outcome).toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
  });

  it('throws when nobody answers', async () => {
    const { server, adapter, call } = await setUp(() => ({ body: {} }));
    await server.dispose();
    expect((await errorOf(adapter.learnProfile(call()))).code).toBe('BACKEND_UNAVAILABLE');
  });

  it('believes the version that is configured, and asks the root which product it is', async () => {
    const { server, call } = await setUp(byRequest({ [root]: compatible, [node]: denied, [count]: none }));
    const adapter = connectTo(opensearchAd, { url: server.url, version: '1.3.20' });
    expect(await adapter.learnProfile(call())).toMatchObject({ version: '1.3.20', dialect: 'opensearch' });
    await server.dispose();
    expect((await errorOf(adapter.learnProfile(call()))).code).toBe('BACKEND_UNAVAILABLE');
    await adapter.dispose();
    await adapter.dispose();
  });
});

describe('what keeps a backend from taking verbs', () => {
  it('is told of a server without the plugin', async () => {
    const absent = answered('2.19.4/40-no-plugin', 'no plugin');
    const { outcome } = await learn({ [root]: answered('2.19.4/40-no-plugin', 'root'), [count]: absent });
    expect(outcome).toMatchObject({ version: '2.19.4', notice: 'This OpenSearch has no Anomaly Detection plugin.' });
    const guard = await learn({ [root]: elasticsearch('8.17.0') }, searchGuardAd);
    expect(guard.outcome).toMatchObject({ notice: 'This Search Guard has no Anomaly Detection plugin.' });
  });

  it.each(['2.11.0', '2.19.4'])('is told of a plugin that is switched off in %s', async (version) => {
    const answers = { [root]: answered(`${version}/00-virgin-cluster`, 'root'), [count]: answered(`${version}/31-miscellany`, 'disabled') };
    const { outcome } = await learn(answers);
    expect(outcome).toMatchObject({ version, notice: 'Anomaly Detection is switched off on this cluster.' });
  });

  it.each([
    ['a list', (adapter, call) => adapter.listJobs(new Set(['Job.state']), call)],
    ['discovery', (adapter, call) => adapter.discoverTasks(new Set(), call)],
    ['a verb', (adapter, call) => adapter.run({ action: 'OPEN_JOB', jobId: 'x' }, call)],
    ['statistics', (adapter, call) => adapter.readClusterStats(new Set(['ClusterStats.detectorCount']), call)],
  ] satisfies readonly (readonly [string, Read])[])('is the typed error of %s too', async (_what, read) => {
    const absent = await setUp(() => undefined);
    const error = await errorOf(read(absent.adapter, absent.call()));
    expect([error.code, error.retryable, error.message]).toEqual([
      'BACKEND_UNAVAILABLE',
      false,
      'This OpenSearch has no Anomaly Detection plugin.',
    ]);
    const disabled = await setUp(() => answered('2.19.4/31-miscellany', 'disabled'));
    const refused = await errorOf(read(disabled.adapter, disabled.call()));
    expect([refused.code, refused.message]).toEqual(['REFUSED', 'Anomaly Detection is switched off on this cluster.']);
  });
});
