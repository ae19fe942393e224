import diagnostics from 'node:diagnostics_channel';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { openRaw, post, until } from './support/http.js';
import { startToyServer } from './support/toy-server.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const ask = (query: string): string => {
  const body = JSON.stringify({ query });
  return `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
};
const count = (text: string, part: string): number => text.split(part).length - 1;

/** Weak references to every response that servers of this process begin while `work` runs. */
const responsesDuring = async (work: () => Promise<void>): Promise<readonly WeakRef<object>[]> => {
  const seen: WeakRef<object>[] = [];
  const note = (message: unknown): void => {
    if (typeof message === 'object' && message !== null && 'response' in message) seen.push(new WeakRef(Object(message.response)));
  };
  diagnostics.subscribe('http.server.request.start', note);
  await work();
  diagnostics.unsubscribe('http.server.request.start', note);
  return seen;
};

describe('requests that come before the last one is answered', () => {
  it('are answered one after the other, in order', async () => {
    await using toy = await startToyServer();
    const raw = await openRaw(toy.server.port);
    raw.write(ask('{ slow }') + ask('{ hello }') + ask('{ slow }') + get('/health/live'));
    await until(() => toy.state.began.length === 1, 'the first');
    await fetch(`${toy.url}/health/live`);
    expect(toy.state.began).toEqual(['slow']);
    expect(raw.received()).toBe('');
    toy.state.gate.open();
    await until(() => count(raw.received(), 'HTTP/1.1 200') === 4, 'four answers');
    expect([...raw.received().matchAll(/slow is done|hello world|"live"/g)].map(String)).toEqual([
      'slow is done',
      'hello world',
      'slow is done',
      '"live"',
    ]);
    raw.socket.destroy();
  });

  it('are read when it is their turn, however large', async () => {
    await using toy = await startToyServer();
    const raw = await openRaw(toy.server.port);
    const large = ask(`{ hello } # ${'x'.repeat(400_000)}`);
    raw.write(ask('{ slow }') + large + large + large);
    await until(() => toy.state.began.length === 1, 'the first');
    toy.state.gate.open();
    await until(() => count(raw.received(), 'HTTP/1.1 200') === 4, 'four answers');
    raw.socket.destroy();
  });

  it('and are too many cut the connection', async () => {
    await using toy = await startToyServer();
    const raw = await openRaw(toy.server.port);
    raw.write(ask('{ slow }') + get('/health/live').repeat(500));
    await raw.closed;
    await until(() => toy.state.aborted.includes('slow'), 'the end of the first');
    expect(raw.received()).toBe('');
    expect((await post(toy.graphql, { query: '{ hello }' })).status).toBe(200);
  });

  it('are forgotten when their client hangs up', async () => {
    await using toy = await startToyServer();
    const responses = await responsesDuring(async () => {
      const raw = await openRaw(toy.server.port);
      raw.socket.pause();
      raw.write(ask('{ slow }') + get('/').repeat(40));
      await until(() => toy.state.began.length === 1, 'the first');
      await fetch(`${toy.url}/health/live`);
      raw.socket.destroy();
      await raw.closed;
      await until(() => toy.state.aborted.includes('slow'), 'the end of the first');
    });
    expect(responses.length).toBeGreaterThan(40);
    await until(() => {
      collectGarbage();
      return responses.every((each) => each.deref() === undefined);
    }, 'nothing being kept');
  });

  it('are all answered when a stop begins', async () => {
    const toy = await startToyServer();
    const raw = await openRaw(toy.server.port);
    raw.write(ask('{ slow }') + get('/health/live'));
    await until(() => toy.state.began.length === 1, 'the first');
    await fetch(`${toy.url}/health/live`);
    const stopped = toy.server.stop();
    toy.state.gate.open();
    const answers = await raw.closed;
    expect(answers).toContain('slow is done');
    expect(answers).toContain('"live":true');
    await stopped;
  });
});

describe('an HTTP client that reads nothing', () => {
  it('is cut, and what waited for it is given up', async () => {
    await using toy = await startToyServer({ timing: { stalledTimeoutMs: 100 } });
    const raw = await openRaw(toy.server.port);
    raw.socket.pause();
    raw.write(ask('{ big(bytes: 50000000) }').repeat(3));
    await until(() => toy.log.some((line) => line.msg === 'request'), 'the cut');
    raw.socket.resume();
    expect((await raw.closed).length).toBeLessThan(50_000_000);
    expect(toy.log.filter((line) => line.msg === 'request')).toHaveLength(1);
  });

  it('is waited for while it reads, though slowly', async () => {
    await using toy = await startToyServer({ timing: { stalledTimeoutMs: 300 } });
    const raw = await openRaw(toy.server.port);
    let size = 0;
    raw.socket.on('data', (chunk: string) => {
      size += chunk.length;
      raw.socket.pause();
      setTimeout(() => raw.socket.resume(), 1);
    });
    raw.write(ask('{ big(bytes: 30000000) }'));
    await until(() => size > 30_000_000, 'all of it');
    raw.socket.destroy();
  });

  it('because its answer is still being made is left in peace', async () => {
    await using toy = await startToyServer({ timing: { stalledTimeoutMs: 50 } });
    const raw = await openRaw(toy.server.port);
    raw.write(ask('{ slow }'));
    await until(() => toy.state.began.length === 1, 'the query');
    // A connection without a request is cut after the same time: once it is gone, the time of the other is up as well.
    const idle = await openRaw(toy.server.port);
    await idle.closed;
    toy.state.gate.open();
    await until(() => raw.received().includes('slow is done'), 'the answer');
    raw.socket.destroy();
  });
});
