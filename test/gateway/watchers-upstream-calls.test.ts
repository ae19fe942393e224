import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Crowd, createCrowd } from '../support/crowd.js';
import { callsSince, createGatewayRig, eventually, type GatewayRig } from '../support/gateway-rig.js';
import { sampleAuth, symetryRoutes } from '../support/symetry-simulator.js';

/*
 * What watching costs a back end, counted at the back end: by what is selected, never by how many watch, nor by how many tasks there are. Watchers come
 * over a hundred sockets.
 */

const fastMs = 250;
const extra = 'one-more';

/** The hands that put tasks on the server of a vendor. */
interface Server {
  readonly vendor: string;
  /** More keys of the backend in vigil.yaml. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Native ids of as many tasks that run until the test is over. */
  plant(rig: GatewayRig, count: number): Promise<void>;
  /** Something that whoever watches all tasks has to be told. */
  stir(rig: GatewayRig): Promise<void>;
  /** What one tick asks. */
  readonly tick: Readonly<Record<string, number>>;
  /** Asked now and then, however many watch: whether the back end is what it was. */
  readonly probes: readonly string[];
}

const key = 'one';
const control = async <T>(rig: GatewayRig, method: string, path: string, body: unknown): Promise<T> => {
  const response = await fetch(`${rig.sim(key).url}/_simulator${path}`, { method, body: JSON.stringify(body) });
  expect(response.ok).toBe(true);
  return (await response.json()) as T;
};

const resetJob = async (rig: GatewayRig, name: string): Promise<void> => {
  await rig.sim(key).job(name, { state: 'closed', resetMs: 3_600_000 });
  const begun = await fetch(`${rig.sim(key).url}/_ml/anomaly_detectors/${name}/_reset?wait_for_completion=false`, { method: 'POST' });
  expect(begun.status).toBe(200);
};

/** Runs over the past that stand where they are. */
const plantRuns = async (rig: GatewayRig, count: number, prefix: string): Promise<void> => {
  const { detectors } = await control<{ readonly detectors: readonly string[] }>(rig, 'POST', '/seed', { count, prefix });
  for (const detector of detectors)
    await control(rig, 'POST', '/tasks', {
      detector_id: detector,
      task_type: 'HISTORICAL_SINGLE_ENTITY',
      state: 'RUNNING',
      task_progress: 0.1,
    });
};

const anomalyDetection = (vendor: string, base: string): Server => ({
  vendor,
  plant: (rig, count) => plantRuns(rig, count, 'planted'),
  stir: (rig) => plantRuns(rig, 1, extra),
  tick: { [`POST ${base}/detectors/tasks/_search`]: 1 },
  probes: ['GET /', `GET ${base}/detectors/count`],
});

const servers: readonly Server[] = [
  {
    vendor: 'elasticsearch-ml',
    plant: async (rig, count) => {
      for (let index = 0; index < count; index += 1) await resetJob(rig, `job-${index}`);
    },
    stir: (rig) => resetJob(rig, extra),
    tick: { 'GET /_tasks': 1 },
    probes: ['GET /_ml/info'],
  },
  anomalyDetection('opensearch-ad', '/_plugins/_anomaly_detection'),
  anomalyDetection('search-guard-ad', '/_anomaly_detection/api'),
  {
    vendor: 'symetryml',
    config: { auth: sampleAuth },
    plant: async (rig, count) => {
      for (let index = 0; index < count; index += 1) await control(rig, 'POST', '/jobs', { kind: 'vif', held: true, state: 'running' });
    },
    stir: async (rig) => void (await control(rig, 'POST', '/jobs', { kind: 'vif', held: true, state: 'running' })),
    tick: { [symetryRoutes.list]: 1 },
    probes: [],
  },
];

let folder: string;
let rig: GatewayRig;
let crowd: Crowd | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-watchers-'));
});
afterEach(async () => {
  await crowd?.dispose();
  crowd = undefined;
  await rig.dispose();
  await rm(folder, { recursive: true, force: true });
});

const ticksOf = async (): Promise<number> => {
  const text = await (await fetch(`${rig.url}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith('vigil_poll_tick_seconds_count'))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
};

const row = 'id kind state progress counts { current maximum unit } estimatedEndAt revision';
const ofList = {
  document: `subscription { tasksProgress(snapshot: false) { synced added { ${row} } changed { ${row} } left { ${row} } forgotten } }`,
};
const ofTask = (id: string) => ({ document: `subscription ($id: ID!) { taskProgress(id: $id) { task { ${row} } } }`, variables: { id } });

describe.each(servers)('$vendor', (server) => {
  it.each([
    [1, 1],
    [1, 500],
    [10_000, 1],
    [10_000, 500],
  ])('is asked the same each tick by %d watchers of %d tasks', { timeout: 60_000 }, async (watchers, tasks) => {
    const { vendor, config } = server;
    rig = await createGatewayRig({
      backends: [{ id: key, vendor, empty: true, speed: 1, config: { ...config, poll: { fastMs, slowMs: 60_000 } } }],
      // Where results are handed over once, memory will not do.
      config: { store: { kind: 'embedded', path: folder } },
    });
    await server.plant(rig, tasks);
    const seen = await rig.ask<{ readonly tasks: { readonly totalCount: number; readonly nodes: readonly { readonly id: string }[] } }>(
      '{ tasks(first: 500) { totalCount nodes { id } } }',
    );
    expect(seen.tasks.totalCount).toBe(tasks);
    const ids = seen.tasks.nodes.map(({ id }) => id);

    crowd = createCrowd(rig.url);
    // The first watches the list, and one in ten of all; the others a task each.
    const members = await crowd.join(watchers, (index) => (index % 10 === 0 ? ofList : ofTask(ids[index % ids.length] ?? '')));
    const before = { calls: rig.sim(key).calls(), ticks: await ticksOf(), heard: members.map(({ heard }) => heard()) };
    await server.stir(rig);
    // Every one of them is served: who watches the list hears of the task that is new.
    await eventually(
      () => members.filter(({ heard }, index) => index % 10 === 0 && heard() === before.heard[index]).length,
      (deaf) => deaf === 0,
    );
    await eventually(ticksOf, (ticks) => ticks >= before.ticks + 5);
    const calls = callsSince(before.calls, rig.sim(key).calls());
    const ticks = (await ticksOf()) - before.ticks;

    expect(ticks).toBeGreaterThanOrEqual(5);
    for (const [route, count] of Object.entries(server.tick)) {
      // The first and the last tick may stand on either side of the count.
      expect(Math.abs((calls[route] ?? 0) - ticks * count), `${route} in ${ticks} ticks`).toBeLessThanOrEqual(count);
    }
    const allowed = new Set([...Object.keys(server.tick), ...server.probes, 'POST /_ml/anomaly_detectors/{id}/_reset']);
    expect(Object.keys(calls).filter((route) => !allowed.has(route))).toEqual([]);
  });
});
