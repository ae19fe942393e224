import { beforeAll, describe, expect, it } from 'vitest';
import type { Action, BackendProfile, DatafeedState, Job, JobState, Reading, VendorAdapter, Verb } from '../../../src/domain/index.js';
import { allowedActionsOf } from '../../../src/vendors/elasticsearch-ml/gating.js';
import { elasticsearchMl } from '../../../src/vendors/elasticsearch-ml/index.js';
import { connectTo } from '../support/connect.js';

const profileOf = (version: string | null): BackendProfile => ({
  version,
  capabilities: elasticsearchMl.capabilitiesOf(version),
  notice: null,
});
const current = profileOf('8.17.0');
const jobIn = (state: JobState, more: Partial<Job> = {}): Job => ({
  id: 'job:es-prod:a1~x',
  backendKey: 'es-prod',
  nativeId: 'a1',
  state,
  ...more,
});
const fedBy = (state: DatafeedState): Job =>
  jobIn('OPENED', { datafeed: { id: 'datafeed:es-prod:df-a1', backendKey: 'es-prod', nativeId: 'df-a1', state } });
const found = (job: Job): Reading<Job> => ({ status: 'found', value: job });

let adapter: VendorAdapter;
beforeAll(() => {
  adapter = connectTo(elasticsearchMl, { url: new URL('http://127.0.0.1:1') });
});

describe('actions offered', () => {
  it.each<[JobState, readonly Action[]]>([
    ['CLOSED', ['OPEN_JOB', 'RESET_JOB', 'DELETE_JOB', 'REVERT_JOB']],
    ['OPENING', ['CLOSE_JOB', 'DELETE_JOB']],
    ['OPENED', ['CLOSE_JOB', 'DELETE_JOB']],
    ['CLOSING', ['DELETE_JOB']],
    ['FAILED', ['CLOSE_JOB', 'DELETE_JOB']],
    ['RESETTING', ['RESET_JOB', 'DELETE_JOB']],
    ['REVERTING', ['DELETE_JOB']],
    ['DELETING', ['DELETE_JOB']],
    ['UNKNOWN', []],
  ])('for a job %s: %j', (state, actions) => {
    expect(allowedActionsOf(state, undefined, current.capabilities)).toEqual(actions);
  });

  it.each<[JobState, DatafeedState, readonly Action[]]>([
    ['OPENED', 'STOPPED', ['START_DATAFEED']],
    ['OPENED', 'STARTING', ['STOP_DATAFEED']],
    ['OPENED', 'STARTED', ['STOP_DATAFEED']],
    ['OPENED', 'STOPPING', []],
    ['OPENED', 'UNKNOWN', []],
    ['OPENING', 'STOPPED', []],
    ['OPENING', 'STARTING', ['STOP_DATAFEED']],
    ['FAILED', 'STARTED', ['STOP_DATAFEED']],
    ['CLOSED', 'STOPPED', []],
    ['CLOSING', 'STARTED', ['STOP_DATAFEED']],
    ['DELETING', 'STARTED', []],
    ['RESETTING', 'STOPPED', []],
    ['UNKNOWN', 'STARTED', []],
  ])('for a job %s whose datafeed is %s: %j of those on the datafeed', (state, datafeed, actions) => {
    const offered = allowedActionsOf(state, datafeed, current.capabilities);
    expect(offered.filter((action) => action.endsWith('DATAFEED'))).toEqual(actions);
  });

  it('are none that the version lacks', () => {
    expect(allowedActionsOf('CLOSED', undefined, profileOf('7.9.0').capabilities)).toEqual(['OPEN_JOB', 'DELETE_JOB', 'REVERT_JOB']);
    expect(allowedActionsOf('CLOSED', undefined, profileOf('8.11.0-serverless').capabilities)).not.toContain('REVERT_JOB');
  });
});

