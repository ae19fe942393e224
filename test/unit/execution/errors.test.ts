import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { VigilError } from '../../../src/errors.js';
import { codes, harness, messages, seen } from './harness.js';

const throwing = (error: unknown) => () => {
  throw error;
};

describe('errors a client sees', () => {
  it('show the code and the facts of a catalogue error, in one order', async () => {
    const error = new VigilError('BACKEND_UNAVAILABLE', 'es-prod does not answer.', {
      backend: 'es-prod',
      vendor: 'ELASTICSEARCH_ML',
      httpStatus: 503,
      retryAfterMs: 2000,
      outcomeUnknown: true,
      cause: new TypeError('connect ECONNREFUSED https://user:pw@es:9200'),
    });
    const { run, logged } = harness({ 'Query.job': throwing(error) });
    const text = JSON.stringify(await run('{ job(id: "1") { id } }'));
    expect(text).toBe(
      '{"errors":[{"message":"es-prod does not answer.","locations":[{"line":1,"column":3}],"path":["job"],"extensions":{"code":"BACKEND_UNAVAILABLE",' +
        '"backend":"es-prod","vendor":"ELASTICSEARCH_ML","httpStatus":503,"retryable":true,"retryAfterMs":2000,"outcomeUnknown":true,"requestId":"req-1"}}],"data":{"job":null}}',
    );
    expect(logged()).toContain('ECONNREFUSED');
  });

  it.each([
    ['missing privileges', new VigilError('FORBIDDEN', 'x', { missing: ['manage_ml'] }), { missing: ['manage_ml'] }],
    ['the place in the input', new VigilError('INVALID_INPUT', 'x', { path: ['input', 'jobId'] }), { path: ['input', 'jobId'] }],
    ["the vendor's words", new VigilError('REFUSED', 'x', { vendorMessage: 'no' }), { vendorMessage: 'no' }],
    [
      'what would be accepted',
      new VigilError('UNSUPPORTED', 'x', { action: 'OPEN_JOB', supported: ['CLOSE_JOB'] }),
      { action: 'OPEN_JOB', supported: ['CLOSE_JOB'] },
    ],
    ['the task in the way', new VigilError('CONFLICT', 'x', { taskId: 'task:es:1' }), { taskId: 'task:es:1', retryable: true }],
    ['an own answer to retryable', new VigilError('CONFLICT', 'x', { retryable: false }), { retryable: false }],
  ])('show %s', async (_name, error, facts) => {
    const { run } = harness({ 'Query.fail': throwing(error) });
    expect(seen(await run('{ fail }')).errors?.[0]?.extensions).toEqual({
      code: error.code,
      retryable: error.retryable,
      requestId: 'req-1',
      ...facts,
    });
  });

  it.each([
    ['an unknown error', new TypeError('password=hunter2 at /srv/app')],
    ['a text', 'hunter2'],
    ['nothing', undefined],
    ['an error of graphql-js that no client caused', new GraphQLError('hunter2', { extensions: { code: 'SECRET', stacktrace: ['x'] } })],
  ])('show %s as INTERNAL with the request id, and nothing of its text', async (_name, thrown) => {
    const { run, logged } = harness({ 'Query.fail': throwing(thrown) });
    const result = seen(await run('{ fail }'));
    expect(result).toEqual({
      errors: [
        {
          message: 'The gateway met a fault of its own; its log has the cause under this request id.',
          locations: [{ line: 1, column: 3 }],
          path: ['fail'],
          extensions: { code: 'INTERNAL', retryable: false, requestId: 'req-1' },
        },
      ],
      data: { fail: null },
    });
    const line = JSON.parse(logged());
    expect(line).toMatchObject({ level: 50, requestId: 'req-1', fieldPath: 'fail' });
    if (thrown !== undefined) expect(logged()).toContain('hunter2');
  });

  it('never carry a stack or a cause, however they are printed', async () => {
    const { run } = harness({ 'Query.fail': throwing(new TypeError('hunter2')) });
    const error = (await run('{ fail }')).errors?.[0];
    expect(error?.originalError).toBeUndefined();
    expect(error?.stack).not.toContain('hunter2');
    expect(JSON.stringify({ ...error, ...error?.toJSON() })).not.toMatch(/stack|hunter2/);
  });

  it('show null in a non-null field as a fault of ours', async () => {
    expect(codes(await harness({ 'Query.strict': () => null }).run('{ strict }'))).toEqual(['INTERNAL']);
  });

  it('show a value that cannot be written as a fault of ours', async () => {
    expect(codes(await harness({ 'Query.hello': () => ({ not: 'text' }) }).run('{ hello }'))).toEqual(['INTERNAL']);
  });

  it('show null in a variable for a non-null argument as invalid input, though it is found only when running', async () => {
    const { run } = harness({ 'Query.hello': () => 'x' });
    const result = await run('query Q($l: Boolean = true) { hello(loud: $l) }', { l: null });
    expect(codes(result)).toEqual(['INVALID_INPUT']);
    expect(messages(result)[0]).toContain('"loud"');
  });

  it('are listed by path, whoever failed first', async () => {
    const later = (ms: number, name: string) =>
      new Promise((_resolve, reject) => setTimeout(() => reject(new VigilError('TIMEOUT', name)), ms));
    const { run } = harness({
      'Query.row': () => Array.from({ length: 12 }, (_each, id) => ({ id })),
      'Job.broken': (source) => later(12 - Number((source as { id: number }).id), String((source as { id: number }).id)),
      'Query.fail': throwing(new VigilError('TIMEOUT', 'fail')),
    });
    const result = await run('{ row { broken } fail }');
    expect(messages(result)).toEqual(['fail', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11']);
    expect(Object.keys(result)).toEqual(['errors', 'data']);
  });
});

describe('variables', () => {
  const query = 'query Q($id: ID!, $n: Int) { job(id: $id) { tasks(first: $n) { id } } }';

  it('are refused by name and before anything runs', async () => {
    let ran = false;
    const { run } = harness({
      'Query.job': () => {
        ran = true;
        return null;
      },
    });
    const result = seen(await run(query, { n: 'many' }));
    expect(messages(result)).toEqual([
      'Variable "$id" of required type "ID!" was not provided.',
      'Variable "$n" got invalid value "many"; Int cannot represent non-integer value: "many"',
    ]);
    expect(codes(result)).toEqual(['INVALID_INPUT', 'INVALID_INPUT']);
    expect(result.data).toBeUndefined();
    expect(ran).toBe(false);
  });

  it('that are wrong a thousand times give a bounded number of errors', async () => {
    const result = await harness().run('query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids: Array.from({ length: 1000 }, () => null),
    });
    expect(messages(result).length).toBeLessThanOrEqual(11);
    expect(messages(result).at(-1)).toContain('error limit reached');
  });

  it('are not echoed at any length', async () => {
    const [message = ''] = messages(await harness().run(query, { id: '1', n: 'x'.repeat(100_000) }));
    expect(message.length).toBeLessThanOrEqual(1001);
  });

  it('suggest no field names when introspection is off', async () => {
    const mutation = 'mutation M($i: CloseJobsInput!) { closeJobs(input: $i) { results { id } } }';
    const variables = { i: { jobIdz: [] } };
    expect(messages(await harness().run(mutation, variables))[0]).toContain('Did you mean "jobIds"');
    expect(messages(await harness({}, { introspection: false }).run(mutation, variables))[0]).not.toContain('Did you mean');
  });

  it('that nobody declared are ignored', async () => {
    const { run } = harness({ 'Query.hello': () => 'x' });
    expect(seen(await run('{ hello }', { other: 1 }))).toEqual({ data: { hello: 'x' } });
  });
});
