import { beforeEach, describe, expect, it } from 'vitest';
import { type GlobalId, type Job, parseId, type Revised } from '../../../src/domain/index.js';
import { type ErrorCode, type ErrorFacts, VigilError } from '../../../src/errors.js';
import { codesOf, createGraphqlRig, type GraphqlRig } from '../../support/graphql-rig.js';
import { toyTask } from '../../support/toy-vendor.js';

const key = '8c7e4a52-6f0b-4d3c-9a55-2f5d1f0c7e11';

let rig: GraphqlRig;
beforeEach(() => {
  rig = createGraphqlRig({ keys: ['one', 'two'] });
});

const revised = (job: Job): Revised<Job> => ({ ...job, revision: 77 });
const verb = `
  fragment Verb on JobPayload {
    job { nativeId state revision allowedActions }
    task { id state }
    errors { ...Facts }
  }
  fragment Facts on MutationError {
    __typename code message path
    ... on ConflictError { task { id state } }
    ... on UnsupportedActionError { action supported }
    ... on RefusedError { vendorMessage retryAfterMs }
    ... on ForbiddenError { missing }
    ... on BackendUnavailableError { backend { key } retryAfterMs outcomeUnknown }
  }
`;
const close = `mutation($input: CloseJobInput!) { closeJob(input: $input) { ...Verb } } ${verb}`;
const closeMany = `mutation($input: CloseJobsInput!) { closeJobs(input: $input) { results { jobId ...Verb } errors { ...Facts } } } ${verb}`;
const resetMany = `mutation($input: ResetJobsInput!) { resetJobs(input: $input) { results { jobId ...Verb } errors { ...Facts } } } ${verb}`;

interface Failure {
  readonly __typename: string;
  readonly code: string;
  readonly path: readonly string[] | null;
}
interface Payload {
  readonly job: object | null;
  readonly task: object | null;
  readonly errors: readonly Failure[];
}

/** The one payload of a mutation that came through without a top-level error. */
const payloadOf = async <T = Payload>(source: string, input: object): Promise<T> => {
  const { data, errors } = await rig.run(source, { input });
  expect(codesOf(errors)).toEqual([]);
  return Object.values(data ?? {})[0] as T;
};
const places = (errors: readonly Failure[]): readonly string[] => errors.map(({ __typename, path }) => `${__typename} ${path?.join('.')}`);

