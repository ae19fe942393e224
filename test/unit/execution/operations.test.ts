import { describe, expect, it } from 'vitest';
import { VigilError } from '../../../src/errors.js';
import { createExecutor } from '../../../src/execution/index.js';
import { codes, harness, isStream, messages, seen } from './harness.js';

describe('operations', () => {
  it('make one context each', async () => {
    const { run, contexts } = harness({ 'Query.hello': (_source, _args, context) => context.requestId });
    expect(seen(await run('{ a: hello b: hello }')).data).toEqual({ a: 'req-1', b: 'req-1' });
    expect(seen(await run('{ hello }')).data).toEqual({ hello: 'req-2' });
    expect(contexts()).toBe(2);
  });

  it('do not throw when no context can be made', async () => {
    const { executor, logged, facts } = harness();
    const result = await executor.execute({ query: '{ hello }' }, () => {
      throw new TypeError('no context today');
    });
    expect(codes(result)).toEqual(['INTERNAL']);
    expect(logged()).toContain('no context today');
    expect(facts).toMatchObject([{ requestId: null, kind: null, errorCodes: ['INTERNAL'] }]);
  });

  it('that subscribe are refused where one answer is expected', async () => {
    const { run } = harness();
    const result = await run('subscription { ticks { number } }');
    expect(codes(result)).toEqual(['INVALID_INPUT']);
    expect(messages(result)[0]).toContain('WebSocket');
  });

  it('that do not subscribe are refused where a stream is expected', async () => {
    const { subscribe } = harness();
    const result = await subscribe('{ hello }');
    if (isStream(result)) throw new TypeError('a query gave a stream');
    expect(messages(result)).toEqual(['This operation is a query and not a subscription.']);
  });

  it('run the root fields of a mutation one after the other', async () => {
    const order: string[] = [];
    const { run } = harness({
      'Mutation.closeJob': async (_source, { id }) => {
        order.push(`begin ${id}`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`end ${id}`);
        return null;
      },
    });
    await run('mutation { a: closeJob(id: "1") { id } b: closeJob(id: "2") { id } }');
    expect(order).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2']);
  });
});

describe('what is told of operations', () => {
  it('is kind, name, root fields, codes and time, once each', async () => {
    const { run, facts } = harness({
      'Query.hello': () => 'x',
      'Query.fail': () => {
        throw new VigilError('NOT_FOUND', 'no');
      },
    });
    await run('query Greet { a: hello b: hello __typename fail }');
    await run('{ nothing }');
    await run('query Named($id: ID!) { job(id: $id) { id } }');
    expect(facts).toEqual([
      {
        requestId: 'req-1',
        kind: 'query',
        operationName: 'Greet',
        rootFields: ['hello', '__typename', 'fail'],
        errorCodes: ['NOT_FOUND'],
        durationMs: expect.any(Number),
      },
      {
        requestId: 'req-2',
        kind: null,
        operationName: null,
        rootFields: [],
        errorCodes: ['INVALID_INPUT'],
        durationMs: expect.any(Number),
      },
      {
        requestId: 'req-3',
        kind: 'query',
        operationName: 'Named',
        rootFields: ['job'],
        errorCodes: ['INVALID_INPUT'],
        durationMs: expect.any(Number),
      },
    ]);
  });

  it('is told of a subscription once, when it has begun', async () => {
    const { subscribe, facts } = harness({
      'Subscription.ticks': async function* () {
        yield { number: 1 };
      },
    });
    const stream = await subscribe('subscription Live { ticks { number } }');
    expect(facts).toMatchObject([{ kind: 'subscription', operationName: 'Live', rootFields: ['ticks'], errorCodes: [] }]);
    if (isStream(stream)) for await (const _each of stream);
    expect(facts).toHaveLength(1);
  });

  it('changes nothing when the listener throws', async () => {
    const { run, logged } = harness(
      { 'Query.hello': () => 'x' },
      {
        onOperation: () => {
          throw new TypeError('listener fell over');
        },
      },
    );
    expect(seen(await run('{ hello }'))).toEqual({ data: { hello: 'x' } });
    expect(logged()).toContain('listener fell over');
  });

  it('needs no listener', async () => {
    const { executor, createContext } = harness();
    const { pino } = await import('pino');
    const silent = createExecutor({
      schema: executor.schema,
      limits: { maxDepth: 5, maxAliases: 5, maxTokens: 100, maxRootFields: 5, maxCost: 100 },
      introspection: false,
      logger: pino({ level: 'silent' }),
    });
    expect(seen(await silent.execute({ query: '{ __typename }' }, createContext))).toEqual({ data: { __typename: 'Query' } });
  });
});
