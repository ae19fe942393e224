import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askCluster } from '../support/ad-world.js';
import { createGatewayRig, type GatewayRig, leaksIn } from '../support/gateway-rig.js';
import { type RealOpenSearch, startLimitMs, startRealOpenSearch, withoutOpenSearch } from '../support/real-opensearch.js';
import { endOf, spawnVigil } from '../unit/cli/child.js';

const noPlugin = 'This OpenSearch has no Anomaly Detection plugin.';
const version = '2.19.4';

let server: RealOpenSearch;
let rig: GatewayRig;
let folder: string;
beforeAll(async () => {
  if (withoutOpenSearch()) return;
  folder = await mkdtemp(join(tmpdir(), 'vigil-real-'));
  server = await startRealOpenSearch();
  rig = await createGatewayRig({ backends: [{ id: 'os', vendor: 'opensearch-ad', url: server.url }] });
}, startLimitMs);
afterAll(async () => {
  await rig?.dispose();
  await server?.dispose();
  if (folder) await rm(folder, { recursive: true, force: true });
});

interface Failure {
  readonly part: string;
  readonly code: string;
  readonly message: string;
}
const everything: Failure = { part: 'ALL', code: 'BACKEND_UNAVAILABLE', message: noPlugin };

interface Backend {
  readonly version: string | null;
  readonly health: { readonly status: string; readonly code: string | null; readonly message: string | null };
}

const vigil = async (...argv: readonly string[]) => endOf(spawnVigil(argv, { cwd: folder }));

describe.skipIf(withoutOpenSearch())('a real OpenSearch without Anomaly Detection (needs java, mvn)', () => {
  it('is recognised, and what is wrong with it is said from the start', async () => {
    const { backends } = await rig.ask<{ readonly backends: readonly Backend[] }>(
      '{ backends { version health { status code message } } }',
    );
    expect(backends).toEqual([{ version, health: { status: 'DEGRADED', code: 'REFUSED', message: noPlugin } }]);
    const told = rig.logs.filter(({ health }) => health === 'DEGRADED');
    expect(told).toMatchObject([{ backend: 'os', code: 'REFUSED', reason: noPlugin, version }]);
  });

  it.each(['jobs', 'detectors', 'tasks'])('answers %s with one reason why there are none', async (list) => {
    const data = await rig.ask<Readonly<Record<string, { readonly nodes: readonly unknown[]; readonly unavailable: readonly Failure[] }>>>(
      `{ ${list} { nodes { id } unavailable { part code message } } }`,
    );
    expect(data[list]).toEqual({ nodes: [], unavailable: [everything] });
  });

  it.each(['job', 'detector', 'task'])('answers for a single %s with one typed error', async (kind) => {
    const { data, errors } = await rig.query(`query Q($id: ID!) { ${kind}(id: $id) { id } }`, { id: `${kind}:os:dGhyZWUgd29yZHM` });
    expect(data).toEqual({ [kind]: null });
    expect(errors).toMatchObject([{ message: noPlugin, path: [kind], extensions: { code: 'BACKEND_UNAVAILABLE', retryable: false } }]);
  });

  it.each([
    ['startDetector', 'detectorId: "detector:os:dGhyZWUgd29yZHM", run: REALTIME'],
    ['stopDetector', 'detectorId: "detector:os:dGhyZWUgd29yZHM", run: HISTORICAL'],
    ['openJob', 'jobId: "job:os:dGhyZWUgd29yZHM"'],
  ])('answers %s with one typed error', async (verb, input) => {
    const data = await rig.ask<Readonly<Record<string, unknown>>>(
      `mutation { ${verb}(input: { ${input} }) { errors { __typename code message } } }`,
    );
    expect(data[verb]).toEqual({ errors: [{ __typename: 'BackendUnavailableError', code: 'BACKEND_UNAVAILABLE', message: noPlugin }] });
  });

  it('shows its nodes by the names it gives them, and says why they have no statistics', async () => {
    const { nodes } = await askCluster<{
      readonly nodes: Readonly<Record<string, { readonly name: string; readonly roles: readonly string[] }>>;
    }>(server, 'GET', '/_nodes');
    const [[nativeId, { name, roles }] = ['', { name: '', roles: [] }]] = Object.entries(nodes);
    const { nodeStats } = await rig.ask<{ readonly nodeStats: unknown }>('{ nodeStats(backend: "backend:os") { id nativeId name roles } }');
    expect(nodeStats).toEqual([{ id: `node:os:${nativeId}`, nativeId, name, roles }]);
    const stats = await rig.query('{ clusterStats(backend: "backend:os") { detectorCount } }');
    expect(stats.errors.map(({ message }) => message)).toEqual([noPlugin]);
  });

  it('says the same on the command line, which ends with 1', async () => {
    const file = join(folder, 'vigil.yaml');
    await writeFile(file, JSON.stringify({ backends: [{ id: 'os', vendor: 'opensearch-ad', url: server.url }] }));
    expect(await vigil('config', 'check', '--probe', '--config', file)).toMatchObject({
      code: 1,
      out: expect.stringContaining(`os (opensearch-ad): ${version}, takes no verbs: ${noPlugin}`),
    });
    for (const list of ['jobs', 'detectors']) {
      const { code, out, err } = await vigil(list, '--url', rig.url);
      expect([code, `${out}${err}`]).toEqual([
        1,
        expect.stringContaining(`os: all or part of it is missing: BACKEND_UNAVAILABLE, ${noPlugin}`),
      ]);
    }
    expect(await vigil('detector', 'start', 'os:dGhyZWUgd29yZHM', '--url', rig.url)).toMatchObject({
      code: 1,
      err: expect.stringContaining(`BACKEND_UNAVAILABLE: ${noPlugin}`),
    });
  });

  it('that is killed is down for whoever watches, and recognised again when it is back', { timeout: startLimitMs }, async () => {
    const watch = rig.subscribe<{ readonly backendsChanged: { readonly backends: readonly Backend[] } }>(
      'subscription { backendsChanged { backends { version health { status code message } } } }',
    );
    const becomes = (status: string) =>
      watch.until(({ backendsChanged }) => backendsChanged.backends.some(({ health }) => health.status === status));
    await becomes('DEGRADED');
    const port = Number(new URL(server.url).port);
    await server.kill();
    await becomes('DOWN');
    const seen = watch.seen.length;
    await server.dispose();
    server = await startRealOpenSearch({ port });
    await watch.until((event) => watch.seen.indexOf(event) >= seen && event.backendsChanged.backends[0]?.health.message === noPlugin);
    watch.stop();
  });

  it('has told no client where it is', () => {
    expect(leaksIn(rig.answers, [new URL(server.url).host])).toEqual([]);
  });
});
