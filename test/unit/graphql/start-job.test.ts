import { beforeEach, describe, expect, it } from 'vitest';
import type { VendorModule } from '../../../src/domain/index.js';
import { VigilError } from '../../../src/errors.js';
import { buildGatewaySchema, possibleTypes } from '../../../src/graphql/index.js';
import { codesOf, createGraphqlRig, type GraphqlRig } from '../../support/graphql-rig.js';
import { createToyVendor, toyActions, toyTask } from '../../support/toy-vendor.js';

const key = '8c7e4a52-6f0b-4d3c-9a55-2f5d1f0c7e11';

let rig: GraphqlRig;
beforeEach(() => {
  rig = createGraphqlRig({ keys: ['one', 'two'], handingOver: ['one'] });
});

const start = `mutation($input: StartToyJobInput!) { startToyJob(input: $input) {
  job { id nativeId state } task { id state }
  errors { __typename code message path ... on UnsupportedActionError { action supported } }
} }`;

const payloadOf = async (input: object) => {
  const { data, errors } = await rig.run(start, { input });
  expect(codesOf(errors)).toEqual([]);
  return data?.startToyJob;
};

describe('a vendor’s own mutation that starts a job', () => {
  it('hands its request to the backend, and shows the job and its run', async () => {
    const job = { ...rig.world('one').addJob('7~a', { state: 'RUNNING' }), revision: 1 };
    const task = { ...toyTask('one', '7~a', { id: 'task:one:7~a', jobNativeId: '7~a' }), revision: 1 };
    rig.verbs.started = () => ({ job, task, errors: [] });
    expect(await payloadOf({ backendId: 'backend:one', marbles: 3, waitMs: 5, idempotencyKey: key })).toEqual({
      job: { id: 'job:one:7~a', nativeId: '7', state: 'RUNNING' },
      task: { id: 'task:one:7~a', state: 'RUNNING' },
      errors: [],
    });
    expect(rig.verbs.asked).toMatchObject([
      {
        request: { action: 'START_JOB', kind: 'ROLL', request: { marbles: 3 } },
        ids: ['one'],
        options: { waitMs: 5, idempotencyKey: key, requestId: 'req-1', actor: 'ada', path: ['input', 'backendId'] },
      },
    ]);
  });

  it('tells all that is wrong with its input at once, each with its place, and starts nothing', async () => {
    const answer = await payloadOf({ backendId: 'job:one:7', marbles: 0, waitMs: -1 });
    expect(answer).toMatchObject({
      job: null,
      task: null,
      errors: [
        { __typename: 'InvalidInputError', path: ['input', 'backendId'] },
        { __typename: 'InvalidInputError', path: ['input', 'waitMs'] },
        { __typename: 'InvalidInputError', message: 'No marbles, no run.', path: ['input', 'marbles'] },
      ],
    });
    expect(rig.verbs.asked).toEqual([]);
  });

  it('says that there is no such backend', async () => {
    const answer = await payloadOf({ backendId: 'backend:three', marbles: 1 });
    expect(answer).toMatchObject({ errors: [{ __typename: 'NotFoundError', path: ['input', 'backendId'] }] });
  });

  it('says what a backend can do that starts no jobs', async () => {
    const answer = await payloadOf({ backendId: 'backend:two', marbles: 1 });
    expect(answer).toMatchObject({
      errors: [{ __typename: 'UnsupportedActionError', action: 'START_JOB', supported: toyActions, path: ['input', 'backendId'] }],
    });
    expect(rig.verbs.asked).toEqual([]);
  });

  it('tells why the backend refused', async () => {
    const refused = new VigilError('REFUSED', 'The queue is full.', { backend: 'one', path: ['input', 'backendId'] });
    rig.verbs.started = () => ({ job: null, task: null, errors: [refused] });
    expect(await payloadOf({ backendId: 'backend:one', marbles: 1 })).toMatchObject({
      errors: [{ __typename: 'RefusedError', message: 'The queue is full.' }],
    });
  });

  it('is in the schemas of its vendor alone, with its payload and its parts of results', () => {
    const { graphqlResolvers: _, ...module } = createToyVendor('PLAIN').module;
    const plain: VendorModule = { ...module, graphqlTypes: [] };
    const without = buildGatewaySchema({ vendors: [plain] });
    expect(without.getMutationType()?.getFields().startToyJob).toBeUndefined();
    expect(possibleTypes(without).JobPayload).not.toContain('StartToyJobPayload');
    expect(possibleTypes(without).ResultEntity).toEqual(['DataFrame', 'NumberResult', 'UnknownResult']);
    expect(possibleTypes(rig.schema).JobPayload).toContain('StartToyJobPayload');
    expect(possibleTypes(rig.schema).ResultEntity).toContain('ToyPaint');
  });
});

describe('verbs on a job that runs once', () => {
  it.each([
    ['killJob', 'KillJobInput', 'KILL_JOB'],
    ['collectJobResult', 'CollectJobResultInput', 'COLLECT_JOB_RESULT'],
  ])('%s', async (mutation, inputType, action) => {
    const job = { ...rig.world('one').addJob('7~a', { state: 'KILLED', resultState: 'NONE' }), revision: 1 };
    rig.verbs.answer = () => ({ job, task: null, errors: [new VigilError('REFUSED', 'It rolls on.', { backend: 'one' })] });
    const { data, errors } = await rig.run(
      `mutation($input: ${inputType}!) { ${mutation}(input: $input) { job { nativeId state resultState } errors { __typename } } }`,
      { input: { jobId: 'job:one:7~a', waitMs: 9, idempotencyKey: key } },
    );
    expect(codesOf(errors)).toEqual([]);
    expect(data?.[mutation]).toEqual({
      job: { nativeId: '7', state: 'KILLED', resultState: 'NONE' },
      errors: [{ __typename: 'RefusedError' }],
    });
    expect(rig.verbs.asked).toMatchObject([
      { request: { action }, ids: ['job:one:7~a'], options: { waitMs: 9, idempotencyKey: key, path: ['input', 'jobId'] } },
    ]);
  });
});
