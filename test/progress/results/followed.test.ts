import { afterEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/domain/index.js';
import { parseId } from '../../../src/domain/index.js';
import { createBackend, createBackends, createByteBudget, createProgress } from '../../../src/progress/index.js';
import { createPatientStore, type PatientStore, quick } from '../../support/archive-rig.js';
import { eventually, noFields } from '../../support/progress-rig.js';
import { createReadOnceVendor, type ReadOnceVendor } from '../../support/read-once-vendor.js';
import { scriptedConnection } from '../../support/scripted-vendor.js';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const createRig = async (
  options: { readonly vendor?: ReadOnceVendor; readonly store?: PatientStore; readonly connection?: Partial<Connection> } = {},
) => {
  const vendor = options.vendor ?? createReadOnceVendor();
  const store = options.store ?? createPatientStore();
  const faults: unknown[] = [];
  const fault = (message: string, cause: unknown): undefined => void faults.push([message, cause]);
  const backend = createBackend({
    connection: scriptedConnection('one', options.connection),
    module: vendor.module,
    changed: () => undefined,
    archive: { store, limits: quick, budget: createByteBudget(1_000_000), lost: () => undefined, fault },
  });
  const progress = createProgress({ backends: createBackends([backend]), store, audit: () => undefined, fault });
  await backend.learn();
  await progress.start();
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= progress.dispose().then(backend.dispose);
    return stopped;
  };
  undo.push(stop);
  return { vendor, store, faults, backend, progress, stop };
};
type Rig = Awaited<ReturnType<typeof createRig>>;

const start = async ({ progress }: Rig): Promise<string> => {
  const { task } = await progress.verbs.startJob(
    'one',
    { action: 'START_JOB', kind: 'explore', request: 'explore' },
    { fields: noFields, requestId: 'r', actor: 'ada' },
  );
  if (!task) throw new Error('nothing was started');
  return task.id;
};

describe('a job begun through the gateway', () => {
  it('is followed to its end although nobody watches, and then nothing is asked any more', async () => {
    const rig = await createRig();
    const id = await start(rig);
    rig.vendor.finish('1');
    await eventually(
      () => rig.progress.book.find(id)?.state,
      (state) => state === 'SUCCEEDED',
    );
    expect(rig.progress.book.find(id)).toMatchObject({ kind: 'RUN', startedBy: 'ada' });
    expect(rig.vendor.reads.get('1')).toBe(1);
    const calm = async (): Promise<boolean> => {
      const before = rig.vendor.lists;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return rig.vendor.lists === before;
    };
    await eventually(calm, (isCalm) => isCalm);
    expect(rig.faults).toEqual([]);
  });

  it('is followed after a restart', async () => {
    const first = await createRig();
    const id = await start(first);
    await first.stop();
    first.vendor.finish('1');
    const second = await createRig({ vendor: first.vendor, store: first.store });
    await eventually(
      () => second.progress.book.find(id)?.state,
      (state) => state === 'SUCCEEDED',
    );
    expect(first.vendor.handedOver).toEqual(['1']);
    expect(await second.backend.results?.read(second.progress.book.find(id)?.jobNativeId ?? '')).toMatchObject({ bytes: 11 });
  });

  it('that ended while the gateway was away from its book is ended in the book too', async () => {
    const first = await createRig();
    const id = await start(first);
    await first.stop();
    const key = `tasks/${id}`;
    const unfinished = await first.store.get(key);
    first.vendor.finish('1');
    const second = await createRig({ vendor: first.vendor, store: first.store });
    await eventually(
      () => second.progress.book.find(id)?.state,
      (state) => state === 'SUCCEEDED',
    );
    await second.stop();
    await first.store.put(key, unfinished ?? '');
    const third = await createRig({ vendor: first.vendor, store: first.store });
    await eventually(
      () => third.progress.book.find(id)?.state,
      (state) => state === 'SUCCEEDED',
    );
  });

  it('shows a watcher every step, and its end as soon as the result is kept', async () => {
    const rig = await createRig();
    const id = await start(rig);
    const watch = rig.progress.hub.watchTask(parseId(id), { fields: new Set(['Task.state', 'Task.progress']) });
    undo.push(async () => watch.return?.());
    const seen: unknown[] = [];
    for await (const { task } of watch) {
      seen.push([task.state, task.progress]);
      if (seen.length === 1) rig.vendor.put('1', { current: 80 });
      if (task.progress === 0.8 && rig.vendor.jobs.has('1')) rig.vendor.finish('1');
    }
    expect(seen.at(-1)).toEqual(['SUCCEEDED', 1]);
    expect(seen).toContainEqual(['RUNNING', 0.8]);
  });

  it('is killed by its id, once', async () => {
    const rig = await createRig();
    const id = await start(rig);
    const job = parseId(id.replace('task:', 'job:'));
    const options = { fields: noFields, requestId: 'r', actor: 'ada' };
    const [killed] = await rig.progress.verbs.runOnJobs({ action: 'KILL_JOB' }, [job], options);
    expect(killed).toMatchObject({ errors: [], job: { state: 'KILLED' }, task: { id, state: 'CANCELLED' } });
    const [again] = await rig.progress.verbs.runOnJobs({ action: 'KILL_JOB' }, [job], options);
    expect(again).toMatchObject({ errors: [{ code: 'WRONG_STATE' }] });
    await eventually(
      () => rig.progress.book.find(id)?.state,
      (state) => state === 'CANCELLED',
    );
  });
});

describe('a job that others have begun', () => {
  it('is collected by its id, and waited for', async () => {
    const rig = await createRig();
    rig.vendor.put('7', { state: 'FINISHED' });
    const options = { fields: noFields, requestId: 'r', actor: 'ada', waitMs: 5_000 };
    const [outcome] = await rig.progress.verbs.runOnJobs({ action: 'COLLECT_JOB_RESULT' }, [parseId('job:one:7')], options);
    expect(outcome).toMatchObject({ errors: [], job: { resultState: 'AVAILABLE' }, task: { state: 'SUCCEEDED' } });
  });

  it('is taken without anybody asking where everything is to be taken', async () => {
    const rig = await createRig({ connection: { consume: 'all' } });
    rig.vendor.put('7', { state: 'FINISHED' });
    await eventually(
      () => rig.vendor.handedOver,
      (numbers) => numbers.includes('7'),
    );
  });

  it('is left alone where not', async () => {
    const rig = await createRig();
    rig.vendor.put('7', { state: 'FINISHED' });
    const watch = rig.progress.hub.watchJobs({}, { fields: new Set(['Job.state', 'Job.resultState']) });
    undo.push(async () => watch.return?.());
    const first = await watch.next();
    expect(first.value.added).toMatchObject([{ resultState: 'UNCLAIMED' }]);
    await eventually(
      () => rig.vendor.lists,
      (lists) => lists > 6,
    );
    expect(rig.vendor.reads.size).toBe(0);
  });
});

describe('a backend that hands results over once', () => {
  it('can have a result collected, whether its version is known or not', async () => {
    const rig = await createRig();
    expect(rig.backend.profile().capabilities).toEqual(['START_JOB', 'KILL_JOB', 'CANCEL_TASK', 'COLLECT_JOB_RESULT']);
    const unlearnt = createBackend({
      connection: scriptedConnection('two'),
      module: rig.vendor.module,
      changed: () => undefined,
      archive: { store: rig.store, budget: createByteBudget(1), lost: () => undefined, fault: () => undefined },
    });
    undo.push(unlearnt.dispose);
    expect(unlearnt.profile().capabilities).toContain('COLLECT_JOB_RESULT');
  });
});
