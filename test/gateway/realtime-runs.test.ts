import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDetector, indexMetrics } from '../support/ad-world.js';
import { detectorVerb, readDetector, type SeenDetector, type SeenRun } from '../support/detector-documents.js';
import { createGatewayRig, eventually, type GatewayRig, verb } from '../support/gateway-rig.js';

/** Two hours of history, and enough ahead for a clock that runs sixty times as fast. */
const history = 120;
const minutes = 1_500;
const minuteMs = 60_000;

let rig: GatewayRig;
let live: string;
let quiet: string;
let jobId: string;

const start = (more: object = {}) => detectorVerb(rig, 'startDetector', { detectorId: live, run: 'REALTIME', ...more });
const stop = (more: object = {}) => detectorVerb(rig, 'stopDetector', { detectorId: live, run: 'REALTIME', ...more });

beforeAll(async () => {
  rig = await createGatewayRig({ backends: [{ id: 'os', vendor: 'opensearch-ad', empty: true, speed: 60 }] });
  const cluster = { url: rig.sim('os').url };
  await indexMetrics(cluster, { index: 'metrics', from: Date.now() - history * minuteMs, minutes, hosts: ['host-0'] });
  live = `detector:os:${await createDetector(cluster, { name: 'cpu-live', index: 'metrics' })}`;
  quiet = `detector:os:${await createDetector(cluster, { name: 'disabled', index: 'metrics', featureEnabled: false })}`;
  jobId = live.replace('detector:', 'job:');
}, 60_000);
afterAll(() => rig.dispose());

