import { describe, expect, it } from 'vitest';
import { createByteBudget } from '../../../src/progress/results/byte-budget.js';
import { createOneAtATime } from '../../../src/progress/results/one-at-a-time.js';
import { createOrphans } from '../../../src/progress/results/orphans.js';
import { createShelfOfRecords } from '../../../src/progress/results/shelf.js';
import {
  type ArchiveRig,
  collect,
  createArchiveRig,
  createGate,
  isAvailable,
  type PatientStore,
  recordKey,
} from '../../support/archive-rig.js';
import { eventually } from '../../support/progress-rig.js';
import { createReadOnceVendor } from '../../support/read-once-vendor.js';
import { createSharedStore, type SharedHandle } from '../../support/shared-store.js';

type RigOptions = NonNullable<Parameters<typeof createArchiveRig>[0]>;

/** Archives of several gateways on one store, over one server. */
const world = () => {
  const shared = createSharedStore();
  const vendor = createReadOnceVendor();
  const clock = { now: 1_700_000_000_000 };
  const open = (): SharedHandle & { readonly patient: PatientStore } => {
    const handle = shared.open();
    return { ...handle, patient: Object.assign(handle.store, { durable: true }) };
  };
  const rig = (store: PatientStore, more: Omit<RigOptions, 'store' | 'vendor'> = {}): Promise<ArchiveRig> =>
    createArchiveRig({ clock, ...more, store, vendor });
  const rigs = async (count: number, more: Omit<RigOptions, 'store' | 'vendor'> = {}): Promise<ArchiveRig[]> => {
    const made: ArchiveRig[] = [];
    for (let index = 0; index < count; index += 1) made.push(await rig(open().patient, more));
    return made;
  };
  return { shared, vendor, clock, open, rig, rigs };
};

const only = <T>(values: readonly T[]): T => {
  const [value] = values;
  if (value === undefined) throw new Error('there is none');
  return value;
};
const namesAt = async (rig: ArchiveRig): Promise<readonly string[]> =>
  (await rig.adapter.listJobs(new Set(), rig.call())).items.map(({ nativeId }) => nativeId).sort();
const keptNames = async ({ store }: ArchiveRig): Promise<readonly string[]> =>
  (await store.list('jobs/one/', { limit: 1_000 })).map(({ key }) => key.slice('jobs/one/'.length)).sort();

describe('three gateways that see the same jobs for the first time', () => {
  it('have one name for each, whoever was first', async () => {
    const { vendor, rigs } = world();
    const all = await rigs(3);
    for (let number = 1; number <= 30; number += 1) vendor.put(String(number));
    const names = await Promise.all(all.map(namesAt));
    expect(names[0]).toHaveLength(30);
    expect(names[1]).toEqual(names[0]);
    expect(names[2]).toEqual(names[0]);
    expect(await keptNames(only(all))).toEqual(names[0]);
  });

  it('have one name also when one of them is held up in the middle of giving it', async () => {
    const { store } = createSharedStore().open();
    const [slow, quick] = [createOneAtATime('one', store, 40), createOneAtATime('one', store, 40)];
    const born: string[] = [];
    const gate = createGate();
    const first = slow.alone('7', async (isAlone) => {
      const known = born[0];
      await gate.passed;
      if (known) return known;
      if (!isAlone()) return undefined;
      born.push('slow');
      return 'slow';
    });
    const second = await quick.alone('7', async (isAlone) => {
      if (isAlone()) born.push('quick');
      return 'quick';
    });
    gate.open();
    expect([await first, second]).toEqual(['quick', 'quick']);
    expect(born).toEqual(['quick']);
  });
});

