import { expect, it } from 'vitest';
import type { Verb } from '../../../../src/domain/index.js';
import { errorOf } from '../connect.js';
import type { Setting } from './setting.js';

/** Each verb on a job, with the least arguments it can have. */
const verbsOn = (jobId: string): readonly Verb[] => [
  { action: 'OPEN_JOB', jobId },
  { action: 'CLOSE_JOB', jobId },
  { action: 'RESET_JOB', jobId },
  { action: 'DELETE_JOB', jobId },
  { action: 'REVERT_JOB', jobId, snapshotId: 's' },
  { action: 'KILL_JOB', jobId },
  { action: 'START_DATAFEED', jobId, datafeedId: 'd' },
  { action: 'STOP_DATAFEED', jobId, datafeedId: 'd' },
];

/** What every product has not. */
export const lackingVerbCases = ({ adapter, profile, call, can, jobIn, stateOf }: Setting): void => {
  it('foresees that verbs it does not have are unsupported, and refuses them when they are sent', async () => {
    // One that nothing moves.
    const job = await jobIn('CLOSED', 'FINISHED');
    const lacking = verbsOn(job.nativeId).filter(({ action }) => !can(action));
    for (const verb of lacking) {
      expect(adapter().refusalOf(verb, job, profile())).toMatchObject({ code: 'UNSUPPORTED', facts: { action: verb.action } });
      expect((await errorOf(adapter().run(verb, call()))).code).toBe('UNSUPPORTED');
    }
    expect(await stateOf(job.nativeId)).toBe(job.state);
  });
};
