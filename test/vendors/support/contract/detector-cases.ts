import { expect, it, vi } from 'vitest';
import {
  type DateRange,
  type Detector,
  type DetectorMembers,
  type DetectorRun,
  type DetectorVerb,
  type FieldSet,
  finalTaskStates,
  isFinal,
  parseId,
  type Reading,
  type Task,
} from '../../../../src/domain/index.js';
import { errorOf } from '../connect.js';
import type { Setting } from './setting.js';

const stranger = 'nobody-knows-this';
const detectorFields: FieldSet = new Set([
  'Detector.name',
  'Detector.indices',
  'Detector.features',
  'Detector.intervalMs',
  'Detector.highCardinality',
  'Detector.realtimeTask',
  'Detector.historicalTask',
  'Detector.allowedActions',
  'Detector.job',
  'Job.state',
  'Task.state',
]);
const watchedFields: FieldSet = new Set(['Task.state', 'Task.progress', 'Task.stateCounts']);

/** Where there are detectors: their two runs, and the tasks these show as. */
export const detectorCases = (
  { target, adapter, profile, front, call, readTask, becomes, begun, endOf }: Setting,
  analysed: () => DateRange,
): void => {
  const { module, traits } = target;
  const waiting = { timeout: traits.patienceMs, interval: 20 };
  const members = (): DetectorMembers => adapter().detectors ?? expect.fail('there are no detectors');
  const list = async (): Promise<readonly Detector[]> => (await members().list({}, detectorFields, call())).items;
  const read = async (id: string): Promise<Reading<Detector>> =>
    (await members().read([id], detectorFields, call())).readings.get(id) ?? { status: 'gone' };
  const run = (verb: DetectorVerb) => members().run(verb, call());
  /** A detector that offers this. */
  const offering = async (
    action: 'START_DETECTOR' | 'STOP_DETECTOR',
    side: DetectorRun,
    isWanted: (each: Detector) => boolean = () => true,
  ) =>
    (await list()).find((each) => each.allowedActions?.[side].includes(action) && isWanted(each)) ?? expect.fail(`none offers ${action}`);
  const single = ({ highCardinality }: Detector): boolean => highCardinality === false;

  const startRange = (detectorId: string): DetectorVerb => ({
    action: 'START_DETECTOR',
    detectorId,
    run: 'HISTORICAL',
    dateRange: analysed(),
  });
  const stopRange = (detectorId: string): DetectorVerb => ({ action: 'STOP_DETECTOR', detectorId, run: 'HISTORICAL' });
  const startLive = (detectorId: string): DetectorVerb => ({ action: 'START_DETECTOR', detectorId, run: 'REALTIME' });
  const stopLive = (detectorId: string): DetectorVerb => ({ action: 'STOP_DETECTOR', detectorId, run: 'REALTIME' });

  /** What a task shows until it ends. */
  const stepsOf = async (taskId: string): Promise<readonly Task[]> => {
    const steps: Task[] = [];
    await vi.waitFor(async () => {
      const task = await readTask(taskId, watchedFields);
      if (task) steps.push(task);
      expect(finalTaskStates.has(task?.state ?? 'RUNNING')).toBe(true);
    }, waiting);
    return steps;
  };

  it('lists detectors with ids that name them, their jobs and what they may be asked, in few calls', async () => {
    const { items, missing } = await members().list({}, detectorFields, call());
    expect(missing).toEqual([]);
    expect(items.length).toBeGreaterThanOrEqual(traits.leastJobs);
    expect(front().requests()).toBeLessThanOrEqual(traits.mostListCalls);
    for (const { id, nativeId, job, allowedActions, intervalMs, features } of items) {
      expect(parseId(id)).toMatchObject({ kind: 'detector', backend: 'es-prod', native: nativeId });
      expect(job).toMatchObject({ nativeId, state: expect.any(String) });
      expect(intervalMs).toBeGreaterThan(0);
      expect(features?.length).toBeGreaterThan(0);
      for (const action of Object.values(allowedActions ?? {}).flat()) expect(profile().capabilities).toContain(action);
    }
  });

  it('reads detectors by id, and lets none fail the others', async () => {
    const [one] = await list();
    const ids = [one?.nativeId ?? '', stranger, 'Not/an id', '*'];
    const { readings } = await members().read(ids, detectorFields, call());
    expect(readings.get(ids[0] ?? '')).toMatchObject({ status: 'found', value: { id: one?.id, name: one?.name } });
    for (const id of ids.slice(1)) expect(readings.get(id)).toEqual({ status: 'gone' });
  });

  it('lists at least what is asked for by index, cardinality and text', async () => {
    const all = await list();
    const ids = (some: readonly Detector[]): string[] => some.map(({ nativeId }) => nativeId);
    const listed = async (query: Parameters<DetectorMembers['list']>[0]) =>
      ids((await members().list(query, detectorFields, call())).items);
    const index = all[0]?.indices?.[0] ?? '';
    expect(await listed({ indices: [index] })).toEqual(expect.arrayContaining(ids(all.filter(({ indices }) => indices?.includes(index)))));
    for (const highCardinality of [true, false])
      expect(await listed({ highCardinality })).toEqual(
        expect.arrayContaining(ids(all.filter((each) => each.highCardinality === highCardinality))),
      );
    expect(await listed({ text: all[0]?.name ?? '' })).toContain(all[0]?.nativeId);
  });

  it('tells the profile of a detector', async () => {
    const [one] = await list();
    expect(await members().readProfile(one?.nativeId ?? '', new Set(['DetectorProfile.vendorState']), call())).toMatchObject({
      id: `${one?.id}/profile`,
      vendorState: expect.any(String),
    });
    expect((await errorOf(members().readProfile(stranger, new Set(['DetectorProfile.vendorState']), call()))).code).toBe('NOT_FOUND');
  });

  it('tells the statistics of its cluster', async () => {
    const stats = await adapter().readClusterStats(new Set(['ClusterStats.detectorCount', 'ClusterStats.indexStatuses']), call());
    expect(stats?.detectorCount).toBe((await list()).length);
    expect(stats?.indexStatuses?.length).toBeGreaterThan(0);
  });

  it('analyses a range: its task is found while it runs, its progress never falls, and the detector shows it', async () => {
    const { nativeId } = await offering('START_DETECTOR', 'HISTORICAL', single);
    const taskId = await begun(run(startRange(nativeId)));
    expect(Object.keys(module.taskKinds)).toContain(adapter().taskKindOf('START_DETECTOR', 'HISTORICAL'));
    const { items } = await adapter().discoverTasks(watchedFields, call(), [taskId]);
    expect(items.find((task) => task.nativeId === taskId)).toMatchObject({
      kind: 'HISTORICAL',
      detectorNativeId: nativeId,
      jobNativeId: null,
    });
    const steps = await stepsOf(taskId);
    expect(steps.at(-1)).toMatchObject({ kind: 'HISTORICAL', state: 'SUCCEEDED', progress: 1, error: null, endedAt: expect.any(Number) });
    const progress = steps.map((step) => step.progress ?? 0);
    expect(progress).toEqual(progress.toSorted((left, right) => left - right));
    expect(steps.at(-1)?.dateRange).toEqual(expect.objectContaining({ start: expect.any(Number) }));
    expect(await read(nativeId)).toMatchObject({ value: { historicalTask: { nativeId: taskId, state: 'SUCCEEDED' } } });
    expect(await errorOf(run(stopRange(nativeId)))).toMatchObject({ code: 'WRONG_STATE', facts: { already: true } });
  });

  it('analyses each entity of a high-cardinality detector, and counts them by state with their parent', async () => {
    const { nativeId } = await offering('START_DETECTOR', 'HISTORICAL', (each) => !single(each));
    const taskId = await begun(run(startRange(nativeId)));
    const parent = (await stepsOf(taskId)).at(-1);
    expect(parent?.state).toBe('SUCCEEDED');
    const query = { parents: [taskId], includeEntities: true };
    const { items: children } = (await adapter().listTasks?.(query, watchedFields, call())) ?? { items: [] };
    expect(children.length).toBeGreaterThan(1);
    const kinds = adapter().entityTaskKinds ?? [];
    expect(Object.keys(module.taskKinds)).toEqual(expect.arrayContaining([...kinds]));
    expect(kinds).not.toContain(parent?.kind);
    for (const child of children) {
      expect(kinds).toContain(child.kind);
      expect(child).toMatchObject({ parentId: parent?.id, cancellable: false, detectorNativeId: nativeId });
    }
    const byKind = await adapter().listTasks?.({ kinds, includeEntities: true }, watchedFields, call());
    expect(byKind?.items.map((task) => task.nativeId)).toEqual(expect.arrayContaining(children.map((task) => task.nativeId)));
    expect(byKind?.items.filter(({ entity }) => entity === undefined)).toEqual([]);
    expect(new Set(children.map(({ entity }) => JSON.stringify(entity))).size).toBe(children.length);
    const counted = (parent?.stateCounts ?? []).reduce((sum, { count }) => sum + count, 0);
    expect(counted).toBe(children.length);
    const cancelled = await errorOf(adapter().run({ action: 'CANCEL_TASK', taskId: children[0]?.nativeId ?? '' }, call()));
    expect(cancelled.code).toBe('WRONG_STATE');
  });

  it('refuses a second analysis while one runs, and shows a stopped one as cancelled when it is', async () => {
    const { nativeId } = await offering('START_DETECTOR', 'HISTORICAL', single);
    const taskId = await begun(run(startRange(nativeId)));
    const again = await errorOf(run(startRange(nativeId)));
    expect([again.code, again.facts.already]).toEqual(['WRONG_STATE', undefined]);
    expect(await run(stopRange(nativeId))).toEqual({ done: false, taskId });
    expect(await endOf(taskId)).toMatchObject({ state: 'CANCELLED' });
    expect(await read(nativeId)).toMatchObject({ value: { historicalTask: { state: 'CANCELLED' } } });
  });

  it('cancels an analysis by its task', async () => {
    const { nativeId } = await offering('START_DETECTOR', 'HISTORICAL', single);
    const taskId = await begun(run(startRange(nativeId)));
    expect(await adapter().run({ action: 'CANCEL_TASK', taskId }, call())).toEqual({ done: false, taskId });
    expect(await endOf(taskId)).toMatchObject({ state: 'CANCELLED' });
    expect(await errorOf(adapter().run({ action: 'CANCEL_TASK', taskId }, call()))).toMatchObject({ code: 'WRONG_STATE' });
  });

  it('tells by the task that there was nothing to analyse, although the start was taken', async () => {
    const { nativeId } = await offering('START_DETECTOR', 'HISTORICAL', single);
    const longAgo = { start: 946_684_800_000, end: 946_771_200_000 };
    const taskId = await begun(run({ action: 'START_DETECTOR', detectorId: nativeId, run: 'HISTORICAL', dateRange: longAgo }));
    expect(await endOf(taskId)).toMatchObject({ state: 'FAILED', error: { message: expect.stringMatching(/no data/i) } });
  });

  it('starts and stops a detector in real time, as its job shows, and has nothing to do the second time', async () => {
    const { nativeId } = await offering('START_DETECTOR', 'REALTIME', single);
    const taskId = await begun(run(startLive(nativeId)));
    expect(await readTask(taskId)).toMatchObject({ kind: 'REALTIME', continuous: true, jobNativeId: nativeId, detectorNativeId: nativeId });
    await becomes(nativeId, ...traits.openedAs);
    const running = await read(nativeId);
    expect(running).toMatchObject({ value: { realtimeTask: { nativeId: taskId }, allowedActions: { REALTIME: ['STOP_DETECTOR'] } } });
    expect(running.status === 'found' && members().refusalOf(startLive(nativeId), running.value, profile())?.facts.already).toBe(true);
    expect(await errorOf(run(startLive(nativeId)))).toMatchObject({ code: 'WRONG_STATE', facts: { already: true } });
    expect(await run(stopLive(nativeId))).toEqual({ done: true, taskId });
    await becomes(nativeId, 'CLOSED');
    expect(await readTask(taskId)).toMatchObject({ state: 'CANCELLED' });
    const stopped = await read(nativeId);
    expect(stopped.status === 'found' && members().refusalOf(stopLive(nativeId), stopped.value, profile())?.facts.already).toBe(true);
    expect(await errorOf(run(stopLive(nativeId)))).toMatchObject({ code: 'WRONG_STATE', facts: { already: true } });
  });

  it('runs in real time and over a range at once', async () => {
    const { nativeId } = await offering('START_DETECTOR', 'REALTIME', single);
    const live = await begun(run(startLive(nativeId)));
    const taskId = await begun(run(startRange(nativeId)));
    expect(live).not.toBe(taskId);
    expect(await endOf(taskId)).toMatchObject({ state: 'SUCCEEDED' });
    const task = await readTask(live);
    expect(task && isFinal(task.state)).toBe(false);
  });

  it('remembers the tasks of a detector', async () => {
    const { nativeId } = await offering('START_DETECTOR', 'HISTORICAL', single);
    const taskId = await begun(run(startRange(nativeId)));
    await endOf(taskId);
    const listed = await adapter().listTasks?.({ detectors: [nativeId], includeEntities: false }, watchedFields, call());
    expect(listed?.missing).toEqual([]);
    expect(listed?.items.map((task) => task.nativeId)).toContain(taskId);
    for (const task of listed?.items ?? []) expect(task.detectorNativeId).toBe(nativeId);
  });

  it('finds every verb on an unknown detector not found', async () => {
    for (const verb of [startLive(stranger), stopLive(stranger), startRange(stranger), stopRange(stranger)])
      expect((await errorOf(run(verb))).code).toBe('NOT_FOUND');
  });
};