describe('a verb on one job', () => {
  it('hands back the fresh job and the task', async () => {
    const job = revised(rig.world('one').addJob('a', { state: 'CLOSING', allowedActions: [] }));
    const task = { ...toyTask('one', 'vigil', { id: 'task:one:vigil~01', nativeId: null }), revision: 1 };
    rig.verbs.answer = () => ({ job, task, errors: [] });
    expect(await payloadOf(close, { jobId: job.id })).toEqual({
      job: { nativeId: 'a', state: 'CLOSING', revision: 77, allowedActions: [] },
      task: { id: 'task:one:vigil~01', state: 'RUNNING' },
      errors: [],
    });
    // What the verb has just read is not read again.
    expect(rig.world('one').called()).toEqual([]);
  });

  it('answers when all instances can know what it shows', async () => {
    const job = revised(rig.world('one').addJob('a'));
    const task = { ...toyTask('one', 't1'), revision: 1 };
    rig.verbs.answer = () => ({ job, task, errors: [] });
    rig.verbs.cancelled = () => ({ task, errors: [] });
    const documents: readonly (readonly [string, object])[] = [
      [close, { jobId: job.id }],
      [closeMany, { jobIds: [job.id] }],
      ['mutation($input: CancelTaskInput!) { cancelTask(input: $input) { task { id } } }', { taskId: 'task:one:t1' }],
    ];
    const { ledger } = rig.context();
    for (const [document, input] of documents) {
      let agree = (): void => undefined;
      const asked = new Promise<void>((heard) => {
        ledger.agreed = () => {
          heard();
          return new Promise((resolve) => {
            agree = resolve;
          });
        };
      });
      let answered = false;
      const answer = rig.run(document, { input }).then((result) => {
        answered = true;
        return result;
      });
      await asked;
      await new Promise((resolve) => setImmediate(resolve));
      expect(answered).toBe(false);
      ledger.agreed = async () => undefined;
      agree();
      expect(codesOf((await answer).errors)).toEqual([]);
    }
  });

  it('shows the job also when it was refused', async () => {
    const job = revised(rig.world('one').addJob('a', { state: 'OPENED' }));
    rig.verbs.answer = () => ({ job, task: null, errors: [new VigilError('WRONG_STATE', 'Not now.', { path: ['input', 'jobId'] })] });
    expect(await payloadOf(close, { jobId: 'job:one:a' })).toMatchObject({
      job: { state: 'OPENED' },
      task: null,
      errors: [{ __typename: 'WrongStateError', code: 'WRONG_STATE', message: 'Not now.', path: ['input', 'jobId'] }],
    });
  });

  it.each([
    ['openJob', 'OpenJobInput', { timeoutMs: 5 }, { action: 'OPEN_JOB', timeoutMs: 5 }],
    ['closeJob', 'CloseJobInput', { force: true, timeoutMs: 0 }, { action: 'CLOSE_JOB', force: true, timeoutMs: 0 }],
    ['closeJob', 'CloseJobInput', { force: null, timeoutMs: null }, { action: 'CLOSE_JOB' }],
    [
      'resetJob',
      'ResetJobInput',
      { deleteUserAnnotations: true, closeFirst: true, force: true },
      { action: 'RESET_JOB', deleteUserAnnotations: true, closeFirst: true, force: true },
    ],
    ['resetJob', 'ResetJobInput', { force: false }, { action: 'RESET_JOB', force: false }],
    ['deleteJob', 'DeleteJobInput', { force: false, deleteUserAnnotations: null }, { action: 'DELETE_JOB', force: false }],
  ])('%s(%s) %j asks for it as given', async (name, input, args, request) => {
    const source = `mutation($input: ${input}!) { ${name}(input: $input) { job { id state } errors { code } } }`;
    await payloadOf(source, {
      jobId: 'job:one:a~k5',
      ...args,
      idempotencyKey: key.toUpperCase(),
      ...(name === 'closeJob' ? { waitMs: 600_000 } : {}),
    });
    expect(rig.verbs.asked).toMatchObject([
      { request, ids: ['job:one:a~k5'], options: { requestId: 'req-1', actor: 'ada', idempotencyKey: key, path: ['input', 'jobId'] } },
    ]);
    expect(rig.verbs.asked[0]?.request).toEqual(request);
    expect(rig.verbs.asked[0]?.options.waitMs).toBe(name === 'closeJob' ? 600_000 : undefined);
    expect([...(rig.verbs.asked[0]?.options.fields ?? [])]).toEqual(expect.arrayContaining(['Job.state']));
  });

  it.each([
    [{ jobId: 'nonsense' }, 'InvalidInputError input.jobId'],
    [{ jobId: 'task:one:a' }, 'InvalidInputError input.jobId'],
    [{ jobId: 'job:nope:a' }, 'NotFoundError input.jobId'],
    [{ jobId: 'job:one:a', timeoutMs: -1 }, 'InvalidInputError input.timeoutMs'],
    [{ jobId: 'job:one:a', waitMs: -1 }, 'InvalidInputError input.waitMs'],
    [{ jobId: 'job:one:a', waitMs: 600_001 }, 'InvalidInputError input.waitMs'],
  ])('with %j is refused before anything is sent', async (input, expected) => {
    const payload = await payloadOf(close, input);
    expect([payload.job, payload.task, places(payload.errors)]).toEqual([null, null, [expected]]);
    expect(rig.verbs.asked).toEqual([]);
  });

  it('names everything that is wrong at once', async () => {
    const { errors } = await payloadOf(close, { jobId: '?', timeoutMs: -1, waitMs: -1 });
    expect(places(errors)).toEqual([
      'InvalidInputError input.jobId',
      'InvalidInputError input.timeoutMs',
      'InvalidInputError input.waitMs',
    ]);
  });

  it('refuses to force a reset that does not close', async () => {
    const reset = `mutation($input: ResetJobInput!) { resetJob(input: $input) { ...Verb } } ${verb}`;
    expect(places((await payloadOf(reset, { jobId: 'job:one:a', force: true })).errors)).toEqual(['InvalidInputError input.force']);
    expect(places((await payloadOf(reset, { jobId: 'job:one:a', force: true, closeFirst: false })).errors)).toEqual([
      'InvalidInputError input.force',
    ]);
    expect(rig.verbs.asked).toEqual([]);
  });
});

