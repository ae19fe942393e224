import { afterEach, describe, expect, it } from 'vitest';
import { type ClusterNode, type DetectorFilter, type FieldSet, parseId, type TaskFilter } from '../../src/domain/index.js';
import { VigilError } from '../../src/errors.js';
import { createProgressRig, eventually, noFields, type ProgressRig } from '../support/progress-rig.js';
import { createDetectorVendor, type DetectorVendor } from '../support/scripted-detectors.js';
import { createScriptedVendor } from '../support/scripted-vendor.js';

interface Rig extends ProgressRig {
  readonly vendor: DetectorVendor;
}

const rigs: ProgressRig[] = [];
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.dispose();
});
const rigOf = async (options: Omit<NonNullable<Parameters<typeof createProgressRig>[0]>, 'vendor'> = {}): Promise<Rig> => {
  const vendor = createDetectorVendor();
  const rig = { ...(await createProgressRig({ ...options, vendor })), vendor };
  rigs.push(rig);
  return rig;
};

const next = async <T>(watch: AsyncIterator<T>): Promise<T> => {
  const { done, value } = await watch.next();
  if (done) throw new Error('the watch is over');
  return value;
};
const detectors = (rig: Rig, filter: DetectorFilter = {}, fields: FieldSet = noFields) =>
  rig.progress.hub.watchDetectors(filter, { fields });
const tasks = (rig: Rig, filter: TaskFilter = {}, fields: FieldSet = noFields) => rig.progress.hub.watchTasks(filter, { fields });
const asked = (rig: Rig, member: 'discoverTasks' | 'readTasks' | 'listNodes' | 'listJobs' | 'readNodes'): number =>
  rig.vendor.calls.get(member) ?? 0;
const ticks = (rig: Rig, count: number) => {
  const before = asked(rig, 'discoverTasks') + rig.vendor.asked.list + asked(rig, 'listNodes');
  return eventually(
    () => asked(rig, 'discoverTasks') + rig.vendor.asked.list + asked(rig, 'listNodes') - before,
    (done) => done >= count,
  );
};
const call = (rig: Rig) => rig.progress.liveBackends.get('one').call({ signal: new AbortController().signal, requestId: 'e' });

describe('watching detectors', () => {
  it('shows what is there, then what comes, changes, leaves and is gone', async () => {
    const rig = await rigOf();
    rig.vendor.setDetector('a');
    rig.vendor.setTask('t1', 'a', { state: 'RUNNING', progress: 0.1 });
    const watch = detectors(rig, { historicalStates: ['RUNNING'] });
    expect(await next(watch)).toMatchObject({ reset: true, synced: true, added: [{ nativeId: 'a', historicalTask: { progress: 0.1 } }] });
    rig.vendor.setTask('t2', 'b', { state: 'RUNNING' });
    expect((await next(watch)).added).toMatchObject([{ nativeId: 'b' }]);
    rig.vendor.setTask('t1', 'a', { progress: 0.5 });
    expect((await next(watch)).changed).toMatchObject([{ nativeId: 'a', historicalTask: { progress: 0.5 } }]);
    rig.vendor.setTask('t1', 'a', { state: 'SUCCEEDED', progress: 1 });
    expect((await next(watch)).left).toMatchObject([{ nativeId: 'a', historicalTask: { state: 'SUCCEEDED' } }]);
    rig.vendor.detectors.delete('b');
    expect((await next(watch)).forgotten).toEqual(['detector:one:b']);
    await watch.return?.();
  });

  it('asks for detectors alone: their jobs and latest tasks come with them', async () => {
    const rig = await rigOf();
    rig.vendor.setTask('t1', 'a', { state: 'RUNNING' });
    const fields = new Set(['Detector.name', 'Detector.historicalTask', 'Task.state', 'Detector.job', 'Job.state']);
    const watch = detectors(rig, {}, fields);
    await next(watch);
    await ticks(rig, 3);
    expect([asked(rig, 'discoverTasks'), asked(rig, 'listJobs'), asked(rig, 'listNodes'), rig.vendor.asked.listTasks]).toEqual([
      0, 0, 0, 0,
    ]);
    await watch.return?.();
  });

  it('touches a detector when a task of it changes and the client looks at its tasks', async () => {
    const rig = await rigOf();
    rig.vendor.setDetector('a');
    const watch = detectors(rig, {}, new Set(['Detector.name', 'Detector.tasks', 'Task.state']));
    await next(watch);
    rig.vendor.listed.set('t9', rig.vendor.makeTask('t9', { detectorNativeId: 'a' }));
    expect((await next(watch)).changed).toMatchObject([{ nativeId: 'a' }]);
    await watch.return?.();
  });

  it('asks a backend without detectors nothing, and counts it not among its own', async () => {
    const vendor = createScriptedVendor();
    const rig = await createProgressRig({ vendor });
    rigs.push(rig);
    const watch = rig.progress.hub.watchDetectors({}, { fields: noFields });
    expect(await next(watch)).toMatchObject({ reset: true, added: [], backends: [] });
    expect([...vendor.calls.keys()]).toEqual(['learnProfile']);
    await watch.return?.();
  });

  it('is resolved from what the loop has just read', async () => {
    const rig = await rigOf();
    rig.vendor.setDetector('a');
    const fields = new Set(['Detector.name']);
    const watch = detectors(rig, {}, fields);
    await next(watch);
    const { adapter } = rig.progress.liveBackends.get('one');
    const before = { ...rig.vendor.asked };
    expect((await adapter.detectors?.list({}, fields, call(rig)))?.items).toMatchObject([{ nativeId: 'a' }]);
    const read = await adapter.detectors?.read(['a', 'nope'], fields, call(rig));
    expect([read?.readings.get('a')?.status, read?.readings.get('nope')?.status]).toEqual(['found', 'gone']);
    expect(rig.vendor.asked.read).toBe(before.read);
    await adapter.detectors?.read(['a'], new Set(['Detector.description']), call(rig));
    expect(rig.vendor.asked.read).toBe(before.read + 1);
    expect((await adapter.listTasks?.({ includeEntities: false }, fields, call(rig)))?.items).toEqual([]);
    await watch.return?.();
  });
});

