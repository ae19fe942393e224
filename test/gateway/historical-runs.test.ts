import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDetector, indexMetrics } from '../support/ad-world.js';
import { detectorVerb, readDetector, runFields, runOf, type SeenRun } from '../support/detector-documents.js';
import { createGatewayRig, type GatewayRig } from '../support/gateway-rig.js';

const minuteMs = 60_000;
const minutes = 4_320;
const from = Date.UTC(2026, 0, 5);
const range = { start: new Date(from).toISOString(), end: new Date(from + minutes * minuteMs).toISOString() };
const empty = { start: new Date(from - 9 * minutes * minuteMs).toISOString(), end: new Date(from - 8 * minutes * minuteMs).toISOString() };

let rig: GatewayRig;
let single: string;
let many: string;
let other: string;

const statesOf = (seen: readonly SeenRun[]): readonly string[] =>
  seen.map(({ state }) => state).filter((state, index, all) => state !== all[index - 1]);
const start = (detectorId: string, more: object = {}) =>
  detectorVerb(rig, 'startDetector', { detectorId, run: 'HISTORICAL', dateRange: range, ...more });
const stop = (detectorId: string, more: object = {}) => detectorVerb(rig, 'stopDetector', { detectorId, run: 'HISTORICAL', ...more });
/** Only these: the loop may still be looking after what ran before. */
const startsSent = (): number =>
  Object.entries(rig.sim('os').calls()).reduce((sum, [route, count]) => sum + (route.endsWith('/_start') ? count : 0), 0);

beforeAll(async () => {
  rig = await createGatewayRig({ backends: [{ id: 'os', vendor: 'opensearch-ad', empty: true, speed: 20 }] });
  const cluster = { url: rig.sim('os').url };
  await indexMetrics(cluster, { index: 'metrics', from, minutes, hosts: ['host-0', 'host-1', 'host-2'] });
  single = `detector:os:${await createDetector(cluster, { name: 'cpu', index: 'metrics' })}`;
  other = `detector:os:${await createDetector(cluster, { name: 'cpu-too', index: 'metrics' })}`;
  many = `detector:os:${await createDetector(cluster, { name: 'cpu-by-host', index: 'metrics', categoryField: 'host' })}`;
}, 60_000);
afterAll(() => rig.dispose());

