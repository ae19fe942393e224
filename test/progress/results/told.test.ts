import { describe, expect, it } from 'vitest';
import { createArchiveRig, createGate, createPatientStore, isAvailable, type PatientStore } from '../../support/archive-rig.js';

const isLost = ({ resultState }: { readonly resultState?: string }): boolean => resultState === 'LOST';

describe('an operator', () => {
  it('is told once of a result of ours that is lost, and why', async () => {
    const rig = await createArchiveRig();
    const name = await rig.start();
    rig.vendor.finish('1');
    rig.vendor.trouble.set('1', ['broken']);
    await rig.until(() => rig.job(name), isLost);
    for (let times = 0; times < 5; times += 1) await rig.tick();
    await rig.archive.prune();
    expect(rig.lost).toEqual([{ job: name, loss: 'broken', reason: expect.stringContaining('The connection broke') }]);
  });

  it('is not alarmed about a job of somebody else that they have read', async () => {
    const rig = await createArchiveRig();
    rig.vendor.put('7', { state: 'FINISHED' });
    await rig.tick();
    rig.vendor.jobs.delete('7');
    await rig.until(
      () => rig.archive.tally().states.LOST,
      (lost) => lost === 1,
    );
    expect(rig.lost).toEqual([]);
  });

  it('is told when a result comes after all', async () => {
    const gate = createGate();
    const rig = await createArchiveRig();
    const name = await rig.start();
    rig.vendor.between = () => gate.passed;
    rig.vendor.finish('1');
    await rig.until(
      () => rig.vendor.handedOver.length,
      (count) => count === 1,
    );
    // Another instance takes the reader for dead.
    const deaf: PatientStore = { ...rig.store, acquireLease: async () => ({ fence: 1, expiresAt: Date.now() + 1_000 }) };
    const usurper = await createArchiveRig({ store: deaf, vendor: rig.vendor, clock: rig.clock });
    await usurper.until(() => usurper.job(name), isLost);
    expect(usurper.lost).toHaveLength(1);
    gate.open();
    await rig.until(() => rig.job(name), isAvailable);
    expect([...rig.notes, ...usurper.notes]).toContain('a result that was given up for lost has come');
  });

  it('is told when a result that was coming is cut off by the stop of the gateway', async () => {
    const gate = createGate();
    const rig = await createArchiveRig({ limits: { lastReadsMs: 20 } });
    await rig.start();
    rig.vendor.between = () => gate.passed;
    rig.vendor.finish('1');
    await rig.until(
      () => rig.vendor.handedOver.length,
      (count) => count === 1,
    );
    const stopped = rig.archive.dispose();
    expect(rig.archive.dispose()).toBe(stopped);
    // It ends as soon as it is told to.
    setTimeout(gate.open, 100);
    await stopped;
    expect(rig.notes).toEqual(['a result was being read when the gateway had to stop: it is probably lost']);
  });

  it('sees how many results there are of each kind, how large they are, what is being read and what waits', async () => {
    const gate = createGate();
    const rig = await createArchiveRig({ limits: { retentionMs: 1_000_000 } });
    rig.vendor.put('90', { state: 'FINISHED' });
    const first = await rig.start();
    rig.vendor.finish('1', '1234567890');
    await rig.until(() => rig.job(first), isAvailable);
    expect(rig.archive.tally()).toEqual({
      states: { NONE: 0, AVAILABLE: 1, UNCLAIMED: 1, LOST: 0, EXPIRED: 0 },
      bytes: 10,
      underWay: 0,
      waiting: 0,
    });
    await rig.start();
    rig.vendor.between = () => gate.passed;
    rig.vendor.finish('2');
    await rig.until(
      () => rig.archive.tally().underWay,
      (underWay) => underWay === 1,
    );
    await rig.start();
    rig.store.durable = false;
    rig.vendor.finish('3');
    await rig.tick();
    expect(rig.archive.tally()).toMatchObject({ states: { NONE: 2, AVAILABLE: 1 }, underWay: 1, waiting: 1 });
    rig.store.durable = true;
    gate.open();
    await rig.until(
      () => rig.archive.tally().states.AVAILABLE,
      (kept) => kept === 3,
    );
    expect(rig.archive.tally()).toMatchObject({ underWay: 0, waiting: 0 });
    // The same after a restart, before anything was asked.
    const next = await createArchiveRig({ store: rig.store, vendor: rig.vendor, clock: rig.clock });
    expect(next.archive.tally()).toMatchObject({ states: { AVAILABLE: 3 }, bytes: rig.archive.tally().bytes });
  });

  it('is told less and less often that one job cannot be asked for', async () => {
    const rig = await createArchiveRig({ limits: { retryMs: 1 } });
    await rig.start();
    rig.vendor.finish('1');
    rig.vendor.trouble.set('1', new Array<'unsent'>(20).fill('unsent'));
    await rig.until(
      async () => {
        rig.clock.now += 60_000;
        return rig.vendor.reads.get('1');
      },
      (reads) => reads === 21,
    );
    // The 1st, 2nd, 4th, 8th and 16th time.
    expect(rig.warnings.filter((message) => message === 'a job could not be asked for')).toHaveLength(5);
  });
});