describe('what one gateway knows of jobs', () => {
  it('others know without being asked, and look after it', async () => {
    const { rigs } = world();
    const [left, right] = await rigs(2);
    if (!left || !right) throw new Error('there are two');
    await left.start();
    await eventually(
      () => right.archive.isNeeded(),
      (isNeeded) => isNeeded,
    );
    expect(right.changes).toContainEqual({ kind: 'stirred' });
    expect(right.vendor.lists).toBe(0);
  });

  it('that a result is wanted, others know, and one of them collects it', async () => {
    const { vendor, rigs } = world();
    const [leader, other] = await rigs(2);
    if (!leader || !other) throw new Error('there are two');
    vendor.put('7', { state: 'RUNNING' });
    await leader.tick();
    expect(leader.archive.isNeeded()).toBe(false);
    const { nativeId } = await other.job('7');
    await other.adapter.run({ action: 'COLLECT_JOB_RESULT', jobId: nativeId }, other.call());
    await eventually(
      () => leader.archive.isNeeded(),
      (isNeeded) => isNeeded,
    );
    // How far it is others may know better.
    expect(leader.changes).toEqual([{ kind: 'stirred' }]);
    vendor.finish('7');
    await leader.until(() => leader.job(nativeId), isAvailable);
    await eventually(
      () => other.changes.at(-1),
      (change) => change?.kind === 'changed' && isAvailable(change.job),
    );
    expect(vendor.handedOver).toEqual(['7']);
  });

  it('is let go everywhere when one lets it go, and not brought back by another', async () => {
    const { rigs } = world();
    const [left, right] = await rigs(2, { limits: { maxRecords: 2 } });
    if (!left || !right) throw new Error('there are two');
    const first = await collect(left, 'one');
    await eventually(
      () => right.archive.tally().states.AVAILABLE,
      (count) => count === 1,
    );
    for (const body of ['two', 'three']) await collect(left, body);
    await left.archive.prune();
    await eventually(
      () => right.changes,
      (changes) => changes.some((change) => change.kind === 'dropped' && change.jobId.includes(first)),
    );
    await right.tick();
    await right.archive.prune();
    expect(await keptNames(left)).toHaveLength(2);
    expect(await keptNames(left)).not.toContain(first);
    expect(await namesAt(right)).toEqual(await namesAt(left));
  });

  it('is let go by one that has not heard of it, too, when it looks', async () => {
    const { clock, rigs } = world();
    const [left, right] = await rigs(2);
    if (!left || !right) throw new Error('there are two');
    const name = await collect(left, 'one');
    await eventually(
      () => right.archive.tally().states.AVAILABLE,
      (count) => count === 1,
    );
    right.store.read = async () => ({ entries: [], truncated: false, away: false });
    await left.store.delete(recordKey(name));
    clock.now += 8 * 86_400_000;
    await right.archive.prune();
    expect(await keptNames(left)).toEqual([]);
    expect(right.changes.at(-1)).toMatchObject({ kind: 'dropped', jobId: `job:one:${name}` });
  });

  it('is learnt anew by one that has missed too much of it', async () => {
    const { shared, rigs } = world();
    const [left, right] = await rigs(2);
    if (!left || !right) throw new Error('there are two');
    const gone = await collect(left, 'one');
    await eventually(
      () => right.archive.tally().states.AVAILABLE,
      (count) => count === 1,
    );
    const { read } = right.store;
    right.store.read = async () => ({ entries: [], truncated: false, away: false });
    const name = await collect(left, 'two');
    await left.store.delete(recordKey(gone));
    const [last] = (await shared.entriesOf('jobs-news/one')).slice(-1);
    await left.store.trim('jobs-news/one', { before: last ?? 0 });
    right.store.read = read;
    await left.store.append('jobs-news/one', 'somebody jobs/one/nothing', { keep: 1_000 });
    await eventually(
      () => right.changes,
      (changes) => changes.some((change) => change.kind === 'dropped' && change.jobId === `job:one:${gone}`),
    );
    expect(await namesAt(right)).toEqual([name]);
  });

  it('is heard of after a time of which a gateway has only its own memory', async () => {
    const { open, rig } = world();
    const handle = open();
    const cut = await rig(handle.patient);
    const left = await rig(open().patient);
    handle.cut();
    const there = await left.start();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const here = await cut.start();
    expect(await namesAt(cut)).toContain(here);
    handle.restore();
    await eventually(
      () => namesAt(cut),
      (names) => JSON.stringify(names) === JSON.stringify([there, here].sort()),
    );
  });

  it('is not let go while its result may be on its way', async () => {
    const { store } = createSharedStore().open();
    const shelves = [0, 1].map(() =>
      createShelfOfRecords({
        backendKey: 'one',
        store,
        now: () => 1_000,
        damaged: () => undefined,
        changed: () => undefined,
        dropped: () => undefined,
        stirred: () => undefined,
        settleTwins: async () => undefined,
        fault: () => undefined,
      }),
    );
    const [left, right] = shelves;
    if (!left || !right) throw new Error('there are two');
    await Promise.all([left.load(), right.load()]);
    const { entry } = await left.bear('7', async () => false, { ours: true, job: null, task: null });
    await right.sync();
    const reading = only([...right.all()]);
    await right.amend(reading, (record) => ({ ...record, intendedAt: 2_000 }));
    await left.drop(entry);
    await right.sync();
    await left.sync();
    expect([...left.all(), ...right.all()].map(({ record }) => record.intendedAt)).toEqual([2_000, 2_000]);
  });

  it('is mended in the store when another has written over it what it knew before', async () => {
    const { vendor, open, rig } = world();
    const handle = open();
    const [cut, left] = [await rig(handle.patient), await rig(open().patient)];
    const name = await cut.start();
    vendor.put('1', { state: 'QUEUED' });
    await cut.tick();
    await eventually(
      () => left.archive.isNeeded(),
      (isNeeded) => isNeeded,
    );
    handle.cut();
    vendor.put('1', { state: 'RUNNING' });
    await cut.tick();
    vendor.finish('1', 'result');
    await left.until(() => left.job(name), isAvailable);
    handle.restore();
    await eventually(
      () => left.store.get(recordKey(name)),
      (text) => text?.includes('"AVAILABLE"') === true,
    );
    await cut.until(() => cut.job(name), isAvailable);
    expect(vendor.handedOver).toEqual(['1']);
    expect([...cut.lost, ...left.lost]).toEqual([]);
  });
});

