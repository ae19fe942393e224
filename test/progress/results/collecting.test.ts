import { describe, expect, it } from 'vitest';
import { createArchiveRig, createGate, createPatientStore } from '../../support/archive-rig.js';
import { eventually } from '../../support/progress-rig.js';

describe('a job begun through the gateway', () => {
  it('is asked for once, when the list says that it is done, and its result is kept', async () => {
    const rig = await createArchiveRig();
    const name = await rig.start();
    await rig.tick();
    expect(await rig.job(name)).toMatchObject({ nativeId: name, state: 'RUNNING', resultState: 'NONE', result: null });
    expect(await rig.task(name)).toMatchObject({ nativeId: name, jobNativeId: name, state: 'RUNNING', progress: 0.4, kind: 'RUN' });
    expect(rig.vendor.reads.size).toBe(0);

    rig.vendor.finish('1');
    const job = await rig.until(
      () => rig.job(name),
      ({ resultState }) => resultState === 'AVAILABLE',
    );
    expect(job).toMatchObject({ state: 'FINISHED', result: { jobNativeId: name, bytes: 'result of 1'.length, backendKey: 'one' } });
    expect(job.finishedAt).toBe(job.result?.receivedAt);
    expect(await rig.task(name)).toMatchObject({
      state: 'SUCCEEDED',
      progress: 1,
      endedAt: job.finishedAt,
      cancellable: false,
      error: null,
    });
    expect(await rig.archive.results.entities(name, { withRaw: false })).toMatchObject([
      { name: 'result of 1', id: `result:one:1/0~${name.slice(2)}`, typename: 'ScriptedEntity' },
    ]);
    for (let times = 0; times < 4; times += 1) await rig.tick();
    expect(rig.vendor.reads.get('1')).toBe(1);
    expect(rig.faults).toEqual([]);
  });

  it('is still there by its number, and in the lists, when the server has forgotten it', async () => {
    const rig = await createArchiveRig();
    const name = await rig.start();
    rig.vendor.finish('1');
    await rig.until(
      () => rig.job(name),
      ({ resultState }) => resultState === 'AVAILABLE',
    );
    expect((await rig.job('1')).nativeId).toBe(name);
    const { items } = await rig.adapter.listJobs(new Set(), rig.call());
    expect(items.map(({ nativeId }) => nativeId)).toEqual([name]);
    const open = await rig.adapter.discoverTasks(new Set(), rig.call());
    expect(open.items).toEqual([]);
    const watched = await rig.adapter.discoverTasks(new Set(), rig.call(), [name]);
    expect(watched.items).toMatchObject([{ state: 'SUCCEEDED' }]);
  });

  it('that has ended is told of without asking the server', async () => {
    const rig = await createArchiveRig();
    const name = await rig.start();
    rig.vendor.finish('1');
    await rig.until(
      () => rig.job(name),
      ({ resultState }) => resultState === 'AVAILABLE',
    );
    rig.vendor.down = true;
    const lists = rig.vendor.lists;
    expect(await rig.job(name)).toMatchObject({ resultState: 'AVAILABLE' });
    expect(await rig.task(name)).toMatchObject({ state: 'SUCCEEDED' });
    expect(rig.vendor.lists).toBe(lists);
  });

  it('tells its end to whoever listens, in the moment it is durable', async () => {
    const rig = await createArchiveRig();
    const name = await rig.start();
    rig.vendor.finish('1');
    await rig.until(
      () => rig.changes,
      (changes) => changes.some((change) => change.kind === 'changed' && change.task.state === 'SUCCEEDED'),
    );
    const last = rig.changes.at(-1);
    expect(last).toMatchObject({ kind: 'changed', job: { nativeId: name, resultState: 'AVAILABLE' }, task: { state: 'SUCCEEDED' } });
    expect(await rig.store.get(`jobs/one/${name}`)).toContain('AVAILABLE');
  });

  it('has failed when the server says so twice in a row, with what it said', async () => {
    const rig = await createArchiveRig();
    const name = await rig.start();
    rig.vendor.finish('1');
    rig.vendor.trouble.set('1', ['failed', 'failed']);
    await rig.until(
      () => rig.vendor.reads.get('1'),
      (reads) => reads === 1,
    );
    await rig.until(
      () => rig.task(name),
      ({ state }) => state === 'FAILED',
    );
    expect(rig.vendor.reads.get('1')).toBe(2);
    expect(await rig.job(name)).toMatchObject({ state: 'FAILED', resultState: 'NONE' });
    expect((await rig.task(name)).error).toMatchObject({ detail: 'boom' });
  });

  it('is not taken for failed when the second answer is its result', async () => {
    const rig = await createArchiveRig();
    const name = await rig.start();
    rig.vendor.finish('1');
    rig.vendor.trouble.set('1', ['failed']);
    const job = await rig.until(
      () => rig.job(name),
      ({ resultState }) => resultState === 'AVAILABLE',
    );
    expect(job.state).toBe('FINISHED');
  });

  it('is asked for by number where the list gives nothing else, and shows what the answer tells', async () => {
    const rig = await createArchiveRig();
    rig.vendor.idsOnly = true;
    const name = await rig.start('pca');
    const job = await rig.until(
      () => rig.job(name),
      ({ state }) => state === 'RUNNING',
    );
    expect(job).toMatchObject({ type: 'pca', processed: { current: 40 } });
    expect(rig.changes.at(-1)).toMatchObject({ task: { nativeId: name, progress: 0.4 } });
    rig.vendor.finish('1');
    await rig.until(
      () => rig.job(name),
      ({ resultState }) => resultState === 'AVAILABLE',
    );
    expect(rig.vendor.handedOver).toEqual(['1']);
  });

  it('is not asked for again while its result comes, and keeps no more than two reads going', async () => {
    const rig = await createArchiveRig();
    const gate = createGate();
    rig.vendor.between = () => gate.passed;
    const names = [await rig.start(), await rig.start(), await rig.start()];
    for (const number of ['1', '2', '3']) rig.vendor.finish(number);
    await rig.until(
      () => rig.vendor.handedOver.length,
      (count) => count === 2,
    );
    for (let times = 0; times < 5; times += 1) await rig.tick();
    expect([...rig.vendor.reads.values()]).toEqual([1, 1]);
    gate.open();
    for (const name of names)
      await rig.until(
        () => rig.job(name),
        ({ resultState }) => resultState === 'AVAILABLE',
      );
    expect(rig.vendor.handedOver.toSorted()).toEqual(['1', '2', '3']);
  });

  it('is left on the server while the store would not keep its result, which is told once, and once more when it will', async () => {
    const rig = await createArchiveRig();
    const name = await rig.start();
    rig.vendor.finish('1');
    rig.store.durable = false;
    for (let times = 0; times < 5; times += 1) await rig.tick();
    expect(rig.vendor.reads.size).toBe(0);
    expect(rig.notes).toEqual(['results are left on their server until the store is durable again']);
    rig.store.durable = true;
    await rig.until(
      () => rig.job(name),
      ({ resultState }) => resultState === 'AVAILABLE',
    );
    expect(rig.notes.slice(1)).toEqual(['the store is durable again: results are collected']);
  });

  it('is asked again, with growing pauses, when the question did not reach the server', async () => {
    const rig = await createArchiveRig({ limits: { retryMs: 1_000 } });
    const name = await rig.start();
    rig.vendor.finish('1');
    rig.vendor.trouble.set('1', ['unsent', 'unsent', 'unsent']);
    await rig.until(
      () => rig.vendor.reads.get('1'),
      (reads) => reads === 2,
    );
    for (let times = 0; times < 10; times += 1) await rig.tick();
    expect(rig.vendor.reads.get('1')).toBe(2);
    rig.clock.now += 1_000;
    await rig.until(
      () => rig.vendor.reads.get('1'),
      (reads) => reads === 3,
    );
    rig.clock.now += 1_500;
    for (let times = 0; times < 5; times += 1) await rig.tick();
    expect(rig.vendor.reads.get('1')).toBe(3);
    rig.clock.now += 1_000;
    await rig.until(
      () => rig.job(name),
      ({ resultState }) => resultState === 'AVAILABLE',
    );
  });

  it('keeps neither what it was started with nor what the server sent as it was', async () => {
    const rig = await createArchiveRig();
    const name = await rig.start();
    await rig.tick();
    rig.vendor.finish('1');
    await rig.until(
      () => rig.job(name),
      ({ resultState }) => resultState === 'AVAILABLE',
    );
    expect(await rig.store.get(`jobs/one/${name}`)).not.toContain('secretly');
  });

  it('is taken for the one begun when a list shows it before its start is answered', async () => {
    const rig = await createArchiveRig();
    rig.vendor.started = () => rig.tick();
    const name = await rig.start();
    const { items } = await rig.adapter.listJobs(new Set(), rig.call());
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ nativeId: name, resultState: 'NONE' });
    rig.vendor.finish('1');
    await rig.until(
      () => rig.job(name),
      ({ resultState }) => resultState === 'AVAILABLE',
    );
  });

  it('is not missed by a list that was made before it was begun', async () => {
    const rig = await createArchiveRig();
    const gate = createGate();
    rig.vendor.afterList = () => gate.passed;
    const stale = rig.tick();
    await eventually(
      () => rig.vendor.lists,
      (lists) => lists === 2,
    );
    const name = await rig.start();
    gate.open();
    await stale;
    rig.archive.collect();
    expect(await rig.job(name)).toMatchObject({ state: 'RUNNING' });
    expect(rig.vendor.reads.size).toBe(0);
  });

  it('is not collected when the gateway stops, unless that was begun: then it is let end', async () => {
    const store = createPatientStore();
    const rig = await createArchiveRig({ store, limits: { lastReadsMs: 5_000 } });
    const name = await rig.start();
    const other = await rig.start();
    const gate = createGate();
    rig.vendor.between = () => gate.passed;
    rig.vendor.finish('1');
    await rig.until(
      () => rig.vendor.handedOver.length,
      (count) => count === 1,
    );
    const stopped = rig.archive.dispose();
    rig.vendor.finish('2');
    await rig.tick();
    gate.open();
    await stopped;
    expect(await rig.job(name)).toMatchObject({ resultState: 'AVAILABLE' });
    expect(rig.vendor.reads.has('2')).toBe(false);
    const next = await createArchiveRig({ store, vendor: rig.vendor });
    await next.until(
      () => next.job(other),
      ({ resultState }) => resultState === 'AVAILABLE',
    );
  });

  it('is given up when the gateway stops and its result takes too long, with the truth told by the next one', async () => {
    const store = createPatientStore();
    const rig = await createArchiveRig({ store, limits: { lastReadsMs: 20 } });
    const name = await rig.start();
    const gate = createGate();
    rig.vendor.between = () => gate.passed;
    rig.vendor.finish('1');
    await rig.until(
      () => rig.vendor.handedOver.length,
      (count) => count === 1,
    );
    const stopped = rig.archive.dispose();
    await stopped;
    gate.open();
    const next = await createArchiveRig({ store, vendor: rig.vendor });
    const task = await next.until(
      () => next.task(name),
      ({ state }) => state === 'LOST',
    );
    expect(task.error?.message).toContain('being read when the gateway was stopped');
  });
});