describe('the errors of a verb', () => {
  const failWith = async (code: ErrorCode, facts: ErrorFacts = {}): Promise<Failure> => {
    rig.verbs.answer = () => ({ job: null, task: null, errors: [new VigilError(code, 'So it is.', facts)] });
    return (await payloadOf(close, { jobId: 'job:one:a' })).errors[0] ?? expect.fail('no error');
  };

  it.each([
    ['NOT_FOUND', {}, { __typename: 'NotFoundError', path: null }],
    ['WRONG_STATE', { path: ['input', 'jobId'] }, { __typename: 'WrongStateError', path: ['input', 'jobId'] }],
    ['CONFLICT', {}, { __typename: 'ConflictError', task: null }],
    [
      'UNSUPPORTED',
      { action: 'RESET_JOB', supported: ['OPEN_JOB', 'FLY'] },
      { __typename: 'UnsupportedActionError', action: 'RESET_JOB', supported: ['OPEN_JOB'] },
    ],
    ['UNSUPPORTED', {}, { __typename: 'UnsupportedActionError', action: 'CLOSE_JOB', supported: [] }],
    ['REFUSED', { vendorMessage: 'No.', retryAfterMs: 9 }, { __typename: 'RefusedError', vendorMessage: 'No.', retryAfterMs: 9 }],
    ['TIMEOUT', {}, { __typename: 'RefusedError', vendorMessage: null, retryAfterMs: null }],
    ['FORBIDDEN', { missing: ['manage_ml'] }, { __typename: 'ForbiddenError', missing: ['manage_ml'] }],
    ['FORBIDDEN', {}, { __typename: 'ForbiddenError', missing: [] }],
    ['INVALID_INPUT', {}, { __typename: 'InvalidInputError' }],
    [
      'BACKEND_UNAVAILABLE',
      { backend: 'two', outcomeUnknown: true, retryAfterMs: 5 },
      { __typename: 'BackendUnavailableError', backend: { key: 'two' }, outcomeUnknown: true, retryAfterMs: 5 },
    ],
    [
      'BACKEND_UNAVAILABLE',
      {},
      { __typename: 'BackendUnavailableError', backend: { key: 'one' }, outcomeUnknown: false, retryAfterMs: null },
    ],
  ] as const)('%s %j is typed', async (code, facts, expected) => {
    expect(await failWith(code, facts)).toMatchObject({ code, message: 'So it is.', ...expected });
  });

  it('name the task that is in the way', async () => {
    rig.world('one').addTask('t1');
    expect(await failWith('CONFLICT', { taskId: 'task:one:t1' })).toMatchObject({ task: { state: 'RUNNING' } });
  });

  it('stand though the task in the way cannot be read', async () => {
    rig.world('one').failing.set('readTasks', new VigilError('FORBIDDEN', 'no'));
    expect(await failWith('CONFLICT', { taskId: 'task:one:t1' })).toMatchObject({ __typename: 'ConflictError', task: null });
  });

  it('keep a fault with one job to that job, and are top-level for a fault with the request', async () => {
    rig.verbs.answer = () => ({ job: null, task: null, errors: [new VigilError('INTERNAL', 'Broken.')] });
    const { data, errors } = await rig.run(close, { input: { jobId: 'job:one:a' } });
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({ closeJob: { errors: [{ code: 'INTERNAL', message: 'Broken.' }] } });
    rig.verbs.answer = () => {
      throw new TypeError('bug');
    };
    expect((await rig.run(close, { input: { jobId: 'job:one:a' } })).errors?.[0]?.originalError).toBeInstanceOf(TypeError);
  });
});