describe('a detector that is gone', () => {
  it('takes its job along, even if a list that was read earlier still had it', async () => {
    const rig = await rigOf();
    const { ledger } = rig.progress;
    const whole = rig.vendor.setDetector('a');
    ledger.stampDetectors([whole], 1);
    ledger.forgetJob('job:one:a');
    expect(ledger.detector('detector:one:a')).toBeDefined();
    ledger.stampDetectors([{ ...whole }], 2);
    ledger.forgetDetector('detector:one:a');
    expect(ledger.job('job:one:a')).toBeUndefined();
    ledger.stampJobs([{ id: 'job:one:b', backendKey: 'one', nativeId: 'b', detector: rig.vendor.setDetector('b') }], 3);
    ledger.forgetJob('job:one:b');
    expect(ledger.detector('detector:one:b')).toBeUndefined();
  });
});

describe('watching nodes', () => {
  const node = (nativeId: string, more: Partial<ClusterNode> = {}): ClusterNode => ({
    id: `node:one:${nativeId}`,
    backendKey: 'one',
    nativeId,
    name: nativeId,
    ...more,
  });

  it('shows all of a backend or those named, and what becomes of them', async () => {
    const rig = await rigOf();
    for (const id of ['n1', 'n2']) rig.vendor.nodes.set(id, node(id, { rawMetrics: [] }));
    const all = rig.progress.hub.watchNodes('one', undefined, { fields: noFields });
    const one = rig.progress.hub.watchNodes('one', ['n2'], { fields: noFields });
    expect((await next(all)).added.map(({ nativeId }) => nativeId)).toEqual(['n1', 'n2']);
    expect((await next(one)).added.map(({ nativeId }) => nativeId)).toEqual(['n2']);
    rig.vendor.nodes.set('n2', node('n2', { rawMetrics: [{ name: 'models', text: '1', number: 1 }] }));
    rig.vendor.nodes.delete('n1');
    expect((await next(one)).changed).toMatchObject([{ nativeId: 'n2', rawMetrics: [{ number: 1 }] }]);
    const steps = [await next(all)];
    if (steps[0]?.forgotten.length === 0) steps.push(await next(all));
    expect(steps.flatMap(({ forgotten }) => forgotten)).toEqual(['node:one:n1']);
    for (const watch of [all, one]) await watch.return?.();
  });

  it('costs nothing while nobody looks, one list a tick while somebody does', async () => {
    const rig = await rigOf();
    const other = tasks(rig);
    await next(other);
    await ticks(rig, 3);
    expect(asked(rig, 'listNodes')).toBe(0);
    const watches = Array.from({ length: 20 }, () => rig.progress.hub.watchNodes('one', undefined, { fields: noFields }));
    await Promise.all(watches.map(next));
    expect(asked(rig, 'listNodes')).toBeLessThanOrEqual(3);
    for (const watch of [other, ...watches]) await watch.return?.();
  });

  it('does not keep everything else from being watched when statistics may not be read', async () => {
    const rig = await rigOf();
    rig.vendor.setDetector('a');
    rig.vendor.beforeNodes = async () => {
      throw new VigilError('FORBIDDEN', 'no stats for you');
    };
    const nodes = rig.progress.hub.watchNodes('one', undefined, { fields: noFields });
    const watch = detectors(rig);
    expect(await next(nodes)).toMatchObject({ reset: true, added: [] });
    expect((await next(watch)).added).toHaveLength(1);
    const { adapter } = rig.progress.liveBackends.get('one');
    expect((await adapter.listNodes(noFields, call(rig))).missing).toMatchObject([{ part: 'STATISTICS', error: { code: 'FORBIDDEN' } }]);
    for (const each of [nodes, watch]) await each.return?.();
  });

  it('answers the nodes of tasks to all clients from one list', async () => {
    const rig = await rigOf();
    rig.vendor.nodes.set('n1', node('n1'));
    rig.vendor.setTask('t1', 'a', { coordinatingNodeId: 'n1' });
    const fields = new Set(['Task.state', 'Task.coordinatingNode', 'NodeStats.name']);
    const watch = tasks(rig, {}, fields);
    await next(watch);
    const { adapter } = rig.progress.liveBackends.get('one');
    expect((await adapter.readNodes(['n1'], fields, call(rig))).readings.get('n1')).toMatchObject({
      status: 'found',
      value: { name: 'n1' },
    });
    expect(asked(rig, 'readNodes')).toBe(0);
    await watch.return?.();
  });

  it('of an unknown backend says NOT_FOUND', async () => {
    const rig = await rigOf();
    expect(() => rig.progress.hub.watchNodes('nowhere', undefined, { fields: noFields })).toThrow(
      expect.objectContaining({ code: 'NOT_FOUND' }),
    );
  });
});

