import { describe, expect, it } from 'vitest';
import { actions, type JobState, type Verb } from '../../../src/domain/index.js';
import { symetryml } from '../../../src/vendors/symetryml/index.js';
import { errorOf } from '../support/connect.js';
import { type Answer, adapted, call, envelope } from './rig.js';

const kill: Verb = { action: 'KILL_JOB', jobId: '4' };
const cancel: Verb = { action: 'CANCEL_TASK', taskId: '4' };

describe.each([kill, cancel])('$action', (verb) => {
  it('kills the job, whose run has its id', async () => {
    const { adapter, got } = await adapted(() => envelope(200, 'Job was killed.'));
    expect(await adapter.run(verb, call())).toEqual({ done: true, taskId: '4' });
    expect(got.map(({ method, target }) => `${method} ${target}`)).toEqual(['DELETE /symetry/rest/c1/jobs/4']);
  });

  it.each<[Answer, unknown]>([
    [envelope(202, 'Job cannot be killed.'), { code: 'REFUSED', facts: { httpStatus: 202, vendorMessage: 'Job cannot be killed.' } }],
    [envelope(400, 'No such job'), { code: 'NOT_FOUND', facts: { httpStatus: 400 } }],
    [envelope(500, 'boom'), { code: 'BACKEND_UNAVAILABLE', facts: { outcomeUnknown: true } }],
    [
      { status: 200, body: '{"statusCode":"OK"', after: { bytes: 5, end: 'cut' } },
      { code: 'BACKEND_UNAVAILABLE', facts: { outcomeUnknown: true } },
    ],
  ])('answered %j is an error, and is not sent again', async (answer, expected) => {
    const { adapter, got } = await adapted(() => answer);
    expect(await errorOf(adapter.run(verb, call()))).toMatchObject(expected as object);
    expect(got).toHaveLength(1);
  });

  it('of what cannot be an id is not sent', async () => {
    const { adapter, got } = await adapted(() => envelope(200, 'Job was killed.'));
    const odd: Verb = verb.action === 'KILL_JOB' ? { action: 'KILL_JOB', jobId: '4/../5' } : { action: 'CANCEL_TASK', taskId: '4/../5' };
    expect(await errorOf(adapter.run(odd, call()))).toMatchObject({ code: 'NOT_FOUND' });
    expect(got).toEqual([]);
  });
});

describe('a verb', () => {
  it('is one of those of the table, whatever the version', async () => {
    for (const version of [null, '5.2', '6.3']) expect(symetryml.capabilitiesOf(version)).toEqual(['KILL_JOB', 'START_JOB', 'CANCEL_TASK']);
  });

  it('that SymetryML does not have is foreseen, and refused when it is sent', async () => {
    const { adapter, got } = await adapted(() => envelope(200, 'OK'));
    const { profile } = call();
    const lacking: Verb[] = [
      { action: 'OPEN_JOB', jobId: '4' },
      { action: 'DELETE_JOB', jobId: '4' },
      { action: 'COLLECT_JOB_RESULT', jobId: '4' },
    ];
    for (const verb of lacking) {
      const unsupported = { code: 'UNSUPPORTED', facts: { action: verb.action, supported: profile.capabilities } };
      expect(adapter.refusalOf(verb, { id: 'job:sym:4', backendKey: 'sym', nativeId: '4', state: 'RUNNING' }, profile)).toMatchObject(
        unsupported,
      );
      expect(await errorOf(adapter.run(verb, call()))).toMatchObject(unsupported);
    }
    expect(got).toEqual([]);
  });

  it.each<[JobState | undefined, string | null]>([
    ['QUEUED', null],
    ['RUNNING', null],
    ['UNKNOWN', null],
    [undefined, null],
    ['FINISHED', 'The job has finished already.'],
    ['KILLED', 'The job was killed already.'],
    ['FAILED', 'The job has failed already.'],
  ])('to kill a job that is %s is refused beforehand: %j', async (state, message) => {
    const { adapter } = await adapted(() => envelope(200, 'OK'));
    const job = { id: 'job:sym:4', backendKey: 'sym', nativeId: '4', ...(state === undefined ? {} : { state }) };
    const refusal = adapter.refusalOf(kill, job, call().profile);
    if (message === null) expect(refusal).toBeNull();
    else expect(refusal).toMatchObject({ code: 'WRONG_STATE', message });
  });

  it('is a run when it starts one, and no task of its own otherwise', async () => {
    const { adapter } = await adapted(() => envelope(200, 'OK'));
    expect(actions.filter((action) => adapter.taskKindOf(action) !== 'UNKNOWN')).toEqual(['START_JOB']);
    expect(Object.keys(symetryml.taskKinds)).toEqual([adapter.taskKindOf('START_JOB')]);
  });
});