describe('what a payload shows', () => {
  it('is read after the verb, never from before', async () => {
    const world = rig.world('one');
    world.addJob('a', { state: 'OPENED' });
    rig.verbs.answer = () => {
      const job = world.addJob('a', { state: 'CLOSED' });
      world.addTask(`t${rig.verbs.asked.length}`, { jobNativeId: 'a', startedAt: rig.verbs.asked.length });
      return { job: revised(job), task: null, errors: [] };
    };
    const row = '{ job { state currentTask { nativeId job { state } } tasks { totalCount } } }';
    const { data, errors } = await rig.run(
      `mutation { first: closeJob(input: { jobId: "job:one:a" }) ${row} second: closeJob(input: { jobId: "job:one:a" }) ${row} }`,
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      first: { job: { state: 'CLOSED', currentTask: { nativeId: 't1', job: { state: 'CLOSED' } }, tasks: { totalCount: 1 } } },
      second: { job: { state: 'CLOSED', currentTask: { nativeId: 't2', job: { state: 'CLOSED' } }, tasks: { totalCount: 2 } } },
    });
    expect(world.called()).toEqual(['discoverTasks', 'discoverTasks']);
  });

  it('of a delete names the id to evict once the job is gone, with its incarnation', async () => {
    const remove = 'mutation($input: DeleteJobInput!) { deleteJob(input: $input) { deletedJobId task { state } } }';
    const { id } = rig.world('one').addJob('a');
    const task = (state: 'RUNNING' | 'SUCCEEDED' | 'FAILED') => ({ ...toyTask('one', 't', { state }), revision: 1 });
    for (const [state, expected] of [
      ['RUNNING', null],
      ['FAILED', null],
      ['SUCCEEDED', id],
    ] as const) {
      rig.verbs.answer = () => ({ job: null, task: task(state), errors: [] });
      expect(await payloadOf(remove, { jobId: 'job:one:a' })).toEqual({ deletedJobId: expected, task: { state } });
      expect(await payloadOf(remove, { jobId: id })).toMatchObject({ deletedJobId: expected });
    }
    expect(await payloadOf(remove, { jobId: 'nonsense' })).toEqual({ deletedJobId: null, task: null });
  });

  it('of a delete does not depend on reading the job before', async () => {
    rig.world('one').failing.set('*', new VigilError('BACKEND_UNAVAILABLE', 'down', { backend: 'one' }));
    rig.verbs.answer = () => ({ job: null, task: { ...toyTask('one', 't', { state: 'SUCCEEDED' }), revision: 1 }, errors: [] });
    const payload = await payloadOf('mutation($input: DeleteJobInput!) { deleteJob(input: $input) { deletedJobId } }', {
      jobId: 'job:one:a',
    });
    expect(payload).toEqual({ deletedJobId: 'job:one:a' });
  });
});

interface BulkPayload {
  readonly results: readonly (Payload & { readonly jobId: string })[];
  readonly errors: readonly Failure[];
}

