import type { Client, FormattedExecutionResult, Sink, SubscribePayload } from 'graphql-ws';
import { describe, expect, it } from 'vitest';
import { resumable } from '../../../src/client/index.js';

/** Keeps what graphql-ws would send again after each reconnect: the payload object it was given. */
const createRecorder = () => {
  const seen: { payload: SubscribePayload; sink: Sink<FormattedExecutionResult> }[] = [];
  const client = resumable<Pick<Client, 'subscribe'>>({
    subscribe: (payload, sink) => {
      seen.push({ payload, sink: sink as unknown as Sink<FormattedExecutionResult> });
      return () => undefined;
    },
  });
  const subscribe = (payload: SubscribePayload, sink: Partial<Sink<FormattedExecutionResult<Record<string, unknown>>>> = {}) => {
    client.subscribe<Record<string, unknown>, unknown>(payload, {
      next: () => undefined,
      error: () => undefined,
      complete: () => undefined,
      ...sink,
    });
    const last = seen.at(-1);
    if (!last) throw new TypeError('nothing was subscribed');
    return { sent: () => JSON.parse(JSON.stringify(last.payload)) as SubscribePayload, sink: last.sink };
  };
  return { subscribe };
};

describe('a resumable graphql-ws client', () => {
  it('sends the payload as it is the first time', () => {
    const { sent } = createRecorder().subscribe({ query: 'subscription { a }', variables: { x: 1 } });
    expect(sent()).toEqual({ query: 'subscription { a }', variables: { x: 1 }, extensions: {} });
  });

  it('sends the last cursor the next time, beside other extensions', () => {
    const { sent, sink } = createRecorder().subscribe({ query: 'subscription { a }', extensions: { trace: 't', vigil: { other: 1 } } });
    sink.next({ data: {}, extensions: { vigil: { cursor: 'c1' } } });
    sink.next({ data: {}, extensions: { vigil: { cursor: 'c2' } } });
    sink.next({ data: {} });
    expect(sent().extensions).toEqual({ trace: 't', vigil: { other: 1, after: 'c2' } });
  });

  it('leaves the payload it was given alone, and keeps views apart', () => {
    const recorder = createRecorder();
    const payload = { query: 'subscription { a }', extensions: {} };
    const first = recorder.subscribe(payload);
    const second = recorder.subscribe(payload);
    first.sink.next({ data: {}, extensions: { vigil: { cursor: 'c1' } } });
    expect(payload.extensions).toEqual({});
    expect(second.sent().extensions).toEqual({});
  });

  it.each([[undefined], [null], [{}], [{ vigil: null }], [{ vigil: { cursor: 7 } }]])(
    'passes events with the extensions %o on unchanged',
    (extensions) => {
      const results: unknown[] = [];
      const { sent, sink } = createRecorder().subscribe({ query: 'subscription { a }' }, { next: (result) => results.push(result) });
      const result = { data: {}, extensions: extensions as Record<string, unknown> };
      sink.next(result);
      expect(results).toEqual([result]);
      expect(sent().extensions).toEqual({});
    },
  );

  it('calls the sink as a method: observers of libraries are classes', () => {
    class Observer {
      readonly heard: unknown[] = [];
      next(value: unknown) {
        this.heard.push(value);
      }
      error(reason: unknown) {
        this.heard.push(reason);
      }
      complete() {
        this.heard.push('complete');
      }
    }
    const observer = new Observer();
    let given: Sink<FormattedExecutionResult> | undefined;
    resumable<Pick<Client, 'subscribe'>>({
      subscribe: (_payload, sink) => {
        given = sink as unknown as Sink<FormattedExecutionResult>;
        return () => undefined;
      },
    }).subscribe<Record<string, unknown>, unknown>({ query: 'subscription { a }' }, observer);
    given?.next({ data: { a: 1 } });
    given?.error('broken');
    given?.complete();
    expect(observer.heard).toEqual([{ data: { a: 1 } }, 'broken', 'complete']);
  });
});

describe('a page that is asked for again when its stream begins anew', () => {
  const begin = () => {
    const heard: unknown[] = [];
    const pages: { readonly name: unknown; readonly answer: () => void; readonly fail: (error: Error) => void }[] = [];
    let given: Sink<FormattedExecutionResult<Record<string, unknown>>> | undefined;
    const client = resumable<Pick<Client, 'subscribe'>>(
      {
        subscribe: (_payload, sink) => {
          given = sink as unknown as typeof given;
          return () => void heard.push('unsubscribed');
        },
      },
      {
        onReset: ({ operationName }) =>
          operationName === 'Snapshot'
            ? undefined
            : new Promise((resolve, reject) => {
                pages.push({ name: operationName, answer: () => resolve(undefined), fail: reject });
              }),
      },
    );
    const subscribe = (operationName: string) =>
      client.subscribe<Record<string, unknown>, unknown>(
        { query: 'subscription { a }', operationName },
        { next: ({ data }) => heard.push(data?.list), error: (error) => heard.push(error), complete: () => heard.push('complete') },
      );
    const say = (name: string, reset = false) => given?.next({ data: { list: { name, reset } } });
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    const names = () => heard.map((each) => (typeof each === 'object' && each !== null && 'name' in each ? each.name : each));
    return { subscribe, say, names, pages, settled, sink: () => given };
  };

  it('is told of the reset at once, and of what comes after it when it is there, in order', async () => {
    const { subscribe, say, names, pages, settled, sink } = begin();
    subscribe('JobListLive');
    say('before');
    say('reset', true);
    say('one');
    say('two');
    sink()?.complete();
    expect([names(), pages.map(({ name }) => name)]).toEqual([['before', 'reset'], ['JobListLive']]);
    pages[0]?.answer();
    await settled();
    expect(names()).toEqual(['before', 'reset', 'one', 'two', 'complete']);
  });

  it('is asked for once more by a reset among what was held back, before the rest', async () => {
    const { subscribe, say, names, pages, settled } = begin();
    subscribe('JobListLive');
    for (const name of ['reset', 'one', 'reset again', 'two']) say(name, name.startsWith('reset'));
    pages[0]?.answer();
    await settled();
    expect([names(), pages.length]).toEqual([['reset', 'one', 'reset again'], 2]);
    pages[1]?.answer();
    await settled();
    expect(names().at(-1)).toBe('two');
  });

  it('that cannot be had holds the stream up no longer', async () => {
    const { subscribe, say, names, pages, settled } = begin();
    subscribe('JobListLive');
    say('reset', true);
    say('one');
    pages[0]?.fail(new TypeError('gone'));
    await settled();
    expect(names()).toEqual(['reset', 'one']);
  });

  it('is not waited for where there is none', () => {
    const { subscribe, say, names } = begin();
    subscribe('Snapshot');
    say('reset', true);
    say('one');
    expect(names()).toEqual(['reset', 'one']);
  });

  it('is nobody’s business who has left: what was held back is not told', async () => {
    const { subscribe, say, names, pages, settled } = begin();
    const leave = subscribe('JobListLive');
    say('reset', true);
    say('one');
    leave();
    pages[0]?.answer();
    await settled();
    expect(names()).toEqual(['reset', 'unsubscribed']);
  });
});
