import { describe, expect, it, vi } from 'vitest';
import { createBackoff } from '../../../src/client/backoff.js';
import { createEventQueue } from '../../../src/client/event-queue.js';

describe('an event queue', () => {
  it('gives what was pushed in order, also what came before its end', async () => {
    const queue = createEventQueue<number>(() => undefined);
    queue.push(1);
    queue.push(2);
    queue.end();
    queue.push(3);
    const seen: number[] = [];
    for await (const value of queue) seen.push(value);
    expect(seen).toEqual([1, 2]);
  });

  it('throws its error once, after what came before, and is then over', async () => {
    const queue = createEventQueue<number>(() => undefined);
    queue.push(1);
    queue.end('broken');
    queue.end('later');
    expect(await queue.next()).toEqual({ done: false, value: 1 });
    await expect(queue.next()).rejects.toBe('broken');
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });

  it('serves readers that wait side by side', async () => {
    const queue = createEventQueue<number>(() => undefined);
    const readers = [queue.next(), queue.next(), queue.next()];
    queue.push(1);
    queue.push(2);
    queue.end();
    expect((await Promise.all(readers)).map(({ value }) => value)).toEqual([1, 2, undefined]);
  });

  it('tells its source once that the reader stopped, and not after its own end', async () => {
    const stopped = vi.fn();
    const queue = createEventQueue<number>(stopped);
    const pending = queue.next();
    await queue.return?.();
    await queue.return?.();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(stopped).toHaveBeenCalledTimes(1);

    const ended = createEventQueue<number>(stopped);
    ended.end();
    await ended.return?.();
    expect(stopped).toHaveBeenCalledTimes(1);
  });
});

describe('the waits between reconnects', () => {
  it('end at once when nobody is interested any more, those begun later too', async () => {
    const backoff = createBackoff();
    const waits = [backoff.wait(9), backoff.wait(9)];
    backoff.dispose();
    await Promise.all([...waits, backoff.wait(9)]);
  });
});
