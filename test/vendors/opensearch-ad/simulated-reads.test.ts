import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type BackendProfile,
  type CallOptions,
  type Detector,
  type DetectorMembers,
  isFinal,
  type Task,
  type VendorAdapter,
} from '../../../src/domain/index.js';
import { simulators } from '../../../src/simulator/index.js';
import type { RunningSimulator } from '../../../src/simulator/simulator.js';
import { opensearchAd, searchGuardAd } from '../../../src/vendors/opensearch-ad/index.js';
import { callAs, connectTo, errorOf } from '../support/connect.js';
import { fields } from './reading-support.js';

const everything = fields(
  'Detector.job',
  'Detector.realtimeTask',
  'Detector.historicalTask',
  'Detector.allowedActions',
  'Task.stateCounts',
  'Task.error',
);
const dialects = [opensearchAd, searchGuardAd].flatMap((module) =>
  (simulators.find(({ id }) => id === module.id)?.versions ?? []).map((version) => ({ module, version })),
);

describe.each(dialects)('reading $module.title $version over HTTP', ({ module, version }) => {
  let running: RunningSimulator;
  let adapter: VendorAdapter;
  let profile: BackendProfile;
  const call = (): CallOptions => callAs(profile);
  const connect = async (empty: boolean): Promise<void> => {
    const simulator = simulators.find(({ id }) => id === module.id) ?? expect.fail(`no simulator of ${module.id}`);
    running = await simulator.start({ version, speed: 20, empty });
    adapter = connectTo(module, { url: new URL(running.url) });
    profile = await adapter.learnProfile(callAs({ version: null, capabilities: [], notice: null }));
    running.resetCalls();
  };
  beforeEach(() => connect(false));
  afterEach(async () => {
    await adapter.dispose();
    await running.dispose();
  });

  const members = (): DetectorMembers => adapter.detectors ?? expect.fail('it has no detectors');
  const list = async (): Promise<readonly Detector[]> => (await members().list({}, everything, call())).items;
  const callCount = (): number => Object.values(running.calls()).reduce((sum, count) => sum + count, 0);
  const highOf = (detectors: readonly Detector[]): Detector =>
    detectors.find((each) => each.highCardinality && each.historicalTask) ?? expect.fail('no high-cardinality run');
  const tasksOf = async (query: Parameters<NonNullable<VendorAdapter['listTasks']>>[0], wanted = everything): Promise<readonly Task[]> =>
    (await adapter.listTasks?.(query, wanted, call()))?.items ?? [];

  it('lists detectors with their runs and jobs in two searches', async () => {
    const { items, missing } = await members().list({}, everything, call());
    expect(missing).toEqual([]);
    expect(items.length).toBeGreaterThan(3);
    expect(callCount()).toBe(2);
    const states = new Set(items.map(({ job }) => job?.state));
    expect(states).toContain('OPENED');
    expect(states).toContain('CLOSED');
    expect(states).not.toContain('UNKNOWN');
    for (const { intervalMs, timeField, features } of items) {
      expect(intervalMs).toBeGreaterThan(0);
      expect(timeField).toMatch(/\w/);
      expect(features).toBeInstanceOf(Array);
    }
  });

  it('filters as the gateway would', async () => {
    const all = await list();
    const [first] = all;
    const ids = async (query: Parameters<DetectorMembers['list']>[0]) =>
      (await members().list(query, fields('Detector.name'), call())).items.map(({ nativeId }) => nativeId).sort();
    const expected = (matches: (detector: Detector) => boolean) =>
      all
        .filter(matches)
        .map(({ nativeId }) => nativeId)
        .sort();
    expect(await ids({ highCardinality: true })).toEqual(expected(({ highCardinality }) => highCardinality === true));
    expect(await ids({ highCardinality: false })).toEqual(expected(({ highCardinality }) => highCardinality === false));
    const indices = first?.indices ?? [];
    expect(await ids({ indices })).toEqual(expected((each) => (each.indices ?? []).some((index) => indices.includes(index))));
    expect(await ids({ indices: [] })).toEqual([]);
  });

  it('reads by id what it lists, in the same words', async () => {
    const items = await list();
    const { readings, missing } = await members().read([...items.map(({ nativeId }) => nativeId), 'nobody'], everything, call());
    expect(missing).toEqual([]);
    for (const item of items) expect(readings.get(item.nativeId)).toEqual({ status: 'found', value: item });
    expect(readings.get('nobody')).toEqual({ status: 'gone' });
    const jobs = await adapter.listJobs(fields('Job.state'), call());
    for (const { nativeId, job } of items)
      expect(jobs.items.find((each) => each.nativeId === nativeId)).toMatchObject({ state: job?.state, type: job?.type });
  });

  it('counts the entities of a high-cardinality run wherever it shows the run', async () => {
    const { historicalTask: run, nativeId } = highOf(await list());
    const counts = run?.stateCounts ?? [];
    expect(counts.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(1);
    const id = run?.nativeId ?? '';
    const read = await adapter.readTasks([id], everything, call());
    expect(read.readings.get(id)).toEqual({ status: 'found', value: run });
    expect((await tasksOf({ detectors: [nativeId], includeEntities: false })).find((task) => task.nativeId === id)).toEqual(run);
    const children = await tasksOf({ parents: [id], includeEntities: true });
    expect(children).toHaveLength(counts.reduce((sum, { count }) => sum + count, 0));
    for (const child of children)
      expect(child).toMatchObject({ kind: 'HISTORICAL_ENTITY', parentId: run?.id, stateCounts: [], cancellable: false });
    expect(new Set(children.map(({ entity }) => JSON.stringify(entity))).size).toBe(children.length);
  });

  it('remembers ended tasks, and finds them by what they are', async () => {
    const all = await tasksOf({ includeEntities: true });
    const without = await tasksOf({ includeEntities: false });
    expect(without).toEqual(all.filter(({ kind }) => kind !== 'HISTORICAL_ENTITY'));
    expect(await tasksOf({ includeEntities: true, kinds: ['HISTORICAL_ENTITY'] })).toEqual(
      all.filter(({ kind }) => kind === 'HISTORICAL_ENTITY'),
    );
    expect(await tasksOf({ includeEntities: true, states: ['SUCCEEDED'] })).toEqual(all.filter(({ state }) => state === 'SUCCEEDED'));
    const jobs = all.flatMap(({ jobNativeId }) => jobNativeId ?? []).slice(0, 1);
    expect(await tasksOf({ includeEntities: true, jobs })).toEqual(all.filter(({ jobNativeId }) => jobNativeId === jobs[0]));
  });

  it('discovers what runs and what is watched with one search, until a run has ended', async () => {
    const detector = highOf(await list());
    const day = 86_400_000;
    const end = Math.floor(Date.now() / 60_000) * 60_000;
    const answer = await members().run(
      { action: 'START_DETECTOR', detectorId: detector.nativeId, run: 'HISTORICAL', dateRange: { start: end - day, end } },
      call(),
    );
    const taskId = (!answer.done && answer.taskId) || expect.fail('it did not say as which task');
    running.resetCalls();
    const { items } = await adapter.discoverTasks(everything, call(), [taskId]);
    expect(callCount()).toBe(1);
    expect(items.filter(({ nativeId }) => nativeId === taskId)).toHaveLength(1);
    expect(items.filter(({ kind }) => kind === 'HISTORICAL_ENTITY')).toEqual([]);
    let progress = 0;
    await vi.waitFor(
      async () => {
        const task = (await adapter.discoverTasks(everything, call(), [taskId])).items.find(({ nativeId }) => nativeId === taskId);
        expect(task?.progress ?? -1).toBeGreaterThanOrEqual(progress);
        progress = task?.progress ?? progress;
        expect(isFinal(task?.state ?? 'UNKNOWN')).toBe(true);
        expect(task?.endedAt).toBeGreaterThan(0);
      },
      { timeout: 15_000, interval: 20 },
    );
    expect((await adapter.discoverTasks(everything, call())).items.map(({ nativeId }) => nativeId)).not.toContain(taskId);
  });

  it('reads what was found, the highest grade first, then the newest, in slices', async () => {
    const found = new Map(
      await Promise.all(
        (await list()).map(async ({ nativeId }) => {
          const read = await members().readAnomalies(nativeId, { skip: 0, first: 100 }, fields(), call());
          return [nativeId, read] as const;
        }),
      ),
    );
    const [id, { items, totalCount }] = [...found].reduce((most, next) => (next[1].items.length > most[1].items.length ? next : most));
    expect(items.length).toBeGreaterThan(1);
    expect(totalCount).toBe(items.length);
    expect(items).toEqual(items.toSorted((left, right) => right.score - left.score || right.startAt - left.startAt));
    const slice = await members().readAnomalies(id, { skip: 1, first: 1 }, fields(), call());
    expect(slice).toEqual({ items: items.slice(1, 2), totalCount });
    const newest = Math.max(...items.map(({ startAt }) => startAt));
    const since = await members().readAnomalies(id, { skip: 0, first: 100, from: newest }, fields(), call());
    expect(since.items).toEqual(items.filter(({ startAt }) => startAt >= newest));
    const entity = items[0]?.entity ?? [];
    const alike = await members().readAnomalies(id, { skip: 0, first: 100, entity }, fields(), call());
    expect(alike.items).toEqual(
      items.filter((each) => entity.every(({ name, value }) => each.entity.some((pair) => pair.name === name && pair.value === value))),
    );
    expect((await errorOf(members().readAnomalies('nobody', { skip: 0, first: 1 }, fields(), call()))).code).toBe('NOT_FOUND');
  });

  it('reads profiles', async () => {
    const [detector] = await list();
    const id = detector?.nativeId ?? '';
    const wanted = fields('DetectorProfile.vendorState', 'DetectorProfile.models', 'DetectorProfile.initProgress');
    expect((await members().readProfile(id, wanted, call())).vendorState).toMatch(/^(?:DISABLED|INIT|RUNNING)$/);
    expect((await errorOf(members().readProfile('nobody', wanted, call()))).code).toBe('NOT_FOUND');
  });

  it('reads what nodes and cluster count, and the names of the nodes', async () => {
    const counters = fields('NodeStats.metrics', 'AdNodeMetrics.modelCount', 'NodeStats.rawMetrics', 'NodeStats.name');
    const { items, missing } = await adapter.listNodes(counters, call());
    expect(missing).toEqual([]);
    expect(items.length).toBeGreaterThan(0);
    for (const node of items) expect(node).toMatchObject({ name: expect.any(String), metrics: { modelCount: expect.any(Number) } });
    const stats = await adapter.readClusterStats(fields('ClusterStats.detectorCount', 'ClusterStats.indexStatuses'), call());
    expect(stats?.detectorCount).toBe((await list()).length);
    expect(stats?.indexStatuses?.length).toBeGreaterThan(4);
  });

  it('finds nothing, and nothing wrong, on a virgin cluster', async () => {
    await adapter.dispose();
    await running.dispose();
    await connect(true);
    expect(await members().list({}, everything, call())).toEqual({ items: [], missing: [] });
    expect(await adapter.listJobs(everything, call())).toEqual({ items: [], missing: [] });
    expect(await adapter.discoverTasks(everything, call(), ['T1'])).toEqual({ items: [], missing: [] });
    expect(await tasksOf({ includeEntities: true })).toEqual([]);
    expect((await adapter.readTasks(['T1'], everything, call())).readings.get('T1')).toEqual({ status: 'gone' });
    expect((await members().read(['D1'], everything, call())).readings.get('D1')).toEqual({ status: 'gone' });
    expect((await errorOf(members().readProfile('D1', fields(), call()))).code).toBe('NOT_FOUND');
    expect((await errorOf(members().readAnomalies('D1', { skip: 0, first: 1 }, fields(), call()))).code).toBe('NOT_FOUND');
  });

  it('takes what a broken backend sends for no proof', async () => {
    for (const fault of [{ status: 502, body: '<html>bad gateway</html>' }, { cutAfterBytes: 20 }, { reset: true }]) {
      running.setFaults([{ route: '*', ...fault }]);
      expect((await adapter.readTasks(['T1'], everything, call())).readings.get('T1')).toMatchObject({ status: 'undetermined' });
      expect((await members().read(['D1'], everything, call())).readings.get('D1')).toMatchObject({ status: 'undetermined' });
      expect((await errorOf(adapter.listJobs(everything, call()))).code).toBe('BACKEND_UNAVAILABLE');
    }
  });
});
