import { describe, expect, it } from 'vitest';
import type { Detector, DetectorFeature, Job, JobState, Task, TaskState, Verb } from '../../../src/domain/index.js';
import {
  allowedActionsOf,
  allowedJobActionsOf,
  type DetectorFacts,
  detectorRefusalOf,
  jobRefusalOf,
} from '../../../src/vendors/opensearch-ad/gating.js';
import { profileOf } from './rig.js';

const now = 1_795_400_000_000;
const refusalOf = detectorRefusalOf('opensearch', () => now);
const jobRefusal = jobRefusalOf('opensearch');
const minute = 60_000;

const feature = (enabled: boolean): DetectorFeature => ({ id: 'f', name: 'f', enabled, aggregationQuery: null });

const task = (state: TaskState, more: Partial<Task> = {}): Task => ({
  id: 'task:os:t',
  backendKey: 'os',
  nativeId: 't',
  kind: 'HISTORICAL',
  vendorType: null,
  state,
  vendorState: null,
  progress: null,
  counts: null,
  startedAt: null,
  endedAt: null,
  updatedAt: now - 1_000,
  error: null,
  cancellable: true,
  startedBy: null,
  jobNativeId: null,
  parentId: null,
  idempotencyKey: null,
  ...more,
});

const detector = (more: Partial<Detector> = {}): Detector => ({
  id: 'detector:os:d',
  backendKey: 'os',
  nativeId: 'd',
  features: [feature(false), feature(true)],
  intervalMs: minute,
  realtimeTask: null,
  historicalTask: null,
  ...more,
});

const job = (state: JobState, more: Partial<Job> = {}): Job => ({ id: 'job:os:d', backendKey: 'os', nativeId: 'd', state, ...more });
const details = (enabled: boolean) => ({ typename: 'DetectorJobDetails', id: 'x', enabled });

const range = { start: now - 100 * minute, end: now - minute };
const startRealtime = { action: 'START_DETECTOR', detectorId: 'd', run: 'REALTIME' } as const;
const startRange = { action: 'START_DETECTOR', detectorId: 'd', run: 'HISTORICAL', dateRange: range } as const;
const stopRealtime = { action: 'STOP_DETECTOR', detectorId: 'd', run: 'REALTIME' } as const;
const stopRange = { action: 'STOP_DETECTOR', detectorId: 'd', run: 'HISTORICAL' } as const;

const current = profileOf('2.19.4');
const old = profileOf('2.11.0');

describe('what a detector may be asked', () => {
  const { capabilities } = current;
  const offered = (facts: DetectorFacts): string => {
    const { REALTIME, HISTORICAL } = allowedActionsOf(facts, capabilities);
    return `${REALTIME.join()}|${HISTORICAL.join()}`;
  };

  it.each([
    ['was never started', detector(), 'START_DETECTOR|START_DETECTOR'],
    ['is starting', detector({ realtimeTask: task('CREATED') }), 'STOP_DETECTOR|START_DETECTOR'],
    ['initializes', detector({ realtimeTask: task('INITIALIZING') }), 'STOP_DETECTOR|START_DETECTOR'],
    ['runs', detector({ realtimeTask: task('RUNNING') }), 'STOP_DETECTOR|START_DETECTOR'],
    ['was stopped', detector({ realtimeTask: task('CANCELLED') }), 'START_DETECTOR|START_DETECTOR'],
    ['has failed', detector({ realtimeTask: task('FAILED') }), 'START_DETECTOR|START_DETECTOR'],
    ['analyses a range', detector({ historicalTask: task('RUNNING') }), 'START_DETECTOR|STOP_DETECTOR'],
    ['has analysed a range', detector({ historicalTask: task('SUCCEEDED') }), 'START_DETECTOR|START_DETECTOR'],
    ['does both', detector({ realtimeTask: task('RUNNING'), historicalTask: task('CREATED') }), 'STOP_DETECTOR|STOP_DETECTOR'],
    ['has no features', detector({ features: [] }), '|'],
    ['has no enabled feature', detector({ features: [feature(false)], realtimeTask: task('RUNNING') }), 'STOP_DETECTOR|'],
    ['is in states new to us', detector({ realtimeTask: task('UNKNOWN'), historicalTask: task('UNKNOWN') }), '|'],
    ['has tasks that could not be read', { features: [feature(true)] }, '|'],
    [
      'is enabled by its job, whatever its task',
      detector({ realtimeTask: task('FAILED'), job: job('FAILED', { details: details(true) }) }),
      'STOP_DETECTOR|START_DETECTOR',
    ],
    [
      'is disabled by its job',
      detector({ realtimeTask: task('RUNNING'), job: job('OPENED', { details: details(false) }) }),
      'START_DETECTOR|START_DETECTOR',
    ],
  ] as const)('when it %s', (_what, facts, expected) => {
    expect(offered(facts)).toBe(expected);
  });

  it('is no more than its backend can', () => {
    expect(allowedActionsOf(detector(), ['CANCEL_TASK'])).toEqual({ REALTIME: [], HISTORICAL: [] });
  });

  it.each<[JobState, readonly string[]]>([
    ['CLOSED', ['OPEN_JOB']],
    ['FAILED', ['OPEN_JOB']],
    ['OPENING', ['CLOSE_JOB']],
    ['OPENED', ['CLOSE_JOB']],
    ['UNKNOWN', []],
  ])('of its job, when that is %s: %j', (state, expected) => {
    expect(allowedJobActionsOf(state, { features: [feature(true)] }, capabilities)).toEqual(expected);
    expect(allowedJobActionsOf(state, { features: [] }, capabilities)).not.toContain('OPEN_JOB');
  });
});

