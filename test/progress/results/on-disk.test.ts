import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createEmbeddedStore } from '../../../src/store/index.js';
import { createArchiveRig, type PatientStore } from '../../support/archive-rig.js';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const openStore = (path: string): PatientStore => {
  const faults: unknown[] = [];
  const store = createEmbeddedStore({ path, onFault: (fault) => faults.push(fault), onRecovered: () => undefined });
  undo.push(store.dispose);
  return { ...store, durable: true };
};

describe('an archive on disk', () => {
  it('has everything after the process is gone, and hundreds of jobs seen at once', async () => {
    const path = await mkdtemp(join(tmpdir(), 'vigil-archive-'));
    undo.push(() => rm(path, { recursive: true, force: true }));
    const store = openStore(path);
    const first = await createArchiveRig({ store });
    const name = await first.start();
    for (let number = 100; number < 400; number += 1) first.vendor.put(String(number));
    first.vendor.finish('1', 'x'.repeat(700_000));
    await first.until(
      () => first.job(name),
      ({ resultState }) => resultState === 'AVAILABLE',
    );
    await first.archive.dispose();
    await store.dispose();
    const second = await createArchiveRig({ store: openStore(path), vendor: first.vendor });
    expect(await second.job(name)).toMatchObject({ resultState: 'AVAILABLE', result: { bytes: 700_000 } });
    expect(await second.archive.results.rows(name, 0, { from: 699_998, count: 5 })).toHaveLength(2);
    expect((await second.adapter.listJobs(new Set(), second.call())).items).toHaveLength(301);
    expect(second.faults).toEqual([]);
  });
});
