import { afterEach, describe, expect, it } from 'vitest';
import { parseId } from '../../src/domain/index.js';
import { VigilError } from '../../src/errors.js';
import type { DetectorVerbRequest, VerbOptions } from '../../src/progress/index.js';
import { createMemoryStore } from '../../src/store/index.js';
import { createProgressRig, eventually, noFields, type ProgressRig } from '../support/progress-rig.js';
import { createDetectorVendor, type DetectorVendor, obeying } from '../support/scripted-detectors.js';
import { createScriptedVendor } from '../support/scripted-vendor.js';

interface Rig extends ProgressRig {
  readonly vendor: DetectorVendor;
}

const rigs: ProgressRig[] = [];
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.dispose();
});
const rigOf = async (
  options: NonNullable<Parameters<typeof createProgressRig>[0]> & { readonly vendor?: DetectorVendor } = {},
): Promise<Rig> => {
  const vendor = options.vendor ?? createDetectorVendor();
  const rig = { ...(await createProgressRig({ ...options, vendor })), vendor };
  rigs.push(rig);
  return rig;
};
/** A rig with the detector `a`, whose verbs work. */
const obedient = async (options: Parameters<typeof rigOf>[0] = {}): Promise<Rig> => {
  const rig = await rigOf(options);
  rig.vendor.setDetector('a');
  obeying(rig.vendor);
  return rig;
};

const options = (more: Partial<VerbOptions> = {}): VerbOptions => ({ requestId: 'r', fields: noFields, actor: 'token:abc', ...more });
const key = '5f0c1c5e-6a55-4a3c-9d6b-0a1d7f6f2b11';
const realtime: DetectorVerbRequest = { action: 'START_DETECTOR', run: 'REALTIME' };
const historical: DetectorVerbRequest = { action: 'START_DETECTOR', run: 'HISTORICAL', dateRange: { start: 1, end: 2 } };
const stopRealtime: DetectorVerbRequest = { action: 'STOP_DETECTOR', run: 'REALTIME' };
const stopHistorical: DetectorVerbRequest = { action: 'STOP_DETECTOR', run: 'HISTORICAL' };

const run = async (rig: Rig, request: DetectorVerbRequest, more: Partial<VerbOptions> = {}, id = 'a') => {
  const [outcome] = await rig.progress.verbs.runOnDetectors(request, [rig.detector(id)], options(more));
  if (!outcome) throw new Error('no outcome');
  return outcome;
};
/** Calls of the loop in a while in which a fast one makes twenty. */
const isQuiet = async (rig: Rig): Promise<boolean> => {
  const before = rig.vendor.watched.length;
  await new Promise((resolve) => setTimeout(resolve, 200));
  return rig.vendor.watched.length === before;
};

