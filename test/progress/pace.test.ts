import { afterEach, describe, expect, it } from 'vitest';
import { createProgressRig, eventually, noFields } from '../support/progress-rig.js';
import { createDetectorVendor, obeying } from '../support/scripted-detectors.js';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const hourMs = 3_600_000;

/** A rig whose clock the test moves on. */
const rigOf = async (slowMs: number) => {
  const clock = { ahead: 0 };
  const vendor = createDetectorVendor();
  const made = await createProgressRig({ vendor, connection: { poll: { fastMs: 10, slowMs } }, now: () => Date.now() + clock.ahead });
  undo.push(made.dispose);
  return { rig: { ...made, vendor }, clock };
};
type Rig = Awaited<ReturnType<typeof rigOf>>['rig'];

const watchTasks = async (rig: Rig) => {
  const watch = rig.progress.hub.watchTasks({}, { fields: new Set(['Task.state', 'Task.progress']) });
  undo.push(async () => watch.return?.());
  await watch.next();
  return watch;
};

const ticks = (rig: Rig): number => rig.vendor.calls.get('discoverTasks') ?? 0;

/** Ticks in twenty fast intervals, or half a slow one. */
const pace = async (rig: Rig): Promise<number> => {
  const before = ticks(rig);
  await new Promise((resolve) => setTimeout(resolve, 200));
  return ticks(rig) - before;
};

const isSlow = (count: number): boolean => count <= 2;
const isFast = (count: number): boolean => count > 5;

describe('the loop of a backend', () => {
  it('looks often at what is under way, seldom when that has stood still for long, and often again when it moves', async () => {
    const { rig, clock } = await rigOf(400);
    rig.vendor.setTask('t1', 'a', { state: 'RUNNING', progress: 0.1 });
    const watch = await watchTasks(rig);
    await eventually(() => pace(rig), isFast);
    clock.ahead += hourMs;
    await eventually(() => pace(rig), isSlow);
    rig.vendor.setTask('t1', 'a', { state: 'RUNNING', progress: 0.2 });
    expect((await watch.next()).value.changed).toMatchObject([{ nativeId: 't1', progress: 0.2 }]);
    await eventually(() => pace(rig), isFast);
  });

  it('is not kept fast by its own estimates, which move away while nothing moves', async () => {
    const { rig, clock } = await rigOf(400);
    rig.vendor.setTask('t1', 'a', { state: 'RUNNING', progress: 0 });
    await watchTasks(rig);
    for (const progress of [0.1, 0.2, 0.3]) {
      rig.vendor.setTask('t1', 'a', { state: 'RUNNING', progress });
      await eventually(
        () => rig.progress.ledger.taskByNativeId('one', 't1')?.progress,
        (seen) => seen === progress,
      );
    }
    const estimates = new Set<number | null | undefined>();
    rig.vendor.beforeRead = async () => {
      clock.ahead += hourMs;
      estimates.add(rig.progress.ledger.taskByNativeId('one', 't1')?.estimatedEndAt);
    };
    await eventually(() => pace(rig), isSlow);
    await eventually(
      () => estimates.size,
      (count) => count > 3,
    );
    expect(isSlow(await pace(rig))).toBe(true);
  });

  it('asks quickly again about what has vanished after a long standstill', async () => {
    const { rig, clock } = await rigOf(1_900);
    rig.vendor.setTask('t1', 'a', { state: 'RUNNING' });
    await watchTasks(rig);
    await eventually(() => pace(rig), isFast);
    clock.ahead += hourMs;
    await eventually(() => pace(rig), isSlow);
    rig.vendor.listed.clear();
    rig.vendor.remembered.clear();
    // It has to be missed three times: three slow ticks would be too late here.
    await eventually(
      () => rig.progress.ledger.task('task:one:t1')?.state,
      (state) => state === 'LOST',
    );
  });

  it('looks often again when a verb has been sent', async () => {
    const { rig, clock } = await rigOf(60_000);
    rig.vendor.setTask('t1', 'a', { state: 'RUNNING' });
    rig.vendor.setDetector('b');
    obeying(rig.vendor);
    await watchTasks(rig);
    await eventually(() => pace(rig), isFast);
    clock.ahead += hourMs;
    await eventually(() => pace(rig), isSlow);
    const request = { action: 'START_DETECTOR', run: 'HISTORICAL', dateRange: { start: 1, end: 2 } } as const;
    await rig.progress.verbs.runOnDetectors(request, [rig.detector('b')], { requestId: 'r', fields: noFields, actor: null });
    await eventually(() => pace(rig), isFast);
  });
});
