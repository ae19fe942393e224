import { afterEach, describe, expect, it } from 'vitest';
import { parseId } from '../../src/domain/index.js';
import { VigilError } from '../../src/errors.js';
import { createBackend, type ManagedBackend, type VerbOptions } from '../../src/progress/index.js';
import { createProgressRig, eventually, noFields, type ProgressRig } from '../support/progress-rig.js';
import { createScriptedVendor, type ScriptedVendor, scriptedConnection } from '../support/scripted-vendor.js';

const notice = 'The cluster is in upgrade mode.';
const options: VerbOptions = { requestId: 'r', fields: noFields, actor: null };

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0)) await step();
});

/** A backend whose clock and answers the test moves. */
const backendOf = (vendor: ScriptedVendor) => {
  const changes: string[] = [];
  const clock = { now: 1_000 };
  let answered = (): void => undefined;
  let failed = (_error: VigilError): void => undefined;
  const backend: ManagedBackend = createBackend({
    connection: scriptedConnection('one'),
    module: {
      ...vendor.module,
      connect: (connection, observer) => {
        answered = () => observer.answered({ status: 200, durationMs: 1, route: '/', read: true });
        failed = (error) => observer.failed(error);
        return vendor.module.connect(connection, observer);
      },
    },
    now: () => clock.now,
    changed: ({ health }) => changes.push(health().status),
  });
  undo.push(backend.dispose);
  return { backend, changes, clock, answer: () => answered(), fail: (error: VigilError) => failed(error) };
};

describe('a backend that answers but takes no verbs', () => {
  it('is degraded, with the reason, from when that was learnt until it was learnt to be over', async () => {
    const vendor = createScriptedVendor();
    const { backend, changes, clock, answer } = backendOf(vendor);
    answer();
    await backend.learn();
    expect(backend.health()).toMatchObject({ status: 'UP', since: 1_000, code: null, message: null });
    vendor.notice = notice;
    clock.now = 2_000;
    await backend.learn();
    clock.now = 3_000;
    answer();
    expect(backend.health()).toMatchObject({ status: 'DEGRADED', since: 2_000, lastAnswerAt: 3_000, code: 'REFUSED', message: notice });
    vendor.notice = null;
    clock.now = 4_000;
    await backend.learn();
    expect(backend.health()).toMatchObject({ status: 'UP', since: 4_000, code: null, message: null });
    // The first is that of the first answer, the second that of the version.
    expect(changes).toEqual(['UP', 'UP', 'DEGRADED', 'UP']);
  });

  it('is told of once when it is learnt together with the version', async () => {
    const vendor = createScriptedVendor();
    const { backend, changes, answer } = backendOf(vendor);
    vendor.notice = notice;
    answer();
    await backend.learn();
    await backend.learn();
    expect(changes).toEqual(['UP', 'DEGRADED']);
  });

  it('tells of a worse trouble first', async () => {
    const vendor = createScriptedVendor();
    const { backend, answer, fail } = backendOf(vendor);
    vendor.notice = notice;
    await backend.learn();
    expect(backend.health().status).toBe('UNKNOWN');
    answer();
    expect(backend.health()).toMatchObject({ status: 'DEGRADED', message: notice });
    fail(new VigilError('BACKEND_UNAVAILABLE', 'reset'));
    expect(backend.health()).toMatchObject({ status: 'DEGRADED', code: 'BACKEND_UNAVAILABLE', message: 'reset' });
    answer();
    expect(backend.health()).toMatchObject({ status: 'DEGRADED', code: 'REFUSED', message: notice });
  });

  it('is asked again only when the last time is long enough ago', async () => {
    const vendor = createScriptedVendor();
    const { backend, clock } = backendOf(vendor);
    await backend.learnIfOlder(1_000);
    await backend.learnIfOlder(1_000);
    clock.now += 999;
    await backend.learnIfOlder(1_000);
    expect(vendor.calls.get('learnProfile')).toBe(1);
    clock.now += 1;
    await backend.learnIfOlder(1_000);
    expect(vendor.calls.get('learnProfile')).toBe(2);
    await backend.learnIfOlder(0);
    expect(vendor.calls.get('learnProfile')).toBe(3);
  });
});