describe('a historical analysis of a single stream', () => {
  it('is watched from its first state to its end, with progress that never falls', async () => {
    const { detector, task, errors } = await start(single);
    expect(errors).toEqual([]);
    expect(task).toMatchObject({ kind: 'HISTORICAL', dateRange: range, detector: { id: single, name: 'cpu' }, cancellable: true });
    expect(detector?.historicalTask?.id).toBe(task?.id);
    const seen = await runOf(rig, task?.id ?? '');
    expect(statesOf(seen).at(-1)).toBe('SUCCEEDED');
    expect(['CREATED', 'INITIALIZING', 'RUNNING']).toContain(statesOf(seen)[0]);
    expect(statesOf(seen)).toContain('RUNNING');
    const progress = seen.flatMap((each) => each.progress ?? []);
    expect(progress).toEqual([...progress].sort((left, right) => left - right));
    expect(progress.at(-1)).toBe(1);
    expect(seen.at(-1)).toMatchObject({ cancellable: false, error: null, estimatedEndAt: null });
    expect(seen.at(-1)?.endedAt).not.toBeNull();
  });

  it('is shown by its detector when it has ended, with what may be done next', async () => {
    expect(await readDetector(rig, single)).toMatchObject({
      historicalTask: { state: 'SUCCEEDED', vendorState: 'FINISHED' },
      historicalActions: ['START_DETECTOR'],
      realtimeTask: null,
      job: { state: 'CLOSED', allowedActions: ['OPEN_JOB'] },
    });
  });

  it('is waited for when the mutation says so', async () => {
    const { task, errors } = await start(single, { waitMs: 30_000 });
    expect(errors).toEqual([]);
    expect(task).toMatchObject({ state: 'SUCCEEDED', progress: 1 });
  });

  it('is stopped, and CANCELLED only when it is', async () => {
    const started = await start(single);
    const watching = runOf(rig, started.task?.id ?? '');
    const stopped = await stop(single);
    expect(stopped.errors).toEqual([]);
    expect(stopped.task?.id).toBe(started.task?.id);
    const seen = await watching;
    expect(seen.at(-1)).toMatchObject({ state: 'CANCELLED', vendorState: 'STOPPED', cancellable: false });
    expect(statesOf(seen).filter((state) => state === 'CANCELLED')).toHaveLength(1);
  });

  it('is stopped by a mutation that waits until it is', async () => {
    await start(single);
    const { task, errors } = await stop(single, { waitMs: 20_000 });
    expect(errors).toEqual([]);
    expect(task?.state).toBe('CANCELLED');
  });

  it('is refused while it runs, and accepted as done where the caller says that is fine', async () => {
    const { task } = await start(single);
    const again = await start(single);
    expect(again.errors).toMatchObject([{ __typename: 'WrongStateError', code: 'WRONG_STATE', path: ['input', 'detectorId'] }]);
    expect(again.detector?.historicalActions).toEqual(['STOP_DETECTOR']);
    const fine = await start(single, { idempotent: true });
    expect(fine).toMatchObject({ errors: [], task: { id: task?.id } });
    await stop(single, { waitMs: 20_000 });
  });

  it('cannot be stopped twice', async () => {
    const { errors } = await stop(single);
    expect(errors).toMatchObject([{ __typename: 'WrongStateError', code: 'WRONG_STATE' }]);
    expect((await stop(single, { idempotent: true })).errors).toEqual([]);
  });

  it('fails half a second after an answer that said yes, in the payload of a mutation that waits', async () => {
    const { task, errors } = await start(other, { dateRange: empty, waitMs: 20_000 });
    expect(task).toMatchObject({ state: 'FAILED', error: { message: expect.stringContaining('no data in the detection date range') } });
    expect(errors).toMatchObject([
      { code: 'INVALID_INPUT', path: ['input', 'dateRange'], message: expect.stringContaining('no data in the detection date range') },
    ]);
  });

  it('fails on the task when nobody waited', async () => {
    const { task, errors } = await start(other, { dateRange: empty });
    expect(errors).toEqual([]);
    const seen = await runOf(rig, task?.id ?? '');
    expect(seen.at(-1)).toMatchObject({ state: 'FAILED', error: { message: expect.stringContaining('no data') } });
  });

  it.each([
    ['an end before its start', { dateRange: { start: range.end, end: range.start } }, ['input', 'dateRange', 'end']],
    ['no range', { dateRange: null }, ['input', 'dateRange']],
  ])('is refused before anything is sent: %s', async (_, more, path) => {
    const before = startsSent();
    const { errors } = await start(single, more);
    expect(errors).toMatchObject([{ code: 'INVALID_INPUT', path }]);
    expect(before).toBeGreaterThan(0);
    expect(startsSent()).toBe(before);
  });

  it('answers a repeat with the same key with the first outcome', async () => {
    const idempotencyKey = '3f0c9a6e-2f43-4f51-9f0a-5f5b0f3f2a10';
    const first = await start(single, { idempotencyKey });
    const second = await start(single, { idempotencyKey });
    expect(second).toMatchObject({ errors: [], task: { id: first.task?.id } });
    await stop(single, { waitMs: 20_000 });
  });

  it('is cancelled as a task too', async () => {
    const { task } = await start(single);
    const watching = runOf(rig, task?.id ?? '');
    const { cancelTask } = await rig.ask<{ readonly cancelTask: { readonly errors: readonly unknown[] } }>(
      'mutation C($id: ID!) { cancelTask(input: { taskId: $id }) { errors { code message } } }',
      { id: task?.id },
    );
    expect(cancelTask.errors).toEqual([]);
    expect((await watching).at(-1)?.state).toBe('CANCELLED');
  });
});

