import { beforeEach, describe, expect, it } from 'vitest';
import type { Detector, Revised } from '../../../src/domain/index.js';
import { VigilError } from '../../../src/errors.js';
import { codesOf, createGraphqlRig, type GraphqlRig } from '../../support/graphql-rig.js';
import { toyTask } from '../../support/toy-vendor.js';

const key = '8c7e4a52-6f0b-4d3c-9a55-2f5d1f0c7e11';
const start = Date.parse('2026-01-01T00:00:00Z');
const end = Date.parse('2026-01-08T00:00:00Z');
const dateRange = { start: '2026-01-01T00:00:00.000Z', end: '2026-01-08T01:00:00+01:00' };

let rig: GraphqlRig;
beforeEach(() => {
  rig = createGraphqlRig({ keys: ['one', 'two'] });
});

const aDetector = (nativeId: string, more: Partial<Detector> = {}): Revised<Detector> => ({
  id: `detector:one:${nativeId}`,
  backendKey: 'one',
  nativeId,
  name: `the ${nativeId}`,
  historicalTask: null,
  realtimeTask: null,
  allowedActions: { REALTIME: ['START_DETECTOR'], HISTORICAL: ['STOP_DETECTOR'] },
  revision: 5,
  ...more,
});

const verb = `
  fragment Verb on DetectorPayload {
    detector { nativeId name revision historical: allowedActions(run: HISTORICAL) }
    task { id state }
    errors { ...Facts }
  }
  fragment Facts on MutationError { __typename code message path ... on ConflictError { task { id } } ... on RefusedError { vendorMessage retryAfterMs } }
`;
const startOne = `mutation($input: StartDetectorInput!) { startDetector(input: $input) { ...Verb } } ${verb}`;
const stopOne = `mutation($input: StopDetectorInput!) { stopDetector(input: $input) { ...Verb } } ${verb}`;
const startMany = `mutation($input: StartDetectorsInput!) { startDetectors(input: $input) { results { detectorId ...Verb } errors { ...Facts } } } ${verb}`;
const stopMany = `mutation($input: StopDetectorsInput!) { stopDetectors(input: $input) { results { detectorId ...Verb } errors { ...Facts } } } ${verb}`;

interface Failure {
  readonly __typename: string;
  readonly path: readonly string[] | null;
}
interface Payload {
  readonly detector: object | null;
  readonly task: object | null;
  readonly errors: readonly Failure[];
}
interface BulkPayload {
  readonly results: readonly (Payload & { readonly detectorId: string })[];
  readonly errors: readonly Failure[];
}

/** The one payload of a mutation that came through without a top-level error. */
const payloadOf = async <T = Payload>(source: string, input: object): Promise<T> => {
  const { data, errors } = await rig.run(source, { input });
  expect(codesOf(errors)).toEqual([]);
  return Object.values(data ?? {})[0] as T;
};
const places = (errors: readonly Failure[]): readonly string[] => errors.map(({ __typename, path }) => `${__typename} ${path?.join('.')}`);