describe('a real-time run', () => {
  it('is started, and waited for until it runs', async () => {
    const { detector, task, errors } = await start({ waitMs: 15_000 });
    expect(errors).toEqual([]);
    expect(task).toMatchObject({ kind: 'REALTIME', state: 'RUNNING', detector: { id: live }, job: { id: jobId } });
    expect(detector).toMatchObject({ realtimeActions: ['STOP_DETECTOR'], realtimeTask: { id: task?.id } });
    await eventually(
      () => readDetector(rig, live),
      (read) => read?.job.state === 'OPENED',
    );
  });

  it('is refused with a typed error when it runs already, and is fine where the caller says so', async () => {
    expect((await start()).errors).toMatchObject([{ __typename: 'WrongStateError', code: 'WRONG_STATE' }]);
    const fine = await start({ idempotent: true });
    expect(fine.errors).toEqual([]);
    expect(fine.task?.kind).toBe('REALTIME');
  });

  it('is stopped whatever somebody had read of its job before it was started', async () => {
    const other = `detector:os:${await createDetector({ url: rig.sim('os').url }, { name: 'looked-at', index: 'metrics' })}`;
    const of = { detectorId: other, run: 'REALTIME' };
    // A page of details: more than a verb reads, and no longer true once the run has been started.
    const { job } = await rig.ask<{ readonly job: { readonly details: object } }>(
      'query J($id: ID!) { job(id: $id) { details { ... on DetectorJobDetails { enabled } } } }',
      { id: other.replace('detector:', 'job:') },
    );
    expect(job.details).toMatchObject({ enabled: false });
    expect((await detectorVerb(rig, 'startDetector', of)).errors).toEqual([]);
    const { errors, task } = await detectorVerb(rig, 'stopDetector', { ...of, waitMs: 10_000 });
    expect(errors).toEqual([]);
    expect(task?.state).toBe('CANCELLED');
  });

  it('takes no date range', async () => {
    const { errors } = await start({ dateRange: { start: '2026-01-01T00:00:00.000Z', end: '2026-01-02T00:00:00.000Z' } });
    expect(errors).toMatchObject([{ code: 'INVALID_INPUT', path: ['input', 'dateRange'] }]);
  });

  it('does not make the gateway ask for ever', async () => {
    const asked = (): number => rig.sim('os').total();
    let before = asked();
    await eventually(
      async () => {
        const still = asked() === before;
        before = asked();
        await new Promise((resolve) => setTimeout(resolve, 300));
        return still && asked() === before;
      },
      (quietNow) => quietNow,
    );
  });

  it('is stopped, and what it was is CANCELLED', async () => {
    const { detector, task, errors } = await stop();
    expect(errors).toEqual([]);
    expect(task).toMatchObject({ kind: 'REALTIME', state: 'CANCELLED' });
    expect(task?.endedAt).not.toBeNull();
    expect(detector).toMatchObject({ realtimeActions: ['START_DETECTOR'], job: { state: 'CLOSED' } });
  });

  it('is refused with a typed error when it stands already', async () => {
    expect((await stop()).errors).toMatchObject([{ __typename: 'WrongStateError', code: 'WRONG_STATE' }]);
    expect((await stop({ idempotent: true })).errors).toEqual([]);
  });

  it('is opened and closed as a job', async () => {
    const opened = await verb(rig, 'openJob', { jobId, waitMs: 15_000 });
    expect(opened).toMatchObject({ errors: [], task: { kind: 'REALTIME', state: 'RUNNING' }, job: { allowedActions: ['CLOSE_JOB'] } });
    const closed = await verb(rig, 'closeJob', { jobId });
    expect(closed).toMatchObject({ errors: [], task: { kind: 'REALTIME', state: 'CANCELLED' }, job: { state: 'CLOSED' } });
    expect((await verb(rig, 'closeJob', { jobId })).errors).toMatchObject([{ code: 'WRONG_STATE' }]);
    expect((await verb(rig, 'closeJob', { jobId, force: true })).errors).toMatchObject([{ code: 'INVALID_INPUT' }]);
    expect((await verb(rig, 'resetJob', { jobId })).errors).toMatchObject([{ __typename: 'UnsupportedActionError', action: 'RESET_JOB' }]);
  });

  it('is refused without an enabled feature, before anything is started', async () => {
    const { errors, detector } = await detectorVerb(rig, 'startDetector', { detectorId: quiet, run: 'REALTIME' });
    expect(errors).toMatchObject([{ message: expect.stringContaining('feature') }]);
    expect(detector).toMatchObject({ realtimeTask: null, job: { state: 'CLOSED' } });
  });

  it('is watched in the lists of detectors, jobs and tasks', async () => {
    const detectors = rig.subscribe<{
      readonly detectorsChanged: { readonly added: readonly SeenDetector[]; readonly changed: readonly SeenDetector[] };
    }>(
      `subscription { detectorsChanged(filter: { ids: ["${live}"] }) { added { id realtimeTask { id state } } changed { id realtimeTask { id state } } } }`,
    );
    const jobs = rig.subscribe<{ readonly jobsChanged: { readonly changed: readonly { readonly id: string; readonly state: string }[] } }>(
      `subscription { jobsChanged(filter: { ids: ["${jobId}"] }) { added { id state } changed { id state } } }`,
    );
    const tasks = rig.subscribe<{
      readonly tasksProgress: {
        readonly added: readonly SeenRun[];
        readonly changed: readonly SeenRun[];
        readonly left: readonly SeenRun[];
      };
    }>(
      `subscription { tasksProgress(filter: { kinds: [REALTIME], states: [CREATED, INITIALIZING, RUNNING] }) { added { id state } changed { id state } left { id state } } }`,
    );
    await Promise.all([detectors.next(), jobs.next(), tasks.next()]);
    const { task } = await start();
    const inDetectors = await detectors.until(({ detectorsChanged }) =>
      detectorsChanged.changed.some(({ realtimeTask }) => realtimeTask?.id === task?.id && realtimeTask?.state === 'RUNNING'),
    );
    expect(inDetectors.detectorsChanged.changed).toHaveLength(1);
    await jobs.until(({ jobsChanged }) => jobsChanged.changed.some(({ state }) => state === 'OPENED'));
    await tasks.until(({ tasksProgress }) => [...tasksProgress.added, ...tasksProgress.changed].some(({ id }) => id === task?.id));
    await stop();
    await tasks.until(({ tasksProgress }) => tasksProgress.left.some(({ id, state }) => id === task?.id && state === 'CANCELLED'));
    await detectors.until(({ detectorsChanged }) =>
      detectorsChanged.changed.some(({ realtimeTask }) => realtimeTask?.state === 'CANCELLED'),
    );
    for (const each of [detectors, jobs, tasks]) each.stop();
  });
});
