import { beforeEach, describe, expect, it } from 'vitest';
import type { Datafeed } from '../../../src/domain/index.js';
import { VigilError } from '../../../src/errors.js';
import { codesOf, createGraphqlRig, type GraphqlRig } from '../../support/graphql-rig.js';

const key = '8c7e4a52-6f0b-4d3c-9a55-2f5d1f0c7e11';

let rig: GraphqlRig;
beforeEach(() => {
  rig = createGraphqlRig({ keys: ['one', 'two'] });
});

interface Payload {
  readonly job: object | null;
  readonly datafeed: object | null;
  readonly task: object | null;
  readonly errors: readonly { readonly __typename: string; readonly path: readonly string[] | null }[];
}

const selection = `
  job { nativeId state revision }
  datafeed { id state backend { key } }
  task { id }
  errors { __typename code message path ... on RefusedError { vendorMessage } ... on UnsupportedActionError { action supported } }
`;
const start = `mutation($input: StartDatafeedInput!) { startDatafeed(input: $input) { ${selection} } }`;
const stop = `mutation($input: StopDatafeedInput!) { stopDatafeed(input: $input) { ${selection} } }`;
const revert = 'mutation($input: RevertJobInput!) { revertJob(input: $input) { job { id } task { id } errors { __typename path } } }';

const payloadOf = async (source: string, input: object): Promise<Payload> => {
  const { data, errors } = await rig.run(source, { input });
  expect(codesOf(errors)).toEqual([]);
  return Object.values(data ?? {})[0] as Payload;
};
const places = ({ errors }: Payload): readonly string[] => errors.map(({ __typename, path }) => `${__typename} ${path?.join('.')}`);
const fed: Datafeed = { id: 'datafeed:one:f', backendKey: 'one', nativeId: 'f', jobNativeId: 'a', state: 'STARTED' };

describe('a verb on a datafeed', () => {
  it('hands back the fresh datafeed and the job it feeds, without reading them again', async () => {
    const job = { ...rig.world('one').addJob('a', { state: 'OPENED' }), revision: 77 };
    rig.verbs.fed = () => ({ datafeed: fed, job, task: null, errors: [] });
    expect(await payloadOf(start, { datafeedId: 'datafeed:one:f' })).toEqual({
      job: { nativeId: 'a', state: 'OPENED', revision: 77 },
      datafeed: { id: 'datafeed:one:f', state: 'STARTED', backend: { key: 'one' } },
      task: null,
      errors: [],
    });
    expect(rig.world('one').called()).toEqual([]);
  });

  it('shows both also when it was refused', async () => {
    const job = { ...rig.world('one').addJob('a'), revision: 1 };
    const refused = new VigilError('REFUSED', 'Not now.', { vendorMessage: 'upgrade mode', path: ['input', 'datafeedId'] });
    rig.verbs.fed = () => ({ datafeed: { ...fed, state: 'STOPPED' }, job, task: null, errors: [refused] });
    expect(await payloadOf(stop, { datafeedId: 'datafeed:one:f' })).toMatchObject({
      job: { state: 'CLOSED' },
      datafeed: { state: 'STOPPED' },
      errors: [{ __typename: 'RefusedError', message: 'Not now.', vendorMessage: 'upgrade mode', path: ['input', 'datafeedId'] }],
    });
  });

  it('says which of the verbs it was that is not supported', async () => {
    rig.verbs.fed = () => ({
      datafeed: null,
      job: null,
      task: null,
      errors: [new VigilError('UNSUPPORTED', 'No.', { supported: ['OPEN_JOB'] })],
    });
    expect(await payloadOf(start, { datafeedId: 'datafeed:one:f' })).toMatchObject({
      errors: [{ __typename: 'UnsupportedActionError', action: 'START_DATAFEED', supported: ['OPEN_JOB'] }],
    });
  });

  it.each([
    [start, {}, { action: 'START_DATAFEED' }],
    [start, { start: null, end: null, timeoutMs: null }, { action: 'START_DATAFEED' }],
    [
      start,
      { start: '1970-01-01T00:00:01Z', end: '1970-01-01T01:00:02+01:00', timeoutMs: 5_000 },
      { action: 'START_DATAFEED', start: 1_000, end: 2_000, timeoutMs: 5_000 },
    ],
    [stop, {}, { action: 'STOP_DATAFEED' }],
    [stop, { force: null, timeoutMs: null }, { action: 'STOP_DATAFEED' }],
    [stop, { force: false, timeoutMs: 0 }, { action: 'STOP_DATAFEED', force: false, timeoutMs: 0 }],
  ])('%s with %j asks for it as given', async (source, args, request) => {
    await payloadOf(source, { datafeedId: 'datafeed:one:f', ...args, idempotencyKey: key.toUpperCase() });
    expect(rig.verbs.asked[0]?.request).toEqual(request);
    expect(rig.verbs.asked).toMatchObject([
      { ids: ['datafeed:one:f'], options: { requestId: 'req-1', actor: 'ada', idempotencyKey: key, path: ['input', 'datafeedId'] } },
    ]);
    expect([...(rig.verbs.asked[0]?.options.fields ?? [])]).toEqual(expect.arrayContaining(['Job.state', 'Datafeed.state']));
  });

  it.each([
    [start, { datafeedId: 'nonsense' }, ['InvalidInputError input.datafeedId']],
    [start, { datafeedId: 'job:one:a' }, ['InvalidInputError input.datafeedId']],
    [stop, { datafeedId: 'datafeed:three:f' }, ['NotFoundError input.datafeedId']],
    [stop, { datafeedId: 'datafeed:one:f', timeoutMs: -1 }, ['InvalidInputError input.timeoutMs']],
    [
      start,
      { datafeedId: '?', timeoutMs: -1, start: '1970-01-01T00:00:02Z', end: '1970-01-01T00:00:02Z' },
      ['InvalidInputError input.datafeedId', 'InvalidInputError input.timeoutMs', 'InvalidInputError input.end'],
    ],
  ])('%s with %j is refused before anything is sent', async (source, input, expected) => {
    const payload = await payloadOf(source, input);
    expect([payload.job, payload.datafeed, payload.task, places(payload)]).toEqual([null, null, null, expected]);
    expect(rig.verbs.asked).toEqual([]);
  });
});

describe('revertJob', () => {
  it.each([
    [{}, {}],
    [{ deleteInterveningResults: null }, {}],
    [{ deleteInterveningResults: true, waitMs: 1 }, { deleteInterveningResults: true }],
  ])('with %j asks for it as given', async (args, more) => {
    await payloadOf(revert, { jobId: 'job:one:a', snapshotId: '17', ...args });
    expect(rig.verbs.asked[0]?.request).toEqual({ action: 'REVERT_JOB', snapshotId: '17', ...more });
    expect(rig.verbs.asked[0]?.ids).toEqual(['job:one:a']);
  });

  it.each(['', '  '])('refuses "%s" for a snapshot', async (snapshotId) => {
    expect(places(await payloadOf(revert, { jobId: 'job:one:a', snapshotId }))).toEqual(['InvalidInputError input.snapshotId']);
    expect(rig.verbs.asked).toEqual([]);
  });
});