describe('a verb on one detector', () => {
  it('hands back the fresh detector and its task', async () => {
    const task = { ...toyTask('one', 't1', { kind: 'RESET' }), revision: 3 };
    rig.verbs.detected = () => ({ detector: aDetector('a'), task, errors: [] });
    expect(await payloadOf(startOne, { detectorId: 'detector:one:a', run: 'HISTORICAL', dateRange })).toEqual({
      detector: { nativeId: 'a', name: 'the a', revision: 5, historical: ['STOP_DETECTOR'] },
      task: { id: task.id, state: 'RUNNING' },
      errors: [],
    });
    // What the verb has just read is not read again.
    expect(rig.world('one').called()).toEqual([]);
  });

  it('shows the detector also when it was refused', async () => {
    rig.verbs.detected = () => ({
      detector: aDetector('a'),
      task: null,
      errors: [new VigilError('WRONG_STATE', 'It runs already.', { path: ['input', 'detectorId'], already: true })],
    });
    expect(await payloadOf(startOne, { detectorId: 'detector:one:a', run: 'REALTIME' })).toMatchObject({
      detector: { nativeId: 'a' },
      task: null,
      errors: [{ __typename: 'WrongStateError', message: 'It runs already.', path: ['input', 'detectorId'] }],
    });
  });

  it.each([
    [startOne, { run: 'REALTIME' }, { action: 'START_DETECTOR', run: 'REALTIME' }],
    [startOne, { run: 'REALTIME', dateRange: null, idempotent: null }, { action: 'START_DETECTOR', run: 'REALTIME' }],
    [
      startOne,
      { run: 'HISTORICAL', dateRange, idempotent: true },
      { action: 'START_DETECTOR', run: 'HISTORICAL', dateRange: { start, end }, idempotent: true },
    ],
    [stopOne, { run: 'REALTIME', idempotent: true }, { action: 'STOP_DETECTOR', run: 'REALTIME', idempotent: true }],
    [stopOne, { run: 'HISTORICAL', idempotent: false }, { action: 'STOP_DETECTOR', run: 'HISTORICAL', idempotent: false }],
  ])('%# asks for it as given', async (source, args, request) => {
    await payloadOf(source, { detectorId: 'detector:one:a', ...args, waitMs: 600_000, idempotencyKey: key.toUpperCase() });
    expect(rig.verbs.asked).toMatchObject([
      {
        ids: ['detector:one:a'],
        options: { requestId: 'req-1', actor: 'ada', idempotencyKey: key, waitMs: 600_000, path: ['input', 'detectorId'] },
      },
    ]);
    expect(rig.verbs.asked[0]?.request).toEqual(request);
    expect([...(rig.verbs.asked[0]?.options.fields ?? [])]).toEqual(expect.arrayContaining(['Detector.allowedActions']));
  });

  it.each([
    [startOne, { detectorId: 'nonsense', run: 'REALTIME' }, ['InvalidInputError input.detectorId']],
    [startOne, { detectorId: 'job:one:a', run: 'REALTIME' }, ['InvalidInputError input.detectorId']],
    [startOne, { detectorId: 'detector:nope:a', run: 'REALTIME' }, ['NotFoundError input.detectorId']],
    [startOne, { run: 'REALTIME', dateRange }, ['InvalidInputError input.dateRange']],
    [startOne, { run: 'HISTORICAL' }, ['InvalidInputError input.dateRange']],
    [startOne, { run: 'HISTORICAL', dateRange: null }, ['InvalidInputError input.dateRange']],
    [startOne, { run: 'HISTORICAL', dateRange: { ...dateRange, end: dateRange.start } }, ['InvalidInputError input.dateRange.end']],
    [startOne, { run: 'HISTORICAL', dateRange: { start: dateRange.end, end: dateRange.start } }, ['InvalidInputError input.dateRange.end']],
    [startOne, { run: 'REALTIME', waitMs: -1 }, ['InvalidInputError input.waitMs']],
    [stopOne, { run: 'REALTIME', waitMs: 600_001 }, ['InvalidInputError input.waitMs']],
    [stopOne, { detectorId: 'task:one:a', run: 'HISTORICAL' }, ['InvalidInputError input.detectorId']],
    [
      startOne,
      { detectorId: '?', run: 'HISTORICAL', waitMs: -1 },
      ['InvalidInputError input.detectorId', 'InvalidInputError input.waitMs', 'InvalidInputError input.dateRange'],
    ],
  ])('%# is refused before anything is sent', async (source, input, expected) => {
    const payload = await payloadOf(source, { detectorId: 'detector:one:a', ...input });
    expect([payload.detector, payload.task, places(payload.errors)]).toEqual([null, null, expected]);
    expect(rig.verbs.asked).toEqual([]);
  });
});