describe('a start', () => {
  it.each([startRealtime, startRange])('is foreseen to be taken or refused by its features: $run', (verb) => {
    expect(refusalOf(verb, detector(), current)).toBeNull();
    const none = refusalOf(verb, detector({ features: [] }), current);
    const off = refusalOf(verb, detector({ features: [feature(false)] }), current);
    expect([none?.code, off?.code]).toEqual(['REFUSED', 'REFUSED']);
    expect([none?.message, off?.message]).toEqual([
      'The detector has no features: there is nothing to analyse.',
      'All features of the detector are switched off.',
    ]);
  });

  it.each<TaskState>(['CREATED', 'INITIALIZING', 'RUNNING'])('in real time of one that is %s has nothing to do', (state) => {
    expect(refusalOf(startRealtime, detector({ realtimeTask: task(state) }), current)).toMatchObject({
      code: 'WRONG_STATE',
      facts: { already: true, backend: 'os' },
    });
  });

  it.each([task('CANCELLED'), task('FAILED'), task('UNKNOWN')])('in real time is left to the vendor after $state', (realtimeTask) => {
    expect(refusalOf(startRealtime, detector({ realtimeTask }), current)).toBeNull();
  });

  it('over a range while another one is analysed is refused', () => {
    const refused = refusalOf(startRange, detector({ historicalTask: task('RUNNING', { dateRange: { start: 0, end: 1 } }) }), current);
    expect([refused?.code, refused?.facts.already]).toEqual(['WRONG_STATE', undefined]);
  });

  it('over the very range that is analysed has nothing to do', () => {
    const same = detector({ historicalTask: task('INITIALIZING', { dateRange: range }) });
    expect(refusalOf(startRange, same, current)).toMatchObject({ code: 'WRONG_STATE', facts: { already: true } });
  });

  it.each([
    ['gave no sign for long', task('RUNNING', { updatedAt: now - minute })],
    ['lost its node', task('RUNNING', { error: { code: 'BACKEND_UNAVAILABLE', message: 'gone', detail: null } })],
    ['is in a state new to us', task('UNKNOWN')],
    ['has ended', task('SUCCEEDED')],
  ])('over a range is left to the vendor when the latest run %s', (_what, historicalTask) => {
    expect(refusalOf(startRange, detector({ historicalTask }), current)).toBeNull();
  });

  it.each([
    [{ start: now + minute, end: now + 100 * minute }, 'The range begins in the future: there is no data to analyse.'],
    [{ start: now - minute, end: now - minute + 1 }, "The range is shorter than one of the detector's intervals."],
  ])('over a range that can only fail is refused: %j', (dateRange, message) => {
    const refused = refusalOf({ ...startRange, dateRange }, detector(), current);
    expect(refused).toMatchObject({ code: 'INVALID_INPUT', message, facts: { path: ['input', 'dateRange'] } });
  });

  it('may reach into the future, and over any range of a detector whose interval is not known', () => {
    expect(refusalOf({ ...startRange, dateRange: { start: now - minute, end: now + minute } }, detector(), current)).toBeNull();
    expect(refusalOf({ ...startRange, dateRange: { start: 1, end: 2 } }, detector({ intervalMs: null }), current)).toBeNull();
  });
});

