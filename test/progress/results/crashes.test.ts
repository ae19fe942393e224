import { describe, expect, it } from 'vitest';
import { type ArchiveRig, createArchiveRig, createPatientStore, type PatientStore, recordKey } from '../../support/archive-rig.js';
import { createReadOnceVendor } from '../../support/read-once-vendor.js';

/** A store whose process can be killed at any step: what is written after that is never written. */
const createMortal = (store: PatientStore) => {
  const never = new Promise<never>(() => undefined);
  const mortal = { dead: false, die: (_step: string): boolean => false };
  const step =
    <A extends readonly unknown[], R>(name: string, work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (mortal.dead || mortal.die(`before ${name} ${String(args[0])}`)) {
        mortal.dead = true;
        return never;
      }
      const answer = await work(...args);
      if (mortal.dead || mortal.die(`after ${name} ${String(args[0])} ${typeof args[1] === 'string' ? args[1] : ''}`)) {
        mortal.dead = true;
        return never;
      }
      return answer;
    };
  const own: PatientStore = {
    ...store,
    put: step('put', store.put),
    putIfAbsent: step('putIfAbsent', store.putIfAbsent),
    append: step('append', store.append),
    writeLarge: step('writeLarge', store.writeLarge),
    // The lease of a process that has died is not given back: it ends by itself.
    releaseLease: step('releaseLease', store.releaseLease),
    acquireLease: step('acquireLease', store.acquireLease),
  };
  return { store: own, mortal };
};