describe('a result that is done', () => {
  it('is not asked for when writing down the intent shows that the store keeps nothing any more', async () => {
    const memory = createPatientStore();
    const store: PatientStore = {
      ...memory,
      put: async (key, value) => {
        if (/"intendedAt":\d/.test(value) && isFull) store.durable = false;
        await memory.put(key, value);
      },
      health: () => ({ durable: store.durable, message: store.durable ? null : 'The disk is full.' }),
    };
    let isFull = true;
    const rig = await createArchiveRig({ store });
    const name = await rig.start();
    rig.vendor.finish('1');
    await rig.until(
      () => rig.store.durable,
      (durable) => !durable,
    );
    for (let times = 0; times < 5; times += 1) await rig.tick();
    expect(rig.vendor.reads.size).toBe(0);
    isFull = false;
    store.durable = true;
    expect(await rig.until(() => rig.job(name), isAvailable)).toMatchObject({ state: 'FINISHED' });
    expect(rig.vendor.reads.get('1')).toBe(1);
    expect(rig.lost).toEqual([]);
  });

  it('is not given up while the store is away that has the first half of it: it is whole when the store is back', async () => {
    const memory = createPatientStore();
    const store: PatientStore = {
      ...memory,
      writeLarge: async (key, pieces) => {
        const isFirst = await memory.writeLarge(key, pieces);
        if (key.startsWith('results/')) store.durable = false;
        return isFirst;
      },
      openLarge: async (key) => (store.durable ? memory.openLarge(key) : undefined),
      health: () => ({ durable: store.durable, message: store.durable ? null : 'Redis is away.' }),
    };
    const rig = await createArchiveRig({ store });
    const name = await rig.start();
    rig.vendor.finish('1');
    await rig.until(
      () => rig.store.durable,
      (durable) => !durable,
    );
    for (let times = 0; times < 5; times += 1) await rig.tick();
    expect(await rig.job(name)).toMatchObject({ resultState: 'NONE' });
    store.durable = true;
    expect(await rig.until(() => rig.job(name), isAvailable)).toMatchObject({ state: 'FINISHED' });
    expect(rig.vendor.reads.get('1')).toBe(1);
    expect(rig.lost).toEqual([]);
  });

  it('is asked for again although the clock was set back by an hour', async () => {
    const rig = await createArchiveRig({ limits: { retryMs: 10_000 } });
    const name = await rig.start();
    rig.vendor.finish('1');
    rig.vendor.trouble.set('1', ['unsent', 'unsent']);
    await rig.until(
      () => rig.vendor.reads.get('1'),
      (reads) => reads === 2,
    );
    for (let times = 0; times < 5; times += 1) await rig.tick();
    expect(rig.vendor.reads.get('1')).toBe(2);
    rig.clock.now -= 3_600_000;
    await rig.until(() => rig.job(name), isAvailable);
  });
});

describe('a server of many jobs', () => {
  it('that loses all of them at once is written down together, not one job after the other', async () => {
    const memory = createPatientStore();
    let writing = 0;
    let most = 0;
    const store: PatientStore = {
      ...memory,
      put: async (key, value) => {
        writing += 1;
        most = Math.max(most, writing);
        await new Promise(setImmediate);
        await memory.put(key, value);
        writing -= 1;
      },
      health: memory.health,
    };
    const rig = await createArchiveRig({ store });
    for (let number = 100; number < 200; number += 1) rig.vendor.put(String(number));
    await rig.tick();
    most = 0;
    rig.vendor.jobs.clear();
    await rig.until(
      () => rig.archive.tally().states.LOST,
      (lost) => lost === 100,
    );
    expect(most).toBeGreaterThan(10);
    expect(most).toBeLessThanOrEqual(32);
  });
});