describe('a verb on many detectors', () => {
  it('gives one outcome for each distinct id, in the order given, with the place of what is wrong', async () => {
    rig.verbs.detected = (detectorId) =>
      detectorId === 'detector:one:b'
        ? { detector: aDetector('b'), task: null, errors: [] }
        : { detector: null, task: null, errors: [new VigilError('NOT_FOUND', 'none', { path: ['input', 'detectorId'] })] };
    const { results, errors } = await payloadOf<BulkPayload>(stopMany, {
      run: 'REALTIME',
      detectorIds: ['detector:one:b', 'detector:two:c', 'detector:one:b', 'nonsense', 'detector:nope:x'],
    });
    expect(errors).toEqual([]);
    expect(results.map(({ detectorId, detector, errors: each }) => [detectorId, detector !== null, ...places(each)])).toEqual([
      ['detector:one:b', true],
      ['detector:two:c', false, 'NotFoundError input.detectorIds.1'],
      ['nonsense', false, 'InvalidInputError input.detectorIds.3'],
      ['detector:nope:x', false, 'NotFoundError input.detectorIds.4'],
    ]);
    expect(rig.verbs.asked.map(({ ids }) => ids)).toEqual([['detector:one:b', 'detector:two:c']]);
  });

  it.each([
    [
      startMany,
      { run: 'HISTORICAL', dateRange, waitMs: 5, idempotencyKey: key, idempotent: true },
      { action: 'START_DETECTOR', run: 'HISTORICAL', dateRange: { start, end }, idempotent: true },
    ],
    [
      stopMany,
      { run: 'HISTORICAL', waitMs: 5, idempotencyKey: key, idempotent: true },
      { action: 'STOP_DETECTOR', run: 'HISTORICAL', idempotent: true },
    ],
  ])('%# passes on its switches', async (source, input, request) => {
    await payloadOf(source, { detectorIds: ['detector:one:a'], ...input });
    expect(rig.verbs.asked).toMatchObject([{ request, options: { waitMs: 5, idempotencyKey: key } }]);
  });

  it.each([
    [startMany, { detectorIds: [], run: 'REALTIME' }, 'InvalidInputError input.detectorIds'],
    [
      stopMany,
      { detectorIds: Array.from({ length: 501 }, (_, index) => `detector:one:${index}`), run: 'REALTIME' },
      'InvalidInputError input.detectorIds',
    ],
    [startMany, { detectorIds: ['detector:one:a'], run: 'HISTORICAL' }, 'InvalidInputError input.dateRange'],
    [startMany, { detectorIds: ['detector:one:a'], run: 'REALTIME', dateRange }, 'InvalidInputError input.dateRange'],
    [stopMany, { detectorIds: ['detector:one:a'], run: 'REALTIME', waitMs: -1 }, 'InvalidInputError input.waitMs'],
  ])('%# is refused as a whole', async (source, input, expected) => {
    const { results, errors } = await payloadOf<BulkPayload>(source, input);
    expect([results, places(errors)]).toEqual([[], [expected]]);
    expect(rig.verbs.asked).toEqual([]);
  });

  it('sends nothing when no id is good', async () => {
    const { results } = await payloadOf<BulkPayload>(startMany, { detectorIds: ['x'], run: 'REALTIME' });
    expect(results.map(({ errors }) => places(errors))).toEqual([['InvalidInputError input.detectorIds.0']]);
    expect(rig.verbs.asked).toEqual([]);
  });

  it('is an error of the request when the service can say nothing of any', async () => {
    rig.verbs.detected = () => {
      throw new VigilError('CONFLICT', 'This key was used for something else.');
    };
    const { results, errors } = await payloadOf<BulkPayload>(startMany, { detectorIds: ['detector:one:a'], run: 'REALTIME' });
    expect([results, places(errors)]).toEqual([[], ['ConflictError undefined']]);
  });
});