/** A gateway that dies at the step, another one over the same store after it, and what the second one says of the job in the end. */
const afterDeathAt = async (dies: (step: string, rig: ArchiveRig) => boolean) => {
  const durable = createPatientStore();
  const vendor = createReadOnceVendor();
  const { store, mortal } = createMortal(durable);
  // Its right to read ends soon after it.
  const first = await createArchiveRig({ store, vendor, limits: { leaseMs: 50 } });
  const name = await first.start();
  await first.tick();
  vendor.finish('1');
  mortal.die = (step) => dies(step, first);
  const end = Date.now() + 2_000;
  while (!mortal.dead && Date.now() < end) {
    // The loop of a process that has died stands still.
    await Promise.race([first.tick(), new Promise((resolve) => setTimeout(resolve, 5))]);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(mortal.dead).toBe(true);
  const second = await createArchiveRig({ store: durable, vendor });
  const task = await second.until(
    () => second.task(name),
    ({ endedAt }) => endedAt !== null,
  );
  return { second, name, vendor, task, job: await second.job(name) };
};

const hasIntent = (step: string): boolean => /"intendedAt":\d/.test(step);

describe('a gateway that is killed', () => {
  it('before the intent is written leaves the job to be read later', async () => {
    const { job, task, vendor } = await afterDeathAt((step) => step.startsWith('after acquireLease results/'));
    expect(job.resultState).toBe('AVAILABLE');
    expect(task.state).toBe('SUCCEEDED');
    expect(vendor.reads.get('1')).toBe(1);
  });

  it('between the intent and the question leaves the job to be read later', async () => {
    const { job, vendor } = await afterDeathAt((step) => step.startsWith('after put') && hasIntent(step));
    expect(job.resultState).toBe('AVAILABLE');
    expect(vendor.reads.get('1')).toBe(1);
  });

  it('while the result comes loses it, and says exactly that', async () => {
    const { job, task, vendor, second, name } = await afterDeathAt((step) => step.startsWith('before writeLarge results/'));
    expect(task).toMatchObject({ state: 'LOST', error: { code: 'NOT_FOUND' } });
    expect(task.error?.message).toContain('being read when the gateway was stopped');
    expect(job).toMatchObject({ state: 'FINISHED', resultState: 'LOST', stateReason: task.error?.message, result: null });
    expect(await second.archive.results.read(name)).toBeNull();
    expect(vendor.reads.get('1')).toBe(2);
  });

  it('after the body is kept loses nothing, and asks for nothing', async () => {
    const { job, vendor, second, name } = await afterDeathAt((step) => step.startsWith('after writeLarge results/'));
    expect(job.resultState).toBe('AVAILABLE');
    expect(vendor.reads.get('1')).toBe(1);
    expect(await second.archive.results.entities(name, { withRaw: false })).toMatchObject([{ name: 'result of 1' }]);
  });

  it('after the index is kept loses nothing', async () => {
    const { job, vendor } = await afterDeathAt((step) => step.startsWith('after writeLarge results-index/'));
    expect(job.resultState).toBe('AVAILABLE');
    expect(vendor.reads.get('1')).toBe(1);
  });

  it('after the end is written has told it', async () => {
    const { job, vendor, task } = await afterDeathAt((step) => step.startsWith('after put') && step.includes('AVAILABLE'));
    expect(job.resultState).toBe('AVAILABLE');
    expect(task.state).toBe('SUCCEEDED');
    expect(vendor.reads.get('1')).toBe(1);
  });
});

describe('a result that does not arrive', () => {
  const lostTask = async (rig: ArchiveRig, name: string) =>
    rig.until(
      () => rig.task(name),
      ({ state }) => state === 'LOST',
    );

  it('because the connection broke while it came is lost for that reason, after one more question', async () => {
    const rig = await createArchiveRig();
    const name = await rig.start();
    rig.vendor.finish('1');
    rig.vendor.trouble.set('1', ['broken']);
    const task = await lostTask(rig, name);
    expect(task.error?.message).toContain('connection broke while its result was being read');
    expect(rig.vendor.reads.get('1')).toBe(2);
  });

  it('because the connection broke before the server let go of it is read by the second question', async () => {
    const rig = await createArchiveRig();
    const name = await rig.start();
    rig.vendor.finish('1');
    rig.vendor.trouble.set('1', ['cut']);
    await rig.until(
      () => rig.job(name),
      ({ resultState }) => resultState === 'AVAILABLE',
    );
    expect(rig.vendor.reads.get('1')).toBe(2);
  });

  it('because the store could not keep it is lost for that reason', async () => {
    const store = createPatientStore();
    const rig = await createArchiveRig({
      store: {
        ...store,
        durable: true,
        writeLarge: async (_key, pieces) => {
          for await (const _piece of pieces) break;
          throw new TypeError('the medium has failed');
        },
      },
    });
    const name = await rig.start();
    rig.vendor.finish('1');
    const task = await lostTask(rig, name);
    expect(task.error?.message).toContain('could not be kept');
    expect(rig.faults).toEqual([`the result of job ${name} could not be read`]);
  });

  it('because another client took it is lost for that reason, not for one of the gateway', async () => {
    const rig = await createArchiveRig();
    const name = await rig.start();
    await rig.tick();
    rig.vendor.jobs.delete('1');
    const task = await lostTask(rig, name);
    expect(task.error?.message).toContain('another client took it');
    expect(await rig.job(name)).toMatchObject({ state: 'UNKNOWN', resultState: 'LOST' });
  });

  it('is not given up for a list that could not be read as a whole', async () => {
    const rig = await createArchiveRig();
    const name = await rig.start();
    await rig.tick();
    const job = rig.vendor.jobs.get('1');
    rig.vendor.jobs.delete('1');
    rig.vendor.incomplete = true;
    for (let times = 0; times < 5; times += 1) await rig.tick();
    expect(rig.vendor.reads.size).toBe(0);
    rig.vendor.incomplete = false;
    if (job) rig.vendor.jobs.set('1', job);
    await rig.tick();
    expect(await rig.task(name)).toMatchObject({ state: 'RUNNING' });
  });

  it('is not lost because an earlier question was answered that it had not ended', async () => {
    const rig = await createArchiveRig();
    rig.vendor.idsOnly = true;
    const name = await rig.start();
    await rig.until(
      () => rig.vendor.reads.get('1') ?? 0,
      (reads) => reads > 2,
    );
    rig.vendor.jobs.delete('1');
    const task = await lostTask(rig, name);
    expect(task.error?.message).toContain('another client took it');
  });
});

describe('what is kept of jobs', () => {
  it('that cannot be read is told and left as it is, and hides no other', async () => {
    const store = createPatientStore();
    const first = await createArchiveRig({ store });
    const name = await first.start();
    first.vendor.finish('1');
    await first.until(
      () => first.job(name),
      ({ resultState }) => resultState === 'AVAILABLE',
    );
    await store.put(recordKey('2~abc'), '{"number":"2"');
    await store.put(recordKey('3~abc'), '{"number":"3","incarnation":"abc"}');
    const second = await createArchiveRig({ store, vendor: first.vendor });
    expect(second.faults).toEqual(['the kept job jobs/one/2~abc cannot be read', 'the kept job jobs/one/3~abc cannot be read']);
    expect(await store.get(recordKey('2~abc'))).toBe('{"number":"2"');
    expect((await second.adapter.listJobs(new Set(), second.call())).items).toHaveLength(1);
  });

  it('is all there after a restart', async () => {
    const store = createPatientStore();
    const first = await createArchiveRig({ store });
    const name = await first.start();
    first.vendor.finish('1');
    await first.until(
      () => first.job(name),
      ({ resultState }) => resultState === 'AVAILABLE',
    );
    const before = await first.job(name);
    await first.archive.dispose();
    const second = await createArchiveRig({ store, vendor: first.vendor });
    expect(second.archive.isNeeded()).toBe(false);
    expect(await second.job(name)).toEqual(before);
    expect(await second.archive.results.rows(name, 0, { from: 0, count: 3 })).toMatchObject([
      { cells: ['r'] },
      { cells: ['e'] },
      { cells: ['s'] },
    ]);
    expect(first.vendor.reads.get('1')).toBe(1);
  });

  it('is followed after a restart although nobody watches', async () => {
    const store = createPatientStore();
    const first = await createArchiveRig({ store });
    await first.start();
    await first.archive.dispose();
    const second = await createArchiveRig({ store, vendor: first.vendor });
    expect(second.archive.isNeeded()).toBe(true);
  });
});
