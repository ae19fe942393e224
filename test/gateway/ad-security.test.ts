import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectorVerb } from '../support/detector-documents.js';
import { createGatewayRig, type GatewayRig, leaksIn } from '../support/gateway-rig.js';

const users = [
  { name: 'reader', password: 'reader-pw', privileges: ['anomaly_read_access', 'cluster:monitor/main'] },
  { name: 'admin', password: 'admin-pw', bearer: 'admin-token', privileges: ['*'] },
  { name: 'nobody', password: 'nobody-pw', privileges: [] },
];

const auth = (username: string, password: string) => ({ auth: { kind: 'basic', username, password } });

describe.each(['opensearch-ad', 'search-guard-ad'])('credentials: %s', (vendor) => {
  let rig: GatewayRig;
  beforeAll(async () => {
    rig = await createGatewayRig({
      backends: [
        { id: 'reader', vendor, users, config: auth('reader', 'reader-pw') },
        { id: 'admin', vendor, users, config: { auth: { kind: 'bearer', token: 'admin-token' } } },
        { id: 'nobody', vendor, users, config: auth('nobody', 'nobody-pw') },
        { id: 'wrong', vendor, users, config: auth('reader', 'no-such-password') },
      ],
    });
  });
  afterAll(() => rig.dispose());

  it('lets a read-only role see everything but statistics', async () => {
    const answer = await rig.query<{
      readonly detectors: { readonly nodes: readonly object[]; readonly unavailable: readonly object[] };
    }>(`{
      detectors(filter: { backends: ["backend:reader"] }) {
        nodes { id name job { state } realtimeTask { state } historicalTask { state } anomalies(first: 1) { nodes { score } } }
        unavailable { part code }
      }
      tasks(filter: { backends: ["backend:reader"] }) { nodes { id state } unavailable { part code } }
    }`);
    expect(answer.errors).toEqual([]);
    expect(answer.data?.detectors.nodes.length).toBeGreaterThan(0);
    expect(answer.data?.detectors.unavailable).toEqual([]);
    const stats = await rig.query('{ nodeStats(backend: "backend:reader") { id metrics { id } } }');
    expect(stats.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });

  it('refuses its verbs as FORBIDDEN, with what is missing', async () => {
    const { detectors } = await rig.ask<{ readonly detectors: { readonly nodes: readonly { readonly id: string }[] } }>(
      '{ detectors(filter: { backends: ["backend:reader"], realtimeStates: [RUNNING] }) { nodes { id } } }',
    );
    const { errors } = await detectorVerb(rig, 'stopDetector', { detectorId: detectors.nodes[0]?.id ?? '', run: 'REALTIME' });
    expect(errors).toMatchObject([{ __typename: 'ForbiddenError', code: 'FORBIDDEN' }]);
    if (vendor === 'opensearch-ad') expect(errors[0]?.missing).toEqual(['cluster:admin/opendistro/ad/detector/jobmanagement']);
  });

  it('is let in by a bearer token', async () => {
    const { detectors } = await rig.ask<{
      readonly detectors: { readonly nodes: readonly object[]; readonly unavailable: readonly object[] };
    }>('{ detectors(filter: { backends: ["backend:admin"] }) { nodes { id } unavailable { part } } }');
    expect(detectors.nodes.length).toBeGreaterThan(0);
    expect(detectors.unavailable).toEqual([]);
  });

  it.each(['nobody', 'wrong'])('says what is wrong with the credentials of %s, and shows the others', async (key) => {
    const { detectors } = await rig.ask<{
      readonly detectors: {
        readonly nodes: readonly object[];
        readonly unavailable: readonly { readonly code: string; readonly backend: { readonly key: string } }[];
      };
    }>(`{ detectors { nodes { id } unavailable { part code message backend { key } } } }`);
    expect(detectors.nodes.length).toBeGreaterThan(0);
    expect(detectors.unavailable.filter(({ backend }) => backend.key === key)).toMatchObject([{ code: 'FORBIDDEN' }]);
  });

  it('tells nobody where a backend is, or what was sent to it', () => {
    expect(leaksIn(rig.answers, ['reader-pw', 'admin-token', 'no-such-password', 'nobody-pw'])).toEqual([]);
  });
});
