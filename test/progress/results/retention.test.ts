import { describe, expect, it } from 'vitest';
import { collect, createArchiveRig, createPatientStore, recordKey } from '../../support/archive-rig.js';

const dayMs = 86_400_000;

describe('kept results', () => {
  it('are let go when they are too old; their jobs say so', async () => {
    const rig = await createArchiveRig({ limits: { retentionMs: 7 * dayMs } });
    const name = await collect(rig, 'old');
    await rig.archive.prune();
    expect(await rig.job(name)).toMatchObject({ resultState: 'AVAILABLE' });
    rig.clock.now += 7 * dayMs + 1;
    await rig.archive.prune();
    const job = await rig.job(name);
    expect(job).toMatchObject({ state: 'FINISHED', resultState: 'EXPIRED', result: null });
    expect(job.finishedAt).not.toBeNull();
    expect(await rig.task(name)).toMatchObject({ state: 'SUCCEEDED' });
    expect(rig.changes.at(-1)).toMatchObject({ kind: 'changed', job: { resultState: 'EXPIRED' } });
    expect(await rig.archive.results.entities(name, { withRaw: false })).toEqual([]);
    await expect(rig.archive.results.rows(name, 0, { from: 0, count: 1 })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await rig.store.openLarge(`results/one/${name}`)).toBeUndefined();
    expect(await rig.store.openLarge(`results-index/one/${name}`)).toBeUndefined();
  });

  it('are let go, the oldest first, when together they are too large', async () => {
    const rig = await createArchiveRig({ maxBytes: 25 });
    const names: string[] = [];
    for (const body of ['1234567890', '1234567890', '1234567890']) names.push(await collect(rig, body));
    await rig.until(
      async () => (await Promise.all(names.map((name) => rig.job(name)))).map(({ resultState }) => resultState),
      (states) => states[0] === 'EXPIRED',
    );
    expect(await Promise.all(names.map(async (name) => (await rig.job(name)).resultState))).toEqual(['EXPIRED', 'AVAILABLE', 'AVAILABLE']);
  });

  it('are not let go the moment they come, however large', async () => {
    const rig = await createArchiveRig({ maxBytes: 5 });
    const small = await collect(rig, '123');
    const large = await collect(rig, '1234567890');
    await rig.archive.prune();
    expect(await rig.job(large)).toMatchObject({ resultState: 'AVAILABLE' });
    expect(await rig.job(small)).toMatchObject({ resultState: 'EXPIRED' });
  });

  it('that were half let go when the gateway was killed are let go by the next one', async () => {
    const store = createPatientStore();
    const dying = { ...store, durable: true, deleteLarge: () => new Promise<never>(() => undefined) };
    const rig = await createArchiveRig({ store: dying, limits: { retentionMs: dayMs } });
    const name = await collect(rig, 'old');
    rig.clock.now += 2 * dayMs;
    void rig.archive.prune();
    await rig.until(
      () => rig.job(name),
      ({ resultState }) => resultState === 'EXPIRED',
    );
    expect(await store.openLarge(`results/one/${name}`)).toBeDefined();
    const next = await createArchiveRig({ store, vendor: rig.vendor, clock: rig.clock });
    await next.archive.prune();
    expect(await store.openLarge(`results/one/${name}`)).toBeUndefined();
    expect(await next.job(name)).toMatchObject({ resultState: 'EXPIRED' });
  });

  it('are read with an index that is made anew when the kept one is of another kind, and only then', async () => {
    const store = createPatientStore();
    const first = await createArchiveRig({ store });
    const name = await collect(first, 'body');
    expect(first.vendor.indexed).toBe(1);
    await first.archive.results.entities(name, { withRaw: false });
    const second = await createArchiveRig({ store, vendor: first.vendor });
    await second.archive.results.entities(name, { withRaw: false });
    expect(first.vendor.indexed).toBe(1);
    first.vendor.indexVersion = 2;
    const third = await createArchiveRig({ store, vendor: first.vendor });
    expect(await third.archive.results.entities(name, { withRaw: false })).toMatchObject([{ name: 'body' }]);
    expect(await third.archive.results.entities(name, { withRaw: false })).toHaveLength(1);
    expect(first.vendor.indexed).toBe(2);
    const fourth = await createArchiveRig({ store, vendor: first.vendor });
    await fourth.archive.results.rows(name, 0, { from: 0, count: 1 });
    expect(first.vendor.indexed).toBe(2);
  });
});

describe('the number of jobs remembered', () => {
  it('is bounded: the oldest ended ones go first, those without a result before the others, and never one that has not ended', async () => {
    const rig = await createArchiveRig({ limits: { maxRecords: 3 } });
    const open = await rig.start();
    const withResult = await collect(rig, 'kept');
    const killed = await rig.start();
    await rig.adapter.run({ action: 'KILL_JOB', jobId: killed }, rig.call());
    rig.vendor.put('90');
    await rig.tick();
    expect(rig.changes.at(-1)).toEqual({ kind: 'dropped', jobId: `job:one:${killed}`, taskId: `task:one:${killed}` });
    expect(await rig.store.get(recordKey(killed))).toBeUndefined();
    expect(await rig.job(withResult)).toMatchObject({ resultState: 'AVAILABLE' });
    rig.vendor.put('91');
    rig.vendor.put('92');
    await rig.tick();
    const { items } = await rig.adapter.listJobs(new Set(), rig.call());
    expect(items.map(({ nativeId }) => nativeId.split('~')[0])).toEqual(['1', '90', '91', '92']);
    expect(await rig.job(open)).toMatchObject({ state: 'RUNNING' });
    expect(await rig.store.openLarge(`results/one/${withResult}`)).toBeUndefined();
  });
});
