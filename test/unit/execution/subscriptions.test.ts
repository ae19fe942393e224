import type { ExecutionResult } from 'graphql';
import { describe, expect, it } from 'vitest';
import { VigilError } from '../../../src/errors.js';
import { codes, harness, isStream, messages, type Resolver, seen } from './harness.js';

const query = 'subscription { ticks { number context } }';

/** A source that gives what it is told, and says when it was ended. */
const createSource = () => {
  const events: unknown[] = [];
  const waiting: ((result: IteratorResult<unknown>) => void)[] = [];
  let returned = 0;
  const source: AsyncIterableIterator<unknown> = {
    next: () =>
      new Promise((resolve) => {
        if (events.length > 0) resolve({ done: false, value: events.shift() });
        else waiting.push(resolve);
      }),
    return: async () => {
      returned += 1;
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
  return {
    source,
    returned: () => returned,
    emit: (event: unknown) => {
      const next = waiting.shift();
      if (next) next({ done: false, value: event });
      else events.push(event);
    },
  };
};

const streamOf = async (ticks: Resolver, more: Record<string, Resolver> = {}) => {
  const made = harness({ 'Subscription.ticks': ticks, ...more });
  const stream = await made.subscribe(query);
  if (!isStream(stream)) throw new TypeError(`no stream: ${JSON.stringify(stream)}`);
  return { ...made, stream };
};

const collect = async (stream: AsyncIterableIterator<ExecutionResult>): Promise<ExecutionResult[]> => {
  const all: ExecutionResult[] = [];
  for await (const each of stream) all.push(seen(each));
  return all;
};

describe('subscriptions', () => {
  it('give one result per event and end with the source', async () => {
    const { stream } = await streamOf(async function* () {
      yield { number: 1 };
      yield { number: 2 };
    });
    expect(await collect(stream)).toEqual([
      { data: { ticks: { number: 1, context: null } } },
      { data: { ticks: { number: 2, context: null } } },
    ]);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('make one context for the source and a fresh one for each event', async () => {
    let sourceContext = '';
    const { stream } = await streamOf(
      async function* (_source, _args, context) {
        sourceContext = context.requestId;
        yield { number: 1 };
        yield { number: 2 };
      },
      { 'Tick.context': (_source, _args, context) => context.requestId },
    );
    expect((await collect(stream)).map((each) => each.data?.ticks)).toEqual([
      { number: 1, context: 'req-2' },
      { number: 2, context: 'req-3' },
    ]);
    expect(sourceContext).toBe('req-1');
  });

  it('pass arguments to the source', async () => {
    const { subscribe } = harness({
      'Subscription.ticks': async function* (_source, { upTo }) {
        yield { number: upTo };
      },
    });
    const stream = await subscribe('subscription S($n: Int) { ticks(upTo: $n) { number } }', { n: 7 });
    if (!isStream(stream)) throw new TypeError('no stream');
    expect(await collect(stream)).toEqual([{ data: { ticks: { number: 7 } } }]);
  });

  it('end the source at once while a next is pending, and that next as well', async () => {
    const { source, returned, emit } = createSource();
    const { stream } = await streamOf(() => source);
    const pending = [stream.next(), stream.next()];
    expect(await stream.return?.()).toEqual({ done: true, value: undefined });
    expect(returned()).toBe(1);
    expect(await Promise.all(pending)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    emit({ number: 1 });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('end without waiting for a generator that waits for something that never comes', async () => {
    const { stream } = await streamOf(async function* () {
      yield { number: 1 };
      await new Promise(() => undefined);
    });
    await stream.next();
    const pending = stream.next();
    await stream.return?.();
    expect(await pending).toEqual({ done: true, value: undefined });
  });

  it('end the source once, however often they are ended', async () => {
    const { source, returned } = createSource();
    const { stream } = await streamOf(() => source);
    await Promise.all([stream.return?.(), stream.return?.()]);
    await stream.return?.();
    expect(returned()).toBe(1);
  });

  it('drop an event that is being answered when they are ended', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let begun = (): void => undefined;
    const started = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const { source, emit } = createSource();
    const { stream } = await streamOf(() => source, {
      'Tick.context': async () => {
        begun();
        await held;
        return 'late';
      },
    });
    const pending = stream.next();
    emit({ number: 1 });
    await started;
    await stream.return?.();
    release();
    expect(await pending).toEqual({ done: true, value: undefined });
  });

  it('keep the order of events for a reader that asks ahead', async () => {
    const { source, emit } = createSource();
    const { stream } = await streamOf(() => source, {
      'Tick.context': async (tick) => {
        if ((tick as { number: number }).number === 1) await new Promise((resolve) => setImmediate(resolve));
        return null;
      },
    });
    const pending = [stream.next(), stream.next(), stream.next()];
    for (const number of [1, 2, 3]) emit({ number });
    expect((await Promise.all(pending)).map((each) => each.value?.data?.ticks.number)).toEqual([1, 2, 3]);
  });

  it('go on after an event that fails', async () => {
    const { stream } = await streamOf(
      async function* () {
        yield { number: 1 };
        yield { number: 2 };
      },
      {
        'Tick.context': (tick) => {
          if ((tick as { number: number }).number === 1) throw new VigilError('TIMEOUT', 'too slow');
          return 'fine';
        },
      },
    );
    const [first, second] = await collect(stream);
    expect(first).toMatchObject({
      errors: [{ message: 'too slow', path: ['ticks', 'context'], extensions: { code: 'TIMEOUT', requestId: 'req-2' } }],
    });
    expect(second).toEqual({ data: { ticks: { number: 2, context: 'fine' } } });
  });

  it('turn a source that throws into one last error and the end', async () => {
    const { stream, logged } = await streamOf(async function* () {
      yield { number: 1 };
      throw new TypeError('hunter2');
    });
    const [first, second, ...rest] = await collect(stream);
    expect(first?.errors).toBeUndefined();
    expect(second).toEqual({
      errors: [{ message: expect.not.stringContaining('hunter2'), extensions: { code: 'INTERNAL', retryable: false, requestId: 'req-1' } }],
    });
    expect(rest).toEqual([]);
    expect(logged()).toContain('hunter2');
  });

  it('end every reader when the source throws, and let it clean up', async () => {
    let returned = 0;
    const { stream } = await streamOf(() => ({
      next: () => Promise.reject(new VigilError('BACKEND_UNAVAILABLE', 'gone')),
      return: async () => {
        returned += 1;
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    }));
    const [first, second] = await Promise.all([stream.next(), stream.next()]);
    expect(first?.value?.errors?.[0]?.message).toBe('gone');
    expect(second).toEqual({ done: true, value: undefined });
    expect(returned).toBe(1);
  });

  it('log a source that fails to clean up, and end all the same', async () => {
    for (const fail of [
      () => Promise.reject(new TypeError('stuck')),
      () => {
        throw new TypeError('stuck');
      },
    ]) {
      const { stream, logged } = await streamOf(() => ({
        next: () => new Promise(() => undefined),
        return: fail,
        [Symbol.asyncIterator]() {
          return this;
        },
      }));
      expect(await stream.return?.()).toEqual({ done: true, value: undefined });
      await new Promise((resolve) => setImmediate(resolve));
      expect(logged()).toContain('stuck');
    }
  });

  it('need no return of the source', async () => {
    const { stream } = await streamOf(() => ({
      next: () => new Promise(() => undefined),
      [Symbol.asyncIterator]() {
        return this;
      },
    }));
    const pending = stream.next();
    await stream.return?.();
    expect((await pending).done).toBe(true);
  });

  it('end with one error when no context can be made for an event', async () => {
    const { executor } = harness({
      'Subscription.ticks': async function* () {
        yield { number: 1 };
        yield { number: 2 };
      },
    });
    let made = 0;
    const stream = await executor.subscribe({ query }, () => {
      made += 1;
      if (made > 1) throw new TypeError('no more contexts');
      return { requestId: 'only' };
    });
    if (!isStream(stream)) throw new TypeError('no stream');
    const results = await collect(stream);
    expect(results.map(codes)).toEqual([['INTERNAL']]);
  });

  it.each<[string, Resolver, string]>([
    [
      'throws a catalogue error',
      () => {
        throw new VigilError('NOT_FOUND', 'no such task');
      },
      'NOT_FOUND',
    ],
    [
      'throws an unknown error',
      () => {
        throw new TypeError('hunter2');
      },
      'INTERNAL',
    ],
    ['gives no stream', () => 'not a stream', 'INTERNAL'],
  ])('cannot begin when the source %s', async (_name, ticks, code) => {
    const result = await harness({ 'Subscription.ticks': ticks }).subscribe(query);
    if (isStream(result)) throw new TypeError('it began');
    expect(codes(result)).toEqual([code]);
    expect(JSON.stringify(result)).not.toContain('hunter2');
    expect(result.data).toBeUndefined();
  });

  it.each([
    ['of bad syntax', 'subscription { ticks {'],
    ['that are not valid', 'subscription { ticks { nothing } }'],
    ['with two root fields', 'subscription { a: ticks { number } b: ticks { number } }'],
    ['beyond a limit', `subscription { ticks { job ${'{ parent '.repeat(8)}{ id }${' }'.repeat(8)} } }`],
    ['that lack a variable', 'subscription S($n: Int!) { ticks(upTo: $n) { number } }'],
  ])('%s cannot begin', async (_name, text) => {
    let asked = false;
    const result = await harness({
      'Subscription.ticks': () => {
        asked = true;
        return createSource().source;
      },
    }).subscribe(text);
    if (isStream(result)) throw new TypeError('it began');
    expect(codes(result)).toEqual(['INVALID_INPUT']);
    expect(messages(result)).toHaveLength(1);
    expect(asked).toBe(false);
  });
});