describe('a verb on many jobs', () => {
  it('gives one outcome for each distinct id, in the order given', async () => {
    const b = revised(rig.world('one').addJob('b'));
    rig.verbs.answer = (jobId) =>
      jobId === 'job:one:b'
        ? { job: b, task: null, errors: [] }
        : { job: null, task: null, errors: [new VigilError('NOT_FOUND', 'none', { path: ['input', 'jobId'] })] };
    const { results, errors } = await payloadOf<BulkPayload>(closeMany, {
      jobIds: ['job:one:b', 'job:two:c', 'job:one:b', 'nonsense', 'job:nope:x'],
    });
    expect(errors).toEqual([]);
    expect(results.map(({ jobId, job, errors: each }) => [jobId, job !== null, ...places(each)])).toEqual([
      ['job:one:b', true],
      ['job:two:c', false, 'NotFoundError input.jobIds.1'],
      ['nonsense', false, 'InvalidInputError input.jobIds.3'],
      ['job:nope:x', false, 'NotFoundError input.jobIds.4'],
    ]);
    expect(rig.verbs.asked.map(({ ids }) => ids)).toEqual([['job:one:b', 'job:two:c']]);
  });

  it('sends nothing when no id is good', async () => {
    const { results } = await payloadOf<BulkPayload>(resetMany, { jobIds: ['x'] });
    expect(results).toMatchObject([{ jobId: 'x', errors: [{ code: 'INVALID_INPUT' }] }]);
    expect(rig.verbs.asked).toEqual([]);
  });

  it('passes on its switches', async () => {
    await payloadOf(resetMany, { jobIds: ['job:one:a'], closeFirst: true, force: true, waitMs: 5, idempotencyKey: key });
    expect(rig.verbs.asked).toMatchObject([
      { request: { action: 'RESET_JOB', closeFirst: true, force: true }, options: { waitMs: 5, idempotencyKey: key } },
    ]);
  });

  it.each([
    [resetMany, { jobIds: [] }, 'InvalidInputError input.jobIds'],
    [resetMany, { jobIds: Array.from({ length: 501 }, (_, index) => `job:one:${index}`) }, 'InvalidInputError input.jobIds'],
    [resetMany, { jobIds: ['job:one:a'], force: true }, 'InvalidInputError input.force'],
    [resetMany, { jobIds: ['job:one:a'], waitMs: -1 }, 'InvalidInputError input.waitMs'],
    [closeMany, { jobIds: [] }, 'InvalidInputError input.jobIds'],
    [closeMany, {}, 'InvalidInputError input'],
    [closeMany, { jobIds: null, expression: null }, 'InvalidInputError input'],
    [
      closeMany,
      { jobIds: ['job:one:a'], expression: { backendId: 'backend:one', expression: '_all' } },
      'InvalidInputError input.expression',
    ],
    [closeMany, { expression: { backendId: 'backend:one', expression: ' ' } }, 'InvalidInputError input.expression.expression'],
    [
      closeMany,
      { expression: { backendId: 'backend:one', expression: 'a', allowNoMatch: true, allowNoJobs: false } },
      'InvalidInputError input.expression.allowNoJobs',
    ],
    [closeMany, { expression: { backendId: 'one', expression: 'a' } }, 'InvalidInputError input.expression.backendId'],
    [closeMany, { expression: { backendId: 'backend:nope', expression: 'a' } }, 'NotFoundError input.expression.backendId'],
    [closeMany, { jobIds: ['job:one:a'], timeoutMs: -3 }, 'InvalidInputError input.timeoutMs'],
  ])('is refused as a whole: %#', async (source, input, expected) => {
    const { results, errors } = await payloadOf<BulkPayload>(source, input);
    expect([results, places(errors)]).toEqual([[], [expected]]);
    expect(rig.verbs.asked).toEqual([]);
  });
});

