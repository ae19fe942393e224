import { expect, it, vi } from 'vitest';
import { isFinal, type Job, type Reading, type Task } from '../../../../src/domain/index.js';
import { VigilError } from '../../../../src/errors.js';
import { type Setting, taskFields } from './setting.js';

/** What the loop that watches a back end takes for granted, tick after tick. */
export const watchingCases = ({ adapter, profile, front, call, jobs, target: { traits } }: Setting): void => {
  it('calls a job by one id, however often it is listed', async () => {
    const ids = async () => (await jobs()).map(({ id }) => id).toSorted();
    expect(await ids()).toEqual(await ids());
  });

  it('takes no verb for under way on a job that is gone, and judges none by what could not be read', () => {
    const silent: Reading<Job> = { status: 'undetermined', cause: new VigilError('BACKEND_UNAVAILABLE', 'no answer') };
    for (const action of profile().capabilities) {
      expect([action, adapter().standingOf(action, { status: 'gone' }).state]).not.toEqual([action, 'RUNNING']);
      expect([action, adapter().standingOf(action, silent).state]).toEqual([action, 'UNKNOWN']);
    }
  });

  it('throws rather than tell of nothing, when there is no answer: what a list does not show is taken for gone', async () => {
    front().trouble('reset');
    const { detectors } = adapter();
    const lists = [
      adapter().listJobs(new Set(['Job.state']), call()),
      adapter().discoverTasks(taskFields, call()),
      ...(traits.hasNodes ? [adapter().listNodes(new Set(['NodeStats.name']), call())] : []),
      ...(detectors ? [detectors.list({}, new Set(['Detector.name']), call())] : []),
      ...(adapter().listTasks ? [adapter().listTasks?.({ includeEntities: false }, taskFields, call())] : []),
    ];
    for (const list of await Promise.allSettled(lists))
      expect(list).toMatchObject({ status: 'rejected', reason: { code: 'BACKEND_UNAVAILABLE' } });
  });
};

/** Where work goes on after the call that began it: how it is found. */
export const underWayCases = ({ target, adapter, front, call, can, jobIn, begun }: Setting): void => {
  const { module, traits } = target;
  const discovered = async (fields = taskFields): Promise<readonly Task[]> => (await adapter().discoverTasks(fields, call())).items;

  /** Something is under way, where that takes a verb: elsewhere something is from the beginning. */
  const atWork = async (): Promise<readonly Task[]> => {
    if (can('RESET_JOB')) await begun(adapter().run({ action: 'RESET_JOB', jobId: (await jobIn('CLOSED')).nativeId }, call()));
    return vi.waitFor(
      async () => {
        const tasks = await discovered();
        expect(tasks.length).toBeGreaterThan(0);
        return tasks;
      },
      { timeout: traits.patienceMs, interval: 2 },
    );
  };

  it('tells of what is under way, each task once and by one id, also by its native one', async () => {
    const tasks = await atWork();
    expect(new Set(tasks.map(({ id }) => id)).size).toBe(tasks.length);
    const natives = tasks.flatMap(({ nativeId }) => nativeId ?? []);
    expect(new Set(natives).size).toBe(tasks.length);
    const { readings } = await adapter().readTasks(natives, taskFields, call());
    for (const { id, nativeId, kind, state, progress, entity } of tasks) {
      expect(readings.get(nativeId ?? '')).toMatchObject({ status: 'found', value: { id, kind } });
      expect(Object.keys(module.taskKinds)).toContain(kind);
      expect([isFinal(state), entity ?? []]).toEqual([false, []]);
      expect(progress === null || (progress >= 0 && progress <= 1)).toBe(true);
    }
  });

  it('says how a task stands, whichever fields are asked for', async () => {
    await atWork();
    for (const { id, state, kind } of await discovered(new Set())) {
      expect(id).toMatch(/^task:/);
      expect([state, kind]).toEqual([expect.stringMatching(/\w/), expect.stringMatching(/\w/)]);
    }
  });

  it('brings along what is waited for at no further call, and nothing that nobody has asked for', async () => {
    const before = await atWork();
    front().resetRequests();
    await discovered();
    const calls = front().requests();
    front().resetRequests();
    const waitedFor = [...before.flatMap(({ nativeId }) => nativeId ?? []), ...traits.unknownTasks];
    const { items } = await adapter().discoverTasks(taskFields, call(), waitedFor);
    expect(front().requests()).toBe(calls);
    for (const { nativeId, state } of items) if (isFinal(state)) expect(waitedFor).toContain(nativeId);
  });
};