describe('a stop', () => {
  it.each([
    ['of what runs', task('RUNNING'), null],
    ['of what was stopped', task('CANCELLED'), 'WRONG_STATE'],
    ['of what has failed', task('FAILED'), null],
    ['in a state new to us', task('UNKNOWN'), null],
  ])('in real time %s', (_what, realtimeTask, code) => {
    const refused = refusalOf(stopRealtime, detector({ realtimeTask }), current);
    expect(refused?.code ?? null).toBe(code);
    if (code !== null) expect(refused?.facts.already).toBe(true);
  });

  it.each([
    ['2.11', old],
    ['since 2.15, whose success would be none', current],
    ['of a version not known', profileOf(null)],
    ['of Search Guard', profileOf('1.0.0-tp1', 'search-guard')],
  ])('of what was never started is refused: %s', (_what, profile) => {
    expect(refusalOf(stopRealtime, detector(), profile)).toMatchObject({ code: 'WRONG_STATE', facts: { already: true } });
  });

  it('is left to the vendor where its tasks could not be read, unless the version refuses it anyway', () => {
    const { realtimeTask: _, ...untold } = detector({ job: job('CLOSED') });
    expect(refusalOf(stopRealtime, untold, old)).toMatchObject({ code: 'WRONG_STATE', facts: { already: true } });
    expect(refusalOf(stopRealtime, untold, current)).toBeNull();
    expect(refusalOf(stopRealtime, untold, profileOf(null))).toBeNull();
  });

  it.each([
    ['none was ever begun', null, true],
    ['the latest has ended', task('FAILED'), true],
    ['one is under way', task('CREATED'), undefined],
    ['the latest could not be read', undefined, undefined],
  ])('of a historical analysis when %s', (_what, historicalTask, already) => {
    const { historicalTask: _none, ...rest } = detector();
    const refused = refusalOf(stopRange, historicalTask === undefined ? rest : { ...rest, historicalTask }, current);
    expect(refused?.facts.already).toBe(already);
  });
});

describe('a verb on a real-time job', () => {
  const open: Verb = { action: 'OPEN_JOB', jobId: 'd' };
  const close: Verb = { action: 'CLOSE_JOB', jobId: 'd' };

  it('is judged by its state', () => {
    expect(jobRefusal(open, job('CLOSED'), current)).toBeNull();
    for (const state of ['OPENING', 'OPENED'] as const)
      expect(jobRefusal(open, job(state), current)).toMatchObject({ code: 'WRONG_STATE', facts: { already: true } });
    expect(jobRefusal(close, job('OPENED'), current)).toBeNull();
    expect(jobRefusal(close, job('FAILED'), current)).toBeNull();
    expect(jobRefusal(close, job('UNKNOWN'), current)).toBeNull();
    expect(jobRefusal(close, job('CLOSED', { startedAt: 1 }), current)).toMatchObject({ code: 'WRONG_STATE', facts: { already: true } });
    expect(jobRefusal(close, job('CLOSED', { startedAt: null }), current)).toBeNull();
    expect(jobRefusal(close, job('CLOSED', { startedAt: null }), old)).toMatchObject({ code: 'WRONG_STATE', facts: { already: true } });
  });

  it('is judged by its detector’s features', () => {
    expect(jobRefusal(open, job('CLOSED', { detector: detector({ features: [] }) }), current)?.code).toBe('REFUSED');
    expect(jobRefusal(open, job('CLOSED', { detector: detector() }), current)).toBeNull();
  });

  it.each([
    [{ ...close, force: true } as Verb, 'force'],
    [{ ...close, timeoutMs: 1_000 } as Verb, 'timeoutMs'],
    [{ ...open, timeoutMs: 1_000 } as Verb, 'timeoutMs'],
  ])('takes no options that mean nothing here: %j', (verb, option) => {
    const refused = jobRefusal(verb, job('OPENED'), current);
    expect(refused).toMatchObject({ code: 'INVALID_INPUT', facts: { path: ['input', option] } });
    expect(jobRefusal({ ...close, force: false }, job('OPENED'), current)).toBeNull();
  });

  it.each<Verb>([
    { action: 'RESET_JOB', jobId: 'd' },
    { action: 'DELETE_JOB', jobId: 'd', force: true },
    { action: 'REVERT_JOB', jobId: 'd', snapshotId: 's' },
    { action: 'START_DATAFEED', jobId: 'd', datafeedId: 'f' },
    { action: 'STOP_DATAFEED', jobId: 'd', datafeedId: 'f' },
  ])('that this product does not have is unsupported: $action', (verb) => {
    const refused = jobRefusal(verb, job('CLOSED'), current);
    expect(refused).toMatchObject({ code: 'UNSUPPORTED', facts: { action: verb.action, supported: current.capabilities } });
    expect(refused?.message).toBe(`${verb.action} is not offered by Anomaly Detection of OpenSearch 2.19.4.`);
  });
});