describe('refusals known before sending', () => {
  const verb = (action: 'OPEN_JOB' | 'CLOSE_JOB' | 'RESET_JOB' | 'DELETE_JOB', more: object = {}): Verb => ({
    action,
    jobId: 'a1',
    ...more,
  });
  const revert: Verb = { action: 'REVERT_JOB', jobId: 'a1', snapshotId: '1541587919' };
  const start = (more: object = {}): Verb => ({ action: 'START_DATAFEED', jobId: 'a1', datafeedId: 'df-a1', ...more });
  const stop = (more: object = {}): Verb => ({ action: 'STOP_DATAFEED', jobId: 'a1', datafeedId: 'df-a1', ...more });
  const states: readonly JobState[] = ['OPENING', 'OPENED', 'CLOSING', 'CLOSED', 'FAILED', 'RESETTING', 'REVERTING', 'DELETING', 'UNKNOWN'];
  const W = 'WRONG_STATE';
  const C = 'CONFLICT';

  it.each<[string, Verb, readonly (string | null)[]]>([
    ['open', verb('OPEN_JOB'), [W, W, W, null, W, C, C, C, null]],
    ['close', verb('CLOSE_JOB'), [null, null, null, null, W, null, null, C, null]],
    ['close with force', verb('CLOSE_JOB', { force: true }), [null, null, null, null, null, null, null, C, null]],
    ['reset', verb('RESET_JOB'), [W, W, W, null, W, null, C, C, null]],
    ['delete', verb('DELETE_JOB'), [W, W, W, null, W, null, null, null, null]],
    ['delete with force', verb('DELETE_JOB', { force: true }), states.map(() => null)],
    ['revert', revert, [W, W, W, null, W, C, C, C, null]],
    ['start of its datafeed', start(), [null, null, W, W, W, C, C, C, null]],
    ['stop of its datafeed', stop(), states.map(() => null)],
  ])('of %s by state', (_name, asked, codes) => {
    expect(states.map((state) => adapter.refusalOf(asked, jobIn(state), current)?.code ?? null)).toEqual(codes);
  });

  it('of a job held by a reset, which nobody may be at work on any more, name the ways out', () => {
    const message = (state: JobState) => adapter.refusalOf(verb('OPEN_JOB'), jobIn(state), current)?.message;
    expect(message('RESETTING')).toBe('The job is being reset: wait for it to end, cancel it, or reset it again.');
    expect(message('DELETING')).toBe('The job is being deleted: wait for it to end, or cancel it.');
  });

  it.each<[DatafeedState, string, string | null]>([
    ['STOPPED', 'df-a1', null],
    ['STARTING', 'df-a1', W],
    ['STARTED', 'df-a1', W],
    ['STOPPING', 'df-a1', W],
    ['UNKNOWN', 'df-a1', null],
    ['STARTED', 'another', null],
  ])('of a start while datafeed %s is that of %s', (state, nativeId, code) => {
    const job = jobIn('OPENED', { datafeed: { id: `datafeed:es-prod:${nativeId}`, backendKey: 'es-prod', nativeId, state } });
    expect(adapter.refusalOf(start(), job, current)?.code ?? null).toBe(code);
    expect(adapter.refusalOf(stop({ force: true }), job, current)).toBeNull();
  });

  it.each([
    [5, 5, ['input', 'end']],
    [5, 4, ['input', 'end']],
    [5, 6, undefined],
    [undefined, 4, undefined],
    [5, undefined, undefined],
  ])('of a start from %s to %s point at %j', (from, to, path) => {
    const asked = start({ ...(from === undefined ? {} : { start: from }), ...(to === undefined ? {} : { end: to }) });
    const error = adapter.refusalOf(asked, jobIn('OPENED'), current);
    expect([error?.code, error?.facts.path]).toEqual(path ? ['INVALID_INPUT', path] : [undefined, undefined]);
  });

  it('are not made from upgrade mode, which may have ended since it was seen', () => {
    expect(adapter.refusalOf(verb('CLOSE_JOB'), jobIn('OPENED'), { ...current, notice: 'Upgrade mode is on.' })).toBeNull();
  });

  it('name the task in the way', () => {
    const details = { typename: 'ElasticsearchJobDetails', id: 'd', blockingTaskId: 'N:5' };
    expect(adapter.refusalOf(verb('OPEN_JOB'), jobIn('RESETTING', { details }), current)?.facts.taskId).toBe('task:es-prod:N:5');
    expect(adapter.refusalOf(verb('OPEN_JOB'), jobIn('RESETTING'), current)?.facts.taskId).toBeUndefined();
  });

  it('say what to do about it', () => {
    expect(adapter.refusalOf(verb('RESET_JOB'), jobIn('OPENED'), current)?.message).toBe(
      'The job is open; it must be closed to be reset: close it first, or use closeFirst.',
    );
    expect(adapter.refusalOf(verb('OPEN_JOB'), jobIn('FAILED'), current)?.message).toBe(
      'The job has failed; only a closed job can be opened. Close it with force first.',
    );
    expect(adapter.refusalOf(verb('CLOSE_JOB'), jobIn('FAILED'), current)?.message).toMatch(/use force/);
    expect(adapter.refusalOf(verb('OPEN_JOB'), jobIn('DELETING'), current)?.message).toMatch(/being deleted/);
  });

  it.each([
    ['7.9.0', 'Elasticsearch 7.9.0'],
    [null, 'not known'],
  ])('name what %s supports', (version, words) => {
    const error = adapter.refusalOf(verb('RESET_JOB'), jobIn('CLOSED'), profileOf(version));
    expect(error?.code).toBe('UNSUPPORTED');
    expect(error?.message).toContain(words);
    expect(error?.facts).toMatchObject({ action: 'RESET_JOB', supported: elasticsearchMl.capabilitiesOf('7.9.0') });
  });

  it.each([0, -1, Number.NaN])('refuse a timeout of %d, which ends a close at once', (timeoutMs) => {
    expect(adapter.refusalOf(verb('CLOSE_JOB', { timeoutMs }), jobIn('OPENED'), current)).toMatchObject({
      code: 'INVALID_INPUT',
      facts: { path: ['input', 'timeoutMs'] },
    });
    expect(adapter.refusalOf(verb('CLOSE_JOB', { timeoutMs: 1 }), jobIn('OPENED'), current)).toBeNull();
  });

  it('refuse to delete annotations where the version cannot', () => {
    const asked = verb('RESET_JOB', { deleteUserAnnotations: true });
    expect(adapter.refusalOf(asked, jobIn('CLOSED'), profileOf('8.6.2'))).toMatchObject({
      code: 'INVALID_INPUT',
      facts: { path: ['input', 'deleteUserAnnotations'] },
    });
    expect(adapter.refusalOf(asked, jobIn('CLOSED'), profileOf('8.7.0'))).toBeNull();
    expect(adapter.refusalOf(verb('RESET_JOB', { deleteUserAnnotations: false }), jobIn('CLOSED'), profileOf('7.17.0'))).toBeNull();
  });

  it('leave to the vendor what only it can tell', () => {
    const { state: _state, ...stateless } = jobIn('CLOSED');
    expect(adapter.refusalOf(verb('OPEN_JOB'), stateless, current)).toBeNull();
    expect(adapter.refusalOf({ action: 'CANCEL_TASK', taskId: 'N:1' }, jobIn('OPENED'), current)).toBeNull();
  });

  it('read what they judge by', () => {
    expect([...adapter.verbFields]).toEqual(
      expect.arrayContaining(['Job.state', 'Job.processed', 'Job.finishedAt', 'Datafeed.state', 'ElasticsearchJobDetails.blockedReason']),
    );
  });
});