describe('starting a detector', () => {
  it("shows the run's own task and the detector as it is then, and follows the task to its end", async () => {
    const rig = await obedient();
    const outcome = await run(rig, historical, { idempotencyKey: key });
    expect(outcome).toMatchObject({
      detectorId: 'detector:one:a',
      detector: { nativeId: 'a', historicalTask: { nativeId: 't1' }, revision: expect.any(Number) },
      task: { id: 'task:one:t1', kind: 'HISTORICAL', state: 'RUNNING', startedBy: 'token:abc', idempotencyKey: key, detectorNativeId: 'a' },
      errors: [],
    });
    expect(rig.vendor.sentToDetectors).toEqual([
      { action: 'START_DETECTOR', detectorId: 'a', run: 'HISTORICAL', dateRange: { start: 1, end: 2 } },
    ]);
    rig.vendor.setTask('t1', 'a', { state: 'SUCCEEDED' });
    await eventually(
      () => rig.progress.book.find('task:one:t1'),
      (task) => task?.state === 'SUCCEEDED',
    );
    expect(await isQuiet(rig)).toBe(true);
  });

  it('waits for a historical run to end, and tells how it failed', async () => {
    const rig = await obedient();
    const waiting = run(rig, historical, { waitMs: 5_000 });
    await eventually(
      () => rig.progress.book.tasksOf('one'),
      (tasks) => tasks.length === 1,
    );
    rig.vendor.setTask('t1', 'a', {
      state: 'FAILED',
      error: { code: 'REFUSED', message: 'The analysis failed.', detail: 'There is not enough data to train model' },
    });
    expect(await waiting).toMatchObject({
      task: { state: 'FAILED' },
      detector: { historicalTask: { state: 'FAILED' } },
      errors: [{ code: 'REFUSED', facts: { vendorMessage: 'There is not enough data to train model' } }],
    });
  });

  it('in real time waits until it runs, then follows it no longer: it may run for months', async () => {
    const rig = await obedient();
    const waiting = run(rig, realtime, { waitMs: 5_000 });
    await eventually(
      () => rig.vendor.watched.length,
      (ticks) => ticks > 2,
    );
    rig.vendor.setTask('t1', 'a', { kind: 'REALTIME', state: 'RUNNING', error: { code: 'REFUSED', message: 'no data yet', detail: null } });
    expect(await waiting).toMatchObject({
      task: { state: 'RUNNING', continuous: true, startedBy: 'token:abc', jobNativeId: 'a' },
      errors: [],
    });
    expect(await isQuiet(rig)).toBe(true);
  });

  it('in real time tells of a run that failed right after it was accepted', async () => {
    const rig = await obedient();
    const waiting = run(rig, realtime, { waitMs: 5_000 });
    await eventually(
      () => rig.vendor.watched.length,
      (ticks) => ticks > 1,
    );
    rig.vendor.setTask('t1', 'a', {
      kind: 'REALTIME',
      state: 'FAILED',
      error: { code: 'REFUSED', message: 'no such index', detail: null },
    });
    expect(await waiting).toMatchObject({ task: { state: 'FAILED' }, errors: [{ code: 'REFUSED', message: 'no such index' }] });
  });

  it('shows no task when the vendor does not say which it began, and looks for it at once', async () => {
    const rig = await obedient({ connection: { poll: { fastMs: 60_000, slowMs: 60_000 } } });
    const watch = rig.progress.hub.watchTasks({}, { fields: noFields });
    await watch.next();
    rig.vendor.runOnDetector = async () => {
      rig.vendor.setTask('t7', 'a', { kind: 'REALTIME', state: 'CREATED' });
      return { done: false, taskId: null };
    };
    expect(await run(rig, realtime)).toMatchObject({ task: null, errors: [], detector: { realtimeTask: { nativeId: 't7' } } });
    expect((await watch.next()).value?.added).toMatchObject([{ nativeId: 't7' }]);
    await watch.return?.();
  });

  it('does not lose a task that cannot be read right after it was begun', async () => {
    const rig = await obedient();
    rig.vendor.runOnDetector = async () => ({ done: false, taskId: 't9' });
    const { task } = await run(rig, realtime);
    expect(task).toMatchObject({
      nativeId: 't9',
      kind: 'REALTIME',
      detectorNativeId: 'a',
      jobNativeId: 'a',
      continuous: true,
      startedBy: 'token:abc',
    });
  });

  it('sends only so many at once, one reading before and one after for all of them', async () => {
    const rig = await obedient();
    const ids = Array.from({ length: 30 }, (_, index) => `d${index}`);
    for (const id of ids) rig.vendor.setDetector(id);
    let [atOnce, most] = [0, 0];
    const obey = rig.vendor.runOnDetector;
    rig.vendor.runOnDetector = async (verb) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      atOnce -= 1;
      return obey(verb);
    };
    const asked = [...ids, 'd0'].map(rig.detector);
    const outcomes = await rig.progress.verbs.runOnDetectors(historical, asked, options());
    expect(outcomes.map(({ task }) => task?.detectorNativeId)).toEqual(ids);
    expect(most).toBeLessThanOrEqual(8);
    expect(rig.vendor.asked.read).toBe(2);
  });
});

