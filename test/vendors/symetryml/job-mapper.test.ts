import { describe, expect, it } from 'vitest';
import { mapJob, mapTask } from '../../../src/vendors/symetryml/job-mapper.js';
import { jobInfoSchema } from '../../../src/vendors/symetryml/wire.js';

const source = (more: object = {}) => {
  const raw = {
    jobId: 5,
    jobType: 'Project Update',
    owner: 'c1',
    startingDate: 1488220762857,
    current: 22,
    maximum: 100,
    isOnBoundedExecutor: true,
    isStarted: true,
    isDone: false,
    details: { pid: 'p1', rnd_seed: '1', rate: 'NaN', aws_secret_key: 'x' },
    ...more,
  };
  return { info: jobInfoSchema.parse(raw), raw };
};
const task = (more?: object) => mapTask('sym', source(more), false);
const job = (more?: object) => mapJob('sym', source(more), false);

describe('a job', () => {
  it('is told in the words of all vendors, without an incarnation', () => {
    expect(job()).toMatchObject({
      id: 'job:sym:5',
      nativeId: '5',
      type: 'Project Update',
      state: 'RUNNING',
      owner: 'c1',
      startedAt: 1488220762857,
      processed: { current: 22, maximum: 100, unit: 'BYTES' },
    });
    expect(task()).toMatchObject({
      id: 'task:sym:5',
      kind: 'RUN',
      vendorType: 'Project Update',
      state: 'RUNNING',
      progress: 0.22,
      cancellable: true,
      startedBy: 'c1',
      jobNativeId: '5',
    });
  });

  it('has its details as properties, without secrets, raw as it came where that is wanted', () => {
    expect(job().details).toEqual({
      typename: 'SymetryJobDetails',
      id: 'job:sym:5/details',
      onBoundedExecutor: true,
      properties: [
        { key: 'pid', text: 'p1', number: null },
        { key: 'rnd_seed', text: '1', number: 1 },
        { key: 'rate', text: 'NaN', number: null },
      ],
    });
    expect(mapJob('sym', source(), true).details?.raw).toMatchObject({ jobId: 5, details: { pid: 'p1' } });
    expect(JSON.stringify(mapTask('sym', source(), true))).not.toContain('aws_secret_key');
  });

  it.each([
    [{ isStarted: false, current: 0 }, 'QUEUED', 'QUEUED'],
    [{ isStarted: true }, 'RUNNING', 'RUNNING'],
    // How it ended, only its result tells.
    [{ isDone: true }, 'FINISHED', 'UNKNOWN'],
    [{ isStarted: undefined }, 'RUNNING', 'RUNNING'],
    [{ isStarted: undefined, startingDate: 0, current: 0 }, 'UNKNOWN', 'UNKNOWN'],
  ])('%j is %s, its run %s', (more, jobState, taskState) => {
    expect([job(more).state, task(more).state]).toEqual([jobState, taskState]);
  });

  it.each<[object, number | null, unknown]>([
    [{ current: 150 }, 1, { current: 150, maximum: 100, unit: 'BYTES' }],
    [{ maximum: 0 }, null, { current: 22, maximum: null, unit: 'BYTES' }],
    [{ maximum: undefined }, null, { current: 22, maximum: null, unit: 'BYTES' }],
    [{ maximum: -1, current: 0 }, null, null],
    [{ current: -1 }, null, null],
    [{ current: undefined }, null, null],
    [{ current: 0 }, 0, { current: 0, maximum: 100, unit: 'BYTES' }],
    [{ isStarted: false }, null, null],
    [{ jobType: 'ReduceJob', current: 3, maximum: 5 }, 0.6, { current: 3, maximum: 5, unit: 'ITERATIONS' }],
    [{ jobType: 'DSPredictDataFrameJob' }, 0.22, { current: 22, maximum: 100, unit: null }],
    [{ jobType: 'Optimized Kmeans' }, 0.22, { current: 22, maximum: 100, unit: null }],
    [{ jobType: undefined, maximum: Number.POSITIVE_INFINITY }, null, { current: 22, maximum: null, unit: null }],
  ])('progress of %j is %j', (more, progress, counts) => {
    expect([task(more).progress, task(more).counts]).toEqual([progress, counts]);
  });

  it.each([
    [{ startingDate: 1488220762 }, 1488220762000],
    [{ startingDate: 0 }, null],
    [{ startingDate: -1 }, null],
    [{ startingDate: undefined }, null],
    [{ isStarted: false }, null],
    [{ startingDate: '1488220762857' }, 1488220762857],
  ])('started with %j at %j', (more, startedAt) => {
    expect([job(more).startedAt, task(more).startedAt]).toEqual([startedAt, startedAt]);
  });
});
