import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { GraphQLSchema } from 'graphql';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import type { JobFilter, TaskFilter, TaskRowFragment } from '../../../src/client/index.js';
import { gatewaySchema } from '../../../src/gateway.js';
import { type CuttingProxy, createCuttingProxy } from '../../support/cutting-proxy.js';
import { createGatewayRig, type GatewayRig, type RigSimulator, startSimulator } from '../../support/gateway-rig.js';
import { createApolloDashboard } from './support/apollo-dashboard.js';
import type { Dashboard } from './support/dashboard.js';
import { createRelayDashboard } from './support/relay-dashboard.js';
import { createUrqlDashboard } from './support/urql-dashboard.js';
import { expectFreshJobs, expectFreshTasks } from './support/views.js';

/** To see a failure again: `CUTS_SEED=… npx vitest run --project e2e test/e2e/clients/random-cuts.test.ts -t '…'`. Moments are drawn, not the clock. */
const seed = process.env.CUTS_SEED === undefined ? Date.now() % 2 ** 31 : Number(process.env.CUTS_SEED);
const patienceMs = 30_000;

/** Even in 0 to 1, the same for the same seed (mulberry32). */
const createRandom = (from: number) => {
  let state = from;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low: number, high: number): number => Math.round(low + next() * (high - low));
  return { between, of: <T>(values: readonly T[]): T => values[between(0, values.length - 1)] as T };
};

const opened: JobFilter = { states: ['OPENED'] };
const unfinished: TaskFilter = { states: ['CREATED', 'QUEUED', 'INITIALIZING', 'RUNNING'] };
const jobLists = [undefined, opened] as const;
const taskLists = [undefined, unfinished] as const;

const toggled = ['toggled-1', 'toggled-2'];
const reset = ['reset-1', 'reset-2', 'reset-3'];
const ours = ['ours-1', 'ours-2'];

describe.each([
  ['Apollo Client', createApolloDashboard],
  ['urql with graphcache', createUrqlDashboard],
  ['Relay', createRelayDashboard],
] as readonly (readonly [string, (url: string, schema: GraphQLSchema) => Promise<Dashboard> | Dashboard])[])('%s', (name, create) => {
  let folder: string;
  let simulator: RigSimulator;
  let rig: GatewayRig;
  let proxy: CuttingProxy;
  let dashboard: Dashboard;
  let complaints: readonly MockInstance[];

  const startGateway = (store: 'embedded' | 'memory'): Promise<GatewayRig> =>
    createGatewayRig({
      backends: [{ id: 'es', url: simulator.url }],
      config: { store: store === 'memory' ? { kind: store } : { kind: store, path: folder } },
    });

  beforeEach(async () => {
    complaints = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')];
    folder = await mkdtemp(join(tmpdir(), 'vigil-cuts-'));
    simulator = await startSimulator({ empty: true });
    for (const job of [...toggled, ...ours]) await simulator.job(job, { state: 'opened', closeMs: 1_500, recordsPerSecond: 0 });
    for (const job of reset) await simulator.job(job, { state: 'closed', recordsPerSecond: 0 });
  });
  afterEach(async () => {
    await dashboard.dispose();
    await proxy.dispose();
    await rig.dispose();
    await simulator.dispose();
    await rm(folder, { recursive: true, force: true });
    const said = complaints.flatMap((complaint) => complaint.mock.calls);
    vi.restoreAllMocks();
    expect(said).toEqual([]);
  });

  /** Everything at once, so long before the gateway is started again, and as long after it. Returns the ends of the tasks that the front end began. */
  const roughly = async (store: 'embedded' | 'memory', roughMs: number, begun: readonly string[]) => {
    const random = createRandom(seed);
    rig = await startGateway(store);
    proxy = await createCuttingProxy(rig.url);
    dashboard = await create(proxy.url, gatewaySchema());
    for (const filter of jobLists) await dashboard.watchJobs(filter);
    for (const filter of taskLists) await dashboard.watchTasks(filter);
    const ends: Promise<TaskRowFragment | null>[] = [];
    let isRough = true;

    const cutting = async (): Promise<void> => {
      while (isRough) {
        await pause(random.between(5, 250));
        proxy.cut();
      }
    };
    /** What others do on the cluster: jobs are opened and closed, resets begin and end. */
    const others = async (): Promise<void> => {
      while (isRough) {
        await pause(random.between(50, 250));
        await simulator.job(random.of(toggled), { state: random.of(['opened', 'closed']) });
        const job = random.of(reset);
        await simulator.job(job, { resetMs: random.between(100, 4_000) });
        // Refused while it is being reset.
        await fetch(`${simulator.url}/_ml/anomaly_detectors/${job}/_reset?wait_for_completion=false`, { method: 'POST' });
      }
    };
    /** What the front end begins itself, and follows to its end. */
    const verb = async (nativeId: string): Promise<void> => {
      const { jobs } = await rig.ask<{ readonly jobs: { readonly nodes: readonly { readonly id: string; readonly nativeId: string }[] } }>(
        '{ jobs { nodes { id nativeId } } }',
      );
      const id = jobs.nodes.find((job) => job.nativeId === nativeId)?.id ?? '';
      const { task, errors } = await dashboard.closeJob(id);
      expect([nativeId, errors]).toEqual([nativeId, []]);
      ends.push(dashboard.followTask(task?.id ?? ''));
    };

    const rough = [cutting(), others()];
    const [before, after] = begun;
    await pause(roughMs);
    // One of them is under way when the gateway stops.
    if (before) await verb(before);
    await rig.dispose();
    rig = await startGateway(store);
    proxy.leadTo(rig.url);
    if (after) await verb(after);
    await pause(roughMs);
    isRough = false;
    await Promise.all(rough);
    const told = await Promise.race([Promise.all(ends), pause(patienceMs, undefined, { ref: false })]);
    return told?.map((task) => task?.state);
  };

  const expectFresh = async (): Promise<void> => {
    for (const filter of jobLists) await expectFreshJobs(dashboard, rig, filter);
    for (const filter of taskLists) await expectFreshTasks(dashboard, rig, filter);
    const tasks = dashboard.tasks()?.tasks.edges.length ?? 0;
    const pages = JSON.stringify(dashboard.transport.requests());
    process.stdout.write(`random cuts, ${name}: seed ${seed}, ${proxy.cuts()} sockets cut, ${tasks} tasks, requests ${pages}\n`);
    expect(proxy.cuts()).toBeGreaterThan(5);
    expect(tasks).toBeGreaterThan(0);
  };

  it('holds what a fresh query answers after its sockets were cut at random while tasks ran, and the gateway was started again', {
    timeout: 90_000,
  }, async () => {
    // Whoever follows a task hears how it ended, and that it is over, however often the line was cut.
    expect(await roughly('embedded', 2_000, ours)).toEqual(ours.map(() => 'SUCCEEDED'));
    await expectFresh();
    // Its streams went on where they were cut: each page was asked for when it was opened, and when its stream began.
    expect(dashboard.transport.requests()).toEqual({ JobList: 2 * jobLists.length, TaskList: 2 * taskLists.length, CloseJob: ours.length });
  });

  it('holds it too when the gateway that was started again remembers nothing: the pages are asked for again', {
    timeout: 90_000,
  }, async () => {
    await roughly('memory', 1_000, []);
    await expectFresh();
    expect(dashboard.transport.requests()).toEqual({ JobList: 3 * jobLists.length, TaskList: 3 * taskLists.length });
  });
});