describe('a vendor’s expression', () => {
  const ids = (...names: string[]): readonly GlobalId[] => names.map((name) => parseId(`job:one:${name}`));

  it('is expanded once; each job it names gets its own outcome', async () => {
    rig.verbs.expanded = () => ids('a', 'b');
    const { results } = await payloadOf<BulkPayload>(closeMany, {
      expression: { backendId: 'backend:one', expression: 'web-*,ops' },
      force: true,
    });
    expect(results.map(({ jobId }) => jobId)).toEqual(['job:one:a', 'job:one:b']);
    expect(rig.verbs.asked.map((each) => [each.request, each.ids])).toEqual([
      ['EXPAND', ['one', '{"expression":"web-*,ops"}']],
      [{ action: 'CLOSE_JOB', force: true }, ['job:one:a', 'job:one:b']],
    ]);
  });

  it.each([
    [{ allowNoMatch: false }, false],
    [{ allowNoJobs: false }, false],
    [{ allowNoMatch: true, allowNoJobs: true }, true],
    [{ allowNoMatch: null, allowNoJobs: true }, true],
  ])('says with %j whether matching nothing is fine', async (given, allowNoMatch) => {
    await payloadOf(closeMany, { expression: { backendId: 'backend:one', expression: 'x', ...given } });
    expect(rig.verbs.asked[0]?.ids[1]).toBe(JSON.stringify({ expression: 'x', allowNoMatch }));
  });

  it('that names nothing touches nothing', async () => {
    expect(await payloadOf(closeMany, { expression: { backendId: 'backend:one', expression: 'x*' } })).toEqual({ results: [], errors: [] });
    expect(rig.verbs.asked).toHaveLength(1);
  });

  it.each([
    [new VigilError('NOT_FOUND', 'No job matches.'), 'NotFoundError input.expression.expression'],
    [new VigilError('BACKEND_UNAVAILABLE', 'down'), 'BackendUnavailableError input.expression.expression'],
  ])('that cannot be expanded is an error of the request: %s', async (error, expected) => {
    rig.verbs.expanded = () => {
      throw error;
    };
    const { results, errors } = await payloadOf<BulkPayload>(closeMany, { expression: { backendId: 'backend:one', expression: 'x' } });
    expect([results, places(errors)]).toEqual([[], [expected]]);
  });

  it('that names too many is refused before any is touched', async () => {
    rig.verbs.expanded = () => ids(...Array.from({ length: 5_001 }, (_, index) => `j${index}`));
    const { errors } = await payloadOf<BulkPayload>(closeMany, { expression: { backendId: 'backend:one', expression: '_all' } });
    expect(places(errors)).toEqual(['InvalidInputError input.expression.expression']);
    expect(rig.verbs.asked).toHaveLength(1);
  });
});

describe('cancelTask', () => {
  const cancel =
    `mutation($input: CancelTaskInput!) { cancelTask(input: $input) { task { id state } errors { ...Facts } } } ${verb}`.replace(
      /fragment Verb[\s\S]*?\n {2}\}\n/,
      '',
    );

  it('hands back the task as it is', async () => {
    const task = { ...toyTask('one', 't1', { state: 'CANCELLED' }), revision: 3 };
    rig.verbs.cancelled = () => ({ task, errors: [] });
    expect(await payloadOf(cancel, { taskId: task.id, idempotencyKey: key })).toEqual({
      task: { id: task.id, state: 'CANCELLED' },
      errors: [],
    });
    expect(rig.verbs.asked).toMatchObject([
      { request: 'CANCEL', ids: [task.id], options: { idempotencyKey: key, path: ['input', 'taskId'] } },
    ]);
  });

  it('says why not', async () => {
    rig.verbs.cancelled = () => ({ task: null, errors: [new VigilError('UNSUPPORTED', 'It has no brakes.', { supported: ['OPEN_JOB'] })] });
    expect(await payloadOf(cancel, { taskId: 'task:one:t1' })).toMatchObject({
      task: null,
      errors: [{ __typename: 'UnsupportedActionError', action: 'CANCEL_TASK', supported: ['OPEN_JOB'] }],
    });
  });

  it.each([
    ['job:one:a', 'InvalidInputError input.taskId'],
    ['?', 'InvalidInputError input.taskId'],
    ['task:nope:t', 'NotFoundError input.taskId'],
  ])('of "%s" is refused before anything is sent', async (taskId, expected) => {
    expect(places((await payloadOf(cancel, { taskId })).errors)).toEqual([expected]);
    expect(rig.verbs.asked).toEqual([]);
  });
});