describe('stopping a detector', () => {
  it('shows the run that was stopped, which stays whose it is', async () => {
    const rig = await obedient();
    rig.vendor.setTask('theirs', 'a', { state: 'RUNNING', startedBy: 'somebody' });
    const outcome = await run(rig, stopHistorical, { idempotencyKey: key });
    expect(outcome).toMatchObject({
      task: { nativeId: 'theirs', state: 'CANCELLED', startedBy: 'somebody', idempotencyKey: null },
      detector: { historicalTask: { state: 'CANCELLED' } },
      errors: [],
    });
    expect(rig.vendor.sentToDetectors).toEqual([{ action: 'STOP_DETECTOR', detectorId: 'a', run: 'HISTORICAL' }]);
    expect(rig.progress.book.tasksOf('one')).toEqual([]);
  });

  it('waits until the run has stopped, and takes its end for none of its own errors', async () => {
    const rig = await obedient();
    rig.vendor.setTask('theirs', 'a', { state: 'RUNNING' });
    rig.vendor.runOnDetector = async () => ({ done: true, taskId: 'theirs' });
    const waiting = run(rig, stopHistorical, { waitMs: 5_000 });
    await eventually(
      () => rig.vendor.watched.at(-1) ?? [],
      (watched) => watched.includes('theirs'),
    );
    rig.vendor.setTask('theirs', 'a', { state: 'CANCELLED', error: { code: 'REFUSED', message: 'an old trouble', detail: null } });
    expect(await waiting).toMatchObject({ task: { state: 'CANCELLED' }, errors: [] });
    expect(await isQuiet(rig)).toBe(true);
  });

  it('in real time waits for the end of the run, not for what it is while it runs', async () => {
    const rig = await obedient();
    rig.vendor.setTask('theirs', 'a', { kind: 'REALTIME', state: 'RUNNING' });
    rig.vendor.runOnDetector = async () => ({ done: true, taskId: 'theirs' });
    const waiting = run(rig, stopRealtime, { waitMs: 5_000 });
    await eventually(
      () => rig.vendor.watched.at(-1) ?? [],
      (watched) => watched.includes('theirs'),
    );
    rig.vendor.setTask('theirs', 'a', { kind: 'REALTIME', state: 'CANCELLED' });
    expect(await waiting).toMatchObject({ task: { state: 'CANCELLED' }, errors: [] });
  });

  it('waits for the end of a run that was begun here and that nobody follows any more', async () => {
    const rig = await obedient();
    obeying(rig.vendor, { REALTIME: 'RUNNING', HISTORICAL: 'RUNNING' });
    await run(rig, realtime);
    rig.vendor.runOnDetector = async () => ({ done: true, taskId: 't1' });
    const waiting = run(rig, stopRealtime, { waitMs: 5_000 });
    await eventually(
      () => rig.vendor.watched.at(-1) ?? [],
      (watched) => watched.includes('t1'),
    );
    rig.vendor.setTask('t1', 'a', { kind: 'REALTIME', state: 'CANCELLED' });
    expect(await waiting).toMatchObject({ task: { state: 'CANCELLED', startedBy: 'token:abc' }, errors: [] });
  });

  it('writes down the end of a run that was begun here', async () => {
    const rig = await obedient();
    await run(rig, historical);
    await run(rig, stopHistorical);
    expect(rig.progress.book.find('task:one:t1')).toMatchObject({ state: 'CANCELLED', startedBy: 'token:abc' });
  });
});

