import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createEmbeddedStore } from '../../../src/store/index.js';
import { createArchiveRig } from '../../support/archive-rig.js';

const time = async (what: string, work: () => Promise<unknown>) => { const t = performance.now(); await work(); console.log(what, Math.round(performance.now() - t), 'ms'); };
describe('scratch', () => {
  it('2000 foreign', async () => {
    const path = await mkdtemp(join(tmpdir(), 'op-'));
    const disk = createEmbeddedStore({ path, onFault: (f) => console.log(f.message) });
    let writes: Record<string, number> = {};
    const counted = (name: string, f: any) => (...a: any[]) => { writes[name] = (writes[name] ?? 0) + 1; return f(...a); };
    const wrap = (d: any) => ({ ...d, put: counted('put', d.put), get: counted('get', d.get), list: counted('list', d.list), append: counted('append', d.append), read: counted('read', d.read), putIfAbsent: counted('pia', d.putIfAbsent), acquireLease: counted('lease', d.acquireLease), durable: true });
    const rig = await createArchiveRig({ store: wrap(disk) });
    for (let n = 100; n < 2100; n += 1) rig.vendor.put(String(n));
    await time('first tick', rig.tick); console.log(writes); writes = {};
    await time('second tick', rig.tick); console.log(writes); writes = {};
    for (let n = 100; n < 2100; n += 1) { const j = rig.vendor.jobs.get(String(n)); if (j) j.current = 50; }
    await time('progress tick', rig.tick); console.log(writes); writes = {};
    for (let n = 100; n < 2100; n += 1) rig.vendor.finish(String(n));
    await time('finish tick', rig.tick); console.log(writes); writes = {};
    await rig.archive.dispose();
    await disk.dispose();
    const disk2 = createEmbeddedStore({ path, onFault: (f) => console.log(f.message) });
    let all: any;
    await time('load 2000', async () => { all = await createArchiveRig({ store: wrap(disk2), vendor: rig.vendor, consume: 'all' }); }); console.log(writes); writes = {};
    await time('prune', all.archive.prune);
    rig.vendor.jobs.forEach((j) => { j.state = 'RUNNING'; });
    await time('own -> all first tick', all.tick); console.log(writes); writes = {};
    rig.vendor.jobs.clear();
    await all.archive.dispose();
    await disk2.dispose();
    await rm(path, { recursive: true });
  }, 120_000);
  it('2000 foreign vanish', async () => {
    const path = await mkdtemp(join(tmpdir(), 'op-'));
    const disk = createEmbeddedStore({ path, onFault: (f) => console.log(f.message) });
    const rig = await createArchiveRig({ store: { ...disk, durable: true } });
    for (let n = 100; n < 2100; n += 1) rig.vendor.put(String(n));
    await rig.tick();
    rig.vendor.jobs.clear();
    await rig.tick(); await rig.tick();
    await time('third miss', rig.tick);
    await time('after', rig.tick);
    await disk.dispose();
    await rm(path, { recursive: true });
  }, 120_000);
  it('full disk', async () => {
    const path = await mkdtemp(join(tmpdir(), 'op-'));
    const disk = createEmbeddedStore({ path, maxBytes: 400_000, maxMemoryBytes: 600_000, retryMs: 50, onFault: (f) => console.log('FAULT', f.message), onRecovered: () => console.log('RECOVERED') });
    const rig = await createArchiveRig({ store: { ...disk, durable: true } });
    const name = await rig.start();
    rig.vendor.finish('1', 'x'.repeat(2_000_000));
    await rig.until(() => rig.job(name), (j) => j.resultState !== 'NONE');
    console.log(JSON.stringify(await rig.task(name)), rig.notes, rig.faults, disk.health());
    await disk.dispose();
    await rm(path, { recursive: true });
  }, 120_000);
  it('disk full before the intent', async () => {
    const path = await mkdtemp(join(tmpdir(), 'op-'));
    const disk = createEmbeddedStore({ path, maxBytes: 100_000, retryMs: 50_000, onFault: (f) => console.log('FAULT', f.message) });
    const rig = await createArchiveRig({ store: { ...disk, durable: true } });
    const name = await rig.start();
    // fill
    let i = 0; while (disk.health().durable && i < 1000) { await disk.put(`fill/${i}`, 'x'.repeat(200)); i += 1; if (i > 5 && false) break; }
    console.log(i, disk.health());
    await disk.dispose(); 
    const disk2 = createEmbeddedStore({ path, maxBytes: 100_000, retryMs: 50_000, onFault: (f) => console.log('FAULT2', f.message) });
    console.log('health at start', disk2.health());
    const rig2 = await createArchiveRig({ store: { ...disk2, durable: true }, vendor: rig.vendor });
    rig.vendor.finish('1', 'hello');
    for (let t = 0; t < 5; t += 1) { await rig2.tick(); await new Promise((r) => setTimeout(r, 20)); }
    console.log(disk2.health(), rig.vendor.reads, rig.vendor.handedOver, rig2.notes, rig2.faults, (await rig2.job(name)).resultState);
    await disk2.dispose();
    await rm(path, { recursive: true });
  }, 120_000);
});