describe('a job that two gateways have each named while they could not hear one another', () => {
  const apart = async (between: (vendor: ReturnType<typeof createReadOnceVendor>) => void = () => undefined) => {
    const { vendor, clock, open, rig } = world();
    const handles = [open(), open()] as const;
    const left = await rig(handles[0].patient, { consume: 'all' });
    const right = await rig(handles[1].patient, { consume: 'all' });
    for (const handle of handles) handle.cut();
    vendor.put('7', { state: 'RUNNING', startedAt: 1_000 });
    const first = only(await namesAt(left));
    clock.now += 1_000;
    between(vendor);
    const second = only(await namesAt(right));
    expect(first).not.toBe(second);
    clock.now += 1_000;
    for (const handle of handles) handle.restore();
    return { vendor, left, right, first, second };
  };

  it('has the older name when they can, and its result is read once', async () => {
    const { vendor, left, right, first } = await apart();
    await eventually(
      () => keptNames(left),
      (names) => names.length === 1,
    );
    await eventually(
      () => Promise.all([namesAt(left), namesAt(right)]),
      (names) => JSON.stringify(names) === JSON.stringify([[first], [first]]),
    );
    vendor.finish('7', 'result');
    await Promise.all([left.until(() => left.job(first), isAvailable), right.until(() => right.job(first), isAvailable)]);
    expect(vendor.handedOver).toEqual(['7']);
    expect([...left.lost, ...right.lost]).toEqual([]);
  });

  it('has the name by which its result was read, although that is the younger one', async () => {
    const { vendor, clock, open, rig } = world();
    const handle = open();
    const cut = await rig(handle.patient, { consume: 'all' });
    const right = await rig(open().patient, { consume: 'all' });
    handle.cut();
    vendor.put('7', { state: 'RUNNING', startedAt: 1_000 });
    const first = only(await namesAt(cut));
    clock.now += 1_000;
    const second = only(await namesAt(right));
    vendor.finish('7', 'result');
    await right.until(() => right.job(second), isAvailable);
    handle.restore();
    await eventually(
      () => namesAt(cut),
      (names) => JSON.stringify(names) === JSON.stringify([second]),
    );
    for (let times = 0; times < 5; times += 1) await cut.tick();
    expect(await keptNames(right)).toEqual([second]);
    expect(first).not.toBe(second);
    expect([...cut.lost, ...right.lost]).toEqual([]);
    expect(vendor.reads.get('7')).toBe(1);
  });

  it('has the name by which its result is being read', async () => {
    const { vendor, clock, open, rig } = world();
    const handle = open();
    const cut = await rig(handle.patient, { consume: 'all' });
    const right = await rig(open().patient, { consume: 'all' });
    handle.cut();
    vendor.put('7', { state: 'FINISHED', startedAt: 1_000 });
    await cut.tick();
    clock.now += 1_000;
    const second = only(await namesAt(right));
    const reading = createGate();
    vendor.between = () => reading.passed;
    await right.until(
      () => vendor.handedOver.length,
      (count) => count === 1,
    );
    handle.restore();
    await eventually(
      () => keptNames(right),
      (names) => names.length === 1,
    );
    reading.open();
    await right.until(() => right.job(second), isAvailable);
    expect(await keptNames(right)).toEqual([second]);
    expect([...cut.lost, ...right.lost]).toEqual([]);
  });

  it('is not taken for one of before that has ended under its number', async () => {
    const { vendor, clock, rigs } = world();
    const [left, right] = await rigs(2, { consume: 'all' });
    if (!left || !right) throw new Error('there are two');
    vendor.put('7', { state: 'FINISHED', startedAt: 1_000 });
    await left.until(
      async () => (await namesAt(left)).length && left.job('7'),
      (job) => job !== 0 && isAvailable(job),
    );
    clock.now += 1_000;
    vendor.put('7', { state: 'RUNNING', startedAt: 2_000 });
    await left.tick();
    await eventually(
      () => namesAt(right),
      (names) => names.length === 2,
    );
    expect(await keptNames(left)).toHaveLength(2);
  });

  it('keeps both names when it was another job by then, of which the older is lost', async () => {
    const { vendor, left, right, first, second } = await apart((server) => server.put('7', { state: 'RUNNING', startedAt: 2_000 }));
    await left.until(
      () => left.job(first),
      ({ resultState }) => resultState === 'LOST',
    );
    vendor.finish('7', 'result');
    await right.until(() => right.job(second), isAvailable);
    expect((await left.job(first)).resultState).toBe('LOST');
    expect(await keptNames(left)).toEqual([first, second].sort());
  });
});

