import { describe, expect, it } from 'vitest';
import type { Action, Job, JobState, Reading } from '../../../src/domain/index.js';
import { VigilError } from '../../../src/errors.js';
import { standingOf } from '../../../src/vendors/opensearch-ad/standing.js';

const found = (state: JobState): Reading<Job> => ({ status: 'found', value: { id: 'job:os:d', backendKey: 'os', nativeId: 'd', state } });

describe('how a verb stands, by its job', () => {
  it.each<[Action, JobState, string]>([
    ['OPEN_JOB', 'OPENED', 'SUCCEEDED'],
    ['OPEN_JOB', 'OPENING', 'RUNNING'],
    ['OPEN_JOB', 'CLOSED', 'UNKNOWN'],
    ['OPEN_JOB', 'FAILED', 'FAILED'],
    ['OPEN_JOB', 'UNKNOWN', 'UNKNOWN'],
    ['CLOSE_JOB', 'CLOSED', 'SUCCEEDED'],
    ['CLOSE_JOB', 'FAILED', 'SUCCEEDED'],
    ['CLOSE_JOB', 'OPENED', 'UNKNOWN'],
    ['START_DETECTOR', 'OPENED', 'UNKNOWN'],
    ['STOP_DETECTOR', 'CLOSED', 'UNKNOWN'],
  ])('%s of a job %s: %s', (action, state, expected) => {
    expect(standingOf(action, found(state)).state).toBe(expected);
  });

  it('is not known from a job that could not be read, and failed where the detector is gone', () => {
    const cause = new VigilError('BACKEND_UNAVAILABLE', 'It did not answer.');
    expect(standingOf('OPEN_JOB', { status: 'undetermined', cause })).toEqual({ state: 'UNKNOWN' });
    expect(standingOf('CLOSE_JOB', { status: 'gone' })).toMatchObject({ state: 'FAILED', error: { code: 'NOT_FOUND' } });
    expect(standingOf('START_DETECTOR', { status: 'gone' })).toEqual({ state: 'UNKNOWN' });
  });
});