describe('what keeps a backend from taking verbs', () => {
  const rigOf = async (): Promise<ProgressRig> => {
    const rig = await createProgressRig();
    undo.push(rig.dispose);
    rig.vendor.setJob('a', 'OPENED');
    rig.vendor.setDatafeed('f', 'a', 'STOPPED');
    return rig;
  };
  const learnt = (rig: ProgressRig): number => rig.vendor.calls.get('learnProfile') ?? 0;

  it('is learnt while anybody watches, slowly', async () => {
    const rig = await rigOf();
    const before = learnt(rig);
    const jobs = rig.progress.hub.watchJobs({}, { fields: new Set(['Job.state']) });
    await jobs.next();
    await eventually(
      () => learnt(rig),
      (calls) => calls >= before + 2,
    );
    await jobs.return?.();
    // Fast is 10 ms here and slow 40: it is asked about itself less often than about its jobs, but for the first time.
    expect(learnt(rig) - before).toBeLessThanOrEqual((rig.vendor.calls.get('listJobs') ?? 0) + 1);
  });

  it('is told to those who watch the backends', async () => {
    const rig = await rigOf();
    const steps = rig.progress.hub.watchBackends({});
    await steps.next();
    rig.vendor.notice = notice;
    const { value } = await steps.next();
    expect(value?.backends.map(({ profile }: { profile(): { notice: string | null } }) => profile().notice)).toEqual([notice]);
    await steps.return?.();
  });

  it('is learnt in the background after the vendor has refused a verb', async () => {
    const rig = await rigOf();
    rig.vendor.run = async () => {
      rig.vendor.notice = notice;
      throw new VigilError('REFUSED', notice);
    };
    // Not for each of many refusals: the one that comes a while after the backend was last asked.
    await eventually(
      async () => {
        await rig.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, [rig.id('a')], { ...options, waitMs: 2_000 });
        return rig.progress.liveBackends.get('one').profile().notice;
      },
      (told) => told === notice,
    );
    const { length } = rig.vendor.sent;
    const [refused] = await rig.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, [rig.id('a')], options);
    expect(refused).toMatchObject({ task: null, errors: [{ code: 'REFUSED', message: notice }] });
    expect(rig.vendor.sent).toHaveLength(length);
  });

  it('is learnt as soon as it shows in what is read, and to be over as soon as that is answered again', async () => {
    const vendor = createScriptedVendor();
    const { backend, answer } = backendOf(vendor);
    answer();
    await backend.learn();
    const read = () => backend.adapter.listJobs(noFields, backend.call({ signal: new AbortController().signal, requestId: 'r' }));
    vendor.notice = notice;
    const { beforeRead } = vendor;
    vendor.beforeRead = async () => {
      throw new VigilError('REFUSED', notice, { httpStatus: 500 });
    };
    const learnProfile = vendor.calls.get('learnProfile') ?? 0;
    // The root answers all the same.
    const refused = read();
    vendor.beforeRead = beforeRead;
    await expect(refused).rejects.toMatchObject({ code: 'REFUSED' });
    await eventually(
      () => backend.health().message,
      (message) => message === notice,
    );
    expect(vendor.calls.get('learnProfile')).toBe(learnProfile + 1);
    vendor.notice = null;
    await read();
    await eventually(
      () => backend.health().status,
      (status) => status === 'UP',
    );
    await read();
    expect(vendor.calls.get('learnProfile')).toBe(learnProfile + 2);
  });

  it('is not believed when it is over: it is learnt anew before a verb is refused for it', async () => {
    const rig = await rigOf();
    rig.vendor.notice = notice;
    const steps = rig.progress.hub.watchBackends({});
    await steps.next();
    await steps.next();
    await steps.return?.();
    const start = () => rig.progress.verbs.runOnDatafeed({ action: 'START_DATAFEED' }, parseId('datafeed:one:f'), options);
    const close = async () => (await rig.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, [rig.id('a')], options))[0];
    expect((await start()).errors).toMatchObject([{ code: 'REFUSED', message: notice }]);
    expect((await close())?.errors).toMatchObject([{ code: 'REFUSED', message: notice }]);
    expect(rig.vendor.sent).toEqual([]);
    rig.vendor.notice = null;
    await eventually(
      async () => (await start()).errors.length,
      (errors) => errors === 0,
    );
    expect((await close())?.errors).toEqual([]);
  });
});
