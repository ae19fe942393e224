import { describe, expect, it } from 'vitest';
import { createArchiveRig, createGate, createPatientStore, isAvailable, type PatientStore } from '../../support/archive-rig.js';
import { eventually } from '../../support/progress-rig.js';
import { createReadOnceVendor } from '../../support/read-once-vendor.js';

const pair = async (options: { readonly consume?: 'own' | 'all' } = {}) => {
  const store = createPatientStore();
  const vendor = createReadOnceVendor();
  const left = await createArchiveRig({ ...options, store, vendor });
  const right = await createArchiveRig({ ...options, store, vendor });
  return { store, vendor, left, right };
};

describe('two gateways over one store', () => {
  it('both tell of a result, whoever has read it, and it was read once', async () => {
    const { vendor, left, right } = await pair();
    const name = await left.start();
    await right.tick();
    vendor.finish('1');
    await Promise.all([left.until(() => left.job(name), isAvailable), right.until(() => right.job(name), isAvailable)]);
    expect(vendor.handedOver).toEqual(['1']);
    expect(await right.archive.results.entities(name, { withRaw: false })).toEqual(
      await left.archive.results.entities(name, { withRaw: false }),
    );
    expect(await right.task(name)).toEqual(await left.task(name));
  });

  it('have one name for a job that both see for the first time', async () => {
    const { vendor, left, right } = await pair();
    vendor.put('7');
    const [one, other] = await Promise.all([left.job('7'), right.job('7')]);
    expect(one.nativeId).toBe(other.nativeId);
  });

  it('know what the other has begun, and follow it when the other is gone', async () => {
    const { vendor, left, right } = await pair();
    await right.tick();
    const name = await left.start();
    await left.archive.dispose();
    vendor.finish('1');
    expect(await right.job('1')).toMatchObject({ nativeId: name, resultState: 'NONE' });
    await right.until(() => right.job(name), isAvailable);
  });

  it('know of a job the other has begun although this one saw it in the list before', async () => {
    const { vendor, left, right } = await pair();
    vendor.started = () => right.tick();
    const name = await left.start();
    expect(await right.job('1')).toMatchObject({ nativeId: name });
    await right.tick();
    expect(right.archive.isNeeded()).toBe(true);
  });

  it('do not ask for what the other is reading', async () => {
    const store = createPatientStore();
    const vendor = createReadOnceVendor();
    let renewals = 0;
    const counting: PatientStore = {
      ...store,
      acquireLease: (lease, holder, ttlMs) => {
        if (lease.startsWith('results/')) renewals += 1;
        return store.acquireLease(lease, holder, ttlMs);
      },
    };
    const left = await createArchiveRig({ store: counting, vendor, consume: 'all', limits: { leaseMs: 1_000 } });
    const right = await createArchiveRig({ store, vendor, consume: 'all' });
    vendor.put('7', { state: 'FINISHED' });
    const gate = createGate();
    vendor.between = () => gate.passed;
    await left.until(
      () => vendor.handedOver.length,
      (count) => count === 1,
    );
    for (let times = 0; times < 5; times += 1) await right.tick();
    // Longer than the right to read lasts by itself.
    await eventually(
      () => renewals,
      (count) => count > 60,
    );
    for (let times = 0; times < 5; times += 1) await right.tick();
    expect(vendor.reads.get('7')).toBe(1);
    expect(await right.job('7')).toMatchObject({ resultState: 'NONE' });
    gate.open();
    await right.until(() => right.job('7'), isAvailable);
  });

  it('count a result that comes after the other has said that it is lost', async () => {
    const store = createPatientStore();
    const vendor = createReadOnceVendor();
    // It was held up: its right to read was not renewed.
    const left = await createArchiveRig({ store, vendor, limits: { leaseMs: 20, renewMs: 60_000 } });
    const right = await createArchiveRig({ store, vendor });
    const name = await left.start();
    vendor.finish('1');
    const gate = createGate();
    vendor.between = () => gate.passed;
    await left.until(
      () => vendor.handedOver.length,
      (count) => count === 1,
    );
    const lost = await right.until(
      () => right.job(name),
      ({ resultState }) => resultState === 'LOST',
    );
    expect(lost.stateReason).toContain('being read when the gateway was stopped');
    gate.open();
    await eventually(() => left.job(name), isAvailable);
    expect(await right.job(name)).toMatchObject({ state: 'FINISHED', resultState: 'AVAILABLE', stateReason: null });
    expect(await right.task(name)).toMatchObject({ state: 'LOST' });
    expect(right.changes.at(-1)).toMatchObject({ kind: 'changed', job: { resultState: 'AVAILABLE' } });
    expect(await right.archive.results.entities(name, { withRaw: false })).toMatchObject([{ name: 'result of 1' }]);
  });

  it('find a result again that came late from one that was killed before it could say so', async () => {
    const store = createPatientStore();
    const vendor = createReadOnceVendor();
    const never = new Promise<never>(() => undefined);
    const gate = createGate();
    let isCut = false;
    const dying: PatientStore = { ...store, put: (key, value) => (isCut ? never : store.put(key, value)) };
    const left = await createArchiveRig({ store: dying, vendor, limits: { leaseMs: 20, renewMs: 60_000 } });
    const right = await createArchiveRig({ store, vendor });
    const name = await left.start();
    vendor.finish('1');
    vendor.between = () => gate.passed;
    await left.until(
      () => vendor.handedOver.length,
      (count) => count === 1,
    );
    await right.until(
      () => right.job(name),
      ({ resultState }) => resultState === 'LOST',
    );
    isCut = true;
    gate.open();
    await eventually(
      () => store.openLarge(`results/one/${name}`),
      (body) => body !== undefined,
    );
    const next = await createArchiveRig({ store, vendor });
    expect(await next.job(name)).toMatchObject({ state: 'FINISHED', resultState: 'AVAILABLE' });
  });

  it('count a result that comes in the moment in which it is given up', async () => {
    const store = createPatientStore();
    async function* late() {
      yield Buffer.from('late');
    }
    const rig = await createArchiveRig({
      store: {
        ...store,
        durable: true,
        put: async (key, value) => {
          if (value.includes('"LOST"')) await store.writeLarge(`results/one/${key.slice('jobs/one/'.length)}`, late());
          await store.put(key, value);
        },
      },
    });
    const name = await rig.start();
    await rig.tick();
    rig.vendor.jobs.delete('1');
    await rig.until(() => rig.job(name), isAvailable);
    expect(await rig.archive.results.entities(name, { withRaw: false })).toMatchObject([{ name: 'late' }]);
  });

  it('keep the first body, should there be two', async () => {
    const { store, vendor, left } = await pair();
    const name = await left.start();
    vendor.finish('1');
    vendor.handed = async () => {
      async function* other() {
        yield Buffer.from('first');
      }
      await store.writeLarge(`results/one/${name}`, other());
    };
    const job = await left.until(() => left.job(name), isAvailable);
    expect(job.result?.bytes).toBe(5);
    expect(await left.archive.results.entities(name, { withRaw: false })).toMatchObject([{ name: 'first' }]);
  });

  it('tell of the end of a job that only the other has ever seen', async () => {
    const { vendor, left, right } = await pair();
    const name = await left.start();
    vendor.finish('1');
    await left.until(() => left.job(name), isAvailable);
    expect((await right.adapter.listJobs(new Set(), right.call())).items).toMatchObject([{ nativeId: name, resultState: 'AVAILABLE' }]);
    expect(await right.archive.results.read(name)).toMatchObject({ jobNativeId: name });
  });
});
