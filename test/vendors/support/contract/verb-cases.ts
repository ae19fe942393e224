import { expect, it } from 'vitest';
import type { Verb } from '../../../../src/domain/index.js';
import { errorOf } from '../connect.js';
import type { Setting } from './setting.js';

const stranger = 'nobody-knows-this';

/** Each verb on a job, with the least arguments it can have. */
const verbsOn = (jobId: string): readonly Verb[] => [
  { action: 'OPEN_JOB', jobId },
  { action: 'CLOSE_JOB', jobId },
  { action: 'RESET_JOB', jobId },
  { action: 'DELETE_JOB', jobId },
  { action: 'REVERT_JOB', jobId, snapshotId: 's' },
  { action: 'START_DATAFEED', jobId, datafeedId: 'd' },
  { action: 'STOP_DATAFEED', jobId, datafeedId: 'd' },
];

/** Opening and closing, which every product with jobs has, and what those have not. */
export const verbCases = ({
  target,
  adapter,
  profile,
  front,
  call,
  can,
  jobs,
  jobIn,
  openJob,
  readJob,
  becomes,
  stateOf,
}: Setting): void => {
  const { traits } = target;

  it('opens and closes a job, and knows from the job that it is done', async () => {
    const job = (await jobs()).find(({ state, allowedActions }) => state === 'CLOSED' && allowedActions?.includes('OPEN_JOB'));
    const jobId = job?.nativeId ?? '';
    await adapter().run({ action: 'OPEN_JOB', jobId }, call());
    await becomes(jobId, ...traits.openedAs);
    expect(['SUCCEEDED', 'RUNNING']).toContain(adapter().standingOf('OPEN_JOB', await readJob(jobId)).state);
    const opened = await readJob(jobId);
    expect(opened).toMatchObject({ value: { allowedActions: expect.arrayContaining(['CLOSE_JOB']) } });
    const again: Verb = { action: 'OPEN_JOB', jobId };
    expect((await errorOf(adapter().run(again, call()))).code).toBe('WRONG_STATE');
    expect(opened.status === 'found' && adapter().refusalOf(again, opened.value, profile())?.code).toBe('WRONG_STATE');
    expect(await adapter().run({ action: 'CLOSE_JOB', jobId }, call())).toMatchObject({ done: true });
    await becomes(jobId, 'CLOSED');
    expect(adapter().standingOf('CLOSE_JOB', await readJob(jobId))).toEqual({ state: 'SUCCEEDED' });
    const outcome = await adapter()
      .run({ action: 'CLOSE_JOB', jobId }, call())
      .then(
        ({ done }) => (done ? 'DONE' : 'BEGUN'),
        ({ code }) => code,
      );
    expect(outcome).toBe(traits.secondClose);
  });

  it('finds every verb on an unknown job not found', async () => {
    for (const action of ['OPEN_JOB', 'CLOSE_JOB'] as const)
      expect((await errorOf(adapter().run({ action, jobId: stranger }, call()))).code).toBe('NOT_FOUND');
  });

  it('foresees that verbs it does not have are unsupported, and refuses them when they are sent', async () => {
    const job = await jobIn('CLOSED');
    const lacking = verbsOn(job.nativeId).filter(({ action }) => !can(action));
    for (const verb of lacking) {
      expect(adapter().refusalOf(verb, job, profile())).toMatchObject({ code: 'UNSUPPORTED', facts: { action: verb.action } });
      expect((await errorOf(adapter().run(verb, call()))).code).toBe('UNSUPPORTED');
    }
    expect(await stateOf(job.nativeId)).toBe('CLOSED');
  });

  it('keeps its deadline, and says whether a write may have taken effect', async () => {
    const job = await openJob();
    front().trouble('hang');
    expect((await errorOf(adapter().listJobs(new Set(['Job.state']), call(150)))).code).toBe('TIMEOUT');
    const error = await errorOf(adapter().run({ action: 'CLOSE_JOB', jobId: job.nativeId }, call(150)));
    expect([error.code, error.facts.outcomeUnknown]).toEqual(['TIMEOUT', true]);
    front().trouble(null);
    await becomes(job.nativeId, 'CLOSED');
  });

  it.each(['bad gateway', 'cut', 'reset'] as const)(
    'takes what a broken backend sends for no answer, and for no proof: %s',
    async (trouble) => {
      const job = await openJob();
      front().trouble(trouble);
      const { readings } = await adapter().readJobs([job.nativeId], new Set(['Job.state']), call());
      expect(readings.get(job.nativeId)).toMatchObject({ status: 'undetermined', cause: { code: 'BACKEND_UNAVAILABLE' } });
      expect((await errorOf(adapter().listJobs(new Set(['Job.state']), call()))).code).toBe('BACKEND_UNAVAILABLE');
      const possible = traits.unknownTasks.slice(0, 2);
      const { readings: tasks } = await adapter().readTasks(possible, new Set(['Task.state']), call());
      expect([...tasks.values()].map(({ status }) => status)).toEqual(possible.map(() => 'undetermined'));
    },
  );

  it('closes its connections twice without harm', async () => {
    await adapter().dispose();
    await adapter().dispose();
    expect((await errorOf(adapter().listJobs(new Set(['Job.state']), call()))).code).toBe('BACKEND_UNAVAILABLE');
  });
};