describe('tasks of entities', () => {
  const plant = (rig: Rig): void => {
    rig.vendor.setTask('p', 'a', { state: 'RUNNING' });
    rig.vendor.setTask('q', 'b', { state: 'RUNNING' });
    for (const [id, parent] of [
      ['p1', 'p'],
      ['p2', 'p'],
      ['q1', 'q'],
    ] as const)
      rig.vendor.setTask(id, parent === 'p' ? 'a' : 'b', {
        kind: 'HISTORICAL_ENTITY',
        state: 'RUNNING',
        parentId: `task:one:${parent}`,
        entity: [{ name: 'host', value: id }],
      });
  };
  const natives = (list: readonly { readonly nativeId: string | null }[]) => list.map(({ nativeId }) => nativeId).sort();

  it('are not asked for, nor shown, while nobody wants them', async () => {
    const rig = await rigOf();
    plant(rig);
    const watch = tasks(rig);
    expect(natives((await next(watch)).added)).toEqual(['p', 'q']);
    await ticks(rig, 3);
    expect(rig.vendor.asked.listTasks).toBe(0);
    await watch.return?.();
  });

  it('of watched parents cost one call a tick for all of them, and nothing once nobody watches', async () => {
    const rig = await rigOf();
    plant(rig);
    const other = tasks(rig);
    const watches = ['p', 'q', 'p'].map((native) => tasks(rig, { parents: [parseId(`task:one:${native}`)] }));
    const [p, q] = await Promise.all([...watches, other].map(next));
    expect([natives(p?.added ?? []), natives(q?.added ?? [])]).toEqual([['p1', 'p2'], ['q1']]);
    rig.vendor.setTask('p1', 'a', { kind: 'HISTORICAL_ENTITY', state: 'SUCCEEDED' });
    expect((await next(watches[0] as never)) as { changed: unknown }).toMatchObject({ changed: [{ nativeId: 'p1', state: 'SUCCEEDED' }] });
    const [before, loops] = [rig.vendor.asked.listTasks, asked(rig, 'discoverTasks')];
    await ticks(rig, 4);
    expect(rig.vendor.asked.listTasks - before).toBeLessThanOrEqual(asked(rig, 'discoverTasks') - loops + 1);
    expect(rig.vendor.queries.at(-1)).toEqual({ parents: expect.arrayContaining(['p', 'q']), includeEntities: true });
    for (const watch of watches) await watch.return?.();
    await ticks(rig, 1);
    const after = rig.vendor.asked.listTasks;
    await ticks(rig, 3);
    expect(rig.vendor.asked.listTasks).toBe(after);
    await other.return?.();
  });

  it('of all runs are those that have not ended', async () => {
    const rig = await rigOf();
    plant(rig);
    rig.vendor.setTask('q1', 'b', { kind: 'HISTORICAL_ENTITY', state: 'FAILED' });
    const watch = tasks(rig, { includeEntities: true });
    expect(natives((await next(watch)).added)).toEqual(['p', 'p1', 'p2', 'q']);
    expect(rig.vendor.queries[0]).toMatchObject({ states: expect.not.arrayContaining(['FAILED']), includeEntities: true });
    rig.vendor.setTask('p1', 'a', { kind: 'HISTORICAL_ENTITY', state: 'SUCCEEDED' });
    expect((await next(watch)).changed).toMatchObject([{ nativeId: 'p1', state: 'SUCCEEDED' }]);
    await watch.return?.();
  });

  it('are read as well for who asks for their kind, and for no other kind', async () => {
    const rig = await rigOf();
    plant(rig);
    const runs = tasks(rig, { kinds: ['HISTORICAL'] });
    expect(natives((await next(runs)).added)).toEqual(['p', 'q']);
    await ticks(rig, 2);
    expect(rig.vendor.asked.listTasks).toBe(0);
    const watch = tasks(rig, { kinds: ['HISTORICAL_ENTITY'] });
    expect(natives((await next(watch)).added)).toEqual(['p1', 'p2', 'q1']);
    rig.vendor.setTask('p1', 'a', { kind: 'HISTORICAL_ENTITY', state: 'SUCCEEDED' });
    expect((await next(watch)).changed).toMatchObject([{ nativeId: 'p1', state: 'SUCCEEDED' }]);
    for (const each of [runs, watch]) await each.return?.();
  });

  it('can be watched one by one', async () => {
    const rig = await rigOf();
    plant(rig);
    const watch = rig.progress.hub.watchTask(parseId('task:one:p1'), { fields: noFields });
    expect((await next(watch)).task.nativeId).toBe('p1');
    rig.vendor.setTask('p1', 'a', { kind: 'HISTORICAL_ENTITY', state: 'SUCCEEDED' });
    expect((await next(watch)).task.state).toBe('SUCCEEDED');
    expect((await watch.next()).done).toBe(true);
  });

  it('do not fill the book: their vendor remembers how they ended', async () => {
    const rig = await rigOf();
    plant(rig);
    for (const id of ['p1', 'p2']) rig.vendor.setTask(id, 'a', { kind: 'HISTORICAL_ENTITY', state: 'SUCCEEDED' });
    const watch = tasks(rig, { parents: [parseId('task:one:p')] });
    expect((await next(watch)).added).toHaveLength(2);
    expect(rig.progress.book.tasksOf('one')).toEqual([]);
    await watch.return?.();
  });
});