describe('how a verb stands by its job', () => {
  const reset = { finishedAt: null, processed: { current: 0, maximum: null, unit: 'RECORDS' } };
  it.each<[Action, Job, string, string?]>([
    ['OPEN_JOB', jobIn('OPENED'), 'SUCCEEDED'],
    ['OPEN_JOB', jobIn('OPENING'), 'RUNNING'],
    ['OPEN_JOB', jobIn('CLOSED'), 'UNKNOWN'],
    ['OPEN_JOB', jobIn('FAILED'), 'FAILED', 'WRONG_STATE'],
    ['CLOSE_JOB', jobIn('CLOSED'), 'SUCCEEDED'],
    ['CLOSE_JOB', jobIn('RESETTING'), 'SUCCEEDED'],
    ['CLOSE_JOB', jobIn('CLOSING'), 'RUNNING'],
    ['CLOSE_JOB', jobIn('OPENED'), 'UNKNOWN'],
    ['CLOSE_JOB', jobIn('FAILED'), 'FAILED', 'WRONG_STATE'],
    ['CLOSE_JOB', jobIn('UNKNOWN'), 'UNKNOWN'],
    ['RESET_JOB', jobIn('RESETTING'), 'RUNNING'],
    ['RESET_JOB', jobIn('CLOSED', reset), 'SUCCEEDED'],
    ['RESET_JOB', jobIn('CLOSED', { ...reset, finishedAt: 5 }), 'UNKNOWN'],
    ['RESET_JOB', jobIn('CLOSED', { ...reset, processed: { current: 9, maximum: null, unit: 'RECORDS' } }), 'UNKNOWN'],
    ['RESET_JOB', jobIn('OPENED', reset), 'UNKNOWN'],
    ['DELETE_JOB', jobIn('DELETING'), 'RUNNING'],
    ['DELETE_JOB', jobIn('CLOSED'), 'UNKNOWN'],
    ['CANCEL_TASK', jobIn('CLOSED'), 'UNKNOWN'],
    ['REVERT_JOB', jobIn('REVERTING'), 'RUNNING'],
    ['REVERT_JOB', jobIn('CLOSED'), 'UNKNOWN'],
    ['START_DATAFEED', fedBy('STARTED'), 'SUCCEEDED'],
    ['START_DATAFEED', fedBy('STARTING'), 'RUNNING'],
    ['START_DATAFEED', fedBy('STOPPED'), 'UNKNOWN'],
    ['START_DATAFEED', jobIn('OPENED'), 'UNKNOWN'],
    ['STOP_DATAFEED', fedBy('STOPPED'), 'SUCCEEDED'],
    ['STOP_DATAFEED', fedBy('STOPPING'), 'RUNNING'],
    ['STOP_DATAFEED', fedBy('STARTED'), 'UNKNOWN'],
  ])('%s of %o is %s', (action, job, state, code) => {
    const standing = adapter.standingOf(action, found(job));
    expect(standing.state).toBe(state);
    expect(standing.state === 'FAILED' ? standing.error.code : undefined).toBe(code);
  });

  it('is done for a delete whose job is gone, and failed for any other verb', () => {
    const gone: Reading<Job> = { status: 'gone' };
    expect(adapter.standingOf('DELETE_JOB', gone)).toEqual({ state: 'SUCCEEDED' });
    expect(adapter.standingOf('RESET_JOB', gone)).toMatchObject({ state: 'FAILED', error: { code: 'NOT_FOUND' } });
    expect(adapter.standingOf('CANCEL_TASK', gone)).toEqual({ state: 'UNKNOWN' });
  });
});