describe('a gateway that is held up', () => {
  /** Its right to read ends before it goes on. */
  const heldUp = async () => {
    const { vendor, open, rig } = world();
    const handle = open();
    const gate = createGate();
    const asked = createGate();
    const { put } = handle.patient;
    const slow = await rig(handle.patient, { limits: { leaseMs: 40, renewMs: 60_000 } });
    const quick = await rig(open().patient);
    /** It asks, and when it goes on, the other one is reading. Returns what that waits for. */
    const outdone = async () => {
      await slow.tick();
      await asked.passed;
      await later();
      const reading = createGate();
      vendor.between = () => reading.passed;
      await quick.until(
        () => vendor.handedOver.length,
        (count) => count === 1,
      );
      gate.open();
      await eventually(
        () => slow.archive.tally().underWay,
        (underWay) => underWay === 0,
      );
      return reading;
    };
    return { vendor, handle, gate, asked, put, slow, quick, outdone };
  };
  const later = () => new Promise((resolve) => setTimeout(resolve, 60));

  it('before it asks for a result does not ask when another may be asking by then', async () => {
    const { vendor, handle, gate, asked, put, slow, quick, outdone } = await heldUp();
    const name = await slow.start();
    handle.patient.put = async (key, value) => {
      await put(key, value);
      if (!value.includes('"intendedAt":null')) {
        asked.open();
        await gate.passed;
      }
    };
    vendor.finish('1', 'result');
    const reading = await outdone();
    expect(vendor.reads.get('1')).toBe(1);
    reading.open();
    await quick.until(() => quick.job(name), isAvailable);
    expect([...slow.lost, ...quick.lost]).toEqual([]);
  });

  it('while it asks does not say that the result is lost which another is reading by then', async () => {
    const { vendor, asked, gate, slow, quick, outdone } = await heldUp();
    const name = await slow.start();
    let questions = 0;
    vendor.beforeRead = async () => {
      questions += 1;
      if (questions > 1) return;
      asked.open();
      await gate.passed;
    };
    vendor.finish('1', 'result');
    const reading = await outdone();
    expect(slow.lost).toEqual([]);
    expect((await slow.job(name)).resultState).toBe('NONE');
    reading.open();
    await quick.until(() => quick.job(name), isAvailable);
    expect(quick.lost).toEqual([]);
  });
});