describe('tasks asked for by name', () => {
  const named = (rig: Rig, ...natives: readonly string[]) => tasks(rig, { ids: natives.map((native) => parseId(`task:one:${native}`)) });

  it('are shown though they have ended, for one call', async () => {
    const rig = await rigOf();
    rig.vendor.setTask('old', 'a', { state: 'SUCCEEDED' });
    rig.vendor.setTask('new', 'a', { state: 'RUNNING' });
    const watch = named(rig, 'old', 'new', 'nope');
    expect((await next(watch)).added.map(({ nativeId, state }) => `${nativeId} ${state}`).sort()).toEqual(['new RUNNING', 'old SUCCEEDED']);
    await ticks(rig, 3);
    expect(asked(rig, 'readTasks')).toBe(1);
    rig.vendor.setTask('new', 'a', { state: 'FAILED' });
    expect((await next(watch)).changed).toMatchObject([{ nativeId: 'new', state: 'FAILED' }]);
    await watch.return?.();
  });

  it('are shown by a vendor that lists the unfinished alone, too', async () => {
    const vendor = createScriptedVendor();
    const rig = await createProgressRig({ vendor });
    rigs.push(rig);
    vendor.remembered.set('old', vendor.makeTask('old', { state: 'SUCCEEDED' }));
    const watch = rig.progress.hub.watchTasks({ ids: [parseId('task:one:old')] }, { fields: noFields });
    expect((await next(watch)).added).toMatchObject([{ nativeId: 'old', state: 'SUCCEEDED' }]);
    expect(vendor.calls.get('readTasks')).toBe(1);
    await watch.return?.();
  });

  it('are followed to their end, also one of a single entity', async () => {
    const rig = await rigOf();
    const entity = { kind: 'HISTORICAL_ENTITY', parentId: 'task:one:p', entity: [{ name: 'host', value: 'h' }] };
    rig.vendor.setTask('p1', 'a', { ...entity, state: 'RUNNING' });
    const watch = named(rig, 'p1');
    expect((await next(watch)).added).toMatchObject([{ nativeId: 'p1', state: 'RUNNING' }]);
    rig.vendor.setTask('p1', 'a', { ...entity, state: 'SUCCEEDED' });
    expect((await next(watch)).changed).toMatchObject([{ nativeId: 'p1', state: 'SUCCEEDED' }]);
    await watch.return?.();
  });

  it('cost nothing where only changes are wanted', async () => {
    const rig = await rigOf();
    rig.vendor.setTask('old', 'a', { state: 'SUCCEEDED' });
    const watch = rig.progress.hub.watchTasks({ ids: [parseId('task:one:old')] }, { fields: noFields, snapshot: false });
    expect((await next(watch)).added).toEqual([]);
    expect(asked(rig, 'readTasks')).toBe(0);
    await watch.return?.();
  });
});

