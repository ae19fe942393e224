import { expect, it, vi } from 'vitest';
import { isFinal, type ResultMembers, type Verb } from '../../../../src/domain/index.js';
import { errorOf } from '../connect.js';
import { jobFields, type Setting, taskFields } from './setting.js';
import type { StartedJobs } from './target.js';

const stranger = 'nobody-knows-this';

/** Where jobs that run can be killed. */
export const killCases = ({ adapter, profile, call, jobs, jobIn, readTask, stateOf }: Setting): void => {
  const killable = async () =>
    (await jobs()).find(
      (job) => job.state === 'RUNNING' && adapter().refusalOf({ action: 'KILL_JOB', jobId: job.nativeId }, job, profile()) === null,
    ) ?? expect.fail('no running job can be killed');

  it('kills a job, which nobody lists any more, and its run', async () => {
    const { nativeId: jobId } = await killable();
    expect(await adapter().run({ action: 'KILL_JOB', jobId }, call())).toMatchObject({ done: true });
    expect(await stateOf(jobId)).toBe('gone');
    expect((await adapter().discoverTasks(taskFields, call())).items.map(({ nativeId }) => nativeId)).not.toContain(jobId);
    expect((await errorOf(adapter().run({ action: 'KILL_JOB', jobId }, call()))).code).toBe('NOT_FOUND');
  });

  it('cancels a run by killing its job', async () => {
    const { nativeId: taskId } = await killable();
    expect(await readTask(taskId)).toMatchObject({ kind: 'RUN', cancellable: true, jobNativeId: taskId });
    expect(await adapter().run({ action: 'CANCEL_TASK', taskId }, call())).toMatchObject({ done: true });
    expect(await stateOf(taskId)).toBe('gone');
  });

  it('foresees that a job that has ended cannot be killed, and finds no job nobody knows', async () => {
    const job = await jobIn('FINISHED');
    const verb: Verb = { action: 'KILL_JOB', jobId: job.nativeId };
    expect(adapter().refusalOf(verb, job, profile())?.code).toBe('WRONG_STATE');
    expect(['REFUSED', 'WRONG_STATE', 'NOT_FOUND']).toContain((await errorOf(adapter().run(verb, call()))).code);
    expect(await stateOf(job.nativeId)).toBe('FINISHED');
    for (const verbOnNobody of [{ action: 'KILL_JOB', jobId: stranger } as const, { action: 'CANCEL_TASK', taskId: stranger } as const])
      expect((await errorOf(adapter().run(verbOnNobody, call()))).code).toBe('NOT_FOUND');
  });
};

/** Where jobs are started by the vendor's own mutation. */
export const startCases = (
  { target, adapter, front, call, jobs, readTask, stateOf, begun }: Setting,
  { request, elsewhere, nonsense }: StartedJobs,
): void => {
  const waiting = { timeout: target.traits.patienceMs, interval: 20 };
  const start = (what: unknown, timeoutMs?: number) => adapter().startJob?.(what, call(timeoutMs)) ?? expect.fail('it starts no jobs');
  const results = (): ResultMembers => adapter().results ?? expect.fail('it hands nothing over');

  /** What a job hands over, when it is asked. */
  const collect = async (nativeId: string) => {
    const pieces: Uint8Array[] = [];
    const answer = await results().collect(
      nativeId,
      async (body) => {
        for await (const piece of body) pieces.push(Buffer.from(piece));
      },
      jobFields,
      call(),
    );
    return { answer, body: Buffer.concat(pieces) };
  };
  const keptBody = (body: Buffer) => ({
    size: body.length,
    read: async (from: number, to: number) => body.subarray(from, to),
    async *stream() {
      yield body;
    },
  });

  it('starts a job, whose run has its id and is found while it runs', async () => {
    const before = (await jobs()).map(({ nativeId }) => nativeId);
    const taskId = await begun(start(request));
    expect(before).not.toContain(taskId);
    expect(['QUEUED', 'RUNNING', 'FINISHED']).toContain(await stateOf(taskId));
    const task = await readTask(taskId);
    expect(task).toMatchObject({ nativeId: taskId, jobNativeId: taskId, kind: adapter().taskKindOf('START_JOB') });
    expect(Object.keys(target.module.taskKinds)).toContain(task?.kind);
  });

  it('hands its result over once it has ended, whole and once, and only when it is asked', async () => {
    const taskId = await begun(start(request));
    await vi.waitFor(async () => expect(await stateOf(taskId)).toBe('FINISHED'), waiting);
    // However often it is looked at.
    for (let look = 0; look < 3; look += 1) expect(await stateOf(taskId)).toBe('FINISHED');
    expect(isFinal((await readTask(taskId))?.state ?? 'LOST')).toBe(false);
    const { answer, body } = await collect(taskId);
    expect(answer).toEqual({ kind: 'finished' });
    const kept = keptBody(body);
    const index = await results().index(kept);
    expect(results().isIndex(JSON.parse(JSON.stringify(index)))).toBe(true);
    const entities = await results().readEntities(kept, index, { withRaw: true });
    expect(entities.length).toBeGreaterThan(0);
    expect(entities.map(({ position }) => position)).toEqual(entities.map((_each, position) => position));
    for (const { typename, name } of entities) expect([typename, name]).toEqual([expect.stringMatching(/\w/), expect.stringMatching(/\w/)]);
    const again = await collect(taskId);
    expect([again.answer, again.body.length]).toEqual([{ kind: 'absent' }, 0]);
    expect(await stateOf(taskId)).toBe('gone');
  });

  it('hands nothing over while a job runs, and nothing of one that is not there', async () => {
    const running = (await jobs()).find(({ state }) => state === 'RUNNING') ?? expect.fail('no job runs');
    expect(await collect(running.nativeId)).toMatchObject({ answer: { kind: 'unfinished' }, body: Buffer.alloc(0) });
    expect(await stateOf(running.nativeId)).toBe('RUNNING');
    expect((await collect('999999')).answer).toEqual({ kind: 'absent' });
  });

  it('starts nothing about what does not exist, and nothing it does not understand', async () => {
    const before = (await jobs()).length;
    expect((await errorOf(start(elsewhere))).code).toBe('NOT_FOUND');
    expect((await errorOf(start(nonsense))).code).toBe('INVALID_INPUT');
    expect(await jobs()).toHaveLength(before);
  });

  it('keeps its deadline, and says that a job may have been started', async () => {
    front().trouble('hang');
    const error = await errorOf(start(request, 150));
    expect([error.code, error.facts.outcomeUnknown]).toEqual(['TIMEOUT', true]);
  });
};