describe('results that several gateways keep together', () => {
  it('are read at any of them', async () => {
    const { rigs } = world();
    const [left, right] = await rigs(2);
    if (!left || !right) throw new Error('there are two');
    const name = await collect(left, 'x'.repeat(50));
    expect(await right.archive.results.entities(name, { withRaw: false })).toEqual(
      await left.archive.results.entities(name, { withRaw: false }),
    );
    expect(await right.archive.results.rows(name, 0, { from: 0, count: 5 })).toHaveLength(5);
  });

  it('are within their bound together, and the oldest goes, whoever has received it', async () => {
    const { rigs } = world();
    const [left, right] = await rigs(2, { maxBytes: 25 });
    if (!left || !right) throw new Error('there are two');
    const names = [await collect(left, '1234567890'), await collect(right, '1234567890'), await collect(right, '1234567890')];
    await Promise.all([left.archive.prune(), right.archive.prune()]);
    for (const rig of [left, right])
      expect(await Promise.all(names.map(async (name) => (await rig.job(name)).resultState))).toEqual([
        'EXPIRED',
        'AVAILABLE',
        'AVAILABLE',
      ]);
    expect(await left.store.openLarge(`results/one/${names[0]}`)).toBeUndefined();
    expect(await right.archive.results.entities(only(names), { withRaw: false })).toEqual([]);
    expect([left.archive.tally().bytes, right.archive.tally().bytes]).toEqual([20, 20]);
  });

  it('expire at all of them, also when they let them go at the same time', async () => {
    const { clock, rigs } = world();
    const all = await rigs(3);
    const name = await collect(only(all), 'old');
    clock.now += 8 * 86_400_000;
    await Promise.all(all.map(({ archive }) => archive.prune()));
    for (const rig of all) expect((await rig.job(name)).resultState).toBe('EXPIRED');
    expect(all.flatMap(({ faults }) => faults)).toEqual([]);
    expect(JSON.parse((await only(all).store.get(recordKey(name))) ?? '{}')).toMatchObject({
      result: { state: 'EXPIRED', leaving: false },
    });
  });

  it('of a backend that one gateway lacks are not let go as long as another one leads it', async () => {
    const { clock, open, rigs } = world();
    const [rig] = await rigs(1);
    if (!rig) throw new Error('there is one');
    const name = await collect(rig, 'old');
    const { patient } = open();
    clock.now += 8 * 86_400_000;
    const orphans = createOrphans({
      store: patient,
      backendKeys: new Set(['another']),
      retentionMs: 7 * 86_400_000,
      budget: createByteBudget(1),
      found: () => undefined,
      fault: () => undefined,
      now: () => clock.now,
    });
    await rig.store.acquireLease('leader/one', 'other', 60_000);
    await orphans.prune();
    expect(await keptNames(rig)).toEqual([name]);
    await rig.store.releaseLease('leader/one', 'other');
    await orphans.prune();
    expect(await keptNames(rig)).toEqual([]);
  });
});