describe('tasks of detectors', () => {
  it('begin with those of the past, asked for once', async () => {
    const rig = await rigOf();
    rig.vendor.setTask('old', 'a', { state: 'SUCCEEDED' });
    rig.vendor.setTask('new', 'a', { state: 'RUNNING' });
    rig.vendor.setTask('other', 'b', { state: 'RUNNING' });
    const watch = tasks(rig, { detectors: [rig.detector('a')] });
    expect((await next(watch)).added.map(({ nativeId }) => nativeId).sort()).toEqual(['new', 'old']);
    await ticks(rig, 3);
    expect(rig.vendor.queries).toEqual([{ detectors: ['a'], includeEntities: false }]);
    rig.vendor.setTask('new', 'a', { progress: 0.5 });
    expect((await next(watch)).changed).toMatchObject([{ nativeId: 'new' }]);
    await watch.return?.();
  });

  it('end without a call of their own: the loop says which it waits for', async () => {
    const rig = await rigOf();
    rig.vendor.setTask('t1', 'a', { state: 'RUNNING' });
    const watch = tasks(rig);
    await next(watch);
    rig.vendor.setTask('t1', 'a', { state: 'SUCCEEDED' });
    expect((await next(watch)).changed).toMatchObject([{ nativeId: 't1', state: 'SUCCEEDED' }]);
    expect(rig.vendor.watched.at(-1)).toEqual(['t1']);
    await ticks(rig, 2);
    expect(asked(rig, 'readTasks')).toBe(0);
    expect(rig.vendor.watched.at(-1)).toEqual([]);
    await watch.return?.();
  });

  it('are LOST after the vendor has said three times that there is no such task, whatever its job says', async () => {
    const rig = await rigOf();
    rig.vendor.setTask('t1', 'a', { kind: 'REALTIME', state: 'CREATED' });
    const watch = tasks(rig);
    await next(watch);
    rig.vendor.listed.clear();
    rig.vendor.remembered.clear();
    rig.vendor.setJob('a', 'OPENED');
    expect((await next(watch)).changed).toMatchObject([{ nativeId: 't1', state: 'LOST' }]);
    expect(asked(rig, 'readTasks')).toBeGreaterThanOrEqual(3);
    expect(rig.vendor.calls.get('readJobs')).toBeUndefined();
    await watch.return?.();
  });

  it('tell when they will have ended, once they have moved twice', async () => {
    const rig = await rigOf();
    const watch = tasks(rig);
    await next(watch);
    const told: (number | null | undefined)[] = [];
    for (const progress of [0, 0.25, 0.5]) {
      rig.vendor.setTask('t1', 'a', { state: 'RUNNING', progress });
      const [task] = (await next(watch)).changed.concat([]);
      told.push((task ?? rig.progress.ledger.taskByNativeId('one', 't1'))?.estimatedEndAt);
    }
    expect(told).toEqual([null, null, expect.any(Number)]);
    rig.vendor.setTask('t1', 'a', { state: 'SUCCEEDED', progress: 1 });
    const end = await eventually(
      () => rig.progress.ledger.taskByNativeId('one', 't1'),
      (task) => task?.state === 'SUCCEEDED',
    );
    expect(end?.estimatedEndAt).toBeNull();
    await watch.return?.();
  });
});

