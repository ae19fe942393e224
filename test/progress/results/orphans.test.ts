import { describe, expect, it } from 'vitest';
import { createByteBudget } from '../../../src/progress/results/byte-budget.js';
import { createOrphans } from '../../../src/progress/results/orphans.js';
import { type ArchiveRig, createArchiveRig, createPatientStore, recordKey } from '../../support/archive-rig.js';

const dayMs = 86_400_000;

const collect = async (rig: ArchiveRig, body: string): Promise<string> => {
  const name = await rig.start();
  rig.vendor.finish(String(rig.vendor.nextNumber - 1), body);
  await rig.until(
    () => rig.job(name),
    ({ resultState }) => resultState === 'AVAILABLE',
  );
  rig.clock.now += 10;
  return name;
};

/** The store of a backend `one`, and a gateway with others. */
const leftBehind = async (maxBytes = 1_000_000) => {
  const store = createPatientStore();
  const rig = await createArchiveRig({ store });
  const found: object[] = [];
  const faults: string[] = [];
  const budget = createByteBudget(maxBytes);
  const orphans = (backendKeys: readonly string[]) =>
    createOrphans({
      store,
      backendKeys: new Set(backendKeys),
      retentionMs: 7 * dayMs,
      budget,
      found: (each) => found.push(each),
      fault: (message) => faults.push(message),
      now: () => rig.clock.now,
    });
  const isKept = async (name: string): Promise<readonly boolean[]> => [
    (await store.get(recordKey(name))) !== undefined,
    (await store.openLarge(`results/one/${name}`)) !== undefined,
    (await store.openLarge(`results-index/one/${name}`)) !== undefined,
  ];
  return { store, rig, found, faults, budget, orphans, isKept };
};
const whole = [true, true, true];
const gone = [false, false, false];

describe('what is kept of a backend that is configured no more', () => {
  it('is told once, and there again when the backend is', async () => {
    const { rig, store, found, orphans, isKept } = await leftBehind();
    const name = await collect(rig, '1234567890');
    await rig.start();
    const others = orphans(['another', 'onf']);
    await others.prune();
    await others.prune();
    expect(found).toEqual([{ backend: 'one', jobs: 2, bytes: 10 }]);
    expect(await isKept(name)).toEqual(whole);
    const again = await createArchiveRig({ store, vendor: rig.vendor, clock: rig.clock });
    expect(await again.job(name)).toMatchObject({ resultState: 'AVAILABLE' });
  });

  it('is let go when it is older than results are kept, job and all', async () => {
    const { rig, orphans, isKept, store } = await leftBehind();
    const old = await collect(rig, 'old');
    const unfinished = await rig.start();
    rig.clock.now += 5 * dayMs;
    const young = await collect(rig, 'young');
    rig.clock.now += 3 * dayMs;
    await orphans(['another']).prune();
    expect(await isKept(old)).toEqual(gone);
    expect(await isKept(unfinished)).toEqual(gone);
    expect(await isKept(young)).toEqual(whole);
    rig.clock.now += 5 * dayMs;
    await orphans([]).prune();
    expect(await store.list('jobs/', { limit: 10 })).toEqual([]);
  });

  it('counts among the results that take room, and goes when it is the oldest', async () => {
    const { rig, store, budget, orphans, isKept } = await leftBehind(25);
    const names = [await collect(rig, '1234567890'), await collect(rig, '1234567890')];
    await orphans(['another']).prune();
    expect(await Promise.all(names.map(isKept))).toEqual([whole, whole]);
    // What another backend receives meanwhile.
    budget.join(() => [{ receivedAt: rig.clock.now, bytes: 10, expire: async () => undefined }]);
    await budget.prune();
    expect(await Promise.all(names.map(isKept))).toEqual([gone, whole]);
    expect(await store.list('jobs/', { limit: 10 })).toHaveLength(1);
  });

  it('is not taken from a backend that is configured', async () => {
    const { rig, found, orphans, isKept } = await leftBehind();
    const name = await collect(rig, 'old');
    rig.clock.now += 30 * dayMs;
    await orphans(['another', 'one']).prune();
    expect(found).toEqual([]);
    expect(await isKept(name)).toEqual(whole);
  });

  it('is left as it is where it cannot be read, which hides nothing else', async () => {
    const { rig, store, faults, orphans, isKept } = await leftBehind();
    await store.put(recordKey('0~0'), 'damaged');
    const name = await collect(rig, 'old');
    rig.clock.now += 8 * dayMs;
    await orphans([]).prune();
    expect(faults).toEqual([`the kept job ${recordKey('0~0')} cannot be read`]);
    expect(await isKept(name)).toEqual(gone);
  });
});