describe('what has to be done no more', () => {
  it.each([
    ['started twice', realtime, { kind: 'REALTIME', state: 'RUNNING' }],
    ['stopped twice', stopHistorical, { state: 'CANCELLED' }],
  ] as const)('is WRONG_STATE when %s, and nothing is sent', async (_, request, task) => {
    const rig = await obedient();
    rig.vendor.setTask('t0', 'a', task);
    expect(await run(rig, request)).toMatchObject({
      task: null,
      detector: { nativeId: 'a' },
      errors: [{ code: 'WRONG_STATE', facts: { already: true, path: ['input', 'detectorId'] } }],
    });
    expect(rig.vendor.sentToDetectors).toEqual([]);
  });

  it.each([
    ['started twice', { ...realtime, idempotent: true }, { kind: 'REALTIME', state: 'RUNNING' }],
    ['stopped twice', { ...stopHistorical, idempotent: true }, { state: 'CANCELLED' }],
  ] as const)('is done when %s and the request allows for it: the task is that of the run', async (_, request, task) => {
    const rig = await obedient();
    rig.vendor.setTask('t0', 'a', task);
    expect(await run(rig, request, { waitMs: 1_000 })).toMatchObject({ task: { nativeId: 't0', state: task.state }, errors: [] });
    expect(rig.vendor.sentToDetectors).toEqual([]);
    expect(rig.audit).toMatchObject([{ accepted: 1, refused: {} }]);
  });

  it('is done also when only the vendor knew, which is asked for the run once more', async () => {
    const rig = await obedient();
    rig.vendor.runOnDetector = async () => {
      rig.vendor.setTask('theirs', 'a', { kind: 'REALTIME', state: 'CREATED' });
      throw new VigilError('WRONG_STATE', 'Anomaly detector job is already running', { already: true });
    };
    expect(await run(rig, { ...realtime, idempotent: true })).toMatchObject({
      task: { nativeId: 'theirs', idempotencyKey: null },
      errors: [],
    });
    rig.vendor.setDetector('b');
    rig.vendor.runOnDetector = async () => {
      throw new VigilError('WRONG_STATE', 'Anomaly detector job is already running', { already: true });
    };
    expect((await run(rig, realtime, {}, 'b')).errors).toMatchObject([{ code: 'WRONG_STATE' }]);
  });

  it('has no task where there never was a run', async () => {
    const rig = await obedient();
    expect(await run(rig, { ...stopRealtime, idempotent: true })).toMatchObject({ task: null, errors: [] });
  });

  it('is another matter than what the vendor refuses for a reason', async () => {
    const rig = await obedient();
    rig.vendor.setDetector('a', { features: [] });
    expect((await run(rig, { ...historical, idempotent: true })).errors).toMatchObject([
      { code: 'REFUSED', message: 'It has no features.' },
    ]);
  });

  it('waits for a run that others have begun', async () => {
    const rig = await obedient();
    rig.vendor.setTask('theirs', 'a', { kind: 'REALTIME', state: 'CREATED' });
    const waiting = run(rig, { ...realtime, idempotent: true }, { waitMs: 5_000 });
    await eventually(
      () => rig.vendor.watched.at(-1) ?? [],
      (watched) => watched.includes('theirs'),
    );
    rig.vendor.setTask('theirs', 'a', { kind: 'REALTIME', state: 'RUNNING' });
    expect(await waiting).toMatchObject({ task: { nativeId: 'theirs', state: 'RUNNING', startedBy: null }, errors: [] });
  });
});

