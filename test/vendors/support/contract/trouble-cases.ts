import { expect, it } from 'vitest';
import { errorOf } from '../connect.js';
import type { Setting } from './setting.js';

/** What stands between the gateway and a product breaks. */
export const troubleCases = ({ target, adapter, front, call, jobs }: Setting): void => {
  const { traits } = target;

  it('keeps its deadline when it reads', async () => {
    front().trouble('hang');
    expect((await errorOf(adapter().listJobs(new Set(['Job.state']), call(150)))).code).toBe('TIMEOUT');
  });

  it.each(['bad gateway', 'cut', 'reset'] as const)(
    'takes what a broken backend sends for no answer, and for no proof: %s',
    async (trouble) => {
      const [job] = await jobs();
      const jobId = job?.nativeId ?? '';
      front().trouble(trouble);
      const { readings } = await adapter().readJobs([jobId], new Set(['Job.state']), call());
      expect(readings.get(jobId)).toMatchObject({ status: 'undetermined', cause: { code: 'BACKEND_UNAVAILABLE' } });
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