describe('a real-time run', () => {
  /** Ticks in a while that is ten fast intervals long. */
  const pace = async (rig: Rig): Promise<number> => {
    const before = asked(rig, 'discoverTasks');
    await new Promise((resolve) => setTimeout(resolve, 200));
    return asked(rig, 'discoverTasks') - before;
  };

  it('keeps the loop fast until it runs, and no longer', async () => {
    const rig = await rigOf({ connection: { poll: { fastMs: 10, slowMs: 400 } } });
    rig.vendor.setTask('t1', 'a', { kind: 'REALTIME', state: 'CREATED', startedAt: Date.now() });
    const watch = tasks(rig);
    await next(watch);
    expect(await pace(rig)).toBeGreaterThan(7);
    rig.vendor.setTask('t1', 'a', { kind: 'REALTIME', state: 'RUNNING' });
    await eventually(
      () => pace(rig),
      (count) => count <= 2,
    );
    await watch.return?.();
  });

  it('that has tried to run for long does not keep it fast either', async () => {
    const rig = await rigOf({ connection: { poll: { fastMs: 10, slowMs: 400 } } });
    rig.vendor.setTask('t1', 'a', { kind: 'REALTIME', state: 'CREATED', startedAt: Date.now() - 3_600_000 });
    const watch = tasks(rig);
    await next(watch);
    await eventually(
      () => pace(rig),
      (count) => count <= 2,
    );
    await watch.return?.();
  });

  it('is seen to end though it was not listed any more', async () => {
    const rig = await rigOf();
    rig.vendor.setTask('t1', 'a', { kind: 'REALTIME', state: 'RUNNING' });
    const watch = rig.progress.hub.watchTask(parseId('task:one:t1'), { fields: noFields });
    expect((await next(watch)).task.state).toBe('RUNNING');
    rig.vendor.setTask('t1', 'a', { kind: 'REALTIME', state: 'CANCELLED' });
    expect((await next(watch)).task.state).toBe('CANCELLED');
  });
});

describe('what the book tells of a task that runs', () => {
  it('is never older than what anybody has seen: progress does not fall', async () => {
    const rig = await rigOf();
    rig.vendor.setDetector('a');
    rig.vendor.runOnDetector = async () => {
      rig.vendor.setTask('t1', 'a', { state: 'RUNNING', progress: 0 });
      return { done: false, taskId: 't1' };
    };
    const request = { action: 'START_DETECTOR', run: 'HISTORICAL', dateRange: { start: 1, end: 2 } } as const;
    await rig.progress.verbs.runOnDetectors(request, [rig.detector('a')], { requestId: 'r', fields: noFields });
    const { ledger, book } = rig.progress;
    const seen = rig.vendor.setTask('t1', 'a', { progress: 0.4, state: 'RUNNING' });
    ledger.stampTasks([seen], Date.now());
    expect(ledger.stampTasks(book.tasksOf('one'), Date.now())).toMatchObject([{ progress: 0.4 }]);
    rig.vendor.setTask('t1', 'a', { state: 'SUCCEEDED' });
  });
});