describe('each detector of a request', () => {
  it('has its own outcome, and all of them one line in the audit log', async () => {
    const rig = await obedient();
    rig.vendor.setDetector('b', { features: [] });
    const ids = [rig.detector('a'), rig.detector('b'), rig.detector('nope'), parseId('detector:nowhere:x')];
    const outcomes = await rig.progress.verbs.runOnDetectors(historical, ids, options());
    expect(
      outcomes.map(({ detectorId, detector, task, errors }) => [detectorId, detector?.nativeId, task?.nativeId, errors[0]?.code]),
    ).toEqual([
      ['detector:one:a', 'a', 't1', undefined],
      ['detector:one:b', 'b', undefined, 'REFUSED'],
      ['detector:one:nope', undefined, undefined, 'NOT_FOUND'],
      ['detector:nowhere:x', undefined, undefined, 'NOT_FOUND'],
    ]);
    expect(rig.audit).toMatchObject([
      {
        action: 'START_DETECTOR',
        actor: 'token:abc',
        accepted: 1,
        refused: { REFUSED: 1, NOT_FOUND: 2 },
        options: { run: 'HISTORICAL', dateRange: { start: 1, end: 2 } },
      },
    ]);
  });

  it('of which no answer came is named in the audit log, apart from those that were refused', async () => {
    const rig = await obedient();
    rig.vendor.setDetector('b');
    rig.vendor.setDetector('c', { features: [] });
    const { runOnDetector } = rig.vendor;
    rig.vendor.runOnDetector = async (verb) => {
      if (verb.detectorId === 'b') throw new VigilError('TIMEOUT', 'late', { outcomeUnknown: true });
      return runOnDetector(verb);
    };
    const outcomes = await rig.progress.verbs.runOnDetectors(historical, ['c', 'b', 'a'].map(rig.detector), options());
    expect(outcomes.map(({ errors }) => errors[0]?.code)).toEqual(['REFUSED', 'TIMEOUT', undefined]);
    expect(rig.audit).toMatchObject([
      {
        targets: ['detector:one:a', 'detector:one:b', 'detector:one:c'],
        accepted: 1,
        outcomeUnknown: ['detector:one:b'],
        refused: { REFUSED: 1, TIMEOUT: 1 },
      },
    ]);
  });

  it('is sent to once for one key, also after a restart', async () => {
    const vendor = createDetectorVendor();
    vendor.setDetector('a');
    obeying(vendor);
    const store = createMemoryStore();
    const before = await createProgressRig({ vendor, store });
    const first = await before.progress.verbs.runOnDetectors(historical, [before.detector('a')], options({ idempotencyKey: key }));
    await before.dispose();
    const rig = await rigOf({ vendor, store });
    const again = await run(rig, historical, { idempotencyKey: key });
    expect(again.task?.id).toBe(first[0]?.task?.id);
    expect(again.errors).toEqual([]);
    expect(vendor.sentToDetectors).toHaveLength(1);
    await expect(run(rig, realtime, { idempotencyKey: key })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('is refused on a read-only backend, and where there are no detectors', async () => {
    const readOnly = await obedient({ connection: { readOnly: true } });
    expect((await run(readOnly, historical)).errors).toMatchObject([{ code: 'REFUSED' }]);
    const rig = await createProgressRig({ vendor: createScriptedVendor() });
    rigs.push(rig);
    const [outcome] = await rig.progress.verbs.runOnDetectors(historical, [rig.detector('a')], options());
    expect(outcome).toMatchObject({ detector: null, errors: [{ code: 'UNSUPPORTED', facts: { action: 'START_DETECTOR' } }] });
    expect(readOnly.vendor.sentToDetectors).toEqual([]);
  });

  it('that cannot be read tells why', async () => {
    const rig = await obedient();
    rig.vendor.beforeRead = async () => {
      throw new VigilError('BACKEND_UNAVAILABLE', 'down');
    };
    expect(await run(rig, historical)).toMatchObject({ detector: null, errors: [{ code: 'BACKEND_UNAVAILABLE' }] });
  });
});

describe('what a verb is judged by', () => {
  it('is the reading made for it, not what a fuller one has told before', async () => {
    const rig = await obedient();
    const { ledger } = rig.progress;
    // Somebody had looked at more than a verb reads; since then that has changed.
    ledger.stampDetectors([{ ...rig.vendor.setDetector('a'), features: [] }], Date.now());
    expect((await run(rig, historical)).errors).toEqual([]);
    expect(rig.vendor.sentToDetectors).toHaveLength(1);
  });
});

describe('a stop that takes its time', () => {
  it('is looked after often, as long as somebody waits for it', async () => {
    const rig = await obedient({ connection: { poll: { fastMs: 10, slowMs: 60_000 } } });
    rig.vendor.setTask('rt', 'a', { kind: 'REALTIME', state: 'RUNNING' });
    rig.vendor.runOnDetector = async () => ({ done: true, taskId: 'rt' });
    const stopping = run(rig, stopRealtime, { waitMs: 15_000 });
    // A run that runs is at rest: by itself it would let the loop slow down, by half with every tick.
    await eventually(
      () => rig.vendor.watched.length,
      (looks) => looks > 25,
    );
    rig.vendor.setTask('rt', 'a', { kind: 'REALTIME', state: 'CANCELLED' });
    expect((await stopping).task?.state).toBe('CANCELLED');
    expect(await isQuiet(rig)).toBe(true);
  });
});

describe('a verb on the job of a detector', () => {
  it('opens it with the real-time run as its task', async () => {
    const rig = await obedient();
    rig.vendor.run = async () => {
      rig.vendor.setTask('rt', 'a', { kind: 'REALTIME', state: 'CREATED' });
      return { done: false, taskId: 'rt' };
    };
    const waiting = rig.progress.verbs.runOnJobs({ action: 'OPEN_JOB' }, [rig.id('a')], options({ waitMs: 5_000, idempotencyKey: key }));
    await eventually(
      () => rig.vendor.watched.length,
      (ticks) => ticks > 1,
    );
    rig.vendor.setTask('rt', 'a', { kind: 'REALTIME', state: 'RUNNING' });
    expect(await waiting).toMatchObject([
      { job: { state: 'OPENED' }, task: { nativeId: 'rt', state: 'RUNNING', startedBy: 'token:abc', idempotencyKey: key }, errors: [] },
    ]);
    expect(await isQuiet(rig)).toBe(true);
  });

  it('closes it with the run that was stopped as its task', async () => {
    const rig = await obedient();
    rig.vendor.setTask('rt', 'a', { kind: 'REALTIME', state: 'RUNNING' });
    rig.vendor.run = async () => {
      rig.vendor.setTask('rt', 'a', { kind: 'REALTIME', state: 'CANCELLED' });
      return { done: true, taskId: 'rt' };
    };
    const closing = rig.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, [rig.id('a')], options({ waitMs: 1_000 }));
    expect(await closing).toMatchObject([
      { job: { state: 'CLOSED' }, task: { nativeId: 'rt', state: 'CANCELLED', startedBy: null }, errors: [] },
    ]);
  });
});

describe('the book and a run without an end', () => {
  it('adds to what the vendor shows of it, and never shows it by itself', async () => {
    const rig = await obedient();
    await run(rig, realtime, { idempotencyKey: key });
    rig.vendor.setTask('t1', 'a', { kind: 'REALTIME', state: 'RUNNING' });
    const watch = rig.progress.hub.watchTasks({}, { fields: noFields });
    expect((await watch.next()).value?.added).toMatchObject([{ nativeId: 't1', startedBy: 'token:abc', idempotencyKey: key }]);
    expect([rig.progress.book.tasksOf('one'), rig.progress.book.find('task:one:t1')]).toEqual([[], undefined]);
    rig.vendor.setTask('t1', 'a', { kind: 'REALTIME', state: 'CANCELLED' });
    await watch.next();
    expect(rig.progress.book.find('task:one:t1')).toMatchObject({ state: 'CANCELLED', idempotencyKey: key });
    await watch.return?.();
  });

  it('does not wake the loop after a restart', async () => {
    const vendor = createDetectorVendor();
    vendor.setDetector('a');
    obeying(vendor, { REALTIME: 'RUNNING', HISTORICAL: 'RUNNING' });
    const store = createMemoryStore();
    const before = await createProgressRig({ vendor, store });
    await before.progress.verbs.runOnDetectors(realtime, [before.detector('a')], options());
    await before.dispose();
    const rig = await rigOf({ vendor, store });
    expect(await isQuiet(rig)).toBe(true);
    const watch = rig.progress.hub.watchTask(parseId('task:one:t1'), { fields: noFields });
    expect((await watch.next()).value?.task).toMatchObject({ state: 'RUNNING', startedBy: 'token:abc' });
    await watch.return?.();
  });
});
