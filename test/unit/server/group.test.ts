import { describe, expect, it } from 'vitest';
import type { Entrance } from '../../../src/domain/index.js';
import { createGroup } from '../../../src/server/fan-out/group.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const nothing = (): void => undefined;

/** A stream that gives what it is told to, and lets newcomers wait. */
const createStream = () => {
  const waiting: ((step: IteratorResult<object>) => void)[] = [];
  const entering: ((entrance: Entrance<object>) => void)[] = [];
  return {
    tell: async (): Promise<void> => {
      waiting.shift()?.({ done: false, value: {} });
      await turn();
      await turn();
    },
    letIn: async (position: number): Promise<void> => {
      for (const resolve of entering.splice(0)) resolve({ events: [], position });
      await turn();
    },
    stream: {
      next: () => new Promise<IteratorResult<object>>((resolve) => waiting.push(resolve)),
      enter: () => new Promise<Entrance<object>>((resolve) => entering.push(resolve)),
      join: (_earlier: object, later: object) => later,
      weigh: () => 1,
      [Symbol.asyncIterator]() {
        return this;
      },
    },
  };
};

describe('a group', () => {
  it('keeps nothing for one that has left before it was let in', async () => {
    const { stream, tell, letIn } = createStream();
    const [sent, dropped]: [string[], string[]] = [[], []];
    const group = createGroup<string>({
      events: { stream, resultOf: async () => ({ data: {} }), failureOf: () => ({ errors: [] }) },
      metrics: { opened: nothing, over: nothing, executed: nothing, joined: nothing, sent: nothing, closed: nothing },
      outlet: {
        hasRoom: () => true,
        whenRoom: nothing,
        send: (follower) => void sent.push(follower),
        completed: nothing,
        drop: (follower) => void dropped.push(follower),
      },
      maxBacklog: 3,
      over: nothing,
    });
    group.enter('stays', undefined);
    group.enter('leaves', 'cursor');
    await tell();
    await tell();
    group.leave('leaves');
    await letIn(1);
    for (let count = 0; count < 10; count += 1) await tell();
    expect(dropped).toEqual([]);
    expect(sent).toEqual(Array.from({ length: 12 }, () => 'stays'));
  });
});