describe('a historical analysis of a high-cardinality detector', () => {
  it('shows its entities by state, and each of them as a child', async () => {
    const { task, errors } = await start(many);
    expect(errors).toEqual([]);
    const seen = await runOf(rig, task?.id ?? '');
    expect(seen.at(-1)).toMatchObject({ state: 'SUCCEEDED', progress: 1, stateCounts: [{ state: 'SUCCEEDED', count: 3 }] });
    expect(seen.some(({ stateCounts }) => stateCounts.some(({ state }) => state === 'RUNNING'))).toBe(true);
    const data = await rig.ask<{
      readonly task: { readonly children: { readonly totalCount: number; readonly nodes: readonly SeenRun[] } };
    }>(`query C($id: ID!) { task(id: $id) { children(first: 10) { totalCount nodes { ${runFields} } } } }`, { id: task?.id });
    expect(data.task.children.totalCount).toBe(3);
    expect(data.task.children.nodes.map(({ entity }) => entity[0]?.value).sort()).toEqual(['host-0', 'host-1', 'host-2']);
    for (const child of data.task.children.nodes)
      expect(child).toMatchObject({ kind: 'HISTORICAL_ENTITY', state: 'SUCCEEDED', parent: { id: task?.id }, cancellable: false });
  });

  it('keeps its entities out of the list of tasks until somebody asks for them', async () => {
    const count = async (filter: object): Promise<number> =>
      (
        await rig.ask<{ readonly tasks: { readonly totalCount: number } }>(
          'query T($filter: TaskFilter) { tasks(filter: $filter, first: 0) { totalCount } }',
          {
            filter,
          },
        )
      ).tasks.totalCount;
    expect(await count({ detectors: [many] })).toBe(1);
    expect(await count({ detectors: [many], includeEntities: true })).toBe(4);
    expect(await count({ kinds: ['HISTORICAL_ENTITY'] })).toBe(3);
  });

  it('streams its entities to whoever watches the parent', async () => {
    const { task } = await start(many);
    const watching = rig.subscribe<{
      readonly tasksProgress: {
        readonly added: readonly SeenRun[];
        readonly changed: readonly SeenRun[];
        readonly left: readonly SeenRun[];
        readonly stateCounts: readonly { readonly state: string; readonly count: number }[];
      };
    }>(
      `subscription E($parent: ID!) { tasksProgress(filter: { parents: [$parent] }) {
        added { ${runFields} } changed { ${runFields} } left { ${runFields} } stateCounts { state count } } }`,
      { parent: task?.id },
    );
    const done = await watching.until(({ tasksProgress }) =>
      tasksProgress.stateCounts.some(({ state, count }) => state === 'SUCCEEDED' && count === 3),
    );
    expect(done.tasksProgress.stateCounts).toEqual([{ state: 'SUCCEEDED', count: 3 }]);
    watching.stop();
  });

  it('is stopped with its entities', async () => {
    const { task } = await start(many);
    expect((await stop(many)).errors).toEqual([]);
    const seen = await runOf(rig, task?.id ?? '');
    expect(seen.at(-1)?.state).toBe('CANCELLED');
  });
});

describe('many at once', () => {
  it('gives each detector an outcome of its own', async () => {
    const { startDetectors } = await rig.ask<{
      readonly startDetectors: {
        readonly results: readonly {
          readonly detectorId: string;
          readonly task: { readonly kind: string } | null;
          readonly errors: readonly object[];
        }[];
        readonly errors: readonly object[];
      };
    }>(
      `mutation S($input: StartDetectorsInput!) { startDetectors(input: $input) {
        results { detectorId task { kind } errors { code path } } errors { code } } }`,
      { input: { detectorIds: [single, 'detector:os:nobody', 'job:os:x', other], run: 'HISTORICAL', dateRange: range, waitMs: 30_000 } },
    );
    expect(startDetectors.errors).toEqual([]);
    expect(startDetectors.results).toMatchObject([
      { detectorId: single, task: { kind: 'HISTORICAL' }, errors: [] },
      { detectorId: 'detector:os:nobody', task: null, errors: [{ code: 'NOT_FOUND', path: ['input', 'detectorIds', '1'] }] },
      { detectorId: 'job:os:x', task: null, errors: [{ code: 'INVALID_INPUT', path: ['input', 'detectorIds', '2'] }] },
      { detectorId: other, task: { kind: 'HISTORICAL' }, errors: [] },
    ]);
  });
});
